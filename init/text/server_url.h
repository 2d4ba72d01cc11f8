// What URLs of servers have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "init/text/host_port.h"

namespace usher {

// Nothing for a percent sign without two hexadecimal digits, and for a NUL.
std::optional<std::string> percent_decode(std::string_view text);

struct ServerUrl {
  HostPort where;
  std::string user;     // empty where none is named
  std::string path;     // without the slash before it
  std::string query;    // as it is written, without the question mark
  std::string problem;  // empty, or what is wrong; never quotes the URL, which may hold a password
};

// What follows the scheme: [user[:password]@]host[:port][/path][?query]. A password may stand
// there, as in the URL that a client is given, and is passed over. `standard` is the port where
// none is written.
ServerUrl parse_server_url(std::string_view rest, std::uint16_t standard);

}  // namespace usher
