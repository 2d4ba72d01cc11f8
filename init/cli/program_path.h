// Whether a program can be found, as the start of a service would look for it.
#pragma once

#include <string>
#include <string_view>

namespace usher {

// `path` is PATH; `workdir` is where a relative name begins, empty: here.
bool is_program(const std::string& program, std::string_view path, const std::string& workdir = {});

}  // namespace usher
