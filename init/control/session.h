// One client at the control socket: its request comes in, answers go out, and none of it may take
// longer or more memory than is allowed here, whatever the other end does.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "init/control/listener.h"
#include "init/control/protocol.h"
#include "init/loop/loop.h"
#include "init/os/fd.h"

namespace usher {

class Session {
 public:
  struct Limits {
    Millis request{2'000};  // from connecting to the end of the request
    Millis reply{5'000};    // for a reader to take what it was sent
    Millis watch{100};      // between two lines to those who watch
  };

  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void asked(Session&) = 0;  // request() is there
    virtual void over(Session&) = 0;   // it has closed, and may be destroyed later, not now
  };

  Session(Loop& loop, Fd connection, Peer peer, Owner& owner, const Limits& limits);

  const Peer& peer() const { return peer_; }
  const std::optional<ControlRequest>& request() const { return request_; }
  bool closed() const { return !fd_; }
  // Its last line is on the way, which is all that is left of it.
  bool answered() const { return answered_; }

  // The last line. The session is over when it is out.
  void answer(const std::string& line);
  // One line of many. While the reader is behind, only the newest is kept for it.
  void update(std::string line);
  // Answers with what `late` returns then, unless it has been answered before.
  void answer_after(Millis limit, std::function<std::string()> late);
  void close();
  // For one whose end is awaited elsewhere: nothing happens here any more.
  Fd release();

 private:
  void on_event();
  void read();
  void take_request(std::string_view line);
  void write();

  Owner& owner_;
  const Limits& limits_;
  Peer peer_;
  Fd fd_;
  std::unique_ptr<Poll> poll_;
  Timer limit_;
  std::string in_, out_, next_;
  std::optional<ControlRequest> request_;
  bool answered_ = false;
};

}  // namespace usher
