#ifndef TANDEM_SYSTEM_H
#define TANDEM_SYSTEM_H

// No system header is included here: a type that this module declared first would count as its own for Swift.

// System calls that Glibc's Swift overlay lacks. Each returns -1 and sets errno on failure, or says otherwise.

// renameat2(RENAME_NOREPLACE). Where the file system lacks it: errno EINVAL, ENOSYS or ENOTSUP.
int cs_rename_without_replacing(const char *from, const char *to);

// Starts PROGRAM in a process group of its own, which the kernel kills when the calling thread ends.
// ARGUMENTS and ENVIRONMENT end with NULL; PROGRAM is looked up from FOLDER (NULL: where the caller is). The program
// begins with no signal blocked, SIGPIPE as usual, and nothing to read on its standard input. Returns the process id,
// or -errno when it could not be started (an exec that failed included).
int cs_spawn(const char *program, char *const arguments[], char *const environment[], const char *folder,
             int standard_output, int standard_error);

int cs_pidfd_open(int process);

// A pipe, both ends closed in programs that are started, whichever thread starts them.
int cs_pipe(int ends[2]);

// A descriptor that becomes readable on INT, TERM and HUP, which are blocked for the calling thread and those that it
// starts afterwards: call it before there are others.
int cs_stop_signals(void);

// The next of those signals, or 0.
int cs_next_signal(int descriptor);

// Waits for PROCESS; gives its wait status, user and system CPU time in microseconds, peak memory in KiB.
int cs_wait(int process, int *status, long *user_us, long *system_us, long *peak_kib);

/// Whether a child has ended; it stays to be waited for.
int cs_has_ended(int process);

int cs_exit_code(int status);
int cs_signal(int status);

// Writes what standard output has in its buffer. Returns 0, or an error number where that or anything before it failed.
int cs_flush_output(void);

// How many processors the calling thread may run on.
int cs_processors(void);

// Gives free memory of the allocator back to the system.
void cs_release_free_memory(void);

#endif
