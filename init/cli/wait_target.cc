#include "init/cli/wait_target.h"

#include <unistd.h>

#include <algorithm>

#include "init/base/text.h"
#include "init/config/decode.h"
#include "init/config/probe_kind.h"
#include "init/config/reader.h"

namespace usher {
namespace {

WaitTarget unknown() {
  std::string forms;
  for (const ProbeKind* const kind : probe_kinds())
    if (!kind->url_form.empty()) forms += (forms.empty() ? "" : ", ") + std::string(kind->url_form);
  return {{}, "expected " + forms.replace(forms.rfind(", "), 2, " or ")};
}

bool has_scheme(const ProbeKind& kind, std::string_view scheme) {
  return std::find(kind.schemes.begin(), kind.schemes.end(), scheme) != kind.schemes.end();
}

constexpr Key kProbe = {.path = "probe", .type = KeyType::probe, .before_start = true};

WaitTarget as_in_a_file(std::string_view text) {
  Place place;
  place.source = Source::command_line;
  std::optional<Value> value = read_toml_value(text, place);
  if (!value) return {{}, "expected a probe as in a configuration, { type = ... }, in TOML"};
  const Environment environment(environ);
  Problems problems;
  DecodeContext context{problems, environment};
  Site site{context, kProbe, std::string(kProbe.path)};
  ProbeConfig probe;
  read(site, *value, probe);
  const std::vector<ConfigError> errors = problems.take();
  return {std::move(probe), errors.empty() ? "" : errors.front().key + ": " + errors.front().why};
}

}  // namespace

WaitTarget parse_wait_target(std::string_view text) {
  if (text.starts_with('{')) return as_in_a_file(text);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return {{}, "expected a kind such as tcp:// before it"};
  const std::string scheme = to_lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 1);
  for (const ProbeKind* const kind : probe_kinds()) {
    if (!has_scheme(*kind, scheme)) continue;
    if (kind->url_form.find("://") != std::string_view::npos) {
      if (!rest.starts_with("//")) break;
      rest.remove_prefix(2);
    }
    auto [probe, problem] = kind->from_url(text, rest);
    return {std::move(probe), std::move(problem)};
  }
  return unknown();
}

}  // namespace usher
