// public_groups.h - what a public table can be asked by: kinds of people, groups of them, and lines
//
// A table about people has at most two dimensions that may be asked for: one that people are given
// (the level, the reason), one that they have (the category). Evaluations are one table: who is
// rated (EV01), whose score counts (EV02), who is rated below it (EV03) are the same people, and
// what is known of one of them tells of the others.
//
//      everybody ──levels──> rating          EV01     = EV02's number scored + the unscored
//          │                    │            number   = EV03 + those not below their score
//       categories ──levels─> both                      (the second of each sum is never shown)
//
// A member that the catalogue does not list is not asked for by name; who has it belongs to a kind
// called other, which is what is left over.

#ifndef WORKERS_PUBLIC_GROUPS_H
#define WORKERS_PUBLIC_GROUPS_H

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/suppress.h"

enum {
    PUBLIC_MEMBERS_MAX = 16,
    PUBLIC_REASONS_MAX = 5,
    PUBLIC_LINES_MAX = 256,
    PUBLIC_PARTS_MAX = 2048,
    PUBLIC_OTHER = 0xff, // a member that is not listed
    PUBLIC_ANY = 0xfe,   // of a group: all members
};

// What a kind's people are beside their members.
enum public_state { PUBLIC_UNSCORED, PUBLIC_SCORED, PUBLIC_BELOW }; // BELOW + reason - 1

struct public_dim {
    struct th_bytes code;
    struct th_bytes members[PUBLIC_MEMBERS_MAX]; // in byte order
    uint8_t count;
    bool others; // there may be people with another member, or none
};

struct public_spec {
    struct public_dim level;    // rating
    struct public_dim category; // count 0, no others: there is no such dimension
    bool scored;                // evaluations: EV02 and EV03 too
    uint16_t below_levels;      // bit of each listed level that is below another one
};

struct public_kind {
    uint8_t category, level; // index, PUBLIC_OTHER
    uint8_t state;
    bool is_sum; // of the scores of a category
};

enum public_measure { PUBLIC_PEOPLE, PUBLIC_SCORES, PUBLIC_REASONS }; // EV01 or another, EV02, EV03

struct public_group {
    enum public_measure measure;
    uint8_t category, level; // index, PUBLIC_ANY; of PUBLIC_REASONS a level is reason - 1
};

struct public_groups {
    struct public_spec spec;
    struct public_kind kinds[TH_SUPPRESS_KINDS_MAX];
    uint32_t kind_count;
    uint32_t sum_count;
    struct th_suppress_group groups[TH_SUPPRESS_GROUPS_MAX];
    struct public_group about[TH_SUPPRESS_GROUPS_MAX];
    uint32_t group_count;
    uint32_t sum_groups;
    struct th_suppress_line lines[PUBLIC_LINES_MAX];
    uint32_t line_count;
    uint32_t parts[PUBLIC_PARTS_MAX];
    uint32_t part_count;
};

// Errors: TH_E_TOO_LARGE: more kinds, groups or lines than fit.
TH_MUST_USE enum th_err public_groups_make(const struct public_spec *spec,
                                           struct public_groups *out);

// The kind, or kind_count when there is none. state PUBLIC_UNSCORED of tables without scores.
uint32_t public_kind_find(const struct public_groups *groups,
                          uint8_t category,
                          uint8_t level,
                          uint8_t state);
uint32_t public_sum_find(const struct public_groups *groups, uint8_t category);

// The group of that label, or group_count.
uint32_t public_group_find(const struct public_groups *groups, struct public_group about);

// A member's index; PUBLIC_OTHER when it is not listed.
uint8_t public_member(const struct public_dim *dim, struct th_bytes member);

#endif
