// ${VARIABLE} in a text that has been parsed already, so that no value can become syntax.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "init/base/file.h"
#include "init/text/ready_value.h"

namespace usher {

// Reads a whole file of at most so many bytes, as init/os/configured_path.h does.
using ReadFile = FileText (*)(const std::string& path, std::size_t most);

// An environment block as main() gets it; null is an empty one. With it goes what reads ${file:PATH};
// null: nobody here needs to know what such files hold.
class Environment {
 public:
  explicit Environment(const char* const* block, ReadFile read = nullptr)
      : block_(block), read_file_(read) {}
  std::optional<std::string_view> find(std::string_view name) const;
  const char* const* block() const { return block_; }
  ReadFile reader() const { return read_file_; }

 private:
  const char* const* block_;
  ReadFile read_file_;
};

struct Expansion {
  std::string text;
  bool used_variable = false;
  std::string problem;   // empty: none
  bool missing = false;  // the problem is a variable that is not set, not the way it is written
  bool used_file = false;  // the text is a secret, or has one in it
  bool absent = false;     // the problem is a file that is not there
  bool unread = false;     // the problem is that there is a file, and nobody who reads it
  std::string late{};      // not empty: ${ready.value} is in it, and this is the text with that left as it is
};

// What a file of a secret holds: all of it but a final newline. It is a known secret from then on.
Expansion read_secret_file(const std::string& path, const Environment& environment);

// ${NAME}, ${NAME:-default} when unset or empty, ${NAME:?message} likewise; ${file:/PATH} is what a file
// holds, see read_secret_file(); `$$` is a dollar and any other `$` is itself. Defaults, messages and paths may hold expansions. What a variable or a file
// holds is taken as it is. In a `pattern` a backslash and the character after it are copied, `\$` and `\\` included.
// ${ready.value}, ${ready.host} and ${ready.port} are of `ready`; null: they mean nothing here.
Expansion expand(std::string_view text, const Environment& environment, bool pattern = false,
                 const ReadyValue* ready = nullptr);

// Of a text that is to be expanded again: a dollar that would start something is doubled.
std::string escape_dollars(std::string_view text, bool pattern);

}  // namespace usher
