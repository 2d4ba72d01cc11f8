// What is typed at our terminal goes to the service's own one. Ours is raw meanwhile, so that
// Ctrl-C and Ctrl-Z mean there what they meant here.
#pragma once

#include <memory>
#include <string>

#include "init/loop/loop.h"
#include "init/os/terminal.h"

namespace usher {

class TerminalRelay {
 public:
  // `keyboard` is our terminal, `master` the other end of the service's, non-blocking; a duplicate
  // is kept. Returns null where the terminal cannot be opened once more (we must not make the
  // shared one non-blocking): the service then has a terminal nobody types at.
  static std::unique_ptr<TerminalRelay> start(Loop& loop, int keyboard, int master);
  void resized() noexcept { copy_window_size(keyboard_.get(), master_.get()); }

 private:
  TerminalRelay(Loop& loop, Fd keyboard, Fd master);
  void listen();
  void type();
  void pass_on();

  Fd keyboard_, master_;
  RawMode raw_;
  std::string typed_;  // read, and not yet taken by the other side
  Poll from_, to_;
};

}  // namespace usher
