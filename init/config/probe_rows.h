// Rows that several kinds of probe have in common, each with the member of its own settings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/config/decode.h"
#include "init/config/keys.h"
#include "init/text/host_port.h"

namespace usher::rows {

inline constexpr std::string_view kMatches[] = {"multiaddr"};

template <auto Member>
auto& member_of(void* record) {
  return static_cast<decltype(record_of(Member))*>(record)->*Member;
}

// Only one thing can be matched so far, so naming it switches it on.
template <auto Member>
void read_match(Site& site, Value& value, void* record) {
  if (read_choice(site, value)) member_of<Member>(record) = true;
}

template <auto Member>
void read_some_pattern(Site& site, Value& value, void* record) {
  read(site, value, member_of<Member>(record));
  if (value.kind == Value::Kind::text && value.expanded && value.text.empty())
    site.problem(value, "expected a regular expression, got an empty text");
}

template <auto Host, auto Port>
void read_host_port(Site& site, Value& value, void* record) {
  std::string text;
  read(site, value, text);
  const HostPort where = parse_host_port(text).where;
  member_of<Host>(record) = where.host;
  member_of<Port>(record) = where.port;
}

template <auto Member>
inline constexpr Key kMatch = {
    .path = "match",
    .type = KeyType::choice,
    .help = "Look for a multiaddr that others can dial: in a line, or in the value of the key.",
    .read = read_match<Member>,
    .choices = one_of(kMatches)};

template <auto Member>
inline constexpr Key kPattern = {
    .path = "pattern",
    .type = KeyType::pattern,
    .help = "A POSIX extended regular expression, as grep -E reads it, that a part of a line matches: "
            "of the output, of the key's value, of the response's body or of the file.",
    .read = read_some_pattern<Member>};

template <auto Member>
inline constexpr Key kIgnoreCase = {
    .path = "ignore_case",
    .type = KeyType::boolean,
    .fallback = "false",
    .help = "With pattern: capital and small letters of ASCII are the same.",
    .read = into<Member>};

// What is wrong with what is beside a pattern, or in its place.
inline std::string pattern_problem(const Value& written, bool whole, bool ignore_case) {
  const bool pattern = written.find("pattern");
  if (pattern && written.find("match")) return "match and pattern exclude each other; give one of them";
  return whole && !pattern && ignore_case ? "ignore_case is about a pattern; expected a pattern" : "";
}

template <auto Member>
inline constexpr Key kAllowLoopback = {
    .path = "allow_loopback",
    .type = KeyType::boolean,
    .fallback = "false",
    .help = "With match: an address on the loopback interface counts, too.",
    .read = into<Member>};

template <auto Member>
inline constexpr Key kUrl = {
    .path = "url",
    .help = "redis[s]://[user[:password]@]host[:port][/database] or unix:///path; for http, "
            "http[s]://host[:port][/path] or http://unix:/run/web.sock[:/path].",
    .read = into<Member>,
    .needed = true};

template <auto Member>
inline constexpr Key kUser = {
    .path = "user",
    .help = "As whom to log in; by default the user of the URL. postgres (by default as \"postgres\") and mysql (as "
            "\"usher\") are sent no password: to be asked for one is to be answered.",
    .read = into<Member>};

template <auto Member>
inline constexpr Key kPassword = {
    .path = "password",
    .fallback = R"("")",
    .help = "The password, taken as it is: no character in it means anything. By default the one of the URL.",
    .read = into<Member>};

template <auto Member>
inline constexpr Key kTls = {
    .path = "tls",
    .type = KeyType::tls,
    .help = "What TLS is spoken with; what is not said is as [tls] has it. Where the URL says whether it "
            "is spoken (https, rediss) a table only; elsewhere true, or a table, for a server that speaks it.",
    .read = into<Member>};

inline std::string tls_problem(const std::optional<TlsSettings>& tls) {
  return tls && !kSpeaksTls ? kNoTls : "";
}

template <auto Member>
inline constexpr Key kMaxMemory = {
    .path = "max_memory",
    .type = KeyType::size,
    .help = "The most memory: of the server, or of the service with its descendants.",
    .read = into<Member>,
    .least = 1};

inline constexpr std::string_view kAddressHelp =
    "Host and port; for libp2p a multiaddr of TCP or of a WebSocket without TLS, in health by default "
    "${ready.value}.";

template <auto Host, auto Port>
inline constexpr Key kAddress = {.path = "address",
                                 .type = KeyType::endpoint,
                                 .help = kAddressHelp,
                                 .read = read_host_port<Host, Port>,
                                 .needed = true};

template <auto Member>
inline constexpr Key kPath = {
    .path = "path",
    .type = KeyType::socket,
    .help = "The file, or the socket; \"@name\" is an abstract socket.",
    .read = into<Member>,
    .needed = true};

constexpr Key typed(Key key, KeyType type) {
  key.type = type;
  return key;
}

}  // namespace usher::rows
