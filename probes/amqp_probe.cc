// AMQP 0-9-1, as RabbitMQ speaks it: the server answers the protocol's header with Connection.Start.
#include "probes/server_kind.h"

namespace usher {
namespace {

class AmqpRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  std::string question() override { return std::string("AMQP\0\0\x09\x01", 8); }
  // A frame: type (1: a method), channel (2 bytes), size (4), and in it class and method. A server
  // that does not speak this version answers with the header of one that it does.
  std::optional<ProbeResult> judge(std::string_view received) override {
    constexpr std::string_view kMethod("\1\0\0", 3), kStart("\0\x0a\0\x0a", 4), kHeader = "AMQP";
    constexpr std::size_t kSize = 7, kWhole = kSize + kStart.size();
    if (kHeader.starts_with(received.substr(0, 4))) {
      if (received.size() < 8) return std::nullopt;
      std::string version;
      for (const char part : received.substr(5, 3))
        version += (version.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(part));
      return not_yet("it wants to speak version " + version + " of AMQP, not 0.9.1");
    }
    if (!kMethod.starts_with(received.substr(0, 3))) return not_yet("its answer is not AMQP's");
    if (received.size() < kWhole) return std::nullopt;
    return received.substr(kSize, 4) == kStart ? passed() : not_yet("its answer is not Connection.Start");
  }
};

constexpr std::string_view kSchemes[] = {"amqp", "amqps"};
constexpr ServerKind kKind({
    .name = "amqp",
    .schemes = kSchemes,
    .url_form = "amqp[s]://host[:port]",
    .secure = "amqps",
    .answer = "Connection.Start",
    .port = 5672,
    .tls_port = 5671,
    .make = make_server_run<AmqpRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& amqp = kKind;
}

}  // namespace usher
