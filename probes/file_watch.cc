#include "probes/file_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace usher {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kLost = IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF;

// A file that is written to all the time is not looked at more often than this.
constexpr std::chrono::milliseconds kPause{50};

// "/a/b" -> "/a", "/a" -> "/", "a" -> "."
std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

FileWatch::FileWatch(Loop& loop, std::string path, std::function<void()> changed)
    : path_(std::move(path)),
      changed_(std::move(changed)),
      notify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      pause_(loop) {
  if (!notify_) return;
  poll_ = std::make_unique<Poll>(loop, notify_.get());
  if (poll_->error() != 0) return;
  watch_nearest();
  poll_->start(UV_READABLE, [this] { happened(); });
}

// From the file's own directory upwards. What appears below between a failure and the watch further
// up is found by trying again.
void FileWatch::watch_nearest() {
  for (int tries = 0; tries < 3; ++tries) {
    if (directory_ >= 0) ::inotify_rm_watch(notify_.get(), std::exchange(directory_, -1));
    std::string below = path_;
    std::string directory = directory_of(below);
    while ((directory_ = ::inotify_add_watch(notify_.get(), directory.c_str(), kEvents)) < 0) {
      if ((errno != ENOENT && errno != ENOTDIR) || directory == "/" || directory == ".") return;
      below = std::exchange(directory, directory_of(directory));
    }
    awaited_ = name_of(below);
    on_the_way_ = below != path_;
    if (!on_the_way_ || ::access(below.c_str(), F_OK) != 0) return;
  }
}

void FileWatch::happened() {
  if (!concerns_us()) return;
  if (on_the_way_ || directory_ < 0) watch_nearest();
  poll_->stop();
  pause_.start(kPause, [this] { poll_->start(UV_READABLE, [this] { happened(); }); });
  const auto changed = changed_;
  changed();
}

bool FileWatch::concerns_us() {
  alignas(inotify_event) char buffer[4096];
  const ssize_t got = ::read(notify_.get(), buffer, sizeof buffer);
  bool ours = false;
  for (ssize_t at = 0; at < got;) {
    const auto* const event = reinterpret_cast<const inotify_event*>(buffer + at);
    at += static_cast<ssize_t>(sizeof *event + event->len);
    if ((event->mask & kLost) != 0 && event->wd == directory_) directory_ = -1;
    ours |= directory_ < 0 || (event->mask & IN_Q_OVERFLOW) != 0 ||
            (event->len > 0 && awaited_ == event->name);
  }
  return ours;
}

}  // namespace usher
