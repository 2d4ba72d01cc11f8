// Reads one HTTP/1.x response from whatever pieces it arrives in, within limits. What HTTP is knows the
// library (init/net/http_parser.h); what is asked of a response beyond that, and how what is wrong with
// one is said, is here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace usher {

class HttpResponse {
 public:
  // Of what comes before the body, between two parts of it, and after it.
  static constexpr std::size_t kMostHeaderBytes = 64 * 1024;

  enum class State : std::uint8_t { head, body, complete, bad };

  // `body` gets the parts of the body, decoded. A response to HEAD has none.
  HttpResponse(bool to_head, std::function<void(std::string_view)> body);
  ~HttpResponse();

  // The next bytes. Once complete or bad, what else comes is passed over.
  State feed(std::string_view bytes);
  // The connection has ended: the body, too, where nothing else says how long it is.
  State finish();

  State state() const { return progress_; }
  // Known from the body on.
  int status() const { return status_; }
  const std::string& phrase() const { return phrase_; }  // "Not Found", as far as it is printable
  const std::string& location() const { return location_; }
  const std::string& retry_after() const { return retry_after_; }  // as it was sent
  // What is wrong with a bad one: "its header is longer than 64 KiB".
  const std::string& problem() const { return problem_; }

 private:
  class Parser;

  bool is_over() const { return progress_ == State::complete || progress_ == State::bad; }
  void fail(std::string problem);

  State progress_ = State::head;
  int status_ = 0;
  std::string phrase_, location_, retry_after_, problem_;
  const std::unique_ptr<Parser> parser_;
};

}  // namespace usher
