#pragma once
#include <string>
#include <string_view>
namespace usher {
class LineScanner {
 public:
  template <class S> void feed(std::string_view b, S&& s) {
    buf_ += b; size_t p;
    while ((p = buf_.find('\n')) != std::string::npos) { s(std::string_view(buf_).substr(0,p)); buf_.erase(0,p+1);} }
  template <class S> void finish(S&& s) { if (!buf_.empty()) s(std::string_view(buf_)); buf_.clear(); }
 private: std::string buf_;
};
}
