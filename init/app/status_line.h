// Says now and then, in one line of the log, how the service is: what is missing while it is waited for
// (startup.progress), and its health while it is up (log.health).
#pragma once

#include <functional>

#include "init/app/audience.h"
#include "init/app/context.h"

namespace usher {

class StatusLine final : public LifeListener {
 public:
  // All of them outlive it. `status` is asked for each line.
  StatusLine(const Context& context, std::function<Status()> status)
      : context_(context), status_(std::move(status)), next_(context.runtime), move_(context.runtime) {}

  // The life begins.
  void begin();
  void moved(const Transition& transition, const Facts& facts) override;
  void config_changed();

 private:
  enum class Kind : std::uint8_t { none, progress, health };
  Kind kind_in(State state) const;
  void begin(Kind kind);
  void wait();
  void tell();
  void follow(State state);
  void move();

  Context context_;
  std::function<Status()> status_;
  LazyTimer next_;
  LazyTimer move_;  // the line on a terminal that is written over
  Kind kind_ = Kind::none;
  bool moved_ = false;
};

}  // namespace usher
