#include "init/tls/certificate_words.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>
#include <ctime>
#include <vector>

#include "init/base/controls.h"

namespace usher {
namespace {

constexpr std::size_t kMostNames = 6;

std::string text_of(const mbedtls_x509_buf& raw) {
  return escape_controls({reinterpret_cast<const char*>(raw.p), raw.len});
}

std::string address_of(const mbedtls_x509_buf& raw) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = raw.len == 4 ? AF_INET : AF_INET6;
  if (raw.len == 4 || raw.len == 16) ::inet_ntop(family, raw.p, text, sizeof text);
  return text;
}

std::string distinguished(const mbedtls_x509_name& name) {
  char text[256] = "";
  return mbedtls_x509_dn_gets(text, sizeof text, &name) > 0 ? escape_controls(text) : "nobody";
}

std::string common_name(const mbedtls_x509_crt& certificate) {
  constexpr unsigned char kCommonName[] = {0x55, 0x04, 0x03};
  for (const mbedtls_x509_name* part = &certificate.subject; part != nullptr; part = part->next)
    if (part->oid.len == sizeof kCommonName && std::memcmp(part->oid.p, kCommonName, sizeof kCommonName) == 0)
      return text_of(part->val);
  return {};
}

bool is_self_signed(const mbedtls_x509_crt& certificate) {
  return certificate.issuer_raw.len == certificate.subject_raw.len &&
         std::memcmp(certificate.issuer_raw.p, certificate.subject_raw.p, certificate.issuer_raw.len) == 0;
}

// "its certificate", "that of CN=Example CA, in its chain,"
std::string which(const mbedtls_x509_crt& certificate, int depth) {
  return depth == 0 ? "its certificate" : "the certificate of " + distinguished(certificate.subject) + " in its chain";
}

}  // namespace

std::string names_in(const mbedtls_x509_crt& certificate) {
  std::vector<std::string> names;
  for (const mbedtls_x509_sequence* each = &certificate.subject_alt_names; each != nullptr; each = each->next) {
    if (each->buf.p == nullptr) continue;
    const int kind = each->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
    std::string name;
    if (kind == MBEDTLS_X509_SAN_DNS_NAME) name = text_of(each->buf);
    if (kind == MBEDTLS_X509_SAN_IP_ADDRESS) name = address_of(each->buf);
    if (!name.empty()) names.push_back(std::move(name));
  }
  if (names.empty())
    if (std::string name = common_name(certificate); !name.empty()) names.push_back(std::move(name));
  if (names.empty()) return "no name at all";
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMostNames; ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMostNames ? text + " and " + std::to_string(names.size() - kMostNames) + " more" : text;
}

std::string date_of(const mbedtls_x509_time& time) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", time.year, time.mon, time.day);
  return text;
}

std::int64_t days_until(const mbedtls_x509_time& time) {
  std::tm then{};
  then.tm_year = time.year - 1900;
  then.tm_mon = time.mon - 1;
  then.tm_mday = time.day;
  then.tm_hour = time.hour;
  then.tm_min = time.min;
  then.tm_sec = time.sec;
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t left = static_cast<std::int64_t>(::timegm(&then)) - static_cast<std::int64_t>(std::time(nullptr));
  return left >= 0 ? left / kDay : -1 - (-left - 1) / kDay;
}

int ChainVerdict::look(void* self, mbedtls_x509_crt* certificate, int depth, std::uint32_t* flags) {
  auto& found = *static_cast<ChainVerdict*>(self);
  const std::uint32_t wrong = *flags;
  found.flags_ |= wrong;
  if ((wrong & MBEDTLS_X509_BADCERT_EXPIRED) != 0)
    found.expired_ = which(*certificate, depth) + " has expired on " + date_of(certificate->valid_to);
  if ((wrong & MBEDTLS_X509_BADCERT_FUTURE) != 0)
    found.early_ = which(*certificate, depth) + " is good only from " + date_of(certificate->valid_from) +
                   " on: is the clock right?";
  if ((wrong & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) found.names_ = names_in(*certificate);
  if ((wrong & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0 && found.untrusted_.empty())
    found.untrusted_ = depth == 0 && is_self_signed(*certificate)
                           ? "its certificate is signed by itself"
                           : which(*certificate, depth) + " is signed by " + distinguished(certificate->issuer);
  return 0;
}

std::string ChainVerdict::words(const std::string& name, const std::string& source) const {
  if (flags_ == 0) return {};
  std::string text;
  const auto add = [&text](const std::string& what) { text += (text.empty() ? "" : "; ") + what; };
  if (!expired_.empty()) add(expired_);
  if (!early_.empty()) add(early_);
  if (!names_.empty())
    add("its certificate is for " + names_ + ", not for " + name +
        ": connect by a name that it has, or say with server_name which one is meant");
  if (!untrusted_.empty())
    add(untrusted_ + ", which is neither in " + source +
        " nor led to by what the server sent: name the authority's certificate with ca_file");
  constexpr std::uint32_t kWeak =
      MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY;
  if ((flags_ & kWeak) != 0) add("its chain uses a key or a hash that is too weak");
  constexpr std::uint32_t kUsage =
      MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE;
  if ((flags_ & kUsage) != 0) add("its certificate is not one of a server");
  if (text.empty()) add("its certificate cannot be verified");
  return text;
}

}  // namespace usher
