#include "init/base/signal_name.h"

#include <csignal>

#include "tests/catch.h"

using usher::parse_signal;
using usher::signal_name;

TEST_CASE("signals are read by name and by number", "[signal_name]") {
  const auto [text, expected] = GENERATE(table<const char*, int>({
      {"SIGTERM", SIGTERM},      {"TERM", SIGTERM},         {"term", SIGTERM},
      {"sigterm", SIGTERM},      {"15", SIGTERM},           {"SIGIOT", SIGABRT},
      {"CLD", SIGCHLD},          {"SIGPOLL", SIGIO},        {"9", SIGKILL},
      {"SIGRTMIN", SIGRTMIN},    {"SIGRTMIN+3", SIGRTMIN + 3}, {"rtmax-1", SIGRTMAX - 1},
      {"RTMAX", SIGRTMAX},       {"SIGRTMIN+0", SIGRTMIN},
  }));
  CAPTURE(text);
  CHECK(parse_signal(text) == expected);
}

TEST_CASE("what is no signal is refused", "[signal_name]") {
  const auto* const text = GENERATE("", "SIG", "0", "-15", "65", "999999999999", "SIGFOO", "TERM ", "15x",
                                    "SIGRTMIN-1", "SIGRTMAX+1", "RTMIN+99", "RTMIN+", "RTMINx", "SIG15",
                                    "SIGSIGTERM", "RTMIN+-1");
  CAPTURE(text);
  CHECK_FALSE(parse_signal(text));
}

TEST_CASE("every signal has a name that is read back", "[signal_name]") {
  for (int signo = 1; signo <= SIGRTMAX; ++signo) {
    if (signo >= 32 && signo < SIGRTMIN) continue;  // the C library's own
    CAPTURE(signo, signal_name(signo));
    CHECK(parse_signal(signal_name(signo)) == signo);
    CHECK(parse_signal(std::to_string(signo)) == signo);
  }
}

TEST_CASE("a number that is no signal is named as such", "[signal_name]") {
  CHECK(signal_name(99) == "signal 99");
  CHECK(signal_name(0) == "signal 0");
  CHECK(signal_name(SIGRTMIN + 3) == "SIGRTMIN+3");
  CHECK(signal_name(SIGIO) == "SIGIO");
}
