// The last word on a life: what happened, why, and how long each part took.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/lifecycle/lifecycle.h"
#include "init/lifecycle/policy.h"
#include "init/lifecycle/state_history.h"

namespace usher {

// How long each phase took.
class PhaseClock {
 public:
  using Micros = std::chrono::microseconds;
  // `now` on any clock that only goes forward.
  void begin(Micros now) { since_ = phase_since_ = begun_ = now; }
  void enter(State to, Micros now);
  Micros in(Phase phase) const { return spent_[static_cast<std::size_t>(phase)]; }
  // With the time since the state was entered, where it is the present one.
  Micros in(Phase phase, Micros now) const {
    return in(phase) + (phase_of(state_) == phase ? now - since_ : Micros{0});
  }
  Micros total() const { return since_ - begun_; }
  Micros begun() const { return begun_; }
  Micros phase_since() const { return phase_since_; }  // when the present one began
  const StateHistory& history() const { return history_; }
  void service_ended(ServiceExit exit) { history_.service_ended(exit); }

 private:
  State state_ = State::waiting;
  Micros begun_{0}, since_{0}, phase_since_{0};
  std::array<Micros, kPhaseCount + 1> spent_{};  // what comes after the end is nobody's
  StateHistory history_;
};

// How often a health check was run since the start, and how often it failed.
struct CheckCount {
  std::string name;
  std::uint64_t runs = 0, failed = 0;
};

// What the service waited for.
struct AwaitedDependency {
  std::string name, target;
  bool satisfied = false;
  std::chrono::microseconds after{0};  // since the wait began; how long it was in vain, else
  std::string last_seen;
};

// A hook of a stop that did not end within its share of it.
struct CutHook {
  std::string point, command;
  std::chrono::milliseconds after{0};
};

// The highest figures that somebody has looked at.
struct ResourcePeaks {
  std::int64_t looks = 0;
  // Of the service and all below it, at one time.
  std::int64_t memory_bytes = 0, processes = 0, threads = 0, descriptors = 0;
  double cpus = 0;  // in use over one interval
  std::int64_t container_memory_bytes = 0, oom_kills = 0;  // as the kernel has kept them
};

// How it was when it was last heard of, for a report of a life that ended without a word.
struct LastHeard {
  std::string state, since, reason;  // as a status has them
  std::string check{};               // that has failed last, though perhaps not often enough to count
  std::optional<std::uint64_t> memory_bytes{}, memory_limit_bytes{};  // of the container
  std::string line{};  // of the output, while it is looked at
};

struct Report {
  // Of the JSON object. A reader refuses a higher one; members may be added without a new number.
  static constexpr int kFormat = 1;

  std::string service, instance;
  Verdict verdict;
  std::string detail;  // of a failure: what was asked and last seen, and which setting governs it
  std::string trace;   // its id; empty where there is none, or nobody could know it yet
  Life life;
  std::optional<ServiceExit> last_exit;  // of the last attempt that ran
  std::string ready_value;
  bool oom_killed = false;  // the kernel killed the service or something below it for want of memory
  std::vector<CutHook> cut_hooks;  // the last ones
  std::vector<CheckCount> checks;
  std::vector<AwaitedDependency> dependencies;
  std::chrono::system_clock::time_point started_at, ended_at;
  PhaseClock phases;
  std::int64_t signals_forwarded = 0;
  std::int64_t orphans_reaped = 0;
  std::int64_t output_bytes_lost = 0;
  std::int64_t log_lines_dropped = 0;
  // Largest over the attempts, as the kernel counted them for the ended service process and the
  // children that it waited for.
  std::int64_t peak_memory_bytes = 0, cpu_user_ms = 0, cpu_system_ms = 0;
  std::optional<ResourcePeaks> resources;  // where anybody has looked
  std::vector<std::pair<std::string, std::uint64_t>> alerts;  // how often each, where there was any
  std::optional<LastHeard> last_heard;
};

// The members of the JSON object, without braces: `"event":"report","service":...`. At most
// `most` bytes with the two braces, by leaving out the value that made the service ready, and then
// the timeline with the dependencies.
std::string to_json_members(const Report& report, std::size_t most = ~std::size_t{0});

// One line for people.
std::string to_text(const Report& report);

}  // namespace usher
