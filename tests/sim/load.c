// load.c - see load.h

#include "tests/sim/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/test.h"

const char *const LOAD_MEASURE_CODES[LOAD_MEASURES] = {"SIM.posts", "SIM.filled"};
const char *const LOAD_PERIOD_LABELS[LOAD_PERIODS] = {"2018", "2018-07", "2019"};

char *load_lineage(uint32_t province, char out[static LOAD_LINEAGE_BYTES])
{
    (void)snprintf(out, LOAD_LINEAGE_BYTES, "lin%u", province % 10);
    return out;
}

char *load_root(uint32_t province, char out[static LOAD_CODE_BYTES])
{
    (void)snprintf(out, LOAD_CODE_BYTES, "P%u", province);
    return out;
}

char *load_district(uint32_t node, char out[static LOAD_CODE_BYTES])
{
    (void)snprintf(out, LOAD_CODE_BYTES, "D%u", node);
    return out;
}

char *load_commune(uint32_t node, uint32_t commune, char out[static LOAD_CODE_BYTES])
{
    (void)snprintf(out, LOAD_CODE_BYTES, "C%u-%u", node, commune);
    return out;
}

// Nodes are dealt out in turn, so a smaller world has the same nodes in the same provinces.
uint32_t load_province_of(const struct swarm *swarm, uint32_t node)
{
    return (node - 1) % swarm->provinces + 1;
}

static void write_node(FILE *file, uint32_t node, uint32_t province)
{
    char code[LOAD_CODE_BYTES];
    char parent[LOAD_CODE_BYTES];
    (void)fprintf(file,
                  "%s,District %u,district,%s,,\n",
                  load_district(node, code),
                  node,
                  load_root(province, parent));
    load_district(node, parent);
    for (uint32_t i = 0; i + 1 < LOAD_COMMUNES; i++) {
        (void)fprintf(file, "%s,Commune %u,commune,%s,,\n", load_commune(node, i, code), i, parent);
    }
    // The last commune came to a district of its own after all that is reported here: a sum must
    // count it where it was then.
    load_commune(node, LOAD_COMMUNES - 1, code);
    (void)fprintf(file, "%s,Moving,commune,%s,,2021-01-01\n", code, parent);
    (void)fprintf(file, "N%u,New,district,%s,2021-01-01,\n", node, load_root(province, parent));
    (void)fprintf(file, "%s,Moving,commune,N%u,2021-01-01,\n", code, node);
}

char *load_units(uint32_t provinces)
{
    enum { UNITS_BYTES = 64 * 1024 };
    th_assert(provinces > 0);
    char *csv = calloc(1, UNITS_BYTES);
    FILE *file = csv == NULL ? NULL : fmemopen(csv, UNITS_BYTES, "w");
    th_assert(file != NULL);
    (void)fprintf(file, "code,name,type,parent,valid_from,valid_to\n");
    for (uint32_t province = 1; province <= provinces; province++) {
        char code[LOAD_CODE_BYTES];
        (void)fprintf(file, "%s,Province,province,,,\n", load_root(province, code));
    }
    for (uint32_t node = 1; node <= SWARM_NODES_MAX; node++) {
        write_node(file, node, (node - 1) % provinces + 1);
    }
    (void)fclose(file);
    return csv;
}

bool load_key_is_person(uint32_t key)
{
    return key >= LOAD_FIGURES;
}

uint32_t load_key_commune(uint32_t key)
{
    return key % LOAD_COMMUNES;
}

uint32_t load_key_measure(uint32_t key)
{
    return key / LOAD_COMMUNES % LOAD_MEASURES;
}

uint32_t load_key_period(uint32_t key)
{
    return load_key_is_person(key) ? key % 2 : key / LOAD_COMMUNES / LOAD_MEASURES;
}

// ---- drawing ----

// What a node knows of its own keys while it enters.
struct known {
    uint32_t revision; // 0: never said
    bool withdrawn;
    struct load_item last; // the item that stands
};

static void say_new(struct rng *rng, struct known *known, struct load_item *item)
{
    item->revision = known->revision + 1 + (rng_chance(rng, 10) ? rng_below(rng, 5) : 0);
    item->withdraw = known->revision > 0 && !known->withdrawn && rng_chance(rng, 20);
    item->value = (int64_t)rng_below(rng, 1000);
    item->qualifier = rng_chance(rng, 15) ? 2 + rng_below(rng, 3) : (uint32_t)TH_QUALIFIER_EXACT;
    if (load_key_is_person(item->key)) {
        item->qualifier = 1 + rng_below(rng, LOAD_RATINGS);
        item->value = rng_chance(rng, 30) ? -1 : item->value;
    }
}

// The same words again, or an older revision with other words.
static void say_old(struct rng *rng, const struct known *known, struct load_item *item)
{
    if (rng_chance(rng, 50)) {
        *item = known->last;
        return;
    }
    item->revision = 1 + rng_below(rng, known->revision);
    item->value = known->last.value + 1 + (int64_t)rng_below(rng, 9);
    item->qualifier = TH_QUALIFIER_EXACT;
}

// A unit of another node, or of nobody.
static void say_wrong(struct rng *rng, uint32_t node, struct load_item *item)
{
    item->wrong = true; // V04, V03
    item->revision = 1;
    item->value = 1;
    item->qualifier = TH_QUALIFIER_EXACT;
    if (rng_chance(rng, 50)) {
        load_commune(node % SWARM_NODES_MAX + 1, 0, item->unit);
    } else {
        (void)snprintf(item->unit, sizeof(item->unit), "nowhere");
    }
}

static struct load_item draw_item(struct rng *rng, uint32_t node, struct known *all)
{
    const uint32_t key = rng_below(rng, LOAD_KEYS);
    struct known *known = &all[key];
    struct load_item item = {.key = key};
    load_commune(node, load_key_commune(key), item.unit);
    (void)snprintf(item.person, sizeof(item.person), "person %u", key);
    const uint32_t dice = rng_below(rng, 100);
    if (dice < 6) {
        say_wrong(rng, node, &item);
    } else if (dice < 18 && known->revision > 0) {
        say_old(rng, known, &item);
    } else {
        say_new(rng, known, &item);
        known->revision = item.revision;
        known->withdrawn = item.withdraw;
        known->last = item;
    }
    return item;
}

static int by_time(const void *a, const void *b)
{
    const struct load_batch *one = a;
    const struct load_batch *other = b;
    return one->at_ms != other->at_ms ? (one->at_ms < other->at_ms ? -1 : 1) : 0;
}

struct load load_draw(const struct swarm *swarm)
{
    struct rng rng;
    rng_seed(&rng, swarm->seed ^ UINT64_C(0x10ad));
    struct load load = {.batches = calloc(swarm->updates, sizeof(*load.batches))};
    struct known *known = calloc((size_t)swarm->nodes * LOAD_KEYS, sizeof(*known));
    th_assert(load.batches != NULL && known != NULL);
    for (uint32_t left = swarm->updates; left > 0; load.count++) {
        struct load_batch *batch = &load.batches[load.count];
        const uint32_t count = 1 + rng_below(&rng, rng_chance(&rng, 60) ? 2 : LOAD_ITEMS_MAX);
        batch->node = 1 + rng_below(&rng, swarm->nodes);
        batch->at_ms = rng_below(&rng, swarm->load_ms);
        batch->count = count < left ? count : left;
        left -= batch->count;
    }
    // The order of entering is the order of time, so items are drawn after sorting.
    qsort(load.batches, load.count, sizeof(*load.batches), by_time);
    for (size_t i = 0; i < load.count; i++) {
        struct load_batch *batch = &load.batches[i];
        for (uint32_t k = 0; k < batch->count; k++) {
            batch->items[k] =
                draw_item(&rng, batch->node, &known[(size_t)(batch->node - 1) * LOAD_KEYS]);
        }
    }
    free(known);
    return load;
}

void load_free(struct load *load)
{
    free(load->batches);
    *load = (struct load){0};
}

static void evaluate(const struct load_item *item, struct th_evaluation *evaluation)
{
    *evaluation = (struct th_evaluation){
        .scheme = TH_BYTES("PLAIN"),
        .period = th_bytes_of(LOAD_PERIOD_LABELS[load_key_period(item->key)]),
        .unit = th_bytes_of(item->unit),
        .category = TH_BYTES("civil"),
        .person = th_bytes_of(item->person),
    };
    if (!item->withdraw) {
        evaluation->rating = (struct th_opt){.has = true, .value = item->qualifier};
        evaluation->score = (struct th_opt){.has = item->value >= 0, .value = item->value};
    }
}

static void state_figure(const struct load_item *item, struct th_staffing *staffing)
{
    *staffing = (struct th_staffing){
        .measure = th_bytes_of(LOAD_MEASURE_CODES[load_key_measure(item->key)]),
        .unit = th_bytes_of(item->unit),
        .period = th_bytes_of(LOAD_PERIOD_LABELS[load_key_period(item->key)]),
    };
    if (!item->withdraw) {
        staffing->qualifier = item->qualifier;
        staffing->value = (struct th_opt){.has = true, .value = item->value};
    }
}

struct th_update load_update(const struct load_item *item)
{
    struct th_update update = {
        .kind = load_key_is_person(item->key) ? TH_KIND_EVALUATION : TH_KIND_STAFFING,
        .op = item->withdraw ? TH_OP_WITHDRAW : TH_OP_SET,
        .revision = item->revision,
    };
    if (load_key_is_person(item->key)) {
        evaluate(item, &update.evaluation);
    } else {
        state_figure(item, &update.staffing);
    }
    return update;
}
