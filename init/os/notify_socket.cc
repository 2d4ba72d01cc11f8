#include "init/os/notify_socket.h"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "init/os/pid_namespace.h"

namespace usher {
namespace {

// Returns whether there were random bytes to be had.
bool append_random(std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  unsigned char bytes[16];
  if (::getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != sizeof bytes) return false;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return true;
}

}  // namespace

int NotifySocket::open() {
  name_ = "@usher/" + pid_namespace() + "/notify/";
  if (!append_random(name_)) return EAGAIN;
  fd_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!fd_ || ::setsockopt(fd_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name_.data(), name_.size());
  address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
  return ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0 ? 0 : errno;
}

bool NotifySocket::next(NotifyDatagram& datagram) {
  char text[4096];
  // No room for descriptors: the kernel closes what does not fit, and none of them reaches us.
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  while (true) {
    iovec part{text, sizeof text};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    const cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if ((message.msg_flags & MSG_TRUNC) != 0 || header == nullptr ||
        header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_CREDENTIALS)
      continue;
    ucred sender;
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    datagram = {std::string(text, static_cast<std::size_t>(got)), sender.pid, sender.uid};
    return true;
  }
}

}  // namespace usher
