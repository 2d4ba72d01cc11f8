// MySQL and MariaDB: whether the server takes connections, as its greeting and the answer to a login tell.
//
// Who hangs up after the greeting is counted by the server, and after max_connect_errors of those it blocks
// our address. So the login is answered to its end, without a password: to be refused one is an answer.
#include <optional>
#include <string>

#include "init/base/text.h"
#include "init/config/probe_rows.h"
#include "init/net/address.h"
#include "init/text/server_url.h"
#include "probes/kind.h"
#include "probes/talking_probe.h"

namespace usher {
namespace {

constexpr std::uint16_t kPort = 3306;

struct MysqlProbe {
  std::string host;
  std::uint16_t port = 0;
  std::string user = "usher";
  std::string database;  // empty: none is asked for
  bool operator==(const MysqlProbe&) const = default;
};

std::string target_text(const MysqlProbe& config) {
  const std::string server = "mysql://" + host_and_port(config.host, config.port);
  return config.database.empty() ? server : server + '/' + config.database;
}

// The least significant byte first, as everywhere in this protocol.
std::uint32_t read_number(std::string_view bytes, std::size_t length) {
  std::uint32_t number = 0;
  for (std::size_t i = length; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string number_text(std::uint32_t number, int length) {
  std::string text;
  for (int i = 0; i < length; ++i) text += static_cast<char>(number >> 8 * i & 0xff);
  return text;
}

std::string packet(char sequence, std::string_view body) {
  return number_text(static_cast<std::uint32_t>(body.size()), 3) + sequence + std::string(body);
}

class MysqlRun final : public ReplyProbe {
 public:
  MysqlRun(const MysqlProbe& config, ProbeContext& context)
      : ReplyProbe(context, {config.host, config.port, {}}, target_text(config), "greeting"),
        config_(config) {}

 private:
  std::string question() override;
  std::optional<ProbeResult> judge(std::string_view received) override;
  std::optional<ProbeResult> hear_packet(char sequence, std::string_view body);
  ProbeResult judge_error(std::string_view error) const;
  std::string login() const;

  const MysqlProbe& config_;
  std::size_t heard_ = 0;  // bytes of packets that have had their answer
  bool logging_in_ = false;
};

// The server speaks first.
std::string MysqlRun::question() {
  heard_ = 0;
  logging_in_ = false;
  return {};
}

std::optional<ProbeResult> MysqlRun::judge(std::string_view received) {
  constexpr std::uint32_t kLongest = 30'000;
  constexpr std::size_t kHead = 4;
  received.remove_prefix(heard_);
  while (received.size() > kHead) {
    const std::uint32_t length = read_number(received, 3);
    const char kind = received[kHead];
    const bool greets = kind == '\x0a' || kind == '\xff';
    if (length == 0 || length > kLongest || (!logging_in_ && !greets))
      return not_yet("its greeting is not MySQL's");
    if (received.size() < kHead + length) return std::nullopt;
    heard_ += kHead + length;
    const char next = static_cast<char>(received[3] + 1);
    if (auto result = hear_packet(next, received.substr(kHead, length))) return result;
    received.remove_prefix(kHead + length);
  }
  return std::nullopt;
}

// `sequence` is that of our answer.
std::optional<ProbeResult> MysqlRun::hear_packet(char sequence, std::string_view body) {
  constexpr char kOk = 0, kMore = 1, kSwitch = '\xfe', kError = '\xff', kQuit[] = {1};
  const char kind = body.front();
  if (kind == kError) return judge_error(body.substr(1));
  if (!logging_in_) {
    logging_in_ = true;
    send(packet(sequence, login()));
    return std::nullopt;
  }
  if (kind == kOk) {
    send(packet(0, {kQuit, 1}));
    return passed();
  }
  if (kind == kMore) return passed();
  if (kind != kSwitch) return not_yet("its answer to a login is not MySQL's");
  // Another way to prove who we are. No password is nothing at all, or to some of them a NUL.
  const std::string_view method = body.substr(1, body.find('\0', 1) - 1);
  const bool nul = method == "caching_sha2_password" || method == "sha256_password";
  send(packet(sequence, std::string_view("\0", nul ? 1 : 0)));
  return std::nullopt;
}

std::string MysqlRun::login() const {
  constexpr std::uint32_t kLongPassword = 1, kWithDatabase = 8, kProtocol41 = 0x200, kSecure = 0x8000,
                          kPluginAuth = 0x80000, kLongestPacket = 1 << 24;
  constexpr char kUtf8 = 33;
  const std::uint32_t with_database = config_.database.empty() ? 0 : kWithDatabase;
  std::string body = number_text(kLongPassword | kProtocol41 | kSecure | kPluginAuth | with_database, 4);
  body += number_text(kLongestPacket, 4) + kUtf8 + std::string(23, '\0');
  body += config_.user + '\0' + '\0';  // and a password of no length
  if (with_database != 0) body += config_.database + '\0';
  return body + "mysql_native_password" + '\0';
}

// A server that refuses us by name, password or transport works.
ProbeResult MysqlRun::judge_error(std::string_view error) const {
  constexpr std::uint32_t kFull = 1040, kBlocked = 1129;
  constexpr std::uint32_t kRefused[] = {1044, 1045, 1251, 1524, 1698, 1820, 1862, 3118, 3159, 4151};
  if (error.size() < 2) return not_yet("its greeting is not MySQL's");
  const std::uint32_t code = read_number(error, 2);
  std::string_view text = error.substr(2);
  if (text.starts_with('#')) text.remove_prefix(std::min<std::size_t>(text.size(), 6));  // and a SQLSTATE
  const bool refused = std::find(std::begin(kRefused), std::end(kRefused), code) != std::end(kRefused);
  if (refused && logging_in_) return passed();
  if (code == kFull) return not_yet("it has no connection left (error 1040)");
  if (code == kBlocked)
    return misconfigured("it has blocked our host after too many broken connections (error 1129); "
                         "FLUSH HOSTS there lets us in again");
  return not_yet("it says " + in_quotes(text) + ", error " + std::to_string(code));
}

constexpr Key kKeys[] = {
    rows::kAddress<&MysqlProbe::host, &MysqlProbe::port>,
    rows::kUser<&MysqlProbe::user>,
    {.path = "database",
     .fallback = R"("")",
     .help = "The database to ask for. That it is missing can be seen where no password is wanted.",
     .read = into<&MysqlProbe::database>},
};
constexpr std::string_view kSchemes[] = {"mysql", "mariadb"};

std::string read_url(std::string_view, std::string_view rest, MysqlProbe& probe) {
  const ServerUrl url = parse_server_url(rest, kPort);
  probe.host = url.where.host;
  probe.port = url.where.port;
  if (!url.user.empty()) probe.user = url.user;
  probe.database = url.path;
  return url.problem;
}

constexpr ProbeKindOf<MysqlProbe> kKind({
    .name = "mysql",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "mysql://[user@]host[:port][/database]",
    .read_url = read_url,
    .target = target_text,
    .host = [](const MysqlProbe& probe) { return probe.host; },
    .make = make_run<MysqlRun, MysqlProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& mysql = kKind;
}

}  // namespace usher
