#include "init/config/expand.h"

#include <cstring>
#include <utility>

#include "init/base/known_secrets.h"
#include "init/base/text.h"

namespace usher {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 20;
constexpr int kDeepest = 16;
constexpr std::size_t kLargestSecret = std::size_t{64} << 10;

bool is_name_character(char c, bool first) {
  return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (!first && c >= '0' && c <= '9');
}

class Expander {
 public:
  Expander(std::string_view text, const Environment& environment, bool pattern, const ReadyValue* ready)
      : rest_(text), environment_(environment), pattern_(pattern), ready_(ready) {}

  Expansion run() {
    copy(result_.text, 0, true);
    if (has_ready_) put_ready();
    if (result_.problem.empty() && result_.text.size() > kLongest) too_long();
    return std::move(result_);
  }

 private:
  // Up to the end, or inside braces up to the closing one. What is not `wanted` is read for its
  // shape only: a default that is not used may name variables that are not set.
  void copy(std::string& out, int depth, bool wanted) {
    while (!rest_.empty() && result_.problem.empty()) {
      const char c = rest_.front();
      const char next = rest_.size() > 1 ? rest_[1] : '\0';
      if (depth > 0 && c == '}') return;
      if (c == '$' && next == '{') {
        variable(out, depth + 1, wanted);
      } else if (c == '$' && next == '$') {
        out += '$';
        rest_.remove_prefix(2);
      } else {
        const std::size_t length = pattern_ && c == '\\' && rest_.size() > 1 ? 2 : 1;
        out += rest_.substr(0, length);
        rest_.remove_prefix(length);
      }
      if (out.size() > kLongest) return too_long();
    }
  }

  void variable(std::string& out, int depth, bool wanted) {
    const std::string_view whole = rest_;
    rest_.remove_prefix(2);
    std::size_t length = 0;
    while (length < rest_.size() && is_name_character(rest_[length], length == 0)) ++length;
    const std::string_view name = rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (depth > kDeepest) return misshapen(whole);
    if (name == "file" && rest_.size() > 1 && rest_[0] == ':' && rest_[1] != '-' && rest_[1] != '?')
      return file(out, depth, wanted, whole);
    if (name == "ready" && rest_.starts_with('.')) return ready(out, whole);
    std::string_view form = rest_.substr(0, 2);
    if (form != ":-" && form != ":?") form = {};
    rest_.remove_prefix(form.size());

    const auto found = environment_.find(name);
    const bool present = found && (form.empty() || !found->empty());
    std::string alternative;
    if (!form.empty()) copy(alternative, depth, wanted && !present);
    if (!result_.problem.empty()) return;
    if (name.empty() || rest_.empty() || rest_.front() != '}') return misshapen(whole);
    rest_.remove_prefix(1);

    result_.used_variable = true;
    if (present) {
      out += *found;
    } else if (form == ":-") {
      out += alternative;
    } else if (wanted) {
      result_.problem = std::string(name) + " is not set";
      if (form == ":?" && !alternative.empty()) result_.problem = std::string(name) + ": " + alternative;
      if (form.empty())
        result_.problem += "; set it, or give a default with ${" + std::string(name) + ":-...}";
      result_.missing = true;
    }
  }

  void file(std::string& out, int depth, bool wanted, std::string_view whole) {
    rest_.remove_prefix(1);
    std::string path;
    copy(path, depth, wanted);
    if (!result_.problem.empty()) return;
    if (rest_.empty()) return misshapen(whole);
    rest_.remove_prefix(1);
    if (!wanted) return;
    Expansion read = read_secret_file(path, environment_);
    out += read.text;
    if (read.problem.empty()) {
      result_.used_variable = result_.used_file = true;
    } else {
      result_.problem = std::move(read.problem);
      result_.absent = read.absent;
      result_.unread = read.unread;
    }
  }

  // Is put in when all the rest is known: between two NULs, which no text may have.
  void ready(std::string& out, std::string_view whole) {
    const std::string_view part = rest_.substr(1, rest_.find('}') - 1);
    const bool known = part_of({}, part, true).has_value() && part.size() + 1 < rest_.size();
    if (!known || !ready_) {
      result_.problem = known ? "${ready." + std::string(part) + "} is known in [[health]] alone, to probes that do not look at the service itself"
                              : "cannot read " + in_quotes(whole) +
                                    "; what readiness finds has ${ready.value}, ${ready.host} and ${ready.port}";
      return;
    }
    rest_.remove_prefix(part.size() + 2);
    result_.used_variable = has_ready_ = true;
    out += '\0' + std::string(part) + '\0';
  }

  void put_ready() {
    const std::string marked = std::exchange(result_.text, {});
    std::string_view rest = marked;
    while (!rest.empty()) {
      const std::size_t begin = rest.find('\0'), end = begin == rest.npos ? begin : rest.find('\0', begin + 1);
      const std::string_view name = end == rest.npos ? "" : rest.substr(begin + 1, end - begin - 1);
      const auto part = part_of(*ready_, name, name.size() + 2 == marked.size());
      const std::string_view plain = rest.substr(0, part ? begin : rest.npos);
      result_.text += plain;
      // With what follows, before which a dollar means something.
      result_.late += escape_dollars(std::string(plain) + '{', pattern_);
      result_.late.pop_back();
      if (!part) return;
      if (part->empty())
        result_.problem = "there is no ${ready." + std::string(name) + "} in what readiness has found";
      result_.text += *part;
      result_.late += "${ready." + std::string(name) + '}';
      rest.remove_prefix(end + 1);
    }
  }

  void misshapen(std::string_view at) {
    result_.problem = "cannot read " + in_quotes(at) +
                      "; write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:/PATH}, and $$ for a dollar";
  }
  void too_long() { result_.problem = "expands to more than 1 MiB"; }

  std::string_view rest_;
  const Environment& environment_;
  const bool pattern_;
  const ReadyValue* const ready_;
  bool has_ready_ = false;
  Expansion result_;
};

}  // namespace

std::optional<std::string_view> Environment::find(std::string_view name) const {
  if (name.empty()) return {};  // and may point nowhere
  for (const char* const* entry = block_; entry && *entry; ++entry)
    if (std::strncmp(*entry, name.data(), name.size()) == 0 && (*entry)[name.size()] == '=')
      return std::string_view(*entry + name.size() + 1);
  return {};
}

Expansion read_secret_file(const std::string& path, const Environment& environment) {
  Expansion secret;
  if (!path.starts_with('/')) {
    secret.problem = "expected the absolute path of a file, got " + in_quotes(path);
    return secret;
  }
  secret.unread = environment.reader() == nullptr;
  FileText file;
  if (secret.unread)
    file.problem = "files are not read here";
  else
    file = environment.reader()(path, kLargestSecret);
  if (!file.problem.empty()) {
    secret.problem = "cannot read " + in_quotes(path) + ": " + file.problem;
    secret.absent = file.absent;
    return secret;
  }
  if (file.text.ends_with('\n')) file.text.pop_back();
  note_secret(file.text);
  secret.text = std::move(file.text);
  secret.used_file = true;
  return secret;
}

Expansion expand(std::string_view text, const Environment& environment, bool pattern, const ReadyValue* ready) {
  return Expander(text, environment, pattern, ready).run();
}

std::string escape_dollars(std::string_view text, bool pattern) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (pattern && text[i] == '\\' && i + 1 < text.size()) {
      out += text[++i];
      continue;
    }
    if (text[i] == '$' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '$')) out += '$';
  }
  return out;
}

}  // namespace usher
