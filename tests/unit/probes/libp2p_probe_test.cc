// Peers as they answer, in pieces of any size, and what is none.
#include "init/cli/wait_target.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

std::string line(const std::string& text) { return static_cast<char>(text.size() + 1) + text + '\n'; }

// What a server sends in one frame.
std::string framed(const std::string& payload, char kind = '\x82') {
  return std::string{kind, static_cast<char>(payload.size())} + payload;
}

const std::string kHeader = line("/multistream/1.0.0");
const std::string kSwitched = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

struct PeerWorld : NetWorld {
  // A peer that answers the bytes it is sent in the order of `answers`, on each connection anew.
  ProbeResult talk(std::vector<std::string> answers, std::size_t piece = 1000, const std::string& more = "",
                   const std::string& protocols = "") {
    const WaitTarget target = parse_wait_target("{ type = 'libp2p', address = '/dns4/server/tcp/" +
                                                std::to_string(server.port) + more + "', protocols = [" + protocols + "] }");
    CHECK(target.problem.empty());
    std::size_t next = 0;
    server.on_client = [&](FakeTcpServer::Client&) { next = 0; };
    server.on_bytes = [&, piece](FakeTcpServer::Client& client) {
      asked += client.received;
      client.received.clear();
      if (next == answers.size()) return client.hang_up();
      const std::string bytes = answers[next++];
      for (std::size_t at = 0; at < bytes.size(); at += piece) client.say(bytes.substr(at, piece));
    };
    const ProbeResult result = ask(target.probe);
    server.on_client = server.on_bytes = nullptr;
    return result;
  }
  std::string reason(std::vector<std::string> answers, const std::string& more = "", const std::string& protocols = "") {
    const ProbeResult result = talk(std::move(answers), 1000, more, protocols);
    CHECK(result.verdict == Verdict::not_yet);
    return result.reason;
  }
  std::string asked;
};

}  // namespace

TEST_CASE_METHOD(PeerWorld, "a peer that negotiates is there", "[libp2p_probe]") {
  const std::size_t piece = GENERATE(1u, 1000u);
  CHECK(talk({kHeader}, piece).verdict == Verdict::pass);
  CHECK(asked == kHeader);
  CHECK(talk({kHeader}, piece, "/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo").verdict == Verdict::pass);
}

TEST_CASE_METHOD(PeerWorld, "each protocol is asked for on a connection of its own", "[libp2p_probe]") {
  std::vector<std::string> answers{kHeader, line("/noise")};
  CHECK(talk(answers, 1000, "", "'/noise', '/noise'").verdict == Verdict::pass);
  CHECK(asked == kHeader + line("/noise") + kHeader + line("/noise"));
  CHECK(server.clients.size() == 2);
  CHECK(talk({kHeader, line("/tls/1.0.0")}, 1, "", "'/tls/1.0.0'").verdict == Verdict::pass);
  CHECK(reason({kHeader, line("na")}, "", "'/echo/1.0.0'") == "it does not offer \"/echo/1.0.0\" in the clear");
  CHECK(reason({kHeader, line("/tls/1.0.0")}, "", "'/noise'") == "its answer to \"/noise\" is not multistream's");
  const std::string closed = "no answer to multistream-select: the connection was closed";
  CHECK(reason({kHeader}, "", "'/noise'") == closed);
}

TEST_CASE_METHOD(PeerWorld, "what does not negotiate is no peer", "[libp2p_probe]") {
  CHECK(reason({"HTTP/1.1 400 Bad Request\r\n\r\n"}) ==
        "it does not speak /multistream/1.0.0, but says \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\"");
  CHECK(reason({line("/multistream/2.0.0")}).starts_with("it does not speak /multistream/1.0.0, but says "));
  CHECK(reason({line("na")}).starts_with("it does not speak /multistream/1.0.0, but says "));
  CHECK(reason({}) == "no answer to multistream-select: the connection was closed");
}

TEST_CASE_METHOD(PeerWorld, "a peer whose loop hangs is given up in time", "[libp2p_probe]") {
  check_silence(parse_wait_target("libp2p://server:" + std::to_string(server.port)).probe,
                "connected, but no answer to multistream-select within ");
}

TEST_CASE_METHOD(PeerWorld, "a peer behind a WebSocket", "[libp2p_probe]") {
  const std::size_t piece = GENERATE(1u, 1000u);
  CHECK(talk({kSwitched, framed("", '\x89') + framed(kHeader)}, piece, "/ws").verdict == Verdict::pass);
  CHECK(asked.starts_with("GET / HTTP/1.1\r\nHost: server:" + std::to_string(server.port) + "\r\n"));
  CHECK_THAT(asked, has_text("Upgrade: websocket\r\n"));
  const std::string sent = asked.substr(asked.find("\r\n\r\n") + 4);
  REQUIRE(sent.size() == 6 + kHeader.size());
  CHECK(sent.starts_with(std::string("\x82") + static_cast<char>(0x80 | kHeader.size())));
  std::string unmasked = sent.substr(6);
  for (std::size_t i = 0; i < unmasked.size(); ++i) unmasked[i] = static_cast<char>(unmasked[i] ^ sent[2 + i % 4]);
  CHECK(unmasked == kHeader);
  // In two frames, the second of a length in two bytes more.
  const std::string rest = kHeader.substr(5);
  const std::string second = std::string("\x80\x7e\0", 3) + static_cast<char>(rest.size()) + rest;
  CHECK(talk({kSwitched, framed(kHeader.substr(0, 5), '\x02') + second}, piece, "/ws").verdict == Verdict::pass);
  CHECK(talk({kSwitched, framed(kHeader), framed(line("/noise"))}, piece, "/ws", "'/noise'").verdict == Verdict::pass);
}

TEST_CASE_METHOD(PeerWorld, "what is no WebSocket", "[libp2p_probe]") {
  CHECK(reason({"HTTP/1.1 404 Not Found\r\n\r\n"}, "/ws") == "it answers \"HTTP/1.1 404 Not Found\" where a WebSocket begins");
  CHECK(reason({kHeader}, "/ws") == "it speaks no HTTP, as a WebSocket begins with");
  CHECK(reason({kSwitched, framed("\x03\xe8", '\x88')}, "/ws") == "it has closed the WebSocket");
  CHECK(reason({kSwitched, kHeader}, "/ws") == "its frames are no WebSocket's");
  CHECK(reason({kSwitched, std::string("\x82\x7f\xff\xff", 4)}, "/ws") == "its frames are no WebSocket's");
  CHECK(reason({kSwitched, framed("hello")}, "/ws") == "it does not speak /multistream/1.0.0, but says \"hello\"");
  CHECK(reason({"HTTP/1.1 101 " + std::string(70'000, 'x')}, "/ws") == "it has sent 65536 bytes that make no answer");
}

TEST_CASE("only what can be dialled is an address", "[libp2p_probe]") {
  const auto problem = [](const std::string& address) { return parse_wait_target("libp2p:" + address).problem; };
  for (const char* good : {"/ip4/127.0.0.1/tcp/4001", "/ip6/::1/tcp/1/ws", "/dns/peer/tcp/1", "/dns6/peer/tcp/1"})
    CHECK(problem(good).empty());
  CHECK(problem("/ip4/127.0.0.1/udp/4001/quic-v1") == "only TCP and WebSockets over it are dialled");
  CHECK(problem("/dnsaddr/peer/tcp/1") == "only TCP and WebSockets over it are dialled");
  CHECK(problem("/unix/run/s") == "only TCP and WebSockets over it are dialled");
  CHECK(problem("/ip4/1.2.3.4/tcp/0") == "its port is 0");
  CHECK(problem("/ip4/1.2.3.4/tcp/1/wss") == "/wss is not spoken here");
  CHECK(problem("/ip4/1.2.3.4/tcp/1/p2p/QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N/p2p-circuit") ==
        "/p2p-circuit is not spoken here");
  CHECK(problem("peer:1") == "does not begin with a slash");
  CHECK(problem("//peer:0") == "the port is not a number from 1 to 65535");
  CHECK(parse_wait_target("{ type = 'libp2p' }").problem ==
        "probe: expected a key \"address\"");
  CHECK(parse_wait_target("{ type = 'libp2p', address = '/ip4/1.2.3.4/tcp/1', protocols = [\"/a\\nb\"] }").problem ==
        "probe: a protocol is one line of at most 1024 bytes, such as \"/noise\"");
}
