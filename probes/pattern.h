#pragma once

#include <string>
#include <string_view>

namespace usher {

class Pattern {
 public:
  // What is wrong with a POSIX extended regular expression; empty when nothing is.
  static std::string problem(std::string_view ere);
};

}  // namespace usher
