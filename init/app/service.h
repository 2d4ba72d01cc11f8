// The service over all its starts: makes one Attempt after the other, and is what probes see of the
// one that is there.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "init/app/attempt.h"
#include "init/app/process_setup.h"
#include "probes/context.h"

namespace usher {

class Service final : public ServiceView {
 public:
  // All of them outlive it.
  Service(const Context& context, Family& family, ProcessSetup& setup, Attempt::Listener& listener,
          std::function<Publication()> publication);
  ~Service() override;

  // A new attempt. Returns why it did not come to a running process.
  std::optional<SpawnFailure> start();
  // The attempt that is there; null before the first start and when the output of one is out.
  Attempt* attempt() { return attempt_.get(); }
  const Attempt* attempt() const { return attempt_.get(); }
  bool runs() const { return attempt_ && attempt_->runs(); }
  // The group of its processes; -1 where it has ended.
  pid_t group() const { return attempt_ ? attempt_->group() : -1; }
  void end_readiness() {
    if (attempt_) attempt_->end_readiness();
  }
  std::optional<AttemptView> view() const;
  // The attempt is over. May be called from inside of it.
  void over();

  // Makes probes that may ask about the service. This outlives them.
  const MakeProbe& prober() const { return prober_; }
  // A thread still carries output, and uses what destroying this would destroy.
  bool output_goes_on() const;
  void restore_terminal();
  // Of the next line that is looked at its listener is told that something has changed.
  void listen_to_lines() const;

  // ServiceView, for probes
  pid_t pid() const override;
  std::optional<std::string> line_found(const LineProbe& probe) const override;
  std::optional<Millis> silent_for(const LineProbe& probe) const override;
  std::string last_line() const override;
  bool notified_ready(const NotifyProbe& probe) const override;
  std::string notified_status() const override;
  std::optional<Millis> since_watchdog() const override;
  Publication publication() const override { return publication_(); }
  std::string ready_value() const override;

 private:
  const Output* output() const { return attempt_ ? attempt_->output() : nullptr; }
  const Notification* notification() const { return attempt_ ? attempt_->notification() : nullptr; }
  WakeUp* wake_up();
  void forget_last();

  Context context_;
  Family& family_;
  ProcessSetup& setup_;
  Attempt::Listener& listener_;
  std::function<Publication()> publication_;
  std::unique_ptr<ProbeContext> probe_context_;
  MakeProbe prober_;
  std::unique_ptr<WakeUp> wake_;  // from the threads that carry output, to the present attempt
  std::unique_ptr<Attempt> attempt_;
  std::unique_ptr<Attempt> last_;  // is over; goes with the next start, as it may be on the stack
  // Of earlier attempts, where a process that is not ours still holds the other end.
  std::vector<std::unique_ptr<Output>> open_outputs_;
};

}  // namespace usher
