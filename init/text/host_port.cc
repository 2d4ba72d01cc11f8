#include "init/text/host_port.h"

#include <arpa/inet.h>

#include <algorithm>

#include "init/base/text.h"

namespace usher {
namespace {

// Names as resolvers take them; an underscore stands in the names of Compose's services.
bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  return !text.empty() && text.size() <= kLongest && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

bool is_ipv6(std::string_view text) {
  // Followed by a zone, as in fe80::1%eth0, which only the kernel can judge.
  in6_addr address;
  return ::inet_pton(AF_INET6, std::string(text.substr(0, text.find('%'))).c_str(), &address) == 1;
}

std::string take_port(std::string_view text, std::uint16_t& port) {
  const auto number = parse_integer(text);
  if (!number || *number < 1 || *number > 65535 || text.front() == '-')
    return "the port is not a number from 1 to 65535";
  port = static_cast<std::uint16_t>(*number);
  return {};
}

std::string take_host_port(std::string_view text, HostPort& where) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && end == std::string_view::npos) return "the bracket of the address is not closed";
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  std::string_view rest = end == std::string_view::npos ? "" : text.substr(end + (bracketed ? 1 : 0));
  if (host.empty()) return "it names no host";
  if (bracketed ? !is_ipv6(host) : !is_name(host))
    return "the host is neither a name nor an address; IPv6 stands in brackets";
  where.host = host;
  if (rest.empty()) return where.port == 0 ? "it names no port" : "";
  if (!rest.starts_with(':')) return "only a port may follow the address";
  return take_port(rest.substr(1), where.port);
}

}  // namespace

HostPortResult parse_host_port(std::string_view text, std::uint16_t standard) {
  HostPortResult result{{"", standard}, ""};
  result.problem = take_host_port(text, result.where);
  if (!result.problem.empty()) result.where = {};
  return result;
}

bool is_address(const std::string& text) {
  in_addr address;
  return is_ipv6(text) || ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

}  // namespace usher
