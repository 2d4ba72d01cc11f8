#include "init/cli/report_chart.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "init/base/controls.h"
#include "init/base/utc.h"
#include "init/cli/text_table.h"
#include "init/timeline/facts.h"

namespace usher {
namespace {

constexpr std::string_view kHead = "EXIT";
constexpr std::size_t kMostLabel = 24, kMostOutcome = 24, kLeastBar = 16, kGap = 2, kNameWidth = 12,
                      kNarrow = 60, kLeastWidth = 40;

struct Look {
  const char* glyph;
  char plain;
  std::string_view colour;
};

// From light to dark as a life gets on, so that it can be read without colours, too.
const Look& look_of(Phase phase) {
  static constexpr std::array<Look, kPhaseCount> kLooks{{{"\xE2\x96\x91", '.', "\x1b[34m"},  // ░
                                                         {"\xE2\x96\x92", ':', kYellow},     // ▒
                                                         {"\xE2\x96\x88", '#', kGreen},      // █
                                                         {"\xC3\x97", 'x', kRed},            // ×
                                                         {"\xC2\xB7", '-', "\x1b[35m"},      // ·
                                                         {"\xE2\x96\x93", '=', "\x1b[36m"}}};  // ▓
  return kLooks[static_cast<std::size_t>(phase)];
}

// Where a line of at most `most` columns ends: after its last whole word, or in one that is longer.
std::size_t line_end(std::string_view text, std::size_t most) {
  std::size_t end = 0, columns = 0;
  for (; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) continue;
    if (columns++ == most) break;
  }
  if (end == text.size() || text[end] == ' ') return end;
  const std::size_t space = text.substr(0, end).rfind(' ');
  return space == text.npos ? end : space;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t most) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = line_end(text, most);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(
        std::min(text.size(), end + (end < text.size() && text[end] == ' ' ? 1 : 0)));
  }
  return lines;
}

class Chart {
 public:
  Chart(const Timeline& timeline, ChartStyle style) : timeline_(timeline), style_(style) {
    style_.width = std::max(style.width, kLeastWidth);
    for (const TimelineRow& row : timeline.rows) {
      label_ = std::max(label_,
                        std::min({text_columns(shown(row.label)), kMostLabel, style_.width / 3}));
      outcome_ = std::max(outcome_, std::min(text_columns(outcome_of(row)), kMostOutcome));
    }
    // What is left for the bar; where that is too little, the outcome goes below it.
    const std::size_t others = label_ + kGap + kGap + outcome_;
    beside_ = style_.width >= others + kLeastBar;
    const std::size_t taken = beside_ ? others : label_ + kGap;
    bar_ = std::max(style_.width, taken + kLeastBar) - taken;
    if (style_.width >= kNarrow) indent_ = label_ + kGap;
  }

  std::string text() {
    heading();
    axis();
    for (const TimelineRow& row : timeline_.rows) add_row(row);
    legend();
    return std::move(out_);
  }

 private:
  std::string shown(std::string_view text) const {
    std::string safe = escape_controls(text);
    if (style_.utf8) return safe;
    std::string plain;
    for (const char c : safe) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) plain += c;
      if (byte >= 0xC0) plain += '?';
    }
    return plain;
  }

  std::string cut(std::string_view text, std::size_t most) const {
    if (style_.utf8) return shortened(text, most);
    return std::string(text.substr(0, most));
  }

  std::string outcome_of(const TimelineRow& row) const {
    return std::to_string(row.life.exit_code) + ' ' + shown(outcome(row.life));
  }

  std::string painted(std::string_view colour, std::string_view text) const {
    if (!style_.colour || text.empty()) return std::string(text);
    return std::string(colour) + std::string(text) + std::string(kPlain);
  }

  void end_line() {
    out_.erase(out_.find_last_not_of(' ') + 1);
    out_ += '\n';
  }

  void heading() {
    const std::size_t count = timeline_.rows.size();
    std::string when = utc_text(timeline_.begin).substr(0, 23);
    when[10] = ' ';
    const std::string what = std::to_string(count) + (count == 1 ? " service" : " services") +
                             " in " + human(timeline_.length);
    out_ +=
        painted(kBold, what) + cut(", from " + when + " UTC", style_.width - what.size()) + "\n\n";
  }

  void axis() {
    const auto marks = axis_marks(timeline_.length, std::max<std::size_t>(bar_ / 8, 2));
    std::string labels;
    std::vector<bool> marked(bar_);
    for (const auto mark : marks) {
      const double share = timeline_.length.count() > 0
                               ? double(mark.count()) / double(timeline_.length.count())
                               : 0;
      const std::size_t at = std::min(static_cast<std::size_t>(share * double(bar_)), bar_ - 1);
      const std::string text = mark_text(mark);
      marked[at] = true;
      const std::size_t place = std::min(at, bar_ - text.size());  // the last may end with the axis
      if (place > 0 && place < labels.size() + 1) continue;
      labels.append(place - labels.size(), ' ');
      labels += text;
    }
    labels.append(bar_ - labels.size() + kGap, ' ');
    out_ += std::string(label_ + kGap, ' ') +
            painted(kDim, labels + std::string(beside_ ? kHead : std::string_view()));
    end_line();
    std::string line;
    for (std::size_t i = 0; i < bar_; ++i) line += rule(i, marked[i]);
    out_ += std::string(label_ + kGap, ' ') + painted(kDim, line) + '\n';
  }

  const char* rule(std::size_t at, bool marked) const {
    if (!style_.utf8) return marked ? "+" : "-";
    if (marked) return at == 0 ? "\xE2\x94\x9C" : "\xE2\x94\xBC";  // ├ ┼
    return "\xE2\x94\x80";                                         // ─
  }

  void add_row(const TimelineRow& row) {
    const std::string label = cut(shown(row.label), label_);
    out_ += painted(kBold, label) + std::string(label_ + kGap - text_columns(label), ' ');
    add_bar(row);
    const auto colour = row.life.exit_code == 0 ? kGreen : kRed;
    if (beside_) {
      out_ += std::string(kGap, ' ') + painted(colour, cut(outcome_of(row), outcome_));
      end_line();
    } else {
      end_line();
      add_below("", "exit " + outcome_of(row), colour);
    }
    add_below("", phase_sums(row.life), kDim);
    for (const Fact& fact : facts_of(row.life)) add_below(fact.name, fact.value, kDim);
    out_ += '\n';
  }

  void add_bar(const TimelineRow& row) {
    const auto columns = bar_columns(timeline_, row, bar_);
    for (std::size_t i = 0; i < columns.size();) {
      std::size_t end = i;
      std::string run;
      for (; end < columns.size() && columns[end] == columns[i]; ++end)
        run += !columns[i] ? " " : glyph(*columns[i]);
      out_ += columns[i] ? painted(look_of(*columns[i]).colour, run) : run;
      i = end;
    }
  }

  std::string glyph(Phase phase) const {
    const Look& look = look_of(phase);
    return style_.utf8 ? std::string(look.glyph) : std::string(1, look.plain);
  }

  // A text in lines under the bar, its name before the first of them.
  void add_below(std::string_view name, std::string_view text, std::string_view colour) {
    const std::size_t indent = name.empty() ? 0 : kNameWidth, before = indent_ + indent;
    std::string head(name);
    for (const std::string& line :
         wrapped(shown(text), std::max(style_.width, before + kLeastBar) - before)) {
      head.resize(indent, ' ');
      out_ += std::string(indent_, ' ') + painted(colour, head + line) + '\n';
      head.clear();
    }
  }

  void legend() {
    std::array<bool, kPhaseCount> seen{};
    for (const TimelineRow& row : timeline_.rows)
      for (const PhaseSpan& span : row.life.spans)
        seen[static_cast<std::size_t>(span.phase)] = true;
    std::size_t at = 0;
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      if (!seen[i]) continue;
      const auto phase = static_cast<Phase>(i);
      const std::string name(to_string(phase));
      if (at > 0 && at + 2 + name.size() > style_.width) {
        end_line();
        at = 0;
      }
      out_ += painted(look_of(phase).colour, glyph(phase)) + ' ' + name + "  ";
      at += 2 + name.size() + 2;
    }
    end_line();
  }

  const Timeline& timeline_;
  ChartStyle style_;
  std::size_t label_ = 0, outcome_ = kHead.size(), bar_ = 0;
  std::size_t indent_ = kGap;  // of what stands below a bar
  bool beside_ = true;         // the outcome stands beside the bar
  std::string out_;
};

// Gives `span` a column of its own, if it has none and a neighbour has more than one.
void claim_column(std::vector<std::optional<Phase>>& columns, std::size_t at, Phase phase) {
  const auto owner = columns[at];
  const bool spare = !owner || (at > 0 && columns[at - 1] == owner) ||
                     (at + 1 < columns.size() && columns[at + 1] == owner);
  if (spare) columns[at] = phase;
}

}  // namespace

std::vector<std::optional<Phase>> bar_columns(const Timeline& timeline, const TimelineRow& row,
                                              std::size_t columns) {
  std::vector<std::optional<Phase>> shown(columns);
  std::vector<double> most(columns, 0.0);
  std::vector<bool> seen(row.life.spans.size());
  const auto at = [&](std::chrono::microseconds time) {
    return timeline.share(row, time) * double(columns);
  };
  const auto column = [&](double where) {
    return std::min(static_cast<std::size_t>(where), columns - 1);
  };
  std::vector<std::size_t> owner(columns, row.life.spans.size());
  for (std::size_t i = 0; i < row.life.spans.size(); ++i) {
    const double from = at(row.life.spans[i].begin), to = at(row.life.spans[i].end);
    for (std::size_t c = column(from); c < columns && double(c) < to; ++c) {
      const double covered = std::min(to, double(c + 1)) - std::max(from, double(c));
      if (covered <= most[c]) continue;
      most[c] = covered;
      owner[c] = i;
      shown[c] = row.life.spans[i].phase;
    }
  }
  for (const std::size_t i : owner)
    if (i < seen.size()) seen[i] = true;
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (!seen[i]) claim_column(shown, column(at(row.life.spans[i].begin)), row.life.spans[i].phase);
  return shown;
}

std::string report_chart(const Timeline& timeline, ChartStyle style) {
  return Chart(timeline, style).text();
}

}  // namespace usher
