// What is left to do for others when all is over and the report is written: what was published is
// taken back, and the last alerts, figures and spans are sent. All of it side by side, under one
// limit, and cut by a request to stop. The exit waits for it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "init/app/runtime.h"

namespace usher {

class Farewell {
 public:
  using Millis = std::chrono::milliseconds;

  // Something that waits for a server or a hook.
  struct Step {
    // Calls `done` once, also from inside the call, at the latest when `limit` has passed.
    std::function<void(Millis limit, std::function<void()> done)> begin;
    // Gives up at once, and logs what is not done and why. Only while it is under way.
    std::function<void(const std::string& why)> cut;
  };

  explicit Farewell(Runtime& runtime) : limit_(runtime) {}

  // `over` is called once, also from inside the call, and is the last thing that happens. Without
  // steps, or without time, at once.
  void begin(std::vector<Step> steps, Millis limit, std::function<void()> over);
  // Somebody asks usher to go at last. Does nothing before begin() and when all is over.
  void cut(const std::string& why);
  bool is_over() const { return is_over_; }

 private:
  void done(std::size_t step);
  void finish_if_done();

  std::vector<Step> steps_;
  std::vector<bool> under_way_;
  bool beginning_ = false, is_over_ = false;
  std::function<void()> over_;  // set while anything is under way
  LazyTimer limit_;
};

}  // namespace usher
