// totals.c - see totals.h; the pool and the postings

#include "workers/totals.h"

#include <string.h>

#include "tonghop/fault.h"

#include "workers/totals_pool.h"

enum { KEY_BYTES_EACH = 96, VALUE_BYTES_MAX = 256 };

static const struct th_bytes EV01 = {.data = "EV01", .size = 4};
static const struct th_bytes EV02 = {.data = "EV02", .size = 4};
static const struct th_bytes EV03 = {.data = "EV03", .size = 4};
static const struct th_bytes EV05 = {.data = "EV05", .size = 4};
static const struct th_bytes COLLECTIVE = {.data = "collective", .size = 10};

static uint32_t bucket_count(uint32_t cells)
{
    uint32_t count = 1;
    while (count < 2 * cells) {
        count *= 2;
    }
    return count;
}

static size_t key_bytes_max(uint32_t cells)
{
    return (size_t)cells * KEY_BYTES_EACH + (size_t)TOTALS_ITEM_SLOTS * KEY_BYTES_MAX;
}

size_t totals_memory(const struct totals_limits *limits)
{
    const size_t pieces = 10;
    return limits->cells * (sizeof(struct slot) + 2 * sizeof(struct slot *)) +
           bucket_count(limits->cells) * sizeof(uint32_t) + key_bytes_max(limits->cells) +
           limits->topics * sizeof(struct topic_change) +
           limits->delta_cells * (sizeof(struct th_total) + TH_UNIT_REF_MAX + 1) +
           limits->delta_bytes + TOTALS_EXPECTED * sizeof(struct expected) +
           TOTALS_STEADY * sizeof(struct steady) + pieces * 16;
}

static void *take(struct th_arena *memory, size_t size, bool *full)
{
    void *piece = th_arena_take(memory, size);
    *full = *full || piece == NULL;
    return piece;
}

// Most pools are written before they are read: pages that no turn needs are never touched.
static void *take_zeroed(struct th_arena *memory, size_t size, bool *full)
{
    void *piece = take(memory, size, full);
    if (piece != NULL) {
        memset(piece, 0, size);
    }
    return piece;
}

enum th_err totals_init(struct totals *totals,
                        const struct totals_setup *setup,
                        const struct totals_limits *limits,
                        struct th_arena *memory)
{
    th_assert(limits->cells >= TOTALS_ITEM_SLOTS);
    *totals = (struct totals){.setup = *setup, .limits = *limits};
    bool full = false;
    const uint32_t buckets = bucket_count(limits->cells);
    totals->slots = take(memory, limits->cells * sizeof(struct slot), &full);
    totals->sorted = take(memory, 2 * limits->cells * sizeof(struct slot *), &full);
    totals->buckets = take_zeroed(memory, buckets * sizeof(uint32_t), &full);
    totals->bucket_mask = buckets - 1;
    totals->key_bytes_max = key_bytes_max(limits->cells);
    totals->keys = take(memory, totals->key_bytes_max, &full);
    totals->topics = take(memory, limits->topics * sizeof(struct topic_change), &full);
    totals->cells = take(memory, limits->delta_cells * sizeof(struct th_total), &full);
    totals->labels = take(memory, limits->delta_cells * sizeof(*totals->labels), &full);
    totals->deltas = take(memory, limits->delta_bytes, &full);
    totals->expected = take_zeroed(memory, TOTALS_EXPECTED * sizeof(*totals->expected), &full);
    totals->steady = take_zeroed(memory, TOTALS_STEADY * sizeof(*totals->steady), &full);
    return full ? TH_E_NO_MEMORY : TH_OK;
}

bool totals_have_room(const struct totals *totals)
{
    return totals->limits.cells - totals->slot_count >= TOTALS_ITEM_SLOTS &&
           totals->key_bytes_max - totals->key_bytes >= (size_t)TOTALS_ITEM_SLOTS * KEY_BYTES_MAX;
}

// ---- the pool ----

// FNV-1a over the key: keys differ in few bytes, and buckets are many.
static uint32_t hash_of(unsigned table, const struct key *key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ table;
    for (size_t i = 0; i < key->size; i++) {
        hash = (hash ^ key->bytes[i]) * 0x100000001b3u;
    }
    return (uint32_t)(hash ^ (hash >> 32));
}

// The bucket where key is, or the free one where it would be. Buckets hold slot + 1.
static uint32_t bucket_of(const struct totals *totals, unsigned table, const struct key *key)
{
    uint32_t bucket = hash_of(table, key) & totals->bucket_mask;
    while (totals->buckets[bucket] != 0) {
        const struct slot *slot = &totals->slots[totals->buckets[bucket] - 1];
        if (slot->table == table && slot->key_size == key->size &&
            memcmp(slot->key, key->bytes, key->size) == 0) {
            break;
        }
        bucket = (bucket + 1) & totals->bucket_mask;
    }
    return bucket;
}

uint32_t pool_find(const struct totals *totals, unsigned table, const struct key *key)
{
    const uint32_t entry = totals->buckets[bucket_of(totals, table, key)];
    return entry == 0 ? SLOT_NONE : entry - 1;
}

static enum th_err load(const struct totals *totals, const struct key *key, struct slot *slot)
{
    struct th_bytes value;
    const enum th_err err =
        th_check_get(totals->setup.check, totals->setup.store, slot->table, key_view(key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    slot->stored = true;
    uint64_t topic_seq = 0;
    return slot->table == TABLE_TOTAL ? totals_read_cell(value, &slot->cell, &topic_seq)
                                      : totals_read_cover(value, &slot->counted);
}

enum th_err pool_load(struct totals *totals, unsigned table, const struct key *key, uint32_t *slot)
{
    const uint32_t bucket = bucket_of(totals, table, key);
    if (totals->buckets[bucket] != 0) {
        *slot = totals->buckets[bucket] - 1;
        return TH_OK;
    }
    th_assert(totals->slot_count < totals->limits.cells);
    th_assert(totals->key_bytes + key->size <= totals->key_bytes_max);

    struct slot loaded = {.table = (uint8_t)table, .bucket = bucket, .cover = SLOT_NONE};
    TH_TRY(load(totals, key, &loaded));
    uint8_t *copy = totals->keys + totals->key_bytes;
    memcpy(copy, key->bytes, key->size);
    totals->key_bytes += key->size;
    loaded.key = copy;
    loaded.key_size = (uint16_t)key->size;
    *slot = totals->slot_count++;
    totals->slots[*slot] = loaded;
    totals->buckets[bucket] = *slot + 1;
    return TH_OK;
}

void totals_clear(struct totals *totals)
{
    for (uint32_t i = 0; i < totals->slot_count; i++) {
        totals->buckets[totals->slots[i].bucket] = 0;
    }
    totals->slot_count = 0;
    totals->key_bytes = 0;
    totals->topic_count = 0;
    totals->topics_lost = false;
    totals->delta_bytes = 0;
}

// ---- what is known about the tree ----

void totals_set_register(struct totals *totals, const struct th_register *reg, uint32_t root)
{
    totals_clear(totals);
    totals->setup.reg = reg;
    totals->setup.root = root;
    totals->topics_lost = true; // whatever was made of this turn is not to be told
    memset(totals->expected, 0, TOTALS_EXPECTED * sizeof(*totals->expected));
    memset(totals->steady, 0, TOTALS_STEADY * sizeof(*totals->steady));
}

static bool is_boundary_inside(th_day day, struct th_period period)
{
    return day != TH_DAY_MIN && day != TH_DAY_MAX &&
           (th_period_is_open(period) || (day > period.first && day <= period.last));
}

static bool tree_is_steady(const struct th_register *reg, struct th_period period)
{
    const size_t count = th_register_version_count(reg);
    for (size_t i = 0; i < count; i++) {
        const struct th_unit unit = th_register_version_at(reg, i);
        if (is_boundary_inside(unit.from, period) || is_boundary_inside(unit.until, period)) {
            return false;
        }
    }
    return true;
}

static bool is_steady(struct totals *totals, struct th_period period)
{
    uint8_t key[TH_PERIOD_KEY_BYTES];
    th_period_pack(period, key);
    size_t at = 0;
    for (size_t i = 0; i < sizeof(key); i++) {
        at = at * 31 + key[i];
    }
    struct steady *known = &totals->steady[at % TOTALS_STEADY];
    if (!known->known || memcmp(known->key, key, sizeof(key)) != 0) {
        memcpy(known->key, key, sizeof(key));
        known->steady = tree_is_steady(totals->setup.reg, period);
        known->known = true;
    }
    return known->steady;
}

struct place totals_place(struct totals *totals, uint32_t uid, struct th_period period, th_day day)
{
    const struct th_register *reg = totals->setup.reg;
    struct place place = {.uid = uid, .period = period, .day = day};
    const th_day tree = th_mutant(13) ? TH_DAY_LAST : day;
    place.depth = th_register_path(reg, uid, tree, place.path);
    if (place.depth == 0) { // only when the structure is that of another day
        place.path[place.depth++] = uid;
    }
    place.steady = is_steady(totals, period);
    for (size_t i = 0; i < place.depth; i++) {
        place.days[i] = place.steady ? day : th_register_structure_day(reg, place.path[i], period);
    }
    return place;
}

static uint32_t
reporters_on(struct totals *totals, const struct th_form *form, uint32_t uid, th_day day)
{
    const size_t at =
        (uid * 2654435761u) ^ ((uint32_t)day * 40503u) ^ (uint32_t)((uintptr_t)form >> 4);
    struct expected *known = &totals->expected[at % TOTALS_EXPECTED];
    if (known->uid != uid || known->day != day || known->form != form) {
        *known = (struct expected){.form = form, .uid = uid, .day = day};
        known->count = th_form_reporters(form, totals->setup.reg, totals->setup.root, uid, day);
    }
    return known->count;
}

uint32_t totals_expected(struct totals *totals,
                         const struct th_form *form,
                         uint32_t uid,
                         struct th_period period)
{
    const th_day day = th_register_structure_day(totals->setup.reg, uid, period);
    return reporters_on(totals, form, uid, day);
}

bool totals_is_evaluation(struct th_bytes measure)
{
    return th_bytes_equal(measure, EV01) || th_bytes_equal(measure, EV02) ||
           th_bytes_equal(measure, EV03) || th_bytes_equal(measure, EV05);
}

bool totals_is_collective(struct th_bytes category)
{
    return th_bytes_equal(category, COLLECTIVE);
}

bool totals_sums(const struct th_measure *measure)
{
    return measure->summed && measure->shape != TH_SHAPE_SHARE;
}

enum covering totals_covering(const struct th_measure *measure)
{
    if (totals_is_evaluation(measure->code)) {
        return COVER_EVALUATION;
    }
    if (measure->shape == TH_SHAPE_TARGET || !totals_sums(measure)) {
        return COVER_NONE;
    }
    return measure->scope == TH_SCOPE_OWN ? COVER_OWN : COVER_WHOLE;
}

// ---- postings ----

static enum th_err
sum_slot(struct totals *totals, const struct posting *posting, uint32_t uid, uint32_t *slot)
{
    const struct key key =
        key_of_total(posting->measure, posting->place->period, uid, posting->dims);
    return pool_load(totals, TABLE_TOTAL, &key, slot);
}

static size_t reach(const struct posting *posting)
{
    return posting->listed || (posting->new == NULL &&th_mutant(5)) ? 1 : posting->place->depth;
}

enum th_err totals_fits(struct totals *totals, const struct posting *posting)
{
    for (size_t i = 0; i < reach(posting) && !totals->anew; i++) {
        uint32_t slot = 0;
        TH_TRY(sum_slot(totals, posting, posting->place->path[i], &slot));
        struct th_cell cell = totals->slots[slot].cell;
        TH_TRY(th_cell_replace(&cell, posting->old, posting->new));
    }
    return TH_OK;
}

enum th_err totals_post(struct totals *totals, const struct posting *posting)
{
    uint32_t slots[TH_UNIT_DEPTH_MAX];
    uint64_t was[TH_UNIT_DEPTH_MAX];
    for (size_t i = 0; i < reach(posting); i++) {
        TH_TRY(sum_slot(totals, posting, posting->place->path[i], &slots[i]));
        struct slot *slot = &totals->slots[slots[i]];
        was[i] = th_cell_contributions(&slot->cell);
        const bool keeps = posting->new != NULL &&th_mutant(4);
        if (totals->anew) {
            th_cell_add_any(&slot->cell, posting->new);
        } else {
            TH_TRY(th_cell_replace(&slot->cell, keeps ? NULL : posting->old, posting->new));
        }
        slot->changed = true;
    }
    return reach(posting) == posting->place->depth ? totals_cover_post(totals, posting, slots, was)
                                                   : TH_OK;
}

enum th_err totals_cell(struct totals *totals,
                        struct th_bytes measure,
                        struct th_period period,
                        uint32_t uid,
                        struct th_bytes dims,
                        struct th_cell *cell)
{
    const struct key key = key_of_total(measure, period, uid, dims);
    const uint32_t found = pool_find(totals, TABLE_TOTAL, &key);
    struct slot slot = {.table = TABLE_TOTAL};
    if (found != SLOT_NONE) {
        slot = totals->slots[found];
    } else {
        TH_TRY(load(totals, &key, &slot));
    }
    *cell = slot.cell;
    return TH_OK;
}

enum th_err totals_cover(struct totals *totals,
                         const struct evaluated *evaluated,
                         struct th_period period,
                         uint32_t uid,
                         struct cover *cover)
{
    const struct key key = key_of_coverage(evaluated->scheme, period, evaluated->category, uid);
    const uint32_t found = pool_find(totals, TABLE_COVERAGE, &key);
    struct slot slot = {.table = TABLE_COVERAGE};
    if (found != SLOT_NONE) {
        slot = totals->slots[found];
    } else {
        TH_TRY(load(totals, &key, &slot));
    }
    *cover = slot.counted;
    return TH_OK;
}

// ---- values ----

void totals_write_cell(struct th_writer *writer, const struct th_cell *cell, uint64_t topic_seq)
{
    th_write_u8(writer, TOTALS_VERSION);
    th_cell_write(writer, cell);
    th_write_varint(writer, topic_seq);
}

enum th_err totals_read_cell(struct th_bytes value, struct th_cell *cell, uint64_t *topic_seq)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    th_cell_read(&reader, cell);
    *topic_seq = th_read_varint(&reader);
    return version == TOTALS_VERSION && th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

void totals_write_cover(struct th_writer *writer, const struct cover *cover)
{
    th_write_u8(writer, TOTALS_VERSION);
    th_write_varint(writer, cover->own);
    th_write_varint(writer, cover->below);
    th_write_varint(writer, cover->reported);
}

enum th_err totals_read_cover(struct th_bytes value, struct cover *cover)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    cover->own = th_read_varint(&reader);
    cover->below = th_read_varint(&reader);
    cover->reported = th_read_varint(&reader);
    return version == TOTALS_VERSION && th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

enum th_err totals_read_topic(struct th_bytes value, uint64_t *seq)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    *seq = th_read_varint(&reader);
    return version == TOTALS_VERSION && th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}
