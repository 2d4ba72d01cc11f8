#include "init/observe/report_file.h"

#include <sys/stat.h>

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

namespace {
std::size_t entries(const Scratch& scratch) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(scratch.path(""))) ++count;
  return count;
}
}  // namespace

TEST_CASE("a report file is replaced as a whole", "[report_file]") {
  const Scratch scratch;
  const std::string path = scratch.write("report", "old, and much longer than the new one");
  CHECK(write_whole(path, "new") == "");
  CHECK(scratch.read("report") == "new");
  CHECK(entries(scratch) == 1);
}

TEST_CASE("a report that cannot be written leaves nothing half done", "[report_file]") {
  const Scratch scratch;
  CHECK(write_whole(scratch.path("no/such/place"), "x") == "No such file or directory");
  ::mkdir(scratch.path("report").c_str(), 0755);
  scratch.write("report/inside", "");
  CHECK(write_whole(scratch.path("report"), "x") != "");
  CHECK(entries(scratch) == 1);
}

TEST_CASE("no rename takes the place of a device, or of what a link leads to one", "[report_file]") {
  const Scratch scratch;
  std::filesystem::create_symlink("/dev/null", scratch.path("link"));
  CHECK(write_whole(scratch.path("link"), "x") == "not a regular file");
  CHECK(std::filesystem::is_symlink(scratch.path("link")));
  const std::string fifo = scratch.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(write_whole(fifo, "x") == "not a regular file");
  CHECK(std::filesystem::is_fifo(fifo));
  CHECK(entries(scratch) == 2);
}

TEST_CASE("a file that is mounted is written over, other things are left alone", "[report_file]") {
  const Scratch scratch;
  CHECK(overwrite(scratch.write("message", "a long old message"), "new") == "");
  CHECK(scratch.read("message") == "new");
  CHECK(overwrite("/dev/null", "x") == "not a regular file");
  const std::string fifo = scratch.path("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(overwrite(fifo, "x") != "");  // and nobody waited for a reader
}

TEST_CASE("a report that is kept while the service lives is no message of others", "[report_file]") {
  const Scratch scratch;
  const std::string kept = R"({"event":"report","format":1})" + std::string(2000, ' ') + '\n';
  const auto others = [&](const std::string& text) { return message_of_others(scratch.write("m", text), {}); };
  CHECK(others(kept).text.empty());
  CHECK(others(kept + "quota\n").text == "quota\n");
  CHECK(!others(kept + "quota\n").alone);
  CHECK(others("quota\n").alone);
}

TEST_CASE("nothing of a longer text is left behind a shorter one", "[report_file]") {
  const Scratch scratch;
  for (const std::size_t before : {0u, 10u, 4096u, 9000u})
    for (const std::size_t now : {0u, 5u, 4096u, 5000u}) {
      CHECK(overwrite(scratch.write("m", std::string(before, 'a')), std::string(now, 'b')) == "");
      CHECK(scratch.read("m") == std::string(now, 'b'));
    }
}
