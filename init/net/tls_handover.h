// Hands a connection to a process that speaks TLS on it, and gets one in its place on which the same
// is said in plain bytes.
//
// A handshake costs some 10 ms of the processor and reads what strangers have written, so it happens
// in a process of its own: this program once more, without privileges (init/tls/).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "init/loop/loop.h"
#include "init/net/tls_request.h"
#include "init/os/fd.h"
#include "init/os/launcher.h"

namespace usher {

class TlsHandover {
 public:
  // The plain connection, non-blocking and close-on-exec; or why there is none. Called once, from the
  // loop, and may destroy this.
  using Done = std::function<void(Fd connection, std::string why)>;

  // Both outlive it.
  TlsHandover(Loop& loop, Launcher& launcher) : loop_(loop), launcher_(launcher) {}
  TlsHandover(const TlsHandover&) = delete;
  TlsHandover& operator=(const TlsHandover&) = delete;
  // Ends the helper of a handshake that is under way.
  ~TlsHandover();

  // Returns why it cannot even be begun, or nothing. Once.
  std::string start(const Fd& connection, const TlsRequest& request, Done done);

 private:
  void on_event();
  void finish(std::string why);

  Loop& loop_;
  Launcher& launcher_;
  Fd plain_;
  std::unique_ptr<Poll> poll_;  // goes before the descriptor
  pid_t helper_ = -1;           // as long as we may have to end it
  TlsAnswer answer_;
  Done done_;
};

}  // namespace usher
