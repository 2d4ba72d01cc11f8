// Configuration as written, before anyone has looked at what it means: a tree of values, each with
// the place it came from. Files, variables and the command line all end up here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "init/config/config_error.h"

namespace usher {

enum class Source : std::uint8_t { standard, file, profile, environment, command_line };

// The texts belong to the documents and the environment of the load, which live longer.
struct Place {
  Source source = Source::standard;
  std::string_view name;     // of the file or of the variable
  std::string_view profile;  // where `source` is profile
  unsigned line = 0, column = 0;
};

struct Member;

struct Value {
  enum class Kind : std::uint8_t { text, integer, real, boolean, array, table, date };

  Kind kind = Kind::table;
  bool expanded = false;       // `text` holds the final text
  bool from_variable = false;  // ... and a ${VARIABLE} had a part in it
  bool from_file = false;      // ... and the content of a file: it is nobody's business
  bool pattern = false;        // ... in which a backslash keeps the dollar after it
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  Place place;
  std::string text;
  std::string late;  // the text with ${ready.value} left in it, where that is known only later
  std::vector<Value> items;
  std::vector<Member> members;

  static Value of_text(std::string_view text, const Place& place);
  Value* find(std::string_view name);
  const Value* find(std::string_view name) const;
};

struct Member {
  std::string name;
  Place place;
  Value value;
};

// Lays `over` onto `base`: tables merge, arrays of tables with names merge by the names, anything
// else replaces.
void merge(Value& base, const Value& over);

// The value at a dotted path without quoted parts; null if there is none.
Value* find_path(Value& root, std::string_view path);

// What a message says was found: "abc" in quotes, -3, an array, a table.
std::string describe(const Value& value);

// The value as TOML on one line. A text that has been expanded is escaped so that it reads back.
// `whole`: with its secrets, so that it reads back.
std::string to_toml(const Value& value, bool whole = false);
std::string toml_key(std::string_view name);  // quoted if it has to be

// "service.toml:3:16", "profile ci service.toml:9:1", "environment USHER_X", "command line".
std::string to_string(const Place& place);

// Mistakes found so far. A place is told once about one mistake, however often it is looked at.
class Problems {
 public:
  void add(const Place& place, std::string_view key, std::string why);
  void add(ConfigError error);
  bool about(std::string_view key) const;  // is there one about this very key?
  // Nothing is known of this key, which is no mistake: it counts as one only for about().
  void leave_out(std::string key) { left_out_.push_back(std::move(key)); }
  // How often something was wrong: what is kept once may have been met twice.
  std::size_t count() const { return met_; }
  std::vector<ConfigError> take();

 private:
  std::vector<ConfigError> errors_;
  std::vector<std::string> left_out_;
  std::size_t met_ = 0;
};

}  // namespace usher
