#pragma once
namespace usher { int check_command(int argc, char** argv); }
