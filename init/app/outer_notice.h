// Says outwards, by the NOTIFY_SOCKET that usher was given, what the service would say where it ran alone:
// ready, stopping, how it is. Where readiness has no condition the socket is the service's.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "init/app/audience.h"
#include "init/app/context.h"
#include "init/loop/end_of_turn.h"
#include "init/os/outer_notify.h"

namespace usher {

class OuterNotice final : public LifeListener {
 public:
  // All of them outlive it. `status` is asked once a turn of the loop in which something is different.
  OuterNotice(const Context& context, const Supervisor& supervisor, std::function<Status()> status)
      : context_(context), supervisor_(supervisor), status_(std::move(status)), again_(context.runtime) {}

  void begin(const char* const* environment);
  void changed() override;
  void settled() override;

 private:
  void show();
  void send(const std::string& text);
  void send_rest();

  Context context_;
  const Supervisor& supervisor_;
  std::function<Status()> status_;
  std::optional<OuterNotify> socket_;
  std::unique_ptr<EndOfTurn> end_of_turn_;
  bool ready_ = false, stopping_ = false;  // has been said, of this start and of this life
  bool spoken_ = false;                    // either of them
  std::string said_;                       // the last STATUS
  std::string rest_;                       // what nobody has taken yet
  bool refused_ = false;
  LazyTimer again_;
};

// The lines of a notification, of what is new. Pure.
std::string outer_notification(bool ready, bool stopping, std::string_view status, int main_pid);

}  // namespace usher
