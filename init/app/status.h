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
#include "init/lifecycle/ending.h"
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
  bool started = false;  // this start has been ready, whatever came after
  // How it has ended: "done" (a job, with success), "stopped" (on request, or with 0) or "failed".
  std::string ended;  // empty while it has not
  int exit_code = -1;
};

Status status_of(const Facts& facts);

// Ready, no stop begun, and every check passes that is not only watched.
bool is_healthy(State state, const std::vector<CheckView>& checks);
// Its life goes on, and no check fails that says otherwise.
bool is_alive(State state, const std::vector<CheckView>& checks);
// What a start of the service that is in `state` waits for; empty where it waits for nothing.
std::string missing_for_start(State state, const Facts& facts);
// lifecycle.timeout has passed, perhaps while the service was waited for.
bool ends_late_start(const Transition& transition, const Life& life);

}  // namespace usher
