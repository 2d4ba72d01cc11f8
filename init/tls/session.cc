#include "init/tls/session.h"

#include <arpa/inet.h>
#include <psa/crypto.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "init/base/text.h"

namespace usher {
namespace {

// mbedTLS 3.6 offers RSA-PSS and takes it in TLS 1.3 only, but a server that speaks 1.2 at most may pick
// it, too; so what 1.2 can be spoken with comes first. TLS 1.3 passes over RSA-PKCS1.
constexpr std::uint16_t kSignatures[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP521R1_SHA512, MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,    MBEDTLS_TLS1_3_SIG_NONE,
};

bool is_address(const std::string& name) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, name.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

// Those that say what to change.
std::string alert_words(int number) {
  switch (number) {
    case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
      return "the server refuses the handshake: it may want a certificate of ours (certificate, key), or only "
             "older ciphers";
    case MBEDTLS_SSL_ALERT_MSG_BAD_CERT:
    case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT:
    case MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN:
    case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA:
    case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED:
      return "the server does not accept our certificate (certificate, key)";
    case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED:
    case MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED:
      return "the server does not accept our certificate: it has expired or was revoked";
    case 116: return "the server wants a certificate of ours (certificate, key)";
    case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION: return "the server speaks neither TLS 1.2 nor 1.3";
    case MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME:
      return "the server does not know the name that it is called by: say with server_name which one is meant";
    case MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL: return "the server does not speak this protocol over TLS";
    default: return "the server broke the handshake off (alert " + std::to_string(number) + ')';
  }
}

}  // namespace

TlsSession::TlsSession(const TlsRequest& request, Trust& trust, int socket)
    : request_(request), socket_(socket), trust_(trust) {
  mbedtls_ssl_init(&ssl_);
  mbedtls_ssl_config_init(&config_);
  mbedtls_entropy_init(&entropy_);
  mbedtls_ctr_drbg_init(&random_);
  set_up(trust);
}

TlsSession::~TlsSession() {
  mbedtls_ssl_free(&ssl_);
  mbedtls_ssl_config_free(&config_);
  mbedtls_ctr_drbg_free(&random_);
  mbedtls_entropy_free(&entropy_);
}

void TlsSession::set_up(Trust& trust) {
  const bool verify = request_.settings.verify.value_or(true);
  if (mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0) != 0 ||
      mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                  MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
    problem_ = "TLS: it cannot be set up: no memory or no random numbers";
    return;
  }
  mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
  mbedtls_ssl_conf_sig_algs(&config_, kSignatures);
  mbedtls_ssl_conf_authmode(&config_, verify ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_ca_chain(&config_, &trust.authorities(), nullptr);
  mbedtls_ssl_conf_verify(&config_, ChainVerdict::look, &chain_);
  if (trust.has_certificate()) mbedtls_ssl_conf_own_cert(&config_, &trust.certificate(), &trust.key());
  alpn_[0] = request_.alpn.c_str();
  if (!request_.alpn.empty()) mbedtls_ssl_conf_alpn_protocols(&config_, alpn_);
  // An address is no name to be sent: it is looked for in the certificate afterwards.
  const char* const name = is_address(request_.name()) ? nullptr : request_.name().c_str();
  if (mbedtls_ssl_setup(&ssl_, &config_) != 0 || mbedtls_ssl_set_hostname(&ssl_, name) != 0)
    problem_ = "TLS: it cannot be set up for the name " + in_quotes(request_.name());
  mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
}

int TlsSession::send(void* self, const unsigned char* bytes, std::size_t size) {
  auto& session = *static_cast<TlsSession*>(self);
  const ssize_t put = ::send(session.socket_, bytes, size, MSG_NOSIGNAL);
  if (put >= 0) return static_cast<int>(put);
  if (errno == EAGAIN || errno == EINTR) return MBEDTLS_ERR_SSL_WANT_WRITE;
  session.error_ = errno;
  return MBEDTLS_ERR_SSL_CONN_EOF;
}

int TlsSession::receive(void* self, unsigned char* bytes, std::size_t room) {
  constexpr std::size_t kSeen = 32;
  auto& session = *static_cast<TlsSession*>(self);
  const ssize_t got = ::recv(session.socket_, bytes, room, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return MBEDTLS_ERR_SSL_WANT_READ;
  if (got < 0) session.error_ = errno;
  if (got <= 0) return MBEDTLS_ERR_SSL_CONN_EOF;
  if (session.seen_.size() < kSeen)
    session.seen_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(got));
  return static_cast<int>(got);
}

TlsSession::Step TlsSession::step_of(int result) const {
  if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    return Step::wants_read;
  if (result == MBEDTLS_ERR_SSL_WANT_WRITE) return Step::wants_write;
  return result < 0 ? Step::failed : Step::done;
}

TlsSession::Step TlsSession::fail(std::string why) {
  problem_ = std::move(why);
  return Step::failed;
}

TlsSession::Step TlsSession::shake_hands() {
  const int result = mbedtls_ssl_handshake(&ssl_);
  const Step step = step_of(result);
  if (step == Step::failed) return fail("TLS: " + words(result));
  if (step != Step::done) return step;
  if (std::string why = name_problem(); !why.empty()) return fail("TLS: " + why);
  return Step::done;
}

// What mbedTLS does not look at by itself: an address, and how long the certificate is still good.
std::string TlsSession::name_problem() {
  const mbedtls_x509_crt* const peer = mbedtls_ssl_get_peer_cert(&ssl_);
  if (peer == nullptr) return "the server has shown no certificate";
  if (request_.settings.verify.value_or(true) && is_address(request_.name())) {
    ChainVerdict verdict;
    std::uint32_t flags = 0;
    mbedtls_x509_crt_verify(const_cast<mbedtls_x509_crt*>(peer), &trust_.authorities(), nullptr,
                            request_.name().c_str(), &flags, ChainVerdict::look, &verdict);
    if (flags != 0) return verdict.words(request_.name(), trust_.source());
  }
  const std::int64_t days = days_until(peer->valid_to);
  if (request_.min_days == 0 || days >= static_cast<std::int64_t>(request_.min_days)) return {};
  return "its certificate is good for " + std::to_string(days) + " more days only, until " + date_of(peer->valid_to) +
         "; min_days is " + std::to_string(request_.min_days);
}

std::string TlsSession::words(int result) const {
  if (result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
    const std::string why = chain_.words(request_.name(), trust_.source());
    return why.empty() ? "its certificate cannot be verified" : why;
  }
  if (result == MBEDTLS_ERR_SSL_BAD_CERTIFICATE)
    return "its certificate is not one of a server, or uses what is not known here";
  if (std::string instead = seen_instead(); !instead.empty()) return instead;
  if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) return alert_words(ssl_.in_msg[1]);
  if (result == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER && ssl_.tls_version == MBEDTLS_SSL_VERSION_TLS1_2)
    return "the server insists on something that is not taken in TLS 1.2, as RSA-PSS: let it speak TLS 1.3, too";
  if (error_ != 0) return std::string("the connection broke in the handshake: ") + std::strerror(error_);
  if (result == MBEDTLS_ERR_SSL_CONN_EOF || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
    return "the server closed the connection in the handshake; does it speak TLS at this port?";
  if (result == MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION) return "the server speaks neither TLS 1.2 nor 1.3";
  char number[16];
  std::snprintf(number, sizeof number, "-0x%04x", static_cast<unsigned>(-result));
  return "the server says what cannot be understood in the handshake (mbedTLS error " + std::string(number) + ')';
}

// TLS begins with the kind of the record, alert or handshake, and its version.
std::string TlsSession::seen_instead() const {
  if (seen_.empty()) return {};
  const bool record = (seen_[0] == 0x15 || seen_[0] == 0x16) && (seen_.size() < 2 || seen_[1] == 3);
  if (record) return {};
  char more[32];
  const ssize_t got = ::recv(socket_, more, sizeof more, 0);
  return "the server does not speak TLS at this port: it says " +
         in_quotes(seen_ + std::string(more, got > 0 ? static_cast<std::size_t>(got) : 0));
}

TlsSession::Step TlsSession::read(char* bytes, std::size_t room, std::size_t& got) {
  got = 0;
  const int result = mbedtls_ssl_read(&ssl_, reinterpret_cast<unsigned char*>(bytes), room);
  if (result > 0) got = static_cast<std::size_t>(result);
  if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || result == MBEDTLS_ERR_SSL_CONN_EOF) return Step::done;
  return step_of(result);
}

TlsSession::Step TlsSession::write(std::string_view bytes, std::size_t& put) {
  put = 0;
  const int result = mbedtls_ssl_write(&ssl_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  if (result > 0) put = static_cast<std::size_t>(result);
  return step_of(result);
}

}  // namespace usher
