// Where a Redis server is, and as whom to speak to it:
//
//   redis[s]://[user[:password]@]host[:port][/database]
//   unix://[user[:password]@]/path[?db=database]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "init/base/tls.h"

namespace usher {

struct RedisUrl {
  std::string host;  // a name, or an address without brackets; empty where there is a path
  std::uint16_t port = 6379;
  std::string path;  // of a Unix socket
  std::string user;  // empty: the default user
  std::string password;
  std::uint32_t database = 0;
  std::optional<TlsSettings> tls = {};  // rediss; whoever knows with what puts it in

  // What may be shown to people: neither user nor password.
  std::string display() const;
  bool operator==(const RedisUrl&) const = default;
  // The same, where TLS is spoken with these settings.
  RedisUrl with(const TlsSettings& settings) const {
    RedisUrl url = *this;
    if (url.tls) url.tls = settings;
    return url;
  }
};

struct RedisUrlResult {
  RedisUrl url;
  std::string problem;  // empty, or what is wrong; never quotes the URL, which may hold a password
};

RedisUrlResult parse_redis_url(std::string_view text);

// Of a URL that has been checked, with the user and the password that stand beside it. They are taken as
// they are: nothing in them means anything. Both empty: what the URL itself has.
RedisUrl redis_server(std::string_view url, std::string_view user, std::string_view password);
// What is wrong with the three together; empty where nothing is, and where the URL itself is wrong.
std::string problem_of_login(std::string_view url, std::string_view user, std::string_view password);

}  // namespace usher
