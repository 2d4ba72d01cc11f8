// A host whose snapshot the test writes, and which only remembers what it was told to do.
#pragma once

#include "init/control/server.h"
#include "tests/unit/control/snapshots.h"

namespace usher {

struct FakeControlHost : ControlHost {
  Snapshot now = snapshot_in("starting");
  std::string refusal;  // not empty: no command is carried out
  std::vector<std::string> told;
  unsigned looks = 0;

  Snapshot snapshot() override {
    ++looks;
    return now;
  }
  Outcome tell(std::string what) {
    if (!refusal.empty()) return {false, refusal};
    told.push_back(what);
    return {true, std::move(what)};
  }
  Outcome stop() override { return tell("stop"); }
  Outcome restart() override { return tell("restart"); }
  Outcome reload() override { return tell("reload"); }
  Outcome signal(int signo) override { return tell("signal " + std::to_string(signo)); }
};

}  // namespace usher
