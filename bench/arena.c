// Runs one command as PID 1 of a fresh PID namespace and measures it from outside. Prints numbers,
// one line each, in nanoseconds unless said otherwise:
//   arena start FILE COMMAND...    from just before exec to the stamp in FILE, and to the end of all
//   arena stop FILE COMMAND...     waits for the stamp, sends SIGTERM, until the end
//   arena signals FILE COUNT COMMAND...   waits for the stamp, then COUNT times from kill to the stamp
//   arena wait FILE COMMAND...     ends by itself: the stamp is the number
//   arena stream FILE COMMAND...   until the stamp: how many ended children it has at once, at most
//   arena flood FILE CPU COMMAND...  all on one CPU, stdout is a pipe that is read and dropped; the
//                                  stamp, then the CPU time of PID 1 alone
//   arena rest FILE SECONDS COMMAND...    waits for the stamp and a second more: KiB anonymous, KiB
//                                  resident, threads, then wake-ups within SECONDS
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t* shared;
static volatile int64_t* begun;
static int output = -1;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static pid_t begin(char** command) {
  *shared = 0;
  const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) {
    perror("clone");
    exit(1);
  }
  if (pid > 0) return pid;
  setsid();
  mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
  mount("proc", "/proc", "proc", 0, NULL);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(output >= 0 ? output : null, 1);
  if (getenv("ARENA_STDERR") == NULL) dup2(null, 2);
  close(null);
  *begun = now();
  execvp(command[0], command);
  _exit(127);
}

static void end(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
}

static int64_t wait_for_stamp(pid_t pid) {
  for (unsigned i = 0; *shared == 0; ++i) {
    int status;
    if (waitpid(pid, &status, WNOHANG) == pid) exit(4);
    if (i > 1000) usleep(200);
  }
  return *shared;
}

static long status_sum(pid_t pid, const char* key) {
  char path[64], line[256];
  long sum = 0;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR* tasks = opendir(path);
  for (struct dirent* task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
    if (task->d_name[0] == '.') continue;
    char file[400];
    snprintf(file, sizeof file, "%s/%s/status", path, task->d_name);
    FILE* status = fopen(file, "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
      if (strncmp(line, key, strlen(key)) == 0) sum += atol(line + strlen(key));
    if (status != NULL) fclose(status);
  }
  if (tasks != NULL) closedir(tasks);
  return sum;
}

static long rollup(pid_t pid, const char* key) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
  FILE* file = fopen(path, "r");
  long value = -1;
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, key, strlen(key)) == 0) value = atol(line + strlen(key));
  if (file != NULL) fclose(file);
  return value;
}

static void rest(pid_t pid, int seconds) {
  sleep(1);
  printf("%ld\n%ld\n", rollup(pid, "Anonymous:"), rollup(pid, "Rss:"));
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE* status = fopen(path, "r");
  while (fgets(line, sizeof line, status) != NULL)
    if (strncmp(line, "Threads:", 8) == 0) printf("%ld\n", atol(line + 8));
  fclose(status);
  const long before = status_sum(pid, "voluntary_ctxt_switches:");
  sleep(seconds);
  printf("%ld\n", status_sum(pid, "voluntary_ctxt_switches:") - before);
}

static void signals(pid_t pid, int count) {
  for (int i = 0; i < count; ++i) {
    usleep(500);
    *shared = 0;
    const int64_t sent = now();
    kill(pid, SIGUSR1);
    while (*shared == 0 && now() - sent < 1000000000) sched_yield();
    printf("%" PRId64 "\n", *shared - sent);
  }
}

// How many children of the init are there at once, at most: the service, and those who have ended.
static void stream(pid_t pid) {
  char path[64];
  static char text[1 << 18];
  long most = 0;
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
  for (; *shared == 0; usleep(100)) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) break;
    long seen = 0;
    for (ssize_t got; (got = read(file, text, sizeof text)) > 0;)
      for (ssize_t i = 0; i < got; ++i) seen += text[i] == ' ';
    close(file);
    if (seen > most) most = seen;
  }
  printf("%ld\n", most > 0 ? most - 1 : 0);
}

static void flood(pid_t pid, int reader) {
  const pid_t drain = fork();
  if (drain == 0) {
    close(output);
    static char block[1 << 16];
    while (read(reader, block, sizeof block) > 0) {
    }
    _exit(0);
  }
  close(output);
  close(reader);
  wait_for_stamp(pid);
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE* stat = fopen(path, "r");
  text[fread(text, 1, sizeof text - 1, stat)] = 0;
  fclose(stat);
  unsigned long user = 0, system = 0;
  sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
  printf("%" PRId64 "\n%" PRIu64 "\n", *shared, (uint64_t)(user + system) * 1000000000 / sysconf(_SC_CLK_TCK));
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const char* what = argv[1];
  const int fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (ftruncate(fd, 4096) != 0) return 3;
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  begun = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char** command = argv + 3;
  int number = 0;
  if (strcmp(what, "signals") == 0 || strcmp(what, "rest") == 0 || strcmp(what, "flood") == 0)
    number = atoi(*command++);
  int ends[2] = {-1, -1};
  if (strcmp(what, "flood") == 0) {
    cpu_set_t cpu;
    CPU_ZERO(&cpu);
    CPU_SET(number, &cpu);
    sched_setaffinity(0, sizeof cpu, &cpu);
    if (pipe2(ends, O_CLOEXEC) != 0) return 3;
    output = ends[1];
  }
  // Inherited by all that is measured: neighbours on a busy machine wait. Where it is refused, the
  // numbers are noisier.
  const struct sched_param priority = {.sched_priority = 1};
  if (strcmp(what, "rest") != 0) sched_setscheduler(0, SCHED_RR, &priority);
  const pid_t pid = begin(command);
  if (strcmp(what, "start") == 0) {
    end(pid);
    const int64_t over = now();
    printf("%" PRId64 "\n%" PRId64 "\n", *shared - *begun, over - *begun);
    return 0;
  }
  if (strcmp(what, "wait") == 0) {
    end(pid);
    printf("%" PRId64 "\n", *shared);
    return 0;
  }
  if (strcmp(what, "stream") == 0) {
    stream(pid);
    end(pid);
    return 0;
  }
  if (strcmp(what, "flood") == 0) {
    flood(pid, ends[0]);
  } else {
    wait_for_stamp(pid);
    usleep(20000);
  }
  if (strcmp(what, "signals") == 0) signals(pid, number);
  if (strcmp(what, "rest") == 0) rest(pid, number);
  const int64_t stopping = now();
  kill(pid, strcmp(what, "stop") == 0 ? SIGTERM : SIGKILL);
  end(pid);
  if (strcmp(what, "stop") == 0) printf("%" PRId64 "\n", now() - stopping);
  return 0;
}
