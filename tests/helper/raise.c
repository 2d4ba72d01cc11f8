// Dies by the signal of the given number.
#include <signal.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  return argc == 2 ? raise(atoi(argv[1])) : 2;
}
