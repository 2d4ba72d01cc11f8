#include "init/net/tls_handover.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace usher {
namespace {

// All of it at once, or not at all: the socket is new and has room.
bool send_with(int descriptor, std::string text, int socket) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{text.data(), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(text.size());
}

std::string in_words(const char* what, int error) {
  return std::string("TLS: cannot ") + what + ": " + std::strerror(error);
}

}  // namespace

TlsHandover::~TlsHandover() {
  poll_.reset();
  if (helper_ > 0 && launcher_.runs(helper_)) launcher_.abandon(helper_);
}

std::string TlsHandover::start(const Fd& connection, const TlsRequest& request, Done done) {
  if (!kSpeaksTls) return kNoTls;
  const std::string text = encode(request);
  if (text.empty()) return "TLS: what is to be used for it is too long";
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
    return in_words("make a socket", errno);
  plain_ = Fd(ends[0]);
  const Fd theirs(ends[1]);
  poll_ = std::make_unique<Poll>(loop_, plain_.get());
  if (poll_->error() != 0) return in_words("watch a socket", poll_->error());
  std::string why;
  helper_ = launcher_.launch_own({kTlsHelper}, theirs.get(), why).pid;
  if (helper_ < 0) return "TLS is spoken by a process of its own, which cannot be started: " + why;
  if (!send_with(connection.get(), text, plain_.get())) return in_words("ask the helper", errno);
  done_ = std::move(done);
  poll_->start(UV_READABLE, [this] { on_event(); });
  return {};
}

void TlsHandover::on_event() {
  char bytes[4096];
  while (!answer_.complete()) {
    const ssize_t got = ::recv(plain_.get(), bytes, std::min(answer_.needed(), sizeof bytes), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return finish("TLS: the process that speaks it has ended without a word");
    answer_.feed({bytes, static_cast<std::size_t>(got)});
  }
  finish(answer_.good() ? std::string() : answer_.why());
}

void TlsHandover::finish(std::string why) {
  helper_ = -1;  // it ends by itself, with the connection
  poll_.reset();
  if (!why.empty()) plain_.reset();
  const Done done = std::exchange(done_, nullptr);
  done(std::move(plain_), std::move(why));
}

}  // namespace usher
