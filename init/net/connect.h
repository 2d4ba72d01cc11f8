// Connections to servers, by name, made without blocking anybody.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "init/loop/loop.h"
#include "init/net/address.h"
#include "init/net/resolver.h"
#include "init/net/tls_handover.h"
#include "init/os/fd.h"

namespace usher {

// How TLS is spoken to a server; see TlsRequest.
struct TlsUse {
  TlsSettings settings = {};
  std::string alpn = {};
  unsigned min_days = 0;
};

// Where to connect to: a host and its port, or a socket of this machine.
struct Endpoint {
  std::string host;  // name or literal
  std::uint16_t port = 0;
  std::string path = {};  // not empty: a UNIX socket; "@name" for an abstract one
  std::optional<TlsUse> tls = {};

  std::string text() const;  // "redis:6379", "/run/redis.sock"
};

// Makes one connection. The name is resolved anew; all its addresses are tried, each as soon as
// the one before has failed or has not answered for a moment, and the first that accepts wins.
class Connector {
 public:
  // A connected descriptor, non-blocking and close-on-exec, on which plain bytes go even where TLS is
  // spoken; or one reason why there is none yet:
  // `cannot connect to redis:6379: 172.18.0.2: Connection refused`.
  using Done = std::function<void(Fd connection, std::string reason)>;

  // Both outlive it. Destroying it closes what has not been handed over.
  Connector(Loop& loop, Resolver& resolver);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();

  // `done` is called once, from the loop and never from inside start(), at the latest when the
  // timeout (0: none) has passed. It may destroy the connector or start it again. Starting it
  // while it is under way gives up what was begun.
  void start(const Endpoint& endpoint, std::chrono::milliseconds timeout, Done done);
  // Goes on where a start() has ended: speaks TLS on the connection that it brought, for protocols in
  // which plain bytes come first. `done` as with start().
  void secure(const Fd& connection, const TlsUse& tls, Done done);
  void cancel();
  // Ends the run that is under way as if its timeout had passed now.
  void expire();

 private:
  struct Attempt {
    Address address;
    Fd fd;
    std::unique_ptr<Poll> poll;  // goes before the descriptor
    int error = 0;
  };

  void on_resolved(std::vector<Address> addresses, const std::string& reason);
  void try_next();
  void begin(Attempt& attempt);
  void on_event(std::size_t index);
  bool all_failed() const;
  std::string failures() const;
  // The end of a run that may still be inside start(): `done` is called from the loop.
  void finish_soon();
  void finish_run();
  void hand_over(const Fd& connection);
  void fail_soon(std::string why);
  void finish(Fd connection, std::string reason);

  Loop& loop_;
  Resolver& resolver_;
  Endpoint endpoint_;
  Done done_;
  std::unique_ptr<Resolver::Request> request_;
  std::vector<Attempt> attempts_;  // those begun, and after them those still to be begun
  std::size_t begun_ = 0;
  std::unique_ptr<TlsHandover> handover_;  // once it is connected
  std::size_t accepted_ = kNone;
  Timer limit_, stagger_, soon_;
  static constexpr std::size_t kNone = ~std::size_t{0};
};

}  // namespace usher
