#include "init/base/redact.h"

#include <algorithm>
#include <optional>

#include "init/base/known_secrets.h"
#include "init/base/text.h"

namespace usher {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kMark = "://";
constexpr std::string_view kHidden = "***";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos;
  });
}

bool is_number(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

bool is_scheme(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && all_of(text, "+.-");
}

bool is_host_and_port(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : text.find(':');
  const std::string_view host = text.substr(bracketed ? 1 : 0, end - (bracketed ? 1 : 0));
  if (host.empty() || (bracketed && end == std::string_view::npos)) return false;
  if (!all_of(host, bracketed ? ".:%" : ".-_")) return false;
  std::string_view rest = end == std::string_view::npos ? "" : text.substr(end + (bracketed ? 1 : 0));
  if (rest.empty() || (rest == ":" && host == "unix")) return true;
  return rest.starts_with(':') && rest.size() > 1 && rest.size() < 7 && is_number(rest.substr(1));
}

// The part before the "@" as it may be shown, with it.
std::string shown_user(std::string_view user) {
  const std::size_t colon = user.find(':');
  if (colon == std::string_view::npos) return "***@";  // it may be a token
  const std::string_view name = user.substr(0, colon);
  return (all_of(name, "._-") ? std::string(name) : std::string(kHidden)) + ":***@";
}

bool could_be_token(std::string_view part) {
  constexpr std::size_t kShortest = 16;
  if (part.find('=') != std::string_view::npos) return true;
  if (const std::size_t colon = part.find(':'); colon + 1 < part.size() && colon != part.npos)
    return true;
  return part.size() >= kShortest && part.find('.') == part.npos &&
         std::any_of(part.begin(), part.end(), is_digit) &&
         std::any_of(part.begin(), part.end(), is_letter);
}

// The path of a URL, without its query; parts that could be tokens are hidden.
std::string redact_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.front() == '/') {
      out += '/';
      path.remove_prefix(1);
      continue;
    }
    const std::string_view part = path.substr(0, path.find('/'));
    out += could_be_token(part) ? kHidden : part;
    path.remove_prefix(part.size());
  }
  return out;
}

// Nothing where it could be read in more than one way.
std::optional<std::string> shown_url(std::string_view scheme, std::string_view rest) {
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end), tail = rest.substr(end);
  if (tail.find('@') != std::string_view::npos) return {};
  const std::size_t path_end = std::min(tail.find_first_of("?#"), tail.size());
  const std::string_view path = tail.substr(0, path_end);
  std::string out(scheme);
  out += kMark;
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    // A password with a slash looks like this, too; a database has a number.
    if (path.size() > 1 && !is_number(path.substr(1))) return {};
    out += shown_user(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  if (authority.empty() ? !path.starts_with('/') : !is_host_and_port(authority)) return {};
  out += authority;
  out += redact_path(path);
  if (path_end < tail.size()) out += tail[path_end] + std::string(kHidden);
  return out;
}

// user:password@host
bool has_credentials(std::string_view word) {
  const std::size_t colon = word.find(':');
  return colon != std::string_view::npos && word.find('@', colon) != std::string_view::npos;
}

}  // namespace

std::string hide_passwords(std::string_view text) {
  std::string hidden;
  if (has_secret(text)) text = hidden = hide_secrets(text);
  std::string out;
  while (!text.empty()) {
    const std::size_t gap = std::min(text.find_first_not_of(kBlanks), text.size());
    out += text.substr(0, gap);
    text.remove_prefix(gap);
    const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
    const std::size_t mark = word.find(kMark);
    if (mark == std::string_view::npos) {
      out += has_credentials(word) ? kHidden : word;
      text.remove_prefix(word.size());
      continue;
    }
    std::size_t begin = mark;
    while (begin > 0 && all_of(word.substr(begin - 1, 1), "+.-")) --begin;
    const std::size_t end = std::min(word.find_first_of("\"'<>", mark), word.size());
    out += word.substr(0, begin);
    const std::string_view scheme = word.substr(begin, mark - begin);
    const std::string_view rest = word.substr(mark + kMark.size(), end - mark - kMark.size());
    auto shown = shown_url(scheme, rest);
    // Another URL may follow, but a password may have a quote in it as well.
    if (word.find('@', end) < word.find(kMark, end)) shown.reset();
    if (!shown && !rest.empty()) return out.append(scheme).append(kMark).append(kHidden);
    out += shown ? *shown : std::string(scheme) + std::string(kMark);
    text.remove_prefix(end);
  }
  return out;
}

std::string scheme_only(std::string_view url) {
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || !is_scheme(url.substr(0, colon))) return std::string(kHidden);
  const bool slashes = url.substr(colon).starts_with(kMark);
  return std::string(url.substr(0, colon)) + (slashes ? "://***" : ":***");
}

bool names_secret(std::string_view name) {
  constexpr std::string_view kSigns[] = {"pass",    "pwd",       "secret",     "token",  "credential",
                                         "auth",    "cookie",    "apikey",     "api_key", "api-key",
                                         "access_key", "access-key", "private", "jwt",   "bearer",
                                         "signature"};
  const std::string word = to_lower(name);
  return std::any_of(std::begin(kSigns), std::end(kSigns),
                     [&](auto sign) { return word.find(sign) != std::string::npos; });
}

bool is_harmless(std::string_view variable, std::string_view value) {
  constexpr std::string_view kNames[] = {
      "PATH",     "HOME",    "USER",        "LOGNAME",   "SHELL", "TERM",  "TZ",   "LANG",
      "LANGUAGE", "PWD",     "TMPDIR",      "HOSTNAME",  "HOST",  "PORT",  "ENV",  "NODE_ENV",
      "NO_COLOR", "DEBUG",   "LOG_LEVEL",   "LOGLEVEL",  "RUST_LOG", "RUST_BACKTRACE"};
  constexpr std::string_view kPrefixes[] = {"LC_", "PYTHON", "XDG_"};
  constexpr std::string_view kWords[] = {"debug", "info", "warn", "warning", "error", "production",
                                         "development", "test"};
  constexpr std::size_t kLongestNumber = 5;
  const auto equals = [](std::string_view text) { return [text](auto one) { return text == one; }; };
  if (names_secret(variable)) return false;
  if (hide_passwords(value) != value) return false;
  if (std::any_of(std::begin(kNames), std::end(kNames), equals(variable))) return true;
  if (std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                  [&](auto prefix) { return variable.starts_with(prefix); }))
    return true;
  return parse_boolean(value).has_value() || (value.size() <= kLongestNumber && is_number(value)) ||
         std::any_of(std::begin(kWords), std::end(kWords), equals(value));
}

}  // namespace usher
