// register.h - which units exist on which day, under whom, and what became of them
//
// A unit code is not an identity: 24 was Bắc Giang until 30/06/2025 and is Bắc Ninh since. The
// register therefore keeps versions of units in time, joins those that are one unit (same name and
// parent across a boundary without a successor row, or a successor of kind recode), and gives each
// unit a number, uid, that keys use. Uids are 1, 2, ... in the order of the first version of each
// unit in the file, so the same file always gives the same numbers.
//
//   G1  Versions of one code do not overlap.
//   G2  On every day of a version its parent code has a version.
//   G3  There is no cycle, and no path is longer than 8.
//   G4  valid_from < valid_to.
//
// A register is read-only after it was read; any thread may use it.

#ifndef TONGHOP_REGISTER_H
#define TONGHOP_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/day.h"
#include "tonghop/err.h"
#include "tonghop/finding.h"
#include "tonghop/period.h"

enum {
    TH_UNIT_CODE_MAX = 32,
    TH_UNIT_REF_MAX = 43, // code@YYYY-MM-DD
    TH_UNIT_DEPTH_MAX = 8,
    TH_UNIT_NONE = 0, // no such uid
};

struct th_register;

// One version of a unit. Texts live as long as the register.
struct th_unit {
    uint32_t uid;
    struct th_bytes code;
    struct th_bytes name;
    struct th_bytes type;
    struct th_bytes level;  // the text of type when the file has no level
    struct th_bytes parent; // code; empty for a root
    struct th_bytes basis;
    th_day from;  // first day; TH_DAY_MIN = always so before
    th_day until; // first day on which it no longer holds; TH_DAY_MAX = still so
};

enum th_successor_kind { TH_SUCCESSOR_FULL, TH_SUCCESSOR_PARTIAL, TH_SUCCESSOR_RECODE };

struct th_successor {
    struct th_bytes old_code; // read on the day before effective
    struct th_bytes new_code; // read on effective
    th_day effective;
    enum th_successor_kind kind;
    struct th_bytes basis;
};

/**
 * Read units (and successors, empty for none) from CSV bytes, and check G1..G4 as a whole.
 *
 * Ownership: *out is the caller's (th_register_free). The bytes may go away.
 * Errors:    TH_E_REFUSED with every finding in findings; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_register_read(struct th_bytes units_csv,
                                         struct th_bytes successors_csv,
                                         struct th_findings *findings,
                                         struct th_register **out);
void th_register_free(struct th_register **reg); // scoped

/**
 * The part of reg that is at or below root (a code or code@date), as a register of its own whose
 * only root it is. A version that is below root for a part of its life is cut to that part;
 * *left_out counts the versions that never are. Successors with one end inside are kept.
 *
 * Errors: TH_E_NOT_FOUND; TH_E_INVALID when several units bore that code (th_register_with_code
 *         lists them); TH_E_MALFORMED; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_register_subtree(const struct th_register *reg,
                                            struct th_bytes root,
                                            struct th_register **out,
                                            size_t *left_out);

// Rows to put among those of a register: a version takes the place of the one with the same code
// and first day, a successor that of the one with the same codes and day; others are new.
struct th_register_change {
    const struct th_unit *units; // uid is not looked at
    size_t unit_count;
    const struct th_successor *successors;
    size_t successor_count;
};

// The rows of a change as files have them.
struct th_register_rows {
    struct th_register_change change; // views what follows
    struct th_register *holder;       // of the texts; no register of its own
    struct th_unit *units;
};

/**
 * Read rows of units and successors (each may be empty for none) as th_register_read does, without
 * looking at them as a whole.
 *
 * Ownership: th_register_rows_free, also after an error. Errors: TH_E_REFUSED; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_register_rows_read(struct th_bytes units_csv,
                                              struct th_bytes successors_csv,
                                              struct th_findings *findings,
                                              struct th_register_rows *rows);
void th_register_rows_free(struct th_register_rows *rows); // scoped

/**
 * The register that comes of a change, checked as a whole. Units that exist keep their numbers, new
 * ones get the next.
 *
 * Ownership: *out is the caller's (th_register_free).
 * Errors:    TH_E_REFUSED with findings (their lines count the rows of change->units from 1; 0: a
 *            row that was there); TH_E_INVALID: units that exist would be joined or taken apart,
 *            *moved is the first code of which that is true; TH_E_TOO_LARGE, TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_register_change(const struct th_register *old,
                                           const struct th_register_change *change,
                                           struct th_findings *findings,
                                           struct th_bytes *moved,
                                           struct th_register **out);

/**
 * What the figures of that part may be asked for in, though it is outside: the provinces that
 * became of root or it was made of, by the rows of the successors or as adjoining versions of its
 * code, and so on from those; each with all below it, as roots. A province is a unit as deep as
 * root is. *count is how many there are; with 0, *out is left alone.
 *
 * Errors: as th_register_subtree.
 */
TH_MUST_USE enum th_err th_register_kin(const struct th_register *reg,
                                        struct th_bytes root,
                                        struct th_register **out,
                                        size_t *count);

/**
 * Both in one. A row that is in both counts once. Units have numbers of their own in it.
 *
 * Errors: TH_E_REFUSED when they do not go together; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err th_register_merge(const struct th_register *reg,
                                          const struct th_register *kin,
                                          struct th_register **out);

// The only root unit; TH_UNIT_NONE when there are several (list them with th_register_roots).
uint32_t th_register_root(const struct th_register *reg);
size_t th_register_roots(const struct th_register *reg, uint32_t *uids, size_t max);

// BLAKE2b-256 over the canonical text of all versions, NUL, all successors.
void th_register_digest(const struct th_register *reg, uint8_t out[static 32]);
// The canonical CSV files, which read back to an equal register with the same numbers (also how a
// node receives it): versions in the order they were read, successors sorted. Room is the caller's:
// th_register_text_max bytes are enough for either. Errors: TH_E_TOO_LARGE.
size_t th_register_text_max(const struct th_register *reg);
TH_MUST_USE enum th_err th_register_write(const struct th_register *reg,
                                          struct th_writer *units,
                                          struct th_writer *successors);

// Versions, sorted by code, then from. Units are numbered 1..unit_count.
size_t th_register_version_count(const struct th_register *reg);
struct th_unit th_register_version_at(const struct th_register *reg, size_t index);
uint32_t th_register_unit_count(const struct th_register *reg);
size_t th_register_successor_count(const struct th_register *reg);
struct th_successor th_register_successor_at(const struct th_register *reg, size_t index);

// The version of uid on day. TH_E_NOT_FOUND when it does not live then.
TH_MUST_USE enum th_err
th_register_on(const struct th_register *reg, uint32_t uid, th_day day, struct th_unit *unit);
// The unit with this code on day; TH_UNIT_NONE.
uint32_t th_register_find(const struct th_register *reg, struct th_bytes code, th_day day);
// First and last day of the unit's life (TH_DAY_MIN, TH_DAY_MAX when open).
th_day th_register_first_day(const struct th_register *reg, uint32_t uid);
th_day th_register_last_day(const struct th_register *reg, uint32_t uid);

// The newest day the register knows: the last one on which a version begins or ends; TH_DAY_LAST
// when nothing ever changes.
th_day th_register_newest_day(const struct th_register *reg);
// Every unit that ever bore this code, by time; at most max.
size_t th_register_with_code(const struct th_register *reg,
                             struct th_bytes code,
                             uint32_t *uids,
                             size_t max);

// Take code or code@YYYY-MM-DD apart; *day is TH_DAY_NONE without one. Errors: TH_E_MALFORMED.
TH_MUST_USE enum th_err th_unit_ref_parse(struct th_bytes ref, struct th_bytes *code, th_day *day);

enum th_resolve_result {
    TH_RESOLVED,
    TH_RESOLVE_UNKNOWN,   // V03 a: no unit ever had the code, or not on the day that was written
    TH_RESOLVE_ENDED,     // V03 b: uid (or its code) ended before the period; day was its last
    TH_RESOLVE_NOT_YET,   // V03 c: uid begins on day, after the period
    TH_RESOLVE_AMBIGUOUS, // V27: several units in the period; candidates
    TH_RESOLVE_MALFORMED, // not code or code@YYYY-MM-DD
};

struct th_resolved {
    enum th_resolve_result result;
    uint32_t uid;
    th_day day;    // structure day of the update when RESOLVED; see results above otherwise
    char list[65]; // ENDED: successors "a, b"; AMBIGUOUS: candidates "code@date, code@date"
};

/**
 * The unit that ref (code or code@date) means in period. A code means the units that bear it on
 * some day of the period; code@date the unit that bears it on that day, which must itself live
 * within the period (perhaps under another code: a recode).
 * period_end: of several the one that lives last in the period is meant, instead of AMBIGUOUS.
 */
struct th_resolved th_register_resolve(const struct th_register *reg,
                                       struct th_bytes ref,
                                       struct th_period period,
                                       bool period_end);

// Structure day: min(last day of the period, last day of the unit); for periods with an open end
// the last day of the unit, or the newest day the register knows.
th_day
th_register_structure_day(const struct th_register *reg, uint32_t uid, struct th_period period);

// Parent on day; TH_UNIT_NONE for a root or when uid does not live then.
uint32_t th_register_parent(const struct th_register *reg, uint32_t uid, th_day day);
// uid itself, its parent, ... up to the root, on day. Returns the count, 0 when uid is not alive.
size_t th_register_path(const struct th_register *reg,
                        uint32_t uid,
                        th_day day,
                        uint32_t path[static TH_UNIT_DEPTH_MAX]);
bool th_register_is_below(const struct th_register *reg, uint32_t uid, uint32_t above, th_day day);

// The children of uid alive on day, in code order, until TH_UNIT_NONE.
struct th_children {
    uint32_t at;
    uint32_t end;
    th_day day;
};
struct th_children th_register_children(const struct th_register *reg, uint32_t uid, th_day day);
uint32_t th_children_next(const struct th_register *reg, struct th_children *children);
// The same by index: 0, 1, ... until TH_UNIT_NONE. Walking all of them this way is quadratic.
uint32_t th_register_child(const struct th_register *reg, uint32_t uid, th_day day, size_t index);

// What became of uid when it ended, and what it was made of when it began: the rows that name its
// code on the day after its last, or on its first. A row's other end need not be in the register.
struct th_successors {
    uint32_t at;
    uint32_t end;
    bool by_new;
};
struct th_successors th_register_followers(const struct th_register *reg, uint32_t uid);
struct th_successors th_register_forerunners(const struct th_register *reg, uint32_t uid);
bool th_successors_next(const struct th_register *reg,
                        struct th_successors *rows,
                        struct th_successor *row); // false behind the last

// How uid is written in answers: its code on its structure day, or code@structure-day when the code
// is ambiguous in period. out holds TH_UNIT_REF_MAX + 1.
void th_register_label(const struct th_register *reg,
                       uint32_t uid,
                       struct th_period period,
                       char out[static TH_UNIT_REF_MAX + 1]);

#endif
