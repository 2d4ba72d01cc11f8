// MySQL and MariaDB: whether the server takes connections, as its greeting and the answer to a login tell.
//
// Who hangs up after the greeting is counted by the server, and after max_connect_errors of those it blocks
// our address. So the login is answered to its end, without a password: to be refused one is an answer.
#include <optional>
#include <string>

#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

constexpr std::uint32_t kTls = 0x800;  // among what client and server can do

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

class MysqlRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  std::string question() override;
  std::optional<ProbeResult> judge(std::string_view received) override;
  std::optional<ProbeResult> hear_packet(char sequence, std::string_view body, std::string_view rest);
  std::optional<ProbeResult> ask_for_tls(char sequence, std::string_view greeting, std::string_view rest);
  ProbeResult judge_error(std::string_view error) const;
  std::string login() const;
  std::string capabilities() const;

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
    const std::string_view body = received.substr(kHead, length);
    received.remove_prefix(kHead + length);
    if (auto result = hear_packet(next, body, received)) return result;
  }
  return std::nullopt;
}

// `sequence` is that of our answer.
std::optional<ProbeResult> MysqlRun::hear_packet(char sequence, std::string_view body, std::string_view rest) {
  constexpr char kOk = 0, kMore = 1, kSwitch = '\xfe', kError = '\xff', kQuit[] = {1};
  const char kind = body.front();
  if (kind == kError) return judge_error(body.substr(1));
  if (!logging_in_) {
    logging_in_ = true;
    if (has_to_upgrade()) return ask_for_tls(sequence, body, rest);
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

// The greeting has a version up to a NUL, the connection's number, 8 bytes for a password and a NUL, and
// then what the server can do. Who wants TLS says the beginning of a login, and all of it over TLS.
std::optional<ProbeResult> MysqlRun::ask_for_tls(char sequence, std::string_view greeting, std::string_view rest) {
  constexpr std::size_t kBetween = 1 + 4 + 8 + 1;
  const std::size_t end = greeting.find('\0');
  const bool told = end != greeting.npos && greeting.size() >= end + kBetween + 2;
  if (!told || (read_number(greeting.substr(end + kBetween), 2) & kTls) == 0) return without_tls();
  heard_ = 0;
  send(packet(sequence, capabilities()));
  return upgrade(rest, packet(static_cast<char>(sequence + 1), login()));
}

std::string MysqlRun::capabilities() const {
  constexpr std::uint32_t kLongPassword = 1, kWithDatabase = 8, kProtocol41 = 0x200, kSecure = 0x8000,
                          kPluginAuth = 0x80000, kLongestPacket = 1 << 24;
  constexpr char kUtf8 = 33;
  const std::uint32_t chosen = (config().path.empty() ? 0 : kWithDatabase) | (config().tls ? kTls : 0);
  std::string body = number_text(kLongPassword | kProtocol41 | kSecure | kPluginAuth | chosen, 4);
  return body + number_text(kLongestPacket, 4) + kUtf8 + std::string(23, '\0');
}

std::string MysqlRun::login() const {
  std::string body = capabilities() + config().user + '\0' + '\0';  // and a password of no length
  if (!config().path.empty()) body += config().path + '\0';
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

constexpr std::string_view kSchemes[] = {"mysql", "mariadb"};
constexpr ServerKind kKind({
    .name = "mysql",
    .schemes = kSchemes,
    .url_form = "mysql://[user@]host[:port][/database][?ssl-mode=REQUIRED]",
    .secure = "?ssl-mode=REQUIRED",
    .answer = "greeting",
    .port = 3306,
    .keys = rows::kDatabaseKeys,
    .upgrades = true,
    .has_path = true,
    .user = "usher",
    .make = make_server_run<MysqlRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& mysql = kKind;
}

}  // namespace usher
