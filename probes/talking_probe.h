// What probes have in common that connect to a server, say something and judge what it answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "init/net/conversation.h"
#include "probes/answer.h"
#include "probes/context.h"
#include "probes/probe.h"

namespace usher {

class TalkingProbe : public Probe {
 public:
  void start(Millis timeout, Done done) final;
  const std::string& target() const final { return target_; }

  // One run without a connection, for tests and fuzzers: what is sent first, and what is made of
  // bytes that come back.
  virtual std::string open() = 0;
  // Nothing: more has to come. Bytes are good for the call only.
  virtual std::optional<ProbeResult> hear(std::string_view bytes) = 0;

 protected:
  // `answer` is what is missing as long as there is none: "answer to the health check".
  TalkingProbe(ProbeContext& context, Endpoint endpoint, std::string target, std::string answer);

  // To be sent now, from inside hear().
  void send(std::string_view bytes) { conversation_.send(bytes); }
  // From inside hear() that brings no result: asks on a connection of its own.
  void ask_again();
  // Likewise: from here on TLS is spoken, beginning with `opening`.
  void secure(const TlsUse& tls, std::string opening) { conversation_.secure(tls, std::move(opening)); }

  // What may be behind it when the server closes without an answer.
  virtual std::string_view doubt() const { return {}; }

 private:
  void finish(ProbeResult result);

  const Endpoint endpoint_;
  const std::string target_, missing_;
  Conversation conversation_;
  Answer answer_;
};

}  // namespace usher
