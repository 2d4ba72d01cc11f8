#include "init/app/notification.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <utility>

#include "init/os/clock.h"
#include "init/os/environment.h"
#include "init/os/fd.h"
#include "init/os/process_tree.h"

namespace usher {

// A descriptor on which a newline means ready. Other bytes, and an end without one, mean nothing.
class Notification::Line {
 public:
  explicit Line(int number) : number_(number) {}
  int number() const { return number_; }
  bool ready() const { return ready_; }

  int open(Loop& loop, SpawnRequest& request, std::function<void()> changed) {
    if (number_ <= STDERR_FILENO) return EBADF;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return errno;
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
    poll_ = std::make_unique<Poll>(loop, read_.get());
    if (poll_->error() != 0) return poll_->error();
    request.descriptors.emplace_back(write_.get(), number_);
    changed_ = std::move(changed);
    return 0;
  }
  void handed_over() {
    write_.reset();
    poll_->start(UV_READABLE, [this] { look(); });
  }
  void look() {
    if (!poll_) return;
    char bytes[512];
    const ssize_t got = ::read(read_.get(), bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    ready_ = got > 0 && std::memchr(bytes, '\n', static_cast<std::size_t>(got)) != nullptr;
    if (got > 0 && !ready_) return;
    poll_.reset();
    read_.reset();
    if (ready_) changed_();
  }

 private:
  const int number_;
  bool ready_ = false;
  std::function<void()> changed_;
  Fd read_, write_;
  std::unique_ptr<Poll> poll_;
};

bool Notification::wanted(const Config& config) { return !notify_probes(config).empty(); }

Notification::Notification(Loop& loop, const Config& config, Log& log,
                           std::function<void()> changed)
    : loop_(loop), log_(log), changed_(std::move(changed)), access_(config.service.notify_access) {
  for (const NotifyProbe& probe : notify_probes(config)) {
    has_socket_ |= probe.fd < 0 || probe.watchdog > Millis{0};
    if (probe.watchdog > Millis{0})
      watchdog_ = watchdog_ > Millis{0} ? std::min(watchdog_, probe.watchdog) : probe.watchdog;
    const auto is_same = [&](const auto& line) { return line->number() == probe.fd; };
    if (probe.fd >= 0 && std::none_of(lines_.begin(), lines_.end(), is_same))
      lines_.push_back(std::make_unique<Line>(probe.fd));
  }
}

Notification::~Notification() = default;

int Notification::prepare(SpawnRequest& request) {
  service_uid_ = request.identity != nullptr ? request.identity->uid : ::geteuid();
  for (const auto& line : lines_)
    if (const int error = line->open(loop_, request, [this] { line_said_ready(); })) return error;
  return has_socket_ ? open_socket(request) : 0;
}

int Notification::open_socket(SpawnRequest& request) {
  if (const int error = socket_.open()) return error;
  poll_ = std::make_unique<Poll>(loop_, socket_.fd());
  if (poll_->error() != 0) return poll_->error();
  set_variable(request.environment, "NOTIFY_SOCKET", socket_.name());
  // What we were given ourselves is about us.
  std::erase_if(request.environment, [](const std::string& entry) {
    return entry.starts_with("WATCHDOG_USEC=") || entry.starts_with("WATCHDOG_PID=");
  });
  if (watchdog_ > Millis{0})
    set_variable(request.environment, "WATCHDOG_USEC", std::to_string(watchdog_.count() * 1000));
  return 0;
}

void Notification::handed_over(pid_t service) {
  service_ = service;
  for (const auto& line : lines_) line->handed_over();
  if (poll_) poll_->start(UV_READABLE, [this] { receive(); });
}

void Notification::listen() {
  for (const auto& line : lines_) line->look();
  if (poll_) receive();
}

void Notification::line_said_ready() {
  if (!alive_at_) alive_at_ = monotonic_now();
  changed_();
}

void Notification::receive() {
  // Before others have their turn. What waits makes senders wait, not us.
  constexpr int kAtMost = 32;
  NotifyDatagram datagram;
  for (int i = 0; i < kAtMost && socket_.next(datagram); ++i) {
    if (is_believed(datagram)) {
      hear(parse_notification(datagram.text));
    } else if (!std::exchange(refusal_logged_, true)) {
      log_.warn("notification_refused")
          .add("pid", std::int64_t{datagram.pid})
          .add("message", access_ == NotifyAccess::all
                              ? "only the service and its descendants may notify"
                              : "only the main process may notify; service.notify_access = \"all\" lets those "
                                "that it has started, too");
    }
  }
}

// By the kernel's word, which needs no look at a process that may have gone.
bool Notification::is_believed(const NotifyDatagram& datagram) const {
  if (datagram.pid > 0 && (datagram.pid == service_ || datagram.pid == main_pid_)) return true;
  return access_ == NotifyAccess::all && is_from_service(datagram);
}

// Who has ended meanwhile cannot be placed any more. In our own PID namespace it came from us; if
// it ran as the service does, it could have acted in the service's name anyway.
bool Notification::is_from_service(const NotifyDatagram& datagram) const {
  if (datagram.pid <= 0) return false;
  const auto below = proc_is_ours() ? is_below(::getpid(), datagram.pid) : std::nullopt;
  if (below) return *below;
  return ::getpid() == 1 || datagram.uid == 0 || datagram.uid == service_uid_;
}

void Notification::hear(const NotifyMessage& message) {
  const auto before = std::tuple(ready_, stopping_, reloading_, broken_, main_pid_);
  if (message.ready || message.watchdog) alive_at_ = monotonic_now();
  ready_ |= message.ready;
  stopping_ |= message.stopping;
  broken_ |= message.wants_failure;
  if (message.ready || message.reloading) reloading_ = message.reloading && !message.ready;
  if (message.main_pid && proc_is_ours() && is_below(::getpid(), *message.main_pid).value_or(false))
    main_pid_ = *message.main_pid;
  const bool new_status = message.status && *message.status != status_;
  if (new_status) status_ = *message.status;
  const auto after = std::tuple(ready_, stopping_, reloading_, broken_, main_pid_);
  if (new_status || before != after) changed_();
}

void Notification::begin_watchdog() {
  watched_ = true;
  alive_at_ = monotonic_now();
}

bool Notification::ready(const NotifyProbe& probe) const {
  if (stopping_ || broken_) return false;
  if (probe.fd < 0) return ready_ || (watched_ && probe.watchdog > Millis{0});
  return std::any_of(lines_.begin(), lines_.end(),
                     [&](const auto& line) { return line->number() == probe.fd && line->ready(); });
}

std::optional<Millis> Notification::since_watchdog() const {
  if (!alive_at_) return std::nullopt;
  return std::chrono::duration_cast<Millis>(monotonic_now() - *alive_at_);
}

}  // namespace usher
