// MongoDB: whether the server is one that can be written to, or a secondary, as its answer to `hello` tells.
#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

constexpr std::string_view kNotMongo = "its answer is not MongoDB's";

constexpr std::string_view kRoles[] = {"primary", "secondary", "any"};

// The least significant byte first, as everywhere in this protocol.
std::uint32_t read_int32(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string int32_text(std::size_t number) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(number >> shift & 0xff);
  return text;
}

// What is looked at of the document that hello is answered with.
struct Hello {
  bool ok = false, writable = false, secondary = false;
  std::string message;  // errmsg or info
};

// Reads the elements of a BSON document, of which nothing is believed but what lies within it.
class DocumentReader {
 public:
  explicit DocumentReader(std::string_view document) : rest_(document) {}

  // Nothing where it is no document.
  std::optional<Hello> read() {
    if (rest_.size() < 5 || read_int32(rest_) != rest_.size() || rest_.back() != '\0') return {};
    rest_ = rest_.substr(4, rest_.size() - 5);
    while (!rest_.empty())
      if (!element()) return {};
    return hello_;
  }

 private:
  bool element() {
    const char type = rest_.front();
    const std::size_t end = rest_.find('\0');
    if (end == rest_.npos) return false;
    const std::string_view name = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    const auto size = size_of(type);
    if (!size || *size > rest_.size()) return false;
    note(type, name, rest_.substr(0, *size));
    rest_.remove_prefix(*size);
    return true;
  }

  std::optional<std::size_t> size_of(char type) const {
    switch (static_cast<unsigned char>(type)) {
      case 0x06: case 0x0a: case 0x7f: case 0xff: return 0;
      case 0x08: return 1;
      case 0x10: return 4;
      case 0x01: case 0x09: case 0x11: case 0x12: return 8;
      case 0x07: return 12;
      case 0x13: return 16;
      case 0x02: case 0x0d: case 0x0e: return counted(4);
      case 0x05: return counted(5);
      case 0x03: case 0x04: case 0x0f: return counted(0);
      default: return {};
    }
  }
  // A length, `more` bytes that it does not count, and so many bytes.
  std::optional<std::size_t> counted(std::size_t more) const {
    if (rest_.size() < 4) return {};
    return std::size_t{read_int32(rest_)} + more;
  }

  void note(char type, std::string_view name, std::string_view value) {
    const bool truth = type == 8 && value[0] != '\0';
    if (name == "ok") hello_.ok = truth || is_one(type, value);
    if (name == "isWritablePrimary") hello_.writable = truth;
    if (name == "secondary") hello_.secondary = truth;
    const bool message = name == "errmsg" || (name == "info" && hello_.message.empty());
    if (type == 2 && message && value.size() > 4) hello_.message = value.substr(4, value.size() - 5);
  }
  static bool is_one(char type, std::string_view value) {
    if (type == 0x10 || type == 0x12) return read_int32(value) == 1;
    if (type != 1) return false;
    const std::uint64_t high = read_int32(value.substr(4)), low = read_int32(value);
    return std::bit_cast<double>(high << 32 | low) == 1.0;
  }

  std::string_view rest_;
  Hello hello_;
};

class MongodbRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  std::string question() override;
  std::optional<ProbeResult> judge(std::string_view received) override;
  ProbeResult judge_hello(const Hello& hello) const;
};

constexpr std::uint32_t kMessage = 2013;  // OP_MSG
constexpr std::size_t kHead = 16;         // length, number, number of the question, kind

std::string MongodbRun::question() {
  const std::string elements = std::string("\x10hello\0\1\0\0\0", 11) + std::string("\2$db\0\6\0\0\0admin\0", 15);
  const std::string document = int32_text(elements.size() + 5) + elements + '\0';
  const std::string body = int32_text(0) + '\0' + document;  // no flags; one section of the kind 0
  return int32_text(kHead + body.size()) + int32_text(1) + int32_text(0) + int32_text(kMessage) + body;
}

std::optional<ProbeResult> MongodbRun::judge(std::string_view received) {
  constexpr std::uint32_t kLongest = 60'000;
  constexpr std::size_t kBefore = kHead + 4 + 1;  // flags and the kind of the section
  if (received.size() < kHead) return std::nullopt;
  const std::uint32_t length = read_int32(received);
  if (length < kBefore || length > kLongest || read_int32(received.substr(8)) != 1 ||
      read_int32(received.substr(12)) != kMessage)
    return not_yet(std::string(kNotMongo));
  if (received.size() < length) return std::nullopt;
  constexpr std::uint32_t kChecksum = 1;
  const std::size_t behind = (read_int32(received.substr(kHead)) & kChecksum) != 0 ? 4 : 0;
  if (received[kBefore - 1] != '\0' || length < kBefore + behind) return not_yet(std::string(kNotMongo));
  const auto hello = DocumentReader(received.substr(kBefore, length - kBefore - behind)).read();
  return hello ? judge_hello(*hello) : not_yet(std::string(kNotMongo));
}

ProbeResult MongodbRun::judge_hello(const Hello& hello) const {
  const std::string why = hello.message.empty() ? "" : ": it says " + in_quotes(hello.message);
  if (!hello.ok) return not_yet("it refuses hello" + why);
  const ServerRole role = config().role;
  if (hello.writable && role != ServerRole::secondary) return passed();
  if (hello.secondary && role != ServerRole::primary) return passed();
  if (hello.writable) return not_yet("it is the primary, and no secondary");
  if (hello.secondary) return not_yet("it is a secondary, and cannot be written to");
  return not_yet("it is neither primary nor secondary" + why);
}

constexpr Key kKeys[] = {
    rows::kServerAddress,
    rows::kServerTls,
    {.path = "role",
     .type = KeyType::choice,
     .fallback = R"("primary")",
     .help = "What the server has to be: one that can be written to, as one alone and mongos are, a secondary, "
             "or either.",
     .read = into<&ServerProbe::role>,
     .choices = one_of(kRoles)},
};
constexpr std::string_view kSchemes[] = {"mongodb"};
constexpr ServerKind kKind({
    .name = "mongodb",
    .schemes = kSchemes,
    .url_form = "mongodb://host[:port][/?tls=true]",
    .secure = "?tls=true",
    .answer = "answer to hello",
    .port = 27017,
    .keys = kKeys,
    .make = make_server_run<MongodbRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& mongodb = kKind;
}

}  // namespace usher
