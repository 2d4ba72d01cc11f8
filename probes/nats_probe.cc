// NATS: the server introduces itself with INFO and answers PING with PONG.
#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

class NatsRun final : public ReplyProbe {
 public:
  NatsRun(ProbeContext& context, Endpoint endpoint, std::string target)
      : ReplyProbe(context, std::move(endpoint), std::move(target), "answer to PING") {}

 private:
  std::string question() override {
    return "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"usher\",\"version\":\"" USHER_VERSION
           "\",\"protocol\":1}\r\nPING\r\n";
  }
  // Lines. Who is not let in for want of a password has met a server that works.
  std::optional<ProbeResult> judge(std::string_view received) override {
    for (bool first = true;; first = false) {
      const std::size_t end = received.find('\n');
      const std::string_view line = trim(received.substr(0, end));
      if (first && !std::string_view("INFO ").starts_with(line.substr(0, 5)))
        return not_yet("its answer is not NATS'");
      if (end == received.npos) return std::nullopt;
      received.remove_prefix(end + 1);
      if (first && line.find("\"ldm\":true") != line.npos) return not_yet("it is about to stop (lame duck mode)");
      if (line == "PONG" || line.starts_with("-ERR 'Authorization")) return passed();
      if (line.starts_with("-ERR")) return not_yet("it says " + in_quotes(trim(line.substr(4))));
    }
  }
};

constexpr std::string_view kScheme = "nats";
constexpr auto kKind = server_kind<kScheme, 4222, NatsRun>("nats://host[:port]");

}  // namespace

namespace probe_kind {
const ProbeKind& nats = kKind;
}

}  // namespace usher
