// A host whose snapshot the test writes, and which only remembers what it was told to do.
#pragma once

#include "init/control/server.h"
#include "tests/unit/control/snapshots.h"

namespace usher {

struct FakeControlHost : ControlHost {
  Snapshot now = snapshot_in("starting");
  std::string refusal;  // not empty: no command is carried out
  std::vector<std::string> told;
  unsigned looks = 0, measured = 0;

  Snapshot snapshot() override {
    ++looks;
    return now;
  }
  void measure(Snapshot& snapshot) override {
    ++measured;
    snapshot.memory_bytes = 4096;
  }
  std::string metrics() override { return "# EOF\n"; }
  CoordinationConfig coordination(bool with_secrets) override {
    return {with_secrets ? "redis://:secret@redis" : "redis://redis", "run", Millis{15'000}, {"a", "b"}, {}, {}, {}};
  }
  Outcome tell(std::string what, bool pending) {
    if (!refusal.empty()) return {false, refusal};
    told.push_back(what);
    return {true, std::move(what), pending};
  }
  Outcome stop() override { return tell("stop", true); }
  Outcome restart() override { return tell("restart", true); }
  Outcome reload() override { return tell("reload", false); }
  Outcome signal(int signo) override {
    return tell("signal " + std::to_string(signo), signo == 15);
  }
};

}  // namespace usher
