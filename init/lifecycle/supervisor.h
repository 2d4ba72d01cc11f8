// Decides; the Host acts. No clock, no event loop, no operating system: facts come in, calls to
// the Host go out. Facts queue and never nest, so a Host may answer from inside a call.
#pragma once

#include <deque>
#include <optional>

#include "init/config/config.h"
#include "init/lifecycle/lifecycle.h"
#include "init/lifecycle/policy.h"

namespace usher {

struct Transition {
  State from;
  Event on;
  State to;
  Act act;
};

// Whether a signal to what the service has left belongs to the request that they have heard of, or
// to a further one, which all of them hear.
enum class StopRound : std::uint8_t { same, further };

enum class HookPoint : std::uint8_t { pre_start, post_ready, pre_stop, post_stop };

// `limit` belongs to a state (or to the states of one stop together), `step` to a pause inside
// it, `life` to the whole.
enum class TimerId : std::uint8_t { limit, step, life };

// Everything the supervisor may ask of the world. App implements it; tests pass a fake one.
class Host {
 public:
  virtual ~Host() = default;
  // Answered by post(satisfied), or by dependency_failed(). Ends with the state.
  virtual void wait_for_dependencies() = 0;
  // Answered by post(hooks_over) or post(hooks_failed); at once where there are none.
  virtual void run_hooks(HookPoint) = 0;
  // Starts the service and watches for its readiness from now on: answered by post(became_ready), and by
  // gone() when its process has ended. Returns why it could not be started.
  virtual std::optional<SpawnFailure> spawn() = 0;
  // Whether spawn() has left open that the program executes: executing() or never_ran() follows.
  virtual bool started_late() const { return false; }
  // The service is ready: say so, run the post_ready hooks. No answer.
  virtual void announce() = 0;
  // To the service, or to its group where shutdown.scope says so.
  virtual void signal_service(int signo) = 0;
  // Gives the processes that came to us the signal, each of them once for one request; 0 only looks.
  // Returns whether no process of ours is left.
  virtual bool drain(int signo, StopRound round) = 0;
  // SIGKILL to every process of ours. Returns whether none was left.
  virtual bool kill_all() = 0;
  // Some processes survived SIGKILL for too long: say which. They are not waited for any more.
  virtual void give_up() = 0;
  // Lets what the service printed reach its reader, for a bounded time; answered by flushed().
  virtual void flush_output() = 0;
  // Replaces what the timer had; nothing stops it. Answered by post(limit), post(step) or
  // life_over().
  virtual void arm(TimerId, std::optional<Millis>) = 0;
  virtual double draw() = 0;  // evenly distributed over [0, 1)
  virtual void report(const Transition&) = 0;
  // All that follows from a fact has been done: the time for what nobody waits for.
  virtual void settled() {}
  // The last call.
  virtual void finish(const Verdict&) = 0;
};

class Supervisor {
 public:
  // SIGKILL was sent: how long a process may stay in the kernel before it is left to it.
  static constexpr Millis kKillLimit{5'000};
  // Between two looks for processes that appeared while others were killed or drained.
  static constexpr Millis kKillPause{50};
  static constexpr Millis kDrainPause{100};

  // Both outlive the supervisor. `config` may change between two calls (a reload).
  Supervisor(Host& host, const Config& config) : host_(host), config_(config) {}

  State state() const noexcept { return state_; }
  const Life& life() const noexcept { return life_; }
  // How the life ends; known from `post_stop` on.
  const Verdict& verdict() const noexcept { return verdict_; }

  void start();
  void post(Event event);
  // A signal that somebody sent to us: a request to stop, or one for the service. One that comes
  // before there is a service is kept for it until it is ready.
  void signal(int signo);
  // One that asks for nothing: it is for the service, if that runs.
  void pass_on(int signo);
  void life_over() { stop(StopCause::lifetime); }
  // A stop that no signal asked for: the service gets what SIGTERM would have become.
  void stop(StopCause cause) { request_stop({cause, default_stop_signal()}); }
  // Ends the running attempt and begins another one. Returns whether there is anything to restart.
  bool restart(RestartCause cause);
  // The service's process has ended. `good_for`: how long it was ready and well, 0 if it was not.
  void gone(ServiceExit exit, Millis good_for);
  // What was left open by spawn(): the service executes, or never will.
  void executing();
  void never_ran(SpawnFailure failure);
  // `misconfigured`: it will not be there however long one waits.
  void dependency_failed(bool misconfigured);
  void flushed();
  // exit.result was seen on the service's stdout.
  void result_seen() { life_.result_seen |= !life_.stop.has_value(); }
  // Some child of ours was reaped: see whether any is left.
  void children_changed();

 private:
  int default_stop_signal() const;
  int asked_stop_signal() const;
  void request_stop(StopRequest request);
  void handle(Event event);
  void enter(State to);
  void limit_of(State from, State to);
  void act(Act act);
  void spawn();
  void send_step();
  void drain();
  void kill();
  void begin_backoff();
  void release_held();

  Host& host_;
  const Config& config_;
  State state_ = State::waiting;
  Life life_;
  Verdict verdict_;
  std::deque<Event> facts_;
  bool draining_facts_ = false;
  bool service_runs_ = false;
  std::uint64_t held_ = 0;    // bit N - 1: signal N came before there was a service
  int stop_signal_ = 0;       // what the service got first, and what it left gets
  int forward_signal_ = 0;    // of the latest request, as sent
  std::size_t step_ = 0;      // of shutdown.sequence
};

}  // namespace usher
