#include "init/base/resource.h"

#include <sys/resource.h>

namespace usher {

std::span<const Resource> resources() {
  static constexpr Resource kResources[] = {
      {"as", RLIMIT_AS, true},
      {"core", RLIMIT_CORE, true},
      {"cpu", RLIMIT_CPU, false},
      {"data", RLIMIT_DATA, true},
      {"fsize", RLIMIT_FSIZE, true},
      {"locks", RLIMIT_LOCKS, false},
      {"memlock", RLIMIT_MEMLOCK, true},
      {"msgqueue", RLIMIT_MSGQUEUE, true},
      {"nice", RLIMIT_NICE, false},
      {"nofile", RLIMIT_NOFILE, false},
      {"nproc", RLIMIT_NPROC, false},
      {"rss", RLIMIT_RSS, true},
      {"rtprio", RLIMIT_RTPRIO, false},
      {"rttime", RLIMIT_RTTIME, false},
      {"sigpending", RLIMIT_SIGPENDING, false},
      {"stack", RLIMIT_STACK, true},
  };
  return kResources;
}

}  // namespace usher
