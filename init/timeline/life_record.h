// A report as its reader has it: plain values out of JSON that a stranger may have written.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/lifecycle/report.h"

namespace usher {

// One stay in one phase, in time since the start of usher.
struct PhaseSpan {
  Phase phase = Phase::waiting;
  std::string state;  // what exactly, where the phase has more than one
  std::chrono::microseconds begin{0}, end{0};
  std::string ended;  // how the service ended in it: "exit 1", "SIGKILL"; empty if it did not
};

struct LifeRecord {
  using Time = std::chrono::sys_time<std::chrono::microseconds>;

  std::string service, instance;
  std::int64_t exit_code = 0;
  std::string reason, detail, signal, stopped_by, trace;
  bool oom_killed = false, unkillable = false;
  std::int64_t attempts = 0, restarts = 0;
  std::string ready_value;
  Time started;
  std::chrono::microseconds total{0};
  // One after another, all within `total`.
  std::vector<PhaseSpan> spans;
  bool in_order = true;  // else the report has only a sum for each phase
  std::int64_t left_out = 0;
  std::vector<AwaitedDependency> dependencies;
  std::vector<CutHook> cut_hooks;
  std::vector<CheckCount> checks;
  std::vector<std::pair<std::string, std::int64_t>> alerts;  // how often each
  std::int64_t peak_memory_bytes = 0, cpu_ms = 0;
  std::int64_t most_processes = 0;  // at one time; 0 where nobody has looked
};

struct LifeRecords {
  std::vector<LifeRecord> lives;
  std::string problem;  // why there are not as many as there should be
};

// Of a file with one report, or of a log in which reports are lines among others.
LifeRecords read_life_records(std::string_view text);

}  // namespace usher
