#include "init/loop/tap_on_loop.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace usher {

Tap::OnLoop::OnLoop(Loop& loop, std::shared_ptr<Shared> shared)
    : loop_(loop), shared_(std::move(shared)), target_(shared_->target), again_(loop) {}

int Tap::OnLoop::start() {
  const int source = shared_->source.get();
  const int flags = ::fcntl(source, F_GETFL);
  if (flags < 0 || ::fcntl(source, F_SETFL, flags | O_NONBLOCK) != 0) return errno;
  epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_ || !watch(source, EPOLLIN)) return errno;
  poll_ = std::make_unique<Poll>(loop_, epoll_.get());
  if (poll_->error() != 0) return poll_->error();
  buffer_.reset(new char[kBuffer]);
  shared_->waiting = true;
  poll_->start(UV_READABLE, [this] { turn(); });
  return 0;
}

void Tap::OnLoop::turn() {
  for (int steps = 0; steps < kStepsInTurn; ++steps) {
    const Step step = begin_ == end_ ? take() : put();
    if (step == Step::end) return end();
    if (step == Step::wait) break;
  }
  const bool rest = begin_ != end_;
  shared_->waiting = !rest;
  if (watch(rest ? shared_->target : shared_->source.get(), rest ? EPOLLOUT : EPOLLIN)) return;
  again_.start(std::chrono::milliseconds{10}, [this] { turn(); });
}

Tap::OnLoop::Step Tap::OnLoop::take() {
  const ssize_t got = ::read(shared_->source.get(), buffer_.get(), kBuffer);
  if (got == 0) return Step::end;
  if (got < 0) return errno == EINTR ? Step::on : errno == EAGAIN ? Step::wait : Step::end;
  begin_ = 0;
  end_ = static_cast<std::size_t>(got);
  shared_->in_hand = end_;
  if (shared_->scanner && !shared_->scanner->scan({buffer_.get(), end_})) shared_->scanner.reset();
  return Step::on;
}

Tap::OnLoop::Step Tap::OnLoop::put() {
  const std::size_t left = end_ - begin_;
  ssize_t done = target_.put({buffer_.get() + begin_, left});
  if (done < 0) {
    if (errno == EINTR) return Step::on;
    if (errno == EAGAIN) return Step::wait;
    if (errno == EPIPE || errno == EBADF || errno == ECONNRESET) return Step::end;
    shared_->lost += left;  // ENOSPC, EIO: the service must not wait for a full disk
    done = static_cast<ssize_t>(left);
  }
  begin_ += static_cast<std::size_t>(done);
  shared_->moved += static_cast<std::uint64_t>(done);
  shared_->in_hand -= static_cast<std::uint64_t>(done);
  return Step::on;
}

bool Tap::OnLoop::watch(int fd, std::uint32_t events) {
  if (fd == watched_) return true;
  if (watched_ >= 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched_, nullptr);
  watched_ = -1;
  epoll_event wanted{};
  wanted.events = events;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0) return false;
  watched_ = fd;
  return true;
}

void Tap::OnLoop::end() {
  again_.cancel();
  poll_.reset();
  epoll_.reset();
  // Closed before it is told: a writer that is left gets its SIGPIPE, as without us.
  shared_->source_number = -1;
  shared_->source.reset();
  if (shared_->scanner) shared_->scanner->end_of_output();
  shared_->in_hand = 0;
  shared_->ended = true;
  shared_->wake->send();
}

}  // namespace usher
