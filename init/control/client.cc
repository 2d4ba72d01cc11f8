#include "init/control/client.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "init/base/duration.h"
#include "init/os/clock.h"

namespace usher {
namespace {

timeval timeval_of(Millis limit) {
  return {static_cast<time_t>(limit.count() / 1000),
          static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
}

std::optional<uid_t> user_of_pid_1() {
  struct stat info {};
  if (::stat("/proc/1", &info) != 0) return std::nullopt;
  return info.st_uid;
}

}  // namespace

bool may_answer(const Peer& peer) {
  return peer.pid == 1 || peer.uid == 0 || peer.uid == ::geteuid() || peer.uid == user_of_pid_1();
}

std::string ControlClient::connect(const ControlAddress& address, Millis limit) {
  nobody_there_ = ended_ = false;
  in_.clear();
  if (!address.problem.empty()) return "cannot use the control socket: " + address.problem;
  fd_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd_) return std::string("cannot make a socket: ") + std::strerror(errno);
  // A listener that accepts nothing blocks its clients, in connect() and in send().
  const timeval most = timeval_of(limit);
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
  while (::connect(fd_.get(), address.get(), address.length) != 0) {
    if (errno == EINTR) continue;
    const int error = errno;
    nobody_there_ = error == ECONNREFUSED || error == ENOENT;
    if (nobody_there_) return "no usher listens at " + address.text;
    if (error == EAGAIN) return "usher does not accept at " + address.text;
    return "cannot connect to " + address.text + ": " + std::strerror(error);
  }
  return distrust(address);
}

std::string ControlClient::distrust(const ControlAddress& address) const {
  const auto peer = peer_of(fd_.get());
  if (!peer) return "cannot tell who listens at " + address.text;
  // Containers may share a network namespace, and with it abstract names, but not processes.
  if (!address.is_path() && peer->pid == 0)
    return "who listens at " + address.text + " is in another container";
  if (may_answer(*peer)) return {};
  return "who listens at " + address.text + " is user " + std::to_string(peer->uid) + ", process " +
         std::to_string(peer->pid) +
         ", and is not believed: neither PID 1, nor root, nor the user who asks";
}

bool ControlClient::is_pid_1() const {
  const auto peer = peer_of(fd_.get());
  return peer && peer->pid == 1;
}

std::string ControlClient::send(const ControlRequest& request) {
  const std::string line = to_json(request) + '\n';
  if (line.size() > kRequestMost) return "these are too many names for one request";
  std::size_t sent = 0;
  while (sent < line.size()) {
    const ssize_t put = ::send(fd_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    // One who is full already says so and hangs up without reading: that answer is still to come.
    if (put < 0 && errno == EPIPE) return {};
    if (put <= 0) return std::string("cannot ask usher: ") + std::strerror(errno);
    sent += static_cast<std::size_t>(put);
  }
  return {};
}

std::string ControlClient::next_line(std::string& line, std::optional<Millis> limit) {
  const auto deadline = monotonic_now() + limit.value_or(Millis{0});
  while (true) {
    if (const std::size_t end = in_.find('\n'); end != std::string::npos) {
      line = in_.substr(0, end);
      in_.erase(0, end + 1);
      return {};
    }
    if (in_.size() > kLineMost) return "usher's answer has no end";
    int wait = -1;
    if (limit) {
      const auto left = std::chrono::ceil<Millis>(deadline - monotonic_now());
      if (left <= Millis{0}) return "no answer from usher within " + format_duration(*limit);
      wait = static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000'000));
    }
    pollfd polled{fd_.get(), POLLIN, 0};
    if (::poll(&polled, 1, wait) <= 0) continue;
    char bytes[4096];
    const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) {
      ended_ = true;
      return "usher has hung up without an answer";
    }
    in_.append(bytes, static_cast<std::size_t>(got));
  }
}

}  // namespace usher
