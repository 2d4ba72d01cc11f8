// The services that the inits are measured with:
//   idle FILE            says "ready", stamps FILE, waits; ends with 0 on SIGTERM
//   signals FILE         the same, and stamps FILE again at each SIGUSR1
//   orphans FILE COUNT   leaves COUNT ended processes at once, then stamps how long they stayed (ns)
//   stream FILE COUNT    leaves COUNT ended processes, twenty at a time, then stamps
//   flood FILE TOTAL SIZE [BEFORE]  says BEFORE, writes TOTAL bytes to stdout, SIZE at a time, stamps
//                        how long that took, waits like idle
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t* shared;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void stamp(int64_t value) { __atomic_store_n(shared, value, __ATOMIC_SEQ_CST); }

static int serve(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR1);
  for (;;) {
    int signo = 0;
    if (sigwait(&set, &signo) != 0) continue;
    if (signo == SIGTERM) return 0;
    stamp(now());
  }
}

static void leave_orphans(long count) {
  pid_t* pids = mmap(NULL, count * sizeof *pids, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  volatile int64_t* begun = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  const pid_t parent = fork();
  if (parent == 0) {
    for (long i = 0; i < count; ++i) {
      pids[i] = vfork();
      if (pids[i] == 0) _exit(0);
    }
    *begun = now();
    _exit(0);
  }
  waitpid(parent, NULL, 0);
  for (long i = count - 1; i >= 0; --i)
    while (kill(pids[i], 0) == 0) sched_yield();
  stamp(now() - *begun);
}

static void leave_stream(long count) {
  for (long left = count; left > 0; left -= 20) {
    const pid_t parent = fork();
    if (parent == 0) {
      for (int i = 0; i < 20; ++i)
        if (vfork() == 0) _exit(0);
      _exit(0);
    }
    waitpid(parent, NULL, 0);
  }
  stamp(now());
}

static void flood(long total, long size) {
  char* block = malloc(size);
  memset(block, 'x', size);
  block[size - 1] = '\n';
  const int64_t begun = now();
  for (long done = 0; done < total;) {
    const ssize_t put = write(STDOUT_FILENO, block, size);
    if (put < 0 && errno != EINTR) exit(1);
    done += put;
  }
  stamp(now() - begun);
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int fd = open(argv[2], O_RDWR | O_CLOEXEC);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) return 3;
  sigset_t set;
  sigfillset(&set);
  sigprocmask(SIG_BLOCK, &set, NULL);
  if (strcmp(argv[1], "orphans") == 0) {
    leave_orphans(atol(argv[3]));
    return 0;
  }
  if (strcmp(argv[1], "stream") == 0) {
    leave_stream(atol(argv[3]));
    return 0;
  }
  if (strcmp(argv[1], "flood") == 0) {
    if (argc > 5) dprintf(STDOUT_FILENO, "%s\n", argv[5]);
    flood(atol(argv[3]), atol(argv[4]));
    return serve();
  }
  dprintf(STDOUT_FILENO, "ready\n");
  stamp(now());
  return serve();
}
