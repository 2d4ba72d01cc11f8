#include "init/observe/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <cstring>
#include <utility>

#include "init/loop/loop.h"
#include "init/os/clock.h"
#include "init/os/configured_path.h"
#include "init/os/terminal.h"

namespace usher {
namespace {

constexpr std::size_t kMostAtOnce = PIPE_BUF;

bool is_number(const std::string& text, int& value) {
  const char* end = text.data() + text.size();
  return std::from_chars(text.data(), end, value).ptr == end && !text.empty() && value >= 0;
}

}  // namespace

LogWriter::LogWriter(LogWriter&&) noexcept = default;
LogWriter::~LogWriter() { give_back(); }

void LogWriter::give_back() {
  if (std::exchange(borrowed_, false)) fd_.release();
}

LogWriter LogWriter::open(const std::string& destination, std::string& problem) {
  LogWriter writer;
  int number = STDERR_FILENO;
  if (!destination.empty() && !is_number(destination, number)) {
    std::string why;
    if (Fd fd = open_for_append(destination, why)) {
      writer.fd_ = std::move(fd);
      writer.way_ = Way::own;
      return writer;
    }
    problem = "cannot open log.file \"" + destination + "\": " + why;
  }
  if (::fcntl(number, F_GETFD) == -1 && number != STDERR_FILENO) {
    problem = "log.file names descriptor " + destination + ", which is not open";
    number = STDERR_FILENO;
  }
  writer.use(number);
  return writer;
}

void LogWriter::use(int shared) {
  struct stat info;
  if (::fstat(shared, &info) != 0) return;
  fd_ = Fd(::fcntl(shared, F_DUPFD_CLOEXEC, 3));
  if (!fd_) {
    fd_ = Fd(shared);
    borrowed_ = true;
  }
  way_ = Way::direct;
  terminal_ = S_ISCHR(info.st_mode) && ::isatty(shared) == 1;
  if (S_ISSOCK(info.st_mode)) way_ = Way::socket;
  if (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode)) way_ = Way::as_it_is;
  if (terminal_) open_anew(0);
}

// Not before it is needed: each entry of /proc that we look at costs at the start and at the end.
bool LogWriter::open_anew(int why) {
  if (Fd anew = reopen(fd_.get(), O_WRONLY | O_NONBLOCK)) {
    give_back();
    fd_ = std::move(anew);
    way_ = Way::own;
    watch();
    return true;
  }
  // Another user's pipe, or no /proc.
  struct stat info;
  int ends[2];
  if (::fstat(fd_.get(), &info) == 0 && S_ISFIFO(info.st_mode) &&
      ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
    pipe_read_ = Fd(ends[0]);
    pipe_write_ = Fd(ends[1]);
    way_ = Way::through_pipe;
    return true;
  }
  if (why == EAGAIN) return false;  // no room for another descriptor, but this one does not block
  way_ = Way::direct;
  return true;
}

void LogWriter::write(std::string_view line) {
  if (way_ == Way::none) return;
  if (held_ && kept_bytes_ + line.size() > kMostAtOnce) flush();
  kept_bytes_ += line.size();
  std::string& kept = kept_.emplace_back(line);
  if (raw_ && kept.ends_with('\n')) {
    kept.insert(kept.size() - 1, 1, '\r');
    ++kept_bytes_;
  }
  if (!held_) flush();
  // The first line may be half out: it stays.
  while (kept_bytes_ > kMostBytes && kept_.size() > 2) {
    kept_bytes_ -= kept_[1].size();
    kept_.erase(kept_.begin() + 1);
    ++dropped_;
  }
}

void LogWriter::release() {
  held_ = false;
  flush();
}

void LogWriter::flush() {
  while (!kept_.empty()) {
    const bool went_on = way_ == Way::through_pipe ? put_through_pipe() : put();
    if (went_on) continue;
    if (poll_) poll_->start(UV_WRITABLE, [this] { flush(); });
    return;
  }
  if (poll_) poll_->stop();
}

// Lines that fit into one page of a pipe are not mixed with those of others, nor taken in part.
bool LogWriter::put() {
  constexpr int kMostParts = 16;
  iovec parts[kMostParts];
  int count = 0;
  std::size_t bytes = 0;
  static char newline = '\n';
  if (torn_) {
    parts[count++] = {&newline, 1};
    bytes = 1;
  }
  std::size_t done = first_done_;
  for (std::string& line : kept_) {
    const bool first = &line == &kept_.front();
    const std::size_t left = line.size() - std::exchange(done, 0);
    // To a socket each line is a message of its own.
    if (!first && (count == kMostParts || bytes + left > kMostAtOnce || way_ == Way::socket)) break;
    parts[count++] = {line.data() + line.size() - left, left};
    bytes += left;
  }
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = static_cast<std::size_t>(count);
  const ssize_t put = put_parts(message);
  if (put > 0)
    taken(static_cast<std::size_t>(put));
  else if (put < 0 && way_ == Way::as_it_is && errno != EINTR && errno != EPIPE)
    return open_anew(errno);  // the reader is behind, or the kernel is older than Linux 6.5
  else if (put < 0 && errno == EAGAIN)
    return false;
  else if (put == 0 || errno != EINTR)
    drop_first();  // nobody reads any more, or the disk is full
  return true;
}

ssize_t LogWriter::put_parts(const msghdr& message) {
  const int count = static_cast<int>(message.msg_iovlen);
  if (way_ == Way::socket) return ::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (way_ == Way::as_it_is) return ::pwritev2(fd_.get(), message.msg_iov, count, -1, RWF_NOWAIT);
  return ::writev(fd_.get(), message.msg_iov, count);
}

// What lies in one page of our pipe is moved as a whole or not at all, and splice() between two
// pipes does as its own flag says, whatever the descriptors are set to.
bool LogWriter::put_through_pipe() {
  std::string part = torn_ ? "\n" : "";
  part += std::string_view(kept_.front()).substr(first_done_, kMostAtOnce - 1);
  if (::write(pipe_write_.get(), part.data(), part.size()) < 0) {
    drop_first();
    return true;
  }
  const ssize_t moved =
      ::splice(pipe_read_.get(), nullptr, fd_.get(), nullptr, part.size(), SPLICE_F_NONBLOCK);
  if (moved > 0) {
    taken(static_cast<std::size_t>(moved));
    return true;
  }
  const bool full = moved < 0 && errno == EAGAIN;
  char sink[4096];  // take it back
  while (::read(pipe_read_.get(), sink, sizeof sink) > 0) {
  }
  if (!full) drop_first();
  return !full;
}

void LogWriter::taken(std::size_t bytes) {
  if (torn_ && bytes > 0) {
    torn_ = false;
    --bytes;
  }
  first_done_ += bytes;
  while (!kept_.empty() && first_done_ >= kept_.front().size()) {
    first_done_ -= kept_.front().size();
    kept_bytes_ -= kept_.front().size();
    kept_.pop_front();
  }
}

void LogWriter::drop_first() {
  ++dropped_;
  torn_ |= first_done_ > 0;
  first_done_ = 0;
  kept_bytes_ -= kept_.front().size();
  kept_.pop_front();
}

void LogWriter::attach(Loop& loop) {
  loop_ = &loop;
  if (way_ == Way::own) watch();
}

// Others' descriptors cannot be watched without making them non-blocking; what is kept for them
// goes out before the next line.
void LogWriter::watch() {
  struct stat info;
  if (loop_ == nullptr || ::fstat(fd_.get(), &info) != 0 || S_ISREG(info.st_mode)) return;
  poll_ = std::make_unique<Poll>(*loop_, fd_.get());
  if (poll_->error() != 0) poll_.reset();
  if (poll_ && !kept_.empty()) poll_->start(UV_WRITABLE, [this] { flush(); });
}

void LogWriter::finish(std::chrono::milliseconds patience, std::chrono::milliseconds most) {
  poll_.reset();
  loop_ = nullptr;
  release();
  const auto begun = monotonic_now();
  while (!kept_.empty() && monotonic_now() - begun < most) {
    pollfd reader{fd_.get(), POLLOUT, 0};
    if (::poll(&reader, 1, static_cast<int>(patience.count())) <= 0) return;
    flush();
  }
}

}  // namespace usher
