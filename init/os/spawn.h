// What a process is started with, and what becomes of that; init/os/pending_spawn.h starts it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "init/config/config.h"
#include "init/os/identity.h"
#include "init/os/signals.h"

namespace usher {

// The steps in the order in which they are taken: what needs privileges first, and what the
// service itself must be able to reach (its directory, its program) as the service's user.
enum class SpawnStage : std::uint8_t {
  fork,
  group,
  terminal,
  descriptors,
  limits,
  first_directory,
  bounds,
  groups,
  user,
  capabilities,
  workdir,
  no_new_privs,
  exec,
};

enum class NoNewPrivs : std::uint8_t {
  off,
  on,
  unless_wanted,  // on, unless the program gains some by being executed, or sudo or the like is in PATH
};

struct SpawnRequest {
  Argv argv;                             // argv[0] is looked up in PATH of `environment`
  std::vector<std::string> environment;  // NAME=value
  // Where usher was started, if it has left it since. As what is inherited, it needs no rights of the
  // service's user.
  std::string first_directory;
  std::string workdir;                   // empty: that, or ours
  std::optional<std::uint32_t> umask;
  NoNewPrivs no_new_privs = NoNewPrivs::off;
  std::optional<Capabilities> capabilities;  // all that the child keeps and can have
  const Identity* identity = nullptr;  // null: ours
  const std::vector<ResourceLimit>* limits = nullptr;
  InheritedSignals signals;
  // Descriptors to put at 0, 1 and 2; -1: those we have ourselves.
  int input = -1, output = -1, error = -1;
  // Others, each to be put at the second number, which is above 2 and no other's.
  std::vector<std::pair<int, int>> descriptors;
  // A terminal whose foreground the child's group takes; -1: none.
  int foreground_of = -1;
  // The descriptor of a terminal that becomes the controlling one of a new session; -1: the child
  // stays in our session, in a process group of its own.
  int controlling_terminal = -1;
  // A new session all the same, with stdin as its terminal where that is one and can be had.
  bool new_session = false;
  // What the kernel cannot execute, being a script that names no interpreter, is given to /bin/sh,
  // as execvp(3) does.
  bool shell_scripts = false;
};

struct SpawnResult {
  pid_t pid = -1;     // of the running child; -1: it did not come to that
  bool late = false;  // it has not said yet whether it executes its program
  pid_t unborn = -1;  // of the child that could not execute anything, to be reaped like all others
  SpawnStage stage = SpawnStage::exec;
  int error = 0;    // errno of the failed step
  std::string path;  // what was tried to execute last
};

// "cannot change to the working directory \"/app\": No such file or directory"
std::string describe(const SpawnResult& result, const SpawnRequest& request);

// Where the program would be looked for: itself if it has a slash, else below each part of PATH.
std::vector<std::string> candidates(std::string_view program,
                                    const std::vector<std::string>& environment);

}  // namespace usher
