#include "init/coordinate/presence.h"

#include <sys/socket.h>

#include <cstdio>

#include "init/net/address.h"
#include "init/os/random.h"

namespace usher {
namespace {

std::optional<Address> address_of(const std::string& token) {
  return unix_address("@usher/owner/" + token);
}

Fd datagram_socket() {
  return Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

Presence::Presence() : socket_(datagram_socket()) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(random_number()));
  token_ = text;
  // Without a name others take us for an earlier life, until they hear of us through Redis.
  const auto own = address_of(token_);
  if (socket_ && own) static_cast<void>(::bind(socket_.get(), own->get(), own->length));
}

bool Presence::is_here(const std::string& token) {
  const auto other = address_of(token);
  const Fd socket = datagram_socket();
  return socket && other && ::connect(socket.get(), other->get(), other->length) == 0;
}

}  // namespace usher
