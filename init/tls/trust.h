// Whom the helper believes, and with what it shows who we are: read from files with usher's rights,
// before it gives them up.
#pragma once

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include <string>

#include "init/base/tls.h"

namespace usher {

class Trust {
 public:
  Trust();
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;
  ~Trust();

  // What the settings say, or else the system's bundle. Returns what is wrong and what to change.
  std::string load(const TlsSettings& settings);

  mbedtls_x509_crt& authorities() { return authorities_; }
  bool has_certificate() const { return own_.version != 0; }
  mbedtls_x509_crt& certificate() { return own_; }
  mbedtls_pk_context& key() { return key_; }
  // From where the authorities are: for messages.
  const std::string& source() const { return source_; }

 private:
  std::string load_authorities(const TlsSettings& settings);
  std::string load_own(const TlsSettings& settings);
  bool add_file(const std::string& path, std::string& why);
  unsigned add_folder(const std::string& path);

  mbedtls_x509_crt authorities_, own_;
  mbedtls_pk_context key_;
  std::string source_;
};

}  // namespace usher
