#include "init/coordinate/publisher.h"

#include <utility>

#include "init/coordinate/own_address.h"
#include "init/coordinate/redis_error.h"
#include "init/loop/address.h"
#include "init/os/random.h"

namespace usher {
namespace {

constexpr Millis kAttemptLimit{3'000};

// The address that the server sees us at is on a network that we share with others. One of the
// loopback says nothing: the server is in this very container.
OwnAddresses own_addresses(const std::string& towards_server) {
  OwnAddresses own = find_own_addresses();
  const auto address = parse_address(towards_server, 0);
  const bool ip4 = address && address->family() == AF_INET;
  const std::string probe = (ip4 ? "/ip4/" : "/ip6/") + towards_server;
  if (address && !needs_own_address(probe)) (ip4 ? own.ip4 : own.ip6) = towards_server;
  return own;
}

}  // namespace

Publisher::Publisher(Loop& loop, Resolver& resolver, PublishConfig config, Told told)
    : config_(std::move(config)),
      told_(std::move(told)),
      link_(loop, resolver, parse_redis_url(config_.url).url),
      pause_(loop) {}

void Publisher::cancel() {
  wish_.reset();
  pause_.cancel();
  breaker_.pause_over();
}

// An attempt under way is left to its end: over another connection, the new wish might overtake it.
void Publisher::want(Wish wish) {
  wish_ = std::move(wish);
  if (breaker_.lets_through() && !link_.asking()) attempt();
}

void Publisher::attempt() {
  const auto& value = wish_->value;
  if (!value || !config_.replace_address || !needs_own_address(*value))
    return write(value.value_or(""));
  // Once connected, we know the address that we connect from.
  link_.ask({{"PING"}}, kAttemptLimit, [this](RedisAnswer answer) {
    if (!answer.problem.empty()) return failed(std::move(answer.problem), answer.misconfigured);
    if (!wish_) return link_.close();
    write(reachable(wish_->value.value_or("")));
  });
}

std::string Publisher::reachable(const std::string& value) const {
  return with_own_address(value, own_addresses(link_.own_address()));
}

void Publisher::write(std::string value) {
  written_ = std::move(value);
  link_.ask(commands(written_), kAttemptLimit,
            [this, wish = *wish_](RedisAnswer answer) { answered(wish, std::move(answer)); });
}

// SET takes the place of whatever there is; a list has to be removed first, in one transaction with
// what is put into it, so that nobody sees it without.
std::vector<RedisCommand> Publisher::commands(const std::string& value) const {
  const RedisCommand remove = {"DEL", config_.key};
  if (!wish_->value) return {remove};
  const std::string ttl = std::to_string(config_.ttl.count());
  const bool for_ever = config_.ttl == Millis{0};
  if (config_.command == PublishCommand::set) {
    RedisCommand set = {"SET", config_.key, value};
    if (!for_ever) set.insert(set.end(), {"PX", ttl});
    return {set};
  }
  const char* push = config_.command == PublishCommand::rpush ? "RPUSH" : "LPUSH";
  std::vector<RedisCommand> all = {{"MULTI"}, remove, {push, config_.key, value}};
  if (!for_ever) all.push_back({"PEXPIRE", config_.key, ttl});
  all.push_back({"EXEC"});
  return all;
}

void Publisher::answered(const Wish& wish, RedisAnswer answer) {
  if (!answer.problem.empty()) return failed(std::move(answer.problem), answer.misconfigured);
  if (const RedisReply* error = first_error(answer.replies)) {
    RedisRefusal refusal = explain_error(*error, link_.url());
    return failed(std::move(refusal.reason), refusal.misconfigured);
  }
  const RedisReply& last = answer.replies.back();
  using Type = RedisReply::Type;
  const bool done = last.is_status("OK") || last.type == Type::integer || last.type == Type::array;
  if (!done) return failed("the server gave an answer that does not fit", false);
  succeeded(wish);
}

void Publisher::succeeded(const Wish& wish) {
  breaker_.succeeded();
  Outcome outcome{wish.value ? Outcome::Done::published : Outcome::Done::removed};
  if (wish.value) outcome.value = written_;
  if (wish_ == wish) wish_.reset();
  if (!wish_)
    link_.close();
  else
    attempt();
  told_(outcome);
}

void Publisher::failed(std::string problem, bool misconfigured) {
  link_.close();
  pause_.start(breaker_.failed(random_fraction()), [this] {
    breaker_.pause_over();
    if (wish_ && !link_.asking()) attempt();
  });
  told_({.problem = std::move(problem), .misconfigured = misconfigured});
}

}  // namespace usher
