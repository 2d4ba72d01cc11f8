// Waits until what the service printed has reached its reader: for as long as that one reads, and
// for a bounded time where it does not.
#pragma once

#include <functional>
#include <utility>

#include "init/app/output.h"
#include "init/app/runtime.h"
#include "init/app/stall_timeout.h"

namespace usher {

class OutputDrain {
 public:
  // `outcome`: whether all is out, or why not to wait any longer.
  enum class Outcome : std::uint8_t { out, not_read };

  explicit OutputDrain(Runtime& runtime) : flush_(runtime), look_(runtime) {}

  // `done` is called once, also from inside this call. The output outlives that.
  void begin(const Output& output, std::function<void(Outcome)> done);
  // The output has come to its end, perhaps.
  void look();

  // Of a service that has ended, whose output somebody else holds open: no event says that what it
  // printed has been looked at. True once that is so; else `again` is called after a pause.
  bool is_quiet(const Output& output, std::function<void()> again);

  void cancel();

 private:
  void count_quiet(const Output& output);

  LazyTimer flush_, look_;
  const Output* output_ = nullptr;
  std::function<void(Outcome)> done_;  // set while it is drained
  StallTimeout stall_;
  unsigned quiet_looks_ = 0;  // in a row, that found nothing on its way
  unsigned looks_ = 0;
};

}  // namespace usher
