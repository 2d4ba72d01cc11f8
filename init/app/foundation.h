// What every part of the App stands on.
#pragma once

#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "init/app/context.h"
#include "init/app/life_report.h"
#include "init/app/live_config.h"
#include "init/os/descendants.h"

namespace usher {

struct Foundation {
  // `refused` is told why the system does not let us begin, and does not return.
  Foundation(Config config, LoadRequest source, const Dialect& dialect,
             std::function<void(const std::string& why)> refused)
      : live(std::move(config), std::move(source)),
        log(live.now().log, live.now().service.name, host_name()),
        runtime(std::move(refused)),
        context{live.now(), log, runtime, dialect} {}

  // What a process below us leaves comes to us, also where we are not PID 1.
  void take_orphans() {
    if (::getpid() == 1 || !live.now().drop_in.subreaper) return;
    if (const int error = become_subreaper())
      log.warn("no_subreaper")
          .add("message", std::string("orphans will not come to us: ") + std::strerror(error));
  }

  LiveConfig live;
  Log log;
  Runtime runtime;
  Context context;
};

}  // namespace usher
