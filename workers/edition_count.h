// edition_count.h - who is counted in a table about people, read from the records of a store
//
// The same people as in EV01, EV02, EV03 and the figures of personal measures, but kept apart by
// everything the public may ask for, and at each unit alone.

#ifndef WORKERS_EDITION_COUNT_H
#define WORKERS_EDITION_COUNT_H

#include "workers/edition.h"
#include "workers/edition_spec.h"

struct edition_counting {
    struct th_store store;
    const struct th_check *check;
    const struct th_catalogue *catalogue;
    uint32_t units; // of the register
};

// Tables by name and period, each once.
struct edition_names {
    struct edition_named {
        char text[EDITION_NAME_MAX];
        size_t size;
        struct th_period period;
    } * items;
    size_t count, room;
};

/**
 * Those that have records, or editions; in byte order of name, then period.
 *
 * Ownership: edition_names_free, also after an error. Errors: TH_E_TOO_LARGE above
 *            EDITION_TABLES_MAX; TH_E_CORRUPT, TH_E_NO_MEMORY; the store's.
 */
TH_MUST_USE enum th_err edition_names_read(const struct edition_counting *counting,
                                           struct edition_names *names);
// Those that have editions, added to names.
TH_MUST_USE enum th_err edition_names_stored(struct th_store store, struct edition_names *names);
void edition_names_free(struct edition_names *names); // scoped

// The people of one table, by unit.
struct edition_people {
    const struct public_groups *groups;
    uint32_t *uids;  // ascending
    int64_t *people; // [unit][kind]
    uint16_t *marks; // [unit][sum][TH_SUPPRESS_MARKS]
    size_t count, room;
    bool adds;  // its lines are added up
    bool plain; // false: some figure is no plain number of people, or of a kind there is not
};

/**
 * Count the people of a table.
 *
 * Ownership: edition_people_free, also after an error. Errors: TH_E_CORRUPT, TH_E_NO_MEMORY; the
 *            store's.
 */
TH_MUST_USE enum th_err edition_people_count(const struct edition_counting *counting,
                                             const struct public_groups *groups,
                                             const struct edition_named *named,
                                             struct edition_people *people);
void edition_people_free(struct edition_people *people); // scoped

#endif
