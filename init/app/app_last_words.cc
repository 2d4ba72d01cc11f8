// What still has to be sent when all is over and the report is written: the exit waits for it, but
// not for long.
#include "init/app/app.h"
#include "init/app/world.h"
#include "init/base/signal_name.h"
#include "init/observe/push.h"

namespace usher {

void App::say_last_words() {
  const Millis limit = config_.shutdown.last_words;
  if (config_.metrics.push.empty() || limit == Millis{0}) return end();
  World& w = world();
  w.push = std::make_unique<HttpPost>(w.loop, w.resolver);
  w.push->start(push_request(config_.metrics, report_.service, metrics(MetricsText::Format::plain)),
                limit, [this](const PostResult& result) { on_pushed(result); });
}

void App::on_pushed(const PostResult& result) {
  if (result.kind != PostResult::Kind::accepted)
    log_.warn("push_failed").add("message", result.reason).add("setting", "metrics.push");
  end();
}

// Somebody asks us to go at last.
void App::cut_last_words(int signo) {
  if (over_ || !world_ || !world_->push) return;
  world_->push.reset();
  on_pushed({PostResult::Kind::failed, 0, "given up on " + signal_name(signo), {}});
}

}  // namespace usher
