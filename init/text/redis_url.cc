#include "init/text/redis_url.h"

#include <optional>

#include "init/base/text.h"
#include "init/text/server_url.h"

namespace usher {
namespace {

constexpr std::size_t kLongestSocketPath = 107;  // sun_path, without its NUL

std::optional<std::uint32_t> number_up_to(std::string_view text, std::int64_t most) {
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto number = parse_integer(text);
  if (!number || *number > most) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

// Cuts off and returns what stands before `mark`, if it is there; the mark goes, too.
std::optional<std::string_view> cut_before(std::string_view& text, std::size_t mark) {
  if (mark == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, mark);
  text.remove_prefix(mark + 1);
  return before;
}

// These return what is wrong; empty where nothing is.

std::string read_credentials(std::string_view text, RedisUrl& url) {
  const auto colon = text.find(':');
  const auto user = percent_decode(text.substr(0, colon));
  const auto password =
      colon == std::string_view::npos ? "" : percent_decode(text.substr(colon + 1));
  if (!user || !password) return "a percent sign needs two hexadecimal digits other than 00";
  if (password->empty() && !user->empty()) return "a user needs a password";
  url.user = *user;
  url.password = *password;
  return {};
}

std::string read_database(std::string_view text, RedisUrl& url) {
  const auto number = number_up_to(text, 0x7fffffff);
  if (text.empty() || !number) return "the database is not a number";
  url.database = *number;
  return {};
}

bool is_host(std::string_view host, bool bracketed) {
  if (host.empty()) return false;
  for (const char c : host) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (!letter && !digit &&
        std::string_view(bracketed ? ".:" : ".-_").find(c) == std::string_view::npos)
      return false;
  }
  return true;
}

std::string read_host_and_port(std::string_view text, RedisUrl& url) {
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string_view::npos) return "the bracket of the address is not closed";
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  std::string_view rest =
      end == std::string_view::npos ? "" : text.substr(end + (bracketed ? 1 : 0));
  if (host.empty()) return "it names no host";
  if (!is_host(host, bracketed))
    return "the host is neither a name nor an address (IPv6 stands in brackets; in a password, /, "
           "?, # and @ are written %2F, %3F, %23 and %40, or it stands in a key of its own, password)";
  url.host = host;
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return "only a port may follow the address";
  rest.remove_prefix(1);
  const auto port = number_up_to(rest, 65535);
  if (!port || *port == 0) return "the port is not a number from 1 to 65535";
  url.port = static_cast<std::uint16_t>(*port);
  return {};
}

std::string read_tcp(std::string_view text, RedisUrl& url) {
  std::string_view rest;
  if (const auto slash = text.find_first_of("/?#"); slash != std::string_view::npos) {
    rest = text.substr(slash);
    text = text.substr(0, slash);
  }
  if (const auto credentials = cut_before(text, text.rfind('@')))
    if (std::string problem = read_credentials(*credentials, url); !problem.empty()) return problem;
  if (std::string problem = read_host_and_port(text, url); !problem.empty()) return problem;
  if (rest.empty() || rest == "/") return {};
  if (!rest.starts_with('/')) return "only /database may follow the host and the port";
  return read_database(rest.substr(1), url);
}

std::string read_unix(std::string_view text, RedisUrl& url) {
  const auto query = text.find_first_of("?#");
  std::string_view rest = query == std::string_view::npos ? "" : text.substr(query);
  text = text.substr(0, query);
  if (const auto credentials = cut_before(text, text.substr(0, text.find('/')).rfind('@')))
    if (std::string problem = read_credentials(*credentials, url); !problem.empty()) return problem;
  const auto path = percent_decode(text);
  if (!path) return "a percent sign needs two hexadecimal digits other than 00";
  if (!path->starts_with('/') || path->size() < 2) return "the path of the socket is not absolute";
  if (path->size() > kLongestSocketPath) return "the path of the socket has more than 107 bytes";
  url.path = *path;
  if (rest.empty()) return {};
  if (!rest.starts_with("?db=")) return "only ?db=NUMBER may follow the path";
  return read_database(rest.substr(4), url);
}

}  // namespace

std::string RedisUrl::display() const {
  if (!path.empty())
    return "unix://" + path + (database != 0 ? "?db=" + std::to_string(database) : "");
  const bool ipv6 = host.find(':') != std::string::npos;
  return std::string(tls ? "rediss://" : "redis://") + (ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port) +
         (database != 0 ? '/' + std::to_string(database) : "");
}

RedisUrlResult parse_redis_url(std::string_view text) {
  RedisUrlResult result;
  const auto colon = text.find("://");
  const std::string scheme = to_lower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (scheme == "rediss") result.url.tls.emplace();
  if (scheme == "rediss" && !kSpeaksTls)
    result.problem = kNoTls;
  else if (scheme == "redis" || scheme == "rediss")
    result.problem = read_tcp(text.substr(colon + 3), result.url);
  else if (scheme == "unix")
    result.problem = read_unix(text.substr(colon + 3), result.url);
  else
    result.problem = "it begins with none of redis://, rediss:// and unix://";
  if (!result.problem.empty()) result.url = {};
  return result;
}

RedisUrl redis_server(std::string_view url, std::string_view user, std::string_view password) {
  RedisUrl server = parse_redis_url(url).url;
  if (user.empty() && password.empty()) return server;
  server.user = user;
  server.password = password;
  return server;
}

std::string problem_of_login(std::string_view url, std::string_view user, std::string_view password) {
  if (user.empty() && password.empty()) return {};
  if (password.empty()) return "a user needs a password";
  const RedisUrl server = parse_redis_url(url).url;
  return server.user.empty() && server.password.empty()
             ? ""
             : "user and password stand in the URL already; give them in one place";
}

}  // namespace usher
