// The table of keys for people and for editors.
#pragma once

#include <string>

namespace usher {

// A JSON Schema (draft 2020-12) that every good file passes. It knows less than `usher check`: what
// depends on other keys, on templates or on variables is not in it.
std::string json_schema();

// Markdown: one table of keys for each table of the file, then those of probes and hooks.
std::string reference();

}  // namespace usher
