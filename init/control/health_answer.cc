#include "init/control/health_answer.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "init/base/text.h"

namespace usher {
namespace {

using namespace std::string_view_literals;

struct One {
  Health health;
  std::string text;
};

bool coming_up(const Snapshot& s) {
  // Ready but not healthy: some check has not had its say yet.
  return s.state == "waiting" || s.state == "starting" || s.state == "backoff" ||
         s.state == "ready";
}

std::string at_level(std::string_view text, CheckLevel level) {
  return std::string(text) + " (level " + std::string(to_string(level)) + ')';
}

std::string because(std::string text, const std::string& reason) {
  return reason.empty() ? text : text + ": " + reason;
}

const CheckView* first(const Snapshot& s, CheckLevel level, CheckStatus status) {
  const auto found = std::find_if(s.checks.begin(), s.checks.end(), [&](const CheckView& check) {
    return check.level == level && check.status == status;
  });
  return found == s.checks.end() ? nullptr : &*found;
}

One of_alive(const Snapshot& s) {
  if (s.alive) return {Health::healthy, because(at_level("healthy", CheckLevel::alive) + ", " + s.state, s.reason)};
  const CheckView* const failing = first(s, CheckLevel::alive, CheckStatus::failing);
  const std::string why = failing ? because(failing->name, failing->reason) : s.reason;
  return {Health::unhealthy, because(at_level(s.state, CheckLevel::alive), why)};
}

One of_ready(const Snapshot& s, CheckLevel level) {
  const std::string_view word = s.healthy ? "healthy"sv : s.state == "ready" ? "not healthy yet"sv : s.state;
  const Health health = s.healthy ? Health::healthy : coming_up(s) ? Health::coming : Health::unhealthy;
  return {health, because(at_level(word, level), s.reason)};
}

// Who is healthy, with those checks that do not count for anybody else.
One of_watched(const Snapshot& s) {
  if (s.healthy)
    for (const auto& [status, health, word] :
         {std::tuple(CheckStatus::failing, Health::unhealthy, "unhealthy"),
          std::tuple(CheckStatus::unknown, Health::coming, "not healthy yet")})
      if (const CheckView* const check = first(s, CheckLevel::watch, status))
        return {health, because(at_level(word, CheckLevel::watch) + ": " + check->name, check->reason)};
  return of_ready(s, CheckLevel::watch);
}

One of_service(const Snapshot& s, CheckLevel level) {
  if (level == CheckLevel::alive) return of_alive(s);
  return level == CheckLevel::ready ? of_ready(s, level) : of_watched(s);
}

One of_check(const Snapshot& s, const CheckView& check) {
  const bool counts = s.state == "ready" || s.state == "unhealthy";
  std::string text = check.name + ' ' + std::string(to_string(check.status));
  if (!counts)
    text += ": the service is " + s.state;
  else if (!check.reason.empty())
    text += ": " + check.reason;
  if (counts && check.status == CheckStatus::passing) return {Health::healthy, std::move(text)};
  if (counts && check.status == CheckStatus::failing) return {Health::unhealthy, std::move(text)};
  const bool will_tell = counts || coming_up(s);
  return {will_tell ? Health::coming : Health::unhealthy, std::move(text)};
}

std::string unknown_name(const Snapshot& s, const std::string& name) {
  std::string text = "no check is named " + in_quotes(name) + "; known: ";
  for (const CheckView& check : s.checks) text += check.name + ", ";
  return text + s.service + " (all of it)";
}

// One line, whatever a service or a server said.
std::string one_line(std::string text) {
  if (text.size() > kHealthTextMost) {
    std::size_t end = kHealthTextMost;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
  }
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

}  // namespace

HealthAnswer answer_health(const Snapshot& s, const std::vector<std::string>& names, CheckLevel level) {
  HealthAnswer answer;
  if (names.empty()) {
    for (const CheckView& check : s.checks) answer.checks.push_back(&check);
    One all = of_service(s, level);
    answer.health = all.health;
    answer.text = one_line(std::move(all.text));
    return answer;
  }
  answer.health = Health::healthy;
  const auto include = [&answer](One one) {
    if (one.health == Health::unhealthy) answer.health = one.health;
    if (one.health == Health::coming && answer.health == Health::healthy)
      answer.health = one.health;
    if (!answer.text.empty()) answer.text += "; ";
    answer.text += one.text;
  };
  for (const std::string& name : names) {
    const auto check = std::find_if(s.checks.begin(), s.checks.end(),
                                    [&name](const CheckView& c) { return c.name == name; });
    if (check != s.checks.end()) {
      answer.checks.push_back(&*check);
      include(of_check(s, *check));
    } else if (name == s.service) {
      include(of_service(s, level));
    } else {
      include({Health::unhealthy, unknown_name(s, name)});
    }
  }
  answer.text = one_line(std::move(answer.text));
  return answer;
}

}  // namespace usher
