#pragma once
#include <optional>
#include <string>
#include <string_view>
namespace usher {
class Pattern { public: static std::optional<Pattern> compile(std::string_view p) { Pattern x; x.p_ = p; return x; }
 bool matches(std::string_view l) const { return l.find(p_) != std::string_view::npos; }
 std::optional<std::string> find(std::string_view l) const { if (matches(l)) return std::string(l); return {}; }
 private: std::string p_; };
}
