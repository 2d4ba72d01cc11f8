#include "init/net/http_exchange.h"

#include <strings.h>

#include <utility>

#include "init/base/duration.h"

namespace usher {

bool breaks_header(std::string_view name, std::string_view value) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  return name.find_first_of(kBreaks) != std::string_view::npos ||
         value.find_first_of(kBreaks) != std::string_view::npos;
}

std::string http_request_head(std::string_view method, const HttpUrl& url,
                              const HttpHeaders& headers, std::optional<std::size_t> body_size) {
  std::map<std::string, std::string, bool (*)(const std::string&, const std::string&)> all(
      [](const std::string& a, const std::string& b) {
        return ::strcasecmp(a.c_str(), b.c_str()) < 0;
      });
  if (body_size) all.insert({"Content-Length", std::to_string(*body_size)});
  all.insert(headers.begin(), headers.end());
  all.insert({{"Host", url.authority()},
              {"User-Agent", "usher/" USHER_VERSION},
              {"Accept", "*/*"},
              {"Connection", "close"}});
  std::string text(method);
  text += ' ' + url.path + " HTTP/1.1\r\n";
  for (const auto& [name, value] : all) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

HttpExchange::HttpExchange(Loop& loop, Resolver& resolver, Progress progress, Failed failed,
                           Body body)
    : conversation_(
          loop, resolver, [this](std::string_view bytes) { on_bytes(bytes); },
          [this](const std::string& how) { on_end(how); },
          [this](std::string why) { fail(std::move(why)); }),
      progress_(std::move(progress)),
      failed_(std::move(failed)),
      body_(std::move(body)) {}

void HttpExchange::start(const HttpUrl& url, std::string request, bool to_head, const TlsSettings& tls) {
  response_.emplace(to_head, body_);
  Endpoint endpoint{url.host, url.port, url.socket};
  if (url.tls) endpoint.tls = TlsUse{tls};
  conversation_.start(endpoint, std::move(request));
}

void HttpExchange::cancel() { conversation_.cancel(); }

void HttpExchange::expire(std::chrono::milliseconds waited) {
  conversation_.expire("no whole response within " + format_duration(waited));
}

void HttpExchange::on_bytes(std::string_view bytes) {
  using State = HttpResponse::State;
  const State state = response_->feed(bytes);
  if (state == State::bad) return fail("the response cannot be read: " + response_->problem());
  if (state == State::head) return;
  const Progress progress = progress_;
  progress();
}

void HttpExchange::on_end(const std::string& how) {
  if (response_->finish() == HttpResponse::State::bad)
    return fail("no whole response: " + response_->problem() + "; " + how);
  const Progress progress = progress_;
  progress();
}

void HttpExchange::fail(std::string reason) {
  conversation_.cancel();
  const Failed failed = failed_;
  failed(std::move(reason));
}

}  // namespace usher
