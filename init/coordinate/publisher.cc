#include "init/coordinate/publisher.h"

#include <utility>

#include "init/coordinate/own_address.h"
#include "init/net/address.h"
#include "init/os/clock.h"
#include "init/os/random.h"
#include "init/redis/redis_error.h"

namespace usher {
namespace {

// After a connection that broke. A server that always hangs up is not to be asked without end.
constexpr Millis kLostPause{250};

// Which run of the server has answered INFO. Empty where it does not say, to this user for one.
std::string run_of_server(const RedisReply& info) {
  constexpr std::string_view kField = "\nrun_id:";
  const std::size_t at = info.text.find(kField);
  if (info.type != RedisReply::Type::string || at == std::string::npos) return {};
  const std::size_t begin = at + kField.size();
  return info.text.substr(begin, info.text.find_first_of("\r\n", begin) - begin);
}

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

Publisher::Publisher(Loop& loop, Resolver& resolver, PublishConfig config, Told told,
                     Millis limit)
    : config_(std::move(config)),
      told_(std::move(told)),
      limit_(limit),
      link_(loop, resolver, parse_redis_url(config_.url).url),
      pause_(loop) {}

void Publisher::cancel() {
  wish_.reset();
  if (std::exchange(kept_, std::nullopt) && !link_.asking()) link_.close();
  pause_.cancel();
  breaker_.pause_over();
}

// An attempt under way is left to its end: over another connection, the new wish might overtake it.
void Publisher::want(Wish wish) {
  wish_ = std::move(wish);
  kept_.reset();
  if (breaker_.lets_through() && !link_.asking()) attempt();
}

void Publisher::attempt() {
  pause_.cancel();
  const auto& value = wish_->value;
  if (!value || !config_.replace_address || !needs_own_address(*value))
    return write(value.value_or(""));
  // Once connected, we know the address that we connect from.
  link_.ask({{"PING"}}, limit_, [this](RedisAnswer answer) {
    if (!answer.problem.empty()) return failed(std::move(answer.problem), answer.misconfigured);
    if (!wish_) return link_.close();
    write(reachable(wish_->value.value_or("")));
  });
}

std::string Publisher::reachable(const std::string& value) const {
  return with_own_address(value, own_addresses(link_.own_address()));
}

void Publisher::write(std::string value) {
  if (!wish_->only_ours) written_ = std::move(value);
  link_.ask(commands(written_), limit_,
            [this, wish = *wish_](RedisAnswer answer) { answered(wish, std::move(answer)); });
}

// Only a script compares and deletes in one step; from a list, the very element can be taken.
std::vector<RedisCommand> Publisher::removal() const {
  if (!wish_->only_ours) return {{"DEL", config_.key}};
  if (is_list()) return {{"LREM", config_.key, "0", written_}};
  constexpr const char* kDeleteIfSame =
      "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return "
      "0";
  return {{"EVAL", kDeleteIfSame, "1", config_.key, written_}};
}

// SET takes the place of whatever there is; a list has to be removed first, in one transaction with
// what is put into it, so that nobody sees it without. The server that says who it is in front of
// this is the one that has the key, however often the link connects anew.
std::vector<RedisCommand> Publisher::commands(const std::string& value) const {
  if (!wish_->value) return removal();
  const RedisCommand remove = {"DEL", config_.key};
  const std::string ttl = std::to_string(config_.ttl.count());
  const bool for_ever = config_.ttl == Millis{0};
  if (config_.command == PublishCommand::set) {
    RedisCommand set = {"SET", config_.key, value};
    if (!for_ever) set.insert(set.end(), {"PX", ttl});
    return {{"INFO", "server"}, set};
  }
  const char* push = config_.command == PublishCommand::rpush ? "RPUSH" : "LPUSH";
  std::vector<RedisCommand> all = {
      {"INFO", "server"}, {"MULTI"}, remove, {push, config_.key, value}};
  if (!for_ever) all.push_back({"PEXPIRE", config_.key, ttl});
  all.push_back({"EXEC"});
  return all;
}

void Publisher::answered(const Wish& wish, RedisAnswer answer) {
  if (!answer.problem.empty()) return failed(std::move(answer.problem), answer.misconfigured);
  if (wish.value) {
    server_ = run_of_server(answer.replies.front());
    answer.replies.erase(answer.replies.begin());
  }
  const RedisReply* error = first_error(answer.replies);
  // Somebody else has put something else there.
  const bool not_ours =
      wish.only_ours && error != nullptr && error->text.find("WRONGTYPE") != std::string::npos;
  if (error != nullptr && !not_ours) {
    RedisRefusal refusal = explain_error(*error, link_.url());
    return failed(std::move(refusal.reason), refusal.misconfigured);
  }
  const RedisReply& last = answer.replies.back();
  using Type = RedisReply::Type;
  const bool done =
      not_ours || last.is_status("OK") || last.type == Type::integer || last.type == Type::array;
  if (!done) return failed("the server gave an answer that does not fit", false);
  succeeded(wish);
}

void Publisher::succeeded(const Wish& wish) {
  breaker_.succeeded();
  Outcome outcome{wish.value ? Outcome::Done::published : Outcome::Done::removed};
  if (wish.value) outcome.value = written_;
  if (wish_ == wish) {
    kept_ = wish.value;
    wish_.reset();
  }
  seen_at_ = monotonic_now();
  go_on();
  told_(outcome);
}

void Publisher::go_on() {
  if (wish_)
    attempt();
  else if (kept_)
    look_after();
  else
    link_.close();
}

void Publisher::look_after() {
  const auto nothing_said = [](const RedisReply&) {};
  link_.listen(nothing_said, [this] { pause_.start(kLostPause, [this] { look(); }); });
  if (config_.ttl > Millis{0})
    pause_.start(std::max(config_.ttl / 3, Millis{1}), [this] { look(); });
}

void Publisher::look() {
  if (link_.asking()) return;
  const RedisCommand present =
      config_.ttl > Millis{0}
          ? RedisCommand{"PEXPIRE", config_.key, std::to_string(config_.ttl.count())}
          : RedisCommand{"EXISTS", config_.key};
  link_.ask({{"INFO", "server"}, present}, limit_,
            [this](RedisAnswer answer) { looked(std::move(answer)); });
}

void Publisher::looked(RedisAnswer answer) {
  if (!kept_) return go_on();
  if (!answer.problem.empty()) return failed(std::move(answer.problem), answer.misconfigured);
  const RedisReply& present = answer.replies.back();
  if (present.is_error()) {
    RedisRefusal refusal = explain_error(present, link_.url());
    if (!refusal.misconfigured) return failed(std::move(refusal.reason), false);
    // Who may only write cannot look.
    kept_.reset();
    return go_on();
  }
  const std::string server = run_of_server(answer.replies.front());
  if (is_lost(server, present.integer == 1)) return want({std::exchange(kept_, std::nullopt)});
  server_ = server;
  seen_at_ = monotonic_now();
  const bool was_away = breaker_.failures() > 0;
  breaker_.succeeded();
  go_on();
  if (was_away) told_({.done = Outcome::Done::published, .value = written_});
}

// Another run of the server may have an old state of its data, from a file or as a replica.
bool Publisher::is_lost(const std::string& server, bool present) const {
  if (server != server_) return true;
  const bool expired = config_.ttl > Millis{0} && monotonic_now() - seen_at_ >= config_.ttl;
  return !present && (expired || !is_list());
}

void Publisher::failed(std::string problem, bool misconfigured) {
  link_.close();
  pause_.start(breaker_.failed(random_fraction()), [this] {
    breaker_.pause_over();
    if (link_.asking()) return;
    if (wish_)
      attempt();
    else if (kept_)
      look();
  });
  told_({.problem = std::move(problem), .misconfigured = misconfigured});
}

}  // namespace usher
