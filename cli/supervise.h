// supervise.h - children that must run: started, listened to, restarted, stopped in order
//
//   - Each child is in our process group and dies with us (PR_SET_PDEATHSIG).
//   - Its stderr goes to DIR/log/NAME.log, rotated at 8 MiB, one older file kept. Its first line on
//     stdout that begins with READY says that it works.
//   - A child that ends is started again after 0.1 s, doubling to 5 s. Ten ends in a minute that no
//     signal from outside caused are too many: something is wrong that a restart does not mend.
//
// Threads: one.

#ifndef CLI_SUPERVISE_H
#define CLI_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tonghop/config.h"
#include "tonghop/err.h"

enum {
    SUPERVISE_CHILDREN_MAX = 24,
    SUPERVISE_ARGS_MAX = 10,
    SUPERVISE_READY_MAX = 1024,
    SUPERVISE_ENDS_MAX = 10, // in a minute
};

struct child {
    char name[48];
    char program[TH_PATH_MAX];
    char args[SUPERVISE_ARGS_MAX][TH_PATH_MAX];
    size_t arg_count;
    pid_t pid;    // 0: not running
    int out, err; // pipes
    int log;      // descriptor
    bool ready;
    char line[SUPERVISE_READY_MAX]; // its READY line
    size_t line_size;
    uint64_t start_at_ms; // next start; 0: none planned
    uint64_t delay_ms;    // before the next start
    uint64_t ends_ms[SUPERVISE_ENDS_MAX];
    size_t end_count;
    int status; // of the last end
};

struct supervisor {
    char log_dir[TH_PATH_MAX];
    struct child children[SUPERVISE_CHILDREN_MAX];
    size_t count;
    int signals; // signalfd: SIGCHLD, SIGTERM, SIGINT, SIGHUP
    bool stopping;
    bool changed; // a pid changed since it was last looked at
};

enum supervise_result {
    SUPERVISE_GO_ON,
    SUPERVISE_STOP,     // SIGTERM or SIGINT
    SUPERVISE_TOO_MANY, // a child ends again and again; supervisor.children[index of *which]
};

TH_MUST_USE enum th_err supervise_open(struct supervisor *supervisor, const char *log_dir);

// Add a child; it is started by supervise_start. args are without the program's name.
struct child *supervise_add(struct supervisor *supervisor,
                            const char *name,
                            const char *program,
                            const char *const *args,
                            size_t count);
TH_MUST_USE enum th_err supervise_start(struct supervisor *supervisor, struct child *child);

/**
 * Wait for what happens, at most wait_ms, and deal with it.
 *
 * *which is the child of SUPERVISE_TOO_MANY.
 */
enum supervise_result
supervise_turn(struct supervisor *supervisor, unsigned wait_ms, struct child **which);

// SIGTERM to the children in the order given, each waited for; whoever does not end in time is
// killed. A second SIGTERM or SIGINT kills at once.
void supervise_stop(struct supervisor *supervisor, uint64_t deadline_ms);

void supervise_reload(struct supervisor *supervisor); // SIGHUP to all

#endif
