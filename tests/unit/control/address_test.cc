#include "init/control/address.h"

#include <sys/stat.h>

#include <cstddef>

#include "tests/catch.h"

using namespace usher;

TEST_CASE("a path is used with its end, an abstract name with its length", "[address]") {
  const ControlAddress path = control_address("/run/u.sock");
  CHECK(path.is_path());
  CHECK(path.length == offsetof(sockaddr_un, sun_path) + 12);
  CHECK(std::string(path.address.sun_path) == "/run/u.sock");
  const ControlAddress name = control_address("@u");
  CHECK_FALSE(name.is_path());
  CHECK(name.length == offsetof(sockaddr_un, sun_path) + 2);
  CHECK(std::string_view(name.address.sun_path, 2) == std::string_view("\0u", 2));
}

TEST_CASE("without a setting the name carries the inode of the PID namespace", "[address]") {
  struct stat info {};
  REQUIRE(::stat("/proc/self/ns/pid", &info) == 0);
  CHECK(control_address("").text == "@usher/" + std::to_string(info.st_ino));
}

TEST_CASE("a name that does not fit is refused", "[address]") {
  CHECK(control_address("/" + std::string(106, 'x')).problem.empty());
  CHECK_THAT(control_address("/" + std::string(107, 'x')).problem,
             has_text("longer than 107 bytes"));
}
