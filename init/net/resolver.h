// Names to addresses, over c-ares: never blocks, and knows nothing of NSS.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "init/base/tls.h"
#include "init/loop/loop.h"
#include "init/net/address.h"
#include "init/os/launcher.h"

namespace usher {

// Remembers nothing: each name is resolved anew, by what /etc/hosts and /etc/resolv.conf say at
// that moment. While nothing is asked it has no sockets, timers or memory.
class Resolver {
 public:
  // Where the answers come from, and how long they may take; tests name others.
  struct Sources {
    std::string hosts = "/etc/hosts";
    std::string resolv_conf = "/etc/resolv.conf";
    std::string servers;  // "127.0.0.1:5353,..."; empty: those of resolv_conf
    // A lost packet is asked for again after this, then after twice and four times as long: c-ares'
    // own five seconds would be longer than a whole try of most probes.
    std::chrono::milliseconds first_retry{1'000};
    // How long the slower of A and AAAA is waited for, once the other has brought addresses.
    std::chrono::milliseconds patience{50};
  };

  // A question under way. Destroying it cancels: `done` is not called any more.
  class Request {
   public:
    virtual ~Request() = default;
  };

  // Either addresses, IPv4 first, or one reason why there are none yet:
  // `cannot resolve "redis": no such name`.
  using Done = std::function<void(std::vector<Address> addresses, std::string reason)>;

  // What connections over TLS need besides; it is here since whoever connects has one of these. All of
  // it outlives the resolver.
  struct TlsMeans {
    Launcher* launcher = nullptr;  // starts the processes that speak it
    const TlsSettings* defaults = nullptr;
    // Told, once, of the first server whose certificate is not looked at.
    std::function<void(const std::string& server)> unverified;
  };

  explicit Resolver(Loop& loop) : Resolver(loop, Sources()) {}
  Resolver(Loop& loop, Sources sources) : loop_(loop), sources_(std::move(sources)) {}

  // `done` is called once, from the loop and never from inside resolve(), at the latest when the
  // timeout (0: c-ares' own, some seconds a server) has passed. It may destroy the request.
  //
  // Literals (IPv6 also in brackets), localhost and the names of the hosts file need no server.
  // For others A and AAAA are asked at the same time; when one has brought addresses, a failure or
  // the silence of the other does not matter.
  [[nodiscard]] std::unique_ptr<Request> resolve(const std::string& host, std::uint16_t port,
                                                 std::chrono::milliseconds timeout, Done done);

  void set_tls(TlsMeans means) { tls_ = std::move(means); }
  TlsMeans& tls() { return tls_; }

 private:
  Loop& loop_;
  TlsMeans tls_;
  const Sources sources_;
};

}  // namespace usher
