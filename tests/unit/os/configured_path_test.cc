#include "init/os/configured_path.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

constexpr uid_t kNobody = 65534;

// A directory of somebody who is less trusted than we are; makes sense for root only.
struct Planted {
  Scratch scratch;
  std::string theirs = scratch.path("theirs");
  std::string secret = scratch.write("secret", "root only", 0600);
  bool possible = ::geteuid() == 0;

  Planted() {
    ::chmod(scratch.path("").c_str(), 0755);
    ::mkdir(theirs.c_str(), 0755);
    if (possible && ::chown(theirs.c_str(), kNobody, kNobody) != 0) possible = false;
  }
  std::string link(const std::string& to, const std::string& name, uid_t owner = kNobody) const {
    const std::string path = scratch.path(name);
    ::unlink(path.c_str());
    REQUIRE(::symlink(to.c_str(), path.c_str()) == 0);
    REQUIRE(::lchown(path.c_str(), owner, owner) == 0);
    return path;
  }
};

std::string appended(const std::string& path) {
  std::string why;
  const Fd fd = open_for_append(path, why);
  if (!fd) return why;
  return ::write(fd.get(), "x", 1) == 1 ? "" : "not written";
}

bool refuse_openat2(int error) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{static_cast<unsigned short>(std::size(filter)), filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
         ::syscall(SYS_openat2, AT_FDCWD, "/", nullptr, 0) == -1 && errno == error;
}

}  // namespace

TEST_CASE("links that only root or we can have made are followed", "[configured_path]") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path("run"));
  std::filesystem::create_directory_symlink("run", scratch.path("var-run"));
  std::filesystem::create_directory_symlink(scratch.path("var-run"), scratch.path("again"));
  CHECK(appended(scratch.path("again/log")) == "");
  CHECK(scratch.read("run/log") == "x");
  std::filesystem::create_symlink("../run/log", scratch.path("run/name"));
  CHECK(read_configured_file(scratch.path("again/./..//var-run/name"), 100).text == "x");
}

TEST_CASE("what a kubelet makes of a secret is read", "[configured_path]") {
  const Scratch scratch;
  ::chmod(scratch.path("").c_str(), 01777);
  std::filesystem::create_directory(scratch.path("..2026"));
  scratch.write("..2026/password", "secret");
  std::filesystem::create_directory_symlink("..2026", scratch.path("..data"));
  std::filesystem::create_symlink("..data/password", scratch.path("password"));
  CHECK(read_configured_file(scratch.path("password"), 100).text == "secret");
}

TEST_CASE("our own descriptors are opened by their names", "[configured_path]") {
  const Scratch scratch;
  const Fd fd(::open(scratch.write("log", "").c_str(), O_WRONLY));
  CHECK(appended("/proc/self/fd/" + std::to_string(fd.get())) == "");
  CHECK(appended("/dev/fd/" + std::to_string(fd.get())) == "");
  CHECK(scratch.read("log").size() == 2);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const Fd read(ends[0]), write(ends[1]);
  CHECK(appended("/dev/fd/" + std::to_string(write.get())) == "");
}

TEST_CASE("a path that ends in a slash names no file, through links neither", "[configured_path]") {
  const Scratch scratch;
  std::filesystem::create_directory(scratch.path("run"));
  std::filesystem::create_directory_symlink("run", scratch.path("link"));
  scratch.write("run/file", "kept");
  for (const char* name : {"run/file/", "link/file/", "link/"}) {
    CAPTURE(name);
    CHECK(ConfiguredPath(scratch.path(name)).remove() == EISDIR);
  }
}

// As old kernels and some containers' seccomp profiles do.
TEST_CASE("without openat2 all is the same", "[configured_path]") {
  const int error = GENERATE(ENOSYS, EPERM);
  const Planted planted;
  std::filesystem::create_directory(planted.scratch.path("run"));
  std::filesystem::create_directory_symlink("run", planted.scratch.path("link"));
  if (planted.possible) planted.link(planted.scratch.path("run"), "theirs/way");
  const pid_t child = ::fork();
  if (child == 0) {
    const bool refused = refuse_openat2(error);
    const bool followed = appended(planted.scratch.path("link/log")) == "";
    const bool written = appended(planted.scratch.path("run/log")) == "";
    const bool kept_out = !planted.possible || appended(planted.theirs + "/way/new") != "";
    const bool no_name = ConfiguredPath("/tmp/").error() == EISDIR;
    ::_exit(refused && followed && written && kept_out && no_name ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(planted.scratch.read("run/log") == "xx");
  CHECK_FALSE(std::filesystem::exists(planted.scratch.path("run/new")));
}

TEST_CASE("a link without an end leads nowhere", "[configured_path]") {
  const Scratch scratch;
  std::filesystem::create_symlink("self", scratch.path("self"));
  CHECK(appended(scratch.path("self")) == "Too many levels of symbolic links");
  CHECK(appended(scratch.path("self/log")) == "Too many levels of symbolic links");
}

TEST_CASE("paths that are no names of a file", "[configured_path]") {
  const auto path = GENERATE(as<std::string>{}, "", "/", "/tmp/", ".", "/tmp/..", "/no/such/thing", "/etc/passwd/x");
  CAPTURE(path);
  const ConfiguredPath place(path);
  CHECK(place.error() != 0);
  CHECK(place.remove() == place.error());
  CHECK_FALSE(place.create(O_WRONLY, 0644));
}

TEST_CASE("links that a less trusted user could have made are refused", "[configured_path]") {
  const Planted planted;
  if (!planted.possible) return;
  const uid_t owner = GENERATE(kNobody, uid_t{0});  // root's may have been moved there
  CHECK_THAT(appended(planted.link(planted.secret, "theirs/log", owner)), has_text("is a link"));
  planted.link(planted.scratch.path(""), "theirs/way", owner);
  CHECK_THAT(appended(planted.theirs + "/way/secret"), has_text("is a link"));
  CHECK_THAT(read_configured_file(planted.theirs + "/way/secret", 100).problem, has_text("is a link"));
  CHECK(planted.scratch.read("secret") == "root only");
}

TEST_CASE("in a sticky directory the link's owner decides", "[configured_path]") {
  const Planted planted;
  if (!planted.possible) return;
  const std::string shared = planted.scratch.path("shared");
  ::mkdir(shared.c_str(), 0);
  ::chmod(shared.c_str(), 01777);
  CHECK_THAT(appended(planted.link(planted.secret, "shared/log")), has_text("is a link"));
  CHECK(appended(planted.link(planted.secret, "shared/own", 0)) == "");
  const std::string file = planted.scratch.write("shared/file", "");
  REQUIRE(::chown(file.c_str(), kNobody, kNobody) == 0);
  CHECK_THAT(appended(file), has_text("that all may write to"));
}

TEST_CASE("a second name for root's file is refused where others make names", "[configured_path]") {
  const Planted planted;
  if (!planted.possible) return;
  REQUIRE(::link(planted.secret.c_str(), (planted.theirs + "/log").c_str()) == 0);
  CHECK_THAT(appended(planted.theirs + "/log"), has_text("hard link"));
  CHECK_THAT(read_configured_file(planted.theirs + "/log", 100).problem, has_text("hard link"));
  CHECK(planted.scratch.read("secret") == "root only");
  CHECK(appended(planted.secret) == "");  // where only we do, it is what was meant
}

TEST_CASE("a FIFO of others is refused, and nobody waited for", "[configured_path]") {
  const Planted planted;
  if (!planted.possible) return;
  const std::string fifo = planted.theirs + "/log";
  REQUIRE(::mkfifo(fifo.c_str(), 0666) == 0);
  const Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK));
  CHECK_THAT(appended(fifo), has_text("a FIFO that others could have put there"));
  const std::string own = planted.scratch.path("fifo");
  REQUIRE(::mkfifo(own.c_str(), 0666) == 0);
  const Fd own_reader(::open(own.c_str(), O_RDONLY | O_NONBLOCK));
  CHECK(appended(own) == "");
}

TEST_CASE("a socket is bound and connected to in the directory that was found", "[configured_path]") {
  const Scratch scratch;
  const std::string long_name(120, 'd');
  std::filesystem::create_directory(scratch.path(long_name));
  const ConfiguredPath place(scratch.path(long_name + "/socket"));
  const std::string before = std::filesystem::current_path();
  const Fd server(::socket(AF_UNIX, SOCK_STREAM, 0)), client(::socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(place.bind_socket(server.get()) == 0);
  CHECK(place.bind_socket(server.get()) != 0);
  struct stat info {};
  REQUIRE(place.look(info));
  CHECK((info.st_mode & 0777) == 0666);
  CHECK(place.connect_socket(client.get()) == ECONNREFUSED);
  REQUIRE(::listen(server.get(), 1) == 0);
  CHECK(place.connect_socket(client.get()) == 0);
  CHECK(std::filesystem::current_path() == before);
  CHECK(ConfiguredPath(scratch.write("file", "")).connect_socket(client.get()) != 0);
}

TEST_CASE("a name is removed, not what it leads to", "[configured_path]") {
  const Scratch scratch;
  scratch.write("file", "kept");
  std::filesystem::create_symlink("file", scratch.path("link"));
  CHECK(ConfiguredPath(scratch.path("link"), ConfiguredPath::Last::itself).remove() == 0);
  CHECK(scratch.read("file") == "kept");
  CHECK_FALSE(std::filesystem::is_symlink(scratch.path("link")));
}
