// A program that cannot be executed, and cannot fail to be, before its owner says so: a lease makes
// whoever opens the file wait, as a file system would whose server does not answer.
#pragma once

#include <fcntl.h>

#include <csignal>
#include <string>

#include "init/os/fd.h"
#include "tests/catch.h"
#include "tests/scratch.h"

namespace usher {

class SlowProgram {
 public:
  explicit SlowProgram(const std::string& text)
      : path_(scratch_.write("program", text, 0755)), held_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
    before_ = std::signal(SIGIO, SIG_IGN);  // which tells us that somebody waits
    REQUIRE(::fcntl(held_.get(), F_SETLEASE, F_WRLCK) == 0);
  }
  ~SlowProgram() {
    let_go();
    std::signal(SIGIO, before_);
  }
  const std::string& path() const { return path_; }
  void let_go() { ::fcntl(held_.get(), F_SETLEASE, F_UNLCK); }

 private:
  Scratch scratch_;
  std::string path_;
  Fd held_;
  void (*before_)(int);
};

}  // namespace usher
