// Starting processes and hearing of their end, for those who do not wait for children themselves.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "init/config/config.h"
#include "init/os/reaper.h"
#include "init/os/spawn.h"

namespace usher {

class Launcher {
 public:
  virtual ~Launcher() = default;
  // Runs a command as the service would run: user, groups, directory, environment; in a process
  // group of its own. It reads nothing; `output` gets its stdout and stderr. `ended` is called
  // once, from the loop, when it has been reaped; what it left in its group has been killed then.
  // A failed start is in the result; `why` then says it in words. One that fails later is told to
  // `ended`, as `never_ran`.
  virtual SpawnResult launch(const Argv& command, int output, std::string& why,
                             std::function<void(const Ended&)> ended) = 0;
  // Runs this program once more, with these arguments, as whom we are and with nothing of our
  // environment but where certificates are. Its stdout and stderr are `channel`, by which alone it is
  // known when it ends. A failed start as above.
  virtual SpawnResult launch_own(const Argv& arguments, int channel, std::string& why) = 0;
  // Runs `work` in a copy of this process that has no descriptor but `output`, and ends. Returns its
  // number, or -1 and errno. `ended` as above.
  virtual pid_t fork_off(int output, const std::function<void(int output)>& work,
                         std::function<void(const Ended&)> ended) = 0;
  // Whether it is there, abandoned or not: its number is not another one's.
  virtual bool runs(pid_t pid) const = 0;
  // Kills its whole group and its descendants; `ended` is not called any more. For a process that
  // was launched here and whose end has not been told.
  virtual void abandon(pid_t pid) = 0;
};

}  // namespace usher
