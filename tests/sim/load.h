// load.h - what the offices of a run enter, and what must come of it
//
// A province is a root, its districts and their communes. Each node speaks for one district and
// states figures and evaluations of its communes: new ones, corrections, withdrawals, things said
// twice, and things that must be refused. Nobody else writes the same keys, so what becomes of a
// node's updates depends on their order alone.

#ifndef TESTS_SIM_LOAD_H
#define TESTS_SIM_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/update.h"

#include "tests/sim/swarm.h"

enum {
    LOAD_COMMUNES = 3, // of a district
    LOAD_MEASURES = 2,
    LOAD_PERIODS = 3,
    LOAD_FIGURES = LOAD_COMMUNES * LOAD_MEASURES * LOAD_PERIODS, // keys below: figures
    LOAD_PERSONS = 6,                                            // keys above: evaluations
    LOAD_KEYS = LOAD_FIGURES + LOAD_PERSONS,
    LOAD_RATINGS = 4,
    LOAD_ITEMS_MAX = 8, // of a batch
    LOAD_CODE_BYTES = 16,
    LOAD_LINEAGE_BYTES = 9,
};

extern const char *const LOAD_MEASURE_CODES[LOAD_MEASURES];
extern const char *const LOAD_PERIOD_LABELS[LOAD_PERIODS];

// A node, its district and its province are numbered from 1, nodes through all provinces.
char *load_lineage(uint32_t province, char out[static LOAD_LINEAGE_BYTES]);
char *load_root(uint32_t province, char out[static LOAD_CODE_BYTES]);
char *load_district(uint32_t node, char out[static LOAD_CODE_BYTES]);
char *load_commune(uint32_t node, uint32_t commune, char out[static LOAD_CODE_BYTES]);
uint32_t load_province_of(const struct swarm *swarm, uint32_t node);

// units.csv of a world with so many provinces and all the nodes there may be.
// Ownership: the caller frees it.
char *load_units(uint32_t provinces);

struct load_item {
    uint32_t key; // of its node: commune, measure, period; or a person
    bool wrong;   // its unit is another's, or nobody's
    bool withdraw;
    uint32_t revision;
    uint32_t qualifier; // of an evaluation: the rating, 1 .. LOAD_RATINGS
    int64_t value;      // of an evaluation: the score, or -1
    char person[LOAD_CODE_BYTES];
    char unit[LOAD_CODE_BYTES]; // usually the key's
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

bool load_key_is_person(uint32_t key);
uint32_t load_key_commune(uint32_t key); // 0 ..
uint32_t load_key_measure(uint32_t key);
uint32_t load_key_period(uint32_t key);

// An item as it travels. Its texts live as long as item.
struct th_update load_update(const struct load_item *item);

#endif
