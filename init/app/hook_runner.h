// Runs the hooks of one point one after the other, each within its limit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/app/family.h"
#include "init/app/runtime.h"
#include "init/config/config.h"
#include "init/lifecycle/report.h"
#include "init/observe/log.h"
#include "init/os/spawn.h"

namespace usher {

class HookRunner {
 public:
  // Told of one that was killed at its limit.
  using Cut = std::function<void(const CutHook&)>;

  // All of them outlive the runner. What it has launched is not reaped after its end.
  HookRunner(Runtime& runtime, Log& log, Family& family, Cut cut = {})
      : log_(log), family_(family), cut_(std::move(cut)), limit_(runtime) {}

  // `base` says as whom, where and with which environment; its argv and descriptors are replaced.
  // `done` is called once, also from inside this call, with whether all of them went well; the
  // first that does not ends the row. A row that runs already is forgotten.
  void start(std::string_view point, const std::vector<HookCommand>& hooks, SpawnRequest base,
             std::function<void(bool)> done);
  // Before start() or while a row runs: all of it together ends within this time. `why` says whose.
  void limit_row(Millis limit, std::string_view why);
  // The processes go on, and are the business of whoever stops our descendants.
  void forget();
  // What became of the hook that went wrong last; empty where none has.
  const std::string& failure() const { return failure_; }
  // Nothing of the row goes on, and nobody is told.
  void kill();

 private:
  void next();
  void ended(const Ended& child);
  void finish(bool ok);
  void begin_limit();
  void too_long();
  void kill_group();
  void log_not_started(const SpawnResult& result);
  void log_failure(const Ended& child);
  void failed(const std::string& why) { failure_ = "hooks." + point_ + ": " + hooks_[index_].argv[0] + ' ' + why; }

  Log& log_;
  Family& family_;
  Cut cut_;
  LazyTimer limit_;
  std::string point_, failure_;
  std::vector<HookCommand> hooks_;
  std::size_t index_ = 0;
  SpawnRequest base_;
  std::function<void(bool)> done_;
  pid_t pid_ = -1;
  std::chrono::microseconds began_{0};                   // of the one that runs
  std::optional<std::chrono::microseconds> row_ends_;    // no limit of the row, else
  std::string row_limit_;                                // whose that is
};

}  // namespace usher
