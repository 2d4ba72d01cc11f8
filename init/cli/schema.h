#pragma once
namespace usher { int schema_command(int argc, char** argv); }
