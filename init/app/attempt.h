// One start of the service: from its spawn until its output is out. Made anew for each start and
// gone before the next one, so that nothing of one start can be told of another. Knows neither the
// supervisor nor Redis.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "init/app/context.h"
#include "init/app/family.h"
#include "init/app/handover.h"
#include "init/app/notification.h"
#include "init/app/output.h"
#include "init/app/output_drain.h"
#include "init/app/readiness.h"
#include "init/app/status.h"
#include "init/app/terminal_share.h"
#include "init/lifecycle/policy.h"

namespace usher {

class Attempt {
 public:
  using Micros = std::chrono::microseconds;

  class Listener {  // calls come from the loop, but for those that say otherwise
   public:
    virtual ~Listener() = default;
    // Also from inside start().
    virtual void became_ready() = 0;
    // What start() has left open: the program executes now.
    virtual void executes() = 0;
    // ... or never will; in place of ended().
    virtual void never_ran(SpawnFailure failure) = 0;
    // A main process has ended: its figures. One that names another in its place is not the last.
    virtual void main_process_ended(const Ended& process) = 0;
    // Once, when all that the service printed before has been looked at. The attempt may be over
    // when this returns.
    virtual void ended(ServiceExit exit) = 0;
    // Answers flush(), also from inside it; so many bytes nobody has read. Likewise.
    virtual void output_is_out(std::uint64_t lost) = 0;
    virtual void result_seen() = 0;  // exit.result
    virtual void changed() = 0;      // something of view() is different
  };

  // All of them outlive it, and so does `wake`, which calls on_output_news().
  Attempt(const Context& context, Family& family, const MakeProbe& make, WakeUp* wake,
          Listener& listener);
  ~Attempt();

  // `request` is prepared as all processes of ours are. Not again, whatever it returns.
  std::optional<SpawnFailure> start(SpawnRequest request);

  // Whether start() has left open that the program executes.
  bool is_late() const { return late_ != nullptr; }

  AttemptView view() const;
  // The process that the service calls its main one, as long as it is below us, else the one that
  // was started; -1 when it has ended.
  pid_t pid() const;
  // Whether the process that stands for the service is there.
  bool runs() const { return pid_ > 0 || (handover_ && handover_->waits()); }
  pid_t main_pid() const { return pid_; }
  const Readiness& readiness() const { return readiness_; }
  const Output* output() const { return output_.get(); }
  const Notification* notification() const { return notification_.get(); }
  Micros spawned_at() const { return spawned_at_; }
  std::optional<Micros> ready_at() const { return ready_at_; }

  // Where readiness has conditions. The supervisor knows by now that the service has been started.
  void begin_readiness();
  // The service is ready, by whatever made it so: what was found is kept. Returns how long it took.
  Micros ready();
  // It is not waited for any more.
  void end_readiness() { readiness_.end(); }

  // To the service, or to its group where shutdown.scope says so. `stop`: it is to end by it.
  enum class Meaning : std::uint8_t { plain, stop };
  void signal(int signo, Meaning meaning);
  // The group of the service's processes; -1 where it has ended.
  pid_t group() const;
  // Lets what was printed reach its reader, for a bounded time.
  void flush();

  // After all that has ended was reaped: tells of the service's own end.
  void tell_end();
  // SIGCHLD has come: it may be that the service was stopped, by Ctrl-Z.
  void look_if_stopped();
  void on_output_news();
  void terminal_resized();
  void restore_terminal();
  // The end: no timer, no process and no message of it matters from now on.
  void close();
  // What still carries output for others.
  std::unique_ptr<Output> release_output() { return std::move(output_); }

 private:
  bool open_output(SpawnRequest& request);
  bool open_notification(SpawnRequest& request);
  SpawnFailure not_started(const SpawnResult& result, const SpawnRequest& request);
  void await_word();
  void settle();
  void reaped(const Ended& process);
  bool goes_on_in_background(const Ended& process);
  void go_on_in(pid_t heir, const Ended& process);
  void look_for_heir();
  void tell_of_detached(const Ended& process);
  void on_notified();
  void look_at_output();
  bool may_still_say_ready() const;
  void log_end(const Ended& process);

  Context context_;
  Family& family_;
  WakeUp* wake_;
  Listener& listener_;
  std::unique_ptr<Output> output_;
  std::unique_ptr<Notification> notification_;
  std::unique_ptr<Handover> handover_;  // null without service.pid_file
  Readiness readiness_;
  OutputDrain drain_;
  TerminalShare terminal_;
  pid_t pid_ = -1;
  std::unique_ptr<Poll> late_;  // the child has not said yet whether it executes the program
  std::optional<SpawnFailure> never_ran_;  // until it is told
  bool ran_unheard_ = false;               // likewise
  bool in_background_ = false;   // the service is not the process that we started
  bool told_to_stop_ = false;
  std::optional<Ended> ended_;  // until it is told
  Micros spawned_at_{0};
  std::optional<Micros> ready_at_;
};

}  // namespace usher
