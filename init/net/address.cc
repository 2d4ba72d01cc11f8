#include "init/net/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

namespace usher {
namespace {

template <typename Socket>
Address make_address(const Socket& socket) {
  Address address;
  std::memcpy(&address.storage, &socket, sizeof socket);
  address.length = sizeof socket;
  return address;
}

template <typename Socket>
Socket view(const Address& address) {
  Socket socket;
  std::memcpy(&socket, &address.storage, sizeof socket);
  return socket;
}

std::string unix_text(const Address& address) {
  const auto socket = view<sockaddr_un>(address);
  std::string name(socket.sun_path, address.length - offsetof(sockaddr_un, sun_path));
  if (name.empty()) return "(unnamed)";
  if (name[0] == '\0')
    name[0] = '@';
  else
    name.pop_back();
  return name;
}

}  // namespace

std::string Address::text() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    const auto socket = view<sockaddr_in>(*this);
    ::inet_ntop(AF_INET, &socket.sin_addr, text, sizeof text);
  } else if (family() == AF_INET6) {
    const auto socket = view<sockaddr_in6>(*this);
    ::inet_ntop(AF_INET6, &socket.sin6_addr, text, sizeof text);
  } else if (family() == AF_UNIX) {
    return unix_text(*this);
  }
  return text;
}

void Address::set_port(std::uint16_t port) noexcept {
  const in_port_t in_network_order = htons(port);
  const std::size_t at =
      family() == AF_INET ? offsetof(sockaddr_in, sin_port) : offsetof(sockaddr_in6, sin6_port);
  std::memcpy(reinterpret_cast<char*>(&storage) + at, &in_network_order, sizeof in_network_order);
}

std::optional<Address> parse_address(std::string_view literal, std::uint16_t port) {
  if (literal.size() > 2 && literal.front() == '[' && literal.back() == ']')
    literal = literal.substr(1, literal.size() - 2);
  std::string text(literal);
  if (text.find('\0') != std::string::npos) return std::nullopt;
  sockaddr_in four{};
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    return make_address(four);
  }
  sockaddr_in6 six{};
  if (const auto percent = text.find('%'); percent != std::string::npos) {
    six.sin6_scope_id = ::if_nametoindex(text.c_str() + percent + 1);
    if (six.sin6_scope_id == 0) return std::nullopt;
    text.resize(percent);
  }
  if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) != 1) return std::nullopt;
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  return make_address(six);
}

std::optional<Address> unix_address(std::string_view path) {
  sockaddr_un socket{};
  socket.sun_family = AF_UNIX;
  const bool abstract = path.starts_with('@');
  // A path is kept with its terminating zero; an abstract name has none, and no limit but the size.
  if (path.size() <= abstract || path.size() + !abstract > sizeof socket.sun_path)
    return std::nullopt;
  std::memcpy(socket.sun_path, path.data(), path.size());
  if (abstract) socket.sun_path[0] = '\0';
  Address address = make_address(socket);
  address.length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + !abstract);
  return address;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  const bool bare_six = host.find(':') != std::string_view::npos && !host.starts_with('[');
  std::string text;
  text.append(bare_six ? "[" : "").append(host).append(bare_six ? "]:" : ":");
  return text + std::to_string(port);
}

}  // namespace usher
