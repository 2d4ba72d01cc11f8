#include "init/control/health_answer.h"

#include <algorithm>
#include <string_view>

#include "init/base/text.h"

namespace usher {
namespace {

struct One {
  Health health;
  std::string text;
};

bool coming_up(const Snapshot& s) {
  // Ready but not healthy: some check has not had its say yet.
  return s.state == "waiting" || s.state == "starting" || s.state == "backoff" ||
         s.state == "ready";
}

Health of_service(const Snapshot& s) {
  if (s.healthy) return Health::healthy;
  return coming_up(s) ? Health::coming : Health::unhealthy;
}

std::string described(const Snapshot& s) {
  std::string text = s.healthy ? "healthy" : s.state == "ready" ? "not healthy yet" : s.state;
  if (!s.reason.empty()) text += ": " + s.reason;
  return text;
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

HealthAnswer answer_health(const Snapshot& s, const std::vector<std::string>& names) {
  HealthAnswer answer;
  if (names.empty()) {
    for (const CheckView& check : s.checks) answer.checks.push_back(&check);
    answer.health = of_service(s);
    answer.text = one_line(described(s));
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
      include({of_service(s), described(s)});
    } else {
      include({Health::unhealthy, unknown_name(s, name)});
    }
  }
  answer.text = one_line(std::move(answer.text));
  return answer;
}

}  // namespace usher
