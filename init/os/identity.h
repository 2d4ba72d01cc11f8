// Who the service runs as, from /etc/passwd and /etc/group of the image. No NSS: its plugins
// belong to another libc than the one in a static binary.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace usher {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // the primary one included
  std::string name, home;     // empty where /etc/passwd does not know the number
};

struct IdentityResult {
  Identity identity;
  std::string problem;  // empty: found
};

// `user` is a name or a number, with a group's name or number after a colon where wanted. A number
// that /etc/passwd does not know has group 0, as with Docker. The files' places are parameters for
// tests.
IdentityResult find_identity(std::string_view user, const char* passwd = "/etc/passwd",
                             const char* group = "/etc/group");

}  // namespace usher
