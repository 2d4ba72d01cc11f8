#include "probes/http_probe.h"

#include <strings.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "init/base/duration.h"
#include "init/loop/connect.h"
#include "init/loop/stream.h"
#include "probes/answer.h"
#include "probes/http_response.h"
#include "probes/http_url.h"
#include "probes/line_scanner.h"
#include "probes/pattern.h"

namespace usher {
namespace {

constexpr std::size_t kMostBody = 1024 * 1024;

// "200-399", "200, 204"
std::string range_text(const std::vector<std::pair<int, int>>& ranges) {
  std::string text;
  for (const auto& [low, high] : ranges) {
    text += (text.empty() ? "" : ", ") + std::to_string(low);
    if (high != low) text += '-' + std::to_string(high);
  }
  return text;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

class HttpRun final : public Probe {
 public:
  HttpRun(const HttpProbe& config, ProbeContext& context)
      : config_(config),
        loop_(context.loop),
        target_(target_text(config)),
        pattern_(config.pattern.empty() ? std::nullopt : Pattern::compile(config.pattern)),
        connector_(context.loop, context.resolver),
        answer_(context.loop) {}

  void start(Millis timeout, Done done) override;
  const std::string& target() const override { return target_; }

 private:
  std::string settings_problem();
  void ask();
  std::string request() const;
  void on_bytes(std::string_view bytes);
  void on_end(const std::string& how);
  void on_body(std::string_view part);
  void judge();
  void follow();
  void too_long();
  bool status_is_expected() const;
  ProbeResult verdict_on_body() const;
  void finish(ProbeResult result);

  const HttpProbe& config_;
  Loop& loop_;
  const std::string target_;
  const std::optional<Pattern> pattern_;
  Connector connector_;
  HttpUrl url_;
  unsigned followed_ = 0;
  std::optional<Stream> stream_;
  std::optional<HttpResponse> response_;
  LineScanner lines_;
  std::size_t body_bytes_ = 0;
  bool matched_ = false;
  Answer answer_;
};

void HttpRun::start(Millis timeout, Done done) {
  answer_.expect(timeout, std::move(done), [this] { too_long(); });
  const std::string problem = settings_problem();
  if (!problem.empty()) return answer_.give_later(misconfigured(problem));
  followed_ = 0;
  ask();
}

std::string HttpRun::settings_problem() {
  auto [url, problem] = parse_http_url(config_.url);
  if (!problem.empty()) return "url: " + problem;
  url_ = std::move(url);
  if (!config_.pattern.empty() && !pattern_) return "pattern: " + Pattern::problem(config_.pattern);
  for (const auto& [name, value] : config_.headers)
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return "headers: a line break would begin a header of its own";
  return {};
}

// One page: the first one, or one that it leads to.
void HttpRun::ask() {
  stream_.reset();
  lines_ = LineScanner();
  body_bytes_ = 0;
  matched_ = false;
  response_.emplace(config_.method == "HEAD", [this](std::string_view part) { on_body(part); });
  connector_.start({url_.host, url_.port, {}}, Millis{0}, [this](Fd connection, std::string why) {
    if (!connection) return finish(not_yet(std::move(why)));
    stream_.emplace(
        loop_, std::move(connection), [this](std::string_view bytes) { on_bytes(bytes); },
        [this](const std::string& how) { on_end(how); });
    stream_->send(request());
  });
}

std::string HttpRun::request() const {
  std::map<std::string, std::string, bool (*)(const std::string&, const std::string&)> headers(
      [](const std::string& a, const std::string& b) {
        return ::strcasecmp(a.c_str(), b.c_str()) < 0;
      });
  headers.insert(config_.headers.begin(), config_.headers.end());
  headers.insert({{"Host", url_.authority()},
                  {"User-Agent", "usher/" USHER_VERSION},
                  {"Accept", "*/*"},
                  {"Connection", "close"}});
  std::string text = config_.method + ' ' + url_.path + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

void HttpRun::on_bytes(std::string_view bytes) {
  using State = HttpResponse::State;
  const State state = response_->feed(bytes);
  if (state == State::bad)
    return finish(not_yet("the response cannot be read: " + response_->problem()));
  if (state != State::head) judge();
}

void HttpRun::on_end(const std::string& how) {
  if (response_->finish() == HttpResponse::State::bad)
    return finish(not_yet("no whole response: " + response_->problem() + "; " + how));
  judge();
}

// Only what can still matter is looked at.
void HttpRun::on_body(std::string_view part) {
  body_bytes_ += part.size();
  if (!pattern_ || matched_) return;
  const auto look = [this](std::string_view line) {
    matched_ = matched_ || pattern_->matches(line);
  };
  lines_.feed(part, look);
}

// As soon as the header has come; again with each part of the body, as long as that matters.
void HttpRun::judge() {
  const bool redirected = is_redirect(response_->status()) && !response_->location().empty();
  if (config_.redirects > 0 && redirected) return follow();
  if (!status_is_expected())
    return finish(not_yet("answered " + std::to_string(response_->status()) +
                          (response_->phrase().empty() ? "" : ' ' + response_->phrase()) +
                          ", expected " + range_text(config_.status)));
  if (!pattern_) return finish(passed());
  const bool complete = response_->state() == HttpResponse::State::complete;
  if (complete)
    lines_.finish(
        [this](std::string_view line) { matched_ = matched_ || pattern_->matches(line); });
  if (matched_ || complete || body_bytes_ > kMostBody) finish(verdict_on_body());
}

ProbeResult HttpRun::verdict_on_body() const {
  if (matched_) return passed();
  return not_yet(body_bytes_ > kMostBody ? "no line in the first 1 MiB of the body matches"
                                         : "no line of the body matches");
}

void HttpRun::follow() {
  if (followed_++ == config_.redirects)
    return finish(not_yet("redirected more than " + std::to_string(config_.redirects) + " times"));
  const auto [next, problem] = resolve_location(url_, response_->location());
  if (!problem.empty()) return finish(not_yet("redirected to what cannot be followed: " + problem));
  if (::strcasecmp(next.host.c_str(), url_.host.c_str()) != 0)
    return finish(not_yet("redirected to another host, which is not followed"));
  url_ = next;
  ask();
}

bool HttpRun::status_is_expected() const {
  return std::any_of(config_.status.begin(), config_.status.end(), [this](const auto& range) {
    return range.first <= response_->status() && response_->status() <= range.second;
  });
}

void HttpRun::too_long() {
  if (!stream_) return connector_.expire();
  finish(not_yet("connected, but no whole response within " + format_duration(answer_.timeout())));
}

void HttpRun::finish(ProbeResult result) {
  stream_.reset();
  answer_.give(std::move(result));
}

}  // namespace

std::unique_ptr<Probe> make(const HttpProbe& config, ProbeContext& context) {
  return std::make_unique<HttpRun>(config, context);
}

std::string target_text(const HttpProbe& config) {
  const auto [url, problem] = parse_http_url(config.url);
  return problem.empty() ? url.display() : "http";
}

}  // namespace usher
