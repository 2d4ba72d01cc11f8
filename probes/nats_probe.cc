// NATS: the server introduces itself with INFO and answers PING with PONG.
#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

class NatsRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  static constexpr std::string_view kLogin =
      "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"usher\",\"version\":\"" USHER_VERSION
      "\",\"protocol\":1}\r\nPING\r\n";

  std::string question() override {
    asked_ = false;
    return {};
  }
  // The server speaks first, and says whether it wants TLS: then its clients speak it, too.
  std::optional<ProbeResult> greet(std::string_view info, std::string_view rest) {
    if (info.find("\"ldm\":true") != info.npos) return not_yet("it is about to stop (lame duck mode)");
    const bool wants = info.find("\"tls_required\":true") != info.npos;
    const bool offers = wants || info.find("\"tls_available\":true") != info.npos;
    if (has_to_upgrade() && !offers) return without_tls();
    asked_ = true;
    if (rest.starts_with("-ERR")) return std::nullopt;  // it says why it hangs up
    if (wants || has_to_upgrade()) return upgrade(rest, std::string(kLogin));
    send(kLogin);
    return std::nullopt;
  }
  // Lines. Who is not let in for want of a password has met a server that works.
  std::optional<ProbeResult> judge(std::string_view received) override {
    for (bool first = !is_secure();; first = false) {
      const std::size_t end = received.find('\n');
      const std::string_view line = trim(received.substr(0, end));
      if (first && !std::string_view("INFO ").starts_with(line.substr(0, 5)))
        return not_yet("its answer is not NATS'");
      if (end == received.npos) return std::nullopt;
      received.remove_prefix(end + 1);
      if (first && !asked_)
        if (auto result = greet(line, received); result || is_secure()) return result;
      const bool works = line == "PONG" || line.starts_with("-ERR 'Authorization");
      if (works && !has_to_upgrade()) return passed();
      if (line.starts_with("-ERR")) return not_yet("it says " + in_quotes(trim(line.substr(4))));
    }
  }

  bool asked_ = false;
};

constexpr std::string_view kSchemes[] = {"nats"};
constexpr ServerKind kKind({
    .name = "nats",
    .schemes = kSchemes,
    .url_form = "nats://host[:port][?tls=true]",
    .secure = "?tls=true",
    .answer = "answer to PING",
    .port = 4222,
    .upgrades = true,
    .make = make_server_run<NatsRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& nats = kKind;
}

}  // namespace usher
