// update.h - one statement of a unit, as it travels and is judged
//
// An update says that a figure is now this (SET), or that nothing is said any more (WITHDRAW),
// under a key and with a revision. Absent is not zero: has_... tells them apart. Texts are views
// into the message or file they came from. Scores are hundredths of a point; values are scaled by
// 10^decimals.

#ifndef TONGHOP_UPDATE_H
#define TONGHOP_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"

enum {
    TH_BASIS_MAX = 96,
    TH_NOTE_MAX = 512,
    TH_PERSON_MAX = 64,
    TH_GROUP_MAX = 32, // managed_by, job_group
    TH_DERIVED_MAX = 64,
    TH_BATCH_UPDATES_MAX = 256,
    TH_BATCH_BYTES_MAX = 128 * 1024,
    TH_UPDATE_BYTES_MAX = 4096, // one encoded update at most
};

// Numbers travel on the wire: never renumber.
enum th_kind {
    TH_KIND_NONE = 0, // unknown to this program (V36)
    TH_KIND_EVALUATION = 1,
    TH_KIND_STAFFING = 2,
    TH_KIND_COLLECTIVE = 3,
    TH_KIND_TRANSFER = 4,
    TH_KIND_COMPLETION = 5,
    TH_KIND_DESK = 6,
};
enum th_op { TH_OP_SET = 1, TH_OP_WITHDRAW = 2 };
enum th_qualifier {
    TH_QUALIFIER_NONE = 0,
    TH_QUALIFIER_EXACT = 1,
    TH_QUALIFIER_OVER = 2,
    TH_QUALIFIER_UNDER = 3,
    TH_QUALIFIER_ABOUT = 4,
};
enum th_reason {
    TH_REASON_NONE = 0,
    TH_REASON_CAP = 1,
    TH_REASON_DISCIPLINE = 2,
    TH_REASON_CRITERIA = 3,
    TH_REASON_COLLECTIVE = 4,
    TH_REASON_OTHER = 5,
};

struct th_opt { // a number that may be absent
    bool has;
    int64_t value;
};

struct th_evaluation {
    struct th_bytes scheme; // empty: the default one (filled in before it is sealed)
    struct th_bytes period;
    struct th_bytes unit; // code or code@date
    struct th_bytes category;
    struct th_bytes person;
    struct th_opt score, score_common, score_result, score_bonus;
    struct th_opt rating;
    struct th_opt months_scored;
    struct th_opt leader; // 0 or 1
    uint32_t reason;      // th_reason, or a number this program does not know
    struct th_bytes managed_by;
    struct th_bytes job_group;
    struct th_bytes derived_from;
};

struct th_staffing {
    struct th_bytes measure;
    struct th_bytes unit;
    struct th_bytes period;
    struct th_bytes dims;
    uint32_t qualifier; // th_qualifier, NONE = exact
    struct th_opt value, of, before, after;
    uint32_t decimals;
    bool not_applicable;
};

struct th_update {
    enum th_kind kind;
    uint32_t op;       // th_op, or a number this program does not know; 0 = SET
    uint64_t revision; // 0: missing
    struct th_bytes basis;
    struct th_bytes note;
    int64_t entered_at; // Unix ms; shown only
    union {
        struct th_evaluation evaluation;
        struct th_staffing staffing;
    };
};

const char *th_qualifier_word(uint32_t qualifier); // "exact" ...; "" when none
const char *th_reason_word(uint32_t reason);
bool th_qualifier_parse(struct th_bytes word, uint32_t *qualifier); // words and = > < ~
bool th_reason_parse(struct th_bytes word, uint32_t *reason);

#endif
