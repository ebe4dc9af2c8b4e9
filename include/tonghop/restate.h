// restate.h - where what was said of a unit stands in the structure of another day
//
// A figure is reported by the unit that was, and asked for in the structure that is: the district
// is gone, the commune went into a larger one, the province has another code. The way from unit to
// unit is that of the successors, step by step, until a unit that lives on the target day.
//
//      376 Kim Sơn, ends 30/06/2025 ──(no row)──> 37 its parent, ends ──FULL──> 37 today
//                 the way is not unique from here on: the figure stands at 37, unallocated
//
//   R1  A unit that lives on the target day stands at itself. One that ended goes where its only
//       FULL or RECODE row leads; a root without a row goes on in the adjoining version of its
//       code. What stands at the end of such a way has arrived.
//   R2  Where the way is not unique it stops above: at the nearest common unit of all successors,
//       of a unit without a row at its parent, and on from there. What stands at the end of such a
//       way is unallocated; when all successors arrive at one unit after all, it has arrived.
//   R3  Back in time only a single FULL or RECODE row is followed; otherwise the nearest common
//       unit of the forerunners, and of a unit without any the root above it, and on from there.
//   R4  What no unit of the target day covers stands at the top: TH_UNIT_NONE, above all roots.
//
// The day a figure was said on does not matter, as long as its unit lived then: a unit is alive on
// the target day, or ended before it, or begins after it. So one answer per unit is remembered.
// Each step leads to a unit that ends later (back: begins earlier) or is an ancestor, so no way is
// a circle, and none is longer than the register has units.
//
// Pure: no malloc, clock or file.

#ifndef TONGHOP_RESTATE_H
#define TONGHOP_RESTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/day.h"
#include "tonghop/register.h"

struct th_standing {
    uint32_t uid; // lives on the target day; TH_UNIT_NONE: the top (R4)
    bool arrived; // false: unallocated below uid
};

// What is known of one unit, and of the way that is being gone.
struct th_restate_note {
    struct th_standing standing;
    uint32_t waiting; // the unit that waits for this one
    uint32_t next;    // the first of its rows that is not settled
    bool begun;
    bool done;
};

struct th_restate {
    const struct th_register *reg;
    th_day day;
    struct th_restate_note *notes; // by uid
};

// Room for the notes: so many bytes, all zero.
size_t th_restate_memory(const struct th_register *reg);

// Ownership: reg and notes stay the caller's and must outlive restate.
struct th_restate
th_restate_to(const struct th_register *reg, th_day day, struct th_restate_note *notes);

// Where uid of the register stands. TH_UNIT_NONE stands at the top.
struct th_standing th_restate_unit(struct th_restate *restate, uint32_t uid);

// The nearest unit on the target day that is at or above both; TH_UNIT_NONE.
uint32_t th_restate_meet(const struct th_restate *restate, uint32_t a, uint32_t b);

#endif
