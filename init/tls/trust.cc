#include "init/tls/trust.h"

#include <dirent.h>
#include <psa/crypto.h>

#include <cstdlib>
#include <memory>

#include "init/os/configured_path.h"

namespace usher {
namespace {

constexpr std::size_t kMostBytes = 4 * 1024 * 1024;
constexpr unsigned kMostFiles = 1000;

// Debian, Alpine and others; Red Hat; SUSE; Alpine's own and the BSDs'.
constexpr const char* kBundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.c_str());
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int next_random(void*, unsigned char* out, std::size_t size) {
  return psa_generate_random(out, size) == PSA_SUCCESS ? 0 : -1;
}

}  // namespace

Trust::Trust() {
  mbedtls_x509_crt_init(&authorities_);
  mbedtls_x509_crt_init(&own_);
  mbedtls_pk_init(&key_);
}

Trust::~Trust() {
  mbedtls_pk_free(&key_);
  mbedtls_x509_crt_free(&own_);
  mbedtls_x509_crt_free(&authorities_);
}

std::string Trust::load(const TlsSettings& settings) {
  if (settings.verify.value_or(true))
    if (std::string why = load_authorities(settings); !why.empty()) return why;
  return settings.certificate.empty() && settings.key.empty() ? std::string() : load_own(settings);
}

// Some of the certificates of a system's bundle may use what we do not know: the others are taken.
bool Trust::add_file(const std::string& path, std::string& why) {
  const FileText file = read_configured_file(path, kMostBytes);
  if (!file.problem.empty()) {
    why = path + ": " + file.problem;
    return false;
  }
  mbedtls_x509_crt_parse(&authorities_, bytes_of(file.text), file.text.size() + 1);
  if (authorities_.version != 0) return true;
  why = "there is no certificate in " + path + " that could be read (they are expected in PEM)";
  return false;
}

unsigned Trust::add_folder(const std::string& path) {
  unsigned added = 0;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
  if (!folder) return 0;
  while (const dirent* const entry = ::readdir(folder.get())) {
    std::string why;
    if (entry->d_name[0] == '.' || added == kMostFiles) continue;
    if (add_file(path + '/' + entry->d_name, why)) ++added;
  }
  return added;
}

std::string Trust::load_authorities(const TlsSettings& settings) {
  std::string why;
  if (source_ = settings.ca_file; !source_.empty())
    return add_file(source_, why) ? std::string() : "TLS: ca_file: " + why;
  const std::string file = variable("SSL_CERT_FILE"), folder = variable("SSL_CERT_DIR");
  source_ = file + (file.empty() || folder.empty() ? "" : " or ") + folder;
  if (!folder.empty() && add_folder(folder) > 0) why.clear();
  if (!file.empty()) add_file(file, why);
  if (authorities_.version != 0) return {};
  if (!file.empty()) return "TLS: SSL_CERT_FILE: " + why;
  if (!folder.empty()) return "TLS: SSL_CERT_DIR: there is no certificate in " + folder + " that could be read";
  for (const char* const path : kBundles) {
    source_ = path;
    if (add_file(path, why)) return {};
  }
  return std::string("TLS: there are no certificates of authorities here that a server could be verified with: "
                     "mount a bundle at ") + kBundles[0] + ", or name one with ca_file or SSL_CERT_FILE";
}

std::string Trust::load_own(const TlsSettings& settings) {
  if (settings.certificate.empty() || settings.key.empty())
    return "TLS: a certificate of one's own needs both certificate and key";
  const FileText certificate = read_configured_file(settings.certificate, kMostBytes);
  if (!certificate.problem.empty()) return "TLS: certificate: " + settings.certificate + ": " + certificate.problem;
  if (mbedtls_x509_crt_parse(&own_, bytes_of(certificate.text), certificate.text.size() + 1) != 0)
    return "TLS: certificate: " + settings.certificate + " cannot be read as certificates in PEM";
  const FileText key = read_configured_file(settings.key, kMostBytes);
  if (!key.problem.empty()) return "TLS: key: " + settings.key + ": " + key.problem;
  if (mbedtls_pk_parse_key(&key_, bytes_of(key.text), key.text.size() + 1, nullptr, 0, next_random, nullptr) != 0)
    return "TLS: key: " + settings.key + " cannot be read as a key in PEM without a password";
  if (mbedtls_pk_check_pair(&own_.pk, &key_, next_random, nullptr) != 0)
    return "TLS: key: " + settings.key + " is not that of " + settings.certificate;
  return {};
}

}  // namespace usher
