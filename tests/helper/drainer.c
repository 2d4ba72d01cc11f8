// A process with something to finish: at the first SIGTERM it prints "draining", after the given
// milliseconds "drained", and ends with 0. Each further SIGTERM is told of; with "again" for a time
// the second is what ends it. With "daemon" it leads a session of its own, in the background; with
// "stopped" it stops itself once it is up.
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void become_daemon(void) {
  if (fork() != 0) _exit(0);
  setsid();
  if (fork() != 0) _exit(0);
}

int main(int argc, char** argv) {
  const int milliseconds = argc > 1 ? atoi(argv[1]) : 0;
  const int until_again = argc > 1 && strcmp(argv[1], "again") == 0;
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigprocmask(SIG_BLOCK, &wanted, NULL);
  if (argc > 2 && strcmp(argv[2], "daemon") == 0) become_daemon();
  struct pollfd fds[] = {{signalfd(-1, &wanted, 0), POLLIN, 0},
                         {timerfd_create(CLOCK_MONOTONIC, 0), POLLIN, 0}};
  setlinebuf(stdout);
  puts("up");
  if (argc > 2 && strcmp(argv[2], "stopped") == 0) raise(SIGSTOP);
  for (int told = 0; poll(fds, 2, -1) > 0;) {
    struct signalfd_siginfo info;
    if (fds[1].revents != 0) break;
    if (read(fds[0].fd, &info, sizeof info) != sizeof info) return 1;
    puts(told++ == 0 ? "draining" : "again");
    const struct itimerspec after = {{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000000 + 1}};
    if (until_again && told == 2) break;
    if (told == 1 && !until_again) timerfd_settime(fds[1].fd, 0, &after, NULL);
  }
  puts("drained");
  return 0;
}
