#include <csignal>

#include "init/os/descendants.h"
#include "init/os/process_tree.h"
#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

struct ProcessWorld : ProbeWorld {
  bool ended = false;
  ~ProcessWorld() {
    if (service.number > 0) children.abandon(service.number);
    turn_until([] { return !Reaper::has_children(); });
  }

  // It goes with the test, also when that is killed.
  void run(Argv command) {
    command.insert(command.begin(), {"setpriv", "--pdeathsig", "KILL"});
    std::string why;
    const SpawnResult started =
        children.launch(command, STDERR_FILENO, why, [this](const Ended&) { ended = true; });
    REQUIRE(why.empty());
    service.number = started.pid;
  }
  static ProcessProbe at_most(std::uint64_t memory) { return {{}, memory, 0}; }
  // For what no event tells of.
  ProbeResult ask_until(const ProbeConfig& config, Verdict wanted) {
    const auto probe = make_probe(config, context);
    while (true) {
      ProbeResult result = ask(*probe);
      if (result.verdict == wanted) return result;
    }
  }
};

}  // namespace

TEST_CASE_METHOD(ProcessWorld, "a service that runs passes", "[process_probe]") {
  CHECK(ask(ProcessProbe{}).reason == "the service is not running");
  run({"sleep", "1000"});
  CHECK(ask(ProcessProbe{}).verdict == Verdict::pass);
}

TEST_CASE_METHOD(ProcessWorld, "a service that is stopped does not pass until it goes on",
                 "[process_probe]") {
  run({"sleep", "1000"});
  signal_process(service.number, SIGSTOP);
  CHECK(ask_until(ProcessProbe{}, Verdict::not_yet).reason == "the service is stopped by a signal");
  signal_process(service.number, SIGCONT);
  ask_until(ProcessProbe{}, Verdict::pass);
}

TEST_CASE_METHOD(ProcessWorld, "an ended service that nobody has reaped does not pass",
                 "[process_probe]") {
  run({"true"});
  // The loop is not turned, so that it stays a zombie.
  while (read_stat(service.number)->state != 'Z') {
  }
  const ProbeConfig config = ProcessProbe{};
  const auto probe = make_probe(config, context);
  std::optional<ProbeResult> answer;
  probe->start(Millis{1000}, [&](ProbeResult result) { answer = std::move(result); });
  turn_until([&] { return answer && ended; });
  CHECK(answer->reason == "the service has ended");
  service.number = -1;
}

TEST_CASE_METHOD(ProcessWorld, "the signals that a service does not catch are named",
                 "[process_probe]") {
  run({"sh", "-c", "trap : TERM HUP; sleep 1000 & wait"});
  ask_until(ProcessProbe{.catches = {SIGTERM, SIGHUP}}, Verdict::pass);
  const ProbeResult result = ask(ProcessProbe{.catches = {SIGTERM, SIGUSR1, SIGUSR2}});
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == "the service does not catch SIGUSR1, SIGUSR2");
}

TEST_CASE_METHOD(ProcessWorld, "the memory of descendants counts, too", "[process_probe]") {
  run({"sh", "-c", "python3 -c 'x = b\"x\" * 100000000; import time; time.sleep(1000)'; :"});
  const ProbeResult result = ask_until(at_most(90'000'000), Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("MiB in memory, max_memory is 85 MiB"));
  CHECK(ask(at_most(std::uint64_t{1} << 40)).verdict == Verdict::pass);
}

TEST_CASE_METHOD(ProcessWorld, "a service that uses too much of the CPU does not pass",
                 "[process_probe]") {
  run({"sh", "-c", "while :; do :; done"});
  const ProbeResult result = ask_until(ProcessProbe{{}, 0, 1}, Verdict::not_yet);
  CHECK_THAT(result.reason, has_text("% of a CPU, max_cpu is 1"));
}

TEST_CASE_METHOD(ProcessWorld, "one look says nothing about the use of the CPU",
                 "[process_probe]") {
  run({"sh", "-c", "while :; do :; done"});
  CHECK(ask(ProcessProbe{{}, 0, 0.001}).verdict == Verdict::pass);
}
