// What a TLS connection is made with, as people write it: at one place of the configuration, or in
// [tls] for all places that do not say it themselves.
#pragma once

#include <optional>
#include <string>

namespace usher {

#ifdef USHER_TLS
inline constexpr bool kSpeaksTls = true;
#else
inline constexpr bool kSpeaksTls = false;
#endif
inline constexpr const char* kNoTls = "this usher was built without TLS";

struct TlsSettings {
  std::string ca_file;           // of the authorities to trust; empty: the system's
  std::string certificate, key;  // of ours, where the server asks for one: files in PEM
  std::string server_name;       // that its certificate is to be for; empty: the host's
  std::optional<bool> verify;    // nothing: yes

  bool operator==(const TlsSettings&) const = default;
  // With what `all` says where this says nothing. A certificate and its key go together.
  TlsSettings over(const TlsSettings& all) const {
    TlsSettings both = *this;
    if (both.ca_file.empty()) both.ca_file = all.ca_file;
    if (both.certificate.empty() && both.key.empty()) {
      both.certificate = all.certificate;
      both.key = all.key;
    }
    if (both.server_name.empty()) both.server_name = all.server_name;
    if (!both.verify) both.verify = all.verify;
    return both;
  }
};

}  // namespace usher
