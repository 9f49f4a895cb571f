#ifndef TANDEM_SYSTEM_H
#define TANDEM_SYSTEM_H

// No system header is included here: a type that this module declared first would count as its own for Swift.

// System calls that Glibc's Swift overlay lacks. Each returns -1 and sets errno on failure, or says otherwise.

// renameat2(RENAME_NOREPLACE). Where the file system lacks it: errno EINVAL, ENOSYS or ENOTSUP.
int cs_rename_without_replacing(const char *from, const char *to);

// Starts PROGRAM in a process group of its own, under a supervisor: whatever it starts ends with it, and all of it with
// this process, however that dies. ARGUMENTS and ENVIRONMENT end with NULL; PROGRAM is looked up from FOLDER (NULL: where
// the caller is). The program begins with no signal blocked, SIGPIPE as usual, and nothing to read on its standard
// input. Returns the process id of the supervisor, or -errno when the program could not be started (an exec that failed
// included). ENDS[0] is readable once the program has ended. A byte written to ENDS[1] is sent as a signal to the
// program's group; when it is closed, all is killed. PROCESS is the program's id.
int cs_spawn(const char *program, char *const arguments[], char *const environment[], const char *folder,
             int standard_output, int standard_error, int ends[2], int *process);

// How the program of ENDS[0] ended: its wait status, user and system CPU time in microseconds, peak memory in KiB.
// Returns -1 when its supervisor died before that.
int cs_ending(int report, int *status, long *user_us, long *system_us, long *peak_kib);

// A pipe, both ends closed in programs that are started, whichever thread starts them.
int cs_pipe(int ends[2]);

// A descriptor that becomes readable on INT, TERM and HUP, except for those that are ignored. After the second signal
// the process has half a second to come to its end by itself; then, or at the third, it ends at once with exit code 128
// + the signal, whatever it does at the moment.
int cs_stop_signals(void);

// The next of those signals, or 0.
int cs_next_signal(int descriptor);

// How many of those signals have arrived.
int cs_stops(void);

// Lets those signals do what they do by default, in a process that was forked.
void cs_forget_stop_signals(void);

// Waits for PROCESS; gives its wait status.
int cs_wait(int process, int *status);

int cs_exit_code(int status);
int cs_signal(int status);

// Writes what standard output has in its buffer. Returns 0, or an error number where that or anything before it failed.
int cs_flush_output(void);

// How many processors the calling thread may run on.
int cs_processors(void);

// Gives free memory of the allocator back to the system.
void cs_release_free_memory(void);

#endif
