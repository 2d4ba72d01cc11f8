#include "init/app/resources.h"

#include <utility>

#include "init/app/metric_unit.h"
#include "init/os/process_tree.h"

namespace usher {
namespace {

using Type = MetricsText::Type;

constexpr std::string_view kWaitedFor[] = {"cpu", "io", "memory"};

std::int64_t whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::optional<std::int64_t> whole(const std::optional<std::uint64_t>& number) {
  return number ? std::optional(whole(*number)) : std::nullopt;
}

// A family of one sample, where there is something to say.
template <typename Number>
void one(MetricsText& text, std::string_view name, Type type, std::string_view help,
         std::string_view unit, const std::optional<Number>& value) {
  if (!value) return;
  text.family(name, type, help, unit);
  text.sample(*value);
}

void one(MetricsText& text, std::string_view name, Type type, std::string_view help,
         std::string_view unit, std::uint64_t value) {
  one(text, name, type, help, unit, std::optional(value));
}

void add_service(MetricsText& text, const ProcessUsage& usage) {
  if (usage.processes == 0 && !usage.complete) return;  // /proc shows others
  constexpr auto gauge = Type::gauge;
  one(text, "usher_service_memory_bytes", gauge,
      "Resident memory of the service and all below it.", "bytes", usage.memory_bytes);
  one(text, "usher_service_cpu_seconds", Type::counter,
      "CPU time that the service and all below it have used, over all starts.", "seconds",
      std::optional(seconds(usage.cpu)));
  one(text, "usher_service_processes", gauge, "Processes of the service.", "", usage.processes);
  one(text, "usher_service_threads", gauge, "Threads in these processes.", "", usage.threads);
  one(text, "usher_service_descriptors", gauge, "Descriptors open in these processes.", "",
      usage.descriptors);
  one(text, "usher_service_main_descriptors", gauge,
      "Descriptors open in the main process of the service.", "", usage.main_descriptors);
  one(text, "usher_service_main_descriptors_limit", gauge,
      "Descriptors that its main process may have open.", "", usage.main_descriptors_limit);
  one(text, "usher_service_figures_complete", gauge,
      "0 where the service is too large for one look, and its figures are too low.", "",
      std::uint64_t{usage.complete});
}

void add_container(MetricsText& text, const Cgroup& group) {
  constexpr auto gauge = Type::gauge, counter = Type::counter;
  one(text, "usher_container_memory_bytes", gauge, "Memory that the container uses.", "bytes",
      group.memory_used());
  one(text, "usher_container_memory_in_use_bytes", gauge,
      "The same without file pages that have not been touched lately.", "bytes",
      group.memory_in_use());
  one(text, "usher_container_memory_limit_bytes", gauge, "Memory that the container may use.",
      "bytes", group.memory_limit());
  one(text, "usher_container_memory_peak_bytes", gauge,
      "The most memory that the container has used.", "bytes", group.memory_peak());
  one(text, "usher_container_oom_kills", counter,
      "Processes that the kernel killed for want of memory.", "", group.oom_kills());
  if (const auto used = group.cpu_used_us())
    one(text, "usher_container_cpu_seconds", counter, "CPU time that the container has used.",
        "seconds", std::optional(seconds(std::chrono::microseconds(*used))));
  one(text, "usher_container_cpu_limit_cores", gauge, "CPUs that the container may use at a time.",
      "cores", group.cpu_limit());
  if (const auto waited = group.cpu_throttled_us())
    one(text, "usher_container_cpu_throttled_seconds", counter,
        "Time in which the CPU limit held tasks back.", "seconds",
        std::optional(seconds(std::chrono::microseconds(*waited))));
  one(text, "usher_container_processes", gauge, "Processes and threads in the container.", "",
      group.processes());
  one(text, "usher_container_processes_limit", gauge,
      "Processes and threads that the container may have.", "", group.processes_limit());
}

void add_pressure(MetricsText& text, const Cgroup& group) {
  const auto family = [&](std::string_view name, std::string_view help,
                          std::uint64_t Pressure::*time) {
    bool begun = false;
    for (const std::string_view resource : kWaitedFor) {
      const auto pressure = group.pressure(resource);
      if (!pressure) continue;
      if (!std::exchange(begun, true)) text.family(name, Type::counter, help, "seconds");
      text.sample(seconds(std::chrono::microseconds((*pressure).*time)),
                  {{"resource", resource},
                   {"scope", pressure->whole_machine ? "machine" : "container"}});
    }
  };
  family("usher_pressure_waiting_seconds", "Time in which some task had to wait for the resource.",
         &Pressure::some_us);
  family("usher_pressure_stalled_seconds",
         "Time in which all tasks that were not idle had to wait for the resource.",
         &Pressure::full_us);
}

}  // namespace

// What came to us counts with the service; hooks and probes do not.
ProcessUsage Resources::use(GivesWay way) const {
  if (!proc_is_ours()) return {.complete = false};
  ProcessUsage usage = measure_processes(service_.pid(), family_.of_service(), way);
  usage.cpu += family_.counts().cpu;
  return usage;
}

ResourceWatch& Resources::watcher() {
  if (!watch_)
    watch_ = std::make_unique<ResourceWatch>(context_.runtime.loop(), [this](GivesWay way) { return use(way); },
                                             [this] { look_for_alarms(); });
  return *watch_;
}

void Resources::watch() {
  const Millis interval = context_.config.resources.interval;
  if (interval > Millis{0} || watch_) watcher().every(interval);
}

void Resources::look_for_alarms() {
  const AlertsConfig& config = context_.config.alerts;
  const ResourceWatch& watch = watcher();
  const Cgroup& container = watch.container();
  const auto tell = [this](AlertKind kind, UseFact fact) {
    fact.over ? alarms_.raise(kind, std::move(fact.seen)) : alarms_.clear(kind, std::move(fact.seen));
  };
  if (config.memory > 0)
    tell(AlertKind::memory,
         memory_fact(container.memory_in_use(), container.memory_limit(), config.memory));
  if (config.cpu > 0)
    tell(AlertKind::cpu, cpu_fact(watch.cpus(), container.cpu_limit(), config.cpu));
  if (config.descriptors > 0)
    tell(AlertKind::descriptors,
         descriptors_fact(watch.last().main_descriptors, watch.last().main_descriptors_limit,
                          config.descriptors));
  looked_();
}

void Resources::warn_of_no_limit() {
  const AlertsConfig& config = context_.config.alerts;
  if (context_.config.resources.interval == Millis{0}) return;
  const Cgroup& container = watcher().container();
  const auto warn = [this](std::string_view setting, std::string_view what) {
    context_.log.warn("alert_impossible")
        .add("setting", setting)
        .add("message", "the container has no limit of " + std::string(what));
  };
  if (config.memory > 0 && !container.memory_limit()) warn("alerts.memory", "memory");
  if (config.cpu > 0 && !container.cpu_limit()) warn("alerts.cpu", "CPU");
}

void Resources::add_to(MetricsText& text) {
  ResourceWatch& watch = watcher();
  add_service(text, watch.look());
  add_container(text, watch.container());
  add_pressure(text, watch.container());
}

void Resources::measure(Snapshot& s) {
  if (!service_.runs()) return;
  ResourceWatch& watch = watcher();
  const ProcessUsage& usage = watch.look();
  s.memory_bytes = whole(usage.memory_bytes);
  s.processes = whole(usage.processes);
  ResourcesView& view = s.resources.emplace();
  view.cpu_ms = usage.cpu.count() / 1000;
  view.threads = whole(usage.threads);
  view.descriptors = whole(usage.descriptors);
  view.main_descriptors = whole(usage.main_descriptors);
  view.main_descriptors_limit = whole(usage.main_descriptors_limit);
  view.complete = usage.complete;
  const Cgroup& container = watch.container();
  view.container_memory_bytes = whole(container.memory_in_use());
  view.container_memory_limit_bytes = whole(container.memory_limit());
  view.container_processes = whole(container.processes());
  view.container_processes_limit = whole(container.processes_limit());
  view.container_cpu_limit = container.cpu_limit();
  const auto pressure = [&](std::string_view resource) -> std::optional<double> {
    const auto found = container.pressure(resource);
    if (!found) return std::nullopt;
    view.pressure_of_machine = found->whole_machine;
    return found->some_avg10;
  };
  view.cpu_pressure = pressure("cpu");
  view.io_pressure = pressure("io");
  view.memory_pressure = pressure("memory");
}

std::optional<ResourcePeaks> Resources::finish() {
  if (!watch_) return std::nullopt;
  watch_->every(Millis{0});
  ResourcePeaks peaks = watch_->peaks();
  const Cgroup& container = watch_->container();
  peaks.container_memory_bytes = whole(container.memory_peak().value_or(0));
  peaks.oom_kills = whole(container.oom_kills().value_or(0));
  return peaks;
}

}  // namespace usher
