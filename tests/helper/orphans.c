// Makes as many orphans as the first argument says, each in a process group of its own, and lets
// all of them end at once, with 7, when its standard input ends. Prints "up" when they are there,
// and before that "made N" at each thousand, so that whoever waits sees that it goes on. Ends with the second argument once the input has ended; without one it stays.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void orphan(void) {
  const pid_t child = fork();
  if (child < 0) _exit(1);
  if (child > 0) _exit(0);
  setpgid(0, 0);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  _exit(7);
}

int main(int argc, char** argv) {
  const int wanted = atoi(argv[1]);
  for (int i = 0; i < wanted; ++i) {
    const pid_t parent = fork();
    if (parent == 0) orphan();
    int status = 0;
    if (parent < 0 || waitpid(parent, &status, 0) != parent || status != 0) {
      perror("cannot make that many");
      return 1;
    }
    if ((i + 1) % 1000 == 0) {
      printf("made %d\n", i + 1);
      fflush(stdout);
    }
  }
  puts("up");
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  if (argc > 2) return atoi(argv[2]);
  for (;;) pause();
}
