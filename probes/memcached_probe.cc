// memcached: the server says its version.
#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

class MemcachedRun final : public ReplyProbe {
 public:
  MemcachedRun(ProbeContext& context, Endpoint endpoint, std::string target)
      : ReplyProbe(context, std::move(endpoint), std::move(target), "answer to version") {}

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

constexpr std::string_view kScheme = "memcached";
constexpr auto kKind = server_kind<kScheme, 11211, MemcachedRun>("memcached://host[:port]");

}  // namespace

namespace probe_kind {
const ProbeKind& memcached = kKind;
}

}  // namespace usher
