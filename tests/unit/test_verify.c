// test_verify.c - every kind of damage to a store is found, and a sound one has no findings

#include <stdlib.h>
#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/table.h"
#include "workers/verify.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

// What was found.
struct found {
    const struct verify_setup *setup;
    unsigned codes[13]; // 4201 .. 4213
    char text[13][VERIFY_TEXT_BYTES];
};

static void note(void *self, const struct verify_finding *finding)
{
    struct found *found = self;
    assert_in_range(finding->code, 4201, 4213);
    const size_t at = finding->code - 4201;
    found->codes[at]++;
    (void)verify_text(found->setup, finding, TH_LANG_EN, found->text[at], VERIFY_TEXT_BYTES);
}

static struct verify_result look(struct province *p, enum verify_level level, struct found *found)
{
    struct verify_setup setup = {
        .store = province_store(p),
        .birth_id = p->identity.store_id,
        .lineage = th_bytes_of(p->identity.lineage),
        .reg = p->reg,
        .catalogue = p->catalogue,
        .root = th_register_root(p->reg),
    };
    struct verify_result result;
    *found = (struct found){.setup = &setup};
    EXPECT(TH_OK, verify_run(&setup, level, note, found, &result));
    province_end(p);
    found->setup = NULL;
    return result;
}

static int setup(void **state)
{
    struct province *p = province_make();
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    struct player one = player_of(1);
    struct player two = player_of(2);
    const struct th_update first[] = {figure("D1", "2023", "W1", 5),
                                      figure("C11", "2023", "W2", 7),
                                      person("C11", "2023", "an", 4),
                                      person("C13", "2023", "binh", 3),
                                      collective("C11", "2022", "cb-1", 4),
                                      transfer("an", "C11", "C21", "2024-05-01", 4)};
    const struct th_update second[] = {figure("D2", "2023", "W1", 11),
                                       person("C21", "2023", "chi", 2)};
    province_batch(p, &one, first, TH_COUNT(first));
    province_batch(p, &two, second, TH_COUNT(second));
    province_drain(p);
    const struct th_update third = revised(figure("D1", "2023", "W1", 6), 2);
    assert_int_equal(province_say(p, &one, &third), 0);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

// ---- doing damage ----

// The number-th entry of a table, copied.
static void entry_at(struct province *p,
                     unsigned table,
                     size_t number,
                     struct key *key,
                     uint8_t *value,
                     size_t *size)
{
    struct th_bytes at = {0};
    struct th_bytes bytes;
    EXPECT(TH_OK, th_store_seek(province_store(p), table, at, &at, &bytes));
    for (size_t i = 0; i < number; i++) {
        EXPECT(TH_OK, th_store_next(province_store(p), table, at, &at, &bytes));
    }
    assert_true(at.size <= sizeof(key->bytes) && bytes.size <= 4096);
    memcpy(key->bytes, at.data, at.size);
    key->size = at.size;
    memcpy(value, bytes.data, bytes.size);
    *size = bytes.size;
}

static void remove_entry(struct province *p, unsigned table, size_t number)
{
    struct key key;
    uint8_t value[4096];
    size_t size = 0;
    entry_at(p, table, number, &key, value, &size);
    EXPECT(TH_OK, th_store_remove(province_store(p), table, key_view(&key)));
    th_store_memory_commit(p->memory);
}

static void flip_bit(struct province *p, unsigned table, size_t number)
{
    struct key key;
    uint8_t value[4096];
    size_t size = 0;
    entry_at(p, table, number, &key, value, &size);
    value[size / 2] ^= 4;
    EXPECT(TH_OK,
           th_store_put(province_store(p), table, key_view(&key), (struct th_bytes){value, size}));
    th_store_memory_commit(p->memory);
}

// A value that is wrong but has a right check hash: what a bug would write.
static void
rewrite(struct province *p, unsigned table, const struct key *key, struct th_writer *value)
{
    const struct th_check check = open_check(p->identity.store_id);
    EXPECT(TH_OK, th_check_put(&check, province_store(p), table, key_view(key), value));
    th_store_memory_commit(p->memory);
}

// ---- tests ----

static void finds_nothing_in_a_sound_store(void **state)
{
    struct found found;
    const struct verify_result full = look(*state, VERIFY_FULL, &found);
    assert_int_equal(full.findings, 0);
    assert_int_equal(full.records, 8);
    assert_int_equal(full.batches, 3);
    assert_int_equal(full.nodes, 2);
    assert_int_equal(full.version, 2);
    assert_int_equal(look(*state, VERIFY_QUICK, &found).findings, 0);
}

static void finds_a_flipped_bit_in_every_table(void **state)
{
    struct province *p = *state;
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        uint64_t count = 0;
        EXPECT(TH_OK, th_store_count(province_store(p), table, &count));
        for (size_t i = 0; i < count; i++) {
            struct found found;
            flip_bit(p, table, i);
            if (look(p, VERIFY_FULL, &found).findings == 0) {
                fail_msg("entry %zu of table %s", i, TABLE_NAMES[table]);
            }
            flip_bit(p, table, i); // and back
        }
    }
    struct found found;
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 0);
}

static void finds_a_collective_that_is_not_counted(void **state)
{
    struct province *p = *state;
    struct th_period period;
    struct found found;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2022"), &period));
    const struct key key = key_of_total(TH_BYTES("EV05"),
                                        period,
                                        province_uid(p, "P", "2022"),
                                        TH_BYTES("collective_kind=cell;rating=4"));
    EXPECT(TH_OK, th_store_remove(province_store(p), TABLE_TOTAL, key_view(&key)));
    th_store_memory_commit(p->memory);
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 1);
    assert_non_null(strstr(found.text[0], "EV05 2022 P"));
}

static void finds_a_lost_transfer(void **state)
{
    struct province *p = *state;
    struct found found;
    remove_entry(p, TABLE_TRANSFER, 0);
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 2);
    assert_int_equal(found.codes[1], 1); // the digest of its node
    assert_int_equal(found.codes[6], 1); // and what the node said
}

static void finds_a_missing_total_and_one_too_many(void **state)
{
    struct province *p = *state;
    struct found found;
    remove_entry(p, TABLE_TOTAL, 0);
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 1);
    assert_int_equal(found.codes[0], 1);

    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2022"), &period));
    const struct key key =
        key_of_total(TH_BYTES("W1"), period, province_uid(p, "D1", "2022"), TH_BYTES(""));
    uint8_t space[256];
    struct th_writer value = TH_WRITER(space);
    totals_write_cell(&value, &(struct th_cell){.value = 3, .exact = 1}, 1);
    rewrite(p, TABLE_TOTAL, &key, &value);
    (void)look(p, VERIFY_FULL, &found);
    assert_int_equal(found.codes[0], 2);
}

static void names_the_total_that_is_wrong(void **state)
{
    struct province *p = *state;
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2023"), &period));
    const struct key key =
        key_of_total(TH_BYTES("W1"), period, province_uid(p, "P", "2023"), TH_BYTES(""));
    struct th_cell cell = province_total(p, "W1", "2023", "P", "");
    uint8_t space[256];
    struct th_writer value = TH_WRITER(space);
    cell.value++;
    totals_write_cell(&value, &cell, 1);
    rewrite(p, TABLE_TOTAL, &key, &value);

    struct found found;
    (void)look(p, VERIFY_FULL, &found);
    assert_int_equal(found.codes[0], 1);
    assert_non_null(strstr(found.text[0], "TH4201 total/W1 2023 P"));
    assert_non_null(strstr(found.text[0], "kept 18, recount 17"));
    assert_non_null(strstr(found.text[3], "TH4204 feedlog/")); // which says what it was
}

static void finds_wrong_coverage(void **state)
{
    struct province *p = *state;
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2023"), &period));
    const struct key key =
        key_of_total(TH_BYTES("W1"), period, province_uid(p, "P", "2023"), TH_BYTES(""));
    struct th_cell cell = province_total(p, "W1", "2023", "P", "");
    assert_int_equal(cell.reported, 2); // D1 and D2
    uint8_t space[256];
    struct th_writer value = TH_WRITER(space);
    cell.reported = 3;
    totals_write_cell(&value, &cell, 1);
    rewrite(p, TABLE_TOTAL, &key, &value);

    struct found found;
    (void)look(p, VERIFY_FULL, &found);
    assert_int_equal(found.codes[4], 1);
}

static void finds_an_index_that_misses_a_person_or_has_one_too_many(void **state)
{
    struct province *p = *state;
    struct found found;
    remove_entry(p, TABLE_PERSON, 1);
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 1);
    assert_int_equal(found.codes[3], 1);

    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2022"), &period));
    const uint8_t nobody[PERSON_BYTES] = {9};
    const struct key key = key_of_person(TH_BYTES("SC"), period, TH_BYTES("cadre"), nobody);
    uint8_t space[16];
    struct th_writer value = TH_WRITER(space);
    th_write_u32(&value, province_uid(p, "D1", "2022"));
    rewrite(p, TABLE_PERSON, &key, &value);
    (void)look(p, VERIFY_FULL, &found);
    assert_int_equal(found.codes[3], 2);
}

static void finds_a_verdict_that_is_gone(void **state)
{
    struct province *p = *state;
    struct player one = player_of(3);
    const struct th_update wrong = figure("D1", "2023", "W1", 5);
    assert_int_equal(province_say(p, &one, &wrong), 2204);
    struct found found;
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 0);
    remove_entry(p, TABLE_REJECT, 0);
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 3);
    assert_int_equal(found.codes[3], 1);  // the ledger names it
    assert_int_equal(found.codes[9], 1);  // and the sum misses it
    assert_int_equal(found.codes[11], 1); // as does what its version told
}

static void finds_a_record_that_is_gone(void **state)
{
    struct found found;
    remove_entry(*state, TABLE_STAFFING, 0);
    assert_true(look(*state, VERIFY_FULL, &found).findings >= 3); // totals, digest
    assert_true(found.codes[0] > 0);
    assert_true(found.codes[1] > 0);
}

static struct th_period gone_period(void)
{
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2023"), &period));
    return period;
}

// A withdrawn figure is in no total and no digest, but what was known before rests on it.
static void finds_a_tombstone_that_is_gone(void **state)
{
    struct province *p = *state;
    struct player agency = player_of(3);
    struct found found;
    const struct th_update said = figure("A1", "2023", "W1", 9);
    assert_int_equal(province_say(p, &agency, &said), 0);
    const struct th_update gone = withdraw(said, 2);
    assert_int_equal(province_say(p, &agency, &gone), 0);
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 0);

    const struct key key = key_of_figure(
        province_uid(p, "A1", "2023"), gone_period(), TH_BYTES("W1"), (struct th_bytes){0});
    EXPECT(TH_OK, th_store_remove(province_store(p), TABLE_STAFFING, key_view(&key)));
    th_store_memory_commit(p->memory);
    assert_int_equal(look(p, VERIFY_FULL, &found).findings, 1);
    assert_int_equal(found.codes[6], 1);
    assert_non_null(strstr(found.text[6], "what node 3 said"));
}

static void finds_a_batch_that_is_gone_or_was_changed(void **state)
{
    struct province *p = *state;
    struct found found;
    struct key key;
    uint8_t bytes[4096];
    size_t size = 0;
    entry_at(p, TABLE_LEDGER, 0, &key, bytes, &size);
    bytes[size - TH_CHECK_BYTES - 1] ^= 1; // the last byte of the body
    struct th_writer value = {.data = bytes, .size = size - TH_CHECK_BYTES, .max = sizeof(bytes)};
    rewrite(p, TABLE_LEDGER, &key, &value);
    (void)look(p, VERIFY_QUICK, &found); // a short ledger is looked at whole
    assert_int_equal(found.codes[2], 1);

    remove_entry(p, TABLE_LEDGER, 0);
    (void)look(p, VERIFY_FULL, &found);
    assert_true(found.codes[2] > 0);
}

static void finds_a_watermark_that_went_back(void **state)
{
    struct province *p = *state;
    const struct key key = key_of_node(1);
    struct node_row row = {.epoch = 1, .seq = 1};
    memset(row.incarnation, 1, sizeof(row.incarnation));
    uint8_t space[256];
    struct th_writer value = TH_WRITER(space);
    node_row_write(&value, &row);
    rewrite(p, TABLE_NODE, &key, &value);

    struct found found;
    (void)look(p, VERIFY_QUICK, &found);
    assert_int_equal(found.codes[2], 1);
    assert_non_null(strstr(found.text[2], "chain of node 1"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(finds_nothing_in_a_sound_store),
        CASE(finds_a_flipped_bit_in_every_table),
        CASE(finds_a_collective_that_is_not_counted),
        CASE(finds_a_lost_transfer),
        CASE(finds_a_missing_total_and_one_too_many),
        CASE(names_the_total_that_is_wrong),
        CASE(finds_wrong_coverage),
        CASE(finds_an_index_that_misses_a_person_or_has_one_too_many),
        CASE(finds_a_verdict_that_is_gone),
        CASE(finds_a_record_that_is_gone),
        CASE(finds_a_tombstone_that_is_gone),
        CASE(finds_a_batch_that_is_gone_or_was_changed),
        CASE(finds_a_watermark_that_went_back),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
