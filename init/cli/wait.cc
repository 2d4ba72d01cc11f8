#include "init/cli/wait.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "init/app/poller.h"
#include "init/base/columns.h"
#include "init/base/duration.h"
#include "init/base/redact.h"
#include "init/base/text.h"
#include "init/cli/child_watch.h"
#include "init/cli/message.h"
#include "init/cli/wait_target.h"
#include "init/lifecycle/policy.h"
#include "init/net/resolver.h"
#include "init/os/become.h"
#include "init/os/clock.h"
#include "init/os/descendants.h"
#include "init/os/terminal.h"
#include "probes/make_probe.h"

namespace usher {
namespace {

// The limit of one try: a server that takes longer is asked again.
constexpr Millis kAttempt{3'000};
// Nobody wants to read of what is there within a moment.
constexpr Millis kFirstProgress{1'000}, kProgressPause{5'000}, kMovePause{500};

struct WaitOptions {
  std::vector<ProbeConfig> targets;
  char** command = nullptr;  // what to become then, with a null at its end; null: nothing
  Millis timeout{300'000};  // 0: none
  Millis interval{2'000};   // the longest pause between two tries
  std::string problem;
};

void read_duration(const std::string& name, std::string_view text, Millis& out,
                   std::string& problem) {
  if (const auto value = parse_duration(text))
    out = *value;
  else
    problem = name + ": expected a duration such as \"30s\", got " + in_quotes(text);
}

// One that is not understood may have a password anywhere.
std::string shown_target(std::string_view word) {
  if (word.starts_with('{')) return "{ ... }";
  const bool plain = word.find_first_of("@?#%") == std::string::npos && hide_passwords(word) == word;
  return plain ? in_quotes(word) : scheme_only(word);
}

void add_target(std::string_view word, WaitOptions& options) {
  auto [probe, problem] = parse_wait_target(word);
  if (!problem.empty())
    options.problem = shown_target(word) + ": " + problem;
  else
    options.targets.push_back(std::move(probe));
}

WaitOptions parse(int argc, char** argv) {
  WaitOptions options;
  if (const char* given = std::getenv("READY_CHECK_INTERVAL"))
    read_duration("READY_CHECK_INTERVAL", given, options.interval, options.problem);
  for (int i = 0; i < argc && options.problem.empty() && !options.command; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (!word.starts_with('-')) {
      add_target(word, options);
    } else if (word == "--") {
      options.command = argv + i + 1;
      if (i + 1 == argc) options.problem = "-- needs a command after it";
    } else if (name != "--timeout" && name != "--interval") {
      options.problem = "unknown option " + word;
    } else if (equals == std::string::npos && i + 1 == argc) {
      options.problem = "option " + word + " needs a value";
    } else {
      const std::string value = equals == std::string::npos ? argv[++i] : word.substr(equals + 1);
      read_duration(name, value, name == "--timeout" ? options.timeout : options.interval,
                    options.problem);
    }
  }
  if (options.problem.empty() && options.targets.empty())
    options.problem = "wait needs a target such as tcp://redis:6379";
  return options;
}

class Wait {
 public:
  Wait(const WaitOptions& options, const InheritedSignals& inherited)
      : options_(options),
        inherited_(inherited),
        children_([this](SpawnRequest& request) { return prepare(request); }),
        watch_(loop_, children_, [this](int signo) { on_signal(signo); }) {}

  int run();

 private:
  struct Awaited {
    std::unique_ptr<Poller> poller;
    bool told = false;  // that it is missing
  };

  std::string prepare(SpawnRequest& request) const;
  void on_answer(const Awaited& awaited);
  void on_signal(int signo);
  void on_time_up();
  void tell_progress();
  void move();
  void say(std::string_view text);
  void end(int code);
  void stop_when_alone(unsigned looks_left);

  const WaitOptions& options_;
  const InheritedSignals& inherited_;
  Loop loop_;
  Resolver resolver_{loop_};
  Children children_;
  ChildWatch watch_;
  ProbeContext context_{loop_, resolver_, children_, nullptr};
  std::vector<std::unique_ptr<Awaited>> awaited_;
  Timer limit_{loop_}, progress_{loop_};
  const std::chrono::microseconds begun_ = monotonic_now();
  // On a terminal one line says what is waited for, and is written over.
  const bool moves_ = takes_colours(STDERR_FILENO);
  bool moved_ = false;
  int code_ = exit_code::kInternal;
};

int Wait::run() {
  const int error = loop_.error() != 0 ? loop_.error() : watch_.start();
  if (error != 0) {
    complain(std::string("cannot wait: ") + std::strerror(error));
    return exit_code::kSystem;
  }
  const bool limited = options_.timeout > Millis{0};
  resolver_.set_tls({&children_, nullptr, [](const std::string& server) {
                       complain("the certificate of " + server + " is not verified (verify = false)");
                     }});
  const Millis attempt = limited ? std::min(kAttempt, options_.timeout) : kAttempt;
  for (const ProbeConfig& target : options_.targets) {
    Awaited& awaited = *awaited_.emplace_back(std::make_unique<Awaited>());
    awaited.poller =
        std::make_unique<Poller>(loop_, make_probe(target, context_), attempt, options_.interval,
                                 [this, &awaited] { on_answer(awaited); });
  }
  for (const auto& awaited : awaited_) awaited->poller->start();
  // After the tries that begin now, so that those that end with it can still say why.
  if (limited) limit_.start(options_.timeout, [this] { on_time_up(); });
  progress_.start(kFirstProgress, [this] { tell_progress(); });
  loop_.run();
  awaited_.clear();
  return code_;
}

std::string Wait::prepare(SpawnRequest& request) const {
  for (char** entry = environ; *entry != nullptr; ++entry) request.environment.emplace_back(*entry);
  request.signals = inherited_;
  return {};
}

void Wait::on_answer(const Awaited& awaited) {
  const Poller& poller = *awaited.poller;
  if (poller.last().verdict == ProbeResult::Verdict::misconfigured) {
    say(poller.probe().target() + ": " + poller.last().reason);
    return end(exit_code::kConfig);
  }
  if (!poller.passed()) return;
  if (awaited.told) {
    const auto took = std::chrono::duration_cast<Millis>(monotonic_now() - begun_);
    say(poller.probe().target() + " is there after " + format_duration(took));
  }
  const bool all = std::all_of(awaited_.begin(), awaited_.end(),
                               [](const auto& each) { return each->poller->passed(); });
  if (all) end(0);
}

// Those that end a program which does nothing about them; what whoever started us ignores, as
// nohup does, is ignored by us too.
void Wait::on_signal(int signo) {
  struct sigaction action {};
  const bool ignored = ::sigaction(signo, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
  if (signo == SIGTSTP && !ignored) {
    say({});
    return stop_self();
  }
  const bool ends = signo == SIGTERM || signo == SIGINT || signo == SIGHUP || signo == SIGQUIT;
  if (ends && !ignored) end(128 + signo);
}

void Wait::on_time_up() {
  for (const auto& awaited : awaited_) {
    const Poller& poller = *awaited->poller;
    if (poller.passed()) continue;
    say(poller.probe().target() + " was not there within " +
             format_duration(options_.timeout) +
             (poller.last().reason.empty() ? "" : ": " + poller.last().reason));
  }
  end(exit_code::kDependency);
}

void Wait::move() {
  const Awaited* first = nullptr;
  std::size_t more = 0;
  for (const auto& awaited : awaited_) {
    if (awaited->poller->passed()) continue;
    awaited->told = true;
    first ? static_cast<void>(++more) : static_cast<void>(first = awaited.get());
  }
  if (first == nullptr) return;
  const Poller& poller = *first->poller;
  std::string what = "waiting for " + poller.probe().target();
  if (more > 0) what += " and " + std::to_string(more) + " more";
  if (!poller.last().reason.empty()) what += ": " + poller.last().reason;
  const auto since = std::chrono::duration_cast<Millis>(monotonic_now() - begun_);
  print_error(moving_line(since, options_.timeout, what, terminal_columns(STDERR_FILENO)));
  moved_ = true;
}

// Not behind what moves.
void Wait::say(std::string_view text) {
  if (std::exchange(moved_, false)) print_error(kEraseLine);
  if (!text.empty()) complain(text);
}

void Wait::tell_progress() {
  if (moves_) {
    move();
    return progress_.start(kMovePause, [this] { tell_progress(); });
  }
  for (const auto& awaited : awaited_) {
    const Poller& poller = *awaited->poller;
    if (poller.passed()) continue;
    awaited->told = true;
    complain("waiting for " + poller.probe().target() +
             (poller.last().reason.empty() ? "" : ": " + poller.last().reason));
  }
  progress_.start(kProgressPause, [this] { tell_progress(); });
}

void Wait::end(int code) {
  limit_.cancel();
  progress_.cancel();
  say({});
  code_ = code;
  constexpr unsigned kLooks = 1000;
  if (code == 0 && options_.command != nullptr) return stop_when_alone(kLooks);
  loop_.stop();
}

// Tries that were given up are reaped first: the command would find children that it never had.
void Wait::stop_when_alone(unsigned looks_left) {
  if (children_.idle() || looks_left == 0) return loop_.stop();
  progress_.start(Millis{5}, [this, looks_left] { stop_when_alone(looks_left - 1); });
}

}  // namespace

int wait_command(int argc, char** argv, const InheritedSignals& inherited) {
  const WaitOptions options = parse(argc, argv);
  if (!options.problem.empty()) return usage_error(options.problem);
  const int code = Wait(options, inherited).run();
  if (code != 0 || options.command == nullptr) return code;
  const auto [absent, why] = become(options.command, inherited);
  complain(why);
  return absent ? exit_code::kNotFound : exit_code::kCannotExecute;
}

}  // namespace usher
