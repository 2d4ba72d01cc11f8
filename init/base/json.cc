#include "init/base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "init/base/controls.h"
#include "init/base/known_secrets.h"

namespace usher {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Short pieces are put together here and appended at once: most of a report is names and quotes,
// and each append looks for room and writes a new end.
class Pieces {
 public:
  static constexpr std::size_t kRoom = 64;
  void put(char c) { text_[size_++] = c; }
  void put(std::string_view text) {
    std::memcpy(text_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }
  operator std::string_view() const { return {text_.data(), size_}; }

 private:
  std::array<char, kRoom> text_;
  std::size_t size_ = 0;
};

// How much of the beginning stands in a JSON string as it is, and in a log line too: DEL does not.
std::size_t plain_length(std::string_view text) {
  std::size_t length = 0;
  for (; length < text.size(); ++length) {
    const auto byte = static_cast<unsigned char>(text[length]);
    if (byte < 0x20 || byte >= 0x7F || byte == '"' || byte == '\\') break;
  }
  return length;
}

// Of a sequence of one to three bytes.
void append_escape(std::string& out, std::string_view sequence) {
  switch (sequence.front()) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  append_code(out, sequence);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  std::string hidden;
  if (has_secret(text)) text = hidden = hide_secrets(text);
  append_json_string_whole(out, text);
}

void append_json_string_whole(std::string& out, std::string_view text) {
  if (text.size() + 2 <= Pieces::kRoom && plain_length(text) == text.size()) {
    Pieces whole;
    whole.put('"');
    whole.put(text);
    whole.put('"');
    out += std::string_view(whole);
    return;
  }
  out += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_length(text);
    out.append(text.data(), plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = utf8_length(text);
    const std::string_view sequence = text.substr(0, length);
    if (length == 0)
      out += kReplacement;
    else if (length == 1 || is_control(sequence))
      append_escape(out, sequence);
    else
      out += sequence;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

std::string& JsonObject::member(std::string_view name) {
  Pieces before;
  if (!first_) before.put(',');
  first_ = false;
  before.put('"');
  if (name.size() + 4 > Pieces::kRoom)
    return (out_ += std::string_view(before)).append(name).append("\":");
  before.put(name);
  before.put('"');
  before.put(':');
  return out_ += std::string_view(before);
}

JsonObject& JsonObject::add(std::string_view name, std::string_view text) {
  append_json_string(member(name), text);
  return *this;
}

JsonObject& JsonObject::add(std::string_view name, bool value) {
  return add_raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::add(std::string_view name, std::int64_t value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return add_raw(name, {digits, static_cast<std::size_t>(end - digits)});
}

JsonObject& JsonObject::add_null(std::string_view name) { return add_raw(name, "null"); }

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view json) {
  member(name) += json;
  return *this;
}

}  // namespace usher
