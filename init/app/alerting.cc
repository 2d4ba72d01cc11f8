#include "init/app/alerting.h"

#include <algorithm>

#include "init/base/json.h"
#include "init/base/utc.h"
#include "init/os/clock.h"

namespace usher {
namespace {

constexpr std::size_t kSeenMost = 1024;

}  // namespace

Alerting::Alerting(Runtime& runtime, Log& log, Family& family, const AlertsConfig& config,
                   Sender sender, AlertSender::Prepare prepare)
    : log_(log),
      here_(std::move(sender)),
      alerts_(config),
      next_(runtime.loop()),
      sender_(runtime, log, family, config, std::move(prepare)) {}

void Alerting::take(AlertKind kind, bool holds, std::string seen) {
  if (seen.size() > kSeenMost) seen.resize(kSeenMost);
  tell(alerts_.take(kind, holds, std::move(seen), monotonic_now()));
}

void Alerting::tell(const std::vector<Alerts::News>& news) {
  for (const Alerts::News& one : news) tell(one);
  if (!news.empty()) here_.changed();
  const auto next = alerts_.next();
  if (!next) return next_.cancel();
  // Rounded up: a look that comes a moment too early would find nothing to tell.
  const auto left = std::chrono::ceil<Millis>(*next - monotonic_now());
  next_.start(std::max(left, Millis{1}), [this] { tell(alerts_.look(monotonic_now())); });
}

void Alerting::tell(const Alerts::News& news) {
  const std::string_view setting = setting_of(news.kind);
  const bool over = news.what == Alerts::News::What::cleared;
  if (news.kind != AlertKind::failed) log(news);  // of that the log has a line of its own
  const std::string_view status = over ? "resolved" : "firing";
  sender_.send({to_string(news.kind), status, setting, news.seen, json(news, status)});
}

void Alerting::log(const Alerts::News& news) {
  using What = Alerts::News::What;
  const std::string_view setting = setting_of(news.kind);
  const bool over = news.what == What::cleared;
  const auto lasted = std::chrono::duration_cast<Millis>(monotonic_now() - news.since);
  auto line = over ? log_.info("alert_cleared") : log_.error("alert");
  line.add("alert", to_string(news.kind)).add("seen", news.seen).add("setting", setting);
  if (over || news.what == What::repeated) line.add("for_ms", std::int64_t{lasted.count()});
}

std::string Alerting::json(const Alerts::News& news, std::string_view status) const {
  const auto now = std::chrono::system_clock::now();
  const auto since = now - std::chrono::duration_cast<Millis>(monotonic_now() - news.since);
  std::string out;
  JsonObject object(out);
  object.add("event", "alert").add("alert", to_string(news.kind)).add("status", status);
  object.add("service", here_.service).add("instance", here_.instance);
  object.add("state", here_.state()).add("seen", news.seen).add("setting", setting_of(news.kind));
  object.add("since", utc_text(since)).add("at", utc_text(now));
  object.add("repeated", news.what == Alerts::News::What::repeated);
  object.end();
  return out;
}

}  // namespace usher
