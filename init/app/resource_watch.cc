#include "init/app/resource_watch.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "init/os/clock.h"

namespace usher {
namespace {

void raise(std::int64_t& peak, std::uint64_t value) {
  peak = std::max(peak, static_cast<std::int64_t>(value));
}

}  // namespace

ResourceWatch::ResourceWatch(Loop& loop, Measure measure, Sampled sampled, Micros fresh)
    : next_(loop),
      measure_(std::move(measure)),
      sampled_(std::move(sampled)),
      fresh_(fresh),
      container_(Cgroup::own()) {}

const ProcessUsage& ResourceWatch::look() {
  if (monotonic_now() >= good_until_) measure(GivesWay::to_signals);
  return usage_;
}

void ResourceWatch::measure(GivesWay way) {
  constexpr int kRest = 20;  // so many times as long as it took
  const Micros begun = monotonic_now();
  ProcessUsage usage = measure_(way);
  const Micros now = monotonic_now();
  good_until_ = now + std::max(fresh_, kRest * (now - begun));
  if (usage.given_up) return;
  usage.cpu = std::max(usage.cpu, usage_.cpu);
  usage_ = usage;
  ++peaks_.looks;
  raise(peaks_.memory_bytes, usage_.memory_bytes);
  raise(peaks_.processes, usage_.processes);
  raise(peaks_.threads, usage_.threads);
  raise(peaks_.descriptors, usage_.descriptors.value_or(0));
}

void ResourceWatch::every(Millis interval) {
  if (interval == std::exchange(interval_, interval)) return;
  if (interval == Millis{0}) {
    cpus_.reset();
    return next_.cancel();
  }
  if (cpu_at_ == Micros{0}) meter_cpu();
  next_.start(interval, [this] { sample(); });
}

void ResourceWatch::sample() {
  measure(GivesWay::no);
  meter_cpu();
  next_.start(interval_, [this] { sample(); });
  const Sampled sampled = sampled_;  // may be the end of this object
  sampled();
}

void ResourceWatch::meter_cpu() {
  const auto counted = container_.cpu_used_us();
  const Micros used = counted ? Micros(*counted) : usage_.cpu;
  const Micros now = monotonic_now();
  if (cpu_at_ > Micros{0} && now > cpu_at_ && used >= cpu_used_) {
    const double thousandths = 1000.0 * static_cast<double>((used - cpu_used_).count()) /
                               static_cast<double>((now - cpu_at_).count());
    cpus_ = std::round(thousandths) / 1000;
    peaks_.cpus = std::max(peaks_.cpus, *cpus_);
  }
  cpu_at_ = now;
  cpu_used_ = used;
}

}  // namespace usher
