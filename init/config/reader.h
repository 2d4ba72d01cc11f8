// TOML text to values. reader.cc is the only file that sees toml++.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/base/file.h"
#include "init/config/value.h"

namespace usher {

// What of `text` is TOML; what is not is told to `problems` and left out. Nothing where all of it is not.
// `name` must outlive the value.
std::optional<Value> read_toml(std::string_view text, std::string_view name, Problems& problems);

// One value as it may stand behind a "=": ["a", "b"], { type = "stdout" }. Nothing if it is none.
std::optional<Value> read_toml_value(std::string_view text, const Place& place);

// The bytes of a file of at most 1 MiB; otherwise nothing, and `why`.
std::optional<std::string> read_text_file(const std::string& path, std::string& why,
                                          Pipes pipes = Pipes::refused);

}  // namespace usher
