// Bytes written as text, in the alphabets that libp2p uses, and the self-describing values inside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace usher {

using Bytes = std::basic_string<std::uint8_t>;

// Nothing for a character outside the alphabet, or for text longer than any identifier: the
// conversions between bases that are no powers of two take the square of the length.
std::optional<Bytes> decode_base58(std::string_view text);

// By its prefix: f (hex), b (base32), k (base36), z (base58), m and u (base64, the latter for
// URLs). Without padding.
std::optional<Bytes> decode_multibase(std::string_view text);

// Whether the bytes are one multihash: a code, the length of the digest, the digest.
bool is_multihash(const Bytes& bytes);

// Whether they are a CID (version 1) of a libp2p key.
bool is_key_cid(const Bytes& bytes);

}  // namespace usher
