#include "init/app/status.h"

#include <csignal>

#include "tests/catch.h"

using namespace usher;

namespace {

struct Known {
  Config config;
  Life life;
  Verdict verdict;
  State state = State::ready;
  std::optional<AttemptView> attempt = AttemptView{17, "addr-1", "", ""};
  std::vector<CheckView> checks;
  std::vector<DependencyView> dependencies;

  Status status() const {
    Facts facts{state, life, verdict, config};
    facts.attempt = attempt;
    facts.checks = checks;
    facts.dependencies = dependencies;
    return status_of(facts);
  }
  std::string reason() const { return status().reason; }
};

CheckView check(const char* name, CheckStatus status, const char* reason = "") {
  CheckView view;
  view.name = name;
  view.status = status;
  view.reason = reason;
  return view;
}

}  // namespace

TEST_CASE("healthy is who is ready and passes every check", "[status]") {
  Known known;
  CHECK(known.status().healthy);
  CHECK(known.reason() == "ready");
  known.checks = {check("http", CheckStatus::passing)};
  CHECK(known.status().healthy);
  CHECK(known.reason() == "ready, 1 check passes");
  known.checks.push_back(check("disk", CheckStatus::unknown));
  CHECK_FALSE(known.status().healthy);
  CHECK(known.reason() == "disk: not known yet");
  known.checks.push_back(check("dns", CheckStatus::failing, "no such name"));
  CHECK(known.reason() == "dns: no such name");
  CHECK(known.status().ready);
  known.checks.clear();
  known.state = State::delaying;
  CHECK_FALSE(known.status().healthy);
  CHECK_FALSE(known.status().ready);
}

TEST_CASE("what is only watched takes no health, and is said", "[status]") {
  Known known;
  known.checks = {check("http", CheckStatus::passing), check("redis", CheckStatus::failing, "refused")};
  known.checks[1].level = CheckLevel::watch;
  CHECK(known.status().healthy);
  CHECK(known.status().alive);
  CHECK(known.reason() == "ready, 1 check passes; watched: redis: refused");
  known.checks[1].status = CheckStatus::unknown;
  CHECK(known.status().healthy);
  CHECK(known.reason() == "ready, 1 check passes");
}

TEST_CASE("the value is told while the service is ready, and of no other start", "[status]") {
  Known known;
  CHECK(known.status().ready_value == "addr-1");
  for (const State state : {State::starting, State::stopping, State::backoff, State::exited}) {
    known.state = state;
    CHECK(known.status().ready_value.empty());
  }
  known.state = State::ready;
  known.attempt.reset();
  CHECK(known.status().ready_value.empty());
  CHECK(known.status().pid == 0);
}

TEST_CASE("who waits or starts says what is missing", "[status]") {
  Known known;
  known.state = State::waiting;
  known.dependencies = {{"db", "tcp://db:1", true, ""}, {"redis", "tcp://redis:2", false, "refused"}};
  CHECK(known.reason() == "redis: refused");
  known.state = State::preparing;
  CHECK(known.reason() == "its pre_start hooks run");
  known.state = State::starting;
  CHECK(known.reason() == "it is being started");
  known.attempt->missing = "it has not notified of being ready";
  CHECK(known.reason() == "it has not notified of being ready");
}

TEST_CASE("who stops says what for", "[status]") {
  Known known;
  known.state = State::stopping;
  known.life.ready_limit_passed = true;
  known.attempt->missing = "no line";
  known.config.readiness.timeout = Millis{1'000};
  CHECK(known.reason() == "not ready within 1s, the limit of readiness.timeout: no line");
  known.life.restart = RestartCause::unhealthy;
  CHECK(known.reason() == "it is restarted, being unhealthy");
  known.life.restart = RestartCause::command;
  CHECK(known.reason() == "a restart was asked for");
  known.life.stop = StopRequest{StopCause::signal, SIGINT};
  CHECK(known.reason() == "SIGINT has come");
  known.life.stop->cause = StopCause::lifetime;
  CHECK(known.reason() == "lifecycle.timeout has passed");
  known.life.stop->cause = StopCause::unhealthy;
  CHECK(known.reason() == "it was unhealthy");
  known.life.stop->cause = StopCause::command;
  CHECK(known.reason() == "usher stop was called");
}

TEST_CASE("only what has ended is said to have ended", "[status]") {
  Known known;
  known.state = State::draining;
  known.life.exit = ServiceExit{3, 0};
  CHECK(known.reason() == "it has ended");
  known.life.exit.reset();
  known.life.spawn_failure = SpawnFailure{};
  CHECK(known.reason() == "it could not be started");
  known.life.hook_failed = true;
  CHECK(known.reason() == "a pre_start hook has failed");
  known.state = State::post_stop;
  known.life.dependency_failed = true;
  CHECK(known.reason() == "what it depends on was not there");
  known.state = State::exited;
  known.verdict = {false, 92, Reason::dependency};
  CHECK(known.reason() == "dependency, exit code 92");
}

TEST_CASE("a kubelet kills whom a check of that level says to be dead, and nobody who only lacks something",
          "[status]") {
  const auto [level, alive] = GENERATE(Catch::Generators::table<CheckLevel, bool>(
      {{CheckLevel::alive, false}, {CheckLevel::ready, true}, {CheckLevel::watch, true}}));
  Known known;
  known.checks = {check("http", CheckStatus::failing)};
  known.checks[0].level = level;
  CHECK(known.status().healthy == (level == CheckLevel::watch));
  known.state = State::unhealthy;
  CHECK(known.status().alive == alive);
  CHECK_FALSE(known.status().healthy);
  known.checks[0].status = CheckStatus::unknown;
  CHECK(known.status().alive);
  known.checks[0].status = CheckStatus::failing;  // of a start that is over
  for (const State state : {State::stopping, State::backoff, State::starting}) {
    known.state = state;
    CHECK(known.status().alive);
  }
  known.state = State::exited;
  CHECK_FALSE(known.status().alive);
}

TEST_CASE("a start is over once it was ready", "[status]") {
  Known known;
  known.state = State::starting;
  CHECK_FALSE(known.status().started);
  known.life.ready = true;
  known.state = State::unhealthy;
  CHECK(known.status().started);
}

TEST_CASE("what a start waits for is what its state says", "[status]") {
  Known known;
  known.dependencies = {{"redis", "tcp://redis:2", false, "refused"}};
  known.attempt->missing = "no line";
  known.state = State::flushing;  // a stop has overtaken it
  const Facts facts = [&] {
    Facts all{known.state, known.life, known.verdict, known.config};
    all.attempt = known.attempt;
    all.dependencies = known.dependencies;
    return all;
  }();
  CHECK(missing_for_start(State::waiting, facts) == "redis: refused");
  CHECK(missing_for_start(State::preparing, facts) == "its pre_start hooks run");
  CHECK(missing_for_start(State::starting, facts) == "no line");
  CHECK(missing_for_start(State::ready, facts).empty());
}

TEST_CASE("how a service ended tells a stop from a failure, and a job from others", "[status]") {
  Known known;
  known.state = State::exited;
  const auto ended = [&](int code, Reason reason) {
    known.verdict = {false, code, reason};
    return known.status().ended;
  };
  CHECK(ended(143, Reason::stopped) == "stopped");
  CHECK(ended(137, Reason::killed) == "stopped");
  CHECK(ended(0, Reason::exited) == "stopped");
  CHECK(ended(7, Reason::exited) == "failed");
  CHECK(ended(96, Reason::lifetime) == "failed");
  known.config.service.type = ServiceType::job;
  CHECK(ended(0, Reason::exited) == "done");
  CHECK(known.status().exit_code == 0);
  CHECK(ended(130, Reason::stopped) == "stopped");
  known.state = State::stopping;
  CHECK(known.status().ended.empty());
}
