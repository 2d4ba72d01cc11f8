// Looks for readiness and for the result of a job in the lines of one stream.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "init/loop/loop.h"
#include "init/loop/tap.h"
#include "init/text/line_scanner.h"
#include "init/text/pattern.h"
#include "probes/line_matcher.h"

namespace usher {

class Findings;

class LineWatch : public Tap::Scanner {
 public:
  LineWatch(std::shared_ptr<Findings> findings, WakeUp& wake)
      : findings_(std::move(findings)), wake_(wake) {}
  void add(std::size_t probe, const LineProbe& config);
  void add_result(const std::string& pattern);

  bool scan(std::string_view bytes) override;
  void end_of_output() override;

 private:
  struct Wanted {
    std::size_t probe;
    LineMatcher matcher;
    bool again;  // each time it comes, for max_silence
  };
  void look(std::string_view line);
  bool worth_looking(std::string_view bytes) const;
  bool may_hold(std::string_view bytes, const std::string& literal) const;

  std::shared_ptr<Findings> findings_;
  WakeUp& wake_;
  LineScanner scanner_;
  bool cut_told_ = false;
  std::vector<Wanted> wanted_;
  std::vector<std::size_t> listeners_;  // to anything
  std::optional<Pattern> result_;
  std::string result_literal_;
};

}  // namespace usher
