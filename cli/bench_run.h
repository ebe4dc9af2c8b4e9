// bench_run.h - programs that a measurement starts and waits for, and its clock
//
// Threads: one.

#ifndef CLI_BENCH_RUN_H
#define CLI_BENCH_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BENCH_ARGS_MAX = 256, BENCH_LINE_MAX = 4096 };

// A program under way, with what it says on stdout.
struct bench_child {
    pid_t pid; // 0: none
    int out;   // -1: not listened to
    char line[BENCH_LINE_MAX];
    size_t size;
};

double bench_now(void); // seconds, monotonic

/**
 * Start tonghop with words (ended by NULL), or the program that the first one names when that
 * begins with "tonghop-". Its stdout is kept in child when listen is set, else written into log
 * with its stderr (appended).
 *
 * Returns false when it could not be started.
 */
bool bench_start(const char *const *words, const char *log, bool listen, struct bench_child *child);

// Wait for its end: the exit code, or 128 + signal.
int bench_end(struct bench_child *child);

// SIGTERM, then bench_end.
int bench_stop(struct bench_child *child);

// Start and wait.
int bench_run(const char *const *words, const char *log);

// The next whole line of child within seconds (0: what is there now), without its newline; NULL
// when there is none. Lives until the next call. A line longer than BENCH_LINE_MAX is handed out
// in pieces.
const char *bench_line(struct bench_child *child, double seconds);

#endif
