#include "init/app/alert_sender.h"

#include <algorithm>
#include <utility>

#include "init/text/http_url.h"

namespace usher {
namespace {

constexpr std::size_t kMostWaiting = 16;
// A server that is away for a moment is asked again, two times.
constexpr unsigned kTries = 3;
constexpr Millis kFirstPause{2'000};

}  // namespace

AlertSender::AlertSender(Runtime& runtime, Log& log, Family& family, const AlertsConfig& config,
                         Prepare prepare)
    : runtime_(runtime),
      log_(log),
      config_(config),
      prepare_(std::move(prepare)),
      runner_(runtime, log, family),
      again_(runtime.loop()),
      limit_(runtime.loop()) {}

void AlertSender::send(const AlertMessage& message) {
  if (!config_.hook.empty()) queue(to_hook_, message, hooks_);
  if (!config_.webhook.empty()) queue(to_post_, message, posts_);
  next_hook();
  next_post();
}

// The newest are what counts.
void AlertSender::queue(std::deque<AlertMessage>& queue, const AlertMessage& message, Count& count) {
  if (queue.size() == kMostWaiting) {
    queue.pop_front();
    ++count.dropped;
  }
  queue.push_back(message);
}

void AlertSender::hold_hooks(bool held) {
  held_ = held;
  next_hook();
}

void AlertSender::next_hook() {
  if (held_ || hook_runs_ || to_hook_.empty()) return;
  const AlertMessage message = std::move(to_hook_.front());
  to_hook_.pop_front();
  SpawnRequest base;
  if (!prepare_(base)) {
    ++hooks_.failed;
    return next_hook();
  }
  auto& environment = base.environment;
  environment.push_back("USHER_ALERT=" + std::string(message.alert));
  environment.push_back("USHER_ALERT_STATUS=" + std::string(message.status));
  environment.push_back("USHER_ALERT_SETTING=" + std::string(message.setting));
  environment.push_back("USHER_ALERT_SEEN=" + message.seen);
  environment.push_back("USHER_ALERT_JSON=" + message.json);
  hook_runs_ = true;
  runner_.start("alert", config_.hook, std::move(base), [this](bool ok) {
    ++(ok ? hooks_.delivered : hooks_.failed);
    hook_runs_ = false;
    next_hook();
    see_if_done();
  });
}

void AlertSender::next_post() {
  if (posting_ || to_post_.empty()) return;
  posting_ = std::move(to_post_.front());
  to_post_.pop_front();
  tries_ = 0;
  post();
}

void AlertSender::post() {
  HttpUrlResult parsed = parse_http_url(config_.webhook);
  if (!parsed.problem.empty())  // a reload has taken it away
    return on_posted({PostResult::Kind::refused, 0, "there is no webhook any more", {}});
  if (!post_) post_ = std::make_unique<HttpPost>(runtime_.loop(), runtime_.resolver());
  ++tries_;
  PostRequest request{std::move(parsed.url), "application/json", posting_->json};
  request.secret_path = true;
  request.tls = config_.webhook_tls;
  for (const auto& [name, value] : config_.webhook_headers) request.headers[name] = value;
  post_->start(std::move(request), config_.webhook_timeout,
               [this](const PostResult& result) { on_posted(result); });
}

void AlertSender::on_posted(const PostResult& result) {
  using Kind = PostResult::Kind;
  const bool later = result.kind == Kind::unavailable || result.kind == Kind::failed;
  if (later && !finishing_ && tries_ < kTries) {
    again_.start(std::max<Millis>(kFirstPause * tries_ * tries_, result.retry_after),
                 [this] { post(); });
    return;
  }
  const bool accepted = result.kind == Kind::accepted;
  ++(accepted ? posts_.delivered : posts_.failed);
  if (!accepted)
    log_.warn("alert_not_delivered")
        .add("alert", posting_->alert)
        .add("message", result.reason)
        .add("setting", "alerts.webhook");
  posting_.reset();
  next_post();
  see_if_done();
}

void AlertSender::finish(Millis limit, std::function<void()> done) {
  done_ = std::move(done);
  finishing_ = true;
  limit_.start(limit, [this] { give_up("shutdown.last_words has passed"); });
  hold_hooks(false);
  if (posting_ && !(post_ && post_->busy())) {  // it waits for another try
    again_.cancel();
    post();
  }
  see_if_done();
}

void AlertSender::see_if_done() {
  if (!finishing_ || hook_runs_ || posting_ || !to_hook_.empty() || !to_post_.empty()) return;
  limit_.cancel();
  if (const auto done = std::exchange(done_, nullptr)) done();
}

void AlertSender::give_up(const std::string& why) {
  if (done_ == nullptr) return;
  log_.warn("alert_not_delivered").add("message", why).add("setting", "shutdown.last_words");
  post_.reset();
  again_.cancel();
  runner_.kill();
  hooks_.failed += to_hook_.size() + (std::exchange(hook_runs_, false) ? 1 : 0);
  posts_.failed += to_post_.size() + (posting_ ? 1 : 0);
  to_hook_.clear();
  to_post_.clear();
  posting_.reset();
  see_if_done();
}

}  // namespace usher
