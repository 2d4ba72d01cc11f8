#include "init/os/privileges.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace usher {
namespace {

struct Sets {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct halves[2] = {};

  bool get() noexcept { return ::syscall(SYS_capget, &head, halves) == 0; }
  bool set() noexcept { return ::syscall(SYS_capset, &head, halves) == 0; }
};

Capabilities bits(std::initializer_list<int> numbers) {
  Capabilities all = 0;
  for (const int number : numbers) all |= capability_bit(number);
  return all;
}

}  // namespace

// To signal a service's processes and look at them whoever they are, to reach what the configuration
// names, and pipes of the full size.
Capabilities needed_by(const Config& config) {
  Capabilities needed = bits({CAP_KILL, CAP_SYS_PTRACE, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER,
                              CAP_SYS_RESOURCE});
  if (!config.service.user.empty()) needed |= bits({CAP_SETUID, CAP_SETGID, CAP_CHOWN});
  if (config.service.capabilities) needed |= bits({CAP_SETPCAP});
  if (!config.metrics.listen.empty()) needed |= bits({CAP_NET_BIND_SERVICE});
  return needed;
}

void use_only(Capabilities needed) noexcept {
  static const Sets given = [] {
    Sets sets;
    if (!sets.get()) sets.head.version = 0;
    return sets;
  }();
  if (given.head.version == 0) return;
  Sets sets;
  if (!sets.get()) return;
  for (const int half : {0, 1})
    sets.halves[half].effective = given.halves[half].effective & static_cast<std::uint32_t>(needed >> (32 * half));
  sets.set();
}

}  // namespace usher
