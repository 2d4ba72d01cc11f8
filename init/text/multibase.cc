#include "init/text/multibase.h"

#include <array>

namespace usher {
namespace {

constexpr std::size_t kLongest = 256;
constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBase36 = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The text is one large number; its leading zeros are bytes of their own.
std::optional<Bytes> decode_number(std::string_view text, std::string_view alphabet) {
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  Bytes little;  // least significant byte first
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    auto carry = static_cast<std::uint32_t>(digit);
    for (std::uint8_t& byte : little) {
      carry += static_cast<std::uint32_t>(byte * alphabet.size());
      byte = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) little.push_back(static_cast<std::uint8_t>(carry));
  }
  Bytes bytes(std::min(text.find_first_not_of(alphabet[0]), text.size()), 0);
  return bytes + Bytes(little.rbegin(), little.rend());
}

// Each character is some bits; what is left over at the end must be fewer than a character, and 0.
std::optional<Bytes> decode_bits(std::string_view text, std::string_view alphabet, unsigned bits) {
  Bytes bytes;
  std::uint32_t pending = 0;
  unsigned count = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    pending = (pending << bits) | static_cast<std::uint32_t>(digit);
    count += bits;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(pending >> count));
      pending &= (1u << count) - 1;
    }
  }
  if (count >= bits || pending != 0) return std::nullopt;
  return bytes;
}

// Unsigned LEB128, at most nine bytes, in its shortest form.
std::optional<std::uint64_t> take_varint(const Bytes& bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 9 && at < bytes.size(); ++i) {
    const std::uint8_t byte = bytes[at++];
    value |= std::uint64_t{byte & 0x7Fu} << (7 * i);
    if ((byte & 0x80) == 0) return i > 0 && byte == 0 ? std::nullopt : std::optional(value);
  }
  return std::nullopt;
}

bool is_multihash_from(const Bytes& bytes, std::size_t at) {
  const auto code = take_varint(bytes, at);
  const auto length = code ? take_varint(bytes, at) : std::nullopt;
  return length && *length > 0 && *length == bytes.size() - at;
}

}  // namespace

std::optional<Bytes> decode_base58(std::string_view text) { return decode_number(text, kBase58); }

std::optional<Bytes> decode_multibase(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const std::string_view rest = text.substr(1);
  switch (text.front()) {
    case 'f': return decode_bits(rest, "0123456789abcdef", 4);
    case 'b': return decode_bits(rest, "abcdefghijklmnopqrstuvwxyz234567", 5);
    case 'k': return decode_number(rest, kBase36);
    case 'z': return decode_number(rest, kBase58);
    case 'm': return decode_bits(rest, kBase64, 6);
    case 'u': return decode_bits(rest, kBase64Url, 6);
    default: return std::nullopt;
  }
}

bool is_multihash(const Bytes& bytes) { return is_multihash_from(bytes, 0); }

bool is_key_cid(const Bytes& bytes) {
  constexpr std::uint64_t kLibp2pKey = 0x72;
  std::size_t at = 0;
  const auto version = take_varint(bytes, at);
  const auto codec = version == 1 ? take_varint(bytes, at) : std::nullopt;
  return codec == kLibp2pKey && is_multihash_from(bytes, at);
}

}  // namespace usher
