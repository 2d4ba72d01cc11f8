// What /etc/hosts says of a name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "init/net/address.h"

namespace usher {

// All addresses of the name in the order of the file, IPv4 first. A file that is not there, not a
// regular one or over 1 MiB knows no names.
std::vector<Address> addresses_in_hosts_file(const std::string& file, std::string_view name,
                                             std::uint16_t port);

}  // namespace usher
