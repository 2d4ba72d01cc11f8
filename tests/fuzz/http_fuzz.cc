// A server's response is the same in whatever pieces it comes, and nothing in it decides what another
// request says. The first byte chooses HEAD, the second how large the pieces are.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "init/net/http_response.h"
#include "init/text/http_url.h"

using namespace usher;

namespace {

struct Read {
  std::string body;
  HttpResponse response;
  Read(std::string_view bytes, std::size_t piece, bool to_head)
      : response(to_head, [this](std::string_view part) { body += part; }) {
    for (std::size_t at = 0; at < bytes.size(); at += piece) response.feed(bytes.substr(at, piece));
    response.finish();
  }
  bool operator==(const Read& other) const {
    const HttpResponse &a = response, &b = other.response;
    const bool bad = a.state() == HttpResponse::State::bad;
    return a.state() == b.state() && a.status() == b.status() && a.phrase() == b.phrase() &&
           a.location() == b.location() && a.retry_after() == b.retry_after() && a.problem() == b.problem() &&
           (bad || body == other.body);
  }
};

void check_header_text(const std::string& text) {
  constexpr std::string_view kBreaks("\r\n\0", 3);
  if (text.find_first_of(kBreaks) != text.npos) std::abort();
}

void check_url(const HttpUrlResult& result) {
  if (!result.problem.empty()) return;
  check_header_text(result.url.authority());
  check_header_text(result.url.path);
  check_header_text(result.url.display());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const bool to_head = data[0] % 2 == 1;
  const Read whole(bytes, bytes.size() + 1, to_head);
  if (!(whole == Read(bytes, data[1] % 64 + 1, to_head))) std::abort();
  if (whole.body.size() > bytes.size()) std::abort();
  const auto& phrase = whole.response.phrase();
  if (!std::all_of(phrase.begin(), phrase.end(), [](unsigned char c) { return c >= ' ' && c < 0x7f; })) std::abort();
  check_url(resolve_location(parse_http_url("http://web:8080/a/b?c").url, whole.response.location()));
  check_url(parse_http_url(bytes));
  return 0;
}
