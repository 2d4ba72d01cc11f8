// A probe whose answer is at hand: it looks, and nothing has to be waited for.
#pragma once

#include <string>
#include <utility>

#include "init/loop/loop.h"
#include "probes/answer.h"
#include "probes/probe.h"

namespace usher {

class ImmediateProbe : public Probe {
 public:
  ImmediateProbe(Loop& loop, std::string target) : target_(std::move(target)), answer_(loop) {}

  void start(std::chrono::milliseconds timeout, Done done) final {
    answer_.expect(timeout, std::move(done), nullptr);
    answer_.give_later(look());
  }
  const std::string& target() const final { return target_; }

 protected:
  virtual ProbeResult look() = 0;

 private:
  const std::string target_;
  Answer answer_;
};

}  // namespace usher
