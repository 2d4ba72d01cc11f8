// Reads one HTTP/1.x response from whatever pieces it arrives in, within limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

class HttpResponse {
 public:
  // Of the status line and all header lines together, and of the trailer.
  static constexpr std::size_t kMostHeaderBytes = 64 * 1024;

  enum class State : std::uint8_t { head, body, complete, bad };

  // `body` gets the parts of the body, decoded. A response to HEAD has none.
  HttpResponse(bool to_head, std::function<void(std::string_view)> body)
      : to_head_(to_head), body_(std::move(body)) {}

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
  enum class Framing : std::uint8_t { none, length, chunked, until_end };
  enum class Chunk : std::uint8_t { size, data, end_of_data, trailer };

  std::string_view feed_lines(std::string_view bytes);
  std::string_view feed_body(std::string_view bytes);
  void on_line(std::string_view line);
  void on_status_line(std::string_view line);
  void on_header(std::string_view line);
  void on_content_length(std::string_view value);
  void on_end_of_header();
  void on_chunk_line(std::string_view line);
  void fail(std::string problem);

  const bool to_head_;
  const std::function<void(std::string_view)> body_;
  State progress_ = State::head;
  std::string line_;              // the beginning of one whose end has not come yet
  std::size_t header_bytes_ = 0;  // so far
  int status_ = 0;
  std::string phrase_, location_, retry_after_, problem_;
  bool chunked_ = false;
  std::optional<std::uint64_t> length_;
  Framing framing_ = Framing::none;
  Chunk chunk_ = Chunk::size;
  std::uint64_t left_ = 0;  // of the body or of the chunk
};

}  // namespace usher
