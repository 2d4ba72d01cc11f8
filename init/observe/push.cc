#include "init/observe/push.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "init/observe/metrics_text.h"

namespace usher {
namespace {

bool is_unreserved(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.' || byte == '~';
}

std::string percent_encoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    if (is_unreserved(byte)) {
      out += static_cast<char>(byte);
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// RFC 4648, in the alphabet for URLs, without padding.
std::string base64_url(std::string_view text) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;  // of them
  for (const char each : text) {
    bits = bits << 8 | static_cast<unsigned char>(each);
    for (held += 8; held >= 6; held -= 6) out += kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) out += kAlphabet[bits << (6 - held) & 63];
  return out;
}

// A value with a slash would be two parts of the path, an empty one none; "." and ".." would be
// taken away as those of a file. All of them go as base64.
void add_part(std::string& path, const std::string& name, const std::string& value) {
  path += '/' + name;
  if (value.empty())
    path += "@base64/=";
  else if (value.find('/') != std::string::npos || value == "." || value == "..")
    path += "@base64/" + base64_url(value);
  else
    path += '/' + percent_encoded(value);
}

}  // namespace

std::string push_path(std::string_view base, const std::map<std::string, std::string>& labels) {
  const std::size_t end = std::min(base.find('?'), base.size());
  std::string path(base.substr(0, end));
  while (path.ends_with('/')) path.pop_back();
  path += "/metrics";
  add_part(path, "job", labels.at("job"));
  for (const auto& [name, value] : labels)
    if (name != "job") add_part(path, name, value);
  return path + std::string(base.substr(end));
}

PostRequest push_request(const MetricsConfig& config, const std::string& service,
                         std::string figures) {
  PostRequest request;
  request.url = parse_http_url(config.push).url;
  std::map<std::string, std::string> labels = config.push_labels;
  labels.insert({"job", service});
  request.url.path = push_path(request.url.path, labels);
  request.content_type = MetricsText::content_type(MetricsText::Format::plain);
  request.headers = config.push_headers;
  request.tls = config.push_tls;
  request.body = std::move(figures);
  return request;
}

}  // namespace usher
