// Kinds that ask a server of some protocol whether it serves, in one form: each is a class that knows what
// is said and what the answer means, and a ServerForm. Where the server is, what URLs say of it, and how
// TLS comes to be spoken is the same for all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "init/base/tls.h"
#include "init/config/probe_rows.h"
#include "probes/kind.h"
#include "probes/talking_probe.h"

namespace usher {

enum class ServerRole : std::uint8_t { primary, secondary, any };

// The settings of all of them; a kind uses those that it has keys for.
struct ServerProbe {
  std::string host;
  std::uint16_t port = 0;
  std::optional<TlsSettings> tls;
  std::string user;
  std::string path;  // the database or the topic; empty: none is asked for
  ServerRole role = ServerRole::primary;
  bool operator==(const ServerProbe&) const = default;
};

namespace rows {
inline constexpr Key kServerAddress = kAddress<&ServerProbe::host, &ServerProbe::port>;
inline constexpr Key kServerTls = kTls<&ServerProbe::tls>;
inline constexpr Key kServerUser = kUser<&ServerProbe::user>;
inline constexpr Key kDatabase = {
    .path = "database",
    .fallback = R"("")",
    .help = "The database to ask for. That it is missing can be seen where no password is wanted.",
    .read = into<&ServerProbe::path>};
inline constexpr Key kServerKeys[] = {kServerAddress, kServerTls};
inline constexpr Key kDatabaseKeys[] = {kServerAddress, kServerTls, kServerUser, kDatabase};
}  // namespace rows

struct ServerForm {
  std::string_view name;  // the kind's, and the scheme under which people are shown it
  Choices schemes;
  std::string_view url_form;
  std::string_view secure;         // how a URL says that TLS is spoken: by a scheme, or by "?tls=true"
  std::string_view answer;         // what is missing as long as there is none: "answer to CONNECT"
  std::uint16_t port;              // where none is written
  std::uint16_t tls_port = port;   // ... over TLS
  std::span<const Key> keys = rows::kServerKeys;
  bool upgrades = false;           // TLS begins within the protocol, where the class says so
  bool has_path = false;           // the path of a URL means something
  std::string_view user = {};      // as whom to ask by default; empty: as nobody
  std::string (*problem)(const ServerProbe&) = nullptr;
  std::unique_ptr<Probe> (*make)(const ServerForm&, const ServerProbe&, ProbeContext&) = nullptr;
};

// A ServerForm::make for a class derived from ServerRun.
template <typename Run>
std::unique_ptr<Probe> make_server_run(const ServerForm& form, const ServerProbe& config, ProbeContext& context) {
  return std::make_unique<Run>(form, config, context);
}

class ServerKind final : public ProbeKind {
 public:
  constexpr explicit ServerKind(const ServerForm& form) : form_(form) {
    name = form.name;
    keys = form.keys;
    schemes = form.schemes;
    url_form = form.url_form;
  }

  ProbeConfig filled(const std::function<void(void*)>& fill) const override;
  std::string problem(const ProbeConfig& probe, const Value& written, bool whole) const override;
  std::pair<ProbeConfig, std::string> from_url(std::string_view url, std::string_view rest) const override;
  std::string target(const ProbeConfig& probe) const override;
  std::string host(const ProbeConfig& probe) const override;
  bool finds_value(const ProbeConfig&) const override { return false; }
  std::unique_ptr<Probe> make(const ProbeConfig& probe, ProbeContext& context) const override;

 private:
  ServerProbe standard() const;
  std::string problem_of(const ServerProbe& probe) const;

  ServerForm form_;
};

// Answers are short: all that has come in a run is looked at again with each part.
class ServerRun : public TalkingProbe {
 public:
  // The first two outlive it.
  ServerRun(const ServerForm& form, const ServerProbe& config, ProbeContext& context);

  std::string open() final;
  std::optional<ProbeResult> hear(std::string_view bytes) final;

 protected:
  // What a client says first; empty where the server does.
  virtual std::string question() = 0;
  // Nothing: more has to come.
  virtual std::optional<ProbeResult> judge(std::string_view received) = 0;

  std::string_view doubt() const final;
  const ServerProbe& config() const { return config_; }
  // TLS is asked for and not spoken yet, in a protocol in which it begins later.
  bool has_to_upgrade() const { return upgrades_ && config_.tls && !secure_; }
  bool is_secure() const { return secure_; }
  // The result of a judge() that speaks TLS from here on, beginning with `opening`; what judge() is given
  // begins anew. `rest` has come after the server agreed, and there must be none: it would be taken for
  // something that was said over TLS.
  std::optional<ProbeResult> upgrade(std::string_view rest, std::string opening);
  // ... and of one that asked for it in vain.
  static ProbeResult without_tls();

 private:
  static constexpr std::size_t kMost = 64 * 1024;
  const ServerProbe& config_;
  const bool upgrades_;
  bool secure_ = false, anew_ = false;
  std::string received_;
};

}  // namespace usher
