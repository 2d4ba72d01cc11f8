#include "init/net/http_post.h"

#include <algorithm>
#include <utility>

#include "init/base/text.h"
#include "init/net/retry_after.h"

namespace usher {
namespace {

using Kind = PostResult::Kind;

constexpr std::size_t kMostQuoted = 120;

Kind kind_of(int status) {
  if (status >= 200 && status < 300) return Kind::accepted;
  return status >= 500 || status == 408 || status == 429 ? Kind::unavailable : Kind::refused;
}

// What a server says of itself, as one line.
std::string first_line(std::string_view body) {
  const std::string_view line = trim(trim(body).substr(0, trim(body).find_first_of("\r\n")));
  std::string text(line.substr(0, kMostQuoted));
  std::erase_if(text, [](unsigned char byte) { return byte < ' ' || byte >= 0x7f; });
  return text;
}

}  // namespace

HttpPost::HttpPost(Loop& loop, Resolver& resolver)
    : exchange_(
          loop, resolver, [this] { on_progress(); },
          [this](std::string reason) { on_failure(std::move(reason)); },
          [this](std::string_view part) {
            body_ += part.substr(0, kMostReceived - std::min(kMostReceived, body_.size()));
          }),
      limit_(loop) {}

void HttpPost::start(PostRequest request, std::chrono::milliseconds timeout, Done done) {
  done_ = std::move(done);
  target_ = request.secret_path ? request.url.before_path() + "/***" : request.url.display();
  body_.clear();
  answered_ = false;
  std::string problem;
  if (request.body.size() > kMostSent) problem = "is not given more than 4 MiB at a time";
  request.headers.insert({"Content-Type", request.content_type});
  for (const auto& [name, value] : request.headers)
    if (breaks_header(name, value))
      problem = "cannot be given a header with a line break in it, which would begin another one";
  if (!problem.empty()) {
    limit_.start(std::chrono::milliseconds{0}, [this, problem] {
      finish({Kind::failed, 0, target_ + ' ' + problem, {}});
    });
    return;
  }
  limit_.start(timeout, [this, timeout] { exchange_.expire(timeout); });
  exchange_.start(request.url, http_request_head(request.method, request.url, request.headers,
                                                 request.body.size()) +
                                   request.body,
                  false, request.tls);
}

// The status is all that counts, but a server may have more to say about it.
void HttpPost::on_progress() {
  answered_ = true;
  const bool complete = exchange_.response().state() == HttpResponse::State::complete;
  if (complete || body_.size() >= kMostReceived) judge();
}

void HttpPost::on_failure(std::string reason) {
  if (answered_) return judge();
  const bool says_where = reason.starts_with("cannot ");
  finish({Kind::failed, 0, says_where ? std::move(reason) : target_ + ": " + reason, {}});
}

void HttpPost::judge() {
  const HttpResponse& response = exchange_.response();
  PostResult result{kind_of(response.status()), response.status(), {}, std::move(body_), {}};
  if (result.kind == Kind::unavailable)
    result.retry_after = read_retry_after(response.retry_after(), std::chrono::system_clock::now());
  if (result.kind != Kind::accepted) {
    result.reason = target_ + " answered " + std::to_string(result.status);
    if (!response.phrase().empty()) result.reason += ' ' + response.phrase();
    if (const std::string why = first_line(result.body); !why.empty()) result.reason += ": " + why;
  }
  finish(std::move(result));
}

void HttpPost::cancel() {
  limit_.cancel();
  exchange_.cancel();
  done_ = nullptr;
}

void HttpPost::finish(PostResult result) {
  const Done done = std::exchange(done_, nullptr);
  cancel();
  if (done) done(std::move(result));
}

}  // namespace usher
