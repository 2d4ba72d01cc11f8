#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "init/os/descendants.h"
#include "init/os/fd.h"
#include "tests/scratch.h"
#include "tests/slow_program.h"
#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

struct ExecWorld : ProbeWorld {
  // Grandchildren come to us: none is left when we have no child.
  ExecWorld() { REQUIRE(become_subreaper() == 0); }

  static ExecProbe shell(const std::string& script) { return {{"sh", "-c", script}}; }

  void wait_until_nobody_is_left() {
    turn_until([] { return !Reaper::has_children(); });
  }
  static std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  }
};

// A FIFO that a command writes to when it has come to the point that the test waits for.
class Mark {
 public:
  explicit Mark(Loop& loop) : path_(scratch_.path("mark")) {
    REQUIRE(::mkfifo(path_.c_str(), 0600) == 0);
    fd_ = Fd(::open(path_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    poll_ = std::make_unique<Poll>(loop, fd_.get());
    poll_->start(UV_READABLE, [this] {
      reached_ = true;
      poll_->stop();
    });
  }
  const std::string& path() const { return path_; }
  bool reached() const { return reached_; }

 private:
  Scratch scratch_;
  std::string path_;
  Fd fd_;
  std::unique_ptr<Poll> poll_;
  bool reached_ = false;
};

}  // namespace

TEST_CASE_METHOD(ExecWorld, "a command that ends with 0 passes", "[exec_probe]") {
  const ProbeResult result = ask(shell("echo fine"));
  CHECK(result.verdict == Verdict::pass);
  CHECK(result.reason.empty());
}

TEST_CASE_METHOD(ExecWorld, "a command that fails says how, and what it printed last",
                 "[exec_probe]") {
  const auto [script, reason] = GENERATE(Catch::Generators::table<std::string, std::string>({
      {"exit 3", "sh ended with code 3"},
      {"kill -9 $$", "sh was ended by SIGKILL"},
      {"echo one; echo two >&2; exit 1", "sh ended with code 1: one | two"},
      {"for i in 1 2 3 4 5 6 7; do echo $i; done; exit 1",
       "sh ended with code 1: 3 | 4 | 5 | 6 | 7"},
      {"printf '\\033[31mred\\033[0m\\a!'; exit 1", "sh ended with code 1: red !"},
  }));
  const ProbeResult result = ask(shell(script));
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == reason);
}

TEST_CASE_METHOD(ExecWorld, "of a long output only the end is kept", "[exec_probe]") {
  const ProbeResult result = ask(
      shell("dd if=/dev/zero bs=1024 count=1000 2>/dev/null | tr '\\0' x; echo; echo end; exit 1"));
  CHECK(result.verdict == Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("xxx | end"));
  CHECK(result.reason.size() < 600);
}

TEST_CASE_METHOD(ExecWorld, "a command that cannot be executed is a mistake", "[exec_probe]") {
  Scratch scratch;
  const std::string plain = scratch.write("plain", "no program", 0644);
  const std::string program = GENERATE("no-such-program", "/no/such/program", "plain");
  const ProbeConfig probe = ExecProbe{{program == "plain" ? plain : program}};
  const ProbeResult result = ask(probe);
  CHECK(result.verdict == Verdict::misconfigured);
  CHECK_THAT(result.reason, has_text("cannot execute"));
  wait_until_nobody_is_left();
}

TEST_CASE_METHOD(ExecWorld, "a command that cannot be reached takes no longer than the probe may",
                 "[exec_probe]") {
  SlowProgram program("#!/bin/sh\n");
  const ProbeConfig config = ExecProbe{.command = Argv(1, program.path())};
  const auto result = ask(config, Millis{1});
  CHECK(result.verdict == Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("was still running after 1ms and has been killed"));
  wait_until_nobody_is_left();
}

TEST_CASE_METHOD(ExecWorld, "a command that turns out late to be none is a mistake as well",
                 "[exec_probe]") {
  SlowProgram program("no program at all");
  const ProbeConfig config = ExecProbe{.command = Argv(1, program.path())};
  const auto probe = make_probe(config, context);
  std::optional<ProbeResult> answer;
  probe->start(Millis{60'000}, [&](ProbeResult result) { answer = std::move(result); });
  program.let_go();
  turn_until([&] { return answer.has_value(); });
  CHECK(answer->verdict == Verdict::misconfigured);
  CHECK_THAT(answer->reason, has_text("cannot execute \"" + program.path() + "\": Exec format error"));
}

TEST_CASE_METHOD(ExecWorld, "what keeps a command from being started is the reason",
                 "[exec_probe]") {
  problem = "cannot read environment file \"/run/x\": No such file or directory";
  const ProbeResult result = ask(shell("true"));
  CHECK(result.verdict == Verdict::misconfigured);
  CHECK(result.reason == problem);
}

TEST_CASE_METHOD(ExecWorld, "a command that takes too long is killed with its group",
                 "[exec_probe]") {
  const ProbeResult result = ask(shell("sleep 1000 & wait"), Millis{500});
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == "sh was still running after 500ms and has been killed");
  CHECK(result.latency >= Millis{500});
  wait_until_nobody_is_left();
}

TEST_CASE_METHOD(ExecWorld, "a command that prints without end is killed all the same",
                 "[exec_probe]") {
  const ProbeResult result = ask(ExecProbe{{"yes"}}, Millis{100});
  CHECK(result.verdict == Verdict::not_yet);
  wait_until_nobody_is_left();
}

TEST_CASE_METHOD(ExecWorld, "a probe that goes away takes its processes along", "[exec_probe]") {
  Mark mark(loop);
  const std::string run = GENERATE("sh", "timeout 1000 sh");  // the latter in a group of its own
  const ProbeConfig config = shell(run + " -c 'echo > " + mark.path() + "; sleep 1000'; true");
  auto probe = make_probe(config, context);
  bool called = false;
  probe->start(Millis{600'000}, [&](const ProbeResult&) { called = true; });
  turn_until([&] { return mark.reached(); });
  probe.reset();
  wait_until_nobody_is_left();
  CHECK_FALSE(called);
}

TEST_CASE_METHOD(ExecWorld, "a grandchild that keeps the output open delays nothing",
                 "[exec_probe]") {
  const ProbeResult result = ask(shell("sleep 1000 & echo said; exit 3"));
  CHECK(result.reason == "sh ended with code 3: said");
  wait_until_nobody_is_left();
}

TEST_CASE_METHOD(ExecWorld, "a command may close its output and go on", "[exec_probe]") {
  CHECK(ask(shell("exec >&- 2>&-; sleep 0.1; exit 0")).verdict == Verdict::pass);
}

TEST_CASE_METHOD(ExecWorld, "a command reads nothing", "[exec_probe]") {
  CHECK(ask(shell("test -z \"$(cat)\"")).verdict == Verdict::pass);
}

TEST_CASE_METHOD(ExecWorld, "a thousand probes that time out leave nothing behind",
                 "[exec_probe]") {
  const ProbeConfig config = ExecProbe{{"sleep", "1000"}};
  const auto probe = make_probe(config, context);
  ask(*probe, Millis{0});
  wait_until_nobody_is_left();
  const auto before = open_descriptors();
  for (int i = 0; i < 1'000; ++i) {
    const ProbeResult result = ask(*probe, Millis{0});
    if (result.verdict != Verdict::not_yet) FAIL(result.reason);
  }
  wait_until_nobody_is_left();
  CHECK(open_descriptors() == before);
}

TEST_CASE_METHOD(ExecWorld, "the probe may be destroyed by its own answer", "[exec_probe]") {
  const ProbeConfig config = shell("true");
  auto probe = make_probe(config, context);
  bool answered = false;
  probe->start(Millis{60'000}, [&](const ProbeResult&) {
    probe.reset();
    answered = true;
  });
  turn_until([&] { return answered; });
  CHECK(!probe);
}
