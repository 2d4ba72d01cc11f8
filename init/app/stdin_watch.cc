#include "init/app/stdin_watch.h"

#include <unistd.h>

namespace usher {

void StdinWatch::begin() {
  poll_.reset();
  if (context_.config.lifecycle.stdin_end != OnStdinEnd::stop || !watch_.open(STDIN_FILENO)) return;
  poll_ = std::make_unique<Poll>(context_.runtime.loop(), watch_.fd());
  poll_->start(UV_READABLE, [this] {
    poll_->stop();
    supervisor_.stop(StopCause::stdin_closed);
  });
}

}  // namespace usher
