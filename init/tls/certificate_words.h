// What is wrong with a certificate, in words that say what to change.
#pragma once

#include <mbedtls/x509_crt.h>

#include <cstdint>
#include <string>

namespace usher {

// The names that it is for, "a.example, *.b.example and 10.0.0.1", at most some; a certificate without
// any says so.
std::string names_in(const mbedtls_x509_crt& certificate);
// "2024-01-31"
std::string date_of(const mbedtls_x509_time& time);
// Whole days from now until then, below 0 if that is past.
std::int64_t days_until(const mbedtls_x509_time& time);

// Collects while a chain is verified: a callback for mbedtls_ssl_conf_verify().
class ChainVerdict {
 public:
  static int look(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags);
  // Of the flags that were found. `name` is what the certificate should be for, `source` where the
  // trusted authorities are from. Empty where nothing is wrong.
  std::string words(const std::string& name, const std::string& source) const;

 private:
  std::uint32_t flags_ = 0;
  std::string expired_, early_, names_, untrusted_;
};

}  // namespace usher
