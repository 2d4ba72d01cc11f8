#pragma once
#include <string>
namespace usher { struct ConfigError { std::string why; }; inline std::string to_string(const ConfigError& e) { return e.why; } }
