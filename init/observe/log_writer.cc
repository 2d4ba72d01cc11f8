#include "init/observe/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "init/loop/loop.h"
#include "init/os/clock.h"

namespace usher {
namespace {

bool is_number(const std::string& text, int& value) {
  const char* end = text.data() + text.size();
  return std::from_chars(text.data(), end, value).ptr == end && !text.empty() && value >= 0;
}

}  // namespace

LogWriter::LogWriter(LogWriter&&) noexcept = default;
LogWriter::~LogWriter() = default;

LogWriter LogWriter::open(const std::string& destination, std::string& problem) {
  LogWriter writer;
  int number = STDERR_FILENO;
  if (!destination.empty() && !is_number(destination, number)) {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const int fd = ::open(destination.c_str(), flags, 0644);
    if (fd >= 0) {
      writer.fd_ = Fd(fd);
      writer.way_ = Way::own;
      return writer;
    }
    problem = "cannot open log.file \"" + destination + "\": " + std::strerror(errno);
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
  if (!fd_) return;
  way_ = Way::direct;
  terminal_ = S_ISCHR(info.st_mode) && ::isatty(shared) == 1;
  if (S_ISSOCK(info.st_mode)) way_ = Way::socket;
  if (!S_ISFIFO(info.st_mode) && !S_ISCHR(info.st_mode)) return;
  const std::string path = "/proc/self/fd/" + std::to_string(shared);
  const int anew = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (anew >= 0) {
    fd_ = Fd(anew);
    way_ = Way::own;
    return;
  }
  // Another user's pipe, or no /proc.
  int ends[2];
  if (!S_ISFIFO(info.st_mode) || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  pipe_read_ = Fd(ends[0]);
  pipe_write_ = Fd(ends[1]);
  way_ = Way::through_pipe;
}

bool LogWriter::put(std::string_view& line) {
  if (way_ == Way::through_pipe) return put_through_pipe(line);
  bool begun = first_done_ > 0;
  while (!line.empty()) {
    const ssize_t put =
        way_ == Way::socket ? ::send(fd_.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                            : ::write(fd_.get(), line.data(), line.size());
    if (put >= 0) {
      begun = true;
      line.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      return false;
    } else if (errno != EINTR) {
      ++dropped_;  // nobody reads any more, or the disk is full
      torn_ |= begun;
      return true;
    }
  }
  return true;
}

// What lies in one page of our pipe is moved as a whole or not at all, and splice() between two
// pipes does as its own flag says, whatever the descriptors are set to.
bool LogWriter::put_through_pipe(std::string_view& line) {
  while (!line.empty()) {
    const auto part = line.substr(0, 4096);
    if (::write(pipe_write_.get(), part.data(), part.size()) < 0) return true;
    const ssize_t moved = ::splice(pipe_read_.get(), nullptr, fd_.get(), nullptr, part.size(),
                                   SPLICE_F_NONBLOCK);
    const bool full = moved < 0 && errno == EAGAIN;
    if (moved <= 0) {  // take it back
      char sink[4096];
      while (::read(pipe_read_.get(), sink, sizeof sink) > 0) {
      }
      if (full) return false;
      ++dropped_;
      return true;
    }
    line.remove_prefix(static_cast<std::size_t>(moved));
  }
  return true;
}

void LogWriter::write(std::string_view line) {
  if (way_ == Way::none) return;
  std::string changed;
  if (raw_ && line.ends_with('\n')) {
    changed = line.substr(0, line.size() - 1);
    line = changed += "\r\n";
  }
  if (torn_) line = changed = '\n' + std::string(line);
  if (!kept_.empty()) flush();
  if (kept_.empty()) {
    std::string_view rest = line;
    const bool taken = put(rest);
    torn_ &= !rest.empty();
    if (taken) return;
    first_done_ = line.size() - rest.size();
  }
  kept_bytes_ += line.size();
  kept_.emplace_back(line);
  // The first line may be half out: it stays.
  while (kept_bytes_ > kMostBytes && kept_.size() > 2) {
    kept_bytes_ -= kept_[1].size();
    kept_.erase(kept_.begin() + 1);
    ++dropped_;
  }
  if (poll_) poll_->start(UV_WRITABLE, [this] { flush(); });
}

void LogWriter::flush() {
  while (!kept_.empty()) {
    std::string_view rest = std::string_view(kept_.front()).substr(first_done_);
    const bool taken = put(rest);
    first_done_ = kept_.front().size() - rest.size();
    if (!taken) return;
    kept_bytes_ -= kept_.front().size();
    kept_.pop_front();
    first_done_ = 0;
  }
  if (poll_) poll_->stop();
}

void LogWriter::attach(Loop& loop) {
  // Others' descriptors cannot be watched without making them non-blocking; what is kept for them
  // goes out before the next line.
  if (way_ != Way::own) return;
  struct stat info;
  if (::fstat(fd_.get(), &info) != 0 || S_ISREG(info.st_mode)) return;
  poll_ = std::make_unique<Poll>(loop, fd_.get());
  if (poll_->error() != 0) poll_.reset();
  if (poll_ && !kept_.empty()) poll_->start(UV_WRITABLE, [this] { flush(); });
}

void LogWriter::finish(std::chrono::milliseconds patience, std::chrono::milliseconds most) {
  poll_.reset();
  flush();
  const auto begun = monotonic_now();
  while (!kept_.empty() && monotonic_now() - begun < most) {
    pollfd reader{fd_.get(), POLLOUT, 0};
    if (::poll(&reader, 1, static_cast<int>(patience.count())) <= 0) return;
    flush();
  }
}

}  // namespace usher
