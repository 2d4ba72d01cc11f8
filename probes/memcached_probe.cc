// memcached: the server says its version.
#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

class MemcachedRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  std::string question() override { return "version\r\n"; }
  // Who is not let in for want of a password has met a server that works.
  std::optional<ProbeResult> judge(std::string_view received) override {
    const std::size_t end = received.find('\n');
    if (end == received.npos) return std::nullopt;
    const std::string_view line = trim(received.substr(0, end));
    if (line.starts_with("VERSION ") || line == "CLIENT_ERROR unauthenticated") return passed();
    return not_yet("it says " + in_quotes(line));
  }
};

constexpr std::string_view kSchemes[] = {"memcached", "memcacheds"};
constexpr ServerKind kKind({
    .name = "memcached",
    .schemes = kSchemes,
    .url_form = "memcached[s]://host[:port]",
    .secure = "memcacheds",
    .answer = "answer to version",
    .port = 11211,
    .make = make_server_run<MemcachedRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& memcached = kKind;
}

}  // namespace usher
