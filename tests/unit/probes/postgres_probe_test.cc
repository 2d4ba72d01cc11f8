// Answers of servers to a start-up packet, and of those that are none or wish us ill. A real server
// is in tests/system/postgres_test.py.
#include "init/cli/wait_target.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

std::string message(char type, std::string_view body) {
  const std::size_t length = body.size() + 4;
  return std::string(1, type) + '\0' + '\0' + static_cast<char>(length >> 8) + static_cast<char>(length) +
         std::string(body);
}

std::string error(const std::string& code, const std::string& text) {
  const std::string nul(1, '\0');
  return message('E', "SFATAL" + nul + "VFATAL" + nul + 'C' + code + nul + 'M' + text + nul + nul);
}

std::string authentication(char code) { return message('R', std::string(3, '\0') + code); }
const std::string kReady = message('Z', "I");

struct PostgresWorld : NetWorld {
  // What is made of an answer that comes in pieces of that size.
  ProbeResult answer(const std::string& bytes, std::size_t piece, const std::string& path = "") {
    server.on_bytes = [&, piece](FakeTcpServer::Client& client) {
      asked = client.received;
      for (std::size_t at = 0; at < bytes.size(); at += piece) client.say(bytes.substr(at, piece));
      client.hang_up();
    };
    return ask(target(path).probe);
  }
  WaitTarget target(const std::string& path) const {
    return parse_wait_target("postgres://server:" + std::to_string(server.port) + path);
  }
  std::string asked;
};

}  // namespace

TEST_CASE_METHOD(PostgresWorld, "a PostgreSQL server that answers is ready", "[postgres_probe]") {
  const std::string bytes = GENERATE(authentication(10), authentication(5),
                                     authentication(0) + message('S', "a") + kReady,
                                     error("28000", "no pg_hba.conf entry"), error("28P01", "no"),
                                     error("3D000", "database \"postgres\" does not exist"));
  const std::size_t piece = GENERATE(1u, 1000u);
  CHECK(answer(bytes, piece).verdict == Verdict::pass);
}

TEST_CASE_METHOD(PostgresWorld, "who asks and for which database is in the first packet",
                 "[postgres_probe]") {
  answer(authentication(10), 100);
  CHECK(asked == std::string("\0\0\0\x17\0\3\0\0user\0postgres\0\0", 23));
  server.on_bytes = nullptr;
  const WaitTarget target = parse_wait_target(
      "postgresql://me:secret@server:" + std::to_string(server.port) + "/app?sslmode=disable");
  REQUIRE(target.problem.empty());
  CHECK(target_of(target.probe) == "postgres://server:" + std::to_string(server.port) + "/app");
  server.on_bytes = [this](FakeTcpServer::Client& client) {
    asked = client.received;
    client.say(authentication(10));
  };
  CHECK(ask(target.probe).verdict == Verdict::pass);
  CHECK(asked == std::string("\0\0\0\x1e\0\3\0\0user\0me\0database\0app\0\0", 30));
}

TEST_CASE_METHOD(PostgresWorld, "a PostgreSQL server that is not ready says why", "[postgres_probe]") {
  const auto [bytes, path, reason] = GENERATE(table<std::string, std::string, std::string>({
      {error("57P03", "the database system is starting up"), "",
       "it says \"the database system is starting up\", SQLSTATE \"57P03\""},
      {error("53300", "sorry, too many clients already"), "",
       "it says \"sorry, too many clients already\", SQLSTATE \"53300\""},
      {authentication(0) + error("3D000", "database \"app\" does not exist"), "/app",
       "it says \"database \\\"app\\\" does not exist\", SQLSTATE \"3D000\""},
      {"Ecould not fork new process for connection\n" + std::string(1, '\0'), "",
       "it says \"could not fork new process for connection\""},
      {message('E', ""), "", "it says \"\", SQLSTATE \"\""},
      {message('E', "M"), "", "it says \"\", SQLSTATE \"\""},
      {message('E', "Mno end"), "", "it says \"no end\", SQLSTATE \"\""},
      {authentication(0), "", "no answer to a start-up packet: the connection was closed"},
      {"R", "", "no answer to a start-up packet: the connection was closed"},
      {"", "", "no answer to a start-up packet: the connection was closed"},
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "", "its answer is not PostgreSQL's"},
      {std::string("R\0\0\0\0", 5), "", "its answer is not PostgreSQL's"},
      {std::string("R\xff\xff\xff\xff", 5), "", "its answer is not PostgreSQL's"},
      {std::string("N\0\0\x75\x31", 5), "", "its answer is not PostgreSQL's"},
  }));
  const ProbeResult result = answer(bytes, 1000, path);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == reason);
}

TEST_CASE_METHOD(PostgresWorld, "a server that never comes to an end is given up",
                 "[postgres_probe]") {
  std::string endless;
  while (endless.size() < 80'000) endless += message('N', std::string(1000, 'x'));
  CHECK(answer(endless, 4096).reason == "it has sent 65536 bytes that make no answer");
}

TEST_CASE_METHOD(PostgresWorld, "a silent PostgreSQL server is given up in time", "[postgres_probe]") {
  check_silence(target("").probe, "connected, but no answer to a start-up packet within ");
}
