// Carries alerts outside, by a hook and by a webhook: each one after the other, with bounds on how
// many wait and how long one takes.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "init/app/hook_runner.h"
#include "init/config/config.h"
#include "init/net/http_post.h"

namespace usher {

struct AlertMessage {
  std::string_view alert, status, setting;  // of texts that live for ever
  std::string seen, json;
};

class AlertSender {
 public:
  // Fills in as whom and with which environment a hook runs; false where that cannot be set up.
  using Prepare = std::function<bool(SpawnRequest&)>;
  struct Count {
    std::uint64_t delivered = 0, failed = 0, dropped = 0;
  };

  // All of them outlive it; the configuration may change between two calls.
  AlertSender(Runtime& runtime, Log& log, Family& family, const AlertsConfig& config,
              Prepare prepare);

  void send(const AlertMessage& message);
  // No hook begins while they are held: a stop would take it for a process that the service left.
  void hold_hooks(bool held);
  // What waits is sent now, each once. `done` is called when nothing is under way any more, at once
  // where that is so already, and at the latest when `limit` has passed.
  void finish(Millis limit, std::function<void()> done);
  // The time for that is over: `done` is called, if it was not.
  void give_up(const std::string& why);

  const Count& hooks() const { return hooks_; }
  const Count& posts() const { return posts_; }

 private:
  static void queue(std::deque<AlertMessage>& queue, const AlertMessage& message, Count& count);
  void next_hook();
  void next_post();
  void post();
  void on_posted(const PostResult& result);
  void see_if_done();

  Runtime& runtime_;
  Log& log_;
  const AlertsConfig& config_;
  Prepare prepare_;
  HookRunner runner_;
  std::unique_ptr<HttpPost> post_;
  Timer again_, limit_;
  std::deque<AlertMessage> to_hook_, to_post_;
  std::optional<AlertMessage> posting_;
  unsigned tries_ = 0;
  bool hook_runs_ = false, held_ = false, finishing_ = false;
  Count hooks_, posts_;
  std::function<void()> done_;
};

}  // namespace usher
