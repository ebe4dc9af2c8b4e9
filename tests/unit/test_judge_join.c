// test_judge_join.c - numbers enrolled again: whose key counts, and which outbox may come after

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/joined.h"

static int setup(void **state)
{
    static const char *const UNITS[] = {"D1", "D2"};
    struct province *p = province_make();
    province_roster(p, UNITS, TH_COUNT(UNITS));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct province *p = *state;
    province_free(p);
    return 0;
}

// What node 1 hears when its turn ends, or the code of a refusal, which does not wait.
static unsigned hears(struct province *p, enum th_message_type type)
{
    if (province_heard(p, 1, TH_MSG_REFUSAL) != NULL) {
        const unsigned code = province_refusal(p, 1).code;
        province_drain(p);
        return code;
    }
    province_drain(p);
    assert_non_null(province_heard(p, 1, type));
    return 0;
}

// Node 1 joins with a key of this byte: 0, or the code of the refusal.
static unsigned join(struct province *p, uint8_t byte, uint32_t enrolment)
{
    struct th_join join;
    uint8_t space[64];
    struct th_writer writer = TH_WRITER(space);
    memset(join.public_key, byte, sizeof(join.public_key));
    th_join_write(&writer, &join);
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_JOIN, .node = 1};
    p->enrolment = enrolment;
    province_forget(p);
    province_message(p, TH_PEER_BOOTSTRAP, 1, &header, th_written(&writer));
    return hears(p, TH_MSG_JOINED);
}

static struct th_key_entry told_key(struct province *p)
{
    struct th_keys keys;
    const struct heard *heard = province_heard(p, 0, TH_MSG_KEYS);
    assert_non_null(heard);
    EXPECT(TH_OK,
           th_keys_read((struct th_bytes){heard->body, heard->size}, &p->arena, &keys, NULL));
    assert_int_equal(keys.count, 1);
    return keys.keys[0];
}

// An outbox of node 1 made for this enrolment.
static struct player office_of(uint8_t incarnation, uint64_t epoch)
{
    struct player office = player_of(1);
    memset(office.incarnation, incarnation, sizeof(office.incarnation));
    office.epoch = epoch;
    th_chain_start(office.hash, TH_BYTES("p"), office.incarnation, 1, epoch);
    return office;
}

// 0 when it is welcome, or the code of the refusal.
static unsigned greet(struct province *p, const struct player *office)
{
    province_forget(p);
    province_hello(p, office);
    return hears(p, TH_MSG_WELCOME);
}

static void a_key_gives_way_only_to_one_of_a_later_enrolment(void **state)
{
    struct province *p = *state;

    assert_int_equal(join(p, 1, 0), 0);
    assert_int_equal(told_key(p).public_key[0], 1);
    assert_int_equal(join(p, 2, 0), TH_M_ENROLMENT_USED);
    assert_int_equal(join(p, 2, 1), 0);
    assert_int_equal(told_key(p).public_key[0], 2);
    assert_int_equal(told_key(p).enrolment, 1);
    assert_int_equal(join(p, 2, 1), 0); // said again
    assert_int_equal(join(p, 1, 0), TH_M_ENROLMENT_USED);
    assert_int_equal(join(p, 3, 1), TH_M_ENROLMENT_USED);
    assert_int_equal(join(p, 2, 2), TH_M_ENROLMENT_USED); // that key may be in other hands
    assert_int_equal(join(p, 4, 7), 0);
    assert_int_equal(told_key(p).enrolment, 7);
}

static void a_later_enrolment_brings_another_outbox_once(void **state)
{
    struct province *p = *state;
    struct player first = office_of(11, 1);
    struct player second = office_of(12, th_first_epoch(1));
    const struct player third = office_of(13, th_first_epoch(1) + 5);
    const struct th_update mine = figure("D1", "2023", "W1", 5);
    const struct th_update more = figure("D1", "2024", "W1", 6);
    assert_int_equal(join(p, 1, 0), 0);
    assert_int_equal(province_say(p, &first, &mine), 0);
    assert_int_equal(greet(p, &second), TH_M_STREAM_FORK); // a key alone does not

    assert_int_equal(join(p, 2, 1), 0);
    assert_int_equal(greet(p, &second), 0);
    const struct th_decided decided = province_decided(p, 1, TH_MSG_WELCOME);
    assert_int_equal(decided.seq, 0);
    assert_memory_equal(decided.hash, second.hash, sizeof(decided.hash));
    assert_int_equal(province_say(p, &second, &more), 0);
    assert_int_equal(greet(p, &third), TH_M_STREAM_FORK);
    assert_int_equal(greet(p, &first), TH_M_STREAM_FORK);
    assert_int_equal(province_total(p, "W1", "2023", "P", "").value, 5);
    assert_int_equal(province_total(p, "W1", "2024", "P", "").value, 6);
    province_verify(p);
    province_restart(p);
    assert_int_equal(greet(p, &second), 0);
}

static void the_same_outbox_goes_on_under_a_later_enrolment(void **state)
{
    struct province *p = *state;
    struct player office = office_of(11, 1);
    const struct player other = office_of(12, th_first_epoch(1));
    const struct th_update mine = figure("D1", "2023", "W1", 5);
    const struct th_update more = figure("D1", "2024", "W1", 6);
    assert_int_equal(join(p, 1, 0), 0);
    assert_int_equal(province_say(p, &office, &mine), 0);
    assert_int_equal(join(p, 2, 1), 0);

    assert_int_equal(greet(p, &office), 0);
    assert_int_equal(province_decided(p, 1, TH_MSG_WELCOME).seq, 1);
    assert_int_equal(province_say(p, &office, &more), 0);
    assert_int_equal(greet(p, &other), TH_M_STREAM_FORK); // the one time is over
    province_verify(p);
}

static void another_outbox_is_in_an_epoch_of_its_enrolment(void **state)
{
    struct province *p = *state;
    struct player first = office_of(11, 1);
    const struct player low = office_of(12, 2);
    const struct player high = office_of(12, th_first_epoch(2));
    const struct player fits = office_of(12, th_first_epoch(2) - 1);
    const struct th_update mine = figure("D1", "2023", "W1", 5);
    assert_int_equal(join(p, 1, 0), 0);
    assert_int_equal(province_say(p, &first, &mine), 0);
    assert_int_equal(join(p, 2, 1), 0);

    assert_int_equal(greet(p, &low), TH_M_STREAM_FORK);
    assert_int_equal(greet(p, &high), TH_M_STREAM_FORK);
    assert_int_equal(greet(p, &fits), 0);
}

static void outboxes_before_are_kept_and_bounded(void **state)
{
    struct province *p = *state;
    struct player office = office_of(100, 1);
    assert_int_equal(join(p, 100, 0), 0);

    for (uint32_t i = 0; i <= JOINED_PAST_MAX; i++) {
        struct th_update update = figure("D1", "2023", "W1", 5 + i);
        update.revision = i + 1;
        if (i > 0) {
            assert_int_equal(join(p, (uint8_t)(100 + i), i), 0);
            office = office_of((uint8_t)(100 + i), th_first_epoch(i));
            assert_int_equal(greet(p, &office), 0);
        }
        assert_int_equal(province_say(p, &office, &update), 0);
    }

    province_verify(p); // each chain begins with its own
    assert_int_equal(join(p, 200, JOINED_PAST_MAX + 1), 0);
    office = office_of(200, th_first_epoch(JOINED_PAST_MAX + 1));
    assert_int_equal(greet(p, &office), TH_M_STREAM_FORK);
}

// ---- changed beside the old one ----

// The node announces a key of this byte under its own: 0, or the code of the refusal.
static unsigned announce(struct province *p, uint8_t byte)
{
    struct th_join join;
    uint8_t space[64];
    struct th_writer writer = TH_WRITER(space);
    memset(join.public_key, byte, sizeof(join.public_key));
    th_join_write(&writer, &join);
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_JOIN, .node = 1, .flags = 1};
    province_forget(p);
    province_message(p, TH_PEER_NODE, 1, &header, th_written(&writer));
    return hears(p, TH_MSG_JOINED);
}

static void a_node_announces_its_next_key_and_both_hold(void **state)
{
    struct province *p = *state;
    struct player office = office_of(11, 1);
    const struct th_update mine = figure("D1", "2023", "W1", 5);
    assert_int_equal(announce(p, 2), TH_M_LINE_BUSY); // it has not joined
    assert_int_equal(join(p, 1, 0), 0);
    assert_int_equal(province_say(p, &office, &mine), 0);
    assert_int_equal(announce(p, 2), TH_M_LINE_BUSY); // it joined this very moment

    p->now_ms += JUDGE_ROTATE_MS;
    assert_int_equal(announce(p, 2), 0);
    const struct th_key_entry told = told_key(p);
    assert_int_equal(told.public_key[0], 2);
    assert_int_equal(told.rotation, 1);
    assert_true(told.has_previous);
    assert_int_equal(told.previous[0], 1);
    assert_int_equal(told.until_ms - told.joined_ms, JUDGE_OVERLAP_MS);

    assert_int_equal(announce(p, 2), 0); // the answer was lost
    assert_null(province_heard(p, 0, TH_MSG_KEYS));
    p->now_ms += JUDGE_ROTATE_MS;
    assert_int_equal(announce(p, 1), TH_M_LINE_BUSY); // back to the one before: no
    assert_int_equal(announce(p, 3), 0);
    assert_int_equal(told_key(p).rotation, 2);
    assert_int_equal(told_key(p).previous[0], 2);
    assert_int_equal(join(p, 4, 1), 0);
    assert_false(told_key(p).has_previous); // enrolled again: who has the old ones is another
    assert_int_equal(told_key(p).rotation, 0);
    province_verify(p);
}

// ---- what the broker knows ----

static void tell(struct province *p, const struct th_key_entry *entries, size_t count)
{
    uint8_t space[1024];
    struct th_writer writer = TH_WRITER(space);
    const struct th_keys keys = {.lineage = TH_BYTES("p"), .keys = entries, .count = count};
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_KEYS};
    th_keys_write(&writer, &keys);
    province_message(p, TH_PEER_NONE, 0, &header, th_written(&writer));
    province_drain(p);
}

static void keys_that_the_store_lost_join_again(void **state)
{
    struct province *p = *state;
    struct th_key_entry told = {.number = 1, .class = TH_PEER_NODE, .enrolment = 2, .rotation = 3};
    memset(told.public_key, 9, sizeof(told.public_key));
    struct player office = office_of(11, 1);
    const struct player after = office_of(12, th_first_epoch(2));
    const struct th_update mine = figure("D1", "2023", "W1", 5);
    assert_int_equal(join(p, 1, 0), 0);
    assert_int_equal(province_say(p, &office, &mine), 0);

    tell(p, &told, 1);
    assert_int_equal(told_key(p).public_key[0], 9);
    assert_int_equal(told_key(p).rotation, 3);
    assert_int_equal(join(p, 2, 1), TH_M_ENROLMENT_USED);
    assert_int_equal(join(p, 9, 2), 0);
    assert_int_equal(greet(p, &after), 0); // that enrolment may have begun with another outbox

    told.rotation = 2; // an older one is not taken
    memset(told.public_key, 8, sizeof(told.public_key));
    tell(p, &told, 1);
    province_event(p, TH_EV_LINK_UP);
    assert_int_equal(told_key(p).public_key[0], 9);
    province_verify(p);
}

// ---- rows ----

static void a_row_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct joined_row row = {.class = TH_PEER_NODE,
                             .enrolment = 300,
                             .rotation = 2,
                             .fresh = true,
                             .joined_ms = -5,
                             .has_previous = true,
                             .until_ms = 1795500000000,
                             .past_count = JOINED_PAST_MAX};
    struct joined_row read;
    uint8_t space[JOINED_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    memset(row.public_key, 7, sizeof(row.public_key));
    memset(row.previous, 8, sizeof(row.previous));
    for (size_t i = 0; i < JOINED_PAST_MAX; i++) {
        row.past[i].epoch = UINT64_MAX - JOINED_PAST_MAX + i;
        memset(row.past[i].incarnation, (int)i, sizeof(row.past[i].incarnation));
    }

    joined_write(&writer, &row);
    assert_false(writer.overflow);
    assert_true(writer.size + 8 <= JOINED_BYTES_MAX);
    EXPECT(TH_OK, joined_read(th_written(&writer), &read));

    assert_memory_equal(&read, &row, sizeof(row));
    assert_int_equal(joined_incarnation(&read, row.past[3].epoch)[0], 3);
    assert_int_equal(joined_incarnation(&read, 1)[0], 0);
    assert_null(joined_incarnation(&read, UINT64_MAX));
    for (size_t i = 0; i < writer.size; i++) {
        EXPECT(TH_E_CORRUPT, joined_read((struct th_bytes){space, i}, &read));
    }
}

static void a_row_of_the_first_layout_is_read(void **state)
{
    (void)state;
    struct joined_row read;
    uint8_t bytes[1 + 1 + 32] = {1, TH_PEER_VIEWER, 9};

    EXPECT(TH_OK, joined_read((struct th_bytes){bytes, sizeof(bytes)}, &read));
    assert_int_equal(read.class, TH_PEER_VIEWER);
    assert_int_equal(read.public_key[0], 9);
    assert_int_equal(read.enrolment, 0);
    assert_false(read.fresh);
    bytes[0] = 3;
    EXPECT(TH_E_CORRUPT, joined_read((struct th_bytes){bytes, sizeof(bytes)}, &read));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_key_gives_way_only_to_one_of_a_later_enrolment),
        CASE(a_later_enrolment_brings_another_outbox_once),
        CASE(the_same_outbox_goes_on_under_a_later_enrolment),
        CASE(another_outbox_is_in_an_epoch_of_its_enrolment),
        CASE(outboxes_before_are_kept_and_bounded),
        CASE(a_node_announces_its_next_key_and_both_hold),
        CASE(keys_that_the_store_lost_join_again),
        cmocka_unit_test(a_row_is_read_as_it_was_written),
        cmocka_unit_test(a_row_of_the_first_layout_is_read),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
