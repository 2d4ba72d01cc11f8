// Writes log lines to a descriptor without ever waiting for its reader. What the reader does not
// take is kept up to a bound; beyond it the oldest lines are dropped and counted. Lines that are
// held go out together, since each call wakes the reader.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "init/os/fd.h"

namespace usher {

class Loop;
class Poll;

class LogWriter {
 public:
  static constexpr std::size_t kMostBytes = 64 * 1024;

  // `destination`: empty for stderr, the number of an inherited descriptor, or the path of a file
  // to append to. Returns a writer to stderr and says why where the destination does not work.
  static LogWriter open(const std::string& destination, std::string& problem);
  LogWriter(LogWriter&&) noexcept;
  ~LogWriter();

  // `line` has its newline.
  void write(std::string_view line);
  // Until release() lines are kept, as many as one call can take.
  void hold() noexcept { held_ = true; }
  void release();
  // A terminal that does not turn "\n" into a new line itself, because it is raw just now.
  void terminal_is_raw(bool raw) noexcept { raw_ = raw && terminal_; }
  // From now on a reader that reads again gets what was kept for it.
  void attach(Loop& loop);
  // The last call. A reader that is still at it gets what was kept: it is waited for as long as it
  // takes something within each `patience`, and for `most` in all.
  void finish(std::chrono::milliseconds patience = std::chrono::milliseconds{100},
              std::chrono::milliseconds most = std::chrono::seconds{1});
  // Lines that were dropped since the last question.
  std::uint64_t take_dropped() noexcept { return std::exchange(dropped_, 0); }

 private:
  // How one call of ours can be sure not to block, without changing a descriptor that is shared.
  enum class Way : std::uint8_t {
    none,         // there is no such descriptor
    as_it_is,     // each call says by itself that it must not wait, as long as none would have to
    own,          // opened anew, non-blocking
    direct,       // a regular file
    socket,       // one call at a time: MSG_DONTWAIT
    through_pipe, // one call at a time: spliced from a pipe of ours
  };
  LogWriter() = default;
  void use(int shared);
  void give_back();
  // For as_it_is, which has failed for this reason. False: the reader has to read first.
  bool open_anew(int why);
  void watch();
  void flush();
  // One call, with the first lines of what is kept. False: the reader has to read first.
  bool put();
  ssize_t put_parts(const msghdr& message);
  bool put_through_pipe();
  void taken(std::size_t bytes);
  void drop_first();

  Way way_ = Way::none;
  bool terminal_ = false, raw_ = false;
  bool held_ = false;
  bool borrowed_ = false;  // fd_ is the shared descriptor itself: there was no room for another
  bool torn_ = false;  // a full disk has taken the beginning of a line, and not its end
  Fd fd_;
  Fd pipe_read_, pipe_write_;
  std::deque<std::string> kept_;
  std::size_t kept_bytes_ = 0;
  std::size_t first_done_ = 0;  // bytes of the first kept line that are out already
  std::uint64_t dropped_ = 0;
  Loop* loop_ = nullptr;
  std::unique_ptr<Poll> poll_;
};

}  // namespace usher
