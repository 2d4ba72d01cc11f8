// Answers of brokers, and of those that are none or wish us ill. The good ones are as Kafka 2 to 4 give them;
// there is no package of it to run here.
#include "init/cli/wait_target.h"
#include "tests/unit/probes/net_world.h"

using namespace usher;

namespace {

std::string number(std::size_t value, int length) {
  std::string text;
  for (int shift = 8 * (length - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xff);
  return text;
}
std::string text(const std::string& value) { return number(value.size(), 2) + value; }
std::string answer_of(std::size_t question, const std::string& body) {
  return number(body.size() + 4, 4) + number(question, 4) + body;
}
std::string versions(std::size_t least = 0, std::size_t most = 12) {
  return answer_of(18, number(0, 2) + number(2, 4) + number(18, 2) + number(0, 2) + number(3, 2) + number(3, 2) +
                           number(least, 2) + number(most, 2));
}
std::string partition(std::size_t leader, std::size_t error = 0) {
  return number(error, 2) + number(0, 4) + number(leader, 4) + number(2, 4) + number(1, 8) + number(1, 4) + number(1, 4);
}
// Of one broker, a cluster and the topic.
std::string metadata(std::size_t error, std::vector<std::string> partitions, const std::string& topic = "orders") {
  std::string body = number(0, 4) + number(1, 4) + number(1, 4) + text("kafka-1") + number(9092, 4) + number(0xffff, 2) +
                     text("cluster") + number(1, 4) + number(1, 4) + number(error, 2) + text(topic) + '\0' +
                     number(partitions.size(), 4);
  for (const std::string& each : partitions) body += each;
  return answer_of(3, body);
}

struct KafkaWorld : NetWorld {
  ProbeResult talk(std::vector<std::string> answers, const std::string& path = "/orders", std::size_t piece = 1000) {
    asked.clear();
    std::size_t next = 0;
    server.on_bytes = [&, piece](FakeTcpServer::Client& client) {
      asked = client.received;
      if (next == answers.size()) return client.hang_up();
      const std::string bytes = answers[next++];
      for (std::size_t at = 0; at < bytes.size(); at += piece) client.say(bytes.substr(at, piece));
      if (next == answers.size()) client.hang_up();
    };
    const WaitTarget target = parse_wait_target("kafka://server:" + std::to_string(server.port) + path);
    REQUIRE(target.problem.empty());
    return ask(target.probe);
  }
  std::string asked;
};

}  // namespace

TEST_CASE_METHOD(KafkaWorld, "a broker that answers is there, and a topic with leaders", "[kafka_probe]") {
  const std::size_t piece = GENERATE(1u, 1000u);
  CHECK(talk({versions()}, "", piece).verdict == Verdict::pass);
  CHECK(asked == std::string("\0\0\0\x0f\0\x12\0\0\0\0\0\x12\0\5usher", 19));
  CHECK(talk({versions(), metadata(0, {partition(1), partition(2, 9)})}, "/orders", piece).verdict == Verdict::pass);
  CHECK(asked.substr(19) == std::string("\0\0\0\x1c\0\3\0\4\0\0\0\3\0\5usher\0\0\0\1\0\6orders\0", 32));
}

TEST_CASE_METHOD(KafkaWorld, "a topic that is not ready says why", "[kafka_probe]") {
  const auto [answers, reason] = GENERATE_COPY(table<std::vector<std::string>, std::string>({
      {{versions(), metadata(3, {})}, "the topic \"orders\" is not there"},
      {{versions(), metadata(5, {})}, "the topic \"orders\" has no leader"},
      {{versions(), metadata(29, {})}, "the topic \"orders\" may not be seen without logging in"},
      {{versions(), metadata(41, {})}, "the topic \"orders\" has the error 41"},
      {{versions(), metadata(0, {})}, "the topic \"orders\" has 0 partitions, and 0 of them no leader"},
      {{versions(), metadata(0, {partition(1), partition(0xffffffff, 5)})},
       "the topic \"orders\" has 2 partitions, and 1 of them no leader"},
      {{versions(5, 12)}, "it cannot be asked for a topic without making it (Metadata 4)"},
      {{answer_of(18, number(35, 2) + number(0, 4))}, "it answers ApiVersions with the error 35"},
      {{versions()}, "no answer to ApiVersions: the connection was closed"},
      {{""}, "no answer to ApiVersions: the connection was closed; does it want TLS at this port?"},
  }));
  const ProbeResult result = talk(answers);
  CHECK(result.verdict == Verdict::not_yet);
  CHECK(result.reason == reason);
}

TEST_CASE_METHOD(KafkaWorld, "what is no answer of Kafka's is believed nothing", "[kafka_probe]") {
  const std::string good = metadata(0, {partition(1)});
  const auto answers = GENERATE_COPY(
      std::vector<std::string>{"HTTP/1.1 400 Bad Request\r\n\r\n"}, std::vector<std::string>{std::string(8, '\xff')},
      std::vector<std::string>{answer_of(17, number(0, 6))}, std::vector<std::string>{answer_of(18, "")},
      std::vector<std::string>{answer_of(18, number(0, 2) + number(0x7fffffff, 4))},
      std::vector<std::string>{versions(), answer_of(3, "")}, std::vector<std::string>{versions(), versions()},
      std::vector<std::string>{versions(), metadata(0, {partition(1)}, "others")},
      std::vector<std::string>{versions(), metadata(0, {"short"})},
      std::vector<std::string>{versions(), answer_of(3, number(0, 4) + number(0x0fffffff, 4) + std::string(64, '\x7f'))});
  CHECK(talk(answers).reason == "its answer is not Kafka's");
}

TEST_CASE_METHOD(KafkaWorld, "a silent broker is given up in time", "[kafka_probe]") {
  check_silence(parse_wait_target("kafka://server:" + std::to_string(server.port)).probe,
                "connected, but no answer to ApiVersions within ");
}
