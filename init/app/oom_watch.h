// Kills for want of memory: the kernel ends some process of the container, which need not be the service's
// main one. Told of at once where the kernel tells, with what resources.on_oom makes of it, and at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "init/app/alarms.h"
#include "init/app/context.h"
#include "init/app/service.h"
#include "init/lifecycle/supervisor.h"
#include "init/os/cgroup.h"

namespace usher {

class OomWatch {
 public:
  // All of them outlive it. `pressed` hears whenever the kernel tells of the group's memory: version 2 also
  // says that the limit was reached, which comes before any kill.
  OomWatch(const Context& context, Supervisor& supervisor, const Service& service, Alarms& alarms,
           std::function<void()> pressed);

  // What was counted by now is of others. From now on the kernel's word is listened to.
  void begin();
  // A child has ended by a SIGKILL that was not ours.
  void child_killed();
  // Since begin().
  std::uint64_t kills() const;
  // Whether any of them was ours. `seen`: some process ended by a SIGKILL that was not ours. The group's
  // counter is that of this container, unless others are in it, too; then only what was seen can be ours.
  bool killed(bool seen) const;

 private:
  void heard();
  bool look();
  void tell(std::uint64_t more);
  void look_again(unsigned times);
  void look_now_and_then();
  void follow_policy();
  bool is_own_group() const;

  Context context_;
  Supervisor& supervisor_;
  const Service& service_;
  Alarms& alarms_;
  std::function<void()> pressed_;
  std::optional<OomKills> counter_;
  std::unique_ptr<Poll> poll_;  // goes before what it watches
  std::uint64_t before_ = 0, known_ = 0;
  unsigned attempt_ = 0;  // in which the last kill was seen
  LazyTimer again_, policy_, over_;
};

}  // namespace usher
