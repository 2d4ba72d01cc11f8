// What a child does between its making and its program: system calls and nothing else, since it may
// share our memory while we run on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "init/os/spawn.h"

namespace usher {

// Why a child ended without executing anything, as it says so itself.
struct ChildReport {
  SpawnStage stage = SpawnStage::group;
  int error = 0;
  std::uint32_t last_path = 0;  // of those tried
};

// All that the child reads; the few places that it writes to are its own.
struct ChildPlan {
  explicit ChildPlan(const SpawnRequest& wanted);
  ChildPlan(const ChildPlan&) = delete;
  ChildPlan& operator=(const ChildPlan&) = delete;

  SpawnRequest request;  // with identity and limits of its own
  std::vector<std::string> paths;
  std::vector<char*> argv, environment;
  std::vector<char*> shell_argv;  // "/bin/sh", room for the path, argv[1] ...; or empty
  char* listen_pid = nullptr;     // the digits of LISTEN_PID=, to be replaced by the child's own
  std::vector<std::string> gainers;  // where sudo and the like would be
  std::vector<int> moved;         // room for one number for each of the other descriptors
  int report = -1;                // gets a ChildReport where it fails; closed by executing

 private:
  Identity identity_;
  std::vector<ResourceLimit> limits_;
};

// The child, with a ChildPlan. Does not return, but for the ways of clone(2).
int child_main(void* plan);

}  // namespace usher
