// Where something can be reached.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  int family() const noexcept { return storage.ss_family; }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  // "172.18.0.2", "fd00::2", "/run/app.sock", "@name": without a port.
  std::string text() const;
  void set_port(std::uint16_t port) noexcept;  // of an Internet address
};

// A literal: "127.0.0.1", "::1", "[::1]", "fe80::1%eth0". Nothing when it is a name.
std::optional<Address> parse_address(std::string_view literal, std::uint16_t port);

// "/path", or "@name" for an abstract one. Nothing when it is empty or longer than the kernel
// takes.
std::optional<Address> unix_address(std::string_view path);

// "redis:6379", "[::1]:6379": as people write it.
std::string host_and_port(std::string_view host, std::uint16_t port);

}  // namespace usher
