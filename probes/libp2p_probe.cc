// libp2p: whether a peer that listens on TCP or a WebSocket negotiates protocols (multistream-select 1.0).
//
// That is all of a peer that can be seen in the clear: once one of its security protocols has been
// agreed on, everything else is encrypted.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "init/base/text.h"
#include "init/config/probe_rows.h"
#include "init/net/address.h"
#include "init/os/random.h"
#include "init/text/host_port.h"
#include "init/text/multiaddr.h"
#include "probes/kind.h"
#include "probes/talking_probe.h"

namespace usher {
namespace {

constexpr std::size_t kLongestProtocol = 1024;

struct Libp2pProbe {
  std::string host;
  std::uint16_t port = 0;
  bool websocket = false;
  std::vector<std::string> protocols;
  bool operator==(const Libp2pProbe&) const = default;
};

std::string target_text(const Libp2pProbe& config) {
  return "libp2p://" + host_and_port(config.host, config.port) + (config.websocket ? " by WebSocket" : "");
}

// One line of the negotiation: its length as a varint, the protocol, a newline.
std::string message(std::string_view line) {
  const std::size_t length = line.size() + 1;
  std::string text;
  if (length > 0x7f) text += static_cast<char>(0x80 | (length & 0x7f));
  text += static_cast<char>(length > 0x7f ? length >> 7 : length);
  return text.append(line) + '\n';
}

// Whether one of them begins with the other: more may come.
bool agree(std::string_view a, std::string_view b) {
  const std::size_t length = std::min(a.size(), b.size());
  return a.substr(0, length) == b.substr(0, length);
}

// A client has to mask what it sends. Nobody is between us who could be fooled by what it hides.
std::string frame(std::string_view payload) {
  constexpr char kFinalBinary = '\x82';
  const std::size_t length = payload.size();
  std::string text{kFinalBinary, static_cast<char>(0x80 | std::min<std::size_t>(length, 126))};
  if (length >= 126) text += {static_cast<char>(length >> 8), static_cast<char>(length)};
  const std::uint64_t mask = random_number();
  for (unsigned i = 0; i < 4; ++i) text += static_cast<char>(mask >> 8 * i);
  for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(payload[i] ^ static_cast<char>(mask >> 8 * (i % 4)));
  return text;
}

std::string upgrade_request(const Libp2pProbe& config) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string key;  // 16 bytes in base64
  for (int i = 0; i < 21; ++i) key += kDigits[random_number() >> 20 & 63];
  return "GET / HTTP/1.1\r\nHost: " + host_and_port(config.host, config.port) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key +
         "A==\r\n\r\n";
}

// What the frames of a WebSocket carry; `problem` is what makes them none.
std::string unwrap_frames(std::string_view rest, std::string& problem) {
  enum : unsigned { kContinuation = 0, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
  std::string plain;
  while (rest.size() >= 2) {
    const unsigned code = byte(0) & 0x7fu, size = byte(1);
    const bool data = code == kContinuation || code == kBinary;
    if (code == kClose) problem = "it has closed the WebSocket";
    // A mask is for clients alone, and so long a frame is no answer to us.
    else if (size > 126 || !(data || code == kPing || code == kPong)) problem = "its frames are no WebSocket's";
    if (!problem.empty() || (size == 126 && rest.size() < 4)) break;
    const std::size_t length = size < 126 ? size : std::size_t{byte(2)} << 8 | byte(3);
    rest.remove_prefix(size < 126 ? 2 : 4);
    if (data) plain += rest.substr(0, length);
    if (rest.size() < length) break;
    rest.remove_prefix(length);
  }
  return plain;
}

class Libp2pRun final : public TalkingProbe {
 public:
  Libp2pRun(const Libp2pProbe& config, ProbeContext& context)
      : TalkingProbe(context, {config.host, config.port, {}}, target_text(config), "answer to multistream-select"),
        config_(config) {}

 private:
  static constexpr std::string_view kHeader = "/multistream/1.0.0";
  static constexpr std::size_t kMost = 64 * 1024;  // of what is kept of its answer

  std::string open() override;
  std::optional<ProbeResult> hear(std::string_view bytes) override;
  std::optional<ProbeResult> judge_upgrade(std::string_view received);
  std::optional<ProbeResult> judge_negotiation(std::string_view received);
  void say(const std::string& text) { send(config_.websocket ? frame(text) : text); }

  const Libp2pProbe& config_;
  std::size_t asked_ = 0;  // protocols that it has agreed to, each on a connection of its own
  bool goes_on_ = false;
  bool upgraded_ = false, asking_ = false;
  std::string received_;  // on this connection; looked at again with each part
};

std::string Libp2pRun::open() {
  if (!std::exchange(goes_on_, false)) asked_ = 0;
  upgraded_ = asking_ = false;
  received_.clear();
  return config_.websocket ? upgrade_request(config_) : message(kHeader);
}

std::optional<ProbeResult> Libp2pRun::hear(std::string_view bytes) {
  received_ += bytes.substr(0, kMost - received_.size());
  // What is judged may ask anew, which empties what was received.
  const std::string received = received_;
  auto result = config_.websocket ? judge_upgrade(received) : judge_negotiation(received);
  if (result || received.size() < kMost) return result;
  return not_yet("it has sent " + std::to_string(kMost) + " bytes that make no answer");
}

// That the server knows what it has agreed to is seen by what its frames carry, not by a digest of our key.
std::optional<ProbeResult> Libp2pRun::judge_upgrade(std::string_view received) {
  constexpr std::string_view kBegin = "HTTP/1.1 ", kSwitching = "HTTP/1.1 101", kEnd = "\r\n\r\n";
  const std::size_t end = received.find(kEnd);
  const std::string_view line = received.substr(0, received.find("\r\n"));
  if (!agree(received, kBegin)) return not_yet("it speaks no HTTP, as a WebSocket begins with");
  if (line.size() < received.size() && !line.starts_with(kSwitching))
    return not_yet("it answers " + in_quotes(line) + " where a WebSocket begins");
  if (end == received.npos) return std::nullopt;
  if (!std::exchange(upgraded_, true)) say(message(kHeader));
  std::string problem;
  const std::string plain = unwrap_frames(received.substr(end + kEnd.size()), problem);
  if (auto result = judge_negotiation(plain)) return result;
  return problem.empty() ? std::nullopt : std::optional(not_yet(std::move(problem)));
}

std::optional<ProbeResult> Libp2pRun::judge_negotiation(std::string_view received) {
  const std::string header = message(kHeader), no = message("na");
  if (!agree(received, header))
    return not_yet("it does not speak /multistream/1.0.0, but says " + in_quotes(received));
  if (received.size() < header.size()) return std::nullopt;
  if (asked_ == config_.protocols.size()) return passed();
  const std::string& protocol = config_.protocols[asked_];
  const std::string yes = message(protocol);
  if (!std::exchange(asking_, true)) say(yes);
  received.remove_prefix(header.size());
  if (received.starts_with(no)) return not_yet("it does not offer " + in_quotes(protocol) + " in the clear");
  if (!agree(received, yes) && !agree(received, no))
    return not_yet("its answer to " + in_quotes(protocol) + " is not multistream's");
  if (received.size() < yes.size()) return std::nullopt;
  if (++asked_ == config_.protocols.size()) return passed();
  goes_on_ = true;
  ask_again();
  return std::nullopt;
}

// Empty, or why it cannot be dialled.
std::string take_multiaddr(std::string_view text, Libp2pProbe& probe) {
  enum : std::uint32_t { kTcp = 6, kDnsaddr = 56, kPeer = 421, kWs = 477 };
  const Multiaddr address = parse_multiaddr(text);
  const auto& parts = address.components;
  const auto code = [&](std::size_t i) { return i < parts.size() ? parts[i].protocol->code : 0; };
  if (address.error) return std::string(address.error->reason);
  const MultiaddrValue host = parts[0].protocol->value;
  const bool named = host == MultiaddrValue::ip4 || host == MultiaddrValue::ip6 ||
                     (host == MultiaddrValue::dns && code(0) != kDnsaddr);
  if (!named || code(1) != kTcp) return "only TCP and WebSockets over it are dialled";
  probe.host = parts[0].value;
  probe.port = static_cast<std::uint16_t>(parse_integer(parts[1].value).value_or(0));
  if (probe.port == 0) return "its port is 0";
  std::size_t end = 2;
  probe.websocket = code(end) == kWs;
  end += probe.websocket ? 1u : 0u;
  end += code(end) == kPeer ? 1u : 0u;
  return end == parts.size() ? "" : '/' + std::string(parts[end].protocol->name) + " is not spoken here";
}

void read_address(Site& site, Value& value, void* record) {
  std::string text;
  read(site, value, text);
  if (text.empty()) return;
  const std::string why = take_multiaddr(text, *static_cast<Libp2pProbe*>(record));
  if (!why.empty())
    site.problem(value, "expected a multiaddr such as \"/ip4/127.0.0.1/tcp/4001\" or \"/dns4/peer/tcp/80/ws\" (" + why +
                            "), got " + in_quotes(text));
}

std::string problem_of(const Libp2pProbe& probe, const Value&, bool) {
  for (const std::string& protocol : probe.protocols)
    if (protocol.size() > kLongestProtocol || protocol.find('\n') != protocol.npos)
      return "a protocol is one line of at most 1024 bytes, such as \"/noise\"";
  return {};
}

constexpr Key kKeys[] = {
    {.path = "address",
     .help = rows::kAddressHelp,
     .read = read_address,
     .alias = "${ready.value}",
     .needed = true},
    {.path = "protocols",
     .type = KeyType::texts,
     .fallback = "[]",
     .help = "Protocols that it has to offer before anything is encrypted, such as \"/noise\"; each is asked for on "
             "a connection of its own.",
     .read = into<&Libp2pProbe::protocols>},
};
constexpr std::string_view kSchemes[] = {"libp2p"};

std::string read_url(std::string_view, std::string_view rest, Libp2pProbe& probe) {
  if (!rest.starts_with("//")) return take_multiaddr(rest, probe);
  const auto [where, problem] = parse_host_port(rest.substr(2));
  probe.host = where.host;
  probe.port = where.port;
  return problem;
}

constexpr ProbeKindOf<Libp2pProbe> kKind({
    .name = "libp2p",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "libp2p:/ip4/ADDRESS/tcp/PORT",
    .problem = problem_of,
    .read_url = read_url,
    .target = target_text,
    .host = [](const Libp2pProbe& probe) { return probe.host; },
    .make = make_run<Libp2pRun, Libp2pProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& libp2p = kKind;
}

}  // namespace usher
