// What is said of a life besides its bars, in words.
#pragma once

#include <string>
#include <vector>

#include "init/timeline/life_record.h"

namespace usher {

struct Fact {
  std::string name, value;
};

// How it ended: "stopped by SIGTERM", "not ready", "out of memory".
std::string outcome(const LifeRecord& life);

// "waiting 340 ms, starting 1.2 s, unhealthy 3.0 s (2 times)": the time in each phase that there
// was.
std::string phase_sums(const LifeRecord& life);

// What is worth a line: what was waited for, attempts, failed checks, what it used.
std::vector<Fact> facts_of(const LifeRecord& life);

}  // namespace usher
