// The keys and the reader of what TLS is spoken with.
#include "init/config/decode.h"
#include "init/config/tls_rows.h"

namespace usher {
namespace {

constexpr auto kTlsKeys = rows::tls_rows<&TlsSettings::ca_file, &TlsSettings::certificate, &TlsSettings::key,
                                         &TlsSettings::server_name, &TlsSettings::verify>(rows::kTlsNames);

void check_whole(Site& site, const Value& value, const TlsSettings& settings) {
  if (site.context.in_use && settings.certificate.empty() != settings.key.empty())
    site.problem(value, "certificate and key belong together; expected both or none");
}

}  // namespace

Keys tls_keys() { return {kTlsKeys.data(), kTlsKeys.size()}; }

void read(Site& site, Value& value, TlsSettings& out) {
  if (value.kind != Value::Kind::table)
    return site.problem(value, "expected a table such as { ca_file = \"/run/secrets/ca.pem\" }, got " +
                                   describe(value));
  out = {};
  read_table(site.context, value, tls_keys(), site.path + '.', &out);
  check_whole(site, value, out);
}

void read(Site& site, Value& value, std::optional<TlsSettings>& out) {
  if (value.kind != Value::Kind::table) {
    bool spoken = false;
    read(site, value, spoken);
    out = spoken ? std::optional<TlsSettings>(TlsSettings()) : std::nullopt;
    return;
  }
  TlsSettings settings;
  read(site, value, settings);
  out = settings;
}

}  // namespace usher
