#include "probes/http_probe.h"

#include <strings.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "init/config/probe_rows.h"
#include "init/net/http_exchange.h"
#include "init/text/http_url.h"
#include "init/text/line_scanner.h"
#include "init/text/pattern.h"
#include "probes/answer.h"
#include "probes/kind.h"

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

std::string target_text(const HttpProbe& config) {
  const auto [url, problem] = parse_http_url(config.url);
  return problem.empty() ? url.display() : "http";
}

class HttpRun final : public Probe {
 public:
  HttpRun(const HttpProbe& config, ProbeContext& context)
      : config_(config),
        target_(target_text(config)),
        pattern_(config.pattern.empty() ? std::nullopt : Pattern::compile(config.pattern, {config.ignore_case})),
        exchange_(
            context.loop, context.resolver, [this] { judge(); },
            [this](std::string reason) { finish(not_yet(std::move(reason))); },
            [this](std::string_view part) { on_body(part); }),
        answer_(context.loop) {}

  void start(Millis timeout, Done done) override;
  const std::string& target() const override { return target_; }

 private:
  std::string settings_problem();
  void ask();
  void on_body(std::string_view part);
  void judge();
  void follow();
  bool status_is_expected() const;
  ProbeResult verdict_on_body() const;
  void finish(ProbeResult result);

  const HttpProbe& config_;
  const std::string target_;
  const std::optional<Pattern> pattern_;
  HttpExchange exchange_;
  HttpUrl url_;
  unsigned followed_ = 0;
  LineScanner lines_;
  std::size_t body_bytes_ = 0;
  bool matched_ = false;
  Answer answer_;
};

void HttpRun::start(Millis timeout, Done done) {
  answer_.expect(timeout, std::move(done), [this] { exchange_.expire(answer_.timeout()); });
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
    if (breaks_header(name, value))
      return "headers: a line break would begin a header of its own";
  return {};
}

// One page: the first one, or one that it leads to.
void HttpRun::ask() {
  lines_ = LineScanner();
  body_bytes_ = 0;
  matched_ = false;
  exchange_.start(url_, http_request_head(config_.method, url_, config_.headers),
                  config_.method == "HEAD", config_.tls);
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
  const HttpResponse& response = exchange_.response();
  const bool redirected = is_redirect(response.status()) && !response.location().empty();
  if (config_.redirects > 0 && redirected) return follow();
  if (!status_is_expected())
    return finish(not_yet("answered " + std::to_string(response.status()) +
                          (response.phrase().empty() ? "" : ' ' + response.phrase()) +
                          ", expected " + range_text(config_.status)));
  if (!pattern_) return finish(passed());
  const bool complete = response.state() == HttpResponse::State::complete;
  if (complete)
    lines_.finish(
        [this](std::string_view line) { matched_ = matched_ || pattern_->matches(line); });
  if (matched_ || complete || body_bytes_ > kMostBody) finish(verdict_on_body());
}

ProbeResult HttpRun::verdict_on_body() const {
  if (matched_) return passed();
  const std::string where = body_bytes_ > kMostBody ? "no line in the first 1 MiB of the body matches"
                                                    : "no line of the body matches";
  return not_yet(lines_.has_cut() ? where + "; " + std::string(kCutLine) : where);
}

void HttpRun::follow() {
  if (followed_++ == config_.redirects)
    return finish(not_yet("redirected more than " + std::to_string(config_.redirects) + " times"));
  const auto [next, problem] = resolve_location(url_, exchange_.response().location());
  if (!problem.empty()) return finish(not_yet("redirected to what cannot be followed: " + problem));
  if (url_.tls && !next.tls)
    return finish(not_yet("redirected from https to http, which is not followed"));
  if (::strcasecmp(next.host.c_str(), url_.host.c_str()) != 0)
    return finish(not_yet("redirected to another host, which is not followed"));
  url_ = next;
  ask();
}

bool HttpRun::status_is_expected() const {
  const int status = exchange_.response().status();
  return std::any_of(config_.status.begin(), config_.status.end(), [&](const auto& range) {
    return range.first <= status && status <= range.second;
  });
}

void HttpRun::finish(ProbeResult result) {
  exchange_.cancel();
  answer_.give(std::move(result));
}

constexpr std::string_view kMethods[] = {"GET", "HEAD"};

void read_method(Site& site, Value& value, void* record) {
  if (const auto index = read_choice(site, value))
    static_cast<HttpProbe*>(record)->method = kMethods[*index];
}

constexpr Key kKeys[] = {
    rows::typed(rows::kUrl<&HttpProbe::url>, KeyType::http_url),
    rows::kTls<&HttpProbe::tls>,
    rows::kPattern<&HttpProbe::pattern>,
    rows::kIgnoreCase<&HttpProbe::ignore_case>,
    {.path = "method",
     .type = KeyType::choice,
     .fallback = R"("GET")",
     .help = "The method of the request.",
     .read = read_method,
     .choices = one_of(kMethods)},
    {.path = "status",
     .type = KeyType::statuses,
     .fallback = R"(["200-399"])",
     .help = "The status codes that are good: 200, \"200-299\", or a list of them.",
     .read = into<&HttpProbe::status>},
    {.path = "headers",
     .type = KeyType::headers,
     .fallback = "{}",
     .help = "Headers of the request, such as { Host = \"example.org\" }.",
     .read = into<&HttpProbe::headers>},
    {.path = "redirects",
     .type = KeyType::integer,
     .fallback = "0",
     .help = "How many redirects to follow, on the same host.",
     .read = into<&HttpProbe::redirects>,
     .most = 10},
};
constexpr std::string_view kSchemes[] = {"http", "https"};

std::string problem_of(const HttpProbe& probe, const Value& written, bool whole) {
  return written.find("pattern") && probe.method == "HEAD"
             ? "a response to HEAD has no body that a pattern could match"
             : rows::pattern_problem(written, whole, probe.ignore_case);
}

std::string read_url(std::string_view url, std::string_view, HttpProbe& probe) {
  probe.url = url;
  return parse_http_url(url).problem;
}

constexpr ProbeKindOf<HttpProbe> kKind({
    .name = "http",
    .keys = kKeys,
    .schemes = kSchemes,
    .url_form = "http[s]://host[:port][/path]",
    .problem = problem_of,
    .read_url = read_url,
    .target = target_text,
    .host = [](const HttpProbe& probe) { return parse_http_url(probe.url).url.host; },
    .make = make_run<HttpRun, HttpProbe>,
});

}  // namespace

namespace probe_kind {
const ProbeKind& http = kKind;
}
const ProbeKind& probe_kind_of(const HttpProbe&) { return kKind; }

}  // namespace usher
