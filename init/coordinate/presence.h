// Whether an instance of usher lives beside us, though it has our name.
#pragma once

#include <string>

#include "init/os/fd.h"

namespace usher {

// A name that stands in the network namespace for as long as this lives. Two containers of one host
// name are two instances where they share that namespace (as with the host's network); where they do
// not, one that has our name is taken for our own earlier life until it shows that it lives.
class Presence {
 public:
  Presence();

  // Of this life, hexadecimal.
  const std::string& token() const { return token_; }
  // Whether the life with this token goes on, as far as it can be seen from here.
  static bool is_here(const std::string& token);

 private:
  std::string token_;
  Fd socket_;
};

}  // namespace usher
