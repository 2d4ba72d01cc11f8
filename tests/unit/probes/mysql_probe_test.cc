// Greetings and answers to a login, and those that are none or wish us ill. A real server is in
// tests/system/mysql_test.py.
#include "init/cli/wait_target.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

std::string packet(char sequence, const std::string& body) {
  return std::string(1, static_cast<char>(body.size())) + static_cast<char>(body.size() >> 8) + '\0' + sequence +
         body;
}

std::string error(char sequence, unsigned code, const std::string& text) {
  return packet(sequence, std::string("\xff") + static_cast<char>(code & 0xff) + static_cast<char>(code >> 8) + text);
}

const std::string kGreeting =
    packet(0, std::string("\x0a") + "10.11.6-MariaDB" + '\0' + std::string("\1\0\0\0abcdefgh\0\xff\xf7\x21\2\0\xff\x81\x15", 21) +
                  std::string(10, '\0') + "abcdefghijkl" + '\0' + "mysql_native_password" + '\0');
const std::string kOk = packet(2, std::string("\0\0\0\2\0\0\0", 7));
const std::string kDenied = error(2, 1045, "#28000Access denied for user 'usher'@'h' (using password: NO)");

struct MysqlWorld : NetWorld {
  // What is made of a server that says `greeting` and answers each packet with the next of `answers`.
  ProbeResult talk(const std::string& greeting, std::vector<std::string> answers, std::size_t piece = 1000,
                   const std::string& path = "") {
    const auto say = [piece](FakeTcpServer::Client& client, const std::string& bytes) {
      for (std::size_t at = 0; at < bytes.size(); at += piece) client.say(bytes.substr(at, piece));
    };
    server.on_client = [=](FakeTcpServer::Client& client) { say(client, greeting); };
    std::size_t next = 0;
    server.on_bytes = [&, say](FakeTcpServer::Client& client) {
      asked = client.received;
      if (next < answers.size()) say(client, answers[next++]);
    };
    const ProbeResult result = ask(target(path).probe);
    server.on_client = server.on_bytes = nullptr;
    return result;
  }
  WaitTarget target(const std::string& path) const {
    return parse_wait_target("mysql://server:" + std::to_string(server.port) + path);
  }
  std::string asked;
};

}  // namespace

TEST_CASE_METHOD(MysqlWorld, "a MySQL server that lets in or refuses is ready", "[mysql_probe]") {
  const std::size_t piece = GENERATE(1u, 1000u);
  const auto answers = GENERATE(
      std::vector<std::string>{kOk}, std::vector<std::string>{kDenied},
      std::vector<std::string>{packet(2, std::string("\xfe") + "caching_sha2_password" + '\0' + "salt"), kDenied},
      std::vector<std::string>{packet(2, std::string("\xfe") + "ed25519" + '\0'), error(4, 1045, "no")},
      std::vector<std::string>{packet(2, "\1\4")}, std::vector<std::string>{error(2, 3159, "#HY000insecure")});
  CHECK(talk(kGreeting, answers, piece).verdict == Verdict::pass);
}

TEST_CASE_METHOD(MysqlWorld, "the login is answered to its end", "[mysql_probe]") {
  talk(kGreeting, {packet(2, std::string("\xfe") + "caching_sha2_password" + '\0'), kDenied}, 1000, "/app");
  const std::string login = std::string("usher\0\0app\0mysql_native_password\0", 33);
  CHECK_THAT(asked, has_text(login));
  CHECK(asked.ends_with(std::string("\1\0\0\3\0", 5)));
  talk(kGreeting, {packet(2, std::string("\xfe") + "ed25519" + '\0'), kDenied});
  CHECK(asked.ends_with(std::string("\0\0\0\3", 4)));
}

TEST_CASE_METHOD(MysqlWorld, "a MySQL server that is not ready says why", "[mysql_probe]") {
  const auto [greeting, answer, verdict, reason] = GENERATE(table<std::string, std::string, Verdict, std::string>({
      {error(0, 1040, "#08004Too many connections"), "", Verdict::not_yet, "it has no connection left (error 1040)"},
      {error(0, 1129, "Host 'h' is blocked because of many connection errors"), "", Verdict::misconfigured,
       "it has blocked our host after too many broken connections (error 1129); FLUSH HOSTS there lets us in again"},
      {error(0, 1130, "Host 'h' is not allowed"), "", Verdict::not_yet, "it says \"Host 'h' is not allowed\", error 1130"},
      {kGreeting, error(2, 1049, "#42000Unknown database 'app'"), Verdict::not_yet,
       "it says \"Unknown database 'app'\", error 1049"},
      {kGreeting, error(2, 1053, "#08S01"), Verdict::not_yet, "it says \"\", error 1053"},
      {error(0, 1045, "no"), "", Verdict::not_yet, "it says \"no\", error 1045"},
      {kGreeting, packet(2, "\2"), Verdict::not_yet, "its answer to a login is not MySQL's"},
      {packet(0, "\xff"), "", Verdict::not_yet, "its greeting is not MySQL's"},
      {packet(0, "\x09old"), "", Verdict::not_yet, "its greeting is not MySQL's"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "", Verdict::not_yet, "its greeting is not MySQL's"},
      {std::string("\0\0\0\0\x0a", 5), "", Verdict::not_yet, "its greeting is not MySQL's"},
      {std::string("\xff\xff\xff\0\x0a", 5), "", Verdict::not_yet, "its greeting is not MySQL's"},
  }));
  const ProbeResult result = talk(greeting, {answer});
  CHECK(result.verdict == verdict);
  CHECK(result.reason == reason);
}

TEST_CASE_METHOD(MysqlWorld, "a greeting without an end is given up", "[mysql_probe]") {
  std::string endless = kGreeting;
  while (endless.size() < 80'000) endless += packet(2, std::string("\xfe") + std::string(1000, 'x'));
  CHECK(talk(endless, {}, 4096).reason == "it has sent 65536 bytes that make no answer");
}

TEST_CASE_METHOD(MysqlWorld, "a silent MySQL server is given up in time", "[mysql_probe]") {
  check_silence(target("").probe, "connected, but no greeting within ");
}
