#include "init/app/flight_recorder.h"

#include <utility>

#include "init/os/clock.h"

namespace usher {
namespace {

// Between two messages that tell of a line, or of memory: both may change all the time.
constexpr Millis kPause{100};
// After which memory is looked at again where something has woken us, as a check does.
constexpr Millis kFresh{5'000};

}  // namespace

void FlightRecorder::begin() {
  path_ = context_.config.report.record && from_.report.has_message() ? from_.report.message_path() : "";
  if (!path_.empty() && message_.open(path_)) record();
}

void FlightRecorder::changed() {
  if (!message_.is_open()) return;
  changed_ = true;
  if (!context_.runtime.has_loop()) return;
  if (!end_of_turn_) end_of_turn_ = std::make_unique<EndOfTurn>(context_.runtime.loop(), [this] { settled(); });
  end_of_turn_->ask();
}

void FlightRecorder::settled() {
  if (std::exchange(changed_, false)) record();
}

void FlightRecorder::used() {
  if (message_.is_open() && monotonic_now() - written_at_ >= kPause) record(true);
}

void FlightRecorder::config_changed() {
  const bool wanted = context_.config.report.record && from_.report.has_message();
  if (path_ == (wanted ? from_.report.message_path() : "")) return;
  message_.withdraw();
  from_.report.begin();
  told_.clear();
  begin();
}

void FlightRecorder::end() {
  again_.cancel();
  message_.close();
}

LastHeard FlightRecorder::heard() const {
  const Status status = from_.status();
  LastHeard heard{status.state, status.since, status.reason};
  for (const CheckView& check : status.checks)  // one that fails is the reason
    if (check.failures > 0 && check.status != CheckStatus::failing)
      heard.check = check.name + " failed: " + check.reason;
  const Attempt* const attempt = from_.service.attempt();
  if (attempt != nullptr && attempt->readiness().waits_for_line()) heard.line = from_.service.last_line();
  return heard;
}

// Before the service is there it says nothing about it.
void FlightRecorder::measure(LastHeard& heard) {
  if (!from_.service.runs()) return;
  if (!group_) group_ = Cgroup::own_for_memory();
  heard.memory_bytes = group_->memory_used();
  heard.memory_limit_bytes = group_->memory_limit();
}

void FlightRecorder::record(bool used) {
  if (!message_.is_open()) return;
  LastHeard now = heard();
  const std::string tells = now.state + '\n' + now.reason + '\n' + now.check + '\n' + now.line;
  const Micros at = monotonic_now();
  if (tells != told_ || used || at - looked_at_ >= kFresh) {
    measure(now);
    looked_at_ = at;
    if (tells != told_ || used || has_moved(now)) {
      message_.write(report_without_a_word(from_.so_far(), now, KeptMessage::kMost));
      told_ = tells;
      memory_ = now.memory_bytes.value_or(0);
      written_at_ = at;
    }
  }
  line_ = std::move(now.line);
  listen_to_lines();
}

// By so much that it says something else: a page is not written anew, on some disk, for less.
bool FlightRecorder::has_moved(const LastHeard& now) const {
  constexpr std::uint64_t kParts = 16;
  const std::uint64_t memory = now.memory_bytes.value_or(0);
  const std::uint64_t by = memory > memory_ ? memory - memory_ : memory_ - memory;
  return by > now.memory_limit_bytes.value_or(memory_) / kParts;
}

// A line is heard of from the thread that carries it, which does not wake us for the next one before we say so.
void FlightRecorder::listen_to_lines() {
  const Attempt* const attempt = from_.service.attempt();
  if (attempt == nullptr || !attempt->readiness().waits_for_line()) return again_.cancel();
  again_.start(kPause, [this] {
    from_.service.listen_to_lines();
    if (from_.service.last_line() != line_) changed();
  });
}

}  // namespace usher
