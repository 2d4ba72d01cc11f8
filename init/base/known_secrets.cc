#include "init/base/known_secrets.h"

#include <algorithm>
#include <vector>

namespace usher {
namespace {

constexpr std::size_t kShortest = 4;

// The longest first, so that of two that begin alike none is left in part.
std::vector<std::string>& known() {
  static std::vector<std::string> secrets;
  return secrets;
}

}  // namespace

void note_secret(std::string_view secret) {
  std::vector<std::string>& secrets = known();
  if (secret.size() < kShortest || std::find(secrets.begin(), secrets.end(), secret) != secrets.end()) return;
  const auto longer = [&](const std::string& each) { return each.size() > secret.size(); };
  secrets.emplace(std::partition_point(secrets.begin(), secrets.end(), longer), secret);
}

bool has_secret(std::string_view text) {
  return std::any_of(known().begin(), known().end(), [&](const std::string& secret) {
    return text.find(secret) != std::string_view::npos;
  });
}

std::string hide_secrets(std::string_view text) {
  std::string out(text);
  for (const std::string& secret : known())
    for (std::size_t at = 0; (at = out.find(secret, at)) != std::string::npos; at += 3)
      out.replace(at, secret.size(), "***");
  return out;
}

}  // namespace usher
