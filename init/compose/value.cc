#include "init/compose/value.h"

#include <algorithm>
#include <cmath>

#include "init/base/text.h"
#include "init/config/environment_file.h"

namespace usher {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20;
constexpr int kDeepest = 16;

bool begins_name(char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Interpolation {
 public:
  Interpolation(std::string_view text, const ComposeVariables& variables)
      : rest_(text), variables_(variables) {}

  std::optional<std::string> run() {
    std::string out = copy(0, true);
    return refused_ ? std::nullopt : std::optional(std::move(out));
  }

 private:
  // Up to the end, or inside braces up to the closing one. What is not `wanted` is only passed over.
  std::string copy(int depth, bool wanted) {
    std::string out;
    while (!rest_.empty() && !refused_ && !(depth > 0 && rest_.front() == '}')) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      out += c == '$' ? dollar(depth, wanted) : std::string(1, c);
      refused_ = refused_ || out.size() > kLongest;
    }
    return out;
  }

  std::string dollar(int depth, bool wanted) {
    if (rest_.starts_with('$')) {
      rest_.remove_prefix(1);
      return "$";
    }
    if (!rest_.starts_with('{')) {
      const std::string_view name = take_name();
      refused_ = refused_ || name.empty();
      return variables_.find(name).value_or("");
    }
    rest_.remove_prefix(1);
    return depth < kDeepest ? braced(depth + 1, wanted) : refuse();
  }

  std::string braced(int depth, bool wanted) {
    const std::string_view name = take_name();
    const bool or_empty = rest_.starts_with(':');
    if (or_empty) rest_.remove_prefix(1);
    const char form = rest_.empty() ? '\0' : rest_.front();
    const bool plain = form == '}' && !or_empty;
    if (name.empty() || !(plain || form == '-' || form == '+' || form == '?')) return refuse();
    if (!plain) rest_.remove_prefix(1);
    const auto found = variables_.find(name);
    const bool present = found && !(or_empty && found->empty());
    std::string other = copy(depth, wanted && present == (form == '+'));
    if (rest_.empty()) return refuse();
    rest_.remove_prefix(1);
    if (form == '?' && !present && wanted) return refuse();
    if (form == '+') return present ? other : "";
    return present ? *found : form == '-' ? other : "";
  }

  std::string_view take_name() {
    std::size_t length = 0;
    while (length < rest_.size() &&
           (begins_name(rest_[length]) || (length > 0 && is_digit(rest_[length]))))
      ++length;
    const std::string_view name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return name;
  }

  std::string refuse() {
    refused_ = true;
    return {};
  }

  std::string_view rest_;
  const ComposeVariables& variables_;
  bool refused_ = false;
};

// Of "1.5h" the 1.5; what it has read is taken away. Nothing for what is no number.
std::optional<double> take_number(std::string_view& text) {
  const std::size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string number(text.substr(0, length));
  text.remove_prefix(length);
  if (number.starts_with('.')) number.insert(0, "0");
  if (number.ends_with('.')) number += '0';
  return parse_number(number);
}

// The milliseconds of the unit that the text begins with.
std::optional<double> take_unit(std::string_view& text) {
  struct Unit {
    std::string_view name;
    double milliseconds;
  };
  // Longer names first: ms is no minute.
  constexpr Unit kUnits[] = {{"ns", 1e-6},          {"us", 1e-3},   {"\xC2\xB5s", 1e-3},
                             {"\xCE\xBCs", 1e-3},   {"ms", 1},      {"s", 1e3},
                             {"m", 60e3},           {"h", 3600e3},  {"d", 24 * 3600e3},
                             {"w", 7 * 24 * 3600e3}};
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.milliseconds;
  }
  return {};
}

}  // namespace

void ComposeVariables::add_file(std::string_view text) {
  const auto before = files_;
  for (const EnvironmentVariable& each : parse_environment_file(text).variables) {
    if (before.contains(each.name)) continue;
    const auto value = each.literal ? each.value : interpolate(each.value, *this);
    files_[each.name] = value.value_or(each.value);
  }
}

std::optional<std::string> ComposeVariables::find(std::string_view name) const {
  if (const auto found = environment_.find(name)) return std::string(*found);
  const auto found = files_.find(name);
  return found == files_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> interpolate(std::string_view text, const ComposeVariables& variables) {
  return Interpolation(text, variables).run();
}

std::optional<std::chrono::milliseconds> parse_compose_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds(0);
  constexpr double kMost = 1e15;  // no engine waits for so long, and the sum stays exact
  double total = 0;
  if (text.empty()) return {};
  while (!text.empty()) {
    const auto number = take_number(text);
    const auto unit = number ? take_unit(text) : std::nullopt;
    if (!unit) return {};
    total += *number * *unit;
    if (!(total <= kMost)) return {};
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total + 1e-6));
}

std::optional<bool> parse_compose_boolean(std::string_view text) {
  const std::string word = to_lower(text);
  if (word == "true" || word == "yes" || word == "y" || word == "on") return true;
  if (word == "false" || word == "no" || word == "n" || word == "off") return false;
  return {};
}

}  // namespace usher
