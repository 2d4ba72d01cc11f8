#include "init/base/json_read.h"

#define JSON_NO_IO 1
#include <nlohmann/json.hpp>
#include <utility>

namespace usher {
namespace {

// Receives the parser's events. Returning false ends the parse.
class Builder {
 public:
  explicit Builder(unsigned depth) : depth_(depth) {}
  Json take() { return std::move(root_); }

  bool null() { return put({}); }
  bool boolean(bool value) {
    Json json;
    json.kind = Json::Kind::boolean;
    json.boolean = value;
    return put(std::move(json));
  }
  bool number_integer(std::int64_t value) {
    Json json;
    json.kind = Json::Kind::integer;
    json.integer = value;
    json.number = static_cast<double>(value);
    return put(std::move(json));
  }
  bool number_unsigned(std::uint64_t value) {
    if (std::in_range<std::int64_t>(value)) return number_integer(static_cast<std::int64_t>(value));
    return number_float(static_cast<double>(value), {});
  }
  bool number_float(double value, const std::string&) {
    Json json;
    json.kind = Json::Kind::number;
    json.number = value;
    return put(std::move(json));
  }
  bool string(std::string& value) {
    Json json;
    json.kind = Json::Kind::text;
    json.text = std::move(value);
    return put(std::move(json));
  }
  bool binary(nlohmann::json::binary_t&) { return false; }
  bool key(std::string& name) {
    key_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) { return open(Json::Kind::object); }
  bool start_array(std::size_t) { return open(Json::Kind::list); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    return false;
  }

 private:
  // A list or object that is open does not move: only the innermost one grows.
  Json* add(Json json) {
    if (open_.empty()) {
      root_ = std::move(json);
      return &root_;
    }
    json.key = std::exchange(key_, {});
    return &open_.back()->items.emplace_back(std::move(json));
  }
  bool put(Json json) { return add(std::move(json)) != nullptr; }
  bool open(Json::Kind kind) {
    if (open_.size() >= depth_) return false;
    Json json;
    json.kind = kind;
    open_.push_back(add(std::move(json)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  unsigned depth_;
  Json root_;
  std::vector<Json*> open_;
  std::string key_;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
  if (kind != Kind::object) return nullptr;
  for (const Json& member : items)
    if (member.key == name) return &member;
  return nullptr;
}

std::string_view Json::text_of(std::string_view name) const {
  const Json* member = find(name);
  return member != nullptr ? std::string_view(member->text) : std::string_view();
}

std::optional<std::int64_t> Json::integer_of(std::string_view name) const {
  const Json* member = find(name);
  if (member == nullptr || member->kind != Kind::integer) return std::nullopt;
  return member->integer;
}

bool Json::boolean_of(std::string_view name) const {
  const Json* member = find(name);
  return member != nullptr && member->boolean;
}

const std::vector<Json>& Json::items_of(std::string_view name) const {
  static const std::vector<Json> kNone;
  const Json* member = find(name);
  return member != nullptr ? member->items : kNone;
}

std::optional<Json> parse_json(std::string_view text, unsigned depth) {
  Builder builder(depth);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
  return builder.take();
}

}  // namespace usher
