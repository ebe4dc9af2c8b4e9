// test_rows.c - every row of a store goes into another one as it was, and a damaged one is named

#include <stdlib.h>
#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/rows.h"

enum { SUMS = TABLE_COUNT };

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

struct sums {
    struct th_export_sum sums[SUMS];
    uint64_t rows;
};

static int setup(void **state)
{
    struct province *p = province_make();
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    struct player one = player_of(1);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        person("C11", "2023", "an", 4),
                                        collective("C11", "2022", "cb-1", 4),
                                        figure("C11", "no period", "W2", 7)};
    province_batch(p, &one, updates, TH_COUNT(updates));
    province_drain(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static enum th_err add(void *self, const struct th_export_row *row)
{
    struct sums *sums = self;
    th_export_sum_add(&sums->sums[row->table], row->key, row->value);
    sums->rows++;
    return TH_OK;
}

static void sum_up(struct th_store store, const struct th_check *check, uint8_t out[static 32])
{
    static struct sums sums;
    struct rows_place place;
    uint8_t digests[SUMS][TH_HASH256_BYTES];
    sums.rows = 0;
    for (size_t i = 0; i < SUMS; i++) {
        th_export_sum_start(&sums.sums[i]);
    }
    EXPECT(TH_OK, rows_walk(store, check, add, &sums, &place));
    assert_true(sums.rows > 20);
    for (size_t i = 0; i < SUMS; i++) {
        th_export_sum_end(&sums.sums[i], digests[i]);
    }
    const struct th_bytes all = {.data = digests, .size = sizeof(digests)};
    th_hash256(out, &all, 1);
}

static struct th_disk_options options_of(void)
{
    return (struct th_disk_options){.tables = TABLE_NAMES,
                                    .table_count = TABLE_COUNT,
                                    .map_size = 256 * 1024 * 1024,
                                    .create = true};
}

static void a_store_is_carried_into_another_one(void **state)
{
    struct province *p = *state;
    const struct th_check check = open_check(p->identity.birth_id);
    const struct th_disk_options options = options_of();
    char *dir = scratch_dir();
    TH_SCOPED(th_free_scoped) char *path = path_in(dir, "store");
    struct th_disk *disk = NULL;
    struct rows_place place;
    uint8_t wanted[TH_HASH256_BYTES];
    uint8_t got[TH_HASH256_BYTES];
    EXPECT(TH_OK, th_disk_open(path, &options, &disk));
    struct rows_into into = {.disk = disk, .check = check};
    sum_up(province_store(p), &check, wanted);

    EXPECT(TH_OK, rows_walk(province_store(p), &check, rows_put, &into, &place));
    EXPECT(TH_OK, rows_finish(&into));

    {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
        sum_up(th_disk_store(&txn), &check, got);
    }
    assert_memory_equal(wanted, got, sizeof(got));
    province_end(p);
    th_disk_close(&disk);
    scratch_remove(dir);
}

// More than one transaction holds; what was not finished is not there.
static void rows_come_in_bounded_transactions(void **state)
{
    (void)state;
    static uint8_t large[1024 * 1024];
    const struct th_disk_options options = options_of();
    char *dir = scratch_dir();
    TH_SCOPED(th_free_scoped) char *path = path_in(dir, "store");
    struct th_disk *disk = NULL;
    uint64_t count = 0;
    EXPECT(TH_OK, th_disk_open(path, &options, &disk));
    struct rows_into into = {.disk = disk, .check = open_check(7)};
    struct th_export_row row = {.table = TABLE_LEDGER, .value = {large, sizeof(large)}};
    for (uint8_t i = 0; i < 18; i++) {
        row.key = (struct th_bytes){.data = &i, .size = 1};
        EXPECT(TH_OK, rows_put(&into, &row));
    }
    row.table = TABLE_COUNT;
    EXPECT(TH_E_INVALID, rows_put(&into, &row));

    rows_drop(&into); // two transactions of eight rows are committed

    {
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        EXPECT(TH_OK, th_disk_begin_read(disk, &txn));
        EXPECT(TH_OK, th_store_count(th_disk_store(&txn), TABLE_LEDGER, &count));
    }
    assert_int_equal(count, 16);
    th_disk_close(&disk);
    scratch_remove(dir);
}

static void a_damaged_row_is_named(void **state)
{
    struct province *p = *state;
    const struct th_check check = open_check(p->identity.birth_id);
    struct rows_place place;
    struct th_bytes key;
    struct th_bytes value;
    uint8_t name[TH_STORE_KEY_MAX];
    uint8_t bytes[256];
    EXPECT(TH_OK,
           th_store_seek(province_store(p), TABLE_REJECT, (struct th_bytes){0}, &key, &value));
    assert_true(value.size <= sizeof(bytes));
    memcpy(name, key.data, key.size);
    memcpy(bytes, value.data, value.size);
    const struct th_bytes damaged = {.data = name, .size = key.size};
    bytes[0] ^= 1;
    EXPECT(TH_OK,
           th_store_put(province_store(p),
                        TABLE_REJECT,
                        damaged,
                        (struct th_bytes){.data = bytes, .size = value.size}));

    static struct sums sums;
    for (size_t i = 0; i < SUMS; i++) {
        th_export_sum_start(&sums.sums[i]);
    }
    EXPECT(TH_E_CORRUPT, rows_walk(province_store(p), &check, add, &sums, &place));
    assert_int_equal(place.table, TABLE_REJECT);
    assert_true(th_bytes_equal((struct th_bytes){place.key, place.size}, damaged));
    province_end(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_store_is_carried_into_another_one, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_come_in_bounded_transactions, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_row_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
