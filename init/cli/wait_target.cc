#include "init/cli/wait_target.h"

#include <algorithm>

#include "init/base/text.h"
#include "init/config/probe_kind.h"

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

}  // namespace

WaitTarget parse_wait_target(std::string_view text) {
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
