// What still has to be sent when all is over and the report is written: the exit waits for it, but
// not for long.
#include "init/app/app.h"
#include "init/app/tracing.h"
#include "init/app/world.h"
#include "init/observe/push.h"

namespace usher {

void App::say_last_words() {
  const Millis limit = config_.shutdown.last_words;
  const bool alerts = world_ && world_->alerts;
  if ((config_.metrics.push.empty() && !tracing_ && !alerts) || limit == Millis{0}) return end();
  World& w = world();
  w.unsaid_words = 1;
  if (!config_.metrics.push.empty()) push_metrics(limit);
  if (tracing_) {
    send_spans();
    ++w.unsaid_words;
    tracing_->sender->finish(limit, [this] { last_word_said(); });
  }
  if (alerts) {
    ++w.unsaid_words;
    w.alerts->sender().finish(limit, [this] { last_word_said(); });
  }
  last_word_said();
}

void App::push_metrics(Millis limit) {
  World& w = world();
  ++w.unsaid_words;
  w.push = std::make_unique<HttpPost>(w.loop, w.resolver);
  w.push->start(
      push_request(config_.metrics, report_.service, metrics(MetricsText::Format::plain)), limit,
      [this](const PostResult& result) {
        if (result.kind != PostResult::Kind::accepted)
          log_.warn("push_failed").add("message", result.reason).add("setting", "metrics.push");
        last_word_said();
      });
}

void App::last_word_said() {
  if (!over_ && --world_->unsaid_words == 0) end();
}

// Somebody asks us to go at last.
void App::cut_last_words(const std::string& request) {
  if (over_ || !world_ || world_->unsaid_words == 0) return;
  const std::string why = "given up on " + request;
  if (world_->alerts) world_->alerts->sender().give_up(why);
  if (over_) return;  // that was all
  if (world_->push && world_->push->busy())
    log_.warn("push_failed").add("message", why).add("setting", "metrics.push");
  world_->push.reset();
  if (tracing_ && !tracing_->sender->idle()) {
    log_.warn("trace_failed").add("message", why);
    tracing_->sender->give_up();
  }
  end();
}

}  // namespace usher
