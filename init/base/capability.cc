#include "init/base/capability.h"

#include <algorithm>
#include <iterator>

#include "init/base/text.h"

namespace usher {
namespace {

// By number, as of Linux 6.
constexpr std::string_view kNames[] = {
    "CHOWN",           "DAC_OVERRIDE",   "DAC_READ_SEARCH",  "FOWNER",        "FSETID",
    "KILL",            "SETGID",         "SETUID",           "SETPCAP",       "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN",        "NET_RAW",       "IPC_LOCK",
    "IPC_OWNER",       "SYS_MODULE",     "SYS_RAWIO",        "SYS_CHROOT",    "SYS_PTRACE",
    "SYS_PACCT",       "SYS_ADMIN",      "SYS_BOOT",         "SYS_NICE",      "SYS_RESOURCE",
    "SYS_TIME",        "SYS_TTY_CONFIG", "MKNOD",            "LEASE",         "AUDIT_WRITE",
    "AUDIT_CONTROL",   "SETFCAP",        "MAC_OVERRIDE",     "MAC_ADMIN",     "SYSLOG",
    "WAKE_ALARM",      "BLOCK_SUSPEND",  "AUDIT_READ",       "PERFMON",       "BPF",
    "CHECKPOINT_RESTORE",
};

}  // namespace

std::optional<int> parse_capability(std::string_view text) {
  const std::string upper = to_upper(text);
  std::string_view name = upper;
  if (name.starts_with("CAP_")) name.remove_prefix(4);
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return {};
  return static_cast<int>(found - std::begin(kNames));
}

std::string known_capabilities() {
  std::string all;
  for (const std::string_view name : kNames) all += (all.empty() ? "" : ", ") + std::string(name);
  return all;
}

}  // namespace usher
