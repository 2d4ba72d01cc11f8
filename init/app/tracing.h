// What a trace of the life needs, where somebody asks for one.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "init/app/app.h"
#include "init/observe/otel_environment.h"
#include "init/observe/trace.h"
#include "init/observe/trace_sender.h"
#include "init/os/random.h"

namespace usher {

struct App::Tracing {
  Tracing(OtelSettings read, const Config& config, TraceContext context, Micros begin,
          Micros offset)
      : settings(std::move(read)),
        trace(config, std::move(context), random_number, begin),
        wall(offset) {}

  const OtelSettings settings;
  Trace trace;
  const Micros wall;  // Unix time when the monotonic clock read 0, by the clocks at the start
  bool failure_told = false;
  std::unique_ptr<TraceSender> sender;  // once there is a loop
};

}  // namespace usher
