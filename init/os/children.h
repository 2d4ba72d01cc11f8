// The processes that somebody of ours has launched, by number. Whoever reaps tells this table.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "init/os/launcher.h"
#include "init/os/pending_spawn.h"

namespace usher {

class Children final : public Launcher {
 public:
  // Fills in as whom, where and with which environment; returns what is wrong, or nothing. What it
  // points to outlives the call.
  using Prepare = std::function<std::string(SpawnRequest&)>;
  explicit Children(Prepare prepare) : prepare_(std::move(prepare)) {}

  SpawnResult launch(const Argv& command, int output, std::string& why,
                     std::function<void(const Ended&)> ended) override;
  SpawnResult launch_own(const Argv& arguments, int channel, std::string& why) override;
  pid_t fork_off(int output, const std::function<void(int output)>& work,
                 std::function<void(const Ended&)> ended) override;
  bool runs(pid_t pid) const override { return running_.contains(pid); }
  void abandon(pid_t pid) override;

  // Whether the process was launched here, abandoned or not. To be called at once when it has been
  // reaped.
  bool ended(const Ended& child);
  // Those of launch_own() that have not been reaped: they serve us, and end with us.
  const std::unordered_set<pid_t>& own() const { return own_; }
  // Those whose start is not sure yet; whoever starts others beside these starts them there.
  PendingSpawns& starts() { return starts_; }
  // Whether all that was launched has been reaped.
  bool idle() const { return running_.empty(); }

 private:
  SpawnResult start(SpawnRequest& request, int output, std::string& why, std::function<void(const Ended&)> ended);

  Prepare prepare_;
  PendingSpawns starts_;
  // Until they have been reaped; without a callback where nobody wants to hear of it.
  std::unordered_map<pid_t, std::function<void(const Ended&)>> running_;
  std::unordered_set<pid_t> own_;
};

}  // namespace usher
