#include "init/base/signal_name.h"

#include <charconv>
#include <csignal>

namespace usher {
namespace {

struct Name {
  std::string_view name;
  int signo;
};

// The first name of a number is the one that is written; the rest are understood.
constexpr Name kNames[] = {
    {"HUP", SIGHUP},       {"INT", SIGINT},   {"QUIT", SIGQUIT},     {"ILL", SIGILL},
    {"TRAP", SIGTRAP},     {"ABRT", SIGABRT}, {"BUS", SIGBUS},       {"FPE", SIGFPE},
    {"KILL", SIGKILL},     {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},     {"USR2", SIGUSR2},
    {"PIPE", SIGPIPE},     {"ALRM", SIGALRM}, {"TERM", SIGTERM},     {"CHLD", SIGCHLD},
    {"CONT", SIGCONT},     {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN},
    {"TTOU", SIGTTOU},     {"URG", SIGURG},   {"XCPU", SIGXCPU},     {"XFSZ", SIGXFSZ},
    {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF}, {"WINCH", SIGWINCH},   {"IO", SIGIO},
    {"PWR", SIGPWR},       {"SYS", SIGSYS},
#ifdef SIGSTKFLT
    {"STKFLT", SIGSTKFLT},
#endif
    {"IOT", SIGABRT},      {"CLD", SIGCHLD},  {"POLL", SIGIO},
};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (upper(a[i]) != upper(b[i])) return false;
  return true;
}

std::optional<int> parse_number(std::string_view digits) {
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) return {};
  return number;
}

// "RTMIN+3", "RTMAX-1", "RTMIN". The C library keeps the first real-time signals for itself, so
// the bounds are known at run time only.
std::optional<int> parse_real_time(std::string_view text) {
  if (text.size() < 5) return {};
  const bool from_min = same_word(text.substr(0, 5), "RTMIN");
  if (!from_min && !same_word(text.substr(0, 5), "RTMAX")) return {};
  int offset = 0;
  if (text.size() > 5) {
    const auto number = parse_number(text.substr(6));
    if (!number || text[5] != (from_min ? '+' : '-') || *number > SIGRTMAX - SIGRTMIN) return {};
    offset = *number;
  }
  return from_min ? SIGRTMIN + offset : SIGRTMAX - offset;
}

}  // namespace

std::optional<int> parse_signal(std::string_view text) {
  if (const auto number = parse_number(text)) {
    for (const Name& known : kNames)
      if (known.signo == *number) return number;
    return *number >= SIGRTMIN && *number <= SIGRTMAX ? number : std::nullopt;
  }
  if (text.size() > 3 && same_word(text.substr(0, 3), "SIG")) text.remove_prefix(3);
  for (const Name& known : kNames)
    if (same_word(known.name, text)) return known.signo;
  return parse_real_time(text);
}

std::string signal_name(int signo) {
  for (const Name& known : kNames)
    if (known.signo == signo) return "SIG" + std::string(known.name);
  if (signo == SIGRTMIN) return "SIGRTMIN";
  if (signo > SIGRTMIN && signo <= SIGRTMAX) return "SIGRTMIN+" + std::to_string(signo - SIGRTMIN);
  return "signal " + std::to_string(signo);
}

}  // namespace usher
