#include "init/coordinate/registry_reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "init/os/clock.h"
#include "init/redis/redis_error.h"

namespace usher {
namespace {

using Type = RedisReply::Type;

constexpr std::size_t kBatch = 128;

}  // namespace

RegistryReader::RegistryReader(Loop& loop, Resolver& resolver, RedisUrl url, std::string space)
    : link_(loop, resolver, std::move(url)), space_(std::move(space)) {}

void RegistryReader::read(Millis limit, Done done) {
  deadline_ = monotonic_now() + limit;
  done_ = std::move(done);
  members_.clear();
  gone_.clear();
  entries_.clear();
  read_ = 0;
  too_many_ = false;
  list("0");
}

void RegistryReader::list(const std::string& cursor) {
  link_.ask({{"SSCAN", registry_index_key(space_), cursor, "COUNT", std::to_string(kBatch)}},
            left(), [this](const RedisAnswer& answer) { listed(answer); });
}

void RegistryReader::listed(const RedisAnswer& answer) {
  if (std::string problem = problem_of(answer); !problem.empty()) return finish(std::move(problem));
  const RedisReply& reply = answer.replies.front();
  if (reply.elements.size() != 2 || reply.elements[1].type != Type::array)
    return finish("the server gave an answer that does not fit");
  if (monotonic_now() >= deadline_) return finish("the list of services has no end");
  for (const RedisReply& member : reply.elements[1].elements) members_.push_back(member.text);
  const std::string& cursor = reply.elements[0].text;
  too_many_ = members_.size() > kMostEntries;
  if (cursor != "0" && !too_many_) return list(cursor);
  // A scan may bring a member twice.
  std::sort(members_.begin(), members_.end());
  members_.erase(std::unique(members_.begin(), members_.end()), members_.end());
  too_many_ = members_.size() > kMostEntries;
  if (too_many_) members_.resize(kMostEntries);
  read_entries();
}

void RegistryReader::read_entries() {
  if (read_ == members_.size()) return strike_off();
  std::vector<RedisCommand> commands;
  const std::size_t end = std::min(members_.size(), read_ + kBatch);
  for (std::size_t i = read_; i < end; ++i)
    commands.push_back({"HGETALL", registry_entry_key(space_, members_[i])});
  link_.ask(std::move(commands), left(),
            [this](const RedisAnswer& answer) { entries_read(answer); });
}

void RegistryReader::entries_read(const RedisAnswer& answer) {
  if (!answer.problem.empty()) return finish(answer.problem);
  for (const RedisReply& reply : answer.replies) {
    const std::string& member = members_[read_++];
    RegistryEntry entry = entry_from(reply);
    if (!entry.service.empty())
      entries_.push_back(std::move(entry));
    else if (reply.type == Type::array && reply.elements.empty())
      gone_.push_back(member);
  }
  read_entries();
}

// One that is alive puts itself back when it refreshes its entry. Who may only read gets an error,
// and what was read all the same.
void RegistryReader::strike_off() {
  if (gone_.empty()) return finish({});
  RedisCommand remove = {"SREM", registry_index_key(space_)};
  remove.insert(remove.end(), gone_.begin(), gone_.end());
  link_.ask({std::move(remove)}, left(), [this](const RedisAnswer&) { finish({}); });
}

void RegistryReader::finish(std::string problem) {
  link_.close();
  if (!problem.empty()) entries_.clear();
  if (problem.empty() && too_many_)
    problem = "only the first " + std::to_string(kMostEntries) + " services are read";
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
    return std::tie(a.service, a.instance) < std::tie(b.service, b.instance);
  });
  const Done done = std::exchange(done_, nullptr);
  done(std::exchange(entries_, {}), std::move(problem));
}

Millis RegistryReader::left() const {
  return std::max(std::chrono::ceil<Millis>(deadline_ - monotonic_now()), Millis{1});
}

std::string RegistryReader::problem_of(const RedisAnswer& answer) const {
  if (!answer.problem.empty()) return answer.problem;
  const RedisReply* error = first_error(answer.replies);
  return error != nullptr ? explain_error(*error, link_.url()).reason : "";
}

}  // namespace usher
