#include "init/tls/helper.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <psa/crypto.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "init/net/tls_request.h"
#include "init/os/confine.h"
#include "init/os/fd.h"
#include "init/tls/session.h"
#include "init/tls/trust.h"

namespace usher {
namespace {

constexpr int kPlain = STDOUT_FILENO;
constexpr int kNotStartedByUs = 2;
using Step = TlsSession::Step;

// The request and the connection that comes with it.
std::optional<TlsRequest> receive_request(Fd& connection) {
  std::string text(kMostTlsRequest, '\0');
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{text.data(), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  pollfd ready{kPlain, POLLIN, 0};
  while (::poll(&ready, 1, -1) < 0 && errno == EINTR) {
  }
  const ssize_t got = ::recvmsg(kPlain, &message, MSG_CMSG_CLOEXEC);
  if (got <= 0) return std::nullopt;
  const cmsghdr* const head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_type != SCM_RIGHTS) return std::nullopt;
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
  connection = Fd(descriptor);
  return decode_tls_request({text.data(), static_cast<std::size_t>(got)});
}

void send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::send(kPlain, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && errno != EINTR) return;
    if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

// Nothing is sent on a subscription: only this tells of a server that has vanished.
void keep_alive(int connection) {
  constexpr int kOn = 1, kIdle = 15, kInterval = 5, kCount = 3;
  ::setsockopt(connection, SOL_SOCKET, SO_KEEPALIVE, &kOn, sizeof kOn);
  ::setsockopt(connection, IPPROTO_TCP, TCP_KEEPIDLE, &kIdle, sizeof kIdle);
  ::setsockopt(connection, IPPROTO_TCP, TCP_KEEPINTVL, &kInterval, sizeof kInterval);
  ::setsockopt(connection, IPPROTO_TCP, TCP_KEEPCNT, &kCount, sizeof kCount);
}

// What is on its way in both directions, each a piece at a time: who takes nothing is given nothing.
class Relay {
 public:
  Relay(TlsSession& session, int connection) : session_(session), connection_(connection) {}

  // Whether usher is still there when the handshake has come to an end, either way.
  bool shake_hands();
  void run();

 private:
  bool wait(short plain, short connection);
  bool take_in();
  bool give_out();

  TlsSession& session_;
  const int connection_;
  std::string incoming_, outgoing_;
  bool usher_gone_ = false, server_done_ = false;
  Step writing_ = Step::done;
};

// False once usher has gone.
bool Relay::wait(short plain, short connection) {
  pollfd both[2] = {{kPlain, plain, 0}, {connection_, connection, 0}};
  while (::poll(both, 2, -1) < 0) {
    if (errno != EINTR && errno != EAGAIN) return false;
  }
  limit_work();
  return (both[0].revents & (POLLERR | POLLNVAL)) == 0 && ((both[0].revents & POLLHUP) == 0 || plain != 0);
}

bool Relay::shake_hands() {
  while (true) {
    const Step step = session_.shake_hands();
    if (step == Step::done || step == Step::failed) return true;
    if (!wait(0, step == Step::wants_read ? POLLIN : POLLOUT)) return false;
  }
}

// From the server to usher. False: nothing more can go that way.
bool Relay::take_in() {
  char bytes[16 * 1024];
  while (true) {
    while (!incoming_.empty()) {
      const ssize_t put = ::send(kPlain, incoming_.data(), incoming_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put < 0 && errno == EAGAIN) return true;
      if (put < 0 && errno != EINTR) return false;
      if (put > 0) incoming_.erase(0, static_cast<std::size_t>(put));
    }
    if (server_done_) return false;
    std::size_t got = 0;
    const Step step = session_.read(bytes, sizeof bytes, got);
    if (step == Step::wants_read || step == Step::wants_write) return true;
    server_done_ = step == Step::failed || got == 0;
    incoming_.assign(bytes, got);
  }
}

// From usher to the server. False: usher has gone, and all of it is on its way; or the server has.
bool Relay::give_out() {
  char bytes[16 * 1024];
  while (true) {
    while (!outgoing_.empty()) {
      std::size_t put = 0;
      writing_ = session_.write(outgoing_, put);
      if (writing_ == Step::failed) return false;
      if (writing_ != Step::done) return true;
      outgoing_.erase(0, put);
    }
    const ssize_t got = ::recv(kPlain, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (got <= 0) return false;
    outgoing_.assign(bytes, static_cast<std::size_t>(got));
  }
}

void Relay::run() {
  while (true) {
    if (!give_out()) break;
    if (!take_in()) break;
    const short plain = static_cast<short>((outgoing_.empty() ? POLLIN : 0) | (incoming_.empty() ? 0 : POLLOUT));
    const short connection = static_cast<short>((incoming_.empty() ? POLLIN : 0) |
                                                (outgoing_.empty() || writing_ == Step::wants_read ? 0 : POLLOUT));
    if (!wait(plain, connection)) break;
  }
  session_.say_goodbye();
}

// Ours are 0, 1 and 2, whatever we were started with: nothing that is printed goes to the other side.
bool keep_plain_only() {
  struct stat info {};
  if (::fstat(kPlain, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  keep_descriptor_only(kPlain);
  return ::open("/dev/null", O_RDWR | O_CLOEXEC) == STDIN_FILENO &&
         ::dup2(STDIN_FILENO, STDERR_FILENO) == STDERR_FILENO;
}

}  // namespace

int tls_helper() {
  end_with_parent();
  ::prctl(PR_SET_NAME, "usher-tls");
  Fd connection;
  if (!keep_plain_only()) return kNotStartedByUs;
  const std::optional<TlsRequest> request = receive_request(connection);
  if (!request) return kNotStartedByUs;
  const auto refuse = [](const std::string& why) {
    send_all(encode_tls_answer(false, why));
    return 1;
  };
  if (psa_crypto_init() != PSA_SUCCESS) return refuse("TLS: there are no random numbers here");
  Trust trust;
  if (const std::string why = trust.load(request->settings); !why.empty()) return refuse(why);
  keep_alive(connection.get());
  confine();
  TlsSession session(*request, trust, connection.get());
  if (!session.problem().empty()) return refuse(session.problem());
  Relay relay(session, connection.get());
  if (!relay.shake_hands()) return 1;
  if (!session.problem().empty()) return refuse(session.problem());
  send_all(encode_tls_answer(true, {}));
  relay.run();
  return 0;
}

}  // namespace usher
