#include "probes/server_kind.h"

#include <algorithm>
#include <utility>

#include "init/base/text.h"
#include "init/net/address.h"
#include "init/text/server_url.h"

namespace usher {
namespace {

const ServerProbe& own(const ProbeConfig& probe) { return *probe.as<ServerProbe>(); }

std::string target_text(const ServerForm& form, const ServerProbe& probe) {
  const bool by_query = form.secure.starts_with('?');
  std::string text(probe.tls && !by_query ? form.secure : form.name);
  text += "://" + host_and_port(probe.host, probe.port);
  if (!probe.path.empty()) text += '/' + probe.path;
  if (probe.tls && by_query) text += form.secure;
  return text;
}

// Whether a query asks for TLS, by any of the names that drivers have for it: sslmode=verify-full,
// ssl-mode=REQUIRED, tls=true. What they call preferred is what a server can be asked without, too.
bool asks_for_tls(std::string_view query) {
  constexpr std::string_view kNames[] = {"tls", "ssl", "sslmode", "usessl"};
  constexpr std::string_view kPlain[] = {"", "0", "false", "disable", "disabled", "allow", "prefer", "preferred"};
  const auto is_one_of = [](const auto& words, const std::string& word) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
  };
  while (!query.empty()) {
    const std::string_view part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), part.size() + 1));
    const std::size_t equals = std::min(part.find('='), part.size());
    std::string name = to_lower(part.substr(0, equals));
    std::erase_if(name, [](char c) { return c == '-' || c == '_'; });
    if (is_one_of(kNames, name)) return !is_one_of(kPlain, to_lower(part.substr(std::min(equals + 1, part.size()))));
  }
  return false;
}

Endpoint endpoint_of(const ServerForm& form, const ServerProbe& config) {
  Endpoint endpoint{config.host, config.port, {}};
  if (config.tls && !form.upgrades) endpoint.tls = TlsUse{*config.tls};
  return endpoint;
}

}  // namespace

ServerProbe ServerKind::standard() const {
  ServerProbe probe;
  probe.user = form_.user;
  return probe;
}

ProbeConfig ServerKind::filled(const std::function<void(void*)>& fill) const {
  ServerProbe probe = standard();
  fill(&probe);
  return {*this, std::move(probe)};
}

std::string ServerKind::problem_of(const ServerProbe& probe) const {
  std::string why = rows::tls_problem(probe.tls);
  return why.empty() && form_.problem != nullptr ? form_.problem(probe) : why;
}

std::string ServerKind::problem(const ProbeConfig& probe, const Value&, bool) const { return problem_of(own(probe)); }

std::pair<ProbeConfig, std::string> ServerKind::from_url(std::string_view url, std::string_view rest) const {
  ServerProbe probe = standard();
  const ServerUrl asked = parse_server_url(rest, 1);
  const bool secure = to_lower(url.substr(0, url.find(':'))) == form_.secure || asks_for_tls(asked.query);
  if (secure) probe.tls.emplace();
  const ServerUrl parts = parse_server_url(rest, secure ? form_.tls_port : form_.port);
  probe.host = parts.where.host;
  probe.port = parts.where.port;
  if (!form_.user.empty() && !parts.user.empty()) probe.user = parts.user;
  if (form_.has_path) probe.path = parts.path;
  std::string why = parts.problem.empty() ? problem_of(probe) : parts.problem;
  return {ProbeConfig(*this, std::move(probe)), std::move(why)};
}

std::string ServerKind::target(const ProbeConfig& probe) const { return target_text(form_, own(probe)); }

std::string ServerKind::host(const ProbeConfig& probe) const { return own(probe).host; }

std::unique_ptr<Probe> ServerKind::make(const ProbeConfig& probe, ProbeContext& context) const {
  return form_.make(form_, own(probe), context);
}

ServerRun::ServerRun(const ServerForm& form, const ServerProbe& config, ProbeContext& context)
    : TalkingProbe(context, endpoint_of(form, config), target_text(form, config), std::string(form.answer)),
      config_(config),
      upgrades_(form.upgrades) {}

std::string ServerRun::open() {
  received_.clear();
  secure_ = false;
  return question();
}

std::optional<ProbeResult> ServerRun::hear(std::string_view bytes) {
  received_ += bytes.substr(0, kMost - received_.size());
  auto result = judge(received_);
  if (std::exchange(anew_, false)) received_.clear();
  if (result || received_.size() < kMost) return result;
  return not_yet("it has sent " + std::to_string(kMost) + " bytes that make no answer");
}

// Some servers of TLS answer what is none with an alert, others hang up.
std::string_view ServerRun::doubt() const {
  const bool may_want_tls = received_.empty() && !config_.tls && !upgrades_;
  return may_want_tls ? "; does it want TLS at this port?" : "";
}

std::optional<ProbeResult> ServerRun::upgrade(std::string_view rest, std::string opening) {
  if (!rest.empty()) return not_yet("it goes on in the clear where TLS has to begin");
  secure_ = anew_ = true;
  secure(TlsUse{config_.tls.value_or(TlsSettings())}, std::move(opening));
  return std::nullopt;
}

ProbeResult ServerRun::without_tls() { return not_yet("it offers no TLS, which is asked for"); }

}  // namespace usher
