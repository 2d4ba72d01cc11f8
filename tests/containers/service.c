/* A service for roots that hold nothing else: says who it is and who started it, and ends with 0 on
 * SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  sigset_t stop;
  int got;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, NULL);
  printf("parent %d user %d group %d\n", (int)getppid(), (int)getuid(), (int)getgid());
  fflush(stdout);
  sigwait(&stop, &got);
  puts("drained");
  return 0;
}
