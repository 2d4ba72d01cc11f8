#include "init/timeline/page.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "init/base/controls.h"
#include "init/base/utc.h"
#include "init/timeline/facts.h"
#include "init/timeline/page_style.h"

namespace usher {
namespace {

using std::chrono::microseconds;

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.3f%%", share * 100);
  return text;
}

std::string clock_text(LifeRecord::Time time) {
  std::string text = utc_text(time).substr(0, 23);
  text[10] = ' ';
  return text + " UTC";
}

// Where a bar is within its picture, and how high: what only waits is lower than what runs.
struct Shape {
  int y, height;
};
constexpr int kPictureHeight = 40;
constexpr Shape shape_of(Phase phase) {
  if (phase == Phase::waiting || phase == Phase::backoff) return {14, 12};
  return {4, 32};
}

class Page {
 public:
  explicit Page(const Timeline& timeline) : timeline_(timeline) {}

  std::string text() {
    const std::string title = heading();
    out_ = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    out_ += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    out_ += "<meta name=\"color-scheme\" content=\"light dark\">\n";
    out_ +=
        "<title>" + title + "</title>\n<style>" + std::string(kPageStyle) + "</style>\n</head>\n";
    out_ += "<body>\n<main>\n<h1>" + title + "</h1>\n";
    out_ += "<p class=\"when\">From " + clock_text(timeline_.begin) + "</p>\n";
    legend();
    axis();
    for (std::size_t i = 0; i < timeline_.rows.size(); ++i) add_row(timeline_.rows[i], i);
    out_ += "</main>\n</body>\n</html>\n";
    return std::move(out_);
  }

 private:
  std::string heading() const {
    const std::size_t count = timeline_.rows.size();
    const std::string who =
        count == 1 ? html_escaped(timeline_.rows[0].label) : std::to_string(count) + " services";
    return who + " in " + human(timeline_.length);
  }

  void legend() {
    std::array<bool, kPhaseCount> seen{};
    for (const TimelineRow& row : timeline_.rows)
      for (const PhaseSpan& span : row.life.spans)
        seen[static_cast<std::size_t>(span.phase)] = true;
    out_ += "<ul class=\"legend\" aria-label=\"Phases\">\n";
    for (std::size_t i = 0; i < kPhaseCount; ++i) {
      if (!seen[i]) continue;
      const std::string name(to_string(static_cast<Phase>(i)));
      out_ += "<li><span class=\"key " + name + "\"></span>" + name + "</li>\n";
    }
    out_ += "</ul>\n";
  }

  // Narrow screens show each second mark only.
  void axis() {
    out_ += "<div class=\"axis\" aria-hidden=\"true\">\n<svg width=\"100%\" height=\"24\">\n";
    const auto marks = axis_marks(timeline_.length, kMarks);
    for (std::size_t i = 0; i < marks.size(); ++i) {
      const double share = share_of(marks[i]);
      const char* anchor = share < 0.02 ? "start" : share > 0.95 ? "end" : "middle";
      out_ += "<text" + wide_only(i) + " x=\"" + percent(share) + "\" y=\"16\" text-anchor=\"" +
              anchor + "\">" + mark_text(marks[i]) + "</text>\n";
    }
    out_ += "</svg>\n</div>\n";
  }

  static std::string wide_only(std::size_t mark) { return mark % 2 == 0 ? "" : " class=\"wide\""; }

  double share_of(microseconds at) const {
    return timeline_.length.count() > 0 ? double(at.count()) / double(timeline_.length.count()) : 0;
  }

  void add_row(const TimelineRow& row, std::size_t index) {
    const LifeRecord& life = row.life;
    out_ += "<section>\n<header><h2>" + html_escaped(row.label) + "</h2>";
    out_ += std::string("<p class=\"outcome ") + (life.exit_code == 0 ? "good" : "bad") +
            "\"><b>exit " + std::to_string(life.exit_code) + "</b> " + html_escaped(outcome(life)) +
            "</p></header>\n";
    add_picture(row, "row" + std::to_string(index));
    out_ += "<p class=\"sums\">" + html_escaped(phase_sums(life)) + "</p>\n";
    add_facts(life);
    out_ += "</section>\n";
  }

  void add_picture(const TimelineRow& row, const std::string& id) {
    out_ += "<svg class=\"bar\" role=\"img\" width=\"100%\" height=\"" +
            std::to_string(kPictureHeight) + "\" aria-labelledby=\"" + id + "-title " + id +
            "-desc\">\n";
    out_ += "<title id=\"" + id + "-title\">" + html_escaped(row.label) + " over time</title>\n";
    out_ += "<desc id=\"" + id + "-desc\">" + html_escaped(phase_sums(row.life)) + "</desc>\n";
    const auto marks = axis_marks(timeline_.length, kMarks);
    for (std::size_t i = 0; i < marks.size(); ++i)
      out_ += "<line class=\"grid" + std::string(i % 2 == 0 ? "" : " wide") + "\" x1=\"" +
              percent(share_of(marks[i])) + "\" x2=\"" + percent(share_of(marks[i])) +
              "\" y1=\"0\" y2=\"100%\"/>\n";
    for (const PhaseSpan& span : row.life.spans) add_span(row, span);
    out_ += "</svg>\n";
  }

  void add_span(const TimelineRow& row, const PhaseSpan& span) {
    const double from = timeline_.share(row, span.begin),
                 width = timeline_.share(row, span.end) - from;
    const auto [y, height] = shape_of(span.phase);
    const std::string name(to_string(span.phase)),
        place = "y=\"" + std::to_string(y) + "\" height=\"" + std::to_string(height) + "\"";
    const std::string lasted = human(span.end - span.begin);
    out_ += "<g class=\"" + name + "\"><title>" + html_escaped(told(span, lasted)) + "</title>";
    // Never too narrow to be seen, and never beyond the end.
    if (width < kLeastShare)
      out_ += "<rect x=\"" + percent(std::min(from, 1 - kLeastShare)) + "\" width=\"3\" " + place +
              "/>";
    else
      out_ += "<rect x=\"" + percent(from) + "\" width=\"" + percent(width) + "\" " + place +
              " rx=\"2\"/>";
    if (height > 20 && width > kLabelShare)
      out_ += std::string("<text") + (width < 2.5 * kLabelShare ? " class=\"wide\"" : "") +
              " x=\"" + percent(from + width / 2) + "\" y=\"25\" text-anchor=\"middle\">" +
              (width > 2 * kLabelShare ? name_only_wide(name) : "") + lasted + "</text>";
    out_ += "</g>\n";
  }

  static std::string name_only_wide(const std::string& name) {
    return "<tspan class=\"wide\">" + name + " </tspan>";
  }

  static std::string told(const PhaseSpan& span, const std::string& lasted) {
    std::string text(to_string(span.phase));
    if (!span.state.empty() && span.state != text) text += " (" + span.state + ')';
    text += ": " + lasted + ", from " + human(span.begin) + " after its start";
    return span.ended.empty() ? text : text + "; the service ended: " + span.ended;
  }

  void add_facts(const LifeRecord& life) {
    std::vector<Fact> facts = facts_of(life);
    facts.push_back({"started", clock_text(life.started) +
                                    (life.instance.empty() ? "" : " on " + life.instance)});
    out_ += "<dl>\n";
    for (const Fact& fact : facts)
      out_ += "<dt>" + fact.name + "</dt><dd>" + html_escaped(fact.value) + "</dd>\n";
    out_ += "</dl>\n";
  }

  static constexpr std::size_t kMarks = 8;
  static constexpr double kLeastShare = 0.004;  // of the axis: a bar of a few pixels
  static constexpr double kLabelShare = 0.08;   // where its duration fits into it, on a wide screen

  const Timeline& timeline_;
  std::string out_;
};

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : escape_controls(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string report_page(const Timeline& timeline) { return Page(timeline).text(); }

}  // namespace usher
