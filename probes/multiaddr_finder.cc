#include "probes/multiaddr_finder.h"
#include "probes/pattern.h"
namespace usher {
std::optional<std::string> find_multiaddr(std::string_view line, bool) {
  return Pattern::compile("/ip4/[0-9.]+/tcp/[1-9][0-9]*[^ ]*")->find(line);
}
}
