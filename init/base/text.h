// Small things done to text in several places.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace usher {

// Without the spaces, tabs and line ends at both sides.
std::string_view trim(std::string_view text);

// ASCII only, whatever the locale.
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// For messages: in double quotes, control characters escaped, cut off after 60 bytes, and without
// the passwords of URLs.
std::string in_quotes(std::string_view text);

// scheme://user:secret@host -> scheme://user:***@host, wherever URLs stand in a text.
std::string hide_passwords(std::string_view text);

// The candidate that somebody who wrote `word` may have meant; empty where none is near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// The whole of `text` as a decimal number.
std::optional<std::int64_t> parse_integer(std::string_view text);
std::optional<double> parse_number(std::string_view text);

// The shortest decimal that reads back as the same number; std::to_chars() has 110 KiB of tables.
std::string format_number(double number);

// 1, true, yes, on and their opposites, in any case.
std::optional<bool> parse_boolean(std::string_view text);

// "512MiB", "512Mi", "512m", "4096": powers of 1024, and of 1000 with a B but no i, as in "1GB".
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace usher
