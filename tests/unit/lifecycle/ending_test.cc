#include "init/lifecycle/ending.h"

#include <csignal>

#include "tests/catch.h"

using namespace usher;

namespace {

struct Ended {
  Config config;
  Life life;
  LastSeen seen;

  // Of what the policy makes of it.
  std::string detail() const { return detail_of(judge(life, config), life, config, seen); }
};

Ended never_ready(ServiceExit exit) {
  Ended ended;
  ended.config.readiness.probes = {LineProbe{.on_stdout = true, .pattern = "up"}};
  ended.life.attempt = ended.life.attempts_total = 3;
  ended.life.exit = exit;
  ended.seen.missing = "no line";
  return ended;
}

Ended was_ready(ServiceExit exit) {
  Ended ended;
  ended.life.attempts_total = 1;
  ended.life.ready = ended.life.ever_ready = true;
  ended.life.exit = exit;
  return ended;
}

}  // namespace

TEST_CASE("who ended as it should, or as it was asked to, has nothing to explain", "[ending]") {
  CHECK(was_ready({0, 0}).detail().empty());
  Ended stopped = was_ready({0, SIGTERM});
  stopped.life.stop = StopRequest{StopCause::signal, SIGTERM};
  stopped.life.stop_was_first = true;
  CHECK(stopped.detail().empty());
  stopped.life.exit.reset();
  CHECK(stopped.detail().empty());
}

TEST_CASE("a crash says how, and why nothing follows", "[ending]") {
  CHECK(was_ready({7, 0}).detail() == "the service ended with code 7; restart.policy is never");
  CHECK(was_ready({0, SIGSEGV}).detail() == "the service was ended by SIGSEGV; restart.policy is never");
  Ended again = was_ready({7, 0});
  again.config.restart.policy = RestartPolicy::on_failure;
  again.config.restart.max = again.life.restarts_in_row = 2;
  CHECK(again.detail() == "the service ended with code 7; after 2 restarts, restart.max is used up");
}

TEST_CASE("who was never ready says what was missing, and how often it was tried", "[ending]") {
  CHECK(never_ready({3, 0}).detail() ==
        "the service ended with code 3 before it was ready: no line; 3 attempts, startup.retries is 3");
  CHECK(never_ready({0, 0}).detail() ==
        "the service ended with code 0 before it was ready, and service.type is not job: no line; 3 attempts, "
        "startup.retries is 3");
  CHECK(never_ready({0, SIGSEGV}).detail() ==
        "the service was ended by SIGSEGV before it was ready: no line; 3 attempts, startup.retries is 3");
  Ended final = never_ready({78, 0});
  final.life.attempt = 1;
  CHECK(final.detail() == "the service ended with code 78 before it was ready: no line; "
                          "startup.final_exit_codes has it, so no attempt follows");
  Ended late = never_ready({0, SIGTERM});
  late.life.ready_limit_passed = true;
  late.seen.line = "loading";
  CHECK(late.detail() == "not ready within 5m, the limit of readiness.timeout: no line; the last line is "
                         "\"loading\"; 3 attempts, startup.retries is 3");
}

TEST_CASE("a dependency is named with what was seen of it", "[ending]") {
  Ended ended;
  ended.config.dependencies.emplace_back().name = "redis";
  ended.life.dependency_failed = true;
  ended.seen.dependencies = {{"db", "tcp://db:1", true, {}, ""}, {"redis", "tcp://redis:2", false, {}, "refused"}};
  CHECK(ended.detail() == "dependency redis (tcp://redis:2) was not there within 5m, the limit of "
                          "dependency.timeout; last seen: refused");
  ended.life.dependency_misconfigured = true;
  CHECK(ended.detail() == "dependency redis (tcp://redis:2) cannot be there as it is configured: refused");
}

TEST_CASE("a check is named with what it has seen", "[ending]") {
  Ended ended = was_ready({0, SIGTERM});
  ended.seen.check = "http: refused, 3 times in a row";
  ended.life.stop = StopRequest{StopCause::unhealthy, SIGTERM};
  ended.life.stop_was_first = true;
  CHECK(ended.detail() == "check http: refused, 3 times in a row, the limit of health.failure_threshold; "
                          "health.on_failure is exit");
  ended.life.stop.reset();
  ended.life.restart = RestartCause::unhealthy;
  ended.life.restarts_in_row = 5;
  CHECK(ended.detail() == "check http: refused, 3 times in a row, the limit of health.failure_threshold; "
                          "health.on_failure is restart; after 5 restarts, restart.max is used up");
}

TEST_CASE("a limit is named that has passed", "[ending]") {
  Ended ended = was_ready({0, SIGTERM});
  ended.config.lifecycle.timeout = Millis{300};
  ended.life.stop = StopRequest{StopCause::lifetime, SIGTERM};
  ended.life.stop_was_first = true;
  CHECK(ended.detail() == "lifecycle.timeout of 300ms has passed");
  ended.seen.missing = "no line";
  CHECK(ended.detail() == "lifecycle.timeout of 300ms has passed; it was not ready: no line");
  ended.life.stop->cause = StopCause::signal;
  ended.life.forced = true;
  ended.seen.left = "sh (7)";
  CHECK(ended.detail() ==
        "it had to be killed 8s after the stop began, the limit of shutdown.timeout: sh (7)");
}

TEST_CASE("what never came to run says why", "[ending]") {
  Ended ended;
  ended.life.spawn_failure = SpawnFailure{SpawnFailure::Kind::not_found, "/no/such: not found"};
  CHECK(ended.detail() == "service.command cannot be started: /no/such: not found");
  ended.life.spawn_failure->kind = SpawnFailure::Kind::config;
  CHECK(ended.detail() == "the configuration cannot be used: /no/such: not found");
  ended.life.spawn_failure->kind = SpawnFailure::Kind::system;
  CHECK(ended.detail() == "the system refused to start it: /no/such: not found");
  ended.life.hook_failed = true;
  ended.seen.hook = "hooks.pre_start: /setup ended with code 3";
  CHECK(ended.detail() == "hooks.pre_start: /setup ended with code 3");
}

TEST_CASE("every failing end has words, on one line that is not too long", "[ending]") {
  for (int reason = 0; reason <= static_cast<int>(Reason::internal); ++reason) {
    const Verdict verdict{false, 1, static_cast<Reason>(reason)};
    CAPTURE(to_string(verdict.reason));
    CHECK(detail_of(verdict, {}, {}, {}).empty() == !is_failure(verdict));
    LastSeen seen;
    seen.check = seen.hook = seen.missing = seen.left = "a\nb" + std::string(5'000, '\xC3');
    const std::string text = detail_of(verdict, {}, {}, seen);
    CHECK(text.size() <= kDetailMost);
    CHECK(text.find('\n') == std::string::npos);
  }
}

TEST_CASE("a life of which nothing more is heard has a report that says how it was", "[ending]") {
  Report report;
  report.service = "web";
  LastHeard last{"ready", "2026-11-30T06:00:00.000Z", "2 checks pass"};
  last.check = "http failed: refused";
  last.memory_bytes = 61u << 20;
  last.memory_limit_bytes = 64u << 20;
  const std::string text = report_without_a_word(report, last, 3000);
  CHECK(text.starts_with(R"({"event":"report","format":1,"service":"web",)"));
  CHECK(text.find(R"("reason":"without_a_word","exit_code":137,"detail":"ended without a word, )") != text.npos);
  CHECK(text.find("last heard of at 1970-01-01T00:00:00.000Z: ready, memory 61 of 64 MiB; 2 checks pass; check http failed: refused") != text.npos);
  CHECK(text.find(R"("last_heard":{"state":"ready","since":"2026-11-30T06:00:00.000Z","reason":"2 checks pass",)"
                  R"("check":"http failed: refused","memory_bytes":63963136,"memory_limit_bytes":67108864})") != text.npos);
}

TEST_CASE("a report without a word keeps to its room", "[ending]") {
  Report report;
  for (int i = 0; i < 100; ++i) report.checks.push_back({"check number " + std::to_string(i), 5, 1});
  LastHeard last{"starting", "now", std::string(5000, 'r')};
  last.line = std::string(5000, '\x01') + std::string(5000, '"');
  const std::string text = report_without_a_word(report, last, 3000);
  CHECK(text.size() <= 3000);
  CHECK(text.find("ended without a word") != text.npos);
  CHECK(text.find("number 7") == text.npos);
}
