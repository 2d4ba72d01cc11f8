#include "init/control/server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "init/control/health_answer.h"
#include "init/os/clock.h"

namespace usher {
namespace {

void send_now(int fd, const std::string& line) {
  static_cast<void>(::send(fd, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

// Until all of them have hung up, or the time is over.
void wait_for_hang_up(std::vector<Fd>& connections, Millis limit) {
  const auto deadline = monotonic_now() + limit;
  while (!connections.empty()) {
    std::vector<pollfd> polled;
    for (const Fd& fd : connections) polled.push_back({fd.get(), POLLIN, 0});
    const auto left = std::chrono::ceil<Millis>(deadline - monotonic_now());
    if (left <= Millis{0} ||
        ::poll(polled.data(), polled.size(), static_cast<int>(left.count())) <= 0)
      return;
    std::erase_if(connections, [&polled](const Fd& fd) {
      return std::any_of(polled.begin(), polled.end(),
                         [&fd](const pollfd& p) { return p.fd == fd.get() && p.revents != 0; });
    });
  }
}

bool asks_to_watch(const Session& session) {
  return !session.closed() && !session.answered() && session.request() && session.request()->ask == Ask::watch;
}

// Root, and who usher is itself. Where containers share a network, root of another one is a stranger.
bool is_ours(const Peer& peer) { return peer.pid != 0 && (peer.uid == 0 || peer.uid == ::geteuid()); }

}  // namespace

ControlServer::ControlServer(Loop& loop, ControlHost& host, Session::Limits limits)
    : loop_(loop),
      host_(host),
      limits_(limits),
      listener_(loop, [this](Fd connection, Peer peer) { accept(std::move(connection), peer); }),
      end_of_turn_(loop, [this] { settle(); }),
      watch_pause_(loop) {}

ControlServer::~ControlServer() = default;

void ControlServer::changed() {
  if (!clients_.empty()) end_of_turn_.ask();
}

void ControlServer::accept(Fd connection, Peer peer) {
  if (!make_room(peer)) {
    send_now(connection.get(), error_line("too many clients at once"));
    return;
  }
  Session::Owner& owner = *this;
  clients_.push_back(
      {std::make_unique<Session>(loop_, std::move(connection), peer, owner, limits_)});
}

// Whoever fills places fills their own.
bool ControlServer::make_room(const Peer& peer) {
  const auto of_this_user = [&peer](const Peer& one) { return one.uid == peer.uid && is_ours(one) == is_ours(peer); };
  if (is_ours(peer)) return make_room(kClientsMost, of_this_user);
  return make_room(kStrangersMost, of_this_user) &&
         make_room(kClientsMost, [](const Peer& one) { return !is_ours(one); });
}

// One who has not asked anything yet makes way: the oldest of them.
bool ControlServer::make_room(std::size_t most, const std::function<bool(const Peer&)>& among) {
  const auto open = [&among](const Client& client) {
    return !client.session->closed() && among(client.session->peer());
  };
  const auto count = std::count_if(clients_.begin(), clients_.end(), open);
  if (static_cast<std::size_t>(count) < most) return true;
  const auto silent = std::find_if(clients_.begin(), clients_.end(), [&open](const Client& client) {
    return open(client) && !client.session->request() && !client.session->answered();
  });
  if (silent == clients_.end()) return false;
  silent->session->close();
  return true;
}

void ControlServer::over(Session&) { end_of_turn_.ask(); }

void ControlServer::settle() {
  std::erase_if(clients_, [](const Client& client) { return client.session->closed(); });
  const auto waits = [](const Client& client) {
    return client.session->request() && !client.session->answered();
  };
  if (std::none_of(clients_.begin(), clients_.end(), waits)) return;
  const Snapshot now = host_.snapshot();
  for (Client& client : clients_)
    if (waits(client) && !client.session->closed()) settle(client, now);
  tell_watchers(now);
}

// All get the same line, and the next one after a pause: what it takes to look at the processes is not
// for watchers to decide, nor for a service whose state changes all the time.
void ControlServer::tell_watchers(const Snapshot& now) {
  const bool exited = now.state == "exited";
  watch_news_ = watch_paused_ && !exited;
  if (watch_news_) return;
  std::string line;
  for (Client& client : clients_) {
    if (!asks_to_watch(*client.session)) continue;
    if (line.empty()) line = measured_line(now);
    exited ? client.session->answer(line) : client.session->update(line);
  }
  if (line.empty()) return;
  watch_paused_ = true;
  watch_pause_.start(limits_.watch, [this] {
    watch_paused_ = false;
    if (std::exchange(watch_news_, false)) tell_watchers(host_.snapshot());
  });
}

void ControlServer::settle(Client& client, const Snapshot& now) {
  Session& session = *client.session;
  const bool exited = now.state == "exited";
  switch (session.request()->ask) {
    case Ask::health: {
      const ControlRequest& request = *session.request();
      const HealthAnswer answer = answer_health(now, request.checks, request.level);
      if (answer.health == client.held) return;
      told_.tell(request, answer.health, monotonic_now());
      return session.answer(health_line(answer, request.level, now));
    }
    case Ask::stop:
    case Ask::signal:
      if (exited) session.answer(done_line(now.reason));
      return;
    case Ask::restart:
      if (exited) return session.answer(error_line(now.reason));
      if (now.ready && now.starts > client.starts_before)
        session.answer(
            done_line(now.service + " has been restarted, pid " + std::to_string(now.pid)));
      return;
    default:
      return;
  }
}

std::string ControlServer::measured_line(Snapshot snapshot) {
  host_.measure(snapshot);
  return status_line(snapshot);
}

void ControlServer::asked(Session& session) {
  const Ask ask = session.request()->ask;
  if (ask == Ask::health) return health(session);
  if (ask == Ask::status) return session.answer(measured_line(host_.snapshot()));
  if (ask == Ask::metrics) return session.answer(metrics_line(host_.metrics()));
  if (ask == Ask::watch) return watch(session);
  const std::string refused = refusal(session);
  if (ask == Ask::coordination)
    return session.answer(coordination_line(host_.coordination(refused.empty())));
  if (!refused.empty()) return session.answer(error_line(refused));
  command(session);
}

std::string ControlServer::refusal(const Session& session) {
  const Peer& peer = session.peer();
  const uid_t own = ::geteuid();
  if (peer.pid == 0) return "only processes of its own PID namespace may command usher";
  if (peer.uid == 0 || peer.uid == own) return {};
  return "only root" + (own != 0 ? " and user " + std::to_string(own) : "") + " may " +
         std::string(to_string(session.request()->ask)) + "; you are user " + std::to_string(peer.uid);
}

void ControlServer::health(Session& session) {
  const ControlRequest& request = *session.request();
  const Snapshot now = host_.snapshot();
  const HealthAnswer answer = answer_health(now, request.checks, request.level);
  const bool coming = answer.health == Health::coming;
  const Millis limit =
      coming ? request.wait : told_.hold(request, answer.health, monotonic_now());
  if (limit == Millis{0}) return session.answer(health_line(answer, request.level, now));
  if (!may_stay(session)) return;
  client_of(session).held = answer.health;
  session.answer_after(limit, [this, &session] {
    const Snapshot then = host_.snapshot();
    const ControlRequest& asked = *session.request();
    return health_line(answer_health(then, asked.checks, asked.level), asked.level, then);
  });
}

void ControlServer::watch(Session& session) {
  if (may_stay(session)) session.update(measured_line(host_.snapshot()));
}

bool ControlServer::may_stay(Session& session) {
  const Peer& peer = session.peer();
  const bool ours = is_ours(peer);
  std::size_t of_user = 0, of_strangers = 0;
  for (const Client& client : clients_) {
    const Session& one = *client.session;
    if (one.closed() || one.answered() || !one.request() || is_command(one.request()->ask)) continue;
    if (is_ours(one.peer()) != ours) continue;
    of_user += one.peer().uid == peer.uid;
    of_strangers += !ours;
  }
  if (of_strangers <= kStayingMost && of_user <= (ours ? kStayingMost : kStayingStrangersMost)) return true;
  session.answer(error_line("too many clients are waiting already"));
  return false;
}

ControlServer::Client& ControlServer::client_of(const Session& session) {
  return *std::find_if(clients_.begin(), clients_.end(), [&session](const Client& client) {
    return client.session.get() == &session;
  });
}

void ControlServer::command(Session& session) {
  const ControlRequest& request = *session.request();
  ControlHost::Outcome outcome;
  switch (request.ask) {
    case Ask::stop:
      outcome = host_.stop();
      break;
    case Ask::restart: {
      const std::int64_t starts = host_.snapshot().starts;
      client_of(session).starts_before = starts;
      outcome = host_.restart();
      break;
    }
    case Ask::reload:
      outcome = host_.reload();
      break;
    case Ask::signal:
      outcome = host_.signal(request.signal);
      break;
    default:
      break;
  }
  if (!outcome.done) return session.answer(error_line(outcome.text));
  if (!outcome.pending) return session.answer(done_line(outcome.text));
  end_of_turn_.ask();  // it may have come to its end already
}

void ControlServer::end() {
  // An abstract name goes with us, as all else does: the kernel does it, in one go.
  if (clients_.empty() && !listener_.leaves_a_file()) return;
  const Snapshot last = host_.snapshot();
  std::vector<Fd> leaving;
  for (Client& client : clients_) {
    Session& session = *client.session;
    if (session.closed() || session.answered() || !session.request()) continue;
    const Ask ask = session.request()->ask;
    if (ask == Ask::watch) continue;
    if (!is_command(ask)) {
      settle(client, last);
      continue;
    }
    leaving.push_back(session.release());
    send_now(leaving.back().get(),
             ask == Ask::restart ? error_line(last.reason) : done_line(last.reason));
    ::shutdown(leaving.back().get(), SHUT_WR);
  }
  tell_watchers(last);
  wait_for_hang_up(leaving, kFarewell);
  listener_.close();
}

}  // namespace usher
