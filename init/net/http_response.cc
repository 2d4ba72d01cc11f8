#include "init/net/http_response.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "init/net/http_parser.h"

namespace usher {
namespace {

bool same_name(const std::string& a, const char* b) { return ::strcasecmp(a.c_str(), b) == 0; }

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string clean(text.substr(0, kMost));
  std::erase_if(clean, [](unsigned char byte) { return byte < ' ' || byte >= 0x7f; });
  return clean;
}

}  // namespace

// The library with what it calls.
class HttpResponse::Parser {
 public:
  Parser(HttpResponse& response, bool to_head, std::function<void(std::string_view)> body)
      : response_(response), to_head_(to_head), body_(std::move(body)) {
    http_parser_init(&parser_, HTTP_RESPONSE);
    http_parser_take_old_servers(&parser_);
    parser_.data = this;
  }

  void feed(std::string_view bytes) {
    while (!bytes.empty() && !response_.is_over()) {
      const std::string_view part = bytes.substr(0, kMostHeaderBytes - bare_bytes_);
      bytes.remove_prefix(part.size());
      end_of_body_ = nullptr;
      http_parser_execute(&parser_, &settings(), part.data(), part.size());
      if (end_of_body_)
        bare_bytes_ = static_cast<std::size_t>(part.data() + part.size() - end_of_body_);
      else
        bare_bytes_ += part.size();
      seen_ = true;
      if (response_.is_over()) return;
      if (http_parser_failed(parser_)) return response_.fail(problem());
      if (bare_bytes_ >= kMostHeaderBytes) return response_.fail("its header is longer than 64 KiB");
    }
  }

  void finish() {
    if (response_.is_over()) return;
    http_parser_finish(&parser_, &settings());
    if (!response_.is_over()) response_.fail(seen_ ? "it ends in the middle" : "nothing has come");
  }

 private:
  enum class Encoding : std::uint8_t { none, chunked, unknown };

  static const http_parser_settings& settings() {
    static const http_parser_settings settings = [] {
      http_parser_settings all;
      http_parser_settings_init(&all);
      all.on_status = [](http_parser* p, const char* at, std::size_t n) { return self(p).on_phrase({at, n}); };
      all.on_header_field = [](http_parser* p, const char* at, std::size_t n) { return self(p).on_name({at, n}); };
      all.on_header_value = [](http_parser* p, const char* at, std::size_t n) { return self(p).on_value({at, n}); };
      all.on_headers_complete = [](http_parser* p) { return self(p).on_end_of_header(); };
      all.on_body = [](http_parser* p, const char* at, std::size_t n) { return self(p).on_body({at, n}); };
      all.on_message_complete = [](http_parser* p) { return self(p).on_end(); };
      return all;
    }();
    return settings;
  }
  static Parser& self(http_parser* parser) { return *static_cast<Parser*>(parser->data); }

  // What each callback returns: for a response that is refused, that nothing more is read.
  int refuse(const char* problem) {
    response_.fail(problem);
    return -1;
  }

  int on_phrase(std::string_view part) {
    phrase_ += part;
    return check_status_line();
  }

  int check_status_line() {
    const bool known = parser_.http_major == 1 && parser_.http_minor <= 1 && parser_.status_code >= 100;
    return known ? 0 : refuse("it is not HTTP/1.1");
  }

  int on_name(std::string_view part) {
    if (in_value_) on_header();
    name_ += part;
    return 0;
  }

  int on_value(std::string_view part) {
    in_value_ = true;
    value_ += part;
    return 0;
  }

  // The name and the value of one are whole. Those of a trailer say nothing. What is wrong is said at the
  // end of the header: when the library calls depends on how the bytes were split.
  void on_header() {
    in_value_ = false;
    const std::string name = std::exchange(name_, {}), given = std::exchange(value_, {});
    if (response_.progress_ != State::head) return;
    const std::string value(trim(given));
    if (same_name(name, "location")) response_.location_ = value;
    if (same_name(name, "retry-after")) response_.retry_after_ = value;
    if (!same_name(name, "transfer-encoding")) return;
    encoding_ = encoding_ == Encoding::none && same_name(value, "chunked") ? Encoding::chunked : Encoding::unknown;
  }

  // 1 is the library's word for one without a body.
  int on_end_of_header() {
    if (check_status_line() != 0) return -1;
    if (in_value_) on_header();
    if (std::exchange(encoding_, Encoding::none) == Encoding::unknown)
      return refuse("its transfer encoding is not \"chunked\"");
    const int status = parser_.status_code;
    const std::string phrase = std::exchange(phrase_, {});
    interim_ = status < 200 && status != 101;
    if (interim_) {  // one that goes before the real one
      response_.location_.clear();
      response_.retry_after_.clear();
      return 1;
    }
    response_.progress_ = State::body;
    response_.status_ = status;
    response_.phrase_ = printable(trim(phrase));
    return to_head_ || status == 101 || status == 204 || status == 304 ? 1 : 0;
  }

  int on_body(std::string_view part) {
    end_of_body_ = part.data() + part.size();
    body_(part);
    return 0;
  }

  int on_end() {
    if (interim_) return 0;
    response_.progress_ = State::complete;
    return http_parser_stop(&parser_);
  }

  const char* problem() const {
    if (response_.progress_ == State::body)
      return "a chunk of its body has no size, or is longer than it says";
    switch (http_parser_error(parser_)) {
      case HPE_INVALID_CONTENT_LENGTH:
      case HPE_UNEXPECTED_CONTENT_LENGTH: return "its Content-Length is no number";
      case HPE_INVALID_HEADER_TOKEN: return "a line of its header has no name";
      default: return "it is not HTTP/1.1";
    }
  }

  HttpResponse& response_;
  const bool to_head_;
  const std::function<void(std::string_view)> body_;
  http_parser parser_{};
  std::string phrase_, name_, value_;  // as far as they have come
  std::size_t bare_bytes_ = 0;         // since the body's last
  const char* end_of_body_ = nullptr;  // as far as it has come with the present bytes
  Encoding encoding_ = Encoding::none;
  bool in_value_ = false, interim_ = false, seen_ = false;
};

HttpResponse::HttpResponse(bool to_head, std::function<void(std::string_view)> body)
    : parser_(std::make_unique<Parser>(*this, to_head, std::move(body))) {}

HttpResponse::~HttpResponse() = default;

HttpResponse::State HttpResponse::feed(std::string_view bytes) {
  parser_->feed(bytes);
  return progress_;
}

HttpResponse::State HttpResponse::finish() {
  parser_->finish();
  return progress_;
}

void HttpResponse::fail(std::string problem) {
  progress_ = State::bad;
  problem_ = std::move(problem);
  location_.clear();
  retry_after_.clear();
}

}  // namespace usher
