#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

static const int stopping[] = {SIGINT, SIGTERM, SIGHUP};
// Between the second signal and the end of a process that does not come to its own.
static const struct itimerval patience = {.it_value = {.tv_usec = 500000}};

static int writer = -1;
static int arrived = 0;
static volatile sig_atomic_t last = 0;

// Only calls that are safe in a signal handler: whatever the process does at the moment goes on behind it.
static void note_signal(int signal) {
  int saved = errno;
  int count = __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
  if (count > 2) _exit(128 + signal);
  last = signal;
  unsigned char byte = (unsigned char)signal;
  ssize_t written = write(writer, &byte, 1);
  (void)written;
  if (count == 2) setitimer(ITIMER_REAL, &patience, NULL);
  errno = saved;
}

static void give_up(int signal) {
  (void)signal;
  _exit(128 + last);
}

int cs_stop_signals(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return -1;
  // A pipe of an earlier call stays open: whoever polls it must not find it closed.
  writer = ends[1];
  struct sigaction action = {.sa_handler = give_up, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  int failed = sigaction(SIGALRM, &action, NULL);
  sigset_t heeded;
  sigemptyset(&heeded);
  sigaddset(&heeded, SIGALRM);
  action.sa_handler = note_signal;
  for (int i = 0; i < 3; i++) sigaddset(&action.sa_mask, stopping[i]);
  for (int i = 0; i < 3; i++) {
    struct sigaction before;
    failed |= sigaction(stopping[i], &action, &before);
    if (before.sa_handler == SIG_IGN) {
      // What whoever started this process ignores, such as nohup the SIGHUP, stays ignored.
      failed |= sigaction(stopping[i], &before, NULL);
    } else {
      sigaddset(&heeded, stopping[i]);
    }
  }
  // Whoever started this process may have blocked them for threads of its own.
  failed |= pthread_sigmask(SIG_UNBLOCK, &heeded, NULL);
  return failed == 0 ? ends[0] : -1;
}

int cs_next_signal(int descriptor) {
  unsigned char byte;
  ssize_t length;
  do length = read(descriptor, &byte, 1);
  while (length < 0 && errno == EINTR);
  return length == 1 ? byte : 0;
}

int cs_stops(void) { return __atomic_load_n(&arrived, __ATOMIC_SEQ_CST); }

void cs_forget_stop_signals(void) {
  for (int i = 0; i < 3; i++) {
    struct sigaction action;
    if (sigaction(stopping[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN) signal(stopping[i], SIG_DFL);
  }
  signal(SIGALRM, SIG_DFL);
}
