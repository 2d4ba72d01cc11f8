#include "probes/distant_look.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "probes/answer.h"

namespace usher {
namespace {

// One byte for the verdict, the reason, NUL, the value.
void send(int fd, const ProbeResult& result) {
  std::string text(1, static_cast<char>('0' + static_cast<int>(result.verdict)));
  text += result.reason.c_str();
  text += '\0' + result.value;
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = ::write(fd, text.data() + done, text.size() - done);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
}

ProbeResult received(std::string_view text) {
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos || end == 0)
    return not_yet("the process that looked has ended without an answer");
  const auto verdict = static_cast<ProbeResult::Verdict>(text[0] - '0');
  return {verdict, std::string(text.substr(1, end - 1)), std::string(text.substr(end + 1)), {}};
}

}  // namespace

std::optional<std::string> DistantLook::start(const std::function<ProbeResult()>& look,
                                              Probe::Done done) {
  if (left_ > 0 && launcher_.runs(left_)) return "an earlier look at it has not come back yet";
  left_ = -1;
  text_.clear();
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return std::string("cannot make a pipe for a look at it: ") + std::strerror(errno);
  answer_ = Fd(ends[0]);
  const Fd theirs(ends[1]);
  poll_ = std::make_unique<Poll>(loop_, answer_.get());
  if (poll_->error() != 0)
    return std::string("cannot wait for a look at it: ") + std::strerror(poll_->error());
  pid_ = launcher_.fork_off(
      theirs.get(), [&look](int output) { send(output, look()); },
      [this](const Ended&) { ended(); });
  if (pid_ < 0)
    return std::string("cannot start a process for a look at it: ") + std::strerror(errno);
  done_ = std::move(done);
  poll_->start(UV_READABLE, [this] {
    if (!read_some()) poll_->stop();
  });
  return {};
}

// Whether more may come.
bool DistantLook::read_some() {
  char bytes[16 * 1024];
  const ssize_t got = ::read(answer_.get(), bytes, sizeof bytes);
  if (got > 0) text_.append(bytes, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

void DistantLook::ended() {
  pid_ = -1;
  while (read_some()) {  // nobody else has the other end
  }
  poll_.reset();
  answer_.reset();
  if (const auto done = std::exchange(done_, nullptr)) done(received(text_));
}

void DistantLook::give_up() {
  done_ = nullptr;
  poll_.reset();
  answer_.reset();
  if (pid_ <= 0) return;
  left_ = std::exchange(pid_, -1);
  launcher_.abandon(left_);
}

}  // namespace usher
