// The parts of the App that live on the event loop.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "init/app/alerting.h"
#include "init/app/app.h"
#include "init/app/notification.h"
#include "init/app/poller.h"
#include "init/app/reader_patience.h"
#include "init/app/resource_watch.h"
#include "init/net/resolver.h"
#include "init/os/children.h"

namespace usher {

struct App::World {
  World(App& app, std::unique_ptr<Loop> made)
      : own_loop(std::move(made)),
        loop(*own_loop),
        wake(loop, [&app] { app.on_tap(); }),
        limit(loop),
        step(loop),
        life(loop),
        readiness(loop),
        flush(loop),
        more(loop),
        end(loop),
        hooks(loop, app.log_),
        post_ready_hooks(loop, app.log_),
        resolver(loop),
        children([&app](SpawnRequest& request) {
          const bool refused = app.prepare(request, AbsentFiles::passed_over).has_value();
          return refused ? "its user or environment cannot be set up" : "";
        }),
        probe_context{loop, resolver, children, &app} {}

  std::unique_ptr<Loop> own_loop;  // goes last
  Loop& loop;
  WakeUp wake;
  Timer limit, step, life, readiness, flush, more, end;
  HookRunner hooks, post_ready_hooks;  // the latter run beside the ready service
  Resolver resolver;
  Children children;
  ProbeContext probe_context;
  std::unique_ptr<Poll> signals;
  std::unique_ptr<Dependencies> dependencies;
  // Conditions of readiness besides lines, in the order of the configuration.
  std::vector<std::unique_ptr<Poller>> readiness_polls;
  std::unique_ptr<HealthLoop> health;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<HttpPost> push;  // under way at the end
  unsigned unsaid_words = 0;       // that the end waits for
  std::unique_ptr<ResourceWatch> resources;  // once somebody has asked
  std::unique_ptr<Alerting> alerts;          // once something was wrong
  std::unique_ptr<Notification> notification;  // of the last start
  std::unique_ptr<Coordination> coordination;
  std::unique_ptr<Output> output;
  // Of earlier attempts, where a process that is not ours still holds the other end.
  std::vector<std::unique_ptr<Output>> unended;
  Millis readiness_pause{0};
  ReaderPatience patience;
  unsigned quiet_looks = 0;       // in a row, that found nothing on its way
};

}  // namespace usher
