// What another init says and returns, where usher stands in for it (docs/drop-in.md): the App does the
// same work, and tells of it in the other's words.
#pragma once

#include <sys/types.h>

#include <string>

#include "init/lifecycle/policy.h"
#include "init/os/reaper.h"
#include "init/os/spawn.h"

namespace usher {

// Each text is written to stderr as it is; an empty one is not.
class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual std::string started(const SpawnRequest& request, pid_t pid) const = 0;
  virtual std::string not_started(const SpawnRequest& request, const SpawnResult& result) const = 0;
  // `sent` is what the service gets for it, 0 for nothing. SIGCHLD means that somebody ended.
  virtual std::string received(int signo, int sent) const = 0;
  // SIGHUP or SIGCONT, raised by handing over the terminal; the service does not get it.
  virtual std::string terminal_given(int signo) const = 0;
  virtual std::string reaped(const Ended& child, bool service) const = 0;
  virtual int exit_code(const Verdict& verdict) const = 0;
  // False: usher is usher, with its log, its socket and its files.
  virtual bool stands_in() const { return true; }
};

// Usher's own: all that it says is in the log.
class OwnDialect final : public Dialect {
 public:
  std::string started(const SpawnRequest&, pid_t) const override { return {}; }
  std::string not_started(const SpawnRequest&, const SpawnResult&) const override { return {}; }
  std::string received(int, int) const override { return {}; }
  std::string terminal_given(int) const override { return {}; }
  std::string reaped(const Ended&, bool) const override { return {}; }
  int exit_code(const Verdict& verdict) const override { return verdict.code; }
  bool stands_in() const override { return false; }
};

}  // namespace usher
