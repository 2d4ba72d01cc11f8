// Snapshots for tests.
#pragma once

#include "init/control/snapshot.h"

namespace usher {

inline CheckView check_view(std::string name, CheckStatus status, std::string reason = "") {
  CheckView check;
  check.name = std::move(name);
  check.kind = "tcp";
  check.target = "tcp://127.0.0.1:80";
  check.status = status;
  check.reason = std::move(reason);
  return check;
}

inline Snapshot snapshot_in(std::string state, bool healthy = false, std::string reason = "") {
  Snapshot s;
  s.service = "echo";
  s.instance = "host";
  s.state = std::move(state);
  s.since = "2026-11-24T08:51:56.902Z";
  s.ready = s.state == "ready" || s.state == "unhealthy";
  s.healthy = healthy;
  s.reason = std::move(reason);
  s.starts = s.attempt = 1;
  s.pid = 7;
  return s;
}

}  // namespace usher
