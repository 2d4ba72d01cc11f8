// The rows of what TLS is spoken with: of [tls], and of a table at one place.
#pragma once

#include <array>
#include <string_view>

#include "init/config/decode.h"
#include "init/config/keys.h"

namespace usher::rows {

inline constexpr std::string_view kTlsNames[] = {"ca_file", "certificate", "key", "server_name", "verify"};
inline constexpr std::string_view kTlsPaths[] = {"tls.ca_file", "tls.certificate", "tls.key", "tls.server_name",
                                                 "tls.verify"};

constexpr std::array<Key, 5> tls_rows_of(const std::string_view (&names)[5],
                                         const std::array<void (*)(Site&, Value&, void*), 5>& readers) {
  return {{
      {.path = names[0],
       .type = KeyType::path,
       .fallback = R"("")",
       .help = "The certificates of the authorities that are trusted, in PEM; by default SSL_CERT_FILE or "
               "SSL_CERT_DIR, or else the system's bundle.",
       .read = readers[0]},
      {.path = names[1],
       .type = KeyType::path,
       .fallback = R"("")",
       .help = "Our certificate, with those between it and its authority, in PEM, for servers that want one.",
       .read = readers[1]},
      {.path = names[2],
       .type = KeyType::path,
       .fallback = R"("")",
       .help = "The key of our certificate, in PEM and without a password.",
       .read = readers[2]},
      {.path = names[3],
       .type = KeyType::text,
       .fallback = R"("")",
       .help = "The name that the server's certificate has to be for; by default the host's.",
       .read = readers[3]},
      {.path = names[4],
       .type = KeyType::boolean,
       .fallback = "true",
       .help = "Whether the server's certificate is looked at. Without, anybody can be the server.",
       .read = readers[4]},
  }};
}

// Readers that follow members; see into<>.
template <auto File, auto Certificate, auto Key_, auto Name, auto Verify>
constexpr std::array<Key, 5> tls_rows(const std::string_view (&names)[5]) {
  return tls_rows_of(names, {into<File>, into<Certificate>, into<Key_>, into<Name>, into<Verify>});
}

}  // namespace usher::rows
