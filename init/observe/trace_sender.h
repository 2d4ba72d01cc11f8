// Brings spans to a collector, in batches. What cannot be brought is dropped and counted: nothing
// else depends on a collector that is away.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "init/net/http_post.h"
#include "init/observe/otel_environment.h"

namespace usher {

class TraceSender {
 public:
  using Millis = std::chrono::milliseconds;

  static constexpr std::size_t kMostSpans = 512;         // that wait
  static constexpr std::size_t kMostBytes = 512 * 1024;  // of them
  static constexpr std::size_t kBatch = 128;
  static constexpr Millis kDelay{5'000};           // for others to go along
  static constexpr Millis kLongestPause{300'000};  // after failures, each pause twice the last

  struct Counts {
    std::uint64_t sent = 0, dropped = 0;
  };
  // Why a batch was not taken. From the loop.
  using Failed = std::function<void(const std::string& reason)>;

  // All of them outlive it. `delay` as kDelay.
  TraceSender(Loop& loop, Resolver& resolver, const OtelSettings& settings, Failed failed,
              Millis delay = kDelay);

  // A span, encoded as the settings say. Of too many, the oldest go.
  void add(std::string span);
  // No more will come: sends what there is, each batch once, within the limit. `done` is called
  // once, from the loop; whatever is left then is dropped. It may destroy this.
  void finish(Millis limit, std::function<void()> done);
  // As if the limit had passed now, without a call.
  void give_up();

  bool idle() const { return waiting_.empty() && under_way_.empty(); }
  const Counts& counts() const { return counts_; }

 private:
  void send();
  void answered(const PostResult& result);
  void take_back();
  void drop_oldest();
  void send_after(Millis pause);
  void go_on_finishing(bool failed);
  void finished();

  const OtelSettings& settings_;
  Failed failed_;
  HttpPost post_;
  Timer pause_, limit_;
  bool pausing_ = false;
  const Millis delay_;
  Millis next_pause_;
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<std::string> under_way_;
  Counts counts_;
  std::function<void()> done_;  // set: no more will come
};

}  // namespace usher
