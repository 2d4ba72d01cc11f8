#include "init/control/server.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <list>

#include "init/control/address.h"
#include "tests/catch.h"
#include "tests/scratch.h"
#include "tests/unit/control/fake_host.h"

using namespace usher;

namespace {

constexpr uid_t kStranger = 65'534;

// A client that the test moves by hand.
struct Client {
  Fd fd;
  std::string got;
  bool ended = false;

  void say(std::string_view text) const {
    REQUIRE(::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) == ssize_t(text.size()));
  }
  void take() {
    char bytes[65'536];
    ssize_t count;
    while ((count = ::recv(fd.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
      got.append(bytes, static_cast<std::size_t>(count));
    ended |= count == 0 || (count < 0 && errno != EAGAIN);
  }
};

struct Harness {
  Scratch scratch;
  std::string path = scratch.path("control.sock");
  Loop loop;
  FakeControlHost host;
  std::unique_ptr<ControlServer> server = std::make_unique<ControlServer>(loop, host);

  Harness() { REQUIRE(server->open(path) == ""); }

  Client connect() const {
    const ControlAddress address = control_address(path);
    Client client{Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}, false};
    REQUIRE(::connect(client.fd.get(), address.get(), address.length) == 0);
    return client;
  }
  Client ask(std::string_view request) {
    Client client = connect();
    client.say(std::string(request) + '\n');
    return client;
  }
  void turn() { uv_run(&loop.uv(), UV_RUN_NOWAIT); }
  // Turns the loop until it holds; the timer only ends a test that has failed.
  void until(const std::function<bool()>& holds) {
    bool late = false;
    Timer guard(loop);
    guard.start(Millis{60'000}, [&late] { late = true; });
    while (!holds() && !late) uv_run(&loop.uv(), UV_RUN_ONCE);
    REQUIRE_FALSE(late);
  }
  std::string answer_to(Client client) {
    Timer tick(loop);
    std::function<void()> again = [&] { tick.start(Millis{1}, again); };
    again();
    until([&] {
      client.take();
      return client.ended;
    });
    return client.got;
  }
  // Ready, and all that the clients have sent so far has been read.
  void settle() {
    for (int i = 0; i < 20; ++i) turn();
  }
};

std::string request(std::string_view ask, std::string_view more = "") {
  return R"({"v":1,"ask":")" + std::string(ask) + '"' + std::string(more) + '}';
}

const std::string kWait = request("health", R"(,"wait_ms":60000)");

}  // namespace

TEST_CASE_METHOD(Harness, "anybody may ask for health and status", "[control]") {
  host.now = snapshot_in("ready", true, "all good");
  CHECK_THAT(answer_to(ask(request("health"))), has_text(R"("healthy":true)"));
  CHECK_THAT(answer_to(ask(request("status"))), has_text(R"("state":"ready")"));
  CHECK_THAT(answer_to(ask(request("status"))), has_text(R"("memory_bytes":4096)"));
  CHECK_THAT(answer_to(ask(request("metrics"))), has_text(R"("metrics":"# EOF\n")"));
  host.now = snapshot_in("stopping");
  CHECK_THAT(answer_to(ask(request("health"))), has_text(R"("healthy":false)"));
}

TEST_CASE_METHOD(Harness, "who waits for health is answered in the turn of the loop that brings it",
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

TEST_CASE_METHOD(Harness, "several changes in one turn are looked at once", "[control]") {
  Client client = ask(kWait);
  settle();
  host.looks = 0;
  for (int i = 0; i < 10; ++i) server->changed();
  turn();
  CHECK(host.looks == 1);
}

TEST_CASE_METHOD(Harness, "changes cost nothing while nobody asks", "[control]") {
  server->changed();
  settle();
  CHECK(host.looks == 0);
}

TEST_CASE_METHOD(Harness,
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

TEST_CASE_METHOD(Harness, "a watcher sees each change until it hangs up", "[control]") {
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

TEST_CASE_METHOD(Harness, "a watcher who does not read gets the newest when it reads again",
                 "[control]") {
  Client client = ask(request("watch"));
  settle();
  host.now.status_text = std::string(900, 'x');
  for (int i = 0; i < 5'000; ++i) {
    host.now.starts = i;
    server->changed();
    turn();
  }
  until([&] {
    client.take();
    return client.got.find(R"("starts":4999)") != std::string::npos;
  });
  const auto lines = std::count(client.got.begin(), client.got.end(), '\n');
  CHECK(lines < 5'000);  // those between were left out
  // None is torn.
  for (std::size_t at = 0; at < client.got.size();) {
    const std::size_t end = client.got.find('\n', at);
    if (end == std::string::npos) break;
    CHECK(parse_json(std::string_view(client.got).substr(at, end - at)));
    at = end + 1;
  }
}

TEST_CASE_METHOD(Harness, "root commands, and its outcome is the answer", "[control]") {
  if (::geteuid() != 0) return;
  CHECK_THAT(answer_to(ask(request("reload"))), has_text(R"("done":"reload")"));
  CHECK_THAT(answer_to(ask(request("signal", R"(,"signal":10)"))),
             has_text(R"("done":"signal 10")"));
  host.refusal = "nothing runs";
  for (const char* command : {"stop", "restart", "reload"})
    CHECK_THAT(answer_to(ask(request(command))), has_text(R"("error":"nothing runs")"));
  CHECK(host.told == std::vector<std::string>{"reload", "signal 10"});
}

TEST_CASE_METHOD(Harness, "a restart is over when the service is ready once more", "[control]") {
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

TEST_CASE_METHOD(Harness, "at the end everybody is told, and who gave a command may leave first",
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

TEST_CASE_METHOD(Harness, "a stranger may look and not touch", "[control]") {
  if (::geteuid() != 0) return;
  ::chmod(scratch.path("").c_str(), 0755);
  std::vector<Client> clients;
  // The bare call changes this thread only, for as long as it takes to connect.
  REQUIRE(::syscall(SYS_setresuid, -1, kStranger, -1) == 0);
  for (const char* word : {"status", "stop", "restart", "reload"})
    clients.push_back(ask(request(word)));
  clients.push_back(ask(request("signal", R"(,"signal":9)")));
  ::syscall(SYS_setresuid, -1, 0, -1);
  CHECK_THAT(answer_to(std::move(clients[0])), has_text(R"("status":)"));
  CHECK_THAT(answer_to(std::move(clients[1])), has_text("only root may stop; you are user 65534"));
  for (std::size_t i = 2; i < clients.size(); ++i)
    CHECK_THAT(answer_to(std::move(clients[i])), has_text("only root may "));
  CHECK(host.told.empty());
}

TEST_CASE_METHOD(Harness, "rubbish is refused, in whatever pieces it comes", "[control]") {
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

TEST_CASE_METHOD(Harness, "who asks nothing is not waited for", "[control]") {
  CHECK_THAT(answer_to(connect()), has_text("no request has come within 2000 ms"));
}

TEST_CASE_METHOD(Harness, "who goes on talking while it waits is cut off", "[control]") {
  Client client = ask(kWait);
  settle();
  client.say("more\n");
  CHECK(answer_to(std::move(client)).empty());
}

TEST_CASE_METHOD(Harness, "silent clients make way for those who ask", "[control]") {
  std::list<Client> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(connect());
    turn();
  }
  CHECK_THAT(answer_to(ask(request("status"))), has_text(R"("status":)"));
}

TEST_CASE_METHOD(Harness, "those who wait leave room for those who do not", "[control]") {
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

TEST_CASE_METHOD(Harness, "when all places are taken by those who stay, a newcomer is told",
                 "[control]") {
  std::list<Client> all;
  for (std::size_t i = 0; i < ControlServer::kClientsMost; ++i) {
    all.push_back(ask(i < ControlServer::kStayingMost ? kWait : request("stop")));
    settle();
  }
  CHECK_THAT(answer_to(connect()), has_text("too many clients at once"));
}

TEST_CASE_METHOD(Harness, "ten thousand questions leave nothing behind", "[control]") {
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

TEST_CASE_METHOD(Harness, "without a descriptor for them, clients wait until there is one",
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
