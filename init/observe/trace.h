// The life of the service as one trace, made of the same transitions that the log tells. Pure:
// facts come in with their times, spans come out as they end.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "init/config/config.h"
#include "init/lifecycle/supervisor.h"
#include "init/observe/trace_context.h"

namespace usher {

struct Span {
  using Micros = std::chrono::microseconds;
  struct Moment {
    std::string_view name;
    Micros at;
  };

  std::string id, parent;  // as in TraceContext
  std::string name;
  Micros begin{0}, end{0};  // on the monotonic clock
  std::vector<std::pair<std::string_view, std::variant<std::int64_t, std::string>>> attributes;
  std::vector<Moment> moments;
  bool failed = false;
  std::string message;  // why it failed
  // The trace in which what this span's process has traced itself hangs below the same id, where
  // that is another one.
  std::string process_trace;
};

// life
//   wait                   for what the service depends on
//     dependency NAME      each of it
//   attempt                the span that the service is given as its parent
//     pre_start            the hooks, where there are any
//     start                until it is ready
//     unhealthy            each time
//     stop | drain         asked for, or what is left to do after its own end
//   backoff
//   post_stop              the hooks, where there are any
class Trace {
 public:
  using Micros = Span::Micros;
  struct Dependency {
    std::string name, target, reason;
    bool satisfied = false;
    Micros after{0};
  };

  // `config` outlives this. `random` draws numbers for ids, none of them 0.
  Trace(const Config& config, TraceContext context, std::function<std::uint64_t()> random,
        Micros begin);

  const TraceContext& context() const { return context_; }
  // The life belongs to another trace, with all that was seen of it. Nothing of it has been sent.
  void move_to(TraceContext context);
  // TRACEPARENT for a process that is started now.
  std::string parent_of_processes() const;

  // `life` as of the transition. `detail` says more about a state that was entered or left badly.
  void take(const Transition& transition, const Life& life, Micros now,
            std::string_view detail = {});
  // What became of the dependencies, before the transition that ends the wait.
  void waited_for(const std::vector<Dependency>& dependencies, Micros now);
  void spawned(std::int64_t pid);
  // All is over; every span has ended afterwards.
  void end(const Verdict& verdict, const Life& life, Micros now);

  // Those that have ended since the last call.
  std::vector<Span> take_ended() { return std::exchange(ended_, {}); }
  bool any_ended() const { return !ended_.empty(); }

 private:
  Span begun(std::string name, const Span& parent, Micros now);
  void close(std::optional<Span>& span, Micros now, std::string failure = {});
  void leave(const Transition& transition, const Life& life, Micros now, std::string_view detail);
  void enter(const Transition& transition, const Life& life, Micros now, std::string_view detail);
  void enter_stop(const Transition& transition, const Life& life, Micros now);
  void end_attempt(const Life& life, Micros now);

  const Config& config_;
  TraceContext context_;
  const std::function<std::uint64_t()> random_;
  std::optional<Span> life_, wait_, attempt_, hooks_, start_, outage_, stop_, backoff_;
  std::string root_;         // the id of the life
  std::vector<Span> waits_;  // of dependencies, until it is known whether they have failed
  std::vector<Span> ended_;
};

}  // namespace usher
