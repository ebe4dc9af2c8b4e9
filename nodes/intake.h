// intake.h - from what an office enters to sealed batches in its outbox
//
//   CSV ──row──> update ──rules──> judged ──figures──> new, changed, unchanged ... ──> draft
//                  └──────────────────┴─> findings                                       │
//                                             none is an error: one transaction publishes it
//
//   I1  All of a file is queued, or nothing; with accept_valid all of its rows but those that are
//       wrong and those that share a key with one: a correction must not overtake what it corrects.
//   I2  A row equal to what was sent last is not sent again.
//   I3  Nothing is cut, rounded or guessed; each finding names its row and cell.
//   I4  Memory does not grow with the file but for 24 bytes a key, 24 more for the key of a wrong
//       row, and 4 bytes a queued row.
//
// The draft is written in bounded transactions while rows are read; it is invisible until it is
// published, and removed when the file is refused or, after a crash, by the next intake.
//
// Threads: one. Processes take turns (run/intake.lock).

#ifndef NODES_INTAKE_H
#define NODES_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/csv.h"
#include "tonghop/finding.h"

#include "nodes/home.h"

struct intake_options {
    const char *form;   // NULL: the header decides
    const char *period; // these fill columns the file does not have
    const char *unit;
    const char *scheme;
    const char *on;     // YYYY-MM-DD for unit codes without a day
    const char *note;   // for rows without one
    const char *ignore; // columns to leave out, "a,b"
    char delimiter;     // 0: found out
    bool numbers_vi;    // figures are written 1.273 and 36,4
    bool dry_run;
    bool anew;         // said again, as news, although it is what was said last
    bool strict;       // warnings and skipped rows are errors
    bool accept_valid; // good rows are queued although others are wrong; the file is read twice
    // Told now and then how far it is.
    void (*progress)(void *context, uint64_t rows, uint64_t bytes);
    void *context;
};

struct intake_result {
    struct th_csv_summary file;
    const struct th_csv_form *form;
    uint8_t order[TH_CSV_COLUMNS_MAX]; // columns of the form as the file has them
    size_t order_count;
    bool journal;
    uint64_t good;     // rows without an error
    uint64_t left_out; // rows that stay behind (accept_valid)
    uint64_t merged;   // rows that are part of what an earlier one began (lines of a completion)
    uint64_t fresh, changed, withdrawn, unchanged, repeated, skipped;
    uint64_t queued;      // items
    uint64_t first_batch; // 0: none
    uint64_t last_batch;  //
    uint32_t *lines;      // of queued items, in order
    uint32_t *starts;     // index in lines of each batch's first item
    size_t line_room, start_room, start_count;
};
void intake_result_free(struct intake_result *result); // scoped

struct intake;

/**
 * Begin: wait for our turn, bring the figures up to date.
 *
 * Ownership: *out is the caller's (intake_close). home is loaded; it, options, findings and result
 *            outlive it.
 * Errors:    TH_E_NO_MEMORY, TH_E_FULL, TH_E_IO, TH_E_CORRUPT.
 */
TH_MUST_USE enum th_err intake_open(struct home *home,
                                    const struct intake_options *options,
                                    struct th_findings *findings,
                                    struct intake_result *result,
                                    struct intake **out);
void intake_close(struct intake **intake); // scoped; what was not published is removed

/**
 * Read a CSV file to its end. With accept_valid fd is read twice and must hold the same bytes.
 *
 * Errors: TH_E_REFUSED with findings: something is wrong (accept_valid: with the file as a whole,
 *         or with every row); TH_E_FULL, TH_E_IO, TH_E_NO_MEMORY, TH_E_CORRUPT.
 */
TH_MUST_USE enum th_err intake_csv(struct intake *intake, int fd);

// The same for one update; findings then speak of no row.
TH_MUST_USE enum th_err intake_update(struct intake *intake, struct th_update *update);

/**
 * The end of the file: publish what it changes, unless it is refused or a dry run.
 *
 * Errors: TH_E_REFUSED (errors among the findings; strict: also warnings and skipped rows);
 *         TH_E_TOO_LARGE: the outbox is full (node.outbox_max); TH_E_FULL, TH_E_IO, TH_E_CORRUPT.
 */
TH_MUST_USE enum th_err intake_publish(struct intake *intake);

// The form called name; NULL.
const struct th_csv_form *intake_form(const char *name);

// The line of the file that item (seq, index) came from; 0 when it is none of result's.
uint32_t intake_line(const struct intake_result *result, uint64_t seq, uint32_t index);

#endif
