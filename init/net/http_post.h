// Sends a document to somebody's HTTP server, once, without blocking anybody.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "init/loop/loop.h"
#include "init/net/http_exchange.h"

namespace usher {

struct PostRequest {
  HttpUrl url;
  std::string content_type, body;
  HttpHeaders headers = {};  // besides; may hold secrets, and is never shown
  std::string_view method = "POST";
  TlsSettings tls = {};
  bool secret_path = false;  // who knows it may post, too: it is not shown either
};

struct PostResult {
  enum class Kind : std::uint8_t {
    accepted,     // 2xx
    refused,      // another status: the same again would bring the same; redirects are not followed
    unavailable,  // 408, 429 or 5xx: it may go better later
    failed,       // no server, or nothing that can be understood, in time
  };
  Kind kind = Kind::failed;
  int status = 0;  // 0 where none has come
  // One sentence for people where it was not accepted, without secrets:
  // "http://push:9091/metrics answered 400 Bad Request: no such metric".
  std::string reason;
  std::string body;  // of the response, its beginning
  // From a server that is unavailable: how long it wants to be left alone, if it says so.
  std::chrono::milliseconds retry_after{0};
};

class HttpPost {
 public:
  using Done = std::function<void(PostResult)>;

  static constexpr std::size_t kMostSent = 4 * 1024 * 1024;
  // Of the response's body; what follows is not waited for.
  static constexpr std::size_t kMostReceived = 64 * 1024;

  // Both outlive it. Destroying it gives up what is under way: nobody is called then.
  HttpPost(Loop& loop, Resolver& resolver);
  HttpPost(const HttpPost&) = delete;
  HttpPost& operator=(const HttpPost&) = delete;

  // One at a time: not to be called while busy(). `done` is called once, from the loop and never
  // from inside start(), at the latest when `timeout` (more than 0) has passed. It may destroy
  // this or start it again.
  void start(PostRequest request, std::chrono::milliseconds timeout, Done done);
  bool busy() const { return done_ != nullptr; }
  // Nobody is called.
  void cancel();

 private:
  void on_progress();
  void on_failure(std::string reason);
  void judge();
  void finish(PostResult result);

  HttpExchange exchange_;
  Timer limit_;
  Done done_;
  std::string target_, body_;
  bool answered_ = false;  // the status has come, whatever becomes of the rest
};

}  // namespace usher
