// http[s]://host[:port][/path][?query], or http://unix:/run/web.sock[:/path][?query].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace usher {

struct HttpUrl {
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 80;
  std::string path = "/";  // with its query, as it is sent
  std::string socket = {};  // of this machine, instead of a host; "@name" for an abstract one
  bool tls = false;  // https
  bool operator==(const HttpUrl&) const = default;

  // As it goes into a Host header: without the port that goes without saying, "localhost" for a
  // socket.
  std::string authority() const;
  // For people: a query may hold a secret and is not shown.
  std::string display() const;
  // All that stands before the path: "http://web:8080".
  std::string before_path() const;
};

struct HttpUrlResult {
  HttpUrl url;
  std::string problem;  // empty, or what is wrong; never quotes the URL
};

HttpUrlResult parse_http_url(std::string_view text);

// What a Location header means, seen from the page that it came with.
HttpUrlResult resolve_location(const HttpUrl& from, std::string_view location);

}  // namespace usher
