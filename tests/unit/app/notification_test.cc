#include "init/app/notification.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>

#include "init/os/descendants.h"
#include "tests/scratch.h"
#include "tests/unit/probes/probe_world.h"

using namespace usher;

namespace {

// Lines of Python with what a service that notifies has at hand.
const std::string kPrelude = R"(
import os, socket, sys
def open_socket():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.connect('\0' + os.environ['NOTIFY_SOCKET'][1:])
    return s
def say(text, sock=[]):
    sock or sock.append(open_socket())
    sock[0].send(text if isinstance(text, bytes) else text.encode())
# Returns when what was said before has been heard.
def barrier():
    ours, theirs = os.pipe()
    socket.send_fds(open_socket(), [b'BARRIER=1'], [theirs])
    os.close(theirs)
    os.read(ours, 1)
)";

struct NotifyWorld : ProbeWorld {
  Scratch scratch;
  Config config;
  std::unique_ptr<Log> log;
  std::unique_ptr<Notification> notification;
  SpawnRequest request;
  int changes = 0;

  NotifyWorld() {
    config.log.file = scratch.path("log");
    REQUIRE(become_subreaper() == 0);
  }

  void start(const Argv& argv) {
    log = std::make_unique<Log>(config.log, "test", "host");
    notification = std::make_unique<Notification>(loop, config, *log, [this] { ++changes; });
    for (char** entry = environ; *entry != nullptr; ++entry)
      request.environment.emplace_back(*entry);
    request.argv = argv;
    request.signals = inherited;
    REQUIRE(notification->prepare(request) == 0);
    const SpawnResult spawned = children.starts().spawn(request);
    REQUIRE(spawned.error == 0);
    notification->handed_over(spawned.pid);
  }
  void start_python(const std::string& script) { start({"python3", "-c", kPrelude + script}); }
  void run_python(const std::string& script) {
    start_python(script);
    finish();
  }
  // Until the service has ended and all that it said has been heard.
  void finish() {
    turn_until([] { return !Reaper::has_children(); });
    for (int i = 0; i < 100; ++i) uv_run(&loop.uv(), UV_RUN_NOWAIT);
  }
  void ask_for(NotifyProbe probe) { config.readiness.probes = {probe}; }
  bool ready() { return notification->ready(*config.readiness.probes[0].as<NotifyProbe>()); }
  std::string variable(const std::string& name) {
    for (const std::string& entry : request.environment)
      if (entry.starts_with(name + '=')) return entry.substr(name.size() + 1);
    return {};
  }
};

}  // namespace

TEST_CASE_METHOD(NotifyWorld, "READY=1 on the socket means ready", "[notification]") {
  ask_for({});
  run_python("say('READY=1\\nSTATUS=serving')");
  CHECK(ready());
  CHECK(notification->status() == "serving");
  CHECK(changes == 1);
}

TEST_CASE_METHOD(NotifyWorld, "a descendant that nobody waits for may notify where the configuration says so",
                 "[notification]") {
  ask_for({});
  const bool all = GENERATE(true, false);
  if (all) config.service.notify_access = NotifyAccess::all;
  run_python(R"(
ours, theirs = os.pipe()
if os.fork() == 0:
    os.close(ours)
    os.setsid()
    if os.fork() == 0:
        say('READY=1')
        barrier()
    os._exit(0)
os.close(theirs)
os.read(ours, 1)
)");
  CHECK(ready() == all);
}

TEST_CASE_METHOD(NotifyWorld, "what a child says is not what the service says", "[notification]") {
  ask_for({});
  run_python(R"(
say('READY=1')
if os.fork() == 0:
    say('STOPPING=1\nWATCHDOG=trigger\nMAINPID=%d' % os.getpid())
    os._exit(0)
os.wait()
barrier()
)");
  CHECK(ready());
  CHECK_FALSE(notification->stopping());
  CHECK(notification->main_pid() == -1);
  log.reset();
  CHECK_THAT(scratch.read("log"), has_text("service.notify_access"));
}

TEST_CASE_METHOD(NotifyWorld, "what the service says later replaces what it said",
                 "[notification]") {
  ask_for({});
  run_python(R"(
say('READY=1')
say('RELOADING=1\nSTATUS=reading files')
)");
  CHECK(ready());
  CHECK(notification->reloading());
  CHECK(notification->status() == "reading files");
}

TEST_CASE_METHOD(NotifyWorld, "a reload ends with the next READY=1", "[notification]") {
  ask_for({});
  run_python("say('RELOADING=1'); say('READY=1')");
  CHECK_FALSE(notification->reloading());
}

TEST_CASE_METHOD(NotifyWorld, "a service that is stopping is ready no more", "[notification]") {
  ask_for({});
  run_python("say('READY=1'); say('STOPPING=1'); say('READY=1')");
  CHECK(notification->stopping());
  CHECK_FALSE(ready());
}

TEST_CASE_METHOD(NotifyWorld, "only our own descendants are believed", "[notification]") {
  ask_for({});
  start_python("barrier(); say('STATUS=heard'); barrier()");
  // This process is above the service, not below us.
  const Fd sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::string name = variable("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data() + 1, name.size() - 1);
  REQUIRE(::sendto(sender.get(), "READY=1", 7, 0, reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())) == 7);
  turn_until([&] { return notification->status() == "heard"; });
  CHECK_FALSE(ready());
  finish();
  log.reset();
  CHECK_THAT(scratch.read("log"), has_text("notification_refused"));
}

TEST_CASE_METHOD(NotifyWorld, "the main process is one of our own descendants", "[notification]") {
  ask_for({});
  SECTION("the sender itself") {
    start_python("say('MAINPID=%d' % os.getpid()); barrier()");
    turn_until([&] { return notification->main_pid() > 0; });
    finish();
  }
  SECTION("a stranger") {
    run_python(
        "say('MAINPID=1'); say('MAINPID=%d' % os.getppid()); say('MAINPID=-1'); "
        "say('MAINPID=99999999999'); barrier()");
    CHECK(notification->main_pid() == -1);
  }
}

TEST_CASE_METHOD(NotifyWorld, "text that makes no sense says nothing and harms nothing",
                 "[notification]") {
  ask_for({});
  run_python(R"(
for text in (b'', b'\n\n\n', b'READY', b'READY=', b'READY=2', b'=1', b'READY=1\0', b'\xff' * 4000,
             b'STATUS=' + b'x' * 200000, b'WATCHDOG=maybe', b'MAINPID=abc', b'X' * 5000 + b'\nREADY=1'):
    try: say(text)
    except OSError: pass
barrier()
say('STATUS=end'); barrier()
)");
  CHECK(notification->status() == "end");
  CHECK_FALSE(ready());
  CHECK(notification->main_pid() == -1);
}

TEST_CASE_METHOD(NotifyWorld, "a flood of messages is heard one by one", "[notification]") {
  ask_for({});
  run_python("for i in range(5000): say('STATUS=%d' % i)\nsay('READY=1')");
  CHECK(ready());
  CHECK(notification->status() == "4999");
}

TEST_CASE_METHOD(NotifyWorld, "descriptors that come with a message are closed", "[notification]") {
  ask_for({});
  const auto open = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  start_python(
      "for i in range(50): socket.send_fds(open_socket(), [b'FDSTORE=1'], [0] * 100)\n"
      "say('READY=1'); barrier()");
  const auto before = open();
  turn_until([this] { return ready(); });
  CHECK(open() == before);
  finish();
}

TEST_CASE_METHOD(NotifyWorld, "a watchdog is told its time and fed by the service",
                 "[notification]") {
  config.readiness.probes = {NotifyProbe{}};
  config.health.push_back({.name = "alive", .probe = NotifyProbe{.watchdog = Millis{1500}}});
  request.environment = {"WATCHDOG_PID=1", "WATCHDOG_USEC=7"};
  start_python(
      "import sys\nbarrier()\nsay(os.environ['WATCHDOG_USEC'].join(['STATUS=', '']))\n"
      "barrier(); say('WATCHDOG=1'); barrier()");
  CHECK_FALSE(notification->since_watchdog());
  CHECK(variable("WATCHDOG_PID").empty());
  turn_until([&] { return notification->since_watchdog().has_value(); });
  CHECK(notification->status() == "1500000");
  CHECK_FALSE(ready());
  finish();
}

TEST_CASE_METHOD(NotifyWorld, "a watchdog begins when the service is ready, and needs no READY=1",
                 "[notification]") {
  config.readiness.probes = {NotifyProbe{}};
  const NotifyProbe watchdog{.watchdog = Millis{60'000}};
  config.health.push_back({.name = "alive", .probe = watchdog});
  start_python("barrier()");
  CHECK_FALSE(notification->ready(watchdog));  // as a condition of readiness it would be one
  notification->begin_watchdog();
  CHECK(notification->ready(watchdog));
  CHECK_FALSE(notification->ready(NotifyProbe{}));
  REQUIRE(notification->since_watchdog());
  CHECK(*notification->since_watchdog() < Millis{60'000});
  finish();
}

TEST_CASE_METHOD(NotifyWorld, "a service may call itself broken", "[notification]") {
  ask_for({.watchdog = Millis{60'000}});
  run_python("say('READY=1'); say('WATCHDOG=trigger')");
  CHECK_FALSE(ready());
}

TEST_CASE_METHOD(NotifyWorld, "a newline on the descriptor means ready", "[notification]") {
  ask_for({.fd = GENERATE(3, 7, 200)});
  const std::string fd = std::to_string(config.readiness.probes[0].as<NotifyProbe>()->fd);
  const auto [script, expected] = GENERATE(Catch::Generators::table<std::string, bool>({
      {"os.write(FD, b'\\n')", true},
      {"os.write(FD, b'up and '); os.write(FD, b'running\\n')", true},
      {"os.write(FD, b'no newline')", false},
      {"os.close(FD)", false},
      {"pass", false},
  }));
  run_python("FD = " + fd + "\n" + script);
  CHECK(ready() == expected);
  CHECK(changes == (expected ? 1 : 0));
  CHECK(variable("NOTIFY_SOCKET").empty());
  CHECK(notification->since_watchdog().has_value() == expected);
}

TEST_CASE_METHOD(NotifyWorld, "several conditions have their own ends", "[notification]") {
  config.readiness.probes = {NotifyProbe{.fd = 5}, NotifyProbe{}, NotifyProbe{.fd = 6}};
  run_python("os.write(6, b'\\n'); say('READY=1')");
  CHECK_FALSE(notification->ready({.fd = 5}));
  CHECK(notification->ready({}));
  CHECK(notification->ready({.fd = 6}));
}

TEST_CASE_METHOD(NotifyWorld, "standard descriptors cannot be used for it", "[notification]") {
  ask_for({.fd = 1});
  Log silent(config.log, "test", "host");
  Notification refused(loop, config, silent, [] {});
  CHECK(refused.prepare(request) == EBADF);
}
