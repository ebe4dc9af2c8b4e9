// test_store_model.c - the store on disk and the store in memory are the same table
//
// Random operations run on both, in transactions that are committed, aborted, or cut off by closing
// the store. After each, both give the same answer; after each transaction, a walk over both gives
// the same entries. Keys are drawn from a small set, so that they meet again, and share prefixes.

#include <stdlib.h>
#include <string.h>

#include "tonghop/store_lmdb.h"
#include "tonghop/store_memory.h"

#include "tests/support/disk.h"
#include "tests/support/test.h"

enum { HISTORIES = 6, TRANSACTIONS = 60, OPERATIONS_MAX = 120, VALUE_MAX = 6000, TABLE_COUNT = 2 };

struct pair {
    struct th_store disk;
    struct th_store memory;
    struct rng *rng;
    unsigned table;
    struct th_bytes key; // an argument: key or bound
    uint8_t key_bytes[TH_STORE_KEY_MAX];
    uint8_t value_bytes[VALUE_MAX];
    struct th_bytes last; // what a scan was given last; in last_bytes
    uint8_t last_bytes[TH_STORE_KEY_MAX];
};

// "", long and short keys over two letters and NUL; now and then the one a scan was given last.
static void draw_key(struct pair *pair, size_t size_min)
{
    if (rng_chance(pair->rng, 30) && pair->last.size >= size_min && pair->last.size > 0) {
        pair->key = pair->last;
        return;
    }
    size_t size = size_min + rng_below(pair->rng, 7);
    if (rng_chance(pair->rng, 3)) {
        size = TH_STORE_KEY_MAX - rng_below(pair->rng, 3);
    }
    for (size_t i = 0; i < size; i++) {
        pair->key_bytes[i] = (uint8_t)("ab\0"[rng_below(pair->rng, size > 9 && i < 500 ? 1 : 3)]);
    }
    pair->key = (struct th_bytes){.data = pair->key_bytes, .size = size};
}

static void expect_same(struct th_bytes a, struct th_bytes b)
{
    assert_int_equal(a.size, b.size);
    assert_true(th_bytes_equal(a, b));
}

static void get_both(struct pair *pair)
{
    struct th_bytes a = {0};
    struct th_bytes b = {0};
    draw_key(pair, 1);
    const enum th_err err = th_store_get(pair->memory, pair->table, pair->key, &b);
    EXPECT(err, th_store_get(pair->disk, pair->table, pair->key, &a));
    expect_same(a, b);
}

static void put_both(struct pair *pair)
{
    draw_key(pair, 1);
    const uint32_t bound = rng_chance(pair->rng, 5) ? VALUE_MAX : 40;
    const struct th_bytes value = {.data = pair->value_bytes, .size = rng_below(pair->rng, bound)};
    rng_bytes(pair->rng, pair->value_bytes, value.size);
    EXPECT(TH_OK, th_store_put(pair->memory, pair->table, pair->key, value));
    EXPECT(TH_OK, th_store_put(pair->disk, pair->table, pair->key, value));
}

static void remove_both(struct pair *pair)
{
    draw_key(pair, 1);
    const enum th_err err = th_store_remove(pair->memory, pair->table, pair->key);
    EXPECT(err, th_store_remove(pair->disk, pair->table, pair->key));
}

typedef enum th_err walk_step(struct th_store store,
                              unsigned table,
                              struct th_bytes bound,
                              struct th_bytes *key,
                              struct th_bytes *value);

static enum th_err step_both(struct pair *pair, walk_step *step)
{
    struct th_bytes keys[2] = {{0}};
    struct th_bytes values[2] = {{0}};
    const enum th_err err = step(pair->memory, pair->table, pair->key, &keys[0], &values[0]);
    EXPECT(err, step(pair->disk, pair->table, pair->key, &keys[1], &values[1]));
    expect_same(keys[0], keys[1]);
    expect_same(values[0], values[1]);
    if (err == TH_OK) {
        memcpy(pair->last_bytes, keys[0].data, keys[0].size);
        pair->last = (struct th_bytes){.data = pair->last_bytes, .size = keys[0].size};
    }
    return err;
}

// A few steps forth or back, as a core walks: from what it was given last.
static void walk_both(struct pair *pair)
{
    static walk_step *const FIRST[] = {th_store_seek, th_store_next, th_store_prev};
    static walk_step *const THEN[] = {th_store_next, th_store_next, th_store_prev};
    const uint32_t way = rng_below(pair->rng, TH_COUNT(FIRST));
    draw_key(pair, 0);
    enum th_err err = step_both(pair, FIRST[way]);
    for (uint32_t steps = rng_below(pair->rng, 6); steps > 0 && err == TH_OK; steps--) {
        pair->key = pair->last;
        err = step_both(pair, THEN[way]);
    }
}

static void count_both(struct pair *pair)
{
    uint64_t counts[2] = {0};
    EXPECT(TH_OK, th_store_count(pair->memory, pair->table, &counts[0]));
    EXPECT(TH_OK, th_store_count(pair->disk, pair->table, &counts[1]));
    assert_true(counts[0] == counts[1]);
}

static void one_operation(struct pair *pair, bool write)
{
    pair->table = rng_below(pair->rng, TABLE_COUNT);
    const uint32_t kind = rng_below(pair->rng, 100);
    if (write && kind < 40) {
        put_both(pair);
    } else if (write && kind < 58) {
        remove_both(pair);
    } else if (kind < 70) {
        get_both(pair);
    } else if (kind < 97) {
        walk_both(pair);
    } else {
        count_both(pair);
    }
}

static void compare_whole(struct pair *pair)
{
    for (pair->table = 0; pair->table < TABLE_COUNT; pair->table++) {
        pair->key = (struct th_bytes){0};
        enum th_err err = step_both(pair, th_store_seek);
        while (err == TH_OK) {
            pair->key = pair->last;
            err = step_both(pair, th_store_next);
        }
        count_both(pair);
    }
}

static void one_transaction(struct pair *pair, struct th_disk *disk, struct th_store_memory *memory)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    const bool write = rng_chance(pair->rng, 80);
    EXPECT(TH_OK, write ? th_disk_begin(disk, &txn) : th_disk_begin_read(disk, &txn));
    pair->disk = th_disk_store(&txn);
    compare_whole(pair);
    for (uint32_t left = rng_below(pair->rng, OPERATIONS_MAX); left > 0; left--) {
        one_operation(pair, write);
    }
    compare_whole(pair);
    if (write && rng_chance(pair->rng, 70)) {
        EXPECT(TH_OK, th_disk_commit(&txn));
        th_store_memory_commit(memory);
    } else {
        th_store_memory_abort(memory); // the end of the scope does the same to the disk
    }
}

static void both_stores_give_the_same_answers(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int history = 0; history < HISTORIES; history++) {
        char *dir = scratch_dir();
        TH_SCOPED(th_free_scoped) char *path = path_in(dir, "store");
        struct th_disk *disk = NULL;
        disk_open(path, &disk);
        struct th_store_memory *memory = th_store_memory_make();
        assert_non_null(memory);
        th_store_memory_strict(memory, history % 2 == 1);
        static struct pair pair;
        pair = (struct pair){.memory = th_store_memory_ops(memory), .rng = &rng};
        for (int i = 0; i < TRANSACTIONS; i++) {
            one_transaction(&pair, disk, memory);
            if (rng_chance(&rng, 10)) {
                th_disk_close(&disk);
                disk_open(path, &disk);
                struct th_store_memory *copy = th_store_memory_copy(memory);
                assert_non_null(copy);
                th_store_memory_free(memory);
                memory = copy;
                pair.memory = th_store_memory_ops(memory);
            }
        }
        th_disk_close(&disk);
        th_store_memory_free(memory);
        scratch_remove(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(both_stores_give_the_same_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
