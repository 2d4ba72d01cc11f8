// A connection of one's own on which something is asked, made and spoken on without blocking
// anybody.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "init/net/connect.h"
#include "init/net/stream.h"

namespace usher {

class Conversation {
 public:
  // There will be no answer, and why: no connection, or no time left.
  using Failed = std::function<void(std::string reason)>;

  // Both outlive it. The callbacks come from the loop and may destroy this or start it anew.
  Conversation(Loop& loop, Resolver& resolver, Stream::Received received, Stream::Ended ended,
               Failed failed);

  // Connects, then sends the opening, if there is one. Without a limit of its own: whoever asks has
  // one. Gives up what is under way.
  void start(const Endpoint& endpoint, std::string opening);
  // Once something has been received.
  void send(std::string_view bytes);
  // The same: goes on over TLS on this connection, beginning with `opening`.
  void secure(const TlsUse& tls, std::string opening);
  void cancel();
  // Fails now, for want of time: with the connector's reason, or "connected, but " and what is
  // missing.
  void expire(std::string missing);

 private:
  Connector::Done then(std::string opening);
  void on_connected(Fd connection, std::string_view opening);
  void on_bytes(std::string_view bytes);
  void fail(std::string reason);

  Loop& loop_;
  Connector connector_;
  const Stream::Received received_;
  const Stream::Ended ended_;
  const Failed failed_;
  std::optional<Stream> stream_;
  std::optional<std::string> missing_;
  bool fresh_ = true;  // nothing has been received yet
};

}  // namespace usher
