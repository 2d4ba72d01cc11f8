#include "init/observe/alerts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "init/base/text.h"

namespace usher {
namespace {

std::string per_cent(double share) { return std::to_string(std::lround(100 * share)) + " %"; }

std::string mebibytes(double bytes) {
  return std::to_string(std::lround(bytes / (1 << 20))) + " MiB";
}

// `text` says a number with its unit.
UseFact over(std::optional<double> used, std::optional<double> limit, double share,
             std::string_view what, std::string (*text)(double)) {
  if (!used || !limit || *limit <= 0 || share <= 0) return {};
  const bool is_over = *used >= *limit * share;
  return {is_over, text(*used) + ' ' + std::string(what) + ", " + per_cent(*used / *limit) +
                       " of the limit of " + text(*limit) +
                       (is_over ? ", at or over " : ", below ") + per_cent(share)};
}

std::optional<double> real(std::optional<std::uint64_t> number) {
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

}  // namespace

std::string alert_reference() {
  std::string out = "\n| alert | when | over when | governed by |\n| --- | --- | --- | --- |\n";
  for (const AlertRow& row : kAlerts) {
    out += "| `" + std::string(row.name) + "` | " + std::string(row.when) + " | ";
    out += std::string(row.over) + " | `" + std::string(row.setting) + "` |\n";
  }
  return out;
}

std::vector<Alerts::News> Alerts::take(AlertKind kind, bool holds, std::string seen, Micros now) {
  One& one = all_[static_cast<std::size_t>(kind)];
  if (holds && !one.holds) one.since = now;
  one.holds = holds;
  one.seen = std::move(seen);
  std::vector<News> news;
  if (auto each = settle(kind, now)) news.push_back(std::move(*each));
  return news;
}

std::vector<Alerts::News> Alerts::look(Micros now) {
  std::vector<News> news;
  for (std::size_t i = 0; i < kAlertKinds; ++i)
    if (auto each = settle(static_cast<AlertKind>(i), now)) news.push_back(std::move(*each));
  return news;
}

Millis Alerts::patience(AlertKind kind) const {
  const auto patience = row_of(kind).patience;
  return patience ? patience(config_) : Millis{0};
}

// From the last time that it was told to the next.
Alerts::Micros Alerts::pause(const One& one) const {
  return one.told ? std::max(config_.repeat, config_.min_interval) : config_.min_interval;
}

// The end of one that was told is told at once; one that nobody knew of ends in silence. So there
// are at most two messages in min_interval, however fast it comes and goes.
std::optional<Alerts::News> Alerts::settle(AlertKind kind, Micros now) {
  One& one = all_[static_cast<std::size_t>(kind)];
  if (!one.holds) {
    one.active = false;
    if (!std::exchange(one.told, false)) return std::nullopt;
    return News{kind, News::What::cleared, one.seen, one.since};
  }
  if (!one.active) {
    if (now - one.since < patience(kind)) return std::nullopt;
    one.active = true;
    ++one.total;
  }
  if (one.told && config_.repeat == Millis{0}) return std::nullopt;
  if (one.told_at && now - *one.told_at < pause(one)) return std::nullopt;
  one.told_at = now;
  const bool again = std::exchange(one.told, true);
  return News{kind, again ? News::What::repeated : News::What::raised, one.seen, one.since};
}

std::optional<Alerts::Micros> Alerts::next() const {
  std::optional<Micros> first;
  for (std::size_t i = 0; i < kAlertKinds; ++i) {
    const One& one = all_[i];
    if (!one.holds || (one.told && config_.repeat == Millis{0})) continue;
    Micros due = one.since + patience(static_cast<AlertKind>(i));
    if (one.told_at) due = std::max(due, *one.told_at + pause(one));
    if (!first || due < *first) first = due;
  }
  return first;
}

UseFact memory_fact(std::optional<std::uint64_t> bytes, std::optional<std::uint64_t> limit,
                    double share) {
  return over(real(bytes), real(limit), share, "in use", mebibytes);
}

UseFact cpu_fact(std::optional<double> cpus, std::optional<double> limit, double share) {
  return over(cpus, limit, share, "in use", [](double number) {
    return format_number(std::round(number * 100) / 100) + " CPUs";
  });
}

UseFact descriptors_fact(std::optional<std::uint64_t> open, std::optional<std::uint64_t> limit,
                         double share) {
  return over(real(open), real(limit), share, "open in the main process", [](double number) {
    return std::to_string(std::lround(number)) + " descriptors";
  });
}

}  // namespace usher
