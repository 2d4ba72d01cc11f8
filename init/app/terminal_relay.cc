#include "init/app/terminal_relay.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace usher {

std::unique_ptr<TerminalRelay> TerminalRelay::start(Loop& loop, int keyboard, int master) {
  Fd again = reopen(keyboard, O_RDONLY | O_NONBLOCK);
  Fd duplicate(::fcntl(master, F_DUPFD_CLOEXEC, 3));
  if (!again || !duplicate) return nullptr;
  std::unique_ptr<TerminalRelay> relay(
      new TerminalRelay(loop, std::move(again), std::move(duplicate)));
  if (relay->from_.error() != 0 || relay->to_.error() != 0) return nullptr;
  relay->listen();
  return relay;
}

TerminalRelay::TerminalRelay(Loop& loop, Fd keyboard, Fd master)
    : keyboard_(std::move(keyboard)),
      master_(std::move(master)),
      raw_(keyboard_.get()),
      from_(loop, keyboard_.get()),
      to_(loop, master_.get()) {}

void TerminalRelay::listen() {
  from_.start(UV_READABLE, [this] { type(); });
}

void TerminalRelay::type() {
  char buffer[1024];
  const ssize_t got = ::read(keyboard_.get(), buffer, sizeof buffer);
  if (got > 0) {
    typed_.append(buffer, static_cast<std::size_t>(got));
    pass_on();
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    from_.stop();  // the terminal has gone; SIGHUP says so too
  }
}

void TerminalRelay::pass_on() {
  while (!typed_.empty()) {
    const ssize_t put = ::write(master_.get(), typed_.data(), typed_.size());
    if (put < 0 && errno == EAGAIN) {  // nobody reads what is typed: stop typing
      from_.stop();
      to_.start(UV_WRITABLE, [this] { pass_on(); });
      return;
    }
    if (put <= 0) {
      typed_.clear();
      break;
    }
    typed_.erase(0, static_cast<std::size_t>(put));
  }
  to_.stop();
  listen();
}

}  // namespace usher
