// What one run of the service says of itself, by systemd's socket or by s6's descriptor.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "init/app/notify_message.h"
#include "init/config/config.h"
#include "init/loop/loop.h"
#include "init/observe/log.h"
#include "init/os/notify_socket.h"
#include "init/os/spawn.h"

namespace usher {

// Made anew for each start, so that nothing of the last one counts.
class Notification {
 public:
  // Whether any probe of the configuration asks for it.
  static bool wanted(const Config& config);

  // `changed` hears of all that the questions below are about, but not of each sign of life; it
  // does not destroy the object. `log` outlives it.
  Notification(Loop& loop, const Config& config, Log& log, std::function<void()> changed);
  ~Notification();

  // Makes the ends and says in `request`, whose environment is complete, what the service gets.
  // Returns 0 or errno.
  [[nodiscard]] int prepare(SpawnRequest& request);
  // The service, this very process, has its ends.
  void handed_over(pid_t service);
  // The service goes on in this process.
  void goes_on_in(pid_t service) { service_ = service; }
  // Hears what waits, without waiting for the loop to come to it.
  void listen();

  // The service is ready, whoever has said so: its watchdog begins now, and needs no READY=1.
  void begin_watchdog();

  // As this very probe asks for it. Who is stopping is ready no more.
  bool ready(const NotifyProbe& probe) const;
  bool stopping() const { return stopping_; }
  bool reloading() const { return reloading_; }
  const std::string& status() const { return status_; }
  // Which process the service calls its main one: below us when it said so. -1: none.
  pid_t main_pid() const { return main_pid_; }
  // Since the last WATCHDOG=1, READY=1 or begin_watchdog(); nothing before that.
  std::optional<Millis> since_watchdog() const;

 private:
  class Line;

  int open_socket(SpawnRequest& request);
  void line_said_ready();
  void receive();
  bool is_believed(const NotifyDatagram& datagram) const;
  bool is_from_service(const NotifyDatagram& datagram) const;
  void hear(const NotifyMessage& message);

  Loop& loop_;
  Log& log_;
  std::function<void()> changed_;
  bool has_socket_ = false;
  Millis watchdog_{0};  // the shortest of those configured
  std::vector<std::unique_ptr<Line>> lines_;
  NotifySocket socket_;
  std::unique_ptr<Poll> poll_;  // goes before what it watches
  uid_t service_uid_ = 0;
  pid_t service_ = -1;
  const NotifyAccess access_;
  bool refusal_logged_ = false;

  bool ready_ = false, stopping_ = false, reloading_ = false, broken_ = false;
  bool watched_ = false;
  std::string status_;
  pid_t main_pid_ = -1;
  std::optional<std::chrono::microseconds> alive_at_;
};

}  // namespace usher
