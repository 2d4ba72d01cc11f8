// Metrics as Prometheus reads them: OpenMetrics, or its older text format for who asks for that.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace usher {

class MetricsText {
 public:
  enum class Format : std::uint8_t { openmetrics, plain };
  enum class Type : std::uint8_t { gauge, counter };
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  // `labels` stand at every sample, before its own.
  MetricsText(Format format, Labels labels);

  // A family begins; its samples follow. The name of a counter is without "_total", which its
  // samples have; a unit is the end of the name.
  void family(std::string_view name, Type type, std::string_view help, std::string_view unit = {});
  void sample(double value, Labels labels = {});
  void sample(std::uint64_t value, Labels labels = {});

  void histogram_family(std::string_view name, std::string_view help, std::string_view unit);
  // `counts` has one more than `bounds`: what lay above all. They are not yet cumulative.
  void histogram(std::span<const double> bounds, std::span<const std::uint64_t> counts, double sum,
                 Labels labels);

  // The whole text; nothing follows.
  std::string finish();
  static std::string_view content_type(Format format);

 private:
  void head(std::string_view name, std::string_view type, std::string_view help,
            std::string_view unit);
  void line(std::string_view suffix, std::string_view value, Labels labels, Label last = {});

  Format format_;
  std::string common_;  // the labels of every sample, as text
  std::string out_;
  std::string name_;
  std::string_view suffix_;
};

}  // namespace usher
