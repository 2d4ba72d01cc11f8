#include "init/net/tls_handover.h"
#include "init/net/tls_hint.h"
#include "init/net/tls_request.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <optional>

#include "tests/catch.h"
#include "tests/loop_until.h"

namespace usher {
namespace {

TlsRequest request_to(std::string host) {
  TlsRequest request;
  request.host = std::move(host);
  return request;
}

// A helper that says what it is told to, from inside this process.
struct FakeHelper final : Launcher {
  SpawnResult launch(const Argv&, int, std::string&, std::function<void(const Ended&)>) override { return {}; }
  SpawnResult launch_own(const Argv& arguments, int channel, std::string& why) override {
    SpawnResult result;
    CHECK(arguments == Argv{kTlsHelper});
    why = refusal;
    if (!refusal.empty()) return result;
    theirs = Fd(::fcntl(channel, F_DUPFD_CLOEXEC, 3));
    result.pid = 4711;
    return result;
  }
  pid_t fork_off(int, const std::function<void(int)>&, std::function<void(const Ended&)>) override { return -1; }
  bool runs(pid_t) const override { return true; }
  void abandon(pid_t pid) override { abandoned = pid; }

  void say(std::string_view bytes) const {
    REQUIRE(::send(theirs.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  std::string heard() const {
    char bytes[4096];
    const ssize_t got = ::recv(theirs.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    return {bytes, got > 0 ? static_cast<std::size_t>(got) : 0};
  }

  std::string refusal;
  Fd theirs;
  pid_t abandoned = -1;
};

struct HandoverTest {
  std::string start() {
    return handover->start(connection, request_to("server"), [this](Fd fd, std::string reason) {
      plain = std::move(fd);
      why = std::move(reason);
    });
  }

  Loop loop;
  FakeHelper helper;
  Fd connection{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::optional<TlsHandover> handover{std::in_place, loop, helper};
  Fd plain;
  std::optional<std::string> why;
};

}  // namespace

TEST_CASE("a request comes out as it went in", "[tls]") {
  const TlsRequest request = GENERATE(
      TlsRequest{"server", {{}, {}, {}, {}, true}, {}, 0},
      TlsRequest{"::1", {"/ca", "/cert", "/key", "name", false}, "h2", 14});
  CHECK(decode_tls_request(encode(request)) == request);
  CHECK(request.name() == (request.settings.server_name.empty() ? "server" : "name"));
}

TEST_CASE("what is no request is none", "[tls]") {
  CHECK(encode(request_to(std::string("a\0b", 3))).empty());
  CHECK(encode(request_to(std::string(kMostTlsRequest, 'a'))).empty());
  const std::string good = encode(request_to("server"));
  CHECK(decode_tls_request(good));
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(decode_tls_request(good.substr(0, size)));
  CHECK_FALSE(decode_tls_request(good + '\0'));
  CHECK_FALSE(decode_tls_request(good.substr(0, good.size() - 2) + std::string("-1\0", 3)));
}

TEST_CASE("a place of the configuration comes before all others", "[tls]") {
  const TlsSettings all{"/ca", "/cert", "/key", "name", false};
  CHECK(TlsSettings().over(all) == all);
  const TlsSettings own{"/own", "/c", "/k", "n", true};
  CHECK(own.over(all) == own);
  CHECK(TlsSettings{{}, "/c", {}, {}, {}}.over(all).key.empty());  // never the key of another certificate
}

TEST_CASE("an alert is what a server that wants TLS answers", "[tls]") {
  CHECK(is_tls_alert("\x15\x03\x01"));
  CHECK_FALSE(is_tls_alert("\x15"));
  CHECK_FALSE(is_tls_alert("HTTP"));
  CHECK_FALSE(is_tls_alert(""));
}

TEST_CASE_METHOD(HandoverTest, "a good answer in pieces, and plain bytes behind it", "[tls]") {
  REQUIRE(start().empty());
  CHECK(decode_tls_request(helper.heard()));
  const std::string answer = encode_tls_answer(true, {});
  for (const char byte : answer) {
    CHECK_FALSE(why);
    helper.say({&byte, 1});
    if (&byte != &answer.back()) uv_run(&loop.uv(), UV_RUN_NOWAIT);
  }
  helper.say("plain");
  REQUIRE(loop_until(loop, [&] { return why.has_value(); }));
  CHECK(why->empty());
  char bytes[16];
  REQUIRE(plain);
  CHECK(::recv(plain.get(), bytes, sizeof bytes, 0) == 5);
  handover.reset();
  CHECK(helper.abandoned == -1);  // it goes on for us
}

TEST_CASE_METHOD(HandoverTest, "a bad answer says why", "[tls]") {
  const std::string reason = GENERATE(std::string("TLS: no"), std::string(4000, 'x'));
  REQUIRE(start().empty());
  helper.say(encode_tls_answer(false, reason));
  REQUIRE(loop_until(loop, [&] { return why.has_value(); }));
  CHECK(*why == reason);
  CHECK_FALSE(plain);
}

TEST_CASE_METHOD(HandoverTest, "a helper that ends is no connection", "[tls]") {
  const std::string before = GENERATE(std::string(), std::string("+"), std::string("-\0\5TL", 5));
  REQUIRE(start().empty());
  if (!before.empty()) helper.say(before);
  helper.theirs.reset();
  REQUIRE(loop_until(loop, [&] { return why.has_value(); }));
  CHECK(*why == "TLS: the process that speaks it has ended without a word");
  CHECK_FALSE(plain);
}

TEST_CASE_METHOD(HandoverTest, "who gives up a handshake ends its helper", "[tls]") {
  REQUIRE(start().empty());
  handover.reset();
  CHECK(helper.abandoned == 4711);
  CHECK_FALSE(why);
}

TEST_CASE_METHOD(HandoverTest, "what cannot begin says so at once", "[tls]") {
  helper.refusal = "no such file";
  CHECK_THAT(start(), has_text("no such file"));
  CHECK_FALSE(why);
}

}  // namespace usher
