// A look that may never come back, such as one at a file whose server is away: a child of ours
// takes it, and can be given up.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "init/loop/loop.h"
#include "init/os/fd.h"
#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

class DistantLook {
 public:
  explicit DistantLook(ProbeContext& context) : loop_(context.loop), launcher_(context.launcher) {}
  DistantLook(const DistantLook&) = delete;
  DistantLook& operator=(const DistantLook&) = delete;
  ~DistantLook() { give_up(); }

  // `look` runs in the child, with a copy of our memory and without our descriptors. `done` is
  // called from the loop, unless it is given up before. Returns what is wrong instead, if anything
  // is: also that the child that was given up last is still there.
  std::optional<std::string> start(const std::function<ProbeResult()>& look, Probe::Done done);
  void give_up();

 private:
  bool read_some();
  void ended();

  Loop& loop_;
  Launcher& launcher_;
  Probe::Done done_;
  pid_t pid_ = -1, left_ = -1;
  Fd answer_;
  std::unique_ptr<Poll> poll_;  // goes before what it watches
  std::string text_;
};

}  // namespace usher
