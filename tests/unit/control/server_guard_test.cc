// What clients who mean harm, or who are many, can do to the control server, and who owns its name.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <utility>

#include "tests/unit/control/control_harness.h"

using namespace usher;

namespace {

constexpr uid_t kStranger = 65'534;

// A few of them fill a socket.
void make_long(Snapshot& snapshot) {
  CheckView check;
  check.reason = std::string(1'000, 'x');
  snapshot.checks.assign(64, check);
}

}  // namespace

TEST_CASE_METHOD(ControlHarness, "a watcher who does not read gets the newest when it reads again",
                 "[control]") {
  Client client = ask(request("watch"));
  settle();
  make_long(host.now);
  for (int i = 0; i < 50; ++i) {
    host.now.starts = i;
    server->changed();
    turn();
  }
  until([&] {
    client.take();
    return client.got.find(R"("starts":49)") != std::string::npos;
  });
  const auto lines = std::count(client.got.begin(), client.got.end(), '\n');
  CHECK(lines < 50);  // those between were left out
  // None is torn.
  for (std::size_t at = 0; at < client.got.size();) {
    const std::size_t end = client.got.find('\n', at);
    if (end == std::string::npos) break;
    CHECK(parse_json(std::string_view(client.got).substr(at, end - at)));
    at = end + 1;
  }
}

TEST_CASE_METHOD(ControlHarness, "a watcher who does not read gets the end last", "[control]") {
  Client client = ask(request("watch"));
  settle();
  make_long(host.now);
  for (int i = 0; i < 50; ++i) {
    server->changed();
    turn();
  }
  host.now.state = "exited";
  server->changed();
  turn();
  const std::string got = answer_to(std::move(client));
  const std::size_t last = got.rfind('\n', got.size() - 2) + 1;
  CHECK_THAT(got.substr(last), has_text(R"("state":"exited")"));
  CHECK(got.find("exited") > last);
}

TEST_CASE_METHOD(ControlHarness, "a change is measured once, however many watch", "[control]") {
  std::list<Client> watchers;
  for (std::size_t i = 0; i < ControlServer::kStayingMost; ++i) watchers.push_back(ask(request("watch")));
  until([this] { return host.measured == ControlServer::kStayingMost; });  // each has had its first line
  host.now.starts = 7;
  server->changed();
  turn();
  CHECK(host.measured == ControlServer::kStayingMost + 1);
  for (Client& watcher : watchers) {
    watcher.take();
    CHECK_THAT(watcher.got, has_text(R"("starts":7)"));
  }
}

TEST_CASE_METHOD(ControlHarness, "changes that come fast are one line, and the end is told at once", "[control]") {
  serve({Millis{600'000}, Millis{600'000}, Millis{600'000}});
  Client watcher = ask(request("watch"));
  settle();
  for (int i = 1; i <= 50; ++i) {
    host.now.starts = i;
    server->changed();
    turn();
  }
  CHECK(host.measured == 2);  // the first line, and the first change
  host.now.state = "exited";
  server->changed();
  turn();
  const std::string got = answer_to(std::move(watcher));
  CHECK(std::count(got.begin(), got.end(), '\n') == 3);
  CHECK_THAT(got, has_text(R"("state":"exited")"));
}

TEST_CASE_METHOD(ControlHarness, "what comes in a pause is told after it", "[control]") {
  serve({Millis{600'000}, Millis{600'000}, Millis{1}});
  Client watcher = ask(request("watch"));
  settle();
  for (int i = 1; i <= 50; ++i) {
    host.now.starts = i;
    server->changed();
    turn();
  }
  until([&] {
    watcher.take();
    return watcher.got.find(R"("starts":50)") != std::string::npos;
  });
}

TEST_CASE_METHOD(ControlHarness, "a stranger may look and not touch", "[control]") {
  if (::geteuid() != 0) return;
  ::chmod(scratch.path("").c_str(), 0755);
  std::vector<Client> clients;
  // The bare call changes this thread only, for as long as it takes to connect.
  REQUIRE(::syscall(SYS_setresuid, -1, kStranger, -1) == 0);
  for (const char* word : {"status", "stop", "restart", "reload"})
    clients.push_back(ask(request(word)));
  clients.push_back(ask(request("signal", R"(,"signal":9)")));
  Client where = ask(request("coordination"));
  ::syscall(SYS_setresuid, -1, 0, -1);
  CHECK_THAT(answer_to(std::move(clients[0])), has_text(R"("status":)"));
  CHECK_THAT(answer_to(std::move(where)), has_text(R"("redis":"redis://redis")"));
  CHECK_THAT(answer_to(ask(request("coordination"))), has_text(R"("redis":"redis://:secret@redis")"));
  CHECK_THAT(answer_to(std::move(clients[1])), has_text("only root may stop; you are user 65534"));
  for (std::size_t i = 2; i < clients.size(); ++i)
    CHECK_THAT(answer_to(std::move(clients[i])), has_text("only root may "));
  CHECK(host.told.empty());
}

TEST_CASE_METHOD(ControlHarness, "rubbish is refused, in whatever pieces it comes", "[control]") {
  CHECK_THAT(answer_to(ask("GET / HTTP/1.1\r\n\r\n")), has_text("cannot read the request"));
  CHECK_THAT(answer_to(ask(std::string(4'095, '['))), has_text("cannot read the request"));
  Client flood = connect();
  flood.say(std::string(100'000, 'x'));
  CHECK_THAT(answer_to(std::move(flood)), has_text("at most 4096 bytes"));
  Client slow = connect();
  for (const char c : request("status")) {
    slow.say(std::string(1, c));
    turn();
  }
  ::shutdown(slow.fd.get(), SHUT_WR);  // stands for the end of the line
  CHECK_THAT(answer_to(std::move(slow)), has_text(R"("status":)"));
}

TEST_CASE_METHOD(ControlHarness, "who asks nothing is not waited for", "[control]") {
  serve({Millis{50}, Millis{600'000}});
  CHECK_THAT(answer_to(connect()), has_text("no request has come within 50 ms"));
}

TEST_CASE_METHOD(ControlHarness, "who does not read is not waited for, and others are not held up",
                 "[control]") {
  serve({Millis{600'000}, Millis{50}, Millis{0}});
  Client deaf = ask(request("watch"));
  settle();
  make_long(host.now);
  for (int i = 0; i < 50; ++i) {
    server->changed();
    turn();
  }
  host.looks = 0;
  until([this] {
    server->changed();
    turn();
    return std::exchange(host.looks, 0) == 0;  // nobody is left to look for
  });
  deaf.take();
  CHECK(deaf.ended);
}

TEST_CASE_METHOD(ControlHarness, "who goes on talking while it waits is cut off", "[control]") {
  Client client = ask(kWait);
  settle();
  client.say("more\n");
  CHECK(answer_to(std::move(client)).empty());
}

TEST_CASE_METHOD(ControlHarness, "silent clients make way for those who ask", "[control]") {
  std::list<Client> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(connect());
    turn();
  }
  CHECK_THAT(answer_to(ask(request("status"))), has_text(R"("status":)"));
}

TEST_CASE_METHOD(ControlHarness, "those who wait leave room for those who do not", "[control]") {
  std::list<Client> waiting;
  for (std::size_t i = 0; i < ControlServer::kStayingMost; ++i) {
    waiting.push_back(ask(i % 2 == 0 ? kWait : request("watch")));
    settle();
  }
  CHECK_THAT(answer_to(ask(kWait)), has_text("too many clients are waiting already"));
  CHECK_THAT(answer_to(ask(request("health"))), has_text(R"("state":"starting")"));
  waiting.pop_front();
  Client late = ask(kWait);
  settle();
  host.now = snapshot_in("ready", true);
  server->changed();
  CHECK_THAT(answer_to(std::move(late)), has_text(R"("healthy":true)"));
}

TEST_CASE_METHOD(ControlHarness, "when all places are taken by those who stay, a newcomer is told",
                 "[control]") {
  std::list<Client> all;
  for (std::size_t i = 0; i < ControlServer::kClientsMost; ++i) {
    all.push_back(ask(i < ControlServer::kStayingMost ? kWait : request("stop")));
    settle();
  }
  CHECK_THAT(answer_to(connect()), has_text("too many clients at once"));
}

TEST_CASE_METHOD(ControlHarness, "places that strangers hold are not those of others", "[control]") {
  if (::geteuid() != 0) return;
  ::chmod(scratch.path("").c_str(), 0755);
  std::list<Client> held;
  const auto as = [](uid_t user) { REQUIRE(::syscall(SYS_setresuid, -1, user, -1) == 0); };
  // Users without end: together they have no more than one of ours.
  for (uid_t user = kStranger; user > kStranger - 20; --user) {
    as(user);
    for (std::size_t i = 0; i < 2 * ControlServer::kStrangersMost; ++i)
      held.push_back(ask(i % 2 == 0 ? kWait : request("watch")));
    as(0);
    settle();
  }
  const auto waiting = std::count_if(held.begin(), held.end(), [](Client& client) {
    client.take();
    return !client.ended;
  });
  CHECK(static_cast<std::size_t>(waiting) <= ControlServer::kStayingMost);
  CHECK_THAT(answer_to(ask(request("health"))), has_text(R"("state":"starting")"));
  Client late = ask(kWait);
  settle();
  host.now = snapshot_in("ready", true);
  server->changed();
  CHECK_THAT(answer_to(std::move(late)), has_text(R"("healthy":true)"));
}

TEST_CASE_METHOD(ControlHarness, "a stranger has a few places, and leaves the others theirs", "[control]") {
  if (::geteuid() != 0) return;
  ::chmod(scratch.path("").c_str(), 0755);
  const auto as = [](uid_t user) { REQUIRE(::syscall(SYS_setresuid, -1, user, -1) == 0); };
  std::list<Client> held;
  as(kStranger);
  for (std::size_t i = 0; i < ControlServer::kStayingStrangersMost; ++i) held.push_back(ask(kWait));
  settle();
  Client refused = ask(kWait), looks = ask(request("status"));
  as(0);  // who alone may become another one
  as(kStranger - 1);
  Client other = ask(kWait);
  as(0);
  CHECK_THAT(answer_to(std::move(refused)), has_text("too many clients are waiting already"));
  CHECK_THAT(answer_to(std::move(looks)), has_text(R"("status":)"));
  host.now = snapshot_in("ready", true);
  server->changed();
  CHECK_THAT(answer_to(std::move(other)), has_text(R"("healthy":true)"));
}

TEST_CASE_METHOD(ControlHarness, "ten thousand questions leave nothing behind", "[control]") {
  const auto open_now = [] {
    const Fd next(::dup(0));
    return next.get();
  };
  host.now = snapshot_in("ready", true);
  answer_to(ask(request("health")));
  const int before = open_now();
  for (int i = 0; i < 10'000; ++i) {
    Client client = ask(request("health"));
    until([&] {
      client.take();
      return client.ended;
    });
  }
  settle();
  CHECK(open_now() == before);
}

TEST_CASE_METHOD(ControlHarness, "without a descriptor for them, clients wait until there is one",
                 "[control]") {
  std::vector<Fd> fill;
  Client client = ask(request("status"));
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit few{64, limit.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  for (int fd; (fd = ::dup(0)) >= 0;) fill.emplace_back(fd);
  int turns = 0;
  Timer second(loop);
  bool over = false;
  second.start(Millis{300}, [&] { over = true; });
  while (!over) {
    uv_run(&loop.uv(), UV_RUN_ONCE);
    ++turns;
  }
  fill.clear();
  ::setrlimit(RLIMIT_NOFILE, &limit);
  CHECK(turns < 20);  // the loop slept
  CHECK_THAT(answer_to(std::move(client)), has_text(R"("status":)"));
}

TEST_CASE("a path that nobody listens on any more is taken over, others are not", "[control]") {
  Scratch scratch;
  FakeControlHost host;
  Loop loop;
  const std::string path = scratch.path("s");
  {
    const ControlAddress address = control_address(path);
    const Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(dead.get(), address.get(), address.length) == 0);
  }
  ControlServer server(loop, host);
  CHECK(server.open(path) == "");
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0666);
  ControlServer second(loop, host);
  CHECK(second.open(path) == "it is in use");
  CHECK(::access(path.c_str(), F_OK) == 0);
  const std::string file = scratch.write("file", "precious");
  ControlServer third(loop, host);
  CHECK(third.open(file) == "it is in use");
  CHECK(scratch.read("file") == "precious");
  ControlServer fourth(loop, host);
  CHECK_THAT(fourth.open(scratch.path("none/s")), has_text("No such file or directory"));
}

TEST_CASE("a path that another one has taken meanwhile is left to it", "[control]") {
  Scratch scratch;
  FakeControlHost host;
  Loop loop;
  const std::string path = scratch.path("s");
  ControlServer first(loop, host), second(loop, host);
  REQUIRE(first.open(path) == "");
  REQUIRE(::unlink(path.c_str()) == 0);
  REQUIRE(second.open(path) == "");
  first.end();
  CHECK(::access(path.c_str(), F_OK) == 0);
  second.end();
  CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("an abstract name is free again when its server has gone", "[control]") {
  FakeControlHost host;
  Loop loop;
  const std::string name = "@usher-test-" + std::to_string(::getpid());
  {
    ControlServer server(loop, host);
    CHECK(server.open(name) == "");
    ControlServer second(loop, host);
    CHECK(second.open(name) == "it is in use");
  }
  ControlServer again(loop, host);
  CHECK(again.open(name) == "");
}
