// Writes as many bytes as argument 1 says to stdout, in writes of argument 2 bytes each, and ends
// at once. The bytes are those of a small generator, all 256 of them; see stream_bytes in
// output_test.py. Ends with 3 where it could not write them all.
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const size_t total = strtoul(argv[1], NULL, 10), each = strtoul(argv[2], NULL, 10);
  unsigned char* block = malloc(each);
  uint32_t state = 1;
  for (size_t done = 0; done < total;) {
    size_t size = each < total - done ? each : total - done;
    for (size_t i = 0; i < size; ++i) {
      state = state * 1664525u + 1013904223u;
      block[i] = (unsigned char)(state >> 24);
    }
    for (size_t put = 0; put < size;) {
      const ssize_t n = write(STDOUT_FILENO, block + put, size - put);
      if (n <= 0) return 3;
      put += (size_t)n;
    }
    done += size;
  }
  return 0;
}
