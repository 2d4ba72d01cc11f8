#include "init/app/signal_input.h"

#include <unistd.h>

#include <csignal>

#include "init/base/signal_name.h"

namespace usher {

int SignalInput::watch() {
  poll_ = std::make_unique<Poll>(context_.runtime.loop(), signals_.fd());
  poll_->start(UV_READABLE, [this] { read(); });
  return poll_->error();
}

void SignalInput::read() {
  const Log::Together lines(context_.log);
  bool children = false;
  ReceivedSignal received;
  while (signals_.next(received)) {
    if (received.signo == SIGCHLD) {
      children = true;
      context_.say(context_.dialect.received(SIGCHLD, 0));
    } else if (supervisor_.state() != State::exited) {
      take(received);
    } else if (!is_ignored(received.signo) &&
               asks_for_stop(context_.config.shutdown, received.signo, false)) {
      farewell_.cut("given up on " + signal_name(received.signo));
    }
  }
  if (!children) return;
  family_.reap();  // when all is over there may be the hook of an alert
  if (Attempt* const attempt = service_.attempt()) attempt->look_if_stopped();
}

void SignalInput::take(const ReceivedSignal& received) {
  const int signo = received.signo;
  Log& log = context_.log;
  if (log.wants(LogLevel::debug))  // else nothing is put together that nobody reads
    log.debug("signal_received").add("signal", signal_name(signo)).add("sender", received.sender);
  const DropInConfig& ways = context_.config.drop_in;
  const bool by_terminal = received.sender == ::getpid() && (signo == SIGHUP || signo == SIGCONT);
  if (ways.new_session && by_terminal)
    return context_.say(context_.dialect.terminal_given(signo));
  context_.say(context_.dialect.received(signo, rewritten(context_.config.shutdown, signo)));
  if (Attempt* const attempt = service_.attempt()) {
    if (signo == SIGWINCH) attempt->terminal_resized();
    attempt->on_output_news();  // the sender may have acted on a line that is not told yet
  }
  if (is_ignored(signo))
    supervisor_.pass_on(signo);
  else
    supervisor_.signal(signo);
  if (ways.suspend_along && (signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU)) suspend(log);
}

}  // namespace usher
