// Whose child a process is. All that usher starts is launched here: the service and hooks by
// launch(), what probes run by launcher(). What is reaped and was not launched here is an orphan,
// which has come to us because its parent has ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "init/app/runtime.h"
#include "init/lifecycle/supervisor.h"
#include "init/os/children.h"
#include "init/os/descendants.h"
#include "init/os/reaper.h"
#include "init/os/spawn.h"

namespace usher {

class Family final : Reaper::Listener {
 public:
  using Ending = std::function<void(const Ended&)>;

  // Of one that ended. `unborn` are those that could not execute their program.
  enum class Kind : std::uint8_t { service, helper, unborn, orphan };

  class Listener {  // all calls come from inside reap(), drain() or kill_all()
   public:
    virtual ~Listener() = default;
    // Each process that has been reaped, before its own callback.
    virtual void reaped(const Ended&, Kind) = 0;
    // Some were reaped, and it is worth the time to see whether any is left.
    virtual void fewer() = 0;
    // The first signal to what the service has left, the first SIGKILL to all that is left.
    virtual void drain_began(int signo, const std::string& names) = 0;
    virtual void kill_began(const std::string& names) = 0;
  };

  // Over the life of usher.
  struct Counts {
    std::int64_t orphans = 0;
    std::chrono::microseconds cpu{0};  // of the service and its orphans, those that have ended
    std::uint64_t kills = 0;           // stops in which SIGKILL was sent
    bool killed_by_others = false;     // one of them ended by a SIGKILL that was not ours
  };

  // All of them outlive it. `prepare` is for what launcher() starts.
  Family(Runtime& runtime, Children::Prepare prepare, Listener& listener)
      : runtime_(runtime), listener_(listener), children_(std::move(prepare)), more_(runtime) {}

  // `ended` is called once, from the loop, when the process has been reaped. Where the result is `late`
  // it may be told then that the process never executed its program.
  SpawnResult launch(const SpawnRequest& request, Kind kind, Ending ended);
  // A child that came to us, named by the service as its main process: no orphan from now on.
  void adopt(pid_t child, Ending ended);
  // Hears of each orphan that was reaped, as long as it is set.
  void on_orphan(std::function<void(const Ended&)> heard) { orphan_heard_ = std::move(heard); }
  // The service's end is nobody's business any more.
  void disown(pid_t child);
  Launcher& launcher() { return children_; }
  // What launch() has returned as `late` is known from here.
  PendingSpawns& starts() { return children_.starts(); }

  // SIGCHLD has come: reaps all that has ended, and tells.
  void reap();
  // Gives what came to us the signal, each once for one request; 0 only looks. Returns whether no
  // process of ours is left.
  bool drain(int signo, StopRound round);
  // SIGKILL to all that is below us; the service's group first, if there is one. Likewise.
  bool kill_all(pid_t service_group);
  // The group has had a signal, or gets it now: those in it are not told a second time.
  void remember_group(pid_t group) { descendants_.remember_group(group); }
  // The stop of this start is over.
  void forget();

  // Direct children that are not helpers: the service and what it has left to us.
  std::vector<pid_t> of_service() const;
  // Whether a hook or a probe is run by it.
  bool serves_us(pid_t child) const;
  // All below us but those who serve us, for people.
  std::string names_left() const;
  const Counts& counts() const { return counts_; }

 private:
  enum class Stage : std::uint8_t { living, draining, killing };
  struct Launched {
    Kind kind;
    Ending ended;
  };

  void reaped(const Ended& child) override;
  // Whether nobody is left but those who serve us.
  bool is_alone() const;

  Runtime& runtime_;
  Listener& listener_;
  Children children_;
  Descendants descendants_;
  std::unordered_map<pid_t, Launched> launched_;  // by launch(), until they have been reaped
  std::function<void(const Ended&)> orphan_heard_;
  Stage stage_ = Stage::living;
  Counts counts_;
  LazyTimer more_;
};

}  // namespace usher
