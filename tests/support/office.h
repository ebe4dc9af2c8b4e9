// office.h - a node's directory for tests, joined to a province that only exists as a bundle
//
// The province: P ── D1 ── C11, C12 (to 30/06/2025); D1 ends on 30/06/2025; then C13 (from
// 01/07/2025) under P. The office speaks for all of it.

#ifndef TESTS_SUPPORT_OFFICE_H
#define TESTS_SUPPORT_OFFICE_H

#include "nodes/home.h"
#include "nodes/intake.h"
#include "tests/support/test.h"

struct office {
    char *scratch;
    char dir[TH_PATH_MAX];
    struct home home;
};

// catalogue: "open" or "vn" (of the source tree). The test fails when anything does.
void office_make(struct office *office, const char *catalogue);
void office_free(struct office *office);

// An enrolment as the tests' province would give it. Its texts live for ever.
struct th_enrolment office_enrolment(uint32_t node);
// Put a bundle into the office's outbox, in parts.
void office_hold(const char *dir, struct th_bytes bundle);
// The bundle of units and catalogue. Ownership: the caller frees it.
uint8_t *office_bundle(const char *units, const char *catalogue, size_t *size);

/**
 * Import a text as a file and say what came of it, in one line:
 *
 *   "2:4 E2233, 3:7 W2301 | new 1 changed 0 withdrawn 0 unchanged 0 skipped 0 | batches 1..1"
 *
 * A refused file ends in "| refused", one of which rows were left out in "left 2". Returns out.
 */
char *office_import(struct office *office,
                    const struct intake_options *options,
                    const char *csv,
                    char out[static 1024]);

struct office_row {
    const char *says; // what is tried
    const char *csv;
    const char *want;    // as office_import says it
    const char *updates; // as office_updates; NULL: not looked at
    struct intake_options options;
};
// Fails the test with a sentence when something else came of it, or when of a refused file
// something was queued.
void office_check(struct office *office, const struct office_row *row);
// Each row in an office of its own; one after the other in one office.
void office_check_each(const char *catalogue, const struct office_row *rows, size_t count);
void office_check_in_turn(const char *catalogue, const struct office_row *rows, size_t count);

// The updates of batches first..last as lines, as office_show writes one:
//   "set r1 31/2022-09-14 CP05 [] exact 282/539", in the order they were queued.
char *office_updates(struct office *office, uint64_t first, uint64_t last, char out[static 4096]);

// The province answers for item index of batch seq: code with params, or 0 to decide up to seq.
void office_refuse(struct office *office,
                   uint64_t seq,
                   uint32_t index,
                   const struct th_verdict *why);

#endif
