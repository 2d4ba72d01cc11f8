#include "init/coordinate/registry.h"

#include <algorithm>
#include <utility>

#include "init/base/duration.h"
#include "init/os/random.h"
#include "init/redis/redis_error.h"

namespace usher {
namespace {

// The set of all entries outlives each of them, and goes when nobody has come for a day.
constexpr Millis kIndexTtl{24 * 3600 * 1000};

std::string problem_of(const RedisAnswer& answer, const RedisUrl& url) {
  if (!answer.problem.empty()) return answer.problem;
  const RedisReply* error = first_error(answer.replies);
  if (error != nullptr) return explain_error(*error, url).reason;
  const bool done = answer.replies.back().type == RedisReply::Type::array;
  return done ? "" : "the server gave an answer that does not fit";
}

}  // namespace

Registry::Registry(Loop& loop, Resolver& resolver, const CoordinationConfig& config, Told told,
                   Millis limit)
    : config_(config),
      told_(std::move(told)),
      limit_(limit),
      link_(loop, resolver, redis_server(config.redis, config.user, config.password).with(config.tls)),
      next_(loop) {}

void Registry::show(RegistryEntry entry) {
  if (entry == entry_ || left_) return;
  entry_ = std::move(entry);
  changed_ = true;
  if (!link_.asking() && breaker_.lets_through()) write();
}

void Registry::write() {
  changed_ = false;
  const std::string member = registry_member(entry_.service, entry_.instance);
  const std::string key = registry_entry_key(config_.space, member);
  const std::string index = registry_index_key(config_.space);
  const std::string ttl = std::to_string(config_.ttl.count());
  RedisCommand set = {"HSET", key};
  for (std::string& word : to_fields(entry_)) set.push_back(std::move(word));
  std::vector<RedisCommand> all = {{"MULTI"},
                                   std::move(set),
                                   {"PEXPIRE", key, ttl},
                                   {"SADD", index, member},
                                   {"PEXPIRE", index, std::to_string(kIndexTtl.count())},
                                   {"EXEC"}};
  trace_asked_ = !trace_.empty();
  if (trace_asked_) {
    const std::string trace = registry_trace_key(config_.space);
    all.push_back({"SET", trace, trace_, "NX", "PX", ttl});
    all.push_back({"PEXPIRE", trace, ttl});
    all.push_back({"GET", trace});
  }
  link_.ask(std::move(all), limit_, [this](RedisAnswer answer) { written(std::move(answer)); });
}

// Behind the entry, so that what is refused of the trace leaves that alone.
void Registry::take_trace(RedisAnswer& answer) {
  constexpr std::size_t kReplies = 3;
  if (!trace_asked_ || answer.replies.size() <= kReplies) return;
  const auto first = answer.replies.end() - kReplies;
  const std::vector<RedisReply> replies(first, answer.replies.end());
  answer.replies.erase(first, answer.replies.end());
  const RedisReply* const error = first_error(replies);
  const std::string& found = replies.back().text;
  if (error == nullptr && found.empty()) return;  // it is gone again
  trace_ = error == nullptr ? found : "";
  if (trace_told_) trace_told_(trace_, error != nullptr ? explain_error(*error, link_.url()).reason : "");
}

void Registry::written(RedisAnswer answer) {
  take_trace(answer);
  if (left_ && changed_) return write();
  const std::string problem = problem_of(answer, link_.url());
  if (left_) return left(problem);
  const bool works = problem.empty();
  if (works) {
    breaker_.succeeded();
    if (changed_)
      write();
    else
      again_after(config_.ttl / 3);
  } else {
    link_.close();
    again_after(breaker_.failed(random_fraction()));
  }
  if (!std::exchange(worked_, works) || !works) told_(problem);
}

void Registry::again_after(Millis pause) {
  next_.start(std::max(pause, Millis{1}), [this] {
    breaker_.pause_over();
    if (!link_.asking()) write();
  });
}

// A write under way is left to its end: over another connection, the last one might overtake it.
void Registry::leave(Millis limit, std::function<void(std::string problem)> done) {
  left_ = std::move(done);
  next_.start(limit, [this, limit] { left("no answer within " + format_duration(limit)); });
  if (!link_.asking()) write();
}

void Registry::left(std::string problem) {
  link_.close();
  next_.cancel();
  if (!trace_.empty() && !problem.empty() && trace_told_) trace_told_({}, problem);
  const auto done = left_;  // stays set: nothing is written any more
  done(std::move(problem));
}

}  // namespace usher
