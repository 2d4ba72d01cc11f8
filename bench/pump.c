// The plainest init that reads a service's output: what any tap has to be measured against.
//   pump copy COMMAND...     read() and write(), 64 KiB at a time
//   pump splice COMMAND...   splice(), without the bytes coming through us
// Ends when the service has closed its output, with 0.
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char block[1 << 16];

static ssize_t copy(int from) {
  const ssize_t got = read(from, block, sizeof block);
  for (ssize_t done = 0; done < got;) {
    const ssize_t put = write(STDOUT_FILENO, block + done, (size_t)(got - done));
    if (put < 0) return -1;
    done += put;
  }
  return got;
}

static ssize_t move(int from) {
  return splice(from, NULL, STDOUT_FILENO, NULL, sizeof block, SPLICE_F_MOVE);
}

int main(int argc, char** argv) {
  int ends[2];
  if (argc < 3 || pipe2(ends, O_CLOEXEC) != 0) return 2;
  const pid_t service = fork();
  if (service < 0) return 3;
  if (service == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execvp(argv[2], argv + 2);
    _exit(127);
  }
  close(ends[1]);
  ssize_t (*const pump)(int) = strcmp(argv[1], "splice") == 0 ? move : copy;
  while (pump(ends[0]) > 0) {
  }
  return waitpid(service, NULL, 0) == service ? 0 : 4;
}
