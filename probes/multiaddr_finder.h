#pragma once
#include <optional>
#include <string>
#include <string_view>
namespace usher {
std::optional<std::string> find_multiaddr(std::string_view line, bool allow_loopback);
}
