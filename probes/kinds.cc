// The kinds of probe, in the order of the reference: one row each. The object of a row is all that
// there is to a kind, and is in probes/.
#define PROBE_KINDS(row) \
  row(stdout_lines)      \
  row(stderr_lines)      \
  row(redis)             \
  row(tcp)               \
  row(unix_socket)       \
  row(http)              \
  row(grpc)              \
  row(postgres)          \
  row(nats)              \
  row(memcached)         \
  row(mqtt)              \
  row(amqp)              \
  row(mysql)             \
  row(mongodb)           \
  row(kafka)             \
  row(libp2p)            \
  row(exec)              \
  row(file)              \
  row(process)           \
  row(notify)            \
  row(published)

#include <span>

#include "init/config/probe_kind.h"

namespace usher {
namespace probe_kind {
#define DECLARE(name) extern const ProbeKind& name;
PROBE_KINDS(DECLARE)
}  // namespace probe_kind

std::span<const ProbeKind* const> probe_kinds() {
#define ADDRESS(name) &probe_kind::name,
  static const ProbeKind* const all[] = {PROBE_KINDS(ADDRESS)};
  return all;
}

}  // namespace usher
