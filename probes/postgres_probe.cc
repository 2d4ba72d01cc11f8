// PostgreSQL: whether the server takes connections, as the answer to a client's first packet tells.
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

constexpr std::uint16_t kPort = 5432;

struct PostgresProbe {
  std::string host;
  std::uint16_t port = 0;
  std::string user = "postgres";
  std::string database;  // empty: the one that has the user's name
  bool operator==(const PostgresProbe&) const = default;
};

std::string target_text(const PostgresProbe& config) {
  const std::string server = "postgres://" + host_and_port(config.host, config.port);
  return config.database.empty() ? server : server + '/' + config.database;
}

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

class PostgresRun final : public ReplyProbe {
 public:
  PostgresRun(const PostgresProbe& config, ProbeContext& context)
      : ReplyProbe(context, {config.host, config.port, {}}, target_text(config),
                   "answer to a start-up packet"),
        config_(config) {}

 private:
  std::string question() override;
  std::optional<ProbeResult> judge(std::string_view received) override;
  ProbeResult judge_error(std::string_view fields) const;

  const PostgresProbe& config_;
};

std::string PostgresRun::question() {
  constexpr std::uint32_t kProtocol = 3 << 16;
  std::string body = int32_text(kProtocol);
  body += std::string("user") + '\0' + config_.user + '\0';
  if (!config_.database.empty()) body += std::string("database") + '\0' + config_.database + '\0';
  body += '\0';
  return int32_text(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

// Messages of a type and a length that counts itself. Who is asked for a password has met a server
// that takes connections; who is let in need not have met its database yet.
std::optional<ProbeResult> PostgresRun::judge(std::string_view received) {
  constexpr std::uint32_t kLongest = 30'000;  // libpq believes no longer one here either
  constexpr std::string_view kTypes = "RESKNZv";
  constexpr std::size_t kHead = 5;
  while (!received.empty()) {
    const char type = received.front();
    if (kTypes.find(type) == kTypes.npos) return not_yet("its answer is not PostgreSQL's");
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
  const bool refuses_us = code.starts_with("28") || (code == "3D000" && config_.database.empty());
  if (refuses_us) return passed();
  return not_yet("it says " + in_quotes(field(fields, 'M')) + ", SQLSTATE " + in_quotes(code));
}

constexpr Key kKeys[] = {
    rows::kAddress<&PostgresProbe::host, &PostgresProbe::port>,
    rows::kUser<&PostgresProbe::user>,
    {.path = "database",
     .fallback = R"("")",
     .help = "The database to ask for. That it is missing can be seen where no password is wanted.",
     .read = into<&PostgresProbe::database>},
};
constexpr std::string_view kSchemes[] = {"postgres", "postgresql"};

std::string read_url(std::string_view, std::string_view rest, PostgresProbe& probe) {
  const ServerUrl url = parse_server_url(rest, kPort);
  probe.host = url.where.host;
  probe.port = url.where.port;
  if (!url.user.empty()) probe.user = url.user;
  probe.database = url.path;
  return url.problem;
}

constexpr ProbeKindOf<PostgresProbe> kKind({
    .name = "postgres",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "postgres://[user@]host[:port][/database]",
    .read_url = read_url,
    .target = target_text,
    .host = [](const PostgresProbe& probe) { return probe.host; },
    .make = make_run<PostgresRun, PostgresProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& postgres = kKind;
}

}  // namespace usher
