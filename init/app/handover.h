// A service that goes into the background: from the end of the process that was started until the pid
// file names the one that goes on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "init/app/family.h"
#include "init/app/runtime.h"
#include "init/os/pid_file.h"

namespace usher {

class Handover {
 public:
  // To be made before the start. `again`: look() might find more by now; not called after the destructor.
  Handover(Runtime& runtime, Family& family, std::string path, std::function<void()> again);
  ~Handover();

  void started(pid_t main);
  // The one that was started has ended well, and the file may be written yet.
  void main_ended(const Ended& process);
  // Nobody waits for the file any more.
  void give_up() { given_up_ = true; }
  // It is known which process is the service, whoever has said so.
  void settle();
  // Of this start nothing more is to come.
  void end();

  struct Found {
    pid_t heir = -1;       // goes on as the service, in place of `main`
    bool over = false;     // nobody does: `end` is the service's end
    bool changed = false;  // missing() says something else
    Ended main{}, end{};
  };
  Found look();
  // Whether main_ended() has been called, and look() has found nothing yet.
  bool waits() const { return main_ended_.has_value(); }
  // Whether there is nothing to look for.
  bool rests() const { return over_ || (!waits() && missing_.empty()); }
  // Why it is not known which process is the service; empty: it is.
  const std::string& missing() const { return missing_; }

 private:
  void heard_of(const Ended& orphan);
  std::string problem_of(pid_t named) const;
  void look_again();

  Family& family_;
  PidFile file_;
  std::function<void()> again_;
  LazyTimer next_;
  std::chrono::milliseconds pause_{0};
  pid_t main_ = -1;
  std::uint64_t main_started_ = 0;
  std::optional<Ended> main_ended_, heir_ended_;
  bool given_up_ = false, over_ = false;
  bool patient_ = true;  // before the file has ever named it
  std::string missing_;
};

}  // namespace usher
