// edition_table.h - one table about people with all its editions, laid over the tree of units
//
//      rows of the store ──read──> editions, rows ──┐
//      units with people now ───────────────────────┼──frame──> nodes, leaves, groups
//      register ────────────────────────────────────┘              │
//      edition 0, 1, ... ──step──> people, marks, shown of each ───┴──> tonghop/suppress.h
//
// The frame is the same for all editions: the units that had people in any of them, and those above
// them, as the tree stands on each unit's structure day in the table's period. A unit that has both
// people of its own and units below it has a leaf of its own beside these. Each unit of the frame
// of an edition has a row in that edition or an earlier one, so that rows alone tell the tree.
//
// A table is closed when earlier editions and this one cannot be laid over one frame, or cannot be
// judged together: what was published stays, nothing new ever comes.

#ifndef WORKERS_EDITION_TABLE_H
#define WORKERS_EDITION_TABLE_H

#include "tonghop/register.h"

#include "workers/edition.h"
#include "workers/edition_spec.h"

enum edition_closed {
    EDITION_CLOSED_NOT,
    EDITION_CLOSED_FULL,   // it has as many editions as can be judged together
    EDITION_CLOSED_MOVED,  // units are below others now than they were
    EDITION_CLOSED_TREE,   // its units are no tree: some moved within the period
    EDITION_CLOSED_LAYOUT, // it was made with other kinds or groups
    EDITION_CLOSED_LARGE,  // more kinds, units or editions than can be judged
    EDITION_CLOSED_COUNTS, // some figures are no plain numbers of people
};

struct edition_row {
    uint32_t uid;
    struct th_bytes payload;
};

struct edition_stored {
    uint32_t number;
    uint32_t threshold;
    uint32_t share_base;
    size_t first_row, row_count;
};

struct edition_place { // a unit in the frame
    uint32_t uid;
    uint32_t parent; // uid; the root: its own
    uint32_t node;
    uint32_t leaf; // where its own people stand; UINT32_MAX: it never had any
    bool has_own;
    bool stored;                        // it has a row in an earlier edition
    uint32_t first_child, next_sibling; // places; UINT32_MAX: none
};

struct edition_table {
    char name_text[EDITION_NAME_MAX];
    struct th_bytes name;
    struct th_period period;
    enum edition_closed closed;
    struct public_groups groups;
    // what the store has
    struct edition_stored *editions; // at most EDITIONS_MAX
    uint32_t edition_count;
    struct edition_row *rows; // views live as long as the transaction they were read in
    size_t row_count, row_room;
    // the frame
    struct edition_place *places; // by uid
    uint32_t place_count;
    struct th_suppress_node *nodes;
    uint32_t *units; // [node] uid; 0: the people of the unit above it alone
    uint32_t leaf_count;
    struct th_suppress_frame frame;
};

// Of one edition; sizes by frame and groups.
struct edition_state {
    int64_t *people; // [leaf][kind]
    uint16_t *marks; // [leaf][sum][TH_SUPPRESS_MARKS]
    uint8_t *shown;  // [node][group]
};

/**
 * Read a table's editions. One that cannot be read as its layout is now is closed.
 *
 * Ownership: *table is the caller's (edition_table_free), also after an error; catalogue and the
 *            transaction must outlive it.
 * Errors:    TH_E_CORRUPT, TH_E_NO_MEMORY; the store's.
 */
TH_MUST_USE enum th_err edition_table_read(struct th_store store,
                                           const struct th_check *check,
                                           const struct th_catalogue *catalogue,
                                           struct th_bytes name,
                                           struct th_period period,
                                           struct edition_table **table);
void edition_table_free(struct edition_table **table); // scoped

/**
 * Lay it over the tree; uids have people now. Where that cannot be the table is closed. Without a
 * register: over the tree that its rows tell of, as it was published (uids: none).
 *
 * Errors: TH_E_CORRUPT, TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err edition_table_frame(struct edition_table *table,
                                            const struct th_register *reg,
                                            const uint32_t *uids,
                                            size_t count);
const struct edition_place *edition_place_of(const struct edition_table *table,
                                             uint32_t uid); // NULL

// Room for a state, zeroed. Ownership: edition_state_free. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err edition_state_make(const struct edition_table *table,
                                           struct edition_state *state);
void edition_state_free(struct edition_state *state); // scoped
void edition_state_copy(const struct edition_table *table,
                        const struct edition_state *from,
                        struct edition_state *to);
// From the state of edition at - 1 (zero before the first) to that of at. TH_E_CORRUPT.
TH_MUST_USE enum th_err
edition_step(const struct edition_table *table, uint32_t at, struct edition_state *state);

// The numbers of every node and kind: cells[node][kind], room for node_count * kind_count.
void edition_sum(const struct edition_table *table, const int64_t *people, int64_t *cells);
// That of a group, from a node's row of cells.
int64_t edition_cell(const struct edition_table *table, const int64_t *kinds, uint32_t group);

#endif
