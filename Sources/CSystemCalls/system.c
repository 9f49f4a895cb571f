#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

int cs_rename_without_replacing(const char *from, const char *to) {
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

// Only calls that are safe between fork and exec of a process with threads.
static _Noreturn void run_child(const char *program, char *const arguments[], char *const environment[],
                                const char *folder, int standard_output, int standard_error, int report,
                                pid_t parent) {
  // Above the standard three first: a caller that was started with one of those closed may hold its files there.
  report = fcntl(report, F_DUPFD_CLOEXEC, 3);
  int output = fcntl(standard_output, F_DUPFD_CLOEXEC, 3);
  int error = fcntl(standard_error, F_DUPFD_CLOEXEC, 3);
  int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int nothing = fcntl(opened, F_DUPFD_CLOEXEC, 3);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the call above.
  if (getppid() != parent) _exit(127);
  if (output >= 0 && error >= 0 && nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(output, 1) >= 0 &&
      dup2(error, 2) >= 0 && (folder == NULL || chdir(folder) == 0)) {
    execve(program, arguments, environment);
  }
  int reason = errno;
  ssize_t written = write(report, &reason, sizeof reason);
  (void)written;
  _exit(127);
}

int cs_spawn(const char *program, char *const arguments[], char *const environment[], const char *folder,
             int standard_output, int standard_error) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -errno;
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    close(report[0]);
    run_child(program, arguments, environment, folder, standard_output, standard_error, report[1], parent);
  }
  int reason = child < 0 ? errno : 0;
  close(report[1]);
  if (child > 0) {
    setpgid(child, child);
    ssize_t length;
    do length = read(report[0], &reason, sizeof reason);
    while (length < 0 && errno == EINTR);
    if (length == (ssize_t)sizeof reason) {
      while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    } else {
      reason = 0;
    }
  }
  close(report[0]);
  return reason == 0 ? child : -reason;
}

int cs_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cs_pidfd_open(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int cs_stop_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
  for (int i = 0; i < 3; i++) {
    // What whoever started this process ignores, such as nohup the SIGHUP, stays ignored.
    struct sigaction action;
    if (sigaction(stopping[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN) continue;
    sigaddset(&set, stopping[i]);
  }
  int failure = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (failure != 0) {
    errno = failure;
    return -1;
  }
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int cs_next_signal(int descriptor) {
  struct signalfd_siginfo info;
  return read(descriptor, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

int cs_wait(int process, int *status, long *user_us, long *system_us, long *peak_kib) {
  struct rusage usage;
  pid_t found;
  do found = wait4(process, status, 0, &usage);
  while (found < 0 && errno == EINTR);
  if (found < 0) return -1;
  *user_us = usage.ru_utime.tv_sec * 1000000L + usage.ru_utime.tv_usec;
  *system_us = usage.ru_stime.tv_sec * 1000000L + usage.ru_stime.tv_usec;
  *peak_kib = usage.ru_maxrss;
  return 0;
}

int cs_has_ended(int process) {
  siginfo_t info;
  info.si_pid = 0;
  return waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == process;
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
