#include "init/app/family.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include "init/os/process_children.h"

namespace usher {
namespace {

// Reaped in one go before signals are looked at again.
constexpr unsigned kReapAtMost = 1000;

}  // namespace

SpawnResult Family::launch(const SpawnRequest& request, Kind kind, Ending ended) {
  SpawnResult result = starts().spawn(request);
  if (result.pid > 0) launched_[result.pid] = {kind, std::move(ended)};
  if (result.unborn > 0) launched_[result.unborn] = {Kind::unborn, nullptr};
  return result;
}

void Family::adopt(pid_t child, Ending ended) { launched_[child] = {Kind::service, std::move(ended)}; }

void Family::disown(pid_t child) {
  const auto found = launched_.find(child);
  if (found != launched_.end()) found->second.ended = nullptr;
}

void Family::reap() {
  starts().look();
  const Reaper::Left left = Reaper::reap(*this, kReapAtMost);
  const bool look = left == Reaper::Left::none || descendants_.worth_a_look();
  if (look || stage_ != Stage::draining) listener_.fewer();
  // What forks and ends faster than /proc can be read escapes a look at all of it: its latest child
  // has just come to us.
  if (look && left != Reaper::Left::none && stage_ == Stage::killing) descendants_.kill_children();
  if (left == Reaper::Left::more_to_reap) more_.start(std::chrono::milliseconds{0}, [this] { reap(); });
}

void Family::reaped(const Ended& child) {
  descendants_.child_ended();
  const auto found = launched_.find(child.pid);
  Launched one{Kind::orphan, nullptr};
  if (found != launched_.end()) {
    one = std::move(found->second);
    launched_.erase(found);
  } else if (children_.runs(child.pid)) {
    one.kind = Kind::helper;
  }
  Ended told = child;
  const auto late = starts().take(child.pid);
  if (late && late->failed()) {
    told.never_ran = late.get();
    one.kind = Kind::unborn;
  }
  listener_.reaped(told, one.kind);
  if (children_.ended(told)) return;
  if (one.kind == Kind::service || one.kind == Kind::orphan) {
    counts_.cpu += std::chrono::microseconds(child.user_us + child.system_us);
    counts_.killed_by_others |= child.signal == SIGKILL && stage_ != Stage::killing;
  }
  if (one.kind == Kind::orphan) ++counts_.orphans;
  if (one.kind == Kind::orphan && orphan_heard_) orphan_heard_(told);
  if (one.ended) one.ended(told);
}

bool Family::drain(int signo, StopRound round) {
  if (is_alone()) return true;
  if (signo == 0) return false;
  if (std::exchange(stage_, Stage::draining) == Stage::living)
    if (const std::string names = names_left(); !names.empty()) listener_.drain_began(signo, names);
  descendants_.signal_children(signo, round == StopRound::further);
  return false;
}

// The connections of the registry, say, are needed after the service has gone.
bool Family::is_alone() const {
  if (!Reaper::has_children()) return true;
  if (children_.own().empty()) return false;
  const std::vector<pid_t> all = direct_children();
  return !all.empty() &&
         std::all_of(all.begin(), all.end(), [this](pid_t pid) { return children_.own().contains(pid); });
}

std::string Family::names_left() const {
  auto left = Descendants::left();
  std::erase_if(left, [this](const ProcessStat& stat) {
    const auto found = launched_.find(stat.pid);
    return children_.own().contains(stat.pid) ||
           (found != launched_.end() && found->second.kind == Kind::unborn);
  });
  return names_of(left);
}

bool Family::kill_all(pid_t service_group) {
  if (is_alone()) return true;
  const auto killed = descendants_.kill_all(service_group);
  // Told once it is done: no process lives on for the sake of a message.
  if (std::exchange(stage_, Stage::killing) == Stage::killing) return false;
  ++counts_.kills;
  listener_.kill_began(names_of(killed));
  return false;
}

void Family::forget() {
  stage_ = Stage::living;
  descendants_.forget_all();
}

std::vector<pid_t> Family::of_service() const {
  std::vector<pid_t> all = direct_children();
  std::erase_if(all, [this](pid_t pid) { return serves_us(pid); });
  return all;
}

bool Family::serves_us(pid_t child) const {
  const auto found = launched_.find(child);
  return children_.runs(child) || (found != launched_.end() && found->second.kind != Kind::service);
}

}  // namespace usher
