// When one start of the service counts as ready: asks what has to be asked, hears what the rest
// have to say, and puts it together.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "init/app/context.h"
#include "init/app/dependencies.h"
#include "init/app/handover.h"
#include "init/app/notification.h"
#include "init/app/output.h"
#include "init/app/poller.h"

namespace usher {

// What is known of the conditions of readiness.
struct ReadinessFacts {
  bool line_seen = true;        // each line that means ready
  std::string passed_over;      // what looked like one and did not count
  std::vector<std::string> failing{};  // "target: reason" of each probe that has not passed
  bool notified = true;
  std::string says;             // of itself, by STATUS=
  bool handlers_installed = true;
  std::string main_process{};  // why it is not known which process is the service
};
// What the service is not ready for; empty: it is ready. Pure.
std::string missing_of(const ReadinessFacts& facts);

class Readiness {
 public:
  // What belongs to the start. Null where it has none; all of it outlives this.
  struct Start {
    const Output* output = nullptr;
    const Notification* notification = nullptr;
    std::function<pid_t()> process;  // -1: it has ended, which is no reason against it
    const Handover* handover = nullptr;
  };

  // `ready` is called once, from the loop or from inside begin() and check().
  Readiness(const Context& context, const MakeProbe& make, std::function<void()> ready);

  void begin(Start start);
  // Something of the start may have changed.
  void check();
  // Nothing is asked any more. What was found and what was missing stays.
  void end();

  bool under_way() const { return under_way_; }
  std::string missing() const { return under_way_ ? missing_of(facts()) : missing_; }
  bool waits_for_line() const;
  // What was found: by a line, else by the first probe that found any.
  std::string value() const;

 private:
  ReadinessFacts facts() const;
  bool notified() const;
  bool handlers_installed() const;
  void answered(const Poller& poller);
  unsigned heard() const;
  void hurry();

  Context context_;
  const MakeProbe& make_;
  Start start_;
  std::function<void()> ready_;
  std::vector<std::unique_ptr<Poller>> polls_;  // in the order of the configuration
  LazyTimer again_;  // for what nobody tells of
  Millis pause_{0};
  bool under_way_ = false, said_ = false;
  unsigned heard_ = 0;
  std::string missing_, value_;
};

}  // namespace usher
