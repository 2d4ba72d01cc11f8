#include "init/base/file.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <thread>

#include "tests/catch.h"
#include "tests/open_descriptors.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

constexpr std::size_t kMost = 1 << 20;

std::string socket_in(const Scratch& scratch) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = scratch.path("socket");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(fd);
  return path;
}

}  // namespace

TEST_CASE("a regular file is read to its end, also one without a size", "[file]") {
  const Scratch scratch;
  const std::string all = std::string(100'000, 'a') + std::string(1, '\0') + "\n";
  CHECK(read_file(scratch.write("long", all), kMost).text == all);
  CHECK(read_file(scratch.write("empty", ""), kMost).problem.empty());
  CHECK(read_file("/proc/self/status", kMost).text.starts_with("Name:"));
  CHECK(read_file("/dev/null", kMost).problem.empty());
}

TEST_CASE("what is no regular file is neither waited for nor read", "[file]") {
  const Scratch scratch;
  const auto before = open_descriptors();
  const std::string fifo = scratch.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(read_file(fifo, kMost).problem == "is a FIFO, not a regular file");
  CHECK(read_file(scratch.path("."), kMost).problem == "is a directory, not a regular file");
  CHECK(read_file(socket_in(scratch), kMost).problem == "is a socket, not a regular file");
  CHECK(read_file("/dev/zero", kMost).problem == "is a device, not a regular file");
  const FileText absent = read_file(scratch.path("absent"), kMost);
  CHECK((absent.absent && absent.problem == "No such file or directory"));
  CHECK_FALSE(read_file(fifo, kMost).absent);
  CHECK(open_descriptors() == before);
}

TEST_CASE("a pipe is read to its end, as far as it fits, where its writer may be waited for", "[file]") {
  const Scratch scratch;
  const auto before = open_descriptors();
  const std::string fifo = scratch.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const std::size_t size = GENERATE(std::size_t{0}, std::size_t{300'000}, kMost, kMost + 1);
  const auto in_pieces = [&] {
    sigset_t pipe;  // what does not fit is not waited for
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    const int fd = ::open(fifo.c_str(), O_WRONLY | O_CLOEXEC);
    const std::string bytes(size, 'a');
    for (std::size_t done = 0; done < size;) {
      const ssize_t put = ::write(fd, bytes.data() + done, std::min<std::size_t>(size - done, 10'000));
      if (put <= 0) break;
      done += static_cast<std::size_t>(put);
    }
    ::close(fd);
  };
  std::thread writer(in_pieces);
  const FileText read = read_file(fifo, kMost, Pipes::read);
  writer.join();
  CHECK(read.problem == (size > kMost ? "is larger than 1 MiB" : ""));
  CHECK(read.text.size() == size);
  CHECK(read_file(scratch.path("."), kMost, Pipes::read).problem == "is a directory, not a regular file");
  CHECK(read_file("/dev/zero", kMost, Pipes::read).problem == "is a device, not a regular file");
  CHECK(open_descriptors() == before);
}

TEST_CASE("a file has to fit into its limit", "[file]") {
  const Scratch scratch;
  CHECK(read_file(scratch.write("full", std::string(kMost, 'a')), kMost).problem.empty());
  CHECK(read_file(scratch.write("over", std::string(kMost + 1, 'a')), kMost).problem ==
        "is larger than 1 MiB");
}
