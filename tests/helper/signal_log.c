// Prints "up", then "got N" for each signal that comes, as often as it comes, until that of the
// given number, which ends it with 0.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  const int last = argc > 1 ? atoi(argv[1]) : SIGTERM;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  setlinebuf(stdout);
  puts("up");
  for (int got = 0; got != last;) {
    if (sigwait(&all, &got) == 0) printf("got %d\n", got);
  }
  return 0;
}
