#include "init/coordinate/publisher.h"

#include <algorithm>
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

Publisher::Publisher(Loop& loop, Resolver& resolver, PublishConfig config, std::string name,
                     Told told, Millis limit)
    : config_(std::move(config)),
      owner_{std::move(name), presence_.token()},
      told_(std::move(told)),
      limit_(limit),
      link_(loop, resolver, redis_server(config_.url, config_.user, config_.password).with(config_.tls)),
      pause_(loop),
      clears_(config_.clear_at_start) {}

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
  ready_since_.clear();
  if (breaker_.lets_through() && !link_.asking()) attempt();
}

void Publisher::attempt() {
  pause_.cancel();
  const bool replaces =
      wish_->value && config_.replace_address && needs_own_address(*wish_->value);
  if ((plain_ || named_) && !replaces) return write();
  prepare();
}

// Before the first attempt: whether somebody else lives who has our name. Once connected, we know the
// address that we connect from, too.
void Publisher::prepare() {
  const bool unknown = !plain_ && !named_;
  const RedisCommand question =
      unknown ? RedisCommand{"HGET", owners_key(config_.key), owner_.name} : RedisCommand{"PING"};
  link_.ask({question}, limit_, [this](const RedisAnswer& answer) {
    if (!answer.problem.empty()) return failed(answer.problem, answer.misconfigured);
    prepared(answer);
  });
}

void Publisher::prepared(const RedisAnswer& answer) {
  if (!wish_) return link_.close();
  const RedisReply& entry = answer.replies.front();
  if (!plain_ && !named_) {
    if (entry.is_error() && !refused(entry)) return;
    const std::string other = entry.is_error() ? std::string() : token_of(entry);
    if (!other.empty() && other != owner_.token && Presence::is_here(other))
      owner_.name += '#' + owner_.token;
    named_ = true;
  }
  write();
}

void Publisher::write() {
  tried_ = *wish_;
  if (tried_.value) {
    const bool replaces = config_.replace_address && needs_own_address(*tried_.value);
    written_ = replaces ? reachable(*tried_.value) : *tried_.value;
  }
  ask(commands(), &Publisher::written);
}

std::string Publisher::reachable(const std::string& value) const {
  return with_own_address(value, own_addresses(link_.own_address()));
}

void Publisher::ask(std::vector<RedisCommand> commands, void (Publisher::*then)(RedisAnswer)) {
  link_.ask(std::move(commands), limit_, [this, then](RedisAnswer answer) {
    if (!answer.problem.empty()) return failed(std::move(answer.problem), answer.misconfigured);
    (this->*then)(std::move(answer));
  });
}

// The whole key goes in front of what is put there, together with what others have written of it.
std::vector<RedisCommand> Publisher::commands() const {
  std::vector<RedisCommand> all;
  if (clears_) all.push_back({"DEL", config_.key});
  if (plain_) {
    for (RedisCommand& command : plain_commands()) all.push_back(std::move(command));
    return all;
  }
  if (clears_) all.push_back({"DEL", owners_key(config_.key)});
  const auto wish = tried_.value ? Owner::Wish::publish : Owner::Wish::withdraw;
  all.push_back(owner_command(wish, config_, owner_, written_, ready_since_));
  return all;
}

// The server that says who it is in front of the rest is the one that has the value, however often
// the link connects anew. Without a script nothing can be compared and deleted in one step, so a
// string stays.
std::vector<RedisCommand> Publisher::plain_commands() const {
  if (!tried_.value) {
    if (wrote_ && is_list()) return {{"LREM", config_.key, "1", written_}};
    if (clears_) return {};
    return {{"PING"}};
  }
  const bool for_ever = config_.ttl == Millis{0};
  const std::string ttl = std::to_string(config_.ttl.count());
  std::vector<RedisCommand> all = {{"INFO", "server"}};
  if (config_.command == PublishCommand::set) {
    all.push_back({"SET", config_.key, written_});
    if (!for_ever) all.back().insert(all.back().end(), {"PX", ttl});
    return all;
  }
  all.push_back({config_.command == PublishCommand::rpush ? "RPUSH" : "LPUSH", config_.key, written_});
  if (!for_ever) all.push_back({"PEXPIRE", config_.key, ttl});
  return all;
}

// True: it was only about owners, and what is to be done is done without them.
bool Publisher::refused(const RedisReply& error) {
  if (!plain_ && cannot_own(error)) {
    give_up_owning(error);
    return true;
  }
  RedisRefusal refusal = explain_error(error, link_.url());
  failed(std::move(refusal.reason), refusal.misconfigured);
  return false;
}

void Publisher::give_up_owning(const RedisReply& why) {
  plain_ = true;
  limits_ = explain_error(why, link_.url()).reason +
            "; other instances of the service are not known, and what a dead one has left stays. That "
            "needs " +
            commands_needed(config_);
}

void Publisher::written(RedisAnswer answer) {
  if (plain_ && tried_.value) {
    const auto info = answer.replies.begin() + (clears_ ? 1 : 0);
    server_ = run_of_server(*info);
    answer.replies.erase(info);
    // Who may push and not expire has pushed: once more would be one more.
    const bool expires = is_list() && config_.ttl > Millis{0};
    const RedisReply& last = answer.replies.back();
    if (expires && last.is_error() && cannot_own(last)) answer.replies.pop_back();
  }
  if (const RedisReply* error = first_error(answer.replies)) {
    const bool about_owners = !plain_ && cannot_own(*error);
    if (!refused(*error) || !about_owners) return;
    return wish_ ? write() : link_.close();
  }
  using Type = RedisReply::Type;
  const RedisReply& last = answer.replies.back();
  const bool done = plain_ ? last.type == Type::status || last.type == Type::integer
                           : kept_of(last).has_value();
  if (!done || last.is_status("QUEUED"))
    return failed("the server gave an answer that does not fit", false);
  clears_ = false;
  wrote_ = plain_ && tried_.value;
  if (!plain_) ready_since_ = ready_since_of(last);
  succeeded(tried_);
}

void Publisher::succeeded(const Wish& wish) {
  breaker_.succeeded();
  problem_.clear();
  Outcome outcome{wish.value ? Outcome::Done::published : Outcome::Done::removed};
  if (wish.value) outcome.value = written_;
  outcome.limits = std::exchange(limits_, {});
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

// A connection that stays open tells of a server that goes without being asked.
void Publisher::look_after() {
  const auto nothing_said = [](const RedisReply&) {};
  link_.listen(nothing_said, [this] { pause_.start(kLostPause, [this] { look(); }); });
  if (const Millis pause = until_look(); pause > Millis{0})
    pause_.start(pause, [this] { look(); });
}

Millis Publisher::until_look() const {
  if (plain_) return config_.ttl > Millis{0} ? std::max(config_.ttl / 3, Millis{1}) : Millis{0};
  return std::min(Owner::kBeat, std::max(lease_for(config_) / 3, Millis{1}));
}

void Publisher::look() {
  if (link_.asking()) return;
  if (!plain_)
    return ask({owner_command(Owner::Wish::keep, config_, owner_, written_, ready_since_)},
               &Publisher::looked);
  const RedisCommand present =
      config_.ttl > Millis{0}
          ? RedisCommand{"PEXPIRE", config_.key, std::to_string(config_.ttl.count())}
          : RedisCommand{"EXISTS", config_.key};
  ask({{"INFO", "server"}, present}, &Publisher::looked);
}

void Publisher::looked(RedisAnswer answer) {
  if (!kept_) return go_on();
  if (plain_) return looked_plainly(answer);
  const RedisReply& said = answer.replies.front();
  if (said.is_error()) {
    RedisRefusal refusal = explain_error(said, link_.url());
    return failed(std::move(refusal.reason), refusal.misconfigured);
  }
  const auto kept = kept_of(said);
  if (!kept) return failed("the server gave an answer that does not fit", false);
  if (*kept == Kept::kept) return still_there();
  if (*kept == Kept::taken) owner_.name += '#' + owner_.token;
  wish_ = Wish{std::exchange(kept_, std::nullopt)};
  attempt();
}

// Another run of the server may have an old state of its data, from a file or as a replica.
void Publisher::looked_plainly(const RedisAnswer& answer) {
  const RedisReply& present = answer.replies.back();
  if (present.is_error()) {
    RedisRefusal refusal = explain_error(present, link_.url());
    if (!refusal.misconfigured && !cannot_own(present))
      return failed(std::move(refusal.reason), false);
    // Who may only write cannot look.
    link_.close();
    return pause_.cancel();
  }
  const std::string server = run_of_server(answer.replies.front());
  const bool expired = config_.ttl > Millis{0} && monotonic_now() - seen_at_ >= config_.ttl;
  const bool lost = server != server_ || (present.integer != 1 && (expired || !is_list()));
  if (lost) return want({std::exchange(kept_, std::nullopt)});
  still_there();
}

void Publisher::still_there() {
  seen_at_ = monotonic_now();
  const bool was_away = breaker_.failures() > 0;
  breaker_.succeeded();
  problem_.clear();
  go_on();
  if (was_away) told_({.done = Outcome::Done::published, .value = written_});
}

void Publisher::failed(std::string problem, bool misconfigured) {
  link_.close();
  problem_ = problem;
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
