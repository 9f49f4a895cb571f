// A program and its supervisor: a process between this one and the program that adopts whatever the program leaves behind
// (a "subreaper"), and ends all of it when the program ends or this process does, however it dies.
//
// The supervisor is a fork that executes nothing, since this process may have been replaced on disk. After a fork of a
// process with threads only calls are made that are safe in a signal handler.

#define _GNU_SOURCE
#include "CSystemCalls.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct program {
  const char *path;
  char *const *arguments;
  char *const *environment;
  const char *folder;
  int output, error;
};

// What the supervisor tells of the program's end.
struct ending {
  int status;
  long user_us, system_us, peak_kib;
};

// The longest time that the supervisor takes to end what a program left behind; one that hangs in the kernel stays.
static const int64_t patience_ns = 5000000000;

static _Noreturn void run_program(const struct program *program, int started, pid_t parent) {
  // Above the standard three first: a caller that was started with one of those closed may hold its files there.
  started = fcntl(started, F_DUPFD_CLOEXEC, 3);
  int output = fcntl(program->output, F_DUPFD_CLOEXEC, 3);
  int error = fcntl(program->error, F_DUPFD_CLOEXEC, 3);
  int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int nothing = fcntl(opened, F_DUPFD_CLOEXEC, 3);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the call above.
  if (getppid() != parent) _exit(127);
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (output >= 0 && error >= 0 && nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(output, 1) >= 0 &&
      dup2(error, 2) >= 0 && (program->folder == NULL || chdir(program->folder) == 0)) {
    execve(program->path, program->arguments, program->environment);
  }
  int reason = errno;
  ssize_t written = write(started, &reason, sizeof reason);
  (void)written;
  _exit(127);
}

static void close_range_of(unsigned first, unsigned last) {
  if (first > last) return;
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, last, 0) == 0) return;
#endif
  struct rlimit limit;
  unsigned end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (unsigned)limit.rlim_cur : 65536;
  for (unsigned file = first; file <= last && file < end; file++) close((int)file);
}

// Closes what belongs to the caller, its locks above all: they must be free when it ends. KEPT is put in order.
static void close_others(int *kept, int count) {
  for (int i = 1; i < count; i++) {
    for (int j = i; j > 0 && kept[j - 1] > kept[j]; j--) {
      int other = kept[j];
      kept[j] = kept[j - 1];
      kept[j - 1] = other;
    }
  }
  unsigned next = 3;
  for (int i = 0; i < count; i++) {
    if (kept[i] < 3) continue;
    close_range_of(next, (unsigned)kept[i] - 1);
    next = (unsigned)kept[i] + 1;
  }
  close_range_of(next, ~0U);
}

// The parent of a process, by /proc/NAME/stat; its second field, the name of the program, may hold anything.
static pid_t parent_of(const char *name) {
  char path[64] = "/proc/";
  size_t length = strlen(name);
  if (length > 20) return -1;
  memcpy(path + 6, name, length);
  memcpy(path + 6 + length, "/stat", 6);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  char text[512];
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0) return -1;
  text[count] = 0;
  const char *end = strrchr(text, ')');
  return end != NULL && strlen(end) > 4 ? (pid_t)atol(end + 4) : -1;
}

struct entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

// Kills all children of this process that run.
static void kill_children(void) {
  char self[32];
  ssize_t length = readlink("/proc/self", self, sizeof self - 1);
  if (length <= 0) return;
  self[length] = 0;
  pid_t own = getpid();
  // A /proc of other processes' names says nothing about ours.
  if (atol(self) != own) return;
  int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  char buffer[8192] __attribute__((aligned(8)));
  long count;
  while ((count = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
    for (long place = 0; place < count;) {
      const struct entry *entry = (const struct entry *)(buffer + place);
      place += entry->length;
      if (entry->name[0] < '1' || entry->name[0] > '9') continue;
      if (parent_of(entry->name) == own) kill((pid_t)atol(entry->name), SIGKILL);
    }
  }
  close(folder);
}

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

// Ends all that the program left behind. What a killed process started becomes a child of this one in turn.
static void end_descendants(const sigset_t *child) {
  int64_t limit = now_ns() + patience_ns;
  do {
    pid_t found;
    do found = waitpid(-1, NULL, WNOHANG);
    while (found > 0);
    if (found < 0) return;
    kill_children();
    const struct timespec pause = {.tv_nsec = 5000000};
    sigtimedwait(child, NULL, &pause);
  } while (now_ns() < limit);
}

static void end_program(pid_t process) {
  kill(-process, SIGKILL);
  kill(process, SIGKILL);
}

// Waits for the program, and buries what it leaves meanwhile. Returns 1 once the program itself has ended.
static int bury(pid_t process, struct ending *ending) {
  for (;;) {
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return 0;
    if (info.si_pid != process) {
      waitpid(info.si_pid, NULL, 0);
      continue;
    }
    // Nobody else can have the number of the group before the program is waited for.
    kill(-process, SIGKILL);
    struct rusage usage;
    wait4(process, &ending->status, 0, &usage);
    ending->user_us = usage.ru_utime.tv_sec * 1000000L + usage.ru_utime.tv_usec;
    ending->system_us = usage.ru_stime.tv_sec * 1000000L + usage.ru_stime.tv_usec;
    ending->peak_kib = usage.ru_maxrss;
    return 1;
  }
}

static _Noreturn void supervise(const struct program *program, int control, int report, int started) {
  setpgid(0, 0);
  // Whoever kills processes by the name of this one means not the supervisor, which ends by itself.
  prctl(PR_SET_NAME, "supervisor");
  strncpy(program_invocation_name, "supervisor", strlen(program_invocation_name));
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  cs_forget_stop_signals();
  signal(SIGCHLD, SIG_DFL);
  int kept[] = {control, report, started, program->output, program->error};
  close_others(kept, 5);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  int deaths = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  pid_t own = getpid();
  pid_t process = deaths < 0 ? -1 : fork();
  if (process == 0) run_program(program, started, own);
  int reason = errno;
  ssize_t told = process < 0 ? write(started, &reason, sizeof reason) : write(report, &process, sizeof process);
  if (process < 0 || told < 0) _exit(1);
  setpgid(process, process);
  close(started);
  close(program->output);
  close(program->error);
  struct ending ending;
  memset(&ending, 0, sizeof ending);
  while (!bury(process, &ending)) {
    struct pollfd polled[] = {{.fd = deaths, .events = POLLIN}, {.fd = control, .events = POLLIN}};
    poll(polled, 2, -1);
    struct signalfd_siginfo info;
    if (polled[0].revents != 0) told = read(deaths, &info, sizeof info);
    if (polled[1].revents == 0) continue;
    unsigned char signal = 0;
    ssize_t length = read(control, &signal, 1);
    if (length < 0 && errno == EINTR) continue;
    if (length == 1 && signal != SIGKILL) {
      kill(-process, signal);
    } else {
      end_program(process);
    }
    // Closed: whoever asked for the program is gone.
    if (length != 1) control = -1;
  }
  told = write(report, &ending, sizeof ending);
  end_descendants(&child);
  _exit(0);
}

// Reads all of it, or as much as there is.
static size_t read_all(int file, void *target, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t length = read(file, (char *)target + done, size - done);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    done += (size_t)length;
  }
  return done;
}

int cs_spawn(const char *program, char *const arguments[], char *const environment[], const char *folder,
             int standard_output, int standard_error, int ends[2], int *process) {
  int started[2] = {-1, -1}, control[2] = {-1, -1}, report[2] = {-1, -1};
  struct program wanted = {program, arguments, environment, folder, standard_output, standard_error};
  pid_t supervisor = -1;
  int reason = 0;
  if (pipe2(started, O_CLOEXEC) != 0 || pipe2(control, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
    reason = errno;
  } else {
    sigset_t all, before;
    sigfillset(&all);
    // A handler that ran in the fork would speak for this process.
    pthread_sigmask(SIG_SETMASK, &all, &before);
    supervisor = fork();
    if (supervisor == 0) supervise(&wanted, control[0], report[1], started[1]);
    if (supervisor < 0) reason = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
  }
  if (started[1] >= 0) close(started[1]);
  if (control[0] >= 0) close(control[0]);
  if (report[1] >= 0) close(report[1]);
  if (supervisor > 0) {
    if (read_all(started[0], &reason, sizeof reason) != sizeof reason) reason = 0;
    if (reason == 0 && read_all(report[0], process, sizeof *process) != sizeof *process) reason = ECHILD;
    if (reason != 0) {
      close(control[1]);
      control[1] = -1;
      while (waitpid(supervisor, NULL, 0) < 0 && errno == EINTR) continue;
    }
  }
  if (started[0] >= 0) close(started[0]);
  if (reason != 0) {
    if (control[1] >= 0) close(control[1]);
    if (report[0] >= 0) close(report[0]);
    return -reason;
  }
  ends[0] = report[0];
  ends[1] = control[1];
  return supervisor;
}

int cs_ending(int report, int *status, long *user_us, long *system_us, long *peak_kib) {
  struct ending ending;
  if (read_all(report, &ending, sizeof ending) != sizeof ending) return -1;
  *status = ending.status;
  *user_us = ending.user_us;
  *system_us = ending.system_us;
  *peak_kib = ending.peak_kib;
  return 0;
}
