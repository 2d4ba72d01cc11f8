// What a server says in a handshake, and certificates: the helper that speaks TLS may end in words only.
// The first byte chooses which of the two it is.
#include <sys/socket.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include <psa/crypto.h>

#include "init/os/fd.h"
#include "init/tls/session.h"

using namespace usher;

namespace {

void shake_hands(std::string_view said) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) return;
  const Fd ours(ends[0]), theirs(ends[1]);
  static_cast<void>(::send(theirs.get(), said.data(), said.size(), MSG_NOSIGNAL) > 0);
  ::shutdown(theirs.get(), SHUT_WR);
  const TlsRequest request{"localhost", {{}, {}, {}, {}, true}, {}, 1};
  Trust trust;
  TlsSession session(request, trust, ours.get());
  TlsSession::Step step = TlsSession::Step::wants_read;
  // The server has closed, so that it comes to an end.
  while (step == TlsSession::Step::wants_read || step == TlsSession::Step::wants_write) step = session.shake_hands();
  if (step == TlsSession::Step::failed && session.problem().empty()) std::abort();
}

void look_at_certificate(const std::uint8_t* data, std::size_t size) {
  mbedtls_x509_crt certificate;
  mbedtls_x509_crt_init(&certificate);
  if (mbedtls_x509_crt_parse_der(&certificate, data, size) == 0) {
    ChainVerdict verdict;
    std::uint32_t flags = 0;
    mbedtls_x509_crt none;
    mbedtls_x509_crt_init(&none);
    mbedtls_x509_crt_verify(&certificate, &none, nullptr, "localhost", &flags, ChainVerdict::look, &verdict);
    if (names_in(certificate).empty() || verdict.words("localhost", "nowhere").empty()) std::abort();
    static_cast<void>(days_until(certificate.valid_to));
  }
  mbedtls_x509_crt_free(&certificate);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool ready = psa_crypto_init() == PSA_SUCCESS;
  if (!ready || size == 0) return 0;
  if (data[0] % 2 == 0)
    shake_hands({reinterpret_cast<const char*>(data) + 1, size - 1});
  else
    look_at_certificate(data + 1, size - 1);
  return 0;
}
