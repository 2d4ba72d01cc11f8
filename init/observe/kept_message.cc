#include "init/observe/kept_message.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "init/os/configured_path.h"

namespace usher {
namespace {

std::string content_of(int fd, std::size_t most) {
  std::string text(most, '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace

bool KeptMessage::open(const std::string& path) {
  constexpr std::size_t kShown = 4096;
  ConfiguredPath place(path);
  fd_ = place.open(O_RDWR);
  if (!fd_) return false;
  left_ = stamp_of(fd_.get());
  const std::string before = content_of(fd_.get(), kShown + 1);
  if (before.size() > kShown || !without_reports(before).empty()) fd_.reset();
  return is_open();
}

bool KeptMessage::is_ours() const { return stamp_of(fd_.get()) == left_; }

// Somebody may write between the question and the write. Who does so ends with it, or is about to; what
// makes us write at that very moment would have to be something else.
void KeptMessage::write(std::string_view text) {
  if (!fd_ || text.size() > kMost) return;
  if (!is_ours()) return close();
  page_.assign(text);
  page_.resize(kMost, ' ');
  page_ += '\n';
  bool done = ::pwrite(fd_.get(), page_.data(), kSize, 0) == static_cast<ssize_t>(kSize);
  // A longer one was of an earlier life.
  if (done && left_.size > std::int64_t{kSize}) done = ::ftruncate(fd_.get(), kSize) == 0;
  if (!done) return close();
  left_ = stamp_of(fd_.get());
}

void KeptMessage::close() {
  if (!fd_) return;
  if (left_.size == std::int64_t{kSize} && stamp_of(fd_.get()).size == left_.size) {
    const std::string now = content_of(fd_.get(), kSize);
    const auto differs = std::mismatch(now.rbegin(), now.rend(), page_.rbegin(), page_.rend()).first;
    const auto others = now.rend() - differs;
    if (others > 0) static_cast<void>(::ftruncate(fd_.get(), others) == 0);
  }
  fd_.reset();
}

void KeptMessage::withdraw() {
  if (fd_ && left_.size == std::int64_t{kSize} && is_ours()) static_cast<void>(::ftruncate(fd_.get(), 0) == 0);
  close();
}

}  // namespace usher
