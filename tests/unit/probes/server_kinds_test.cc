// What is made of the answers of servers that are asked one short question, and of what is none.
// The real servers are in tests/system/servers_test.py.
#include "init/cli/wait_target.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

// With NUL characters in it.
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return {text, N - 1};
}

struct ServerWorld : NetWorld {
  ProbeConfig at(const std::string& scheme) const {
    const WaitTarget target = parse_wait_target(scheme + "://server:" + std::to_string(server.port));
    CHECK(target.problem.empty());
    return target.probe;
  }
  // The server says it in such pieces as soon as it has been asked, and then nothing more.
  ProbeResult answer(const std::string& scheme, const std::string& text, std::size_t piece) {
    server.on_client = [text, piece](FakeTcpServer::Client& client) {
      for (std::size_t at = 0; at < text.size(); at += piece) client.say(text.substr(at, piece));
    };
    server.on_bytes = [](FakeTcpServer::Client& client) { client.hang_up(); };
    return ask(at(scheme));
  }
};

}  // namespace

TEST_CASE_METHOD(ServerWorld, "a server that answers as it should is there", "[server_kind]") {
  const auto [scheme, text] = GENERATE(table<std::string, std::string>({
      {"nats", "INFO {\"server_id\":\"a\"}\r\nPONG\r\n"},
      {"nats", "INFO {}\r\nPING\r\n-ERR 'Authorization Violation'\r\n"},
      {"memcached", "VERSION 1.6.18\r\n"},
      {"memcached", "CLIENT_ERROR unauthenticated\r\n"},
      {"mqtt", bytes("\x20\x02\0\0")},
      {"mqtt", bytes("\x20\x02\0\x05")},
      {"amqp", bytes("\1\0\0\0\0\1\xf4\0\x0a\0\x0a\0\x09")},
  }));
  const std::size_t piece = GENERATE(1u, 1000u);
  CAPTURE(scheme, text);
  CHECK(answer(scheme, text, piece).verdict == Verdict::pass);
}

TEST_CASE_METHOD(ServerWorld, "a server that answers something else is not there, and why",
                 "[server_kind]") {
  const auto [scheme, text, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"nats", "HTTP/1.1 400 Bad Request\r\n", "its answer is not NATS'"},
      {"nats", "INFO {\"ldm\":true}\r\nPONG\r\n", "it is about to stop (lame duck mode)"},
      {"nats", "INFO {}\r\n-ERR 'maximum connections exceeded'\r\n",
       "it says \"'maximum connections exceeded'\""},
      {"nats", "INFO {}\r\n", "no answer to PING: the connection was closed"},
      {"nats", "INFO {\"tls_required\":true}\r\n-ERR 'maximum connections exceeded'\r\n",
       "it says \"'maximum connections exceeded'\""},
      {"nats", "INFO " + std::string(70'000, 'x'), "it has sent 65536 bytes that make no answer"},
      {"memcached", "SERVER_ERROR out of memory\r\n", "it says \"SERVER_ERROR out of memory\""},
      {"memcached", "\n", "it says \"\""},
      {"memcached", "VERSION", "no answer to version: the connection was closed"},
      {"memcached", std::string(70'000, 'V'), "it has sent 65536 bytes that make no answer"},
      {"mqtt", bytes("\x20\x02\0"), "no answer to CONNECT: the connection was closed"},
      {"mqtt", bytes("\x20\x03\0\0\0"), "its answer is not MQTT's"},
      {"mqtt", "HTTP/1.1", "its answer is not MQTT's"},
      {"amqp", bytes("AMQP\0\1\0\0"), "it wants to speak version 1.0.0 of AMQP, not 0.9.1"},
      {"mqtt", "", "no answer to CONNECT: the connection was closed; does it want TLS at this port?"},
      {"amqp", "AMQP", "no Connection.Start: the connection was closed"},
      {"amqp", bytes("\1\0\0\0\0\1\xf4\0\x0a\0\x1e"), "its answer is not Connection.Start"},
      {"amqp", bytes("\1\0\1"), "its answer is not AMQP's"},
      {"amqp", "HTTP/1.1", "its answer is not AMQP's"},
  }));
  CAPTURE(scheme, text.size());
  const ProbeResult result = answer(scheme, text, 1000);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == reason);
}

TEST_CASE_METHOD(ServerWorld, "a silent server is given up in time", "[server_kind]") {
  const auto [scheme, missing] = GENERATE(table<std::string, std::string>({
      {"nats", "no answer to PING"},
      {"memcached", "no answer to version"},
      {"mqtt", "no answer to CONNECT"},
      {"amqp", "no Connection.Start"},
  }));
  check_silence(at(scheme), "connected, but " + missing + " within ");
}

// TLS itself has no helper here: that it was to be spoken is all that is seen. tests/system has the rest.
TEST_CASE_METHOD(ServerWorld, "TLS begins where the protocol has its place for it", "[server_kind]") {
  if (!kSpeaksTls) return;
  const std::string greeting = bytes("\x1b\0\0\0\x0a" "8.0\0" "\1\0\0\0" "12345678\0" "\0\x08" "\x21\2\0\0\0\0\0");
  const std::string plain = bytes("\x1b\0\0\0\x0a" "8.0\0" "\1\0\0\0" "12345678\0" "\xff\xf7" "\x21\2\0\0\0\0\0");
  const std::string begun = "TLS is not spoken here", none = "it offers no TLS, which is asked for",
                    clear = "it goes on in the clear where TLS has to begin";
  const auto [scheme, query, text, reason] = GENERATE_COPY(table<std::string, std::string, std::string, std::string>({
      {"postgres", "?sslmode=verify-full", "S", begun},
      {"postgres", "?sslmode=require", "N", none},
      {"postgres", "?sslmode=require", "SR", clear},
      {"postgres", "?sslmode=require", "HTTP", "its answer is not PostgreSQL's"},
      {"postgres", "?sslmode=require", bytes("R\0\0\0\x08\0\0\0\3"), "its answer is not PostgreSQL's"},
      {"postgres", "?sslmode=require", bytes("E\0\0\0\x10" "C28000\0Mno\0\0"), "it says \"no\", SQLSTATE \"28000\""},
      {"mysql", "?ssl-mode=REQUIRED", greeting, begun},
      {"mysql", "?sslMode=VERIFY_CA", plain, none},
      {"mysql", "?useSSL=true", bytes("\5\0\0\0\x0a" "8.0\0"), none},
      {"mysql", "?ssl=1", greeting + "x", clear},
      {"nats", "", "INFO {\"tls_required\":true}\r\n", begun},
      {"nats", "?tls=true", "INFO {\"tls_available\":true}\r\n", begun},
      {"nats", "?tls=true", "INFO {}\r\n", none},
      {"nats", "?tls=true", "INFO {\"tls_required\":true}\r\n-ERR 'Authorization Violation'\r\n",
       "it says \"'Authorization Violation'\""},
      {"nats", "", "INFO {\"tls_required\":true}\r\nPONG\r\n", clear},
      {"mongodb", "/?tls=true", "", begun},
      {"amqps", "", "", begun},
  }));
  CAPTURE(scheme, query, text);
  const WaitTarget target = parse_wait_target(scheme + "://server:" + std::to_string(server.port) + query);
  REQUIRE(target.problem.empty());
  server.on_client = [text = text](FakeTcpServer::Client& client) { client.say(text); };
  const ProbeResult result = ask(target.probe);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == reason);
}

TEST_CASE("what a URL says of TLS is shown, and what it only prefers is not spoken", "[server_kind]") {
  if (!kSpeaksTls) return;
  const auto [url, target] = GENERATE(table<std::string, std::string>({
      {"postgres://a/b?sslmode=prefer", "postgres://a:5432/b"},
      {"postgres://a/b?x=1&sslmode=verify-ca#c", "postgres://a:5432/b?sslmode=require"},
      {"mariadb://a?ssl-mode=PREFERRED", "mysql://a:3306"},
      {"mysql://a?sslMode=REQUIRED", "mysql://a:3306?ssl-mode=REQUIRED"},
      {"mongodb://a/?tls=true", "mongodb://a:27017?tls=true"},
      {"nats://a?tls", "nats://a:4222"},
      {"AMQPS://a", "amqps://a:5671"},
      {"mqtts://a", "mqtts://a:8883"},
      {"memcacheds://a", "memcacheds://a:11211"},
      {"kafkas://a/t", "kafkas://a:9093/t"},
  }));
  CHECK(target_of(parse_wait_target(url).probe) == target);
}

TEST_CASE("where a server is asked without a port, it is the usual one", "[server_kind]") {
  const auto [url, target] = GENERATE(table<std::string, std::string>({
      {"nats://a", "nats://a:4222"},
      {"memcached://a", "memcached://a:11211"},
      {"mqtt://user:secret@a/x", "mqtt://a:1883"},
      {"amqp://guest:secret@[::1]/vhost?heartbeat=9", "amqp://[::1]:5672"},
  }));
  CHECK(target_of(parse_wait_target(url).probe) == target);
}
