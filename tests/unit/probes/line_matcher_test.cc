#include "probes/line_matcher.h"

#include "tests/catch.h"

using namespace usher;

namespace {

LineProbe pattern(const std::string& ere) {
  LineProbe probe;
  probe.on_stdout = true;
  probe.pattern = ere;
  return probe;
}

LineProbe multiaddr(bool allow_loopback = false) {
  LineProbe probe;
  probe.on_stdout = probe.multiaddr = true;
  probe.allow_loopback = allow_loopback;
  return probe;
}

}  // namespace

TEST_CASE("a pattern is looked for anywhere in the line", "[line_matcher]") {
  const LineMatcher matcher(pattern("Ready to accept"));
  CHECK(matcher.match("7:M 24 Nov * Ready to accept connections") == "Ready to accept");
  CHECK_FALSE(matcher.match("ready to accept"));
  CHECK(LineMatcher(pattern("port ([0-9]+)")).match("on port 6379.") == "6379");
}

TEST_CASE("capital and small letters are the same where the probe says so", "[line_matcher]") {
  LineProbe probe = pattern("ready: ([a-z]+)");
  CHECK_FALSE(LineMatcher(probe).match("READY: Now"));
  CHECK(LineMatcher(probe).literal() == "ready: ");
  probe.ignore_case = true;
  CHECK(LineMatcher(probe).match("it is READY: Now") == "Now");
  CHECK(LineMatcher(probe).literal() == ": ");  // what may be searched for as it stands
}

TEST_CASE("colours do not count", "[line_matcher]") {
  CHECK(LineMatcher(pattern("^ready now$")).match("\x1b[1mready\x1b[0m now").has_value());
  CHECK(LineMatcher(multiaddr()).match("\x1b[36m/ip4/10.0.0.1/tcp/\x1b[1m7\x1b[0m") == "/ip4/10.0.0.1/tcp/7");
}

TEST_CASE("an address on loopback counts where it may", "[line_matcher]") {
  CHECK_FALSE(LineMatcher(multiaddr()).match("/ip4/127.0.0.1/tcp/7"));
  CHECK(LineMatcher(multiaddr(true)).match("/ip4/127.0.0.1/tcp/7").has_value());
}
