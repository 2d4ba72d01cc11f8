#include "init/observe/trace_sender.h"

#include <algorithm>
#include <utility>

#include "init/observe/otlp.h"

namespace usher {

TraceSender::TraceSender(Loop& loop, Resolver& resolver, const OtelSettings& settings,
                         Failed failed, Millis delay)
    : settings_(settings),
      failed_(std::move(failed)),
      post_(loop, resolver),
      pause_(loop),
      limit_(loop),
      delay_(delay),
      next_pause_(delay) {}

void TraceSender::add(std::string span) {
  waiting_bytes_ += span.size();
  waiting_.push_back(std::move(span));
  while (waiting_.size() > kMostSpans || waiting_bytes_ > kMostBytes) drop_oldest();
  if (!done_ && !pausing_ && !post_.busy()) send_after(delay_);
}

void TraceSender::send_after(Millis pause) {
  pausing_ = true;
  pause_.start(pause, [this] {
    pausing_ = false;
    send();
  });
}

void TraceSender::drop_oldest() {
  waiting_bytes_ -= waiting_.front().size();
  waiting_.pop_front();
  ++counts_.dropped;
}

void TraceSender::send() {
  if (post_.busy() || waiting_.empty()) return;
  while (!waiting_.empty() && under_way_.size() < kBatch) {
    waiting_bytes_ -= waiting_.front().size();
    under_way_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  PostRequest request;
  request.url = settings_.url;
  request.content_type = settings_.protobuf ? "application/x-protobuf" : "application/json";
  request.headers = settings_.headers;
  request.tls = settings_.tls;
  request.body = settings_.protobuf ? traces_protobuf(settings_.resource, under_way_)
                                    : traces_json(settings_.resource, under_way_);
  post_.start(std::move(request), settings_.timeout,
              [this](const PostResult& result) { answered(result); });
}

void TraceSender::answered(const PostResult& result) {
  using Kind = PostResult::Kind;
  const bool accepted = result.kind == Kind::accepted;
  std::string reason = result.reason;
  if (accepted) {
    const PartialSuccess part =
        settings_.protobuf ? partial_success_protobuf(result.body) : partial_success(result.body);
    const auto rejected = std::min<std::uint64_t>(part.rejected, under_way_.size());
    counts_.sent += under_way_.size() - rejected;
    counts_.dropped += rejected;
    if (rejected > 0)
      reason =
          "the collector has not taken " + std::to_string(rejected) + " spans: " + part.message;
  } else if (result.kind == Kind::refused || done_) {
    counts_.dropped += under_way_.size();
  } else {
    take_back();
  }
  under_way_.clear();
  if (!reason.empty()) failed_(reason);
  if (done_) return go_on_finishing(!accepted);
  if (accepted) next_pause_ = delay_;
  if (waiting_.empty()) return;
  send_after(std::max<Millis>(next_pause_, result.retry_after));
  if (!accepted) next_pause_ = std::min(2 * next_pause_, kLongestPause);
}

// To be sent again, before those that came meanwhile.
void TraceSender::take_back() {
  while (!under_way_.empty()) {
    waiting_bytes_ += under_way_.back().size();
    waiting_.push_front(std::move(under_way_.back()));
    under_way_.pop_back();
  }
  while (waiting_.size() > kMostSpans || waiting_bytes_ > kMostBytes) drop_oldest();
}

void TraceSender::finish(Millis limit, std::function<void()> done) {
  done_ = std::move(done);
  pause_.cancel();
  limit_.start(idle() ? Millis{0} : limit, [this] {
    if (!idle()) failed_("there was no time left to send the last spans");
    finished();
  });
  send();
}

// A collector that has failed once will not be better a moment later.
void TraceSender::go_on_finishing(bool failed) {
  if (failed || waiting_.empty()) return finished();
  send();
}

void TraceSender::give_up() {
  done_ = nullptr;
  post_.cancel();
  pause_.cancel();
  limit_.cancel();
  counts_.dropped += waiting_.size() + under_way_.size();
  waiting_.clear();
  under_way_.clear();
  waiting_bytes_ = 0;
}

void TraceSender::finished() {
  const auto done = std::exchange(done_, nullptr);
  give_up();
  done();
}

}  // namespace usher
