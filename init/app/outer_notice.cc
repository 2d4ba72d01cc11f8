#include "init/app/outer_notice.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace usher {

// The main process is usher: its end is the container's, and signals of the outside are for it.
std::string outer_notification(bool ready, bool stopping, std::string_view status, int main_pid) {
  std::string text;
  if (ready) text = "READY=1\nMAINPID=" + std::to_string(main_pid) + '\n';
  if (stopping) text += "STOPPING=1\n";
  if (!status.empty()) {
    const std::size_t begin = text.size() + std::strlen("STATUS=");
    text += "STATUS=" + std::string(status) + '\n';
    std::replace(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end() - 1, '\n', ' ');
  }
  return text;
}

void OuterNotice::begin(const char* const* environment) {
  if (!context_.config.readiness.configured()) return;
  if (std::string address = outer_notify_address(environment); !address.empty())
    socket_.emplace(std::move(address));
}

void OuterNotice::changed() {
  if (!socket_) return;
  if (!end_of_turn_) end_of_turn_ = std::make_unique<EndOfTurn>(context_.runtime.loop(), [this] { show(); });
  end_of_turn_->ask();
}

// What comes last has no turn of the loop after it.
void OuterNotice::settled() {
  if (socket_) show();
}

void OuterNotice::show() {
  const Status now = status_();
  const bool ready = now.ready && !std::exchange(ready_, now.ready);
  if (!now.ready) ready_ = false;
  const bool ends = supervisor_.life().stop.has_value() || supervisor_.state() == State::exited;
  const bool stopping = ends && !std::exchange(stopping_, ends);
  std::string status = now.state + (now.reason.empty() || now.reason == now.state ? "" : ": " + now.reason);
  // The first word is the one that is waited for.
  if (status == said_ || !(ready || stopping || spoken_)) status.clear();
  if (!status.empty()) said_ = status;
  spoken_ |= ready || stopping;
  if (const std::string text = outer_notification(ready, stopping, status, ::getpid()); !text.empty()) send(text);
}

void OuterNotice::send(const std::string& text) {
  constexpr std::size_t kMost = 4096;  // nobody reads longer ones
  if (rest_.size() + text.size() <= kMost) rest_ += text;
  send_rest();
}

void OuterNotice::send_rest() {
  constexpr Millis kPause{100};
  const int error = socket_->send(rest_);
  if (error == EAGAIN) return again_.start(kPause, [this] { send_rest(); });
  rest_.clear();
  if (error != 0 && !std::exchange(refused_, true))
    context_.log.warn("not_notified")
        .add("message", "NOTIFY_SOCKET is " + socket_->address() + ": " + std::strerror(error));
}

}  // namespace usher
