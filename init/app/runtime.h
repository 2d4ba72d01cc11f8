// The event loop and what asks for names on it, made when first needed: a plain service is started
// without them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "init/loop/loop.h"
#include "init/net/resolver.h"

namespace usher {

class Runtime {
 public:
  // `refused` is told why there can be no loop, and does not return.
  explicit Runtime(std::function<void(const std::string& why)> refused)
      : refused_(std::move(refused)) {}

  // What the resolver brings along for connections over TLS; before it is first asked for.
  void set_tls(Resolver::TlsMeans means) { tls_ = std::move(means); }
  Loop& loop();
  Resolver& resolver();
  bool has_loop() const noexcept { return loop_ != nullptr; }

 private:
  std::function<void(const std::string& why)> refused_;
  Resolver::TlsMeans tls_;
  std::unique_ptr<Loop> loop_;  // goes last
  std::unique_ptr<Resolver> resolver_;
};

// A timer that makes the loop when it is first started. The runtime outlives it.
class LazyTimer {
 public:
  explicit LazyTimer(Runtime& runtime) : runtime_(runtime) {}
  void start(std::chrono::milliseconds after, std::function<void()> expired) {
    if (!timer_) timer_.emplace(runtime_.loop());
    timer_->start(after, std::move(expired));
  }
  void cancel() noexcept {
    if (timer_) timer_->cancel();
  }

 private:
  Runtime& runtime_;
  std::optional<Timer> timer_;
};

}  // namespace usher
