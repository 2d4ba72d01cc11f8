// The one answer to "how is the service": state, health, reason and value are worked out here and
// nowhere else. Pure: facts come in, with the time, and what people are told comes out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/config/config.h"
#include "init/control/snapshot.h"
#include "init/lifecycle/supervisor.h"

namespace usher {

// What is known of one start of the service, and of no other.
struct AttemptView {
  pid_t pid = -1;           // -1: its process has ended, or has not come to be
  std::string ready_value;  // what its readiness probes have found
  std::string says;         // of itself, by STATUS= of sd_notify
  std::string missing;      // what it is not ready for; empty where nothing is
};

struct Facts {
  using Micros = std::chrono::microseconds;  // on a clock that only goes forward

  State state = State::waiting;
  const Life& life;
  const Verdict& verdict;
  const Config& config;
  std::string instance{};
  std::optional<AttemptView> attempt{};  // nothing between two starts
  std::vector<CheckView> checks{};
  std::vector<DependencyView> dependencies{};
  std::vector<AlertView> alerts{};
  Micros now{0}, begun{0}, in_phase_since{0};
  std::chrono::system_clock::time_point wall_clock{};
};

struct Status : Snapshot {
  bool live = true;      // false where a kubelet should start the container anew
  bool started = false;  // this start has been ready, whatever came after
};

Status status_of(const Facts& facts);

// Ready, no stop begun, and every check passes.
bool is_healthy(State state, const std::vector<CheckView>& checks);
// "not ready within 1s, the limit of readiness.timeout: no line ..."
std::string not_ready_text(const Config& config, std::string_view missing);

}  // namespace usher
