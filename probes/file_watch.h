// Hears, by inotify, when a file may have come or changed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "init/loop/loop.h"
#include "init/os/fd.h"

namespace usher {

class FileWatch {
 public:
  // Watches the directory of `path`, or as much of the way to it as there is yet. Where the system
  // has no watch to give, or the file lies behind a symbolic link, nothing is heard. `changed` may
  // destroy the watch.
  FileWatch(Loop& loop, std::string path, std::function<void()> changed);

 private:
  void watch_nearest();
  void happened();
  bool concerns_us();

  const std::string path_;
  std::function<void()> changed_;
  Fd notify_;
  std::unique_ptr<Poll> poll_;
  Timer pause_;
  int directory_ = -1;       // the watched one, as inotify names it
  std::string awaited_;      // the name in it that leads to the file
  bool on_the_way_ = false;  // the file's own directory is not there yet
};

}  // namespace usher
