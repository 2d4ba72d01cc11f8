// Kafka: whether the broker answers, and whether each partition of a topic has a leader.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

constexpr std::string_view kNotKafka = "its answer is not Kafka's";

// Numbers have the most significant byte first; what goes beyond the end makes the reader bad, and
// reads as 0 or nothing from then on.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  bool bad() const { return bad_; }

  std::int32_t number(std::size_t length) {
    const std::string_view bytes = take(length);
    if (bytes.empty()) return 0;
    std::uint32_t value = (bytes[0] & 0x80) != 0 ? ~std::uint32_t{0} : 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return static_cast<std::int32_t>(value);
  }
  std::int32_t int16() { return number(2); }
  std::int32_t int32() { return number(4); }
  // One that may be null is then empty.
  std::string_view text() { return take(static_cast<std::size_t>(std::max(int16(), 0))); }
  // How many elements follow, each of at least so many bytes.
  std::int32_t count(std::size_t each) {
    const std::int32_t number = int32();
    if (number > 0 && static_cast<std::size_t>(number) > rest_.size() / each) bad_ = true;
    return bad_ ? 0 : std::max(number, 0);
  }
  void pass_over_numbers() { take(static_cast<std::size_t>(count(4)) * 4); }

 private:
  std::string_view take(std::size_t length) {
    bad_ = bad_ || length > rest_.size();
    if (bad_) return {};
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

  std::string_view rest_;
  bool bad_ = false;
};

std::string number_text(std::size_t number, int length) {
  std::string text;
  for (int shift = 8 * (length - 1); shift >= 0; shift -= 8) text += static_cast<char>(number >> shift & 0xff);
  return text;
}

std::string short_text(std::string_view text) { return number_text(text.size(), 2) + std::string(text); }

enum class Request : std::uint8_t { metadata = 3, api_versions = 18 };
// The first that can ask without making the topic.
constexpr int kMetadataVersion = 4;

// Its number is that of its kind, so that an answer says to what it is one.
std::string request_text(Request kind, int version, std::string_view body) {
  const auto key = static_cast<std::size_t>(kind);
  const std::string text = number_text(key, 2) + number_text(static_cast<std::size_t>(version), 2) +
                           number_text(key, 4) + short_text("usher") + std::string(body);
  return number_text(text.size(), 4) + text;
}

class KafkaRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  std::string question() override;
  std::optional<ProbeResult> judge(std::string_view received) override;
  std::optional<ProbeResult> judge_versions(Fields fields);
  ProbeResult judge_metadata(Fields fields) const;
  ProbeResult judge_partitions(Fields& fields) const;
  ProbeResult judge_error(std::int32_t error) const;

  std::size_t heard_ = 0;  // bytes of answers that have been looked at
  Request asked_ = Request::api_versions;
};

std::string KafkaRun::question() {
  heard_ = 0;
  asked_ = Request::api_versions;
  return request_text(asked_, 0, "");
}

std::optional<ProbeResult> KafkaRun::judge(std::string_view received) {
  constexpr std::int32_t kLongest = 60'000;
  constexpr std::size_t kHead = 8;
  received.remove_prefix(heard_);
  if (received.size() < kHead) return std::nullopt;
  Fields head(received.substr(0, kHead));
  const std::int32_t length = head.int32();
  if (length < 4 || length > kLongest || head.int32() != static_cast<std::int32_t>(asked_))
    return not_yet(std::string(kNotKafka));
  const std::size_t whole = static_cast<std::size_t>(length) + 4;
  if (received.size() < whole) return std::nullopt;
  heard_ += whole;
  const Fields fields(received.substr(kHead, whole - kHead));
  return asked_ == Request::metadata ? judge_metadata(fields) : judge_versions(fields);
}

std::optional<ProbeResult> KafkaRun::judge_versions(Fields fields) {
  if (const std::int32_t error = fields.int16(); error != 0 && !fields.bad())
    return not_yet("it answers ApiVersions with the error " + std::to_string(error));
  bool has_metadata = false;
  for (std::int32_t left = fields.count(6); left > 0; --left) {
    const std::int32_t key = fields.int16(), least = fields.int16(), most = fields.int16();
    if (key == static_cast<std::int32_t>(Request::metadata))
      has_metadata = least <= kMetadataVersion && kMetadataVersion <= most;
  }
  if (fields.bad()) return not_yet(std::string(kNotKafka));
  if (config().path.empty()) return passed();
  if (!has_metadata) return not_yet("it cannot be asked for a topic without making it (Metadata 4)");
  asked_ = Request::metadata;
  send(request_text(asked_, kMetadataVersion, number_text(1, 4) + short_text(config().path) + '\0'));
  return std::nullopt;
}

ProbeResult KafkaRun::judge_metadata(Fields fields) const {
  fields.int32();  // for how long we are throttled
  for (std::int32_t left = fields.count(12); left > 0; --left) {  // brokers
    fields.int32();
    fields.text();
    fields.int32();
    fields.text();
  }
  fields.text();   // the cluster
  fields.int32();  // its controller
  for (std::int32_t left = fields.count(9); left > 0; --left) {
    const std::int32_t error = fields.int16();
    const bool asked_for = fields.text() == config().path;
    fields.number(1);  // whether it is Kafka's own
    if (!asked_for) break;
    return error != 0 && !fields.bad() ? judge_error(error) : judge_partitions(fields);
  }
  return not_yet(std::string(kNotKafka));
}

ProbeResult KafkaRun::judge_partitions(Fields& fields) const {
  const std::int32_t partitions = fields.count(18);
  std::int32_t without = 0;
  for (std::int32_t left = partitions; left > 0; --left) {
    const std::int32_t error = fields.int16();
    fields.int32();  // its number
    const std::int32_t leader = fields.int32();
    constexpr std::int32_t kReplicaAway = 9;  // one of several, which is no matter to clients
    without += leader < 0 || (error != 0 && error != kReplicaAway) ? 1 : 0;
    fields.pass_over_numbers();  // its replicas
    fields.pass_over_numbers();  // and those that are in step
  }
  if (fields.bad()) return not_yet(std::string(kNotKafka));
  if (partitions > 0 && without == 0) return passed();
  return not_yet("the topic " + in_quotes(config().path) + " has " + std::to_string(partitions) +
                 " partitions, and " + std::to_string(without) + " of them no leader");
}

ProbeResult KafkaRun::judge_error(std::int32_t error) const {
  constexpr std::int32_t kUnknown = 3, kNoLeader = 5, kInvalid = 17, kForbidden = 29;
  const std::string topic = "the topic " + in_quotes(config().path);
  switch (error) {
    case kUnknown: return not_yet(topic + " is not there");
    case kNoLeader: return not_yet(topic + " has no leader");
    case kInvalid: return misconfigured(topic + " has a name that no topic can have");
    case kForbidden: return not_yet(topic + " may not be seen without logging in");
    default: return not_yet(topic + " has the error " + std::to_string(error));
  }
}

constexpr Key kKeys[] = {
    rows::kServerAddress,
    rows::kServerTls,
    {.path = "topic",
     .fallback = R"("")",
     .help = "A topic that has to be there, with a leader for each of its partitions. It is not made by asking.",
     .read = into<&ServerProbe::path>},
};
constexpr std::string_view kSchemes[] = {"kafka", "kafkas"};

std::string problem_of(const ServerProbe& probe) {
  constexpr std::size_t kLongest = 249;  // of the name of a topic
  return probe.path.size() <= kLongest ? "" : "the name of a topic has at most 249 bytes";
}

constexpr ServerKind kKind({
    .name = "kafka",
    .schemes = kSchemes,
    .url_form = "kafka[s]://host[:port][/topic]",
    .secure = "kafkas",
    .answer = "answer to ApiVersions",
    .port = 9092,
    .tls_port = 9093,
    .keys = kKeys,
    .has_path = true,
    .problem = problem_of,
    .make = make_server_run<KafkaRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& kafka = kKind;
}

}  // namespace usher
