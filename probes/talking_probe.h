// What probes have in common that connect to a server, say something and judge what it answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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

 private:
  void finish(ProbeResult result);

  const Endpoint endpoint_;
  const std::string target_, missing_;
  Conversation conversation_;
  Answer answer_;
};

// Of a protocol whose answer is short: all that has come in a run is looked at again with each part.
class ReplyProbe : public TalkingProbe {
 public:
  std::string open() final {
    received_.clear();
    return question();
  }
  std::optional<ProbeResult> hear(std::string_view bytes) final;

 protected:
  using TalkingProbe::TalkingProbe;

  // What a client says first; empty where the server does.
  virtual std::string question() = 0;
  virtual std::optional<ProbeResult> judge(std::string_view received) = 0;

 private:
  static constexpr std::size_t kMost = 64 * 1024;
  std::string received_;
};

}  // namespace usher
