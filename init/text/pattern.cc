#include "init/text/pattern.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "init/text/pattern_cost.h"

namespace usher {
namespace {

constexpr std::size_t kLongestPattern = 4096;
constexpr std::size_t kLongestForFirst = 4096;

// glibc adds a state of some kilobytes to its tables for every new situation it meets while it
// matches, and never lets one go. Starting afresh after this much text bounds them, at the price
// of some microseconds.
constexpr std::size_t kFreshAfter = 64 * 1024;

// A compiled regex_t, or the reason why there is none.
class Regex {
 public:
  explicit Regex(const std::string& ere) : error_(::regcomp(&regex_, ere.c_str(), REG_EXTENDED)) {}
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;
  ~Regex() {
    if (ok()) ::regfree(&regex_);
  }

  bool ok() const { return error_ == 0; }
  const regex_t& get() const { return regex_; }
  std::string error() const {
    std::array<char, 128> text{};
    ::regerror(error_, &regex_, text.data(), text.size());
    return text.data();
  }

 private:
  regex_t regex_{};
  int error_;
};

// Runs the expression over all of `line`, which holds no NUL.
template <std::size_t N>
bool run(const regex_t& regex, std::string_view line, std::size_t wanted,
         std::array<regmatch_t, N>& found) {
// AddressSanitizer takes regexec() to read up to a NUL, whatever its flags say.
#if defined(REG_STARTEND) && !defined(__SANITIZE_ADDRESS__)
  found[0].rm_so = 0;
  found[0].rm_eo = static_cast<regoff_t>(line.size());
  return ::regexec(&regex, line.data(), wanted, found.data(), REG_STARTEND) == 0;
#else
  return ::regexec(&regex, std::string(line).c_str(), wanted, found.data(), 0) == 0;
#endif
}

// In POSIX syntax glibc's '.' takes any byte but NUL, and a C library without REG_STARTEND would
// take NUL for the end. Another control character in its place moves nothing.
std::string_view without_nul(std::string_view line, std::string& storage) {
  if (line.find('\0') == std::string_view::npos) return line;
  storage = line;
  std::replace(storage.begin(), storage.end(), '\0', '\x01');
  return storage;
}

// regexec looks for a match from each byte anew, which is quadratic for "a.*b". Bound to the start
// of the line by "^.*" the same expression reads the line once: so it answers whether there is a
// match at all. The cost check has seen to it that parentheses in `ere` close within it.
struct Machine {
  Regex plain;
  Regex anchored;

  explicit Machine(const std::string& ere) : plain(ere), anchored("^.*(" + ere + ')') {}
  bool ok() const { return plain.ok() && anchored.ok(); }
};

}  // namespace

struct Pattern::Compiled {
  std::string ere;
  std::unique_ptr<const Machine> machine;
  std::size_t scanned = 0;

  explicit Compiled(std::string_view text)
      : ere(text), machine(std::make_unique<const Machine>(ere)) {}

  void count(std::size_t bytes) {
    scanned += bytes;
    if (scanned < kFreshAfter) return;
    scanned = 0;
    auto fresh = std::make_unique<const Machine>(ere);
    if (fresh->ok()) machine = std::move(fresh);  // else there is no memory: the old one will do
  }
};

Pattern::Pattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

std::string Pattern::problem(std::string_view ere) {
  if (ere.empty()) return "it is empty and would match any line";
  if (ere.size() > kLongestPattern) return "it is longer than 4096 bytes";
  if (ere.find('\0') != std::string_view::npos) return "it holds a NUL byte";
  const std::string_view cost = pattern_cost_problem(ere);
  if (!cost.empty()) return std::string(cost);

  const Machine machine{std::string(ere)};
  if (!machine.plain.ok()) return machine.plain.error();
  if (!machine.anchored.ok()) return machine.anchored.error();
  return {};
}

std::optional<Pattern> Pattern::compile(std::string_view ere) {
  if (!problem(ere).empty()) return std::nullopt;
  auto compiled = std::make_unique<Compiled>(ere);
  if (!compiled->machine->ok()) return std::nullopt;
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view line) const {
  std::string storage;
  const std::string_view text = without_nul(line, storage);
  compiled_->count(text.size());
  std::array<regmatch_t, 1> found{};
  return run(compiled_->machine->anchored.get(), text, 0, found);
}

std::optional<std::string> Pattern::find(std::string_view line) const {
  if (!matches(line)) return std::nullopt;
  std::string storage;
  const std::string_view text = without_nul(line, storage);
  const bool first = text.size() <= kLongestForFirst;
  const Regex& regex = first ? compiled_->machine->plain : compiled_->machine->anchored;
  // The anchored form has a group of its own around the whole match.
  const std::size_t whole = first ? 0 : 1;
  std::array<regmatch_t, 3> found{};
  if (!run(regex.get(), text, whole + 2, found)) return std::nullopt;
  const regmatch_t& group = found[whole + 1];
  const bool has_group = regex.get().re_nsub > whole && group.rm_so >= 0;
  const regmatch_t& part = has_group ? group : found[whole];
  return std::string(line.substr(static_cast<std::size_t>(part.rm_so),
                                 static_cast<std::size_t>(part.rm_eo - part.rm_so)));
}

}  // namespace usher
