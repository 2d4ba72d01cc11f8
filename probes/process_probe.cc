#include "probes/process_probe.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "init/base/signal_name.h"
#include "init/config/probe_rows.h"
#include "init/os/clock.h"
#include "init/os/process_children.h"
#include "probes/immediate_probe.h"
#include "probes/kind.h"

namespace usher {
namespace {

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

using Processes = std::vector<ProcessStat>;

// How much of a CPU some processes have used since they were last looked at.
class CpuMeter {
 public:
  // Per cent of one CPU; nothing at the first look, and where the last one is too short ago to say.
  std::optional<double> measure(const Processes& processes) {
    constexpr double kShortest = 0.2;
    const auto now = monotonic_now();
    const double seconds = std::chrono::duration<double>(now - last_look_).count();
    if (!ticks_.empty() && seconds < kShortest) return std::nullopt;
    std::map<Identity, std::uint64_t> ticks;
    std::uint64_t used = 0;
    bool known = false;
    for (const ProcessStat& process : processes) {
      const Identity identity(process.pid, process.start_ticks);
      ticks[identity] = process.cpu_ticks;
      const auto before = ticks_.find(identity);
      known |= before != ticks_.end();
      used += process.cpu_ticks - (before != ticks_.end() ? before->second : 0);
    }
    last_look_ = now;
    ticks_ = std::move(ticks);
    if (!known) return std::nullopt;
    return 100.0 * static_cast<double>(used) / static_cast<double>(::sysconf(_SC_CLK_TCK)) /
           seconds;
  }

 private:
  using Identity = std::pair<pid_t, std::uint64_t>;
  std::map<Identity, std::uint64_t> ticks_;
  std::chrono::microseconds last_look_{0};
};

constexpr char kTarget[] = "the service's process";

class ProcessLook final : public ImmediateProbe {
 public:
  ProcessLook(const ProcessProbe& config, ProbeContext& context)
      : ImmediateProbe(context.loop, kTarget),
        config_(config),
        service_(context.service) {}

 private:
  ProbeResult look() override;
  std::string problem_of_state(pid_t pid) const;
  std::string problem_of_signals(pid_t pid) const;
  std::string problem_of_use(pid_t pid);

  const ProcessProbe& config_;
  const ServiceView* const service_;
  CpuMeter cpu_;
};

ProbeResult ProcessLook::look() {
  if (service_ == nullptr) return misconfigured("only PID 1 can ask this about its service");
  const pid_t pid = service_->pid();
  if (pid <= 0) return not_yet("the service is not running");
  if (!proc_is_ours()) return misconfigured("/proc does not show our PID namespace");
  std::string problem = problem_of_state(pid);
  if (problem.empty()) problem = problem_of_signals(pid);
  if (problem.empty()) problem = problem_of_use(pid);
  return problem.empty() ? passed() : not_yet(std::move(problem));
}

std::string ProcessLook::problem_of_state(pid_t pid) const {
  const auto stat = read_stat(pid);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return "the service has ended";
  if (stat->state == 'T' || stat->state == 't') return "the service is stopped by a signal";
  return {};
}

std::string ProcessLook::problem_of_signals(pid_t pid) const {
  if (config_.catches.empty()) return {};
  const std::uint64_t caught = caught_signals(pid).value_or(0);
  std::string missing;
  for (const int signo : config_.catches)
    if ((caught >> (signo - 1) & 1) == 0)
      missing += (missing.empty() ? "" : ", ") + signal_name(signo);
  return missing.empty() ? "" : "the service does not catch " + missing;
}

std::string ProcessLook::problem_of_use(pid_t pid) {
  if (config_.max_memory == 0 && config_.max_cpu <= 0) return {};
  const Processes ours = family_of(pid);
  std::uint64_t pages = 0;
  for (const ProcessStat& process : ours) pages += process.resident_pages;
  const std::uint64_t memory = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const double used = cpu_.measure(ours).value_or(0);
  if (config_.max_memory > 0 && memory > config_.max_memory)
    return "the service has " + mebibytes(memory) + " in memory, max_memory is " +
           mebibytes(config_.max_memory);
  if (config_.max_cpu > 0 && used > config_.max_cpu)
    return "the service has used " + std::to_string(std::lround(used)) +
           " % of a CPU, max_cpu is " + std::to_string(std::lround(config_.max_cpu));
  return {};
}

constexpr Key kKeys[] = {
    rows::kMaxMemory<&ProcessProbe::max_memory>,
    {.path = "catches",
     .type = KeyType::signals,
     .fallback = "[]",
     .help = "Signals that the service must have handlers for.",
     .read = into<&ProcessProbe::catches>},
    {.path = "max_cpu",
     .type = KeyType::number,
     .help = "The most per cent of one CPU since the last run.",
     .read = into<&ProcessProbe::max_cpu>,
     .least = 0.1,
     .most = 1e6},
};

constexpr ProbeKindOf<ProcessProbe> kKind({
    .name = "process",
    .keys = kKeys,
    .asks_service = true,
    .target = [](const ProcessProbe&) { return std::string(kTarget); },
    .make = make_run<ProcessLook, ProcessProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& process = kKind;
}
const ProbeKind& probe_kind_of(const ProcessProbe&) { return kKind; }

}  // namespace usher
