// What facts mean: whether one more attempt follows, which exit code and which reason they make,
// how long a pause is. Pure functions of the configuration and of what happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "init/config/config.h"

namespace usher {

// Our own exit codes (contract section 6). 128 + N and the service's own are computed.
namespace exit_code {
inline constexpr int kUsage = 90;
inline constexpr int kConfig = 91;
inline constexpr int kDependency = 92;
inline constexpr int kNotReady = 93;
inline constexpr int kEndedBeforeReady = 94;
inline constexpr int kUnhealthy = 95;
inline constexpr int kLifetime = 96;
inline constexpr int kSystem = 97;
inline constexpr int kHook = 98;
inline constexpr int kInternal = 99;
inline constexpr int kCannotExecute = 126;
inline constexpr int kNotFound = 127;
}  // namespace exit_code

// How the service's process ended: by exit(code), or by a signal.
struct ServiceExit {
  int code = 0;
  int signal = 0;  // 0: by exit
};

// The number a shell would see: the code, or 128 + signal.
constexpr int shell_code(ServiceExit exit) noexcept {
  return exit.signal != 0 ? 128 + exit.signal : exit.code & 0xFF;
}

enum class StopCause : std::uint8_t {
  signal,
  lifetime,   // lifecycle.timeout has passed
  unhealthy,  // a health check with on_failure = "exit"
  command,    // `usher stop`
  stdin_closed,  // its last writer has gone, with lifecycle.stdin = "stop"
  oom,           // a process was killed for want of memory, with resources.on_oom = "exit"
};
std::string_view to_string(StopCause) noexcept;

enum class RestartCause : std::uint8_t { none, unhealthy, command, oom };

// The first request counts; later ones are only forwarded.
struct StopRequest {
  StopCause cause = StopCause::signal;
  int signo = 0;  // as received; SIGTERM where no signal was
};

// Why a start did not come to a running process.
struct SpawnFailure {
  enum class Kind : std::uint8_t { not_found, cannot_execute, system, config };
  Kind kind = Kind::system;
  std::string why{};  // in words
};

enum class Reason : std::uint8_t {
  exited,               // the service ended by itself, by exit
  signaled,             // the service ended by itself, by a signal that we did not send
  stopped,              // asked to stop, and did
  stopped_before_start, // asked to stop while no service ran
  killed,               // asked to stop, and had to be killed at the limit
  dependency,
  not_ready,            // never ready within the limit, after all attempts
  ended_before_ready,
  unhealthy,
  lifetime,
  exec_failed,
  system,
  hook_failed,
  config,
  internal,
  without_a_word,       // killed with all of the container: nobody was left to say why
};
std::string_view to_string(Reason) noexcept;

// All that happened so far and matters for a verdict. Written by the Supervisor only.
struct Life {
  unsigned attempt = 0;         // since the service was last ready; the running one included
  unsigned restarts_in_row = 0; // [restart]'s own count
  unsigned attempts_total = 0;
  unsigned restarts_total = 0;
  bool ever_ready = false;
  bool ready = false;           // this attempt
  bool result_seen = false;     // exit.result matched before a stop
  bool hook_failed = false;     // a pre_start hook
  bool dependency_failed = false;
  bool dependency_misconfigured = false;  // it could never have been there
  bool ready_limit_passed = false;
  bool forced = false;          // this attempt's main process was alive when we sent SIGKILL
  bool unkillable = false;      // something survived SIGKILL
  RestartCause restart = RestartCause::none;  // why this attempt is being ended, if we do it
  std::optional<StopRequest> stop;
  bool stop_was_first = false;  // the stop came before the service's own end
  std::optional<SpawnFailure> spawn_failure;
  std::optional<ServiceExit> exit;
};

struct Verdict {
  bool again = false;
  int code = 0;
  Reason reason = Reason::exited;
};

// A job has done its work when it ends with 0: it then was ready, whatever its condition says.
bool is_done(const Config&, ServiceExit);

// By this end before it was ready the service says that another attempt would not help.
bool is_final(const StartupConfig&, ServiceExit);

// Judges a life at the point where no process of it is left.
Verdict judge(const Life&, const Config&);

// The pause before attempt number `attempt` + 1, or restart: `initial` times `factor` for each one
// before it, at most `max`, moved by jitter. `draw` is evenly distributed over [0, 1).
Millis backoff_delay(const BackoffConfig&, unsigned attempt, double draw);

// How long the pre_stop hooks may take together, of what is left of the stop's limit: half of it, or what
// the configuration has given them where that is more and leaves some. The rest is the service's.
Millis share_of_pre_stop(const std::vector<HookCommand>& hooks, Millis left);

// Those of post_stop have what is left, and half of the time for last words: the other half stays for these.
Millis share_of_post_stop(Millis left, Millis last_words);

// The signal to send for a received one: 0 when the table drops it.
int rewritten(const ShutdownConfig&, int signo);

// Whether a received signal asks for a stop. Before a service runs, all signals that end a
// process by convention do: nothing is there that could want them for anything else.
bool asks_for_stop(const ShutdownConfig&, int signo, bool service_runs);

}  // namespace usher
