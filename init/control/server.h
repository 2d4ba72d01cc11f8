// The control socket of a running usher. It says what is so and passes commands on; it decides
// nothing about the life of the service.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "init/control/listener.h"
#include "init/control/session.h"
#include "init/control/told_health.h"
#include "init/control/snapshot.h"
#include "init/loop/end_of_turn.h"
#include "init/loop/loop.h"

namespace usher {

// Everything the socket may ask of the world. App implements it; tests pass a fake one.
class ControlHost {
 public:
  struct Outcome {
    bool done = false;
    std::string text;      // one line: what was done, or why not
    bool pending = false;  // done is not yet over: its end shows in a later snapshot
  };

  virtual ~ControlHost() = default;
  virtual Snapshot snapshot() = 0;
  // Adds what takes a look at all processes, for those who want to see it.
  virtual void measure(Snapshot& snapshot) = 0;
  virtual std::string metrics() = 0;  // as OpenMetrics
  // Where the registry is; without a password where that is not for whoever asks.
  virtual CoordinationConfig coordination(bool with_secrets) = 0;
  // As a received SIGTERM would; pending.
  virtual Outcome stop() = 0;
  // Ends the service and starts it again; pending.
  virtual Outcome restart() = 0;
  virtual Outcome reload() = 0;
  // As if usher had received it; pending where that is a request to stop.
  virtual Outcome signal(int signo) = 0;
};

class ControlServer final : Session::Owner {
 public:
  // Places are a user's own: root and usher's user have so many each, anybody else a few, and all of
  // these together no more than one of the first two.
  static constexpr std::size_t kClientsMost = 32;
  static constexpr std::size_t kStrangersMost = 8;
  // Those who only look and stay; of a stranger's places as many in proportion. What is left over is for
  // those who come and go.
  static constexpr std::size_t kStayingMost = 24;
  static constexpr std::size_t kStayingStrangersMost = 6;
  // How long the end of usher may wait for those who have been told of it to leave.
  static constexpr Millis kFarewell{200};

  ControlServer(Loop& loop, ControlHost& host, Session::Limits limits = {});
  ~ControlServer() override;

  // Returns what is wrong, or nothing.
  [[nodiscard]] std::string open(std::unique_ptr<ListeningSocket> socket) {
    return listener_.open(std::move(socket));
  }
  // `socket` as in control.socket.
  [[nodiscard]] std::string open(const std::string& socket) { return open(open_control_socket(socket)); }
  // Something that a snapshot shows is different. Those who wait for it are answered in this very
  // turn of the loop, once all is as it will be.
  void changed();
  // The last call: the snapshot says "exited". As PID 1 we take all other processes with us, so
  // that commands which wait for their outcome get a moment to say how it went.
  void end();

 private:
  struct Client {
    std::unique_ptr<Session> session;
    std::int64_t starts_before = 0;  // of the service, when its restart was asked for
    Health held = Health::coming;    // that is not to be answered: another one is waited for
  };

  void asked(Session& session) override;
  void over(Session& session) override;

  void accept(Fd connection, Peer peer);
  bool make_room(const Peer& peer);
  bool make_room(std::size_t most, const std::function<bool(const Peer&)>& among);
  void settle();
  void settle(Client& client, const Snapshot& now);
  void tell_watchers(const Snapshot& now);
  std::string measured_line(Snapshot snapshot);
  void health(Session& session);
  void watch(Session& session);
  void command(Session& session);
  // Empty, or why whoever asks may not give commands.
  static std::string refusal(const Session& session);
  bool may_stay(Session& session);
  Client& client_of(const Session& session);

  Loop& loop_;
  ControlHost& host_;
  const Session::Limits limits_;
  Listener listener_;
  EndOfTurn end_of_turn_;
  Timer watch_pause_;  // until those who watch may be told again
  bool watch_paused_ = false, watch_news_ = false;
  ToldHealth told_;
  std::vector<Client> clients_;  // in the order in which they came
};

}  // namespace usher
