#include "init/os/exec_hint.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "init/base/file.h"
#include "init/os/fd.h"

namespace usher {
namespace {

std::string script_hint(std::string_view head) {
  std::string_view line = head.substr(2, head.find('\n') - 2);
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  const bool carriage_return = !line.empty() && line.back() == '\r';
  const std::string interpreter(line.substr(0, line.find_first_of(" \t\r")));
  if (carriage_return)
    return "its first line ends in CR LF, so the interpreter is taken to be \"" + interpreter +
           "\\r\"; save the script with Unix line ends";
  if (!file_exists(interpreter))
    return "the interpreter of the script, " + interpreter + ", is not in this image";
  return "the script's interpreter is " + interpreter;
}

template <typename Header, typename Program>
std::optional<std::string> interpreter_of(int fd, std::string_view head) {
  Header header;
  if (head.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, head.data(), sizeof header);
  for (unsigned i = 0; i < header.e_phnum && i < 64; ++i) {
    Program program;
    const auto at = static_cast<off_t>(header.e_phoff + i * sizeof program);
    if (::pread(fd, &program, sizeof program, at) != static_cast<ssize_t>(sizeof program)) break;
    if (program.p_type != PT_INTERP) continue;
    char path[256];
    const ssize_t got = ::pread(fd, path, sizeof path - 1, static_cast<off_t>(program.p_offset));
    if (got <= 0) break;
    path[got] = '\0';
    return std::string(path);
  }
  return std::nullopt;
}

std::string elf_hint(int fd, std::string_view head, int error) {
  const bool wide = head.size() > EI_CLASS && head[EI_CLASS] == ELFCLASS64;
  const auto interpreter = wide ? interpreter_of<Elf64_Ehdr, Elf64_Phdr>(fd, head)
                                : interpreter_of<Elf32_Ehdr, Elf32_Phdr>(fd, head);
  if (error == ENOEXEC) return "the program is for another kind of machine";
  if (!interpreter || file_exists(*interpreter)) return {};
  const bool musl = interpreter->find("musl") != std::string::npos;
  return "its loader " + *interpreter + " is not in this image: the program was built for " +
         (musl ? "a musl image such as Alpine" : "a glibc image such as Debian");
}

}  // namespace

bool file_exists(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0;
}

std::string exec_hint(const std::string& path, int error) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return {};
  if (S_ISDIR(info.st_mode)) return path + " is a directory";
  if (error == EACCES && (info.st_mode & 0111) == 0)
    return path + " has no execute permission; chmod +x it";
  std::string why;
  const Fd fd(open_regular_file(path, why));
  char buffer[512];
  const ssize_t got = fd ? ::read(fd.get(), buffer, sizeof buffer) : -1;
  if (got < 0) return {};
  const std::string_view head(buffer, static_cast<std::size_t>(got));
  if (head.empty()) return path + " is empty";
  if (head.starts_with("#!")) return script_hint(head);
  if (head.starts_with(ELFMAG)) return elf_hint(fd.get(), head, error);
  if (error == ENOEXEC) return "it is no program; a script needs a first line such as #!/bin/sh";
  return {};
}

std::string absence_hint(std::string_view program) {
  if (program.find(' ') != std::string_view::npos)
    return "an argument is a word of its own, as in [\"node\", \"server.js\"]";
  if (program.empty() || program.find('/') != std::string_view::npos) return {};
  return "it is in no directory of PATH";
}

}  // namespace usher
