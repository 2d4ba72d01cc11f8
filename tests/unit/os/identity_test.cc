#include "init/os/identity.h"

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

struct Files {
  Scratch scratch;
  std::string passwd = scratch.write("passwd",
                                     "root:x:0:0:root:/root:/bin/sh\n"
                                     "broken line\n"
                                     "node:x:1000:1000:Node:/home/node:/bin/bash\n");
  std::string group = scratch.write("group",
                                    "root:x:0:\n"
                                    "node:x:1000:\n"
                                    "audio:x:29:node,other\n"
                                    "video:x:44:other\n");
  IdentityResult find(std::string_view user) const {
    return find_identity(user, passwd.c_str(), group.c_str());
  }
};

}  // namespace

TEST_CASE_METHOD(Files, "a user is found by name with all its groups", "[identity]") {
  const auto found = find("node");
  REQUIRE(found.problem.empty());
  CHECK(found.identity.uid == 1000);
  CHECK(found.identity.gid == 1000);
  CHECK(found.identity.groups == std::vector<gid_t>{1000, 29});
  CHECK(found.identity.home == "/home/node");
}

TEST_CASE_METHOD(Files, "nobody waits for the writer of a FIFO", "[identity]") {
  passwd = scratch.path("fifo");
  REQUIRE(::mkfifo(passwd.c_str(), 0600) == 0);
  CHECK(find("node").problem == "no user \"node\" in " + passwd);
  CHECK(find("1000").problem.empty());
}

TEST_CASE_METHOD(Files, "a number is enough, known or not", "[identity]") {
  CHECK(find("1000").identity.name == "node");
  const auto unknown = find("12345");
  CHECK(unknown.problem.empty());
  CHECK(unknown.identity.uid == 12345);
  CHECK(unknown.identity.gid == 0);
  CHECK(unknown.identity.groups == std::vector<gid_t>{0});
}

TEST_CASE_METHOD(Files, "a group that is named is the only one", "[identity]") {
  CHECK(find("node:video").identity.groups == std::vector<gid_t>{44});
  CHECK(find("12345:67").identity.gid == 67);
}

TEST_CASE_METHOD(Files, "who is not there is named", "[identity]") {
  CHECK_THAT(find("nobody-here").problem, has_text("nobody-here"));
  CHECK_THAT(find("node:no-group").problem, has_text("no-group"));
  for (const char* user : {"", ":", ":5", "node:", "-1", "4294967295", "99999999999"}) {
    CAPTURE(user);
    CHECK_FALSE(find(user).problem.empty());
  }
}

TEST_CASE("an image without /etc/passwd still has numbers", "[identity]") {
  const auto found = find_identity("5:6", "/no/passwd", "/no/group");
  CHECK(found.problem.empty());
  CHECK(found.identity.uid == 5);
  CHECK_FALSE(find_identity("node", "/no/passwd", "/no/group").problem.empty());
}
