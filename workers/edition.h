// edition.h - what was released to the public: rows of the table "edition"
//
// Public figures change only as editions, at set times. An edition is judged together with all
// earlier ones (tonghop/suppress.h), so that of each table about people (a measure group in a
// period) what was released stays here: who was where, and what of it was shown.
//
//      head of edition n            moment, version that it shows, what became of the tables
//      table T, edition n, unit 0   T was renewed in n: threshold, share_base, kinds and groups
//      table T, edition n, unit u   of u: people of its own by kind, and the groups that are shown
//
//   E1  Heads are numbered from 0 without a gap; 0 is the day the store began to have editions, and
//       shows version 0. Moments ascend, versions never go back.
//   E2  A row of a unit holds from its edition until the table's next row of that unit.
//   E3  A table has rows only in editions that show something new of it: the others told nobody
//       anything.
//   E4  Rows are never changed and never removed: what was published stays known.
//
// Pure: no memory of its own.

#ifndef WORKERS_EDITION_H
#define WORKERS_EDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/check.h"
#include "tonghop/store.h"

#include "workers/public_groups.h"
#include "workers/table.h"

enum {
    EDITION_TABLES_MAX = 4096, // of one store
    EDITION_LAYOUT_MAX = 4096, // bytes
    EDITION_UNIT_MAX = 8192,   // bytes of a unit's row
};

// Numbers are stored: never renumber.
enum edition_made {
    EDITION_BEGUN = 0,  // number 0
    EDITION_TIMELY = 1, // at the set time
    EDITION_LATE = 2,   // made up later: the worker was down then
    EDITION_BY_HAND = 3,
    EDITION_MADE_END
};
extern const char *const EDITION_MADE_WORDS[EDITION_MADE_END];

struct edition_head {
    uint32_t number;
    int64_t moment_ms;
    uint64_t version;
    enum edition_made made;
    uint32_t renewed; // tables that show something new
    uint32_t same;    // nothing changed
    uint32_t kept;    // showing anything new would tell of persons
    uint32_t waiting; // released so often that it waits for its next turn
    uint32_t closed;  // never renewed again: see edition_table.h
    uint64_t shown;   // cells of the tables renewed
    uint64_t hidden;
};

void edition_write_head(struct th_writer *writer, const struct edition_head *head);
// The newest one. TH_E_NOT_FOUND; TH_E_CORRUPT; the store's.
TH_MUST_USE enum th_err
edition_newest(struct th_store store, const struct th_check *check, struct edition_head *head);
// The one of that number.
TH_MUST_USE enum th_err edition_head_of(struct th_store store,
                                        const struct th_check *check,
                                        uint32_t number,
                                        struct edition_head *head);

// A table in an edition (unit 0). layout says which people a kind is and which a group, so that
// rows can be read whatever this program numbers them: one with another layout is not ours to read.
struct edition_renewal {
    uint32_t threshold;
    uint32_t share_base;
    struct th_bytes layout;
};
void edition_write_layout(struct th_writer *writer, const struct public_groups *groups);
void edition_write_renewal(struct th_writer *writer, const struct edition_renewal *renewal);
TH_MUST_USE enum th_err edition_read_renewal(struct th_bytes payload,
                                             struct edition_renewal *renewal);

// A unit in an edition of a table: its numbers by kind, marks by sum, and a flag for each group.
struct edition_unit {
    uint32_t parent; // of the unit, on its structure day; the root: its own
    int64_t *people;
    uint16_t *marks; // [sum][TH_SUPPRESS_MARKS]
    uint8_t *shown;
};
void edition_write_unit(struct th_writer *writer,
                        const struct public_groups *groups,
                        const struct edition_unit *unit);
// Fills what unit points to; NULL: left out. TH_E_CORRUPT.
TH_MUST_USE enum th_err edition_read_unit(struct th_bytes payload,
                                          const struct public_groups *groups,
                                          struct edition_unit *unit);

#endif
