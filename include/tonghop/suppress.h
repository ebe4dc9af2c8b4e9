// suppress.h - which figures about people may be published, so that nobody can be told from them
//
// A public table shows how many people of each kind (category, level, ...) the units of a province
// have. Its margins are exact, so what is left blank can often be worked out from what is not, or
// from how the same table looked the day before. This module decides what to leave blank.
//
//             kinds                 a cell   = a unit and a group of kinds, e.g. all that were
//        A  B  C  all                          rated "good"
//   U1   .  .  .   .                group    = a set of kinds that may be asked for
//   U2   .  .  .   .                line     = cells that add up to another one: the levels of a
//   all  .  .  .   .                           unit, the units below a unit
//                                   edition  = the table as it was published at some moment
//
//   1  Threshold. A cell of 1 .. threshold - 1 people is hidden; a zero is shown only where it
//      speaks about share_base people or more.
//   2  Complement. While a hidden cell could take fewer than threshold values, the smallest shown
//      cell of the line that binds it most is hidden too (ties: the order given), and when there is
//      none left, the line's margin.
//   3  Editions. The people by whom a cell differs from any earlier edition are a cell under rules
//      1 and 2. What would show them keeps its old edition; when the margin of everything would
//      have to, all of it does.
//
// Could take is decided by construction, not by bounds: bounds can be wide where only one value
// fits. A hidden cell counts as safe when the module holds threshold different tables, all whole
// numbers, that agree with everything published in every edition. It makes them by moving people
// between places that no published figure tells apart, and by exchanging people of two units
// crosswise.
//
//   U1  For every hidden cell of every edition, and for every change of 1 .. threshold - 1 people
//       of a cell between two editions, threshold different values are possible for somebody who
//       knows all editions; who knows which units had people at all; and who knows of every unit
//       and kind in which editions the number was still that of the edition just before, though
//       not the numbers. Not for somebody who knows more: that a number is another one than before,
//       or is again one of earlier, or the people themselves.
//   U2  The same input gives the same output. Nothing of it depends on earlier calls.
//   U3  Only whole numbers; memory in one block of the caller's.
//
// Threads: any; a call uses only what it is given.

#ifndef TONGHOP_SUPPRESS_H
#define TONGHOP_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/base.h"
#include "tonghop/err.h"

enum {
    TH_SUPPRESS_KINDS_MAX = 256,
    TH_SUPPRESS_GROUPS_MAX = 256,
    TH_SUPPRESS_EDITIONS_MAX = 128,
    TH_SUPPRESS_MARKS = 32,
    TH_SUPPRESS_CELLS_MAX = 16 * 1024 * 1024, // numbers of all editions, by unit and kind or group
};

enum th_suppress_rule {
    TH_SUPPRESS_COUNT,  // people
    TH_SUPPRESS_SCORED, // people of whom a sum is shown: hidden below the threshold, zero too
    TH_SUPPRESS_SUM,    // that sum: shown with its twin
    TH_SUPPRESS_REST,   // people who are left over when others are known; never shown itself
};

struct th_suppress_kinds {
    uint64_t bits[TH_SUPPRESS_KINDS_MAX / 64];
};

struct th_suppress_group {
    struct th_suppress_kinds kinds;
    enum th_suppress_rule rule;
    uint32_t base; // COUNT: group of the people whom a zero here speaks about; itself: everybody
    uint32_t twin; // SUM: its SCORED group
    uint8_t axes;  // bit of each dimension by which it is cut out of everybody; at most 2
};

// The cells of the parts add up to the cell of the total, in every unit.
struct th_suppress_line {
    uint32_t total;
    uint32_t first; // of the frame's parts
    uint32_t count;
    bool levels; // of what people were given: all in one is news about each of them
};

struct th_suppress_node {
    uint32_t parent; // its own number: the root
    bool published;  // a unit that is asked for by name; otherwise people between two such
};

// Who and what: the same for all editions of one decision. Node 0 is the root, parents come before
// their children, what is below a node follows it directly. People stand at nodes without children
// (leaves), which are numbered in the order of their nodes. Group 0 has all kinds of people. The
// last sum_count kinds are not people but sums, each of whatever SUM groups contain.
struct th_suppress_frame {
    const struct th_suppress_node *nodes;
    uint32_t node_count;
    const struct th_suppress_group *groups;
    uint32_t group_count;
    const struct th_suppress_line *lines;
    uint32_t line_count;
    const uint32_t *parts; // groups
    uint32_t kind_count;
    uint32_t sum_count;
};

struct th_suppress_edition {
    uint32_t threshold;    // that was in force
    const int64_t *people; // [leaf][kind], 0 or more
    const uint16_t *marks; // [leaf][sum][TH_SUPPRESS_MARKS]
    const uint8_t *shown;  // [node][group]; of the newest edition: not read
};

// The marks of a sum change with the people in it and with their scores; how many differ says of
// how many people at least. person: a hash of who it is.
void th_suppress_mark(uint16_t marks[static TH_SUPPRESS_MARKS], uint64_t person, int64_t score);

// How many leaves a frame has.
uint32_t th_suppress_leaves(const struct th_suppress_frame *frame);

struct th_suppress_question {
    const struct th_suppress_frame *frame;
    uint32_t share_base;
    const struct th_suppress_edition *editions; // oldest first; the last one is to be decided
    uint32_t count;                             // 1 or more
};

struct th_suppress_outcome {
    bool kept;       // nothing new may be shown
    uint32_t hidden; // published cells
    uint32_t shown;
    uint32_t rounds; // of rule 2
};

// Bytes of memory that a decision needs; 0: it is beyond what is decided here (see Errors below).
size_t th_suppress_memory(const struct th_suppress_question *question);

/**
 * Decide what the newest edition shows: shown[node][group], 1 or 0. What was shown before and is
 * not shown now keeps its old figure; what never was is hidden. Cells of units without people, and
 * of REST groups, are not shown.
 *
 * Errors: TH_E_NO_MEMORY: memory is too small; TH_E_TOO_LARGE: more editions, kinds, groups or
 *         cells than the bounds above; TH_E_INVALID: a number is negative.
 */
TH_MUST_USE enum th_err th_suppress_decide(const struct th_suppress_question *question,
                                           void *memory,
                                           size_t size,
                                           uint8_t *shown,
                                           struct th_suppress_outcome *outcome);

#endif
