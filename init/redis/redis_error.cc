#include "init/redis/redis_error.h"

#include <string_view>

#include "init/base/text.h"

namespace usher {
namespace {

struct Known {
  std::string_view beginning;
  std::string_view meaning;
  bool misconfigured;
};

// The first that the text begins with counts. Wordings without a code are those of servers before
// Redis 6.
constexpr Known kKnown[] = {
    {"LOADING", "the server is still loading its data", false},
    {"NOAUTH", "the server needs a password, and none is given", true},
    {"WRONGPASS", "the server does not accept the user or the password", true},
    {"ERR invalid password", "the server does not accept the password", true},
    {"ERR Client sent AUTH, but no password is set",
     "a password is given, and the server has none", true},
    {"ERR AUTH <password> called without any password",
     "a password is given, and the server has none", true},
    {"DENIED",
     "the server is in protected mode: it takes connections only from its own machine "
     "until it has a password",
     true},
    {"ERR max number of clients", "the server has as many clients as it allows", false},
    {"ERR DB index is out of range", "the server has no database of the number in the URL", true},
};

const Known* find_known(std::string_view text) {
  for (const Known& known : kKnown)
    if (text.starts_with(known.beginning)) return &known;
  return nullptr;
}

// A script that may not run one of its commands says so in words of its own.
bool lacks_permission(std::string_view text) {
  return text.starts_with("NOPERM") || text.find("ACL failure in script") != std::string_view::npos ||
         text.find("can't run this command") != std::string_view::npos;
}

// Errors quote the arguments of a command that is not known, and AUTH may be renamed.
std::string shown(const RedisReply& error, const RedisUrl& url) {
  const bool repeats = !url.password.empty() && error.text.find(url.password) != std::string::npos;
  return repeats ? error.text.substr(0, error.text.find(' ')) : error.text;
}

// What NOPERM names: "the 'info' command", of Redis 6 "the 'info' command or its subcommand", "one of the
// keys used as arguments". Never an argument itself.
std::string refused_part(std::string_view text) {
  const std::size_t quote = text.find("'"), end = text.find("'", quote + 1);
  if (quote != std::string_view::npos && end != std::string_view::npos && end - quote < 64 &&
      text.substr(end).starts_with("' command"))
    return "it may not run " + to_upper(text.substr(quote + 1, end - quote - 1));
  if (text.find(" key") != std::string_view::npos) return "it may not see the key";
  if (text.find(" channel") != std::string_view::npos) return "it may not see the channel";
  return {};
}

}  // namespace

RedisRefusal explain_error(const RedisReply& error, const RedisUrl& url) {
  if (lacks_permission(error.text)) {
    const std::string what = refused_part(error.text);
    return {"the user has no permission for this" + (what.empty() ? "" : ": " + what), true};
  }
  const Known* known = find_known(error.text);
  if (known == nullptr) return {"the server answered " + in_quotes(shown(error, url)), false};
  return {std::string(known->meaning), known->misconfigured};
}

RedisRefusal explain_login_error(const RedisReply& error, const RedisUrl& url) {
  RedisRefusal refusal = explain_error(error, url);
  if (find_known(error.text) == nullptr && !lacks_permission(error.text))
    refusal.misconfigured = error.text.starts_with("ERR");
  return refusal;
}

const RedisReply* first_error(const std::vector<RedisReply>& replies) {
  for (const RedisReply& reply : replies) {
    if (reply.is_error()) return &reply;
    for (const RedisReply& part : reply.elements)
      if (part.is_error()) return &part;
  }
  return nullptr;
}

}  // namespace usher
