// The life of the service, as data: one event, one row. `next` is the only reader and
// Supervisor::handle the only writer of a state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace usher {

enum class State : std::uint8_t {
  waiting,    // for what the service depends on, before each start
  preparing,  // the pre_start hooks run
  starting,   // the service runs and is not ready yet
  ready,
  unhealthy,  // ready once; a health check has failed too often
  delaying,   // asked to stop: no longer healthy, shutdown.delay passes
  pre_stop,   // the pre_stop hooks run
  stopping,   // the service has its signal
  draining,   // the service has gone; what it left has its signal
  killing,    // everything we own has SIGKILL
  flushing,   // no process is left; its last output is on the way out
  backoff,    // between two attempts
  post_stop,  // the post_stop hooks run
  exited,
};
inline constexpr std::size_t kStates = static_cast<std::size_t>(State::exited) + 1;

enum class Event : std::uint8_t {
  satisfied,   // all that was waited for is there
  hooks_over,  // they went well, or it does not matter whether they did
  hooks_failed,
  became_ready,
  failing,    // a health check has reached its failure_threshold
  recovered,  // all health checks pass again
  stop,     // asked for by somebody; see StopRequest
  restart,  // asked for by a person or by a failed health check
  gone,   // the service's process has ended, or could not be started
  empty,  // no process of ours is left
  again,  // policy, after the output is out: one more attempt
  over,   // policy: this was it
  step,   // the pause inside the current state has passed
  limit,  // the limit of the current state has passed
};
inline constexpr std::size_t kEvents = static_cast<std::size_t>(Event::limit) + 1;

// What is done on a transition besides what entering a state does (see Supervisor::enter).
enum class Act : std::uint8_t {
  none,
  announce,   // tell the world that the service is ready
  send_stop,  // the first stop signal to the service
  next_step,  // the next signal of shutdown.sequence
  forward,    // the signal that came, once more
  drain,      // the stop signal to those that came to us since
  kill,       // SIGKILL to all that is left
  give_up,    // some process survived SIGKILL: say which and leave
  illegal,    // no such row: a bug of the caller, reported and otherwise ignored
};

struct Row {
  State from;
  Event on;
  State to;
  Act act;
};

// A stop always leads to `exited`: each state between has a limit, or ends by itself.
namespace life {
using enum State;
using enum Event;
using enum Act;
inline constexpr Row kRows[] = {
    {waiting, satisfied, preparing, none},
    {waiting, over, post_stop, none},  // a dependency was not there in time
    {waiting, stop, post_stop, none},
    {waiting, gone, waiting, none},  // survived SIGKILL, and came to its end only now

    {preparing, hooks_over, starting, none},
    {preparing, hooks_failed, draining, none},
    {preparing, stop, draining, none},

    {starting, became_ready, ready, announce},
    {starting, gone, draining, none},
    {starting, limit, stopping, send_stop},
    {starting, stop, pre_stop, none},
    {starting, restart, pre_stop, none},

    {ready, gone, draining, none},
    {ready, stop, delaying, none},
    {ready, failing, unhealthy, none},
    {ready, restart, pre_stop, none},

    {unhealthy, recovered, ready, none},
    {unhealthy, gone, draining, none},
    {unhealthy, stop, delaying, none},
    {unhealthy, restart, pre_stop, none},

    {delaying, step, pre_stop, none},
    {delaying, stop, pre_stop, none},  // a second request skips the delay
    {delaying, gone, draining, none},
    {delaying, limit, killing, kill},

    {pre_stop, hooks_over, stopping, send_stop},
    {pre_stop, hooks_failed, stopping, send_stop},
    {pre_stop, stop, pre_stop, none},
    {pre_stop, gone, draining, none},
    {pre_stop, limit, killing, kill},

    {stopping, step, stopping, next_step},
    {stopping, stop, stopping, forward},
    {stopping, gone, draining, none},
    {stopping, limit, killing, kill},

    {draining, stop, draining, forward},
    {draining, step, draining, drain},
    {draining, empty, flushing, none},
    {draining, limit, killing, kill},

    {killing, gone, killing, none},
    {killing, stop, killing, none},
    {killing, step, killing, kill},
    {killing, empty, flushing, none},
    {killing, limit, flushing, give_up},

    {flushing, stop, flushing, none},
    {flushing, gone, flushing, none},  // survived SIGKILL, and came to its end only now
    {flushing, again, backoff, none},
    {flushing, over, post_stop, none},

    {backoff, limit, waiting, none},  // what was there for the last start may have gone
    {backoff, gone, backoff, none},
    {backoff, stop, post_stop, none},
    {backoff, restart, waiting, none},

    {post_stop, hooks_over, exited, none},
    {post_stop, hooks_failed, exited, none},
    {post_stop, stop, post_stop, none},
    {post_stop, gone, post_stop, none},

    {exited, stop, exited, none},
};
}  // namespace life

struct Next {
  State to;
  Act act;
};

namespace life {
using Table = std::array<std::array<Next, kEvents>, kStates>;

// The rows, to be looked up: the service waits for its stop signal meanwhile.
constexpr Table table() noexcept {
  Table all{};
  for (std::size_t from = 0; from < kStates; ++from)
    for (Next& next : all[from]) next = {static_cast<State>(from), illegal};
  for (const Row& row : kRows)
    all[static_cast<std::size_t>(row.from)][static_cast<std::size_t>(row.on)] = {row.to, row.act};
  return all;
}
inline constexpr Table kTable = table();
}  // namespace life

constexpr Next next(State from, Event on) noexcept {
  return life::kTable[static_cast<std::size_t>(from)][static_cast<std::size_t>(on)];
}

constexpr bool no_pair_twice() noexcept {
  for (const Row& a : life::kRows)
    for (const Row& b : life::kRows)
      if (&a != &b && a.from == b.from && a.on == b.on) return false;
  return true;
}
static_assert(no_pair_twice());

// The time a stop may take runs over these states together.
constexpr bool under_stop_limit(State state) noexcept {
  return state == State::delaying || state == State::pre_stop || state == State::stopping ||
         state == State::draining;
}

// The service runs and has been ready.
constexpr bool is_up(State state) noexcept {
  return state == State::ready || state == State::unhealthy;
}

// What people outside are told of, in the order in which a life goes through it.
enum class Phase : std::uint8_t { waiting, starting, ready, unhealthy, backoff, stopping, exited };
// Those that take time.
inline constexpr std::array kPhases{Phase::waiting,   Phase::starting, Phase::ready,
                                    Phase::unhealthy, Phase::backoff,  Phase::stopping};
inline constexpr std::size_t kPhaseCount = kPhases.size();
static_assert(kPhaseCount == static_cast<std::size_t>(Phase::exited));

constexpr Phase phase_of(State state) noexcept {
  switch (state) {
    case State::waiting: return Phase::waiting;
    case State::preparing:
    case State::starting: return Phase::starting;
    case State::ready: return Phase::ready;
    case State::unhealthy: return Phase::unhealthy;
    case State::backoff: return Phase::backoff;
    case State::exited: return Phase::exited;
    default: return Phase::stopping;
  }
}

std::string_view to_string(State) noexcept;
std::string_view to_string(Event) noexcept;
std::string_view to_string(Phase) noexcept;

}  // namespace usher
