// PostgreSQL: whether the server takes connections, as the answer to a client's first packet tells.
#include <optional>
#include <string>

#include "init/base/text.h"
#include "probes/server_kind.h"

namespace usher {
namespace {

std::string int32_text(std::uint32_t number) {
  std::string text;
  for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(number >> shift & 0xff);
  return text;
}

std::uint32_t read_int32(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// One field of an ErrorResponse: 'C' is its SQLSTATE, 'M' what it says.
std::string_view field(std::string_view fields, char wanted) {
  while (!fields.empty() && fields.front() != '\0') {
    const char name = fields.front();
    const std::string_view value = fields.substr(1, fields.find('\0', 1) - 1);
    if (name == wanted) return value;
    fields.remove_prefix(std::min(fields.size(), value.size() + 2));
  }
  return {};
}

class PostgresRun final : public ServerRun {
 public:
  using ServerRun::ServerRun;

 private:
  std::string question() override;
  std::string start_up() const;
  std::optional<ProbeResult> judge(std::string_view received) override;
  ProbeResult judge_error(std::string_view fields) const;
};

// Over TLS the server is first asked whether it speaks it, which it answers with one byte.
std::string PostgresRun::question() {
  constexpr std::uint32_t kAskForTls = 80877103;
  return has_to_upgrade() ? int32_text(8) + int32_text(kAskForTls) : start_up();
}

std::string PostgresRun::start_up() const {
  constexpr std::uint32_t kProtocol = 3 << 16;
  std::string body = int32_text(kProtocol);
  body += std::string("user") + '\0' + config().user + '\0';
  if (!config().path.empty()) body += std::string("database") + '\0' + config().path + '\0';
  body += '\0';
  return int32_text(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

// Messages of a type and a length that counts itself. Who is asked for a password has met a server
// that takes connections; who is let in need not have met its database yet.
std::optional<ProbeResult> PostgresRun::judge(std::string_view received) {
  constexpr std::uint32_t kLongest = 30'000;  // libpq believes no longer one here either
  constexpr std::string_view kTypes = "RESKNZv";
  constexpr std::size_t kHead = 5;
  if (has_to_upgrade() && received.starts_with('S')) return upgrade(received.substr(1), start_up());
  if (has_to_upgrade() && received.starts_with('N')) return without_tls();
  while (!received.empty()) {
    const char type = received.front();
    // Who is asked for TLS may refuse, but nothing that it says in the clear lets us pass.
    if (kTypes.find(type) == kTypes.npos || (has_to_upgrade() && type != 'E'))
      return not_yet("its answer is not PostgreSQL's");
    if (received.size() < kHead) return std::nullopt;
    const std::uint32_t length = read_int32(received.substr(1));
    // Where no process could be made for us, it says so as servers did of old.
    if (type == 'E' && length > kLongest)
      return not_yet("it says " + in_quotes(trim(received.substr(1, received.find('\0') - 1))));
    if (length < 4 || length > kLongest) return not_yet("its answer is not PostgreSQL's");
    if (received.size() < length + 1) return std::nullopt;
    const std::string_view body = received.substr(kHead, length - 4);
    if (type == 'E') return judge_error(body);
    if (type == 'R' && body.size() >= 4 && read_int32(body) != 0) return passed();
    if (type == 'Z') {
      send(std::string_view("X\0\0\0\4", 5));
      return passed();
    }
    received.remove_prefix(length + 1);
  }
  return std::nullopt;
}

// A server that refuses us by name, password or database works; unless that database is asked for.
ProbeResult PostgresRun::judge_error(std::string_view fields) const {
  const std::string_view code = field(fields, 'C');
  const bool refuses_us = code.starts_with("28") || (code == "3D000" && config().path.empty());
  if (refuses_us && !has_to_upgrade()) return passed();
  return not_yet("it says " + in_quotes(field(fields, 'M')) + ", SQLSTATE " + in_quotes(code));
}

constexpr std::string_view kSchemes[] = {"postgres", "postgresql"};
constexpr ServerKind kKind({
    .name = "postgres",
    .schemes = kSchemes,
    .url_form = "postgres://[user@]host[:port][/database][?sslmode=require]",
    .secure = "?sslmode=require",
    .answer = "answer to a start-up packet",
    .port = 5432,
    .keys = rows::kDatabaseKeys,
    .upgrades = true,
    .has_path = true,
    .user = "postgres",
    .make = make_server_run<PostgresRun>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& postgres = kKind;
}

}  // namespace usher
