#include "init/net/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "init/os/configured_path.h"

namespace usher {
namespace {

using std::chrono::milliseconds;

// RFC 8305 advises 250 ms between two addresses that do not answer.
constexpr milliseconds kStagger{250};
constexpr std::size_t kMostAttempts = 16;
constexpr std::size_t kMostFailuresTold = 3;
constexpr int kNoAnswer = ETIMEDOUT;

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

// A port of this machine that nobody listens on can be given to our own side, and TCP then
// connects us to ourselves.
bool is_connected_to_itself(int fd, const Address& peer) {
  if (peer.family() == AF_UNIX) return false;
  Address own;
  own.length = sizeof own.storage;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&own.storage), &own.length) == 0 &&
         own.length == peer.length && std::memcmp(&own.storage, &peer.storage, own.length) == 0;
}

// Returns whether it is connected; if not, errno says why.
bool connect_to(int fd, const Address& address, const std::string& path) {
  if (path.empty() || path.starts_with('@')) return ::connect(fd, address.get(), address.length) == 0;
  return (errno = ConfiguredPath(path).connect_socket(fd)) == 0;
}

}  // namespace

std::string Endpoint::text() const { return path.empty() ? host_and_port(host, port) : path; }

Connector::Connector(Loop& loop, Resolver& resolver)
    : loop_(loop), resolver_(resolver), limit_(loop), stagger_(loop), soon_(loop) {}

Connector::~Connector() { cancel(); }

void Connector::cancel() {
  limit_.cancel();
  stagger_.cancel();
  soon_.cancel();
  request_.reset();
  for (Attempt& attempt : attempts_) attempt.poll.reset();
  attempts_.clear();
  handover_.reset();
  begun_ = 0;
  accepted_ = kNone;
  done_ = nullptr;
}

void Connector::start(const Endpoint& endpoint, milliseconds timeout, Done done) {
  cancel();
  endpoint_ = endpoint;
  done_ = std::move(done);
  if (timeout > milliseconds{0}) limit_.start(timeout, [this] { expire(); });
  if (!endpoint_.path.empty()) {
    std::vector<Address> addresses;
    if (const auto address = unix_address(endpoint_.path)) addresses.push_back(*address);
    return on_resolved(std::move(addresses), endpoint_.path + " is too long for a socket");
  }
  request_ = resolver_.resolve(endpoint_.host, endpoint_.port, timeout,
                               [this](std::vector<Address> addresses, std::string reason) {
                                 on_resolved(std::move(addresses), reason);
                               });
}

void Connector::on_resolved(std::vector<Address> addresses, const std::string& reason) {
  if (addresses.empty()) return fail_soon(reason);
  for (const Address& address : addresses) {
    if (attempts_.size() == kMostAttempts) break;
    attempts_.emplace_back().address = address;
  }
  try_next();
}

// Begins with the next address, and those after it that fail at once.
void Connector::try_next() {
  stagger_.cancel();
  while (begun_ < attempts_.size() && accepted_ == kNone) {
    Attempt& attempt = attempts_[begun_++];
    begin(attempt);
    if (attempt.error != 0 || accepted_ != kNone) continue;
    if (begun_ < attempts_.size()) stagger_.start(kStagger, [this] { try_next(); });
    return;
  }
  if (accepted_ != kNone || all_failed()) finish_soon();
}

void Connector::begin(Attempt& attempt) {
  const Address& address = attempt.address;
  attempt.fd = Fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!attempt.fd) {
    attempt.error = errno;
    return;
  }
  const std::size_t index = begun_ - 1;
  if (connect_to(attempt.fd.get(), address, endpoint_.path)) {
    if (is_connected_to_itself(attempt.fd.get(), address))
      attempt.error = ECONNREFUSED;
    else
      accepted_ = index;
    return;
  }
  if (errno != EINPROGRESS) {
    attempt.error = errno;  // EAGAIN: a UNIX socket whose queue is full
    return;
  }
  attempt.poll = std::make_unique<Poll>(loop_, attempt.fd.get());
  attempt.error = attempt.poll->error();
  attempt.poll->start(UV_WRITABLE, [this, index] { on_event(index); });
}

void Connector::on_event(std::size_t index) {
  Attempt& attempt = attempts_[index];
  attempt.poll.reset();
  attempt.error = pending_error(attempt.fd.get());
  if (attempt.error == 0 && is_connected_to_itself(attempt.fd.get(), attempt.address))
    attempt.error = ECONNREFUSED;
  if (attempt.error == 0) {
    accepted_ = index;
    return finish_soon();
  }
  attempt.fd.reset();
  if (begun_ < attempts_.size()) return try_next();
  if (all_failed()) finish_soon();
}

void Connector::expire() {
  if (!done_) return;
  if (handover_ || (accepted_ != kNone && endpoint_.tls))
    return finish(Fd(), "connected, but the TLS handshake was not done in time");
  if (accepted_ != kNone) return finish_run();
  if (attempts_.empty())
    return finish(Fd(), "cannot resolve \"" + endpoint_.host + "\": no answer in time");
  for (std::size_t i = 0; i < begun_; ++i)
    if (attempts_[i].error == 0) attempts_[i].error = kNoAnswer;
  finish(Fd(), failures());
}

bool Connector::all_failed() const {
  return std::all_of(attempts_.begin(), attempts_.end(),
                     [](const Attempt& attempt) { return attempt.error != 0; });
}

std::string Connector::failures() const {
  std::string text = "cannot connect to " + endpoint_.text();
  std::size_t told = 0;
  for (const Attempt& attempt : attempts_) {
    if (attempt.error == 0) continue;
    if (told == kMostFailuresTold) return text + "; ...";
    text += told++ == 0 ? ": " : "; ";
    const std::string address = attempt.address.text();
    if (address != endpoint_.host && endpoint_.path.empty()) text += address + ": ";
    text += attempt.error == kNoAnswer ? "no answer in time" : ::strerror(attempt.error);
  }
  return text;
}

void Connector::finish_soon() {
  stagger_.cancel();
  soon_.start(milliseconds{0}, [this] { finish_run(); });
}

void Connector::finish_run() {
  if (accepted_ == kNone) return finish(Fd(), failures());
  Attempt& attempt = attempts_[accepted_];
  if (attempt.address.family() != AF_UNIX) {
    const int on = 1;
    ::setsockopt(attempt.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Fd connection = std::move(attempt.fd);
  if (endpoint_.tls) return hand_over(connection);
  finish(std::move(connection), {});
}

void Connector::secure(const Fd& connection, const TlsUse& tls, Done done) {
  cancel();
  endpoint_.tls = tls;
  done_ = std::move(done);
  hand_over(connection);
}

void Connector::hand_over(const Fd& connection) {
  Resolver::TlsMeans& means = resolver_.tls();
  if (means.launcher == nullptr) return fail_soon("TLS is not spoken here");
  TlsRequest request{endpoint_.host, endpoint_.tls->settings, endpoint_.tls->alpn, endpoint_.tls->min_days};
  if (means.defaults != nullptr) request.settings = request.settings.over(*means.defaults);
  if (!request.settings.verify.value_or(true) && means.unverified)
    std::exchange(means.unverified, nullptr)(endpoint_.text());
  handover_ = std::make_unique<TlsHandover>(loop_, *means.launcher);
  std::string why = handover_->start(connection, request, [this](Fd plain, std::string reason) {
    finish(std::move(plain), std::move(reason));
  });
  if (!why.empty()) fail_soon(std::move(why));
}

void Connector::fail_soon(std::string why) {
  soon_.start(milliseconds{0}, [this, why = std::move(why)] { finish(Fd(), why); });
}

void Connector::finish(Fd connection, std::string reason) {
  const auto done = std::exchange(done_, nullptr);
  cancel();
  done(std::move(connection), std::move(reason));
}

}  // namespace usher
