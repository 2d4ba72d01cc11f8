#include "init/net/tls_request.h"

#include <algorithm>
#include <vector>

#include "init/base/text.h"

namespace usher {
namespace {

constexpr char kEnd = '\0';
constexpr std::size_t kFields = 8;
constexpr std::size_t kLongestWhy = 4096;

}  // namespace

std::string encode(const TlsRequest& request) {
  const TlsSettings& settings = request.settings;
  const std::string fields[kFields] = {request.host,         settings.ca_file,
                                       settings.certificate, settings.key,
                                       settings.server_name, settings.verify.value_or(true) ? "1" : "0",
                                       request.alpn,         std::to_string(request.min_days)};
  std::string bytes;
  for (const std::string& field : fields) {
    if (field.find(kEnd) != std::string::npos) return {};
    bytes += field + kEnd;
  }
  return bytes.size() > kMostTlsRequest ? std::string() : bytes;
}

std::optional<TlsRequest> decode_tls_request(std::string_view bytes) {
  std::vector<std::string> fields;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find(kEnd);
    if (end == std::string_view::npos) return std::nullopt;
    fields.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  if (fields.size() != kFields) return std::nullopt;
  const auto days = parse_integer(fields[7]);
  if (!days || *days < 0 || *days > 100'000) return std::nullopt;
  TlsRequest request{fields[0], {fields[1], fields[2], fields[3], fields[4], fields[5] != "0"},
                     fields[6], static_cast<unsigned>(*days)};
  return request;
}

std::string encode_tls_answer(bool good, std::string_view why) {
  why = why.substr(0, kLongestWhy);
  std::string bytes(1, good ? TlsAnswer::kGood : TlsAnswer::kBad);
  bytes += static_cast<char>(why.size() >> 8);
  bytes += static_cast<char>(why.size() & 0xff);
  return bytes.append(why);
}

std::size_t TlsAnswer::needed() const {
  if (bytes_.size() < kHead) return kHead - bytes_.size();
  const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(bytes_[at]); };
  const std::size_t size = byte(1) * std::size_t{256} + byte(2);
  return kHead + size - std::min(bytes_.size(), kHead + size);
}

}  // namespace usher
