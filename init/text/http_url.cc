#include "init/text/http_url.h"

#include <strings.h>

#include <algorithm>

#include "init/base/text.h"
#include "init/base/tls.h"
#include "init/text/host_port.h"

namespace usher {
namespace {

constexpr std::size_t kLongest = 4096;
constexpr std::string_view kUnix = "unix:";

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
  return text.size() >= scheme.size() &&
         ::strncasecmp(text.data(), scheme.data(), scheme.size()) == 0;
}

std::string from_root(std::string_view path) {
  return path.starts_with('/') ? std::string(path) : '/' + std::string(path);
}

HttpUrlResult wrong(std::string problem) { return {{}, std::move(problem)}; }

std::string read_authority(std::string_view text, HttpUrl& url) {
  if (text.find('@') != std::string_view::npos)
    return "user and password do not go into the URL; give an Authorization header";
  const auto [where, problem] = parse_host_port(text, url.tls ? 443 : 80);
  url.host = where.host;
  url.port = where.port;
  return problem;
}

// "unix:/run/web.sock:/path": a colon ends the name of the socket.
HttpUrl read_socket(std::string_view text) {
  HttpUrl url;
  text.remove_prefix(kUnix.size());
  const auto colon = text.find(':');
  url.socket = text.substr(0, colon);
  if (colon != std::string_view::npos && colon + 1 < text.size())
    url.path = from_root(text.substr(colon + 1));
  return url;
}

}  // namespace

std::string HttpUrl::authority() const {
  if (!socket.empty()) return "localhost";
  const std::string name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return port == (tls ? 443 : 80) ? name : name + ':' + std::to_string(port);
}

std::string HttpUrl::display() const {
  return hide_passwords(before_path() + path.substr(0, path.find('?')));
}

std::string HttpUrl::before_path() const {
  return std::string(tls ? "https://" : "http://") + (socket.empty() ? authority() : std::string(kUnix) + socket + ':');
}

HttpUrlResult parse_http_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://", kSecure = "https://";
  const bool tls = starts_with_scheme(text, kSecure);
  if (tls && !kSpeaksTls) return wrong(kNoTls);
  if (!tls && !starts_with_scheme(text, kScheme))
    return wrong("expected http://host[:port][/path], or https://");
  if (text.size() > kLongest) return wrong("longer than 4096 bytes");
  // A blank or a line break would end the request line and begin a header of its own.
  const bool printable = std::all_of(text.begin(), text.end(),
                                     [](unsigned char byte) { return byte > ' ' && byte < 0x7f; });
  if (!printable)
    return wrong("blanks and bytes outside ASCII have to be written as %20 and so on");
  text.remove_prefix(tls ? kSecure.size() : kScheme.size());
  text = text.substr(0, text.find('#'));
  if (!tls && (text.starts_with("unix:/") || text.starts_with("unix:@"))) return {read_socket(text), {}};
  const std::string_view authority = text.substr(0, text.find_first_of("/?"));
  HttpUrlResult result;
  result.url.tls = tls;
  result.problem = read_authority(authority, result.url);
  const std::string_view rest = text.substr(authority.size());
  if (!rest.empty()) result.url.path = from_root(rest);
  return result;
}

HttpUrlResult resolve_location(const HttpUrl& from, std::string_view location) {
  const std::string_view before_query = location.substr(0, location.find_first_of("/?#"));
  if (before_query.find(':') != std::string_view::npos) return parse_http_url(location);
  if (location.starts_with("//")) return parse_http_url(std::string(from.tls ? "https:" : "http:") + std::string(location));
  const std::string here = from.before_path();
  if (location.starts_with('/')) return parse_http_url(here + std::string(location));
  const std::string path = from.path.substr(0, from.path.find('?'));
  if (location.empty() || location.starts_with('#')) return {from, {}};
  if (location.starts_with('?')) return parse_http_url(here + path + std::string(location));
  return parse_http_url(here + path.substr(0, path.rfind('/') + 1) + std::string(location));
}

}  // namespace usher
