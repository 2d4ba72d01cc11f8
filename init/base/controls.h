// Characters that a terminal obeys instead of showing them, and how they are shown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace usher {

// Length of the well-formed UTF-8 sequence at the start of `text`, which is not empty; 0: there is none.
std::size_t utf8_length(std::string_view text);

// Whether the well-formed sequence is a control: C0, DEL, C1, one that breaks the line or turns the
// direction of the text around it (as in CVE-2021-42574).
bool is_control(std::string_view sequence);

// "\u202e", as JSON spells it: a well-formed sequence of at most three bytes.
void append_code(std::string& out, std::string_view sequence);

// For people, at a terminal or on a page: "\x1b", "\n", "\u009b", "\u202e". A byte that is no UTF-8 is
// shown as "\x9b": to a terminal that does not know UTF-8 it may be a control. All else is as it was.
std::string escape_controls(std::string_view text);

// The same, but for the ends of lines.
std::string escape_controls_in_lines(std::string_view text);

// The same of a text that is JSON and stays the same JSON: what its writer left unescaped.
std::string escape_controls_in_json(std::string_view json);

}  // namespace usher
