#include "init/app/handover.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace usher {
namespace {

// Between two looks, where nothing else brings one about.
constexpr std::chrono::milliseconds kFirst{20}, kLongest{500};

}  // namespace

Handover::Handover(Runtime& runtime, Family& family, std::string path, std::function<void()> again)
    : family_(family), file_(std::move(path)), again_(std::move(again)), next_(runtime) {
  family_.on_orphan([this](const Ended& orphan) { heard_of(orphan); });
  missing_ = "service.pid_file " + file_.path() + ": it has not been written";
}

Handover::~Handover() { family_.on_orphan(nullptr); }

void Handover::started(pid_t main) {
  main_ = main;
  if (const auto stat = read_stat(main)) main_started_ = stat->start_ticks;
  look_again();
}

void Handover::main_ended(const Ended& process) {
  main_ = -1;
  main_ended_ = process;
  patient_ = !missing_.empty();
  pause_ = {};
}

void Handover::settle() {
  missing_.clear();
  end();
}

void Handover::end() {
  over_ = true;
  main_ended_.reset();
  next_.cancel();
  family_.on_orphan(nullptr);
}

// One that has ended before it could be taken over: its end is the service's.
void Handover::heard_of(const Ended& orphan) {
  if (rests()) return;
  PidFile::Named named = file_.look();
  if (named.pid < 0) named = file_.look();
  if (named.pid == orphan.pid) heir_ended_ = orphan;
}

std::string Handover::problem_of(pid_t named) const {
  if (!proc_is_ours()) return "/proc does not show our processes";
  return problem_of_heir(named, {.us = ::getpid(),
                                 .main = main_,
                                 .main_started = main_started_,
                                 .stat = read_stat(named),
                                 .below = is_below(::getpid(), named).value_or(false),
                                 .serves_us = family_.serves_us(named)});
}

Handover::Found Handover::look() {
  Found found;
  auto [named, why] = file_.look();
  if (named > 0) why = problem_of(named);
  const std::string before = std::exchange(
      missing_, why.empty() ? "" : "service.pid_file " + file_.path() + ": " + why);
  found.changed = missing_ != before;
  if (!main_ended_) {
    if (!missing_.empty()) look_again();
    return found;
  }
  found.main = *main_ended_;
  const bool known = why.empty() && named > 0;
  if (known && !given_up_) {
    found.heir = named;
  } else if (heir_ended_ || given_up_ || !patient_ || family_.of_service().empty()) {
    found.over = true;
    found.end = heir_ended_.value_or(found.main);
  } else {
    look_again();
    return found;
  }
  end();
  return found;
}

void Handover::look_again() {
  pause_ = std::clamp(pause_ * 2, kFirst, kLongest);
  next_.start(pause_, [this] { again_(); });
}

}  // namespace usher
