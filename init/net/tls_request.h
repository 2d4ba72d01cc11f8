// What the helper that speaks TLS is asked, and what it answers first, as bytes; see tls_handover.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/base/tls.h"

namespace usher {

struct TlsRequest {
  std::string host;      // as it was connected to
  TlsSettings settings;  // complete
  std::string alpn;      // what is spoken inside, as ALPN names it: "h2"; empty: nothing is said
  unsigned min_days = 0;  // the certificate has to be good for so long; 0: not asked

  // The name that the certificate is to be for.
  const std::string& name() const { return settings.server_name.empty() ? host : settings.server_name; }
  bool operator==(const TlsRequest&) const = default;
};

// The last argument of usher as a helper.
inline constexpr const char* kTlsHelper = "--tls-helper";

// At most this much; a request of more has no use.
inline constexpr std::size_t kMostTlsRequest = 32 * 1024;

// Empty where a text has a NUL in it or all of it is too long.
std::string encode(const TlsRequest& request);
std::optional<TlsRequest> decode_tls_request(std::string_view bytes);

// The answer: whether the connection is there, and if not, why. Plain bytes follow.
std::string encode_tls_answer(bool good, std::string_view why);

class TlsAnswer {
 public:
  static constexpr std::size_t kHead = 3;
  // How many bytes are still needed; no more of them may be given, since what follows is not ours.
  std::size_t needed() const;
  void feed(std::string_view bytes) { bytes_ += bytes; }
  bool complete() const { return needed() == 0; }
  bool good() const { return bytes_.front() == kGood; }
  std::string why() const { return bytes_.substr(kHead); }

 private:
  friend std::string encode_tls_answer(bool good, std::string_view why);
  static constexpr char kGood = '+', kBad = '-';
  std::string bytes_;
};

}  // namespace usher
