// JSON from strangers, read into plain values. The parser is nlohmann's; what it may build is
// bounded here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct Json {
  enum class Kind : std::uint8_t { null, boolean, integer, number, text, list, object };

  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;  // of an integer, too
  std::string text;
  std::string key;          // of a member of an object
  std::vector<Json> items;  // of a list, or the members of an object

  // The member of that name; of two, the first. Null where there is none or this is no object.
  const Json* find(std::string_view name) const;

  // A member's value where it has the type, else nothing (empty, false).
  std::string_view text_of(std::string_view name) const;
  std::optional<std::int64_t> integer_of(std::string_view name) const;
  bool boolean_of(std::string_view name) const;
  const std::vector<Json>& items_of(std::string_view name) const;
};

// The whole of `text` as one value; nothing where it is not JSON or lies deeper than `depth`
// lists and objects in each other. Never throws and never recurses.
std::optional<Json> parse_json(std::string_view text, unsigned depth = 8);

}  // namespace usher
