// Reads the entries of all services of a namespace, on whatever host they are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "init/config/config.h"
#include "init/coordinate/registry_entry.h"
#include "init/redis/redis_link.h"

namespace usher {

class RegistryReader {
 public:
  // The entries in the order of service and instance, or why there are none. With more than
  // kMostEntries the rest is left out and `problem` says so.
  using Done = std::function<void(std::vector<RegistryEntry> entries, std::string problem)>;
  static constexpr std::size_t kMostEntries = 4096;

  // Both outlive it. Destroying it cancels.
  RegistryReader(Loop& loop, Resolver& resolver, RedisUrl url, std::string space);

  // `done` is called once, from the loop, at the latest when `limit` has passed. It may destroy the
  // reader. Entries that have expired are struck off the list on the way.
  void read(Millis limit, Done done);

 private:
  void list(const std::string& cursor);
  void listed(const RedisAnswer& answer);
  void read_entries();
  void entries_read(const RedisAnswer& answer);
  void strike_off();
  void finish(std::string problem);
  Millis left() const;
  std::string problem_of(const RedisAnswer& answer) const;

  RedisLink link_;
  const std::string space_;
  std::chrono::microseconds deadline_{0};
  Done done_;
  std::vector<std::string> members_;
  std::size_t read_ = 0;  // of the members
  std::vector<std::string> gone_;
  std::vector<RegistryEntry> entries_;
  bool too_many_ = false;
};

}  // namespace usher
