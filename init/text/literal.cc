#include "init/text/literal.h"

#include "init/text/regex_syntax.h"

namespace usher {
namespace {

class Runs {
 public:
  void walk(const RegexNode& node) {
    using Kind = RegexNode::Kind;
    switch (node.kind) {
      case Kind::empty:
      case Kind::assertion: return;  // nothing is read there
      case Kind::bytes: return node.bytes.count() == 1 ? add(node.bytes) : end();
      case Kind::choice: return end();  // either side would do
      case Kind::repeat:
        if (node.least > 0) walk(node.parts[0]);
        return end();
      case Kind::group:
      case Kind::sequence:
        for (const RegexNode& part : node.parts) walk(part);
        return;
    }
  }
  std::string longest() {
    end();
    return longest_;
  }

 private:
  void add(const ByteSet& one) {
    std::size_t byte = 0;
    while (!one[byte]) ++byte;
    run_ += static_cast<char>(byte);
  }
  void end() {
    if (run_.size() > longest_.size()) longest_ = run_;
    run_.clear();
  }

  std::string run_, longest_;
};

}  // namespace

std::string required_literal(std::string_view ere, PatternOptions options) {
  const RegexSyntax syntax = parse_regex(ere, options.ignore_case);
  if (!syntax.problem.empty()) return {};
  Runs runs;
  runs.walk(syntax.tree);
  return runs.longest();
}

}  // namespace usher
