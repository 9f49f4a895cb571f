#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

int cs_rename_without_replacing(const char *from, const char *to) {
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

int cs_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cs_wait(int process, int *status) {
  pid_t found;
  do found = waitpid(process, status, 0);
  while (found < 0 && errno == EINTR);
  return found < 0 ? -1 : 0;
}

int cs_exit_code(int status) { return WEXITSTATUS(status); }
int cs_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

int cs_flush_output(void) {
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
  return errno ? errno : EIO;
}

int cs_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

void cs_release_free_memory(void) { malloc_trim(0); }
