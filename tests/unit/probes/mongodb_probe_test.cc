// Answers of servers to hello, and of those that are none or wish us ill. The good ones are as mongod 4.4 to 7
// give them; there is no package of it to run here.
#include "init/cli/wait_target.h"
#include "tests/unit/config/loading.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

std::string int32(std::size_t number) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift & 0xff);
  return text;
}
std::string element(char type, const std::string& name, const std::string& value) {
  return type + name + '\0' + value;
}
std::string truth(const std::string& name, bool value) { return element(8, name, std::string(1, value ? 1 : 0)); }
std::string text(const std::string& name, const std::string& value) {
  return element(2, name, int32(value.size() + 1) + value + '\0');
}
std::string document(const std::string& elements) { return int32(elements.size() + 5) + elements + '\0'; }
std::string message(const std::string& section, std::size_t answers = 1, std::size_t flags = 0) {
  const std::string body = int32(flags) + section;
  return int32(16 + body.size()) + int32(7) + int32(answers) + int32(2013) + body;
}
std::string hello(const std::string& elements) {
  const std::string version = element(3, "topologyVersion", document(element(7, "processId", std::string(12, 'p')) +
                                                                     element(18, "counter", std::string(8, '\0'))));
  const std::string time = element(9, "localTime", std::string(8, '\1')) + element(16, "maxWireVersion", int32(21));
  return message('\0' + document(version + elements + time + element(1, "ok", std::string("\0\0\0\0\0\0\xf0\x3f", 8))));
}

const std::string kPrimary = hello(truth("isWritablePrimary", true) + truth("secondary", false));
const std::string kSecondary =
    hello(element(4, "hosts", document(text("0", "a:27017"))) + text("setName", "rs0") +
          truth("isWritablePrimary", false) + truth("secondary", true));
const std::string kNeither = hello(truth("isWritablePrimary", false) + truth("secondary", false) +
                                   text("info", "Does not have a valid replica set config"));

struct MongodbWorld : NetWorld {
  ProbeResult answer(const std::string& bytes, std::size_t piece, const std::string& role = "primary") {
    server.on_bytes = [&, piece](FakeTcpServer::Client& client) {
      asked = client.received;
      for (std::size_t at = 0; at < bytes.size(); at += piece) client.say(bytes.substr(at, piece));
      client.hang_up();
    };
    const Config config = config_of("readiness.probe = { type = \"mongodb\", address = \"server:" +
                                    std::to_string(server.port) + "\", role = \"" + role + "\" }\n");
    return ask(config.readiness.probes.at(0));
  }
  std::string asked;
};

}  // namespace

TEST_CASE_METHOD(MongodbWorld, "a MongoDB server is what it is asked to be", "[mongodb_probe]") {
  const std::size_t piece = GENERATE(1u, 1000u);
  CHECK(answer(kPrimary, piece).verdict == Verdict::pass);
  CHECK(answer(kPrimary, piece, "any").verdict == Verdict::pass);
  CHECK(answer(kSecondary, piece, "any").verdict == Verdict::pass);
  CHECK(answer(kSecondary, piece, "secondary").verdict == Verdict::pass);
  const std::string whole = message('\0' + document(truth("isWritablePrimary", true) + element(16, "ok", int32(1))), 1, 1);
  CHECK(answer(int32(whole.size() + 4) + whole.substr(4) + "sum.", piece).verdict == Verdict::pass);
}

TEST_CASE_METHOD(MongodbWorld, "hello is asked of the database admin", "[mongodb_probe]") {
  answer(kPrimary, 1000);
  CHECK(asked == message('\0' + document(element(16, "hello", int32(1)) + text("$db", "admin")), 0)
                     .replace(4, 4, int32(1)));
  const WaitTarget target = parse_wait_target("mongodb://me:secret@server/app?replicaSet=rs0");
  REQUIRE(target.problem.empty());
  CHECK(target_of(target.probe) == "mongodb://server:27017");
}

TEST_CASE_METHOD(MongodbWorld, "a MongoDB server that is not ready says why", "[mongodb_probe]") {
  const std::string refused = message(
      '\0' + document(element(1, "ok", std::string(8, '\0')) + text("errmsg", "no such command: 'hello'")));
  const auto [bytes, role, reason] = GENERATE_REF(table<std::string, std::string, std::string>({
      {kSecondary, "primary", "it is a secondary, and cannot be written to"},
      {kPrimary, "secondary", "it is the primary, and no secondary"},
      {kNeither, "any", "it is neither primary nor secondary: it says \"Does not have a valid replica set config\""},
      {refused, "primary", "it refuses hello: it says \"no such command: 'hello'\""},
      {message('\0' + document("")), "primary", "it refuses hello"},
      {kPrimary.substr(0, 30), "primary", "no answer to hello: the connection was closed"},
      {"", "primary", "no answer to hello: the connection was closed; does it want TLS at this port?"},
  }));
  const ProbeResult result = answer(bytes, 1000, role);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == reason);
}

TEST_CASE_METHOD(MongodbWorld, "what is no answer of MongoDB's is believed nothing", "[mongodb_probe]") {
  const std::string good = document(truth("isWritablePrimary", true));
  const std::string bytes = GENERATE_COPY(
      std::string("HTTP/1.0 200 OK\r\n\r\nIt looks like you are trying to access MongoDB"), std::string(16, '\0'),
      std::string(16, '\xff'), message('\0' + good, 2), message('\1' + good), message(std::string(1, '\0')),
      message('\0' + good + 'x'), message('\0' + document("\x08")), message('\0' + document(element(2, "a", "\xff\xff\xff\xff"))),
      message('\0' + document(element(3, "a", int32(400)))), message('\0' + document(element(5, "a", int32(0xfffffffb)))),
      message('\0' + document(element(0x55, "a", ""))), message('\0' + document(element(1, "ok", "x"))),
      message(std::string("\0\5\0\0\0x", 6)));
  CHECK(answer(bytes, 1000).reason == "its answer is not MongoDB's");
}

TEST_CASE_METHOD(MongodbWorld, "a silent MongoDB server is given up in time", "[mongodb_probe]") {
  check_silence(parse_wait_target("mongodb://server:" + std::to_string(server.port)).probe,
                "connected, but no answer to hello within ");
}
