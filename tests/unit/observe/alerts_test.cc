#include "init/observe/alerts.h"

#include "tests/catch.h"

using namespace usher;
using namespace std::chrono_literals;
using Kind = AlertKind;

namespace {

// What is told, as text: "memory raised: seen".
struct Watch {
  AlertsConfig config;
  Alerts alerts{config};
  Alerts::Micros now{1h};
  std::string told;

  void add(const std::vector<Alerts::News>& news) {
    constexpr std::string_view kWhat[] = {"raised", "repeated", "cleared"};
    for (const Alerts::News& one : news) {
      told += (told.empty() ? "" : "; ") + std::string(to_string(one.kind)) + ' ';
      told += kWhat[static_cast<std::size_t>(one.what)];
      told += ": " + one.seen;
    }
  }
  void take(Kind kind, bool holds, std::string seen = "x") {
    add(alerts.take(kind, holds, std::move(seen), now));
  }
  // As whoever asks at each next() does.
  void pass(Alerts::Micros time) {
    const auto end = now + time;
    for (int looks = 0; alerts.next() && *alerts.next() <= end; ++looks) {
      REQUIRE(looks < 1000);
      now = std::max(now, *alerts.next());
      add(alerts.look(now));
    }
    now = end;
  }
  std::string taken() { return std::exchange(told, {}); }
};

}  // namespace

TEST_CASE("what has lasted long enough already is told at once, and its end", "[alerts]") {
  Watch watch;
  const auto kind = GENERATE(Kind::start_timeout, Kind::unhealthy, Kind::stop_timeout);
  const std::string name(to_string(kind));
  watch.take(kind, true, "bad");
  CHECK(watch.taken() == name + " raised: bad");
  CHECK(watch.alerts.active(kind));
  CHECK(watch.alerts.total(kind) == 1);
  watch.take(kind, true, "still bad");
  CHECK(watch.taken().empty());
  watch.take(kind, false, "good");
  CHECK(watch.taken() == name + " cleared: good");
  CHECK_FALSE(watch.alerts.active(kind));
  CHECK_FALSE(watch.alerts.next());
}

TEST_CASE("a use has to be over its share for a time without a break", "[alerts]") {
  Watch watch;
  watch.config.sustained = 60s;
  const auto kind = GENERATE(Kind::memory, Kind::cpu, Kind::descriptors);
  watch.take(kind, true);
  watch.pass(59s);
  watch.take(kind, false);
  watch.take(kind, true);
  watch.pass(59s);
  CHECK(watch.taken().empty());
  CHECK_FALSE(watch.alerts.active(kind));
  watch.take(kind, true, "the newest figure");
  watch.pass(1s);
  CHECK(watch.taken() == std::string(to_string(kind)) + " raised: the newest figure");
}

TEST_CASE("a server that is back before its time is no alert", "[alerts]") {
  Watch watch;
  watch.config.coordination = 30s;
  watch.take(Kind::coordination, true);
  watch.pass(29s);
  watch.take(Kind::coordination, false);
  watch.pass(1h);
  CHECK(watch.taken().empty());
  watch.take(Kind::coordination, true);
  watch.pass(30s);
  CHECK(watch.taken() == "coordination raised: x");
}

TEST_CASE("an alert that lasts is repeated, or not if that is not wanted", "[alerts]") {
  Watch watch;
  watch.config.repeat = 10min;
  watch.config.min_interval = 1s;
  watch.take(Kind::unhealthy, true);
  watch.pass(9min);
  CHECK(watch.taken() == "unhealthy raised: x");
  watch.pass(1min);
  CHECK(watch.taken() == "unhealthy repeated: x");
  watch.pass(10min);
  CHECK(watch.taken() == "unhealthy repeated: x");
  CHECK(watch.alerts.total(Kind::unhealthy) == 1);
  watch.config.repeat = 0s;
  CHECK_FALSE(watch.alerts.next());
  watch.pass(24h);
  CHECK(watch.taken().empty());
  watch.take(Kind::unhealthy, false, "well");
  CHECK(watch.taken() == "unhealthy cleared: well");
}

TEST_CASE("what comes and goes is told once in its interval, and counted each time", "[alerts]") {
  Watch watch;
  watch.config.min_interval = 60s;
  for (int i = 0; i < 100; ++i) {
    watch.take(Kind::unhealthy, true);
    watch.pass(100ms);
    watch.take(Kind::unhealthy, false, "well");
    watch.pass(100ms);
  }
  CHECK(watch.taken() == "unhealthy raised: x; unhealthy cleared: well");
  CHECK(watch.alerts.total(Kind::unhealthy) == 100);
  watch.take(Kind::unhealthy, true, "again");
  CHECK(watch.alerts.active(Kind::unhealthy));
  CHECK(watch.taken().empty());
  watch.pass(60s);
  CHECK(watch.taken() == "unhealthy raised: again");  // it lasts, so it is told after all
}

TEST_CASE("alerts do not hold each other up", "[alerts]") {
  Watch watch;
  watch.take(Kind::start_timeout, true);
  watch.take(Kind::stop_timeout, true);
  CHECK(watch.taken() == "start_timeout raised: x; stop_timeout raised: x");
  watch.take(Kind::stop_timeout, false);
  CHECK(watch.taken() == "stop_timeout cleared: x");
  CHECK(watch.alerts.active(Kind::start_timeout));
}

TEST_CASE("the time since when it is so is told", "[alerts]") {
  Watch watch;
  watch.config.sustained = 60s;
  const auto begun = watch.now;
  CHECK(watch.alerts.take(Kind::memory, true, "", watch.now).empty());
  CHECK(watch.alerts.look(begun + 60s).at(0).since == begun);
}

TEST_CASE("a use is over when it reaches its share of the limit", "[alerts]") {
  constexpr std::uint64_t kMiB = 1 << 20;
  const UseFact full = memory_fact(480 * kMiB, 512 * kMiB, 0.9);
  CHECK(full.over);
  CHECK(full.seen == "480 MiB in use, 94 % of the limit of 512 MiB, at or over 90 %");
  const UseFact fine = memory_fact(100 * kMiB, 512 * kMiB, 0.9);
  CHECK_FALSE(fine.over);
  CHECK(fine.seen == "100 MiB in use, 20 % of the limit of 512 MiB, below 90 %");
  CHECK(cpu_fact(1.5, 1.5, 1.0).over);
  CHECK(cpu_fact(1.4567, 1.5, 0.5).seen ==
        "1.46 CPUs in use, 97 % of the limit of 1.5 CPUs, at or over 50 %");
  CHECK(descriptors_fact(900, 1000, 0.9).seen ==
        "900 descriptors open in the main process, 90 % of the limit of 1000 descriptors, at or over 90 %");
}

TEST_CASE("nothing is over a limit that is not known, or not asked about", "[alerts]") {
  CHECK_FALSE(memory_fact(100, std::nullopt, 0.5).over);
  CHECK_FALSE(memory_fact(std::nullopt, 100, 0.5).over);
  CHECK_FALSE(memory_fact(100, 100, 0).over);
  CHECK_FALSE(memory_fact(100, 0, 0.5).over);
  CHECK_FALSE(cpu_fact(std::nullopt, 1.0, 0.5).over);
  CHECK_FALSE(descriptors_fact(5, std::nullopt, 0.5).over);
}
