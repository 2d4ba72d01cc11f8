// Lives to draw: a suite of three, as reports tell of them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "init/base/utc.h"
#include "init/timeline/life_record.h"

namespace usher {

inline PhaseSpan span_of(Phase phase, int begin_ms, int end_ms, std::string ended = {}) {
  return {phase,
          {},
          std::chrono::milliseconds(begin_ms),
          std::chrono::milliseconds(end_ms),
          std::move(ended)};
}

inline LifeRecord life_of(std::string service, int started_ms, std::vector<PhaseSpan> spans) {
  LifeRecord life;
  life.service = std::move(service);
  life.instance = "host";
  life.reason = "exited";
  life.attempts = 1;
  life.started = *parse_utc("2026-11-24T08:51:56.000Z") + std::chrono::milliseconds(started_ms);
  if (!spans.empty()) life.total = spans.back().end;
  life.spans = std::move(spans);
  return life;
}

inline std::vector<LifeRecord> suite() {
  using enum Phase;
  LifeRecord redis = life_of(
      "redis", 0,
      {span_of(starting, 0, 100), span_of(ready, 100, 7'900), span_of(stopping, 7'900, 8'000)});
  redis.reason = "stopped";
  redis.stopped_by = "SIGTERM";
  redis.checks = {{"ping", 3, 0}};
  LifeRecord echo = life_of(
      "js-echo-server", 20,
      {span_of(waiting, 0, 140), span_of(starting, 140, 900, "exit 1"),
       span_of(backoff, 900, 1'900), span_of(starting, 1'900, 2'600), span_of(ready, 2'600, 4'500),
       span_of(unhealthy, 4'500, 5'500), span_of(stopping, 5'500, 6'000, "SIGKILL")});
  echo.exit_code = 95;
  echo.reason = "unhealthy";
  echo.attempts = 2;
  echo.ready_value = "/ip4/10.0.0.7/tcp/4001";
  echo.dependencies = {{"redis", "redis://redis:6379", true, std::chrono::milliseconds(139), ""}};
  LifeRecord harness = life_of("py-test-harness", 10,
                               {span_of(waiting, 0, 2'700), span_of(starting, 2'700, 3'000),
                                span_of(ready, 3'000, 7'000, "exit 0")});
  harness.peak_memory_bytes = 48 << 20;
  harness.cpu_ms = 530;
  return {harness, echo, redis};
}

}  // namespace usher
