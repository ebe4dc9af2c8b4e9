// load.h - what the offices and desks of a run enter, as it travels
//
// A province is a root, its districts and their communes. Each node speaks for one district; the
// desk of a province speaks about all of them. What is entered, by key:
//
//   figures      of a commune, a measure and a period
//   people       rated by their commune, which nobody else may rate (scheme PLAIN)
//   movables     people and bodies known to the whole province: one commune has them at a time
//   transfers    by which such a person goes from one commune to another, of any district
//   completions  "all of this form is in", with counts and sums
//   decisions    of the desk: a report accepted or returned; a closed period opened again
//   changes      of the register, by the desk: from 2019 on the code of a commune means a new unit
//
// There are new statements, corrections, withdrawals, things said twice, and things that must be
// refused. One of the periods is closed.

#ifndef TESTS_SIM_LOAD_H
#define TESTS_SIM_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/province.h"
#include "tonghop/update.h"

#include "tests/sim/swarm.h"

enum {
    LOAD_NODES_MAX = SWARM_NODES_MAX + SWARM_PROVINCES_MAX, // desks are numbered behind nodes
    LOAD_COMMUNES = 3,                                      // of a district
    LOAD_MEASURES = 2,
    LOAD_PERIODS = 4,
    LOAD_CLOSED = 3, // the period that is closed
    LOAD_LATER = 2,  // the one from a change of the register on
    LOAD_PERSONS = 6,
    LOAD_MOVABLE_PEOPLE = 2,
    LOAD_MOVABLES = 4, // people first, then bodies
    LOAD_DAYS = 3,     // of transfers, the last one from a change of the register on
    LOAD_FORMS = 2,    // of figures, of ratings
    LOAD_LINES = 6,    // that a completion may have: see load.c
    LOAD_RATINGS = 4,
    LOAD_ITEMS_MAX = 8, // of a batch
    LOAD_CODE_BYTES = 16,
    LOAD_LINEAGE_BYTES = 9,
};

enum load_form { LOAD_POSTS, LOAD_RATED };

extern const char *const LOAD_MEASURE_CODES[LOAD_MEASURES];
extern const char *const LOAD_PERIOD_LABELS[LOAD_PERIODS];
extern const char *const LOAD_DAY_LABELS[LOAD_DAYS];
extern const char *const LOAD_FORM_CODES[LOAD_FORMS];
extern const char *const LOAD_KINDS[LOAD_MOVABLES - LOAD_MOVABLE_PEOPLE];

// A node, its district and its province are numbered from 1, nodes through all provinces.
char *load_lineage(uint32_t province, char out[static LOAD_LINEAGE_BYTES]);
char *load_root(uint32_t province, char out[static LOAD_CODE_BYTES]);
char *load_district(uint32_t node, char out[static LOAD_CODE_BYTES]);
char *load_commune(uint32_t node, uint32_t commune, char out[static LOAD_CODE_BYTES]);
char *load_movable(uint32_t movable, char out[static LOAD_CODE_BYTES]); // person or body
uint32_t load_province_of(const struct swarm *swarm, uint32_t node);    // of a desk, too
uint32_t load_desk_of(uint32_t province);
bool load_is_desk(uint32_t node);
// The number that a node says and is known by: a province's own desk is 0, and one that was
// enrolled has its own; which of the two there is depends on the seed.
bool load_has_own_desk(const struct swarm *swarm);
uint32_t load_spoken(const struct swarm *swarm, uint32_t node);
uint32_t load_speaker(const struct swarm *swarm, uint32_t province, uint32_t spoken);

// One of so many provinces, with the units of all the nodes there may be; its catalogue has two
// forms, a scheme for the whole province beside PLAIN, and the period above closed.
// Ownership: the caller's, th_province_free.
struct th_province *load_province(uint32_t provinces, uint32_t province);

enum load_kind {
    LOAD_FIGURE,
    LOAD_PERSON,
    LOAD_MOVABLE,
    LOAD_TRANSFER,
    LOAD_COMPLETION,
    LOAD_DECISION,
    LOAD_REOPENING,
    LOAD_CHANGE,
};

// A change of the register is said in so many items of one batch; rows of an earlier one that was
// not taken are forgotten first.
enum load_step {
    LOAD_FORGET,
    LOAD_ENDS,   // the unit that the code of the place meant so far
    LOAD_BEGINS, // the new one
    LOAD_APPLY,
    LOAD_STEPS,
};

struct load_sum {
    uint32_t count;
    int64_t sum;
};

struct load_place {
    uint32_t node;
    uint32_t commune; // 0 ..
};

struct load_item {
    enum load_kind kind;
    bool wrong; // refused whatever stands: its unit is another's, or nobody's; or only a desk may
    bool withdraw;
    uint32_t revision;
    struct load_place at;
    uint32_t what; // measure, person, movable, form, or step
    uint32_t period;
    uint32_t qualifier; // of a rating: 1 .. LOAD_RATINGS; of a transfer: months
    int64_t value;      // score, or -1; sum of scores; of a desk's act: which words, how many rows
    uint32_t day;       // of a transfer
    struct load_place to;
    bool returns;                      // of a decision
    struct load_sum lines[LOAD_LINES]; // of a completion; a count of 0 is left out
    bool nowhere;                      // its unit is nobody's
    bool again;                        // given again: what is older than what stands repeats it
};

struct load_batch {
    uint32_t node;
    uint32_t at_ms; // after the beginning
    uint32_t count;
    struct load_item items[LOAD_ITEMS_MAX];
};

struct load {
    struct load_batch *batches; // in the order in which they are entered
    size_t count;
};

// Ownership: load_free.
struct load load_draw(const struct swarm *swarm);
void load_free(struct load *load);

// The texts of an update.
struct load_texts {
    char unit[LOAD_CODE_BYTES];
    char other[LOAD_CODE_BYTES];
    char person[LOAD_CODE_BYTES];
    char reason[LOAD_CODE_BYTES];
    struct th_completion_line lines[LOAD_LINES];
};

// An item as it travels. Its texts live as long as texts.
struct th_update load_update(const struct load_item *item, struct load_texts *texts);

#endif
