// desk.h - what the verbs of the office share: opening the directory, and saying what happened
//
// People's sentences go to standard output, what is wrong to standard error.

#ifndef NODES_DESK_H
#define NODES_DESK_H

#include <stdio.h>

#include "tonghop/finding.h"
#include "tonghop/option.h"

#include "nodes/home.h"

// NODEDIR of this call: --dir, $TONGHOP_DIR, the present directory when it is one, the installed.
const char *desk_dir(const struct th_call *call);

// Open it, or say why not. 0, or an exit code. Ownership: home_close, also after an error.
int desk_open(const struct th_call *call, struct home *home);
// Open it with its register and catalogue.
int desk_open_loaded(const struct th_call *call, struct home *home);

// Say why and give the exit code.
int desk_fail(const struct th_call *call, enum th_err err, const char *what);

// The same for an error of the agent: it may be about where the brokers are.
int desk_fail_agent(const struct th_call *call, const struct home *home, enum th_err err);

// printf in the call's language, on stdout for people; nothing with --quiet or --json.
void desk_say(const struct th_call *call, const char *vi, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
bool desk_is_json(const struct th_call *call);
// "text" quoted and escaped.
void desk_json_text(FILE *out, struct th_bytes text);

// 1.204 or 1,204; returns out.
enum { DESK_NUMBER_BYTES = 48 };
char *desk_number(const struct th_call *call, uint64_t number, char out[static DESK_NUMBER_BYTES]);
// 16:05:12 where the office is; without seconds 16:05.
enum { DESK_CLOCK_BYTES = 16 };
char *desk_clock(const struct home *home,
                 int64_t unix_ms,
                 bool seconds,
                 char out[static DESK_CLOCK_BYTES]);

// One line that is rewritten, only on a terminal and only after half a second.
struct progress {
    bool on;
    bool shown;
    uint64_t begun_ms;
    uint64_t last_ms;
};
struct progress progress_begin(const struct th_call *call);
void progress_show(struct progress *progress, const char *format, ...) TH_PRINTF(2, 3);
void progress_end(struct progress *progress);

#endif
