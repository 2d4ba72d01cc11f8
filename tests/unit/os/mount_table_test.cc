#include "init/os/mount_table.h"

#include <unistd.h>

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {

const std::string kRoot =
    "22 1 0:20 / / rw - overlay overlay rw\n23 22 0:21 / /proc rw - proc proc rw\n";

std::string mounted(const std::string& point, const std::string& type) {
  return "36 22 0:32 / " + point + " rw,relatime shared:1 master:2 - " + type + " source rw\n";
}

}  // namespace

TEST_CASE("what has a server may hang, what is local does not", "[mount_table]") {
  for (const char* type :
       {"nfs4", "nfs", "cifs", "9p", "fuse", "fuse.sshfs", "virtiofs", "autofs", "unheard-of"})
    CHECK(MountTable(kRoot + mounted("/mnt/a", type)).may_hang("/mnt/a/b/c"));
  for (const char* type : {"tmpfs", "ext4", "overlay", "fusectl"})
    CHECK_FALSE(MountTable(kRoot + mounted("/mnt/a", type)).may_hang("/mnt/a/b/c"));
}

TEST_CASE("a path is asked about by all that is on its way", "[mount_table]") {
  const MountTable table(kRoot + mounted("/mnt/a", "nfs4") + mounted("/mnt/a/local", "tmpfs"));
  CHECK(table.may_hang("/mnt/a"));
  CHECK(table.may_hang("//mnt/./a/x"));
  CHECK(table.may_hang("/mnt/a/local/x"));  // one has to come by the other
  CHECK(table.may_hang("/mnt/none/../a/x"));
  CHECK_FALSE(table.may_hang("/mnt/ab/x"));
  CHECK_FALSE(table.may_hang("/mnt"));
  CHECK_FALSE(table.may_hang("/run/ready"));
}

TEST_CASE("the last of several mounts at one place is the one that counts", "[mount_table]") {
  CHECK_FALSE(
      MountTable(mounted("/mnt/a", "nfs") + mounted("/mnt/a", "tmpfs")).may_hang("/mnt/a/x"));
  CHECK(MountTable(mounted("/mnt/a", "tmpfs") + mounted("/mnt/a", "nfs")).may_hang("/mnt/a/x"));
}

TEST_CASE("where the root may hang all would", "[mount_table]") {
  CHECK_FALSE(MountTable("22 1 0:20 / / rw - virtiofs root rw\n").may_hang("/run/ready"));
}

TEST_CASE("symbolic links are followed as far as that is safe", "[mount_table]") {
  const Scratch scratch;
  const std::string there = scratch.path("there");
  const MountTable table(mounted(there, "nfs4"));
  REQUIRE(::symlink("there/x", scratch.path("relative").c_str()) == 0);
  REQUIRE(::symlink((there + "/x").c_str(), scratch.path("absolute").c_str()) == 0);
  REQUIRE(::symlink("relative", scratch.path("twice").c_str()) == 0);
  REQUIRE(::symlink("circle", scratch.path("circle").c_str()) == 0);
  REQUIRE(::symlink("/run", scratch.path("elsewhere").c_str()) == 0);
  for (const char* name : {"relative", "absolute", "twice"})
    CHECK(table.may_hang(scratch.path(name)));
  CHECK_FALSE(table.may_hang(scratch.path("elsewhere/../x")));
  CHECK_FALSE(table.may_hang(scratch.path("circle/x")));
}

TEST_CASE("names with blanks, and lines that are none", "[mount_table]") {
  CHECK(MountTable(mounted(R"(/mnt/a\040b\134c)", "nfs")).may_hang(R"(/mnt/a b\c/x)"));
  CHECK_FALSE(MountTable("\n \n36 22\n36 22 0:32 / - \n - nfs\n").may_hang("/x"));
  CHECK_FALSE(MountTable::own().may_hang("/proc/self/status"));
}
