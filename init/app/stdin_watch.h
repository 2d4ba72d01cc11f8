// The end of whoever talks to the service through its stdin, which may be the reason for its being there:
// lifecycle.stdin.
#pragma once

#include <memory>

#include "init/app/context.h"
#include "init/lifecycle/supervisor.h"
#include "init/os/writer_watch.h"

namespace usher {

class StdinWatch {
 public:
  // All of them outlive it.
  StdinWatch(const Context& context, Supervisor& supervisor) : context_(context), supervisor_(supervisor) {}

  // As the configuration has it by now. A stdin without a writer is never watched.
  void begin();

 private:
  Context context_;
  Supervisor& supervisor_;
  WriterWatch watch_;
  std::unique_ptr<Poll> poll_;  // goes before what it watches
};

}  // namespace usher
