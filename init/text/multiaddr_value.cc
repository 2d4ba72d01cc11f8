#include "init/text/multiaddr_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "init/text/multibase.h"

namespace usher {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value <= most;
}

template <std::size_t N>
bool parse_ip(int family, std::string_view text, std::array<unsigned char, N>& out) {
  char copy[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof copy) return false;
  copy[text.copy(copy, sizeof copy - 1)] = '\0';
  return ::inet_pton(family, copy, out.data()) == 1;
}

// Names as resolvers take them: service labels begin with an underscore, a root dot may end it.
bool is_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  while (true) {
    const auto dot = text.find('.');
    const auto label = text.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-' || c == '_'; }))
      return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_peer(std::string_view text) {
  const bool plain = text.starts_with("Qm") || text.starts_with('1');
  const auto bytes = plain ? decode_base58(text) : text.size() > 200 ? std::nullopt : decode_multibase(text);
  if (!bytes) return false;
  return plain ? is_multihash(*bytes) : is_key_cid(*bytes);
}

bool is_certhash(std::string_view text) {
  if (text.size() > 200) return false;
  const auto bytes = decode_multibase(text);
  return bytes && is_multihash(*bytes);
}

bool is_base32(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'); });
}

// An onion service's name of that length, a colon and a port that is not 0.
bool is_onion(std::string_view text, std::size_t length) {
  const auto colon = text.find(':');
  if (colon != length || !is_base32(text.substr(0, colon))) return false;
  const auto port_text = text.substr(colon + 1);
  return is_number(port_text, 65'535) && !is_zero(port_text);
}

// I2P destinations: at least 386 bytes in an alphabet of their own.
bool is_garlic64(std::string_view text) {
  return text.size() >= 516 && text.size() <= 616 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-' || c == '~'; });
}

bool is_garlic32(std::string_view text) {
  return is_base32(text) && (text.size() == 52 || (text.size() >= 55 && text.size() <= 128));
}

// One part of a path in which slashes and the like are percent-encoded.
bool is_http_path(std::string_view text) {
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])))
      return false;
  return !text.empty();
}

bool is_good(MultiaddrValue kind, std::string_view value) {
  std::array<unsigned char, 4> v4;
  std::array<unsigned char, 16> v6;
  switch (kind) {
    case MultiaddrValue::none: return true;
    case MultiaddrValue::ip4: return parse_ip(AF_INET, value, v4);
    case MultiaddrValue::ip6: return parse_ip(AF_INET6, value, v6);
    case MultiaddrValue::zone: return !value.empty();
    case MultiaddrValue::prefix_length: return is_number(value, 128);
    case MultiaddrValue::port: return value.size() <= 5 && is_number(value, 65'535);
    case MultiaddrValue::dns: return is_name(value);
    case MultiaddrValue::path: return !value.empty();
    case MultiaddrValue::peer: return is_peer(value);
    case MultiaddrValue::onion: return is_onion(value, 16);
    case MultiaddrValue::onion3: return is_onion(value, 56);
    case MultiaddrValue::garlic64: return is_garlic64(value);
    case MultiaddrValue::garlic32: return is_garlic32(value);
    case MultiaddrValue::certhash: return is_certhash(value);
    case MultiaddrValue::http_path: return is_http_path(value);
    case MultiaddrValue::number: return is_number(value, ~std::uint64_t{0});
  }
  return false;
}

}  // namespace

std::string_view problem_of(MultiaddrValue kind, std::string_view value) {
  if (is_good(kind, value)) return {};
  switch (kind) {
    case MultiaddrValue::none: break;
    case MultiaddrValue::ip4: return "expected an IPv4 address";
    case MultiaddrValue::ip6: return "expected an IPv6 address";
    case MultiaddrValue::zone: return "expected a zone";
    case MultiaddrValue::prefix_length: return "expected a prefix length from 0 to 128";
    case MultiaddrValue::port: return "expected a port from 0 to 65535";
    case MultiaddrValue::dns: return "expected a domain name";
    case MultiaddrValue::path: return "expected a path";
    case MultiaddrValue::peer: return "expected a peer id";
    case MultiaddrValue::onion:
    case MultiaddrValue::onion3: return "expected an onion service and a port";
    case MultiaddrValue::garlic64:
    case MultiaddrValue::garlic32: return "expected an I2P destination";
    case MultiaddrValue::certhash: return "expected a multihash in multibase";
    case MultiaddrValue::http_path: return "expected a percent-encoded path";
    case MultiaddrValue::number: return "expected a number";
  }
  return "expected no value";
}

IpKind kind_of_ip4(std::string_view value) {
  std::array<unsigned char, 4> ip{};
  parse_ip(AF_INET, value, ip);
  if (ip == std::array<unsigned char, 4>{}) return IpKind::unspecified;
  return ip[0] == 127 ? IpKind::loopback : IpKind::other;
}

IpKind kind_of_ip6(std::string_view value) {
  std::array<unsigned char, 16> ip{};
  parse_ip(AF_INET6, value, ip);
  constexpr std::array<unsigned char, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(kMapped.begin(), kMapped.end(), ip.begin())) {
    if (ip[12] == 127) return IpKind::loopback;
    return ip[12] + ip[13] + ip[14] + ip[15] == 0 ? IpKind::unspecified : IpKind::other;
  }
  const bool zeros = std::all_of(ip.begin(), ip.end() - 1, [](unsigned char b) { return b == 0; });
  if (!zeros) return IpKind::other;
  return ip[15] == 0 ? IpKind::unspecified : ip[15] == 1 ? IpKind::loopback : IpKind::other;
}

bool is_localhost(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower.ends_with('.')) lower.pop_back();
  return lower == "localhost" || lower.ends_with(".localhost");
}

bool is_zero(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

}  // namespace usher
