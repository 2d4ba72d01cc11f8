// One HTTP/1.1 request on a connection of its own, and the response as it comes in.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "init/net/conversation.h"
#include "init/net/http_response.h"
#include "init/text/http_url.h"

namespace usher {

// By name; those of the caller come before ours, however they are written.
using HttpHeaders = std::map<std::string, std::string>;

// Whether such a header would end its line and begin one of its own.
bool breaks_header(std::string_view name, std::string_view value);

// The request line and all headers, up to the empty line. With `body_size`, a Content-Length.
std::string http_request_head(std::string_view method, const HttpUrl& url,
                              const HttpHeaders& headers,
                              std::optional<std::size_t> body_size = {});

class HttpExchange {
 public:
  // More of the response has come: the whole header at least. Called again with each part.
  using Progress = std::function<void()>;
  // There is no response, or no whole one, and why.
  using Failed = std::function<void(std::string reason)>;
  using Body = std::function<void(std::string_view part)>;

  // Both outlive it. The callbacks come from the loop; the first two may destroy this or start it
  // anew.
  HttpExchange(Loop& loop, Resolver& resolver, Progress progress, Failed failed, Body body);

  // Without a limit of its own: whoever asks has one. Gives up what is under way.
  // `tls` where the URL says https.
  void start(const HttpUrl& url, std::string request, bool to_head = false, const TlsSettings& tls = {});
  void cancel();
  // Fails now, for want of time; `waited` is how long it took.
  void expire(std::chrono::milliseconds waited);
  // Of the present run; its status is known once it is no longer at the head.
  const HttpResponse& response() const { return *response_; }

 private:
  void on_bytes(std::string_view bytes);
  void on_end(const std::string& how);
  void fail(std::string reason);

  Conversation conversation_;
  const Progress progress_;
  const Failed failed_;
  const Body body_;
  std::optional<HttpResponse> response_;
};

}  // namespace usher
