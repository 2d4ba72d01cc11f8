#include "init/net/resolver.h"

#include <unistd.h>

#include "tests/catch.h"
#include "tests/fake/dns_server.h"
#include "tests/loop_until.h"
#include "tests/open_descriptors.h"
#include "tests/scratch.h"

using namespace usher;
using namespace std::chrono_literals;

namespace {

using Answer = FakeDnsServer::Answer;

struct Harness {
  Loop loop;
  Scratch scratch;
  std::unique_ptr<FakeDnsServer> server;
  std::unique_ptr<Resolver> resolver;
  std::unique_ptr<Resolver::Request> request;
  int calls = 0;
  std::vector<std::string> addresses;
  std::string reason;

  // By default a machine that stalls is no server that is slow.
  explicit Harness(FakeDnsServer::Decide decide = {}, const std::string& hosts = "",
                   std::chrono::milliseconds patience = 10min) {
    if (decide) server = std::make_unique<FakeDnsServer>(loop, std::move(decide));
    Resolver::Sources sources;
    sources.hosts = scratch.write("hosts", hosts);
    sources.resolv_conf = scratch.write("resolv.conf", "search example.org\n");
    sources.servers = server ? server->address() : "127.0.0.1:1";
    if (server) sources.first_retry = 10min;
    sources.patience = patience;
    resolver = std::make_unique<Resolver>(loop, sources);
  }
  void ask(const std::string& host, std::chrono::milliseconds timeout = 60s) {
    calls = 0;
    addresses.clear();
    request =
        resolver->resolve(host, 80, timeout, [this](std::vector<Address> found, std::string why) {
          ++calls;
          for (const Address& one : found) addresses.push_back(one.text());
          reason = std::move(why);
          request.reset();
        });
    CHECK(calls == 0);
    REQUIRE(loop_until(loop, [this] { return calls > 0; }));
    CHECK(calls == 1);
    CHECK(addresses.empty() == !reason.empty());
  }
};

using Texts = std::vector<std::string>;

Answer both(const std::string&, int type) {
  return {false, 0, type == FakeDnsServer::kA ? "192.0.2.1" : "2001:db8::1"};
}

}  // namespace

TEST_CASE("literals and localhost need no server", "[resolver]") {
  Harness harness;
  const auto [host, expected] = GENERATE(table<std::string, Texts>({
      {"192.0.2.7", {"192.0.2.7"}},
      {"::1", {"::1"}},
      {"[2001:db8::2]", {"2001:db8::2"}},
      {"localhost", {"127.0.0.1", "::1"}},
      {"LocalHost.", {"127.0.0.1", "::1"}},
      {"echo.localhost", {"127.0.0.1", "::1"}},
  }));
  harness.ask(host);
  CHECK(harness.addresses == expected);
}

TEST_CASE("a name of the hosts file is not asked of a server", "[resolver]") {
  Harness harness(both,
                  "# redis 192.0.2.9\n"
                  "fd00::5\tredis redis.internal # the cache\r\n"
                  "192.0.2.5  other   REDIS\n"
                  "not-an-address redis\n"
                  "192.0.2.6 redis2");
  harness.ask("redis");
  CHECK(harness.addresses == Texts{"192.0.2.5", "fd00::5"});
  harness.ask("redis2");
  CHECK(harness.addresses == Texts{"192.0.2.6"});
  CHECK(harness.server->asked() == 0);
  harness.ask("cache");
  CHECK(harness.addresses == Texts{"192.0.2.1", "2001:db8::1"});
}

TEST_CASE("one of A and AAAA is enough, whatever the other does", "[resolver]") {
  const int good = GENERATE(FakeDnsServer::kA, FakeDnsServer::kAaaa);
  const Answer bad = GENERATE(Answer{false, 0, ""}, Answer{false, FakeDnsServer::kServfail, ""},
                              Answer{false, FakeDnsServer::kNxdomain, ""}, Answer{true, 0, ""});
  CAPTURE(good, bad.silent, bad.code);
  Harness harness(
      [&](const std::string& name, int type) { return type == good ? both(name, type) : bad; }, "",
      50ms);
  harness.ask("redis");
  CHECK(harness.addresses == Texts{good == FakeDnsServer::kA ? "192.0.2.1" : "2001:db8::1"});
}

TEST_CASE("a failure says in one sentence what is wrong", "[resolver]") {
  const auto [answer, why] = GENERATE(table<Answer, std::string>({
      {Answer{false, FakeDnsServer::kNxdomain, ""}, "no such name"},
      {Answer{false, FakeDnsServer::kServfail, ""}, "no DNS server can answer"},
      {Answer{false, FakeDnsServer::kRefused, ""}, "no DNS server can answer"},
      {Answer{false, 0, ""}, "the name has no address"},
  }));
  Harness harness([&](const std::string&, int) { return answer; });
  harness.ask("redis.");
  CHECK(harness.reason == "cannot resolve \"redis.\": " + why);
}

TEST_CASE("servers that are silent or not there are given up in time", "[resolver]") {
  Harness silent([](const std::string&, int) { return Answer{true, 0, ""}; });
  silent.ask("redis", 100ms);
  CHECK(silent.reason == "cannot resolve \"redis\": no answer from a DNS server in time");
  Harness nobody;
  nobody.ask("redis");
  CHECK_THAT(nobody.reason, has_text("DNS server"));
}

TEST_CASE("the search list of resolv.conf completes a short name", "[resolver]") {
  Harness harness([](const std::string& name, int type) {
    return name == "redis.example.org" ? both(name, type)
                                       : Answer{false, FakeDnsServer::kNxdomain, ""};
  });
  harness.ask("redis");
  CHECK(harness.addresses == Texts{"192.0.2.1", "2001:db8::1"});
}

TEST_CASE("a resolv.conf that is no file holds nobody up", "[resolver]") {
  Harness harness(both);
  const std::string file = harness.scratch.path("resolv.conf");
  REQUIRE(::unlink(file.c_str()) == 0);
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  harness.ask("redis.");
  CHECK(harness.addresses == Texts{"192.0.2.1", "2001:db8::1"});
}

TEST_CASE("a name is resolved anew each time", "[resolver]") {
  bool there = false;
  Harness harness([&](const std::string& name, int type) {
    return there ? both(name, type) : Answer{false, FakeDnsServer::kNxdomain, ""};
  });
  harness.ask("redis");
  CHECK(harness.addresses.empty());
  there = true;
  harness.ask("redis");
  CHECK(harness.addresses == Texts{"192.0.2.1", "2001:db8::1"});
  harness.scratch.write("hosts", "192.0.2.77 redis\n");
  harness.ask("redis");
  CHECK(harness.addresses == Texts{"192.0.2.77"});
}

TEST_CASE("names that DNS cannot hold are refused, not sent", "[resolver]") {
  Harness harness(both);
  harness.ask(GENERATE(std::string(""), std::string("a..b"), std::string(64, 'x') + ".org",
                       std::string(300, 'x')));
  CHECK(harness.addresses.empty());
  CHECK_THAT(harness.reason, has_text("cannot resolve"));
}

TEST_CASE("a cancelled request calls nobody and leaves no descriptor", "[resolver]") {
  Harness harness([](const std::string&, int) { return Answer{true, 0, ""}; });
  const std::size_t before = open_descriptors();
  bool called = false;
  auto request = harness.resolver->resolve(
      "redis", 80, 60s, [&](const std::vector<Address>&, const std::string&) { called = true; });
  REQUIRE(loop_until(harness.loop, [&] { return harness.server->asked() >= 2; }));
  CHECK(open_descriptors() > before);
  request.reset();
  uv_run(&harness.loop.uv(), UV_RUN_NOWAIT);
  CHECK(open_descriptors() == before);
  CHECK_FALSE(called);
}
