// Ignores SIGTERM for good, in a session of its own where "daemon" is asked for. Prints "up".
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char** argv) {
  signal(SIGTERM, SIG_IGN);
  if (argc > 1 && strcmp(argv[1], "daemon") == 0) {
    if (fork() != 0) _exit(0);
    setsid();
    if (fork() != 0) _exit(0);
  }
  puts("up");
  fflush(stdout);
  for (;;) pause();
}
