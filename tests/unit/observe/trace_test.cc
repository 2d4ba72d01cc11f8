#include "init/observe/trace.h"

#include <algorithm>
#include <csignal>

#include "tests/catch.h"

using namespace usher;
using Micros = Span::Micros;

namespace {

constexpr char kTrace[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kAbove[] = "b7ad6b7169203331";

// Takes transitions as the supervisor makes them; each takes a second.
struct Traced {
  Config config;
  TraceContext context{kTrace, kAbove, true, {}};
  std::uint64_t drawn = 0;
  Micros now{0};
  Life life;
  State state = State::waiting;
  std::optional<Trace> trace;
  std::vector<Span> spans;

  void begin() {
    trace.emplace(
        config, context, [this] { return ++drawn; }, now);
  }
  void post(Event on, std::string_view detail = {}) {
    now += std::chrono::seconds(1);
    const auto [to, act] = next(state, on);
    REQUIRE(act != Act::illegal);
    trace->take({std::exchange(state, to), on, to, act}, life, now, detail);
    collect();
  }
  void post_all(std::initializer_list<Event> events) {
    for (const Event event : events) post(event);
  }
  void end(Reason reason, int code) {
    trace->end({false, code, reason}, life, now);
    collect();
  }
  void collect() {
    for (Span& span : trace->take_ended()) spans.push_back(std::move(span));
  }
  const Span& span(const std::string& name) const {
    const auto named = [&](const Span& one) { return one.name == name; };
    REQUIRE(std::count_if(spans.begin(), spans.end(), named) == 1);
    return *std::find_if(spans.begin(), spans.end(), named);
  }
  std::string parent_of(const std::string& name) const {
    for (const Span& one : spans)
      if (one.id == span(name).parent) return one.name;
    return {};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Span& one : spans) all.push_back(one.name);
    return all;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(Traced, "a life is one trace, whose spans hang together", "[trace]") {
  config.readiness.probes.emplace_back(LineProbe{});
  begin();
  post(Event::satisfied);
  CHECK(trace->parent_of_processes() == "00-" + std::string(kTrace) + "-0000000000000002-01");
  post(Event::hooks_over);
  life.attempts_total = life.attempt = 1;
  trace->spawned(7);
  life.ready = life.ever_ready = true;
  post(Event::became_ready);
  post(Event::failing, "redis: refused");
  post(Event::recovered);
  life.stop = StopRequest{StopCause::signal, SIGTERM};
  life.stop_was_first = true;
  post_all({Event::stop, Event::step, Event::hooks_over, Event::stop});
  life.exit = ServiceExit{0, SIGTERM};
  post_all({Event::gone, Event::empty, Event::over, Event::hooks_over});
  end(Reason::stopped, 143);

  CHECK(names() == Names{"start", "unhealthy", "stop", "attempt", "life"});
  CHECK(span("life").parent == kAbove);
  CHECK(parent_of("attempt") == "life");
  for (const char* const name : {"start", "unhealthy", "stop"}) CHECK(parent_of(name) == "attempt");
  for (const Span& one : spans) {
    CAPTURE(one.name);
    CHECK(one.begin <= one.end);
    CHECK(one.id.size() == 16);
    CHECK(one.failed == (one.name == "unhealthy"));
  }
  CHECK(span("start").end - span("start").begin == std::chrono::seconds(1));
  CHECK(span("unhealthy").message == "redis: refused");
  Names moments;
  for (const Span::Moment& moment : span("stop").moments) moments.emplace_back(moment.name);
  CHECK(moments == Names{"delaying", "pre_stop", "stopping", "stop asked for again", "draining"});
  CHECK(span("stop").attributes.size() == 2);
  CHECK(std::get<std::string>(span("stop").attributes[1].second) == "SIGTERM");
  CHECK(std::get<std::int64_t>(span("attempt").attributes[0].second) == 7);
}

TEST_CASE_METHOD(Traced, "a life can move to the trace of others until something of it is sent", "[trace]") {
  constexpr char kShared[] = "11111111111111112222222222222222";
  const bool over = GENERATE(false, true);
  context.parent.clear();
  begin();
  post_all({Event::satisfied, Event::hooks_over});
  life.attempts_total = life.attempt = 1;
  const std::string before = trace->parent_of_processes();
  const auto finish = [&] {
    life.exit = ServiceExit{0, 0};
    now += std::chrono::seconds(1);
    for (const Event on : {Event::gone, Event::empty, Event::over, Event::hooks_over}) {
      const auto [to, act] = next(state, on);
      trace->take({std::exchange(state, to), on, to, act}, life, now);
    }
    trace->end({false, 0, Reason::exited}, life, now);
  };
  if (over) finish();
  CHECK(trace->any_ended() == over);
  trace->move_to(*parse_shared_trace(traceparent(kShared, kAbove)));
  CHECK(trace->context().trace == kShared);
  if (!over) CHECK(trace->parent_of_processes() == traceparent(kShared, before.substr(36, 16)));
  if (!over) finish();
  collect();
  CHECK(span("life").parent == kAbove);
  CHECK(parent_of("attempt") == "life");
  // What the service was told before.
  CHECK(span("attempt").process_trace == kTrace);
  CHECK(span("life").process_trace.empty());
}

TEST_CASE("what instances keep for each other is an id, or what names a span above", "[trace]") {
  CHECK(parse_shared_trace(kTrace)->trace == kTrace);
  CHECK(parse_shared_trace(kTrace)->parent.empty());
  CHECK(parse_shared_trace(traceparent(kTrace, kAbove))->parent == kAbove);
  for (const char* const text : {"", "odd", "00000000000000000000000000000000",
                                 "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"})
    CHECK_FALSE(parse_shared_trace(text));
}

TEST_CASE_METHOD(Traced, "what was waited for hangs below the wait", "[trace]") {
  const bool failed = GENERATE(false, true);
  config.dependencies.resize(2);
  begin();
  now = std::chrono::seconds(5);
  trace->waited_for({{"a", "tcp://a:1", "", true, std::chrono::seconds(2)},
                     {"b", "tcp://b:1", "refused", !failed, std::chrono::seconds(4)}},
                    now);
  life.dependency_failed = failed;
  post(failed ? Event::over : Event::satisfied);
  CHECK(parent_of("dependency a") == "wait");
  CHECK(span("dependency a").end == std::chrono::seconds(2));
  CHECK(span("dependency b").end == std::chrono::seconds(failed ? 5 : 4));
  CHECK_FALSE(span("dependency a").failed);
  CHECK(span("dependency b").failed == failed);
  CHECK(span("dependency b").message == (failed ? "refused" : ""));
  CHECK(span("wait").failed == failed);
}

TEST_CASE_METHOD(Traced, "each attempt is a span, with a pause between", "[trace]") {
  config.readiness.probes.emplace_back(LineProbe{});
  config.startup.retries = 2;
  begin();
  post_all({Event::satisfied, Event::hooks_over});
  life.attempts_total = life.attempt = 1;
  const std::string first = trace->parent_of_processes();
  life.ready_limit_passed = true;
  post(Event::limit, "no line");
  life.exit = ServiceExit{0, SIGTERM};
  post_all({Event::gone, Event::empty, Event::again});
  life.exit.reset();
  life.ready_limit_passed = false;
  post_all({Event::limit, Event::satisfied, Event::hooks_over});
  life.attempts_total = life.attempt = 2;
  CHECK(trace->parent_of_processes() != first);
  life.spawn_failure = SpawnFailure{SpawnFailure::Kind::not_found};
  post_all({Event::gone, Event::empty, Event::over, Event::hooks_over});
  end(Reason::exec_failed, 127);
  CHECK(names() ==
        Names{"start", "stop", "attempt", "backoff", "start", "drain", "attempt", "life"});
  CHECK(parent_of("backoff") == "life");
  CHECK(spans[0].message == "not ready in time: no line");
  CHECK(spans[2].message == "not_ready 93");
  CHECK(spans[4].message == "could not be started");
  CHECK(spans[6].message == "exec_failed 127");
  CHECK(span("life").message == "exec_failed 127");
}

TEST_CASE_METHOD(Traced, "hooks have spans where there are any", "[trace]") {
  config.hooks.pre_start.resize(1);
  config.hooks.post_stop.resize(1);
  begin();
  post(Event::satisfied);
  life.hook_failed = true;
  post_all({Event::hooks_failed, Event::empty, Event::over, Event::hooks_over});
  end(Reason::hook_failed, 98);
  CHECK(names() == Names{"pre_start", "drain", "attempt", "post_stop", "life"});
  CHECK(span("pre_start").failed);
  CHECK(parent_of("pre_start") == "attempt");
  CHECK(parent_of("post_stop") == "life");
}

TEST_CASE_METHOD(Traced, "an end is a failure or it is not", "[trace]") {
  const auto [reason, code, failed] = GENERATE(table<Reason, int, bool>({
      {Reason::exited, 0, false},
      {Reason::exited, 1, true},
      {Reason::stopped, 143, false},
      {Reason::stopped_before_start, 143, false},
      {Reason::signaled, 139, true},
      {Reason::killed, 137, true},
      {Reason::dependency, 92, true},
      {Reason::lifetime, 96, true},
  }));
  begin();
  life.stop = StopRequest{};
  post(Event::stop);
  end(reason, code);
  CHECK(span("life").failed == failed);
  end(reason, code);
  CHECK(spans.size() == 1);
  CHECK(trace->parent_of_processes() == "00-" + std::string(kTrace) + "-0000000000000001-01");
}

TEST_CASE("a TRACEPARENT is taken as the standard says", "[trace]") {
  const std::string ids = std::string(kTrace) + '-' + kAbove;
  const auto [text, good, sampled] = GENERATE_COPY(table<std::string, bool, bool>({
      {"00-" + ids + "-01", true, true},
      {"00-" + ids + "-00", true, false},
      {"00-" + ids + "-fe", true, false},
      {"cc-" + ids + "-01-more", true, true},
      {"00-" + ids + "-01-more", false, false},
      {"ff-" + ids + "-01", false, false},
      {"00-" + ids + "-0x", false, false},
      {"00-" + ids, false, false},
      {"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", false, false},
      {"00-00000000000000000000000000000000-b7ad6b7169203331-01", false, false},
      {"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false, false},
      {"", false, false},
  }));
  CAPTURE(text);
  const auto context = parse_traceparent(text);
  REQUIRE(context.has_value() == good);
  if (!good) return;
  CHECK(context->trace == kTrace);
  CHECK(context->parent == kAbove);
  CHECK(context->sampled == sampled);
}
