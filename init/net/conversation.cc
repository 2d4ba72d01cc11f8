#include "init/net/conversation.h"

#include <utility>

#include "init/net/tls_hint.h"

namespace usher {

Conversation::Conversation(Loop& loop, Resolver& resolver, Stream::Received received,
                           Stream::Ended ended, Failed failed)
    : loop_(loop),
      connector_(loop, resolver),
      received_(std::move(received)),
      ended_(std::move(ended)),
      failed_(std::move(failed)) {}

void Conversation::start(const Endpoint& endpoint, std::string opening) {
  stream_.reset();
  missing_.reset();
  connector_.start(endpoint, std::chrono::milliseconds{0}, then(std::move(opening)));
}

void Conversation::secure(const TlsUse& tls, std::string opening) {
  if (!stream_) return;
  const Fd connection = stream_->release();
  stream_.reset();
  connector_.secure(connection, tls, then(std::move(opening)));
}

Connector::Done Conversation::then(std::string opening) {
  return [this, opening = std::move(opening)](Fd connection, std::string why) {
    if (!connection) return fail(std::move(why));
    on_connected(std::move(connection), opening);
  };
}

void Conversation::on_connected(Fd connection, std::string_view opening) {
  if (missing_) return fail("connected, but " + *missing_);
  fresh_ = true;
  stream_.emplace(loop_, std::move(connection), [this](std::string_view bytes) { on_bytes(bytes); }, ended_);
  if (!opening.empty()) stream_->send(opening);
}

void Conversation::on_bytes(std::string_view bytes) {
  if (std::exchange(fresh_, false) && is_tls_alert(bytes)) return fail(std::string(kWantsTls));
  const auto received = received_;
  received(bytes);
}

void Conversation::send(std::string_view bytes) {
  if (stream_ && !bytes.empty()) stream_->send(bytes);
}

void Conversation::cancel() {
  connector_.cancel();
  stream_.reset();
}

// The connection may have been accepted in the same turn of the loop: then the connector has it.
void Conversation::expire(std::string missing) {
  const bool first = !missing_;
  missing_ = std::move(missing);
  if (!stream_ && first) return connector_.expire();
  fail("connected, but " + *missing_);
}

void Conversation::fail(std::string reason) {
  stream_.reset();
  const Failed failed = failed_;
  failed(std::move(reason));
}

}  // namespace usher
