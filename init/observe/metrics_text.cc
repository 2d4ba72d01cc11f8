#include "init/observe/metrics_text.h"

#include <cmath>

#include "init/base/text.h"

namespace usher {
namespace {

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return format_number(value);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

void add_label(std::string& out, MetricsText::Label label) {
  if (!out.empty()) out += ',';
  out += label.first;
  out += "=\"";
  out += escaped(label.second);
  out += '"';
}

}  // namespace

MetricsText::MetricsText(Format format, Labels labels) : format_(format) {
  for (const Label& label : labels) add_label(common_, label);
}

std::string_view MetricsText::content_type(Format format) {
  return format == Format::openmetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

void MetricsText::head(std::string_view name, std::string_view type, std::string_view help,
                       std::string_view unit) {
  name_ = name;
  // The older format names a counter's family as its samples.
  std::string family(name);
  if (format_ == Format::plain) family += suffix_;
  const auto comment = [&](std::string_view what, std::string_view text) {
    out_ += "# ";
    out_ += what;
    out_ += ' ';
    out_ += family;
    out_ += ' ';
    out_ += text;
    out_ += '\n';
  };
  comment("TYPE", type);
  if (format_ == Format::openmetrics && !unit.empty()) comment("UNIT", unit);
  comment("HELP", help);
}

void MetricsText::family(std::string_view name, Type type, std::string_view help,
                         std::string_view unit) {
  suffix_ = type == Type::counter ? "_total" : "";
  head(name, type == Type::counter ? "counter" : "gauge", help, unit);
}

void MetricsText::histogram_family(std::string_view name, std::string_view help,
                                   std::string_view unit) {
  suffix_ = "";
  head(name, "histogram", help, unit);
}

void MetricsText::line(std::string_view suffix, std::string_view value, Labels labels, Label last) {
  out_ += name_;
  out_ += suffix;
  std::string all = common_;
  for (const Label& label : labels) add_label(all, label);
  if (!last.first.empty()) add_label(all, last);
  if (!all.empty()) out_ += '{' + all + '}';
  out_ += ' ';
  out_ += value;
  out_ += '\n';
}

void MetricsText::sample(double value, Labels labels) { line(suffix_, number(value), labels); }

void MetricsText::sample(std::uint64_t value, Labels labels) {
  line(suffix_, std::to_string(value), labels);
}

void MetricsText::histogram(std::span<const double> bounds, std::span<const std::uint64_t> counts,
                            double sum, Labels labels) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
    line("_bucket", std::to_string(below), labels, {"le", bound});
  }
  line("_sum", number(sum), labels);
  line("_count", std::to_string(below), labels);
}

std::string MetricsText::finish() {
  if (format_ == Format::openmetrics) out_ += "# EOF\n";
  return std::move(out_);
}

}  // namespace usher
