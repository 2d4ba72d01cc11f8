#include "init/loop/tap.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "init/loop/loop.h"
#include "init/loop/tap_on_loop.h"

namespace usher {

// The life of one tap, in its own thread.
class Tap::Thread {
 public:
  explicit Thread(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  void run() {
    while (step()) {
    }
    // Closed before it is told: a writer that is left gets its SIGPIPE, as without us.
    shared_->source_number = -1;
    shared_->source.reset();
    if (scanner()) scanner()->end_of_output();
    shared_->ended.store(true, std::memory_order_release);
    shared_->wake->send();
    if (buffer_ != nullptr) ::munmap(buffer_, kBuffer);
  }

 private:
  static constexpr std::size_t kBuffer = 64 * 1024;
  static constexpr std::size_t kMost = 1 << 20;
  // Moving pages is worth it from a few full ones on; for single lines it would fill the reader's
  // pipe with pages that hold a line each.
  static constexpr ssize_t kWorthMoving = 16 * 1024;

  Scanner* scanner() const { return shared_->scanner.get(); }

  bool step() {
    if (!can_splice_ || last_ < kWorthMoving) return copy();
    return scanner() == nullptr ? move_pages() : show_and_move_pages();
  }

  // Marks the time in which nothing is in our hands; see idle().
  template <typename Call>
  auto waiting(Call call) {
    shared_->waiting.store(true);
    const auto result = call();
    shared_->waiting.store(false);
    return result;
  }

  // Each returns false at the end: of the input, or of the reader.
  bool copy() {
    if (buffer_ == nullptr && !map_buffer()) return false;
    const ssize_t got = waiting([&] { return ::read(source(), buffer_, kBuffer); });
    if (got <= 0) return got < 0 && try_again();
    last_ = got;
    const std::string_view bytes(buffer_, static_cast<std::size_t>(got));
    if (scanner() != nullptr) show(bytes);
    shared_->in_hand += bytes.size();
    return write_all(bytes, &shared_->in_hand);
  }

  bool move_pages(std::size_t most = kMost) {
    const ssize_t moved = waiting(
        [&] { return ::splice(source(), nullptr, shared_->target, nullptr, most, SPLICE_F_MOVE); });
    if (moved > 0) {
      last_ = moved;
      shared_->moved += static_cast<std::uint64_t>(moved);
      return true;
    }
    if (moved == 0) return false;
    // Only a pipe on our side is sure to be spliced; a file opened for appending, a terminal and
    // some sockets are not, and a full disk is the copying path's business.
    if (errno == EPIPE) return false;
    if (errno == EAGAIN) return wait_until(shared_->target, POLLOUT);
    if (errno != EINTR) can_splice_ = false;
    return true;
  }

  // The pages go on as they are, and a second reference to them is read for the scanner: one copy
  // instead of two.
  bool show_and_move_pages() {
    if (!copies_.read && !open_copies()) return copy();
    const ssize_t seen =
        waiting([&] { return ::tee(source(), copies_.write.get(), kBuffer, 0); });
    if (seen <= 0) return seen < 0 && try_again();
    const std::string_view bytes = read_copies(static_cast<std::size_t>(seen));
    show(bytes);
    const std::uint64_t goal = shared_->moved + static_cast<std::uint64_t>(seen);
    while (shared_->moved < goal && can_splice_)
      if (!move_pages(goal - shared_->moved)) return false;
    last_ = seen;
    const std::uint64_t left = goal - shared_->moved;
    return left == 0 || swap_for_copies(bytes, left);
  }

  // The target turned out not to take pages: what was seen of them goes there by hand, and out of
  // the source.
  bool swap_for_copies(std::string_view bytes, std::uint64_t left) {
    if (!write_all(bytes.substr(bytes.size() - left))) return false;
    for (ssize_t got; left > 0; left -= static_cast<std::uint64_t>(got)) {
      got = ::read(source(), buffer_, std::min<std::uint64_t>(left, kBuffer));
      if (got <= 0) return false;
    }
    return true;
  }

  void show(std::string_view bytes) {
    if (scanner()->scan(bytes)) return;
    shared_->scanner.reset();
    copies_ = {};
  }

  bool open_copies() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return can_splice_ = false;
    copies_.read = Fd(ends[0]);
    copies_.write = Fd(ends[1]);
    return true;
  }

  std::string_view read_copies(std::size_t size) {
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got = ::read(copies_.read.get(), buffer_ + done, size - done);
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    return {buffer_, done};
  }

  // `left` is what becomes less with each byte that is out, if anything does.
  bool write_all(std::string_view bytes, std::atomic<std::uint64_t>* left = nullptr) {
    const auto out = [this, left](std::size_t size) {
      shared_->moved += size;
      if (left != nullptr) *left -= size;
    };
    while (!bytes.empty()) {
      const ssize_t put = ::write(shared_->target, bytes.data(), bytes.size());
      if (put >= 0) {
        out(static_cast<std::size_t>(put));
        bytes.remove_prefix(static_cast<std::size_t>(put));
      } else if (errno == EAGAIN) {  // somebody else made the shared descriptor non-blocking
        if (!wait_until(shared_->target, POLLOUT)) return false;
      } else if (errno == EPIPE || errno == EBADF) {
        return false;
      } else if (errno != EINTR) {  // ENOSPC, EIO: the service must not wait for a full disk
        shared_->lost += bytes.size();
        out(bytes.size());
        return true;
      }
    }
    return true;
  }

  // A terminal's master is non-blocking on our side, since the loop writes to it.
  bool try_again() {
    if (errno == EINTR) return true;
    return errno == EAGAIN && waiting([&] { return wait_until(source(), POLLIN); });
  }

  static bool wait_until(int fd, short events) {
    pollfd wanted{fd, events, 0};
    return ::poll(&wanted, 1, -1) >= 0 || errno == EINTR;
  }

  bool map_buffer() {
    void* memory = ::mmap(nullptr, kBuffer, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return false;
    buffer_ = static_cast<char*>(memory);
    return true;
  }

  int source() const { return shared_->source.get(); }

  std::shared_ptr<Shared> shared_;
  char* buffer_ = nullptr;
  Pipe copies_;
  ssize_t last_ = 0;
  bool can_splice_ = true;
};

Tap::Tap(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

std::shared_ptr<Tap::Shared> Tap::share(Fd source, int target, std::unique_ptr<Scanner> scanner,
                                        WakeUp& wake) {
  auto shared = std::make_shared<Shared>();
  shared->source = std::move(source);
  shared->source_number = shared->source.get();
  shared->target = target;
  shared->scanner = std::move(scanner);
  shared->wake = &wake;
  return shared;
}

std::pair<std::unique_ptr<Tap>, int> Tap::start(Loop& loop, Fd source, int target,
                                                std::unique_ptr<Scanner> scanner, WakeUp& wake) {
  std::unique_ptr<Tap> tap(new Tap(share(std::move(source), target, std::move(scanner), wake)));
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, 256 * 1024);
  auto thread = std::make_unique<Thread>(tap->shared_);
  // All signals are blocked by now, and the thread inherits that.
  int error = ::pthread_create(
      &tap->thread_, &attributes,
      [](void* argument) -> void* {
        std::unique_ptr<Thread>(static_cast<Thread*>(argument))->run();
        return nullptr;
      },
      thread.get());
  ::pthread_attr_destroy(&attributes);
  if (error == 0)
    thread.release();
  else
    error = tap->begin_on_loop(loop);
  if (error != 0) return {nullptr, error};
  return {std::move(tap), 0};
}

std::pair<std::unique_ptr<Tap>, int> Tap::start_on_loop(Loop& loop, Fd source, int target,
                                                        std::unique_ptr<Scanner> scanner,
                                                        WakeUp& wake) {
  std::unique_ptr<Tap> tap(new Tap(share(std::move(source), target, std::move(scanner), wake)));
  if (const int error = tap->begin_on_loop(loop)) return {nullptr, error};
  return {std::move(tap), 0};
}

int Tap::begin_on_loop(Loop& loop) {
  on_loop_ = std::make_unique<OnLoop>(loop, shared_);
  return on_loop_->start();
}

Tap::~Tap() {
  if (on_loop_ || thread_ == pthread_t{}) return;
  if (ended())
    ::pthread_join(thread_, nullptr);
  else
    ::pthread_detach(thread_);
}

bool Tap::idle() const noexcept {
  if (ended()) return true;
  int unread = 0;
  return shared_->waiting.load() &&
         ::ioctl(shared_->source_number.load(), FIONREAD, &unread) == 0 && unread == 0;
}

std::uint64_t Tap::on_its_way() const noexcept {
  int unread = 0;
  if (ended()) return 0;
  if (::ioctl(shared_->source_number.load(), FIONREAD, &unread) != 0) unread = 0;
  return shared_->in_hand.load() + static_cast<std::uint64_t>(unread);
}

Pipe open_pipe() {
  Pipe pipe;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    pipe.error = errno;
    return pipe;
  }
  pipe.read = Fd(ends[0]);
  pipe.write = Fd(ends[1]);
  for (int size = 1 << 20; size > (64 << 10); size /= 2)
    if (::fcntl(ends[1], F_SETPIPE_SZ, size) >= 0) break;
  return pipe;
}

}  // namespace usher
