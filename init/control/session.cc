#include "init/control/session.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace usher {

Session::Session(Loop& loop, Fd connection, Peer peer, Owner& owner, const Limits& limits)
    : owner_(owner), limits_(limits), peer_(peer), fd_(std::move(connection)), limit_(loop) {
  poll_ = std::make_unique<Poll>(loop, fd_.get());
  poll_->start(UV_READABLE, [this] { on_event(); });
  limit_.start(limits_.request, [this] {
    answer(error_line("no request has come within " + std::to_string(limits_.request.count()) +
                      " ms"));
  });
}

void Session::close() {
  if (closed()) return;
  poll_.reset();
  limit_.cancel();
  fd_.reset();
  in_ = out_ = next_ = {};
  owner_.over(*this);
}

Fd Session::release() {
  poll_.reset();
  limit_.cancel();
  return std::move(fd_);
}

void Session::on_event() {
  if (!out_.empty()) write();
  if (!closed() && !answered_) read();
}

void Session::read() {
  char bytes[kRequestMost];
  const ssize_t got = ::recv(fd_.get(), bytes, sizeof bytes - in_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // A client that has asked has nothing more to say; all that can come is its end.
  if (got < 0 || request_) return close();
  in_.append(bytes, static_cast<std::size_t>(got));
  const std::size_t end = in_.find('\n');
  if (end != std::string::npos) return take_request(std::string_view(in_).substr(0, end));
  if (got == 0) return in_.empty() ? close() : take_request(in_);
  if (in_.size() >= kRequestMost)
    answer(error_line("a request has at most " + std::to_string(kRequestMost) + " bytes"));
}

void Session::take_request(std::string_view line) {
  limit_.cancel();
  ReadRequest read = read_request(line);
  in_ = {};
  if (!read.request) return answer(error_line(read.problem));
  request_ = std::move(read.request);
  owner_.asked(*this);
}

void Session::answer(const std::string& line) {
  if (closed() || answered_) return;
  answered_ = true;
  in_ = {};
  out_ += std::exchange(next_, {});
  out_ += line;
  limit_.start(limits_.reply, [this] { close(); });
  write();
}

void Session::update(std::string line) {
  if (closed() || answered_) return;
  if (!out_.empty()) {
    next_ = std::move(line);
    return;
  }
  out_ = std::move(line);
  limit_.start(limits_.reply, [this] { close(); });
  write();
}

void Session::answer_after(Millis limit, std::function<std::string()> late) {
  limit_.start(limit, [this, late = std::move(late)] { answer(late()); });
}

void Session::write() {
  while (!out_.empty()) {
    const ssize_t put = ::send(fd_.get(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {
      poll_->start(answered_ ? UV_WRITABLE : UV_READABLE | UV_WRITABLE, [this] { on_event(); });
      return;
    }
    if (put <= 0) return close();
    out_.erase(0, static_cast<std::size_t>(put));
    if (out_.empty()) out_ = std::exchange(next_, {});
  }
  if (answered_) return close();
  limit_.cancel();
  poll_->start(UV_READABLE, [this] { on_event(); });
}

}  // namespace usher
