// Prints "up" and then forks on and on, deaf to all signals that can be ignored. Each chain is one
// process that lives for a moment: it forks a successor and ends. Argument 1: how many chains;
// "sessions" as argument 2: each process leads a session of its own, so that no group holds them.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void chain(int sessions) {
  for (;;) {
    const pid_t next = fork();
    if (next > 0) _exit(0);
    if (next == 0 && sessions) setsid();
  }
}

int main(int argc, char** argv) {
  const int chains = argc > 1 ? atoi(argv[1]) : 1;
  const int sessions = argc > 2 && strcmp(argv[2], "sessions") == 0;
  for (int signo = 1; signo < SIGRTMIN; ++signo)
    if (signo != SIGCHLD) signal(signo, SIG_IGN);
  for (int i = 0; i < chains; ++i)
    if (fork() == 0) chain(sessions);
  puts("up");
  fflush(stdout);
  for (;;) pause();
}
