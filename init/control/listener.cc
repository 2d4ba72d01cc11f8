#include "init/control/listener.h"


#include <utility>

#include "init/control/address.h"

namespace usher {
namespace {

constexpr int kBacklog = 64;

}  // namespace

std::unique_ptr<ListeningSocket> open_control_socket(const std::string& socket) {
  const ControlAddress address = control_address(socket);
  if (!address.problem.empty()) {
    auto refused = std::make_unique<ListeningSocket>();
    refused->problem = address.problem;
    return refused;
  }
  const std::string path = address.is_path() ? address.text : std::string();
  // Anybody may ask; who may command is looked at in each request.
  return listen_at(address.get(), address.length, path, kBacklog);
}

std::string Listener::open(std::unique_ptr<ListeningSocket> socket) {
  if (!socket->problem.empty()) return socket->problem;
  socket_ = std::move(socket);
  acceptor_ = std::make_unique<Acceptor>(loop_, socket_->fd.get(), [this](Fd connection) {
    if (const auto peer = peer_of(connection.get())) accepted_(std::move(connection), *peer);
  });
  return acceptor_->error() == 0 ? "" : "cannot watch it";
}

void Listener::close() noexcept {
  acceptor_.reset();
  socket_.reset();
}

}  // namespace usher
