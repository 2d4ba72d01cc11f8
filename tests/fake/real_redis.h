// The real redis-server, on a Unix socket of its own, for the time of a test.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "init/os/fd.h"
#include "tests/catch.h"
#include "tests/scratch.h"

namespace usher {

class RealRedis {
 public:
  explicit RealRedis(std::vector<std::string> options = {}) : options_(std::move(options)) {
    start();
    wait_until_ready();
  }
  RealRedis(const RealRedis&) = delete;
  RealRedis& operator=(const RealRedis&) = delete;
  ~RealRedis() { kill(); }

  // Starts a process; ready or not.
  void start() {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    output_ = Fd(ends[0]);
    const Fd theirs(ends[1]);
    // Nothing is left of it when the test is killed.
    std::vector<std::string> words = {"setpriv",         "--pdeathsig",  "KILL",
                                      "redis-server",    "--port",       "0",
                                      "--unixsocket",    socket(),       "--dir",
                                      scratch_.path(""), "--appendonly", "no"};
    words.insert(words.end(), options_.begin(), options_.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 1);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), 2);
    const int error =
        ::posix_spawnp(&pid_, "setpriv", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    REQUIRE(error == 0);
  }
  void wait_until_ready() { wait_for_log("eady to accept connections"); }
  // Reads the server's log until it contains the text.
  void wait_for_log(const std::string& text) {
    std::string log;
    while (log.find(text) == std::string::npos) {
      pollfd readable{output_.get(), POLLIN, 0};
      char buffer[4096];
      const bool come = ::poll(&readable, 1, 300'000) == 1;
      const ssize_t got = come ? ::read(output_.get(), buffer, sizeof buffer) : 0;
      INFO(log);
      REQUIRE(got > 0);
      log.append(buffer, static_cast<std::size_t>(got));
    }
  }
  // As by a crash, without a word to its clients.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    ::unlink(socket().c_str());
  }
  void set_options(std::vector<std::string> options) { options_ = std::move(options); }

  std::string socket() const { return scratch_.path("redis.sock"); }
  std::string url(const std::string& credentials = "") const {
    return "unix://" + credentials + socket();
  }

 private:
  Scratch scratch_;
  std::vector<std::string> options_;
  Fd output_;
  pid_t pid_ = -1;
};

}  // namespace usher
