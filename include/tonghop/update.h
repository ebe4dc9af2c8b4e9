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
    TH_UPDATE_BYTES_MAX = 48 * 1024, // one encoded update at most; a completion is the largest
    TH_COLLECTIVE_MAX = 64,
    TH_FORM_CODE_MAX = 32,
    TH_COMPLETION_LINES_MAX = 200,
    TH_COMPLETION_DIGEST_BYTES = 16,
    TH_GRANTED_BY_MAX = 64,
    TH_COMMENT_MAX = 512, // of desk acts: reasons and comments
};

// Numbers travel on the wire or are stored: never renumber.
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

enum th_collective_kind {
    TH_COLLECTIVE_NONE = 0,
    TH_COLLECTIVE_PARTY_ORG = 1,
    TH_COLLECTIVE_CELL = 2,
    TH_COLLECTIVE_GOVERNMENT = 3,
    TH_COLLECTIVE_AGENCY = 4,
    TH_COLLECTIVE_FRONT = 5,
    TH_COLLECTIVE_MASS_ORG = 6,
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

// The rating of a body as a whole; its scheme lists the category "collective".
struct th_collective {
    struct th_bytes scheme;
    struct th_bytes period;
    struct th_bytes collective; // id, 1..64 bytes
    struct th_bytes kind;       // party_org, cell, government, agency, front, mass_org
    struct th_bytes unit;
    struct th_opt score;
    struct th_opt rating;
    uint32_t reason; // th_reason
};

// A person leaves a unit for another and takes the year's scores along. Sent by from_unit.
struct th_transfer {
    struct th_bytes scheme;
    struct th_bytes year; // label of a year
    struct th_bytes person;
    struct th_bytes effective; // YYYY-MM-DD, first day in to_unit
    struct th_bytes from_unit;
    struct th_bytes to_unit;
    struct th_opt score_sum;     // hundredths
    struct th_opt scored_months; // 0..12
};

struct th_completion_line {
    struct th_bytes measure; // of the form; of an evaluation form EV01 (or EV05)
    struct th_bytes dims;    // of EV01: category=...;scheme=..., always with the scheme
    struct th_opt count;     // live keys
    struct th_opt sum;       // of their values; of scores for EV01
};

// "We have sent everything of this form": counts and sums to compare.
struct th_completion {
    struct th_bytes form;
    struct th_bytes unit;
    struct th_bytes period;
    const struct th_completion_line *lines;
    size_t line_count;
    struct th_bytes digest; // empty or 16 bytes
};

// What only the province's desk (node 0) may say. Numbers are those of DeskAct's members.
enum th_act {
    TH_ACT_DESK_NONE = 0,
    TH_ACT_DESK_UNIT = 1,
    TH_ACT_DESK_SUCCESSOR = 2,
    TH_ACT_DESK_REOPEN = 3,
    TH_ACT_DESK_DECISION = 4,
    TH_ACT_DESK_SHARE = 5,
    TH_ACT_DESK_REVOCATION = 6,
    TH_ACT_DESK_REGISTER = 7,
    TH_ACT_DESK_ENROLMENT = 8,
};

struct th_desk_act {
    enum th_act act;
    // unit version; successor and share: code is the old unit's, new_code the new one's
    struct th_bytes code, new_code, name, type, level, parent, valid_from, valid_to, basis;
    struct th_bytes effective;
    struct th_bytes successor; // full, partial, recode
    struct th_opt permille;
    // reopen, decision
    struct th_bytes unit, form, period, until, granted_by;
    struct th_bytes decision; // accept, return
    struct th_bytes text;     // reason or comment
    // revocation, enrolment
    struct th_opt node;
    // register change: applies the rows sent before it
    struct th_opt rows;     // how many they are
    struct th_bytes digest; // 32 bytes, of the register that comes of them
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
        struct th_collective collective;
        struct th_transfer transfer;
        struct th_completion completion;
        struct th_desk_act desk;
    };
};

const char *th_qualifier_word(uint32_t qualifier); // "exact" ...; "" when none
const char *th_reason_word(uint32_t reason);
bool th_qualifier_parse(struct th_bytes word, uint32_t *qualifier); // words and = > < ~
bool th_reason_parse(struct th_bytes word, uint32_t *reason);
const char *th_collective_kind_word(uint32_t kind); // "party_org" ...; "" when none
bool th_collective_kind_parse(struct th_bytes word, uint32_t *kind);

#endif
