// log.h - one line per event, whatever is in it
//
//   th_log(LOG_WARNING, "batch-refused", "node=%" PRIu32 " reason=%s", node, reason);
//
//   text     2026-11-24T11:40:12.345Z warning batch-refused node=3 reason="no such unit"
//   journal  <4>batch-refused node=3 reason="no such unit"
//   json     {"time":"...","level":"warning","event":"batch-refused","node":3,"reason":"..."}
//
//   L1  One call writes one line of at most TH_LOG_LINE_MAX bytes, its newline included. What does
//       not fit is cut at a character, and U+2026 (in JSON: "cut":true) at the end says so.
//   L2  Control and bidirectional characters and bytes that are no UTF-8 are escaped: \u{1B},
//       \x{FF}. No value can look like a line, a field or a level of its own.
//   L3  Logging never fails and never waits for long: a line that cannot be written is counted.
//
// LOG_ERR: somebody must act. LOG_WARNING: something was refused or delayed. LOG_NOTICE: start,
// stop, peer came or went. LOG_INFO: one line per turn at most. LOG_DEBUG: anything. Never personal
// data, never key material. Programs log, where they decide what to do; the library does not.

#ifndef TONGHOP_LOG_H
#define TONGHOP_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "tonghop/base.h"

enum { TH_LOG_LINE_MAX = 1024 };

enum th_log_format {
    TH_LOG_AUTO, // journal when the descriptor is the journal's, else text
    TH_LOG_JOURNAL,
    TH_LOG_TEXT,
    TH_LOG_JSON,
};

struct th_log_options {
    int level; // LOG_ERR..LOG_DEBUG: the least important that is written
    enum th_log_format format;
    int descriptor; // stays the caller's
};

// Threads: before other threads log. Until then: LOG_INFO, text, standard error.
void th_log_start(const struct th_log_options *options);
void th_log_level_set(int level); // at any time, from any thread

/**
 * Write one line. format is made of key=value parts, one space apart; a value may have any text. A
 * part without a key gets the key "text", or is left out when it is empty ("%s", "").
 *
 * Threads: any.
 */
void th_log(int level, const char *event, const char *format, ...) TH_PRINTF(3, 4);
bool th_log_wants(int level); // whether a line of that level would be written

// As written in a configuration: error warning notice info debug; auto journal text json.
bool th_log_level_parse(const char *name, int *level);
bool th_log_format_parse(const char *name, enum th_log_format *format);
const char *th_log_level_name(int level);

uint64_t th_log_lines(int level); // written since the start of the process
uint64_t th_log_lost(void);       // not written, because the descriptor took none

#endif
