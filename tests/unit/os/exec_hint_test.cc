#include "init/os/exec_hint.h"

#include <cerrno>

#include "tests/catch.h"
#include "tests/scratch.h"

using namespace usher;

TEST_CASE("a file that cannot be executed is explained", "[exec_hint]") {
  const Scratch scratch;
  CHECK_THAT(exec_hint(scratch.write("script", "#!/no/such/sh -e\n", 0755), ENOENT),
             has_text("/no/such/sh"));
  CHECK_THAT(exec_hint(scratch.write("dos", "#!/bin/sh\r\necho\r\n", 0755), ENOENT),
             has_text("CR LF"));
  CHECK_THAT(exec_hint(scratch.write("plain", "echo hi\n", 0755), ENOEXEC), has_text("#!/bin/sh"));
  CHECK_THAT(exec_hint(scratch.write("closed", "#!/bin/sh\n", 0644), EACCES), has_text("chmod +x"));
  CHECK_THAT(exec_hint(scratch.write("empty", "", 0755), ENOEXEC), has_text("empty"));
  CHECK_THAT(exec_hint("/tmp", EACCES), has_text("directory"));
  CHECK(exec_hint(scratch.path("absent"), ENOENT).empty());
}

TEST_CASE("a program that is nowhere is explained by its name", "[exec_hint]") {
  CHECK_THAT(absence_hint("node server.js"), has_text("a word of its own"));
  CHECK_THAT(absence_hint("/app/node server.js"), has_text("a word of its own"));
  CHECK_THAT(absence_hint("nod"), has_text("in no directory of PATH"));
  CHECK(absence_hint("/usr/bin/nod").empty());
  CHECK(absence_hint("").empty());
}

TEST_CASE("an ELF file whose loader is missing names it", "[exec_hint]") {
  // The least of a 64-bit program: a header and one PT_INTERP entry.
  const std::string loader = "/lib/ld-musl-nowhere.so.1";  // a name that no machine has
  std::string elf(64 + 56, '\0');
  elf.replace(0, 5, "\x7f" "ELF\x02");
  elf[5] = 1;
  elf[32] = 64;   // e_phoff
  elf[56] = 1;    // e_phnum
  elf[64] = 3;    // PT_INTERP
  elf[72] = 120;  // p_offset
  elf += loader + '\0';
  const Scratch scratch;
  const std::string hint = exec_hint(scratch.write("program", elf, 0755), ENOENT);
  CHECK_THAT(hint, has_text(loader) && has_text("musl"));
}

TEST_CASE("a damaged ELF file is not followed", "[exec_hint]") {
  const Scratch scratch;
  std::string elf(64, '\xff');
  elf.replace(0, 5, "\x7f" "ELF\x02");
  CHECK(exec_hint(scratch.write("program", elf, 0755), ENOENT).empty());
  CHECK(exec_hint(scratch.write("short", "\x7f" "ELF", 0755), ENOENT).empty());
}
