// Runs the hooks of one point one after the other, each within its limit.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "init/config/config.h"
#include "init/loop/loop.h"
#include "init/observe/log.h"
#include "init/os/reaper.h"
#include "init/os/spawn.h"

namespace usher {

class HookRunner {
 public:
  // Both outlive the runner.
  HookRunner(Loop& loop, Log& log) : log_(log), limit_(loop) {}

  // `base` says as whom, where and with which environment; its argv and descriptors are replaced.
  // `done` is called once, also from inside this call, with whether all of them went well; the
  // first that does not ends the row. A row that runs already is forgotten.
  void start(std::string_view point, const std::vector<HookCommand>& hooks, SpawnRequest base,
             std::function<void(bool)> done);
  // The processes go on, and are the business of whoever stops our descendants.
  void forget();
  // Nothing of the row goes on, and nobody is told.
  void kill();
  bool runs(pid_t pid) const { return pid_ > 0 && pid == pid_; }
  // Returns whether it was the running hook that ended.
  bool ended(const Ended& child);

 private:
  void next();
  void finish(bool ok);
  void too_long();
  void log_failure(const Ended& child);

  Log& log_;
  Timer limit_;
  std::string point_;
  std::vector<HookCommand> hooks_;
  std::size_t index_ = 0;
  SpawnRequest base_;
  std::function<void(bool)> done_;
  pid_t pid_ = -1;
  pid_t unborn_ = -1;  // of a hook that could not be executed, until it has been reaped
};

}  // namespace usher
