// test_open.c - which store is opened, and one that goes on under another id

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

enum { OTHER_ID = 0x4711 };

static const struct th_bytes STORE_ROW = {.data = "store", .size = 5};
static const struct th_bytes ID_ROW = {.data = "id", .size = 2};

static int setup(void **state)
{
    struct province *p = province_make();
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    struct player one = player_of(1);
    const struct th_update update = figure("C11", "2023", "W2", 7);
    assert_int_equal(province_say(p, &one, &update), 0);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static enum open_result look(struct province *p, uint64_t store_id, struct opened *opened)
{
    struct identity identity = p->identity;
    identity.store_id = store_id;
    return open_look(province_store(p), &identity, opened);
}

static void rename_store(struct province *p, uint64_t store_id)
{
    const struct renamed renamed = {
        .store_id = store_id, .why = RENAMED_RESTORED, .version = 1, .wall_ms = -7};
    EXPECT(TH_OK, open_rename(province_store(p), &renamed));
}

// Another number in the first bytes of row "store", as another program would have written it.
static void write_head(struct province *p, uint16_t format, uint16_t min_reader)
{
    uint8_t space[256];
    struct th_writer writer = TH_WRITER(space);
    struct th_bytes value;
    const struct th_check check = open_check(p->identity.birth_id);
    EXPECT(TH_OK, th_check_get(&check, province_store(p), TABLE_META, STORE_ROW, &value));
    th_write_u16(&writer, format);
    th_write_u16(&writer, min_reader);
    th_write_bytes(&writer, (struct th_bytes){(const uint8_t *)value.data + 4, value.size - 4});
    EXPECT(TH_OK, th_check_put(&check, province_store(p), TABLE_META, STORE_ROW, &writer));
}

static void a_store_is_opened_by_its_id_alone(void **state)
{
    struct province *p = *state;
    struct opened opened = {0};

    assert_int_equal(look(p, p->identity.store_id, &opened), OPEN_OK);
    assert_int_equal(opened.store_id, p->identity.store_id);
    assert_int_equal(opened.birth_id, p->identity.store_id);
    assert_int_equal(look(p, 0, &opened), OPEN_OK);
    assert_int_equal(look(p, OTHER_ID, &opened), OPEN_OTHER_ID);
}

static void after_a_renaming_only_the_new_id_counts(void **state)
{
    struct province *p = *state;
    struct opened opened = {0};
    rename_store(p, OTHER_ID);

    assert_int_equal(look(p, p->identity.store_id, &opened), OPEN_OTHER_ID);
    assert_int_equal(look(p, OTHER_ID, &opened), OPEN_OK);
    assert_int_equal(opened.store_id, OTHER_ID);
    assert_int_equal(opened.birth_id, p->identity.birth_id);
}

// Check hashes, chains and digests go on as if nothing had been: only others see a new store.
static void a_renamed_store_goes_on(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    rename_store(p, OTHER_ID);
    th_store_memory_commit(p->memory);
    p->txn_open = false;
    p->identity.store_id = OTHER_ID;
    province_restart(p);

    province_hello(p, &one);
    province_drain(p);
    const struct th_decided welcome = province_decided(p, 1, TH_MSG_WELCOME);
    assert_true(welcome.store_id == OTHER_ID);
    assert_int_equal(welcome.seq, 1);
    one.seq = welcome.seq;
    memcpy(one.hash, welcome.hash, sizeof(one.hash));
    const struct th_update update = revised(figure("C11", "2023", "W2", 9), 2);
    assert_int_equal(province_say(p, &one, &update), 0);
    assert_int_equal(province_total(p, "W2", "2023", "P", "").value, 9);
    province_verify(p);
}

static void the_register_changes_under_the_first_id(void **state)
{
    struct province *p = *state;
    struct identity identity;
    struct opened opened = {0};
    rename_store(p, OTHER_ID);
    uint8_t digest[TH_HASH256_BYTES] = {1, 2, 3};

    EXPECT(TH_OK, open_set_register(province_store(p), digest));

    EXPECT(TH_OK, open_read_identity(province_store(p), &identity));
    assert_memory_equal(identity.register_digest, digest, sizeof(digest));
    assert_true(identity.birth_id == p->identity.birth_id);
    assert_true(identity.store_id == OTHER_ID);
    assert_int_equal(look(p, OTHER_ID, &opened), OPEN_OTHER_REGISTER);
}

static void the_newest_renamings_are_kept(void **state)
{
    struct province *p = *state;
    struct renamed list[RENAMINGS_MAX];
    size_t count = 1;
    EXPECT(TH_OK, open_renamings(province_store(p), list, &count));
    assert_int_equal(count, 0);

    for (uint64_t id = 1; id <= RENAMINGS_MAX + 3; id++) {
        rename_store(p, id);
    }

    EXPECT(TH_OK, open_renamings(province_store(p), list, &count));
    assert_int_equal(count, RENAMINGS_MAX);
    assert_int_equal(list[0].store_id, 4);
    assert_int_equal(list[count - 1].store_id, RENAMINGS_MAX + 3);
    assert_int_equal(list[count - 1].why, RENAMED_RESTORED);
    assert_int_equal(list[count - 1].version, 1);
    assert_int_equal(list[count - 1].wall_ms, -7);
}

static void a_damaged_id_is_no_id(void **state)
{
    struct province *p = *state;
    struct opened opened = {0};
    struct th_bytes value;
    uint8_t copy[256];
    rename_store(p, OTHER_ID);
    EXPECT(TH_OK, th_store_get(province_store(p), TABLE_META, ID_ROW, &value));
    const struct th_bytes whole = {.data = copy, .size = value.size};
    memcpy(copy, value.data, value.size);
    for (size_t i = 0; i < whole.size; i++) {
        copy[i] ^= 4;
        EXPECT(TH_OK, th_store_put(province_store(p), TABLE_META, ID_ROW, whole));
        assert_int_equal(look(p, OTHER_ID, &opened), OPEN_DAMAGED);
        copy[i] ^= 4;
    }
}

static void a_later_format_is_opened_if_it_says_so(void **state)
{
    struct province *p = *state;
    struct opened opened = {0};

    write_head(p, STORE_FORMAT + 1, STORE_FORMAT);
    assert_int_equal(look(p, 0, &opened), OPEN_OK);

    write_head(p, STORE_FORMAT + 1, STORE_FORMAT + 1);
    assert_int_equal(look(p, 0, &opened), OPEN_TOO_NEW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_store_is_opened_by_its_id_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_renaming_only_the_new_id_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_renamed_store_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(the_register_changes_under_the_first_id, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_renamings_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_id_is_no_id, setup, teardown),
        cmocka_unit_test_setup_teardown(a_later_format_is_opened_if_it_says_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
