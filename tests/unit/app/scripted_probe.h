// A probe that answers what a test has written down for it.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "init/loop/loop.h"
#include "probes/probe.h"

namespace usher {

struct Script {
  std::deque<ProbeResult::Verdict> verdicts;  // the last one is given again and again
  unsigned asked = 0, running = 0, most_running = 0;
};

class ScriptedProbe : public Probe {
 public:
  ScriptedProbe(Loop& loop, Script& script) : script_(script), timer_(loop) {}
  ~ScriptedProbe() override { script_.running -= busy_; }
  void start(std::chrono::milliseconds, Done done) override {
    busy_ = true;
    script_.most_running = std::max(script_.most_running, ++script_.running);
    ++script_.asked;
    timer_.start(std::chrono::milliseconds{0}, [this, done] {
      busy_ = false;
      --script_.running;
      ProbeResult result;
      result.verdict = script_.verdicts.front();
      if (script_.verdicts.size() > 1) script_.verdicts.pop_front();
      result.reason = result.verdict == ProbeResult::Verdict::pass ? "there" : "refused";
      result.value = "found";
      done(result);
    });
  }
  const std::string& target() const override { return target_; }

 private:
  Script& script_;
  Timer timer_;
  bool busy_ = false;
  std::string target_ = "scripted";
};

}  // namespace usher
