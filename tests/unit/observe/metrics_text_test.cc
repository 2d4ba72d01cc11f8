#include "init/observe/metrics_text.h"

#include "tests/catch.h"

using namespace usher;

using Format = MetricsText::Format;
using Type = MetricsText::Type;

namespace {

std::string example(Format format) {
  MetricsText text(format, {{"service", "echo"}});
  text.family("usher_ready", Type::gauge, "Whether it is ready.");
  text.sample(std::uint64_t{1});
  text.family("usher_restarts", Type::counter, "Restarts.");
  text.sample(std::uint64_t{2});
  text.family("usher_phase_seconds", Type::counter, "Time in each phase.", "seconds");
  text.sample(0.25, {{"phase", "waiting"}});
  const double bounds[] = {0.01, 1};
  const std::uint64_t counts[] = {3, 0, 1};
  text.histogram_family("usher_check_duration_seconds", "How long.", "seconds");
  text.histogram(bounds, counts, 2.5, {{"check", "redis"}});
  return text.finish();
}

}  // namespace

TEST_CASE("OpenMetrics has units, an end, and families of counters without total", "[metrics]") {
  CHECK(example(Format::openmetrics) ==
        "# TYPE usher_ready gauge\n"
        "# HELP usher_ready Whether it is ready.\n"
        "usher_ready{service=\"echo\"} 1\n"
        "# TYPE usher_restarts counter\n"
        "# HELP usher_restarts Restarts.\n"
        "usher_restarts_total{service=\"echo\"} 2\n"
        "# TYPE usher_phase_seconds counter\n"
        "# UNIT usher_phase_seconds seconds\n"
        "# HELP usher_phase_seconds Time in each phase.\n"
        "usher_phase_seconds_total{service=\"echo\",phase=\"waiting\"} 0.25\n"
        "# TYPE usher_check_duration_seconds histogram\n"
        "# UNIT usher_check_duration_seconds seconds\n"
        "# HELP usher_check_duration_seconds How long.\n"
        "usher_check_duration_seconds_bucket{service=\"echo\",check=\"redis\",le=\"0.01\"} 3\n"
        "usher_check_duration_seconds_bucket{service=\"echo\",check=\"redis\",le=\"1\"} 3\n"
        "usher_check_duration_seconds_bucket{service=\"echo\",check=\"redis\",le=\"+Inf\"} 4\n"
        "usher_check_duration_seconds_sum{service=\"echo\",check=\"redis\"} 2.5\n"
        "usher_check_duration_seconds_count{service=\"echo\",check=\"redis\"} 4\n"
        "# EOF\n");
}

TEST_CASE("the older format names a counter's family as its samples", "[metrics]") {
  const std::string text = example(Format::plain);
  CHECK_THAT(text, has_text("# TYPE usher_restarts_total counter\n"));
  CHECK(text.find("# UNIT") == std::string::npos);
  CHECK(text.find("# EOF") == std::string::npos);
}

TEST_CASE("what a label holds cannot become syntax", "[metrics]") {
  MetricsText text(Format::plain, {{"service", "a\"b\\c\nd"}});
  text.family("x", Type::gauge, "X.");
  text.sample(1.5);
  CHECK_THAT(text.finish(), has_text("x{service=\"a\\\"b\\\\c\\nd\"} 1.5\n"));
}
