// MQTT: the broker answers CONNECT with CONNACK. Whatever its code, a broker that refuses us works.
#include "probes/server_kind.h"

namespace usher {
namespace {

class MqttRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  // MQTT 3.1.1: a session of its own without a name, which is gone with the connection.
  std::string question() override {
    constexpr std::string_view kConnect("\x10\x0c\0\4MQTT\x04\x02\0\x3c\0\0", 14);
    return std::string(kConnect);
  }
  std::optional<ProbeResult> judge(std::string_view received) override {
    constexpr std::string_view kConnack("\x20\x02", 2), kDisconnect("\xe0\0", 2);
    constexpr std::size_t kWhole = 4;
    if (!kConnack.starts_with(received.substr(0, 2))) return not_yet("its answer is not MQTT's");
    if (received.size() < kWhole) return std::nullopt;
    if (received[3] == 0) send(kDisconnect);
    return passed();
  }
};

constexpr std::string_view kSchemes[] = {"mqtt", "mqtts"};
constexpr ServerKind kKind({
    .name = "mqtt",
    .schemes = kSchemes,
    .url_form = "mqtt[s]://host[:port]",
    .secure = "mqtts",
    .answer = "answer to CONNECT",
    .port = 1883,
    .tls_port = 8883,
    .make = make_server_run<MqttRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& mqtt = kKind;
}

}  // namespace usher
