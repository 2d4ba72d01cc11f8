// What the control server answers, and when.
#include "init/control/server.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "tests/unit/control/control_harness.h"

using namespace usher;

TEST_CASE_METHOD(ControlHarness, "anybody may ask for health and status", "[control]") {
  host.now = snapshot_in("ready", true, "all good");
  CHECK_THAT(answer_to(ask(request("health"))), has_text(R"("healthy":true)"));
  CHECK_THAT(answer_to(ask(request("status"))), has_text(R"("state":"ready")"));
  CHECK_THAT(answer_to(ask(request("status"))), has_text(R"("memory_bytes":4096)"));
  CHECK_THAT(answer_to(ask(request("metrics"))), has_text(R"("metrics":"# EOF\n")"));
  host.now = snapshot_in("stopping");
  CHECK_THAT(answer_to(ask(request("health"))), has_text(R"("healthy":false)"));
}

TEST_CASE_METHOD(ControlHarness, "who waits for health is answered in the turn of the loop that brings it",
                 "[control]") {
  Client client = ask(kWait);
  settle();
  client.take();
  CHECK(client.got.empty());
  const bool by_timer = GENERATE(false, true);
  const auto come = [this] {
    host.now = snapshot_in("ready", true);
    server->changed();
  };
  if (by_timer) {
    // libuv runs timers at both ends of a turn; the loop must not wait in between.
    bool fired = false;
    Timer timer(loop);
    timer.start(Millis{1}, [&] {
      come();
      fired = true;
    });
    until([&] { return fired; });
    turn();
    client.take();
    CHECK_THAT(client.got, has_text(R"("healthy":true)"));
  } else {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    const Fd in(ends[0]), out(ends[1]);
    Poll poll(loop, in.get());
    bool came = false;
    poll.start(UV_READABLE, [&] {
      come();
      came = true;
      poll.stop();
    });
    REQUIRE(::write(out.get(), "x", 1) == 1);
    uv_run(&loop.uv(), UV_RUN_ONCE);  // one turn
    CHECK(came);
    client.take();
    CHECK_THAT(client.got, has_text(R"("healthy":true)"));
    CHECK(client.ended);
  }
}

TEST_CASE_METHOD(ControlHarness, "several changes in one turn are looked at once", "[control]") {
  Client client = ask(kWait);
  settle();
  host.looks = 0;
  for (int i = 0; i < 10; ++i) server->changed();
  turn();
  CHECK(host.looks == 1);
}

TEST_CASE_METHOD(ControlHarness, "changes cost nothing while nobody asks", "[control]") {
  server->changed();
  settle();
  CHECK(host.looks == 0);
}

TEST_CASE_METHOD(ControlHarness,
                 "who waits is told so when the time is up, or when it cannot come any more",
                 "[control]") {
  CHECK_THAT(answer_to(ask(request("health", R"(,"wait_ms":20)"))),
             has_text(R"("healthy":false,"service":"echo","state":"starting")"));
  Client client = ask(kWait);
  settle();
  host.now = snapshot_in("stopping");
  server->changed();
  CHECK_THAT(answer_to(std::move(client)), has_text(R"("state":"stopping")"));
}

TEST_CASE_METHOD(ControlHarness,
                 "who wants news is told what changes, and the rest when its time is up",
                 "[control]") {
  const std::string hold = request("health", R"(,"wait_ms":600000,"hold_ms":600000)");
  Client first = ask(hold);
  settle();
  host.now = snapshot_in("ready", true);
  server->changed();
  CHECK_THAT(answer_to(std::move(first)), has_text(R"("healthy":true)"));

  // Held as long as it has been true, which is not long yet.
  CHECK_THAT(answer_to(ask(hold)), has_text(R"("healthy":true)"));
  Client held;
  // Until it has been true for longer than this takes.
  for (Millis age{1'000};; age *= 4) {
    REQUIRE(age < std::chrono::minutes{2});
    Timer pause(loop);
    bool old = false;
    pause.start(age, [&old] { old = true; });
    until([&old] { return old; });
    held = ask(hold);
    settle();
    server->changed();  // but not in this
    settle();
    held.take();
    if (held.got.empty()) break;
  }
  host.now = snapshot_in("unhealthy");
  server->changed();
  CHECK_THAT(answer_to(std::move(held)), has_text(R"("healthy":false)"));
}

TEST_CASE_METHOD(ControlHarness, "a watcher sees each change until it hangs up", "[control]") {
  Client client = ask(request("watch"));
  settle();
  host.now = snapshot_in("ready", true);
  server->changed();
  settle();
  client.take();
  CHECK(std::count(client.got.begin(), client.got.end(), '\n') == 2);
  CHECK_FALSE(client.ended);
  client.fd.reset();
  settle();
  host.looks = 0;
  server->changed();
  settle();
  CHECK(host.looks == 0);
}

TEST_CASE_METHOD(ControlHarness, "root commands, and its outcome is the answer", "[control]") {
  if (::geteuid() != 0) return;
  CHECK_THAT(answer_to(ask(request("reload"))), has_text(R"("done":"reload")"));
  CHECK_THAT(answer_to(ask(request("signal", R"(,"signal":10)"))),
             has_text(R"("done":"signal 10")"));
  host.refusal = "nothing runs";
  for (const char* command : {"stop", "restart", "reload"})
    CHECK_THAT(answer_to(ask(request(command))), has_text(R"("error":"nothing runs")"));
  CHECK(host.told == std::vector<std::string>{"reload", "signal 10"});
}

TEST_CASE_METHOD(ControlHarness, "a restart is over when the service is ready once more", "[control]") {
  host.now = snapshot_in("ready", true);
  Client client = ask(request("restart"));
  settle();
  for (const char* state : {"stopping", "starting"}) {
    host.now = snapshot_in(state);
    if (host.now.state == "starting") host.now.starts = 2;
    server->changed();
    settle();
    client.take();
    CHECK(client.got.empty());
  }
  SECTION("it comes up") {
    host.now = snapshot_in("ready", false);
    host.now.starts = 2;
    host.now.pid = 99;
    server->changed();
    CHECK_THAT(answer_to(std::move(client)),
               has_text(R"("done":"echo has been restarted, pid 99")"));
  }
  SECTION("it does not") {
    host.now = snapshot_in("exited", false, "never ready");
    server->changed();
    CHECK_THAT(answer_to(std::move(client)), has_text(R"("error":"never ready")"));
  }
}

TEST_CASE_METHOD(ControlHarness, "at the end everybody is told, and who gave a command may leave first",
                 "[control]") {
  Client stop = ask(request("stop")), term = ask(request("signal", R"(,"signal":15)"));
  Client wait = ask(kWait), watch = ask(request("watch"));
  Client silent = connect();
  settle();
  CHECK(host.told == std::vector<std::string>{"stop", "signal 15"});
  host.now = snapshot_in("exited", false, "stopped, exit code 0");
  // A reader in the other process would hang up; here nobody does, and the end comes all the same.
  server->end();
  for (Client* client : {&stop, &term, &wait, &watch}) {
    client->take();
    CHECK(client->ended);
    CHECK_THAT(client->got, has_text("exit code 0"));
  }
  CHECK_THAT(stop.got, has_text(R"("done")"));
  CHECK_THAT(term.got, has_text(R"("done")"));
  CHECK(::access(path.c_str(), F_OK) != 0);
}
