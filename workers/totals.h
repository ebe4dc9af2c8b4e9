// totals.h - the sums of every unit, changed in memory during a turn and written sorted at its end
//
// A figure counts for its unit and for each unit above it, as the tree stood on the structure day
// of the update. Batches of a turn meet in the same sums again and again, so sums are loaded once,
// changed in a fixed pool, and written in key order when the turn ends; the same walk numbers the
// topics (a measure in a period) and makes the deltas that are published after the commit.
//
//      totals_fits (V35) -> totals_post -> ... -> totals_flush -> commit -> deltas are published
//
//   T1  A sum equals the sum of the live figures at and below its unit.
//   T2  A sum without contributions is not kept.
//   T3  reported counts the reporters at or below U, on U's structure day, that are covered:
//       - scope own: by a live figure of their own that counts for U;
//       - scope whole: by a live figure at or below them, or at a unit above them up to U; each
//         such figure, and the reporter itself, must count for U;
//       - evaluations: by a live record of that scheme, period and category (EV05: collective).
//       Targets, and what is listed and not summed, have none.
//   T4  The numbers of a topic's deltas are dense. A delta that could not be made leaves its number
//       unused on the wire: subscribers see the hole and ask for a snapshot.
//   T5  A delta has final values of a turn only. When the pool fills up inside a turn the sums are
//       written, and the topics in question get a number without a delta (T4).

#ifndef WORKERS_TOTALS_H
#define WORKERS_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/arena.h"
#include "tonghop/catalogue.h"
#include "tonghop/cell.h"
#include "tonghop/check.h"
#include "tonghop/codec.h"
#include "tonghop/register.h"
#include "tonghop/store.h"

#include "workers/table.h"

enum {
    TOTALS_VERSION = 1,      // of the values of total, coverage, topic and feedlog
    TOTALS_ITEM_SLOTS = 512, // most sums one item can touch
    TOTALS_EXPECTED = 4096,  // remembered counts of reporters
    TOTALS_STEADY = 256,     // remembered periods
    TOTALS_DROPPED = 2,      // most old deltas of a topic that go with a new one
};

struct totals_setup {
    struct th_store store;
    const struct th_check *check;
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    uint32_t root;
    uint64_t store_id;
    uint64_t store_epoch;
    uint32_t feed_keep; // deltas kept per topic
};

struct totals_limits {
    uint32_t cells;       // sums of one turn, at least TOTALS_ITEM_SLOTS
    uint32_t topics;      // topics of one turn that are remembered
    uint32_t delta_cells; // most sums in one delta
    size_t delta_bytes;   // all deltas of one turn
};

// Who of a unit has been evaluated.
struct cover {
    uint64_t own;      // live records of the unit itself
    uint64_t below;    // of units below it
    uint64_t reported; // T3
};

// Where a figure counts: its unit and the units above it.
struct place {
    uint32_t uid;
    struct th_period period;
    th_day day; // structure day of uid
    size_t depth;
    uint32_t path[TH_UNIT_DEPTH_MAX]; // uid first, root last
    th_day days[TH_UNIT_DEPTH_MAX];   // structure day of each
    bool steady;                      // the tree is the same on every day of the period
};

// What evaluations are counted by.
struct evaluated {
    struct th_bytes scheme;
    struct th_bytes category;
    const struct th_form *form;
    bool default_scheme; // dims do not name it
};

enum covering { COVER_NONE, COVER_OWN, COVER_WHOLE, COVER_EVALUATION };

// One change of one figure: NULL is "no figure".
struct posting {
    const struct place *place;
    struct th_bytes measure;
    struct th_bytes dims;
    const struct th_figure *old;
    const struct th_figure *new;
    enum covering covering;
    const struct th_form *form;        // COVER_OWN, COVER_WHOLE
    const struct evaluated *evaluated; // COVER_EVALUATION
    bool listed;                       // not summed: counts for its own unit only
};

// A topic that changed in this turn.
struct topic_change {
    struct key key;
    uint64_t seq;
    struct th_bytes body;        // the encoded delta; empty when there is none (T4)
    char name[TH_TOPIC_MAX + 1]; // filled in by who publishes it
};

struct slot;

struct totals {
    struct totals_setup setup;
    struct totals_limits limits;
    struct slot *slots;
    struct slot **sorted; // room for two lists
    uint32_t slot_count;
    uint32_t *buckets;
    uint32_t bucket_mask;
    uint8_t *keys;
    size_t key_bytes;
    size_t key_bytes_max;
    struct topic_change *topics;
    uint32_t topic_count;
    bool topics_lost; // more topics changed than can be remembered
    bool anew;        // every sum is counted from nothing, and known to fit in the end
    struct th_total *cells;
    char (*labels)[TH_UNIT_REF_MAX + 1];
    uint8_t *deltas;
    size_t delta_bytes;
    struct expected {
        const struct th_form *form;
        uint32_t uid;
        th_day day;
        uint32_t count;
    } * expected;
    struct steady {
        uint8_t key[TH_PERIOD_KEY_BYTES];
        bool known;
        bool steady;
    } * steady;
};

size_t totals_memory(const struct totals_limits *limits);

// Cut its pools from memory, which must have totals_memory bytes left. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err totals_init(struct totals *totals,
                                    const struct totals_setup *setup,
                                    const struct totals_limits *limits,
                                    struct th_arena *memory);

// From now on another register holds: nothing of this turn is in memory, and what was remembered of
// the tree is forgotten.
void totals_set_register(struct totals *totals, const struct th_register *reg, uint32_t root);

struct place totals_place(struct totals *totals, uint32_t uid, struct th_period period, th_day day);

// Is there room for one more item? When not: totals_spill first.
bool totals_have_room(const struct totals *totals);

/**
 * Would this change keep every sum within 64 bits (V35)? Changes nothing.
 *
 * Errors: TH_E_INVALID; those of the store.
 */
TH_MUST_USE enum th_err totals_fits(struct totals *totals, const struct posting *posting);

// Make the change. It was asked for with totals_fits. Errors: those of the store.
TH_MUST_USE enum th_err totals_post(struct totals *totals, const struct posting *posting);

// One evaluation more or less (change is 1 or -1) in place's unit. Errors: those of the store.
TH_MUST_USE enum th_err totals_evaluated(struct totals *totals,
                                         const struct place *place,
                                         const struct evaluated *evaluated,
                                         int change);

// As it stands in this turn; zeros when there is none. Errors: those of the store.
TH_MUST_USE enum th_err totals_cell(struct totals *totals,
                                    struct th_bytes measure,
                                    struct th_period period,
                                    uint32_t uid,
                                    struct th_bytes dims,
                                    struct th_cell *cell);
TH_MUST_USE enum th_err totals_cover(struct totals *totals,
                                     const struct evaluated *evaluated,
                                     struct th_period period,
                                     uint32_t uid,
                                     struct cover *cover);

// Write every changed sum, number the topics, and make the deltas of version. Errors: the store's.
TH_MUST_USE enum th_err totals_flush(struct totals *totals, uint64_t version);
// The same in the middle of a turn (T5).
TH_MUST_USE enum th_err totals_spill(struct totals *totals);

// Forget the turn: after its deltas were published, or when nothing of it is to be.
void totals_clear(struct totals *totals);

// Dims of EV05, sorted by key: there is always room.
void totals_collective_dims(const struct evaluated *evaluated,
                            const char *kind,
                            unsigned rating,
                            char out[static TH_DIMS_MAX + 1]);

// Dims of EV01 (member rating=N), EV02 (member empty) and EV03 (reason=WORD), sorted by key. False
// when they are longer than dims may be.
bool totals_dims(const struct evaluated *evaluated,
                 struct th_bytes member,
                 char out[static TH_DIMS_MAX + 1]);

// Reporters at or below uid, remembered.
uint32_t totals_expected(struct totals *totals,
                         const struct th_form *form,
                         uint32_t uid,
                         struct th_period period);

bool totals_sums(const struct th_measure *measure); // otherwise it is listed by unit
// How a measure is covered.
enum covering totals_covering(const struct th_measure *measure);
bool totals_is_evaluation(struct th_bytes measure); // EV01, EV02, EV03, EV05
// What collectives are evaluated as: no person may be.
bool totals_is_collective(struct th_bytes category);

// Values of the tables, without their check hash; also what verify reads.
void totals_write_cell(struct th_writer *writer, const struct th_cell *cell, uint64_t topic_seq);
TH_MUST_USE enum th_err
totals_read_cell(struct th_bytes value, struct th_cell *cell, uint64_t *topic_seq);
void totals_write_cover(struct th_writer *writer, const struct cover *cover);
TH_MUST_USE enum th_err totals_read_cover(struct th_bytes value, struct cover *cover);
TH_MUST_USE enum th_err totals_read_topic(struct th_bytes value, uint64_t *seq);

// Where a sum stands; texts must live as long as what is made of it. No expected: no coverage.
struct standing_at {
    uint32_t uid;
    struct th_bytes label;
    struct th_bytes dims;
    struct th_opt expected;
    bool baseline; // of a target: before stands alone
};
struct th_total totals_on_wire(const struct th_cell *cell, const struct standing_at *at);

#endif
