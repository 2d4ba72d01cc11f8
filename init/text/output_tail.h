// The end of what a command printed, to say why it failed.
#pragma once

#include <string>
#include <string_view>

namespace usher {

class OutputTail {
 public:
  void add(std::string_view bytes);
  // The last lines in one, without colours and control characters; empty where nothing was printed.
  std::string text() const;

 private:
  std::string kept_;
};

}  // namespace usher
