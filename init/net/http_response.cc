#include "init/net/http_response.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace usher {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// All of the text, or nothing.
std::optional<std::uint64_t> read_number(std::string_view text, int base) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string clean(text.substr(0, kMost));
  std::erase_if(clean, [](unsigned char byte) { return byte < ' ' || byte >= 0x7f; });
  return clean;
}

}  // namespace

HttpResponse::State HttpResponse::feed(std::string_view bytes) {
  while (!bytes.empty() && (progress_ == State::head || progress_ == State::body)) {
    const bool lines =
        progress_ == State::head || (framing_ == Framing::chunked && chunk_ != Chunk::data);
    bytes = lines ? feed_lines(bytes) : feed_body(bytes);
  }
  return progress_;
}

HttpResponse::State HttpResponse::finish() {
  if (progress_ == State::body && framing_ == Framing::until_end) progress_ = State::complete;
  if (progress_ == State::head || progress_ == State::body)
    fail(header_bytes_ == 0 ? "nothing has come" : "it ends in the middle");
  return progress_;
}

// One line at most; returns what follows it.
std::string_view HttpResponse::feed_lines(std::string_view bytes) {
  const auto newline = bytes.find('\n');
  const std::string_view part = bytes.substr(0, newline);
  header_bytes_ += part.size() + 1;
  if (header_bytes_ > kMostHeaderBytes) {
    fail("its header is longer than 64 KiB");
    return {};
  }
  line_ += part;
  if (newline == std::string_view::npos) return {};
  const std::string line = std::exchange(line_, {});
  const bool with_return = line.ends_with('\r');
  on_line(std::string_view(line).substr(0, line.size() - with_return));
  return bytes.substr(newline + 1);
}

std::string_view HttpResponse::feed_body(std::string_view bytes) {
  if (framing_ == Framing::until_end) {
    body_(bytes);
    return {};
  }
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  left_ -= size;
  body_(bytes.substr(0, size));
  if (left_ == 0 && framing_ == Framing::length) progress_ = State::complete;
  if (left_ == 0 && framing_ == Framing::chunked) chunk_ = Chunk::end_of_data;
  return bytes.substr(size);
}

void HttpResponse::on_line(std::string_view line) {
  if (progress_ == State::body) return on_chunk_line(line);
  if (status_ == 0) return on_status_line(line);
  if (line.empty()) return on_end_of_header();
  // A line that begins with a blank goes on with the one before, as only old servers write.
  if (line[0] != ' ' && line[0] != '\t') on_header(line);
}

void HttpResponse::on_status_line(std::string_view line) {
  const bool well_formed = (line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ")) &&
                           (line.size() == 12 || (line.size() > 12 && line[12] == ' '));
  const auto code = well_formed ? read_number(line.substr(9, 3), 10) : std::nullopt;
  if (!code || *code < 100) return fail("it is not HTTP/1.1");
  status_ = static_cast<int>(*code);
  phrase_ = printable(trim(line.substr(12)));
}

void HttpResponse::on_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0)
    return fail("a line of its header has no name");
  const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
  if (same_name(name, "content-length")) return on_content_length(value);
  if (same_name(name, "location")) location_ = value;
  if (same_name(name, "retry-after")) retry_after_ = value;
  if (!same_name(name, "transfer-encoding")) return;
  if (!same_name(value, "chunked") || chunked_)
    return fail("its transfer encoding is not \"chunked\"");
  chunked_ = true;
}

void HttpResponse::on_content_length(std::string_view value) {
  const auto length = read_number(value, 10);
  if (!length || (length_ && length_ != length)) return fail("its Content-Length is no number");
  length_ = length;
}

void HttpResponse::on_end_of_header() {
  if (status_ < 200 && status_ != 101) {  // one that goes before the real one
    status_ = 0;
    chunked_ = false;
    length_.reset();
    retry_after_.clear();
    return location_.clear();
  }
  progress_ = State::body;
  header_bytes_ = 1;
  if (to_head_ || status_ == 101 || status_ == 204 || status_ == 304)
    framing_ = Framing::none;
  else if (chunked_)
    framing_ = Framing::chunked;
  else
    framing_ = length_ ? Framing::length : Framing::until_end;
  left_ = length_.value_or(0);
  if (framing_ == Framing::none || (framing_ == Framing::length && left_ == 0))
    progress_ = State::complete;
}

void HttpResponse::on_chunk_line(std::string_view line) {
  if (chunk_ == Chunk::trailer) {
    if (line.empty()) progress_ = State::complete;
    return;
  }
  header_bytes_ = 1;  // from here on the limit is one of each line, and of the trailer
  if (chunk_ == Chunk::end_of_data) {
    if (!line.empty()) return fail("a chunk of its body is longer than it says");
    chunk_ = Chunk::size;
    return;
  }
  const auto size = read_number(trim(line.substr(0, line.find(';'))), 16);
  if (!size) return fail("the size of a chunk of its body is no number");
  left_ = *size;
  chunk_ = left_ > 0 ? Chunk::data : Chunk::trailer;
}

void HttpResponse::fail(std::string problem) {
  progress_ = State::bad;
  problem_ = std::move(problem);
  line_.clear();
}

}  // namespace usher
