// Writes JSON text. Reading is a library's work; writing has to take any bytes a service may
// have printed, must never throw, and stands on the path of every log line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace usher {

// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, so that
// the result is valid whatever a service prints; known secrets become "***".
void append_json_string(std::string& out, std::string_view text);
// The same with its secrets, for what nobody is shown.
void append_json_string_whole(std::string& out, std::string_view text);

// An object under construction: `{"a":1,"b":{...}}`. Keys are written as given (ours need no
// escaping); values are escaped. The text is complete after `end`.
class JsonObject {
 public:
  explicit JsonObject(std::string& out) : out_(out) { out_ += '{'; }
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  JsonObject& add(std::string_view key, std::string_view text);
  JsonObject& add(std::string_view key, const char* text) { return add(key, std::string_view(text)); }
  JsonObject& add(std::string_view key, bool value);
  JsonObject& add(std::string_view key, std::int64_t value);
  JsonObject& add(std::string_view key, int value) { return add(key, std::int64_t{value}); }
  JsonObject& add(std::string_view key, unsigned value) { return add(key, std::int64_t{value}); }
  JsonObject& add_null(std::string_view key);
  // `json` is complete JSON already: a number with a fraction, an array, an object.
  JsonObject& add_raw(std::string_view key, std::string_view json);
  // The text, in which the value of this member is to be written next: an object or a list within.
  std::string& member(std::string_view key);
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace usher
