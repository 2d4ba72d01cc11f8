// The keys and the readers of probes.
#include <algorithm>

#include "init/base/text.h"
#include "init/config/decode.h"
#include "init/config/text_problem.h"
#include "init/text/host_port.h"

namespace usher {
namespace {

using Kind = Value::Kind;
using enum ProbeKind;

enum class Match : std::uint8_t { multiaddr };
enum class Stream : std::uint8_t { out, err, both };
enum class Method : std::uint8_t { get, head };

// A probe as written: the keys of all kinds side by side.
struct ProbeText {
  ProbeKind type = out;
  Match match = Match::multiaddr;
  std::string pattern;
  Stream stream = Stream::out;
  bool allow_loopback = false;
  std::string url;
  std::string key;
  std::uint64_t max_memory = 0;
  std::uint64_t max_clients = 0;
  std::string address;
  std::string path;
  Method method = Method::get;
  std::vector<std::pair<int, int>> status = HttpProbe{}.status;
  std::map<std::string, std::string> headers;
  unsigned redirects = 0;
  std::string service;
  Argv command;
  std::vector<int> catches;
  double max_cpu = 0;
  unsigned fd = 0;
  Millis watchdog{0};
};

constexpr std::string_view kTypes[] = {"stdout", "stderr", "redis", "tcp",     "unix",  "http",
                                       "grpc",   "exec",   "file",  "process", "notify"};
constexpr std::string_view kMatches[] = {"multiaddr"};
constexpr std::string_view kStreams[] = {"stdout", "stderr", "both"};
constexpr std::string_view kMethods[] = {"GET", "HEAD"};

constexpr Kinds kLines = kinds_of(out, err);

constexpr Key kProbeKeys[] = {
    {.path = "type",
     .type = KeyType::choice,
     .help = "The kind of probe.",
     .read = into<&ProbeText::type>,
     .choices = one_of(kTypes),
     .needed = kAllKinds},
    {.path = "match",
     .type = KeyType::choice,
     .help = "Look for a multiaddr that others can dial: in a line, or in the value of the key.",
     .read = into<&ProbeText::match>,
     .choices = one_of(kMatches),
     .kinds = kLines | kinds_of(redis)},
    {.path = "pattern",
     .type = KeyType::pattern,
     .help = "A POSIX extended regular expression, as grep -E reads it, that a part of a line matches: "
             "of the output, of the key's value, of the response's body or of the file.",
     .read = into<&ProbeText::pattern>,
     .kinds = kLines | kinds_of(redis, http, file)},
    {.path = "stream",
     .type = KeyType::choice,
     .help = "Where to look instead of the stream that the type names.",
     .read = into<&ProbeText::stream>,
     .choices = one_of(kStreams),
     .kinds = kLines},
    {.path = "allow_loopback",
     .type = KeyType::boolean,
     .fallback = "false",
     .help = "With match: an address on the loopback interface counts, too.",
     .read = into<&ProbeText::allow_loopback>,
     .kinds = kLines | kinds_of(redis)},
    {.path = "url",
     .type = KeyType::text,
     .help = "redis://[user[:password]@]host[:port][/database] or unix:///path; for http, "
             "http://host[:port][/path] or http://unix:/run/web.sock[:/path].",
     .read = into<&ProbeText::url>,
     .kinds = kinds_of(redis, http),
     .needed = kinds_of(redis, http)},
    {.path = "key",
     .type = KeyType::text,
     .help = "A key that has to be there and not empty, string or list. It is never consumed.",
     .read = into<&ProbeText::key>,
     .kinds = kinds_of(redis)},
    {.path = "max_memory",
     .type = KeyType::size,
     .help = "The most memory: of the server, or of the service with its descendants.",
     .read = into<&ProbeText::max_memory>,
     .least = 1,
     .kinds = kinds_of(redis, process)},
    {.path = "max_clients",
     .type = KeyType::integer,
     .help = "The most connections of the server.",
     .read = into<&ProbeText::max_clients>,
     .least = 1,
     .most = 1e9,
     .kinds = kinds_of(redis)},
    {.path = "address",
     .type = KeyType::endpoint,
     .help = "Host and port.",
     .read = into<&ProbeText::address>,
     .kinds = kinds_of(tcp, grpc),
     .needed = kinds_of(tcp, grpc)},
    {.path = "path",
     .type = KeyType::socket,
     .help = "The file, or the socket; \"@name\" is an abstract socket.",
     .read = into<&ProbeText::path>,
     .kinds = kinds_of(unix_socket, file),
     .needed = kinds_of(unix_socket, file)},
    {.path = "method",
     .type = KeyType::choice,
     .fallback = R"("GET")",
     .help = "The method of the request.",
     .read = into<&ProbeText::method>,
     .choices = one_of(kMethods),
     .kinds = kinds_of(http)},
    {.path = "status",
     .type = KeyType::statuses,
     .fallback = R"(["200-399"])",
     .help = "The status codes that are good: 200, \"200-299\", or a list of them.",
     .read = into<&ProbeText::status>,
     .kinds = kinds_of(http)},
    {.path = "headers",
     .type = KeyType::headers,
     .fallback = "{}",
     .help = "Headers of the request, such as { Host = \"example.org\" }.",
     .read = into<&ProbeText::headers>,
     .kinds = kinds_of(http)},
    {.path = "redirects",
     .type = KeyType::integer,
     .fallback = "0",
     .help = "How many redirects to follow, on the same host.",
     .read = into<&ProbeText::redirects>,
     .most = 10,
     .kinds = kinds_of(http)},
    {.path = "service",
     .type = KeyType::text,
     .fallback = R"("")",
     .help = "The service to ask about; by default the server as a whole.",
     .read = into<&ProbeText::service>,
     .kinds = kinds_of(grpc)},
    {.path = "command",
     .type = KeyType::argv,
     .help = "The program and its arguments, without a shell; it has to end with 0.",
     .read = into<&ProbeText::command>,
     .kinds = kinds_of(exec),
     .needed = kinds_of(exec)},
    {.path = "catches",
     .type = KeyType::signals,
     .fallback = "[]",
     .help = "Signals that the service must have handlers for.",
     .read = into<&ProbeText::catches>,
     .kinds = kinds_of(process)},
    {.path = "max_cpu",
     .type = KeyType::number,
     .help = "The most per cent of one CPU since the last run.",
     .read = into<&ProbeText::max_cpu>,
     .least = 0.1,
     .most = 1e6,
     .kinds = kinds_of(process)},
    {.path = "fd",
     .type = KeyType::integer,
     .help = "The descriptor on which the service writes a newline, as with s6; by default it speaks "
             "to systemd's NOTIFY_SOCKET.",
     .read = into<&ProbeText::fd>,
     .least = 3,
     .most = 1023,
     .kinds = kinds_of(notify)},
    {.path = "watchdog",
     .type = KeyType::duration,
     .fallback = R"("0s")",
     .help = "The longest time between two WATCHDOG=1; 0 asks for none.",
     .read = into<&ProbeText::watchdog>,
     .kinds = kinds_of(notify)},
};

ProbeConfig line_of(ProbeText& text, const Value& value) {
  const Stream own = text.type == err ? Stream::err : Stream::out;
  const Stream stream = value.find("stream") ? text.stream : own;
  return LineProbe{.on_stdout = stream != Stream::err,
                   .on_stderr = stream != Stream::out,
                   .multiaddr = value.find("match") != nullptr,
                   .pattern = std::move(text.pattern),
                   .allow_loopback = text.allow_loopback};
}

ProbeConfig probe_of(ProbeText& text, const Value& value) {
  const auto [host, port] = parse_host_port(text.address).where;
  switch (text.type) {
    case out:
    case err: return line_of(text, value);
    case redis:
      return RedisProbe{text.url, text.max_memory, text.max_clients, text.key, text.pattern,
                        value.find("match") != nullptr, text.allow_loopback};
    case tcp: return TcpProbe{host, port};
    case unix_socket: return UnixProbe{text.path};
    case http:
      return HttpProbe{text.url,     text.method == Method::head ? "HEAD" : "GET",
                       text.status,  text.headers,
                       text.pattern, text.redirects};
    case grpc: return GrpcProbe{host, port, text.service};
    case exec: return ExecProbe{text.command};
    case file: return FileProbe{text.path, text.pattern};
    case process: return ProcessProbe{text.catches, text.max_memory, text.max_cpu};
    case notify:
      return NotifyProbe{value.find("fd") ? static_cast<int>(text.fd) : -1, text.watchdog};
  }
  return LineProbe{};
}

std::string names_of(Kinds kinds) {
  std::string names;
  for (std::size_t i = 0; i < std::size(kTypes); ++i)
    if (holds(kinds, static_cast<ProbeKind>(i))) names += (names.empty() ? "" : ", ") + in_quotes(kTypes[i]);
  return names;
}

// Keys that have nothing to do with this kind of probe.
void check_kinds(const Site& site, const Value& value, ProbeKind kind) {
  for (const Key& key : probe_keys()) {
    const Value* const given = value.find(key.path);
    if (given && !holds(key.kinds, kind))
      site.context.problems.add(given->place, site.path + '.' + std::string(key.path),
                                "is not for probes of type " +
                                    in_quotes(kTypes[static_cast<std::size_t>(kind)]) + "; only for " +
                                    names_of(key.kinds));
  }
}

// What one kind says about its keys beyond what each of them says. Empty: nothing is wrong.
std::string problem_of_probe(const ProbeText& text, const Value& value, bool whole) {
  const bool match = value.find("match"), pattern = value.find("pattern");
  const bool line = holds(kLines, text.type);
  if (match && pattern) return "match and pattern exclude each other; give one of them";
  if (line && whole && !match && !pattern)
    return "expected what to look for: match = \"multiaddr\", or pattern = '...'";
  if (text.type == redis && whole && (match || pattern) && !value.find("key"))
    return "match and pattern look at the value of a key; expected a key";
  if (text.type == http && pattern && text.method == Method::head)
    return "a response to HEAD has no body that a pattern could match";
  if (text.type == notify && value.find("fd") && text.watchdog.count() > 0)
    return "a descriptor has no watchdog; watchdog needs systemd's NOTIFY_SOCKET";
  return {};
}

// Texts whose meaning depends on the kind.
void check_texts(const Site& site, const ProbeText& text, const Value& value) {
  const auto check = [&](std::string_view key, std::string why) {
    if (const Value* const given = value.find(key); given && !why.empty())
      site.context.problems.add(given->place, site.path + '.' + std::string(key), std::move(why));
  };
  if (const Value* const pattern = value.find("pattern"); pattern && pattern->expanded)
    check("pattern", text.pattern.empty() ? "expected a regular expression, got an empty text" : "");
  if (text.type == redis) check("url", problem_of_text(KeyType::redis_url, text.url));
  if (text.type == http) check("url", problem_of_text(KeyType::http_url, text.url));
  if (text.type == file) check("path", problem_of_text(KeyType::path, text.path));
}

// All of them where it is the name of none.
Kinds kinds_named(std::string_view type) {
  for (std::size_t i = 0; i < std::size(kTypes); ++i)
    if (kTypes[i] == type) return kinds_of(static_cast<ProbeKind>(i));
  return kAllKinds;
}

void read_probe(Site& site, Value& value, ProbeConfig& out) {
  if (value.kind != Kind::table)
    return site.problem(value, "expected a table such as { type = \"stdout\", pattern = 'ready' }, got " +
                                   describe(value));
  ProbeText text;
  const std::size_t before = site.context.problems.count();
  const Value* const type = value.find("type");
  DecodeContext context = site.context;
  if (type) context.kinds = kinds_named(type->text);
  read_table(context, value, probe_keys(), site.path + '.', &text);
  if (!type) return require_keys(site, value, probe_keys(), kinds_of(text.type));
  const auto known = std::find(std::begin(kTypes), std::end(kTypes), type->text);
  if (type->kind != Kind::text || known == std::end(kTypes)) return;  // told already
  if (!holds(site.key.kinds, text.type))
    return site.context.problems.add(
        type->place, site.path + ".type",
        in_quotes(*known) + " asks the service itself, which does not run yet; expected one of " +
            names_of(site.key.kinds));
  check_kinds(site, value, text.type);
  if (site.context.problems.count() == before) check_texts(site, text, value);
  require_keys(site, value, probe_keys(), kinds_of(text.type));
  if (std::string why = problem_of_probe(text, value, site.context.in_use); !why.empty())
    site.problem(value, std::move(why));
  out = probe_of(text, value);
}

}  // namespace

Keys probe_keys() { return {kProbeKeys, std::size(kProbeKeys)}; }
Choices probe_kinds() { return one_of(kTypes); }

void read(Site& site, Value& value, ProbeConfig& out) { read_probe(site, value, out); }

void read(Site& site, Value& value, std::vector<ProbeConfig>& out) {
  std::vector<ProbeConfig> probes;
  if (value.kind != Kind::array) {
    probes.emplace_back();
    read_probe(site, value, probes.back());
  } else {
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      Site here{site.context, site.key, site.path + '[' + std::to_string(i) + ']'};
      probes.emplace_back();
      read_probe(here, value.items[i], probes.back());
    }
  }
  out = std::move(probes);
}

}  // namespace usher
