// One TLS connection as a client, on a non-blocking socket.
#pragma once

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "init/net/tls_request.h"
#include "init/tls/certificate_words.h"
#include "init/tls/trust.h"

namespace usher {

class TlsSession {
 public:
  // Both outlive it; the socket is connected.
  TlsSession(const TlsRequest& request, Trust& trust, int socket);
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  ~TlsSession();

  enum class Step : unsigned char { done, wants_read, wants_write, failed };

  // What could not be set up; empty: nothing.
  const std::string& problem() const { return problem_; }
  // To be called until it is done or has failed; then problem() says why.
  Step shake_hands();
  // At most so much; 0 bytes and `done`: the other side has closed.
  Step read(char* bytes, std::size_t room, std::size_t& got);
  // All or a part of it; what is not taken has to be given again.
  Step write(std::string_view bytes, std::size_t& put);
  void say_goodbye() { mbedtls_ssl_close_notify(&ssl_); }

 private:
  static int send(void* self, const unsigned char* bytes, std::size_t size);
  static int receive(void* self, unsigned char* bytes, std::size_t room);
  void set_up(Trust& trust);
  std::string name_problem();
  Step step_of(int result) const;
  Step fail(std::string why);
  std::string words(int result) const;
  std::string seen_instead() const;

  const TlsRequest& request_;
  const int socket_;
  Trust& trust_;
  ChainVerdict chain_;
  std::string problem_;
  std::string seen_;  // the first bytes that have come
  int error_ = 0;     // errno of the socket
  mbedtls_ssl_context ssl_;
  mbedtls_ssl_config config_;
  mbedtls_entropy_context entropy_;
  mbedtls_ctr_drbg_context random_;
  const char* alpn_[2] = {nullptr, nullptr};
};

}  // namespace usher
