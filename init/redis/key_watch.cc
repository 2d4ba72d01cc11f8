#include "init/redis/key_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace usher {
namespace {

using Type = RedisReply::Type;

// Whether notifications of keys (K) are sent for strings ($) and for lists (l), or for all (A). One
// that keeps its configuration to itself may send them.
bool may_notify(const RedisReply& reply) {
  if (reply.is_error()) return true;
  if (reply.type != Type::array || reply.elements.size() != 2) return false;
  const std::string& flags = reply.elements[1].text;
  const auto has = [&flags](char flag) { return flags.find(flag) != std::string::npos; };
  return has('K') && (has('A') || (has('l') && has('$')));
}

// Events after which the key holds something.
bool is_write(std::string_view event) {
  constexpr std::string_view kWrites[] = {"set",      "rpush",     "lpush",   "append",
                                          "setrange", "linsert",   "lset",    "incrby",
                                          "restore",  "rename_to", "copy_to", "move_to"};
  return std::find(std::begin(kWrites), std::end(kWrites), event) != std::end(kWrites);
}

}  // namespace

KeyWatch::KeyWatch(Loop& loop, Resolver& resolver, const RedisUrl& url, std::string key,
                   std::function<void()> changed)
    : link_(loop, resolver, url),
      channel_("__keyspace@" + std::to_string(url.database) + "__:" + key),
      changed_(std::move(changed)) {}

void KeyWatch::open(RedisLink::Millis limit) {
  if (phase_ != Phase::idle) return;
  phase_ = Phase::opening;
  link_.ask({{"CONFIG", "GET", "notify-keyspace-events"}}, limit,
            [this, limit](const RedisAnswer& answer) { configured(answer, limit); });
}

void KeyWatch::configured(const RedisAnswer& answer, RedisLink::Millis limit) {
  if (!answer.problem.empty()) {
    phase_ = Phase::idle;
    return;
  }
  if (!may_notify(answer.replies.front())) {
    phase_ = Phase::useless;
    return link_.close();
  }
  listen();  // already: the first message may come together with the answer
  link_.ask({{"SUBSCRIBE", channel_}}, limit,
            [this](const RedisAnswer& reply) { subscribed(reply); });
}

void KeyWatch::subscribed(const RedisAnswer& answer) {
  if (!answer.problem.empty()) {
    phase_ = Phase::idle;
    return;
  }
  const RedisReply& reply = answer.replies.front();
  if (reply.type != Type::array || reply.elements.empty() ||
      reply.elements.front().text != "subscribe") {
    phase_ = Phase::useless;  // no permission for the channel, say
    return link_.close();
  }
  phase_ = Phase::watching;
  listen();  // on this connection, if it had to be made anew
  changed_();  // what was written before this was not heard of
}

void KeyWatch::listen() {
  link_.listen([this](const RedisReply& message) { heard(message); },
               [this] { phase_ = Phase::idle; });
}

void KeyWatch::heard(const RedisReply& message) {
  const auto& parts = message.elements;
  const bool about_key =
      parts.size() == 3 && parts[0].text == "message" && parts[1].text == channel_;
  if (!about_key || !is_write(parts[2].text)) return;
  seen_ = true;
  changed_();
}

}  // namespace usher
