// test_judge_root.c - the first commit of a day closes the day before; every node gets its proof

#include <stddef.h>
#include <string.h>

#include "tonghop/key.h"
#include "tonghop/root.h"

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/roots.h"
#include "workers/tree.h"

static int setup(void **state)
{
    static const char *const UNITS[] = {"D1", "D2", "P"};
    struct province *p = province_make();
    province_roster(p, UNITS, TH_COUNT(UNITS));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static void say_number(struct province *p, struct player *player, const char *unit, uint32_t number)
{
    struct th_update update = figure(unit, "2023", "W1", (int64_t)number);
    update.revision = number;
    province_batch(p, player, &update, 1);
    province_drain(p);
}

// The root of an answer, checked as the node would.
static struct th_root proved(const struct th_decided *decided, const struct player *player)
{
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    char fingerprint[TH_FINGERPRINT_SIZE];
    struct th_writer writer = TH_WRITER(room);
    struct th_sign_key key;
    struct th_root root = {.commits = 0};
    assert_non_null(decided->root);
    province_sign_key(&key);
    (void)th_key_fingerprint(key.public_key, fingerprint);
    th_write_bytes(&writer, decided->root->content);
    th_signed_end(&writer, decided->root->signature.data);
    assert_int_equal(th_root_check(th_written(&writer), key.public_key, fingerprint, &root, NULL),
                     TH_FLAW_NONE);
    assert_true(th_root_proves(&root, &decided->root->proof, player->number, player->hash));
    return root;
}

static struct th_decided ask(struct province *p, const struct player *player)
{
    province_ping(p, player);
    province_drain(p);
    return province_decided(p, player->number, TH_MSG_PONG);
}

// As many receipts as fit are signed in one turn, and a root for each who asks.
static void everybody_asks_for_everything_at_once(void **state)
{
    enum { NODES = 16, BATCHES = 40 };
    static const char *const UNITS[NODES] = {"D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1",
                                             "D1"};
    struct province *p = *state;
    struct player players[NODES];
    province_roster(p, UNITS, NODES);
    for (uint32_t i = 0; i < NODES; i++) {
        players[i] = player_of(i + 1);
        for (uint32_t number = 1; number <= BATCHES; number++) {
            say_number(p, &players[i], "D1", number);
        }
    }
    p->today++;
    say_number(p, &players[0], "D1", BATCHES + 1);
    for (uint32_t i = 0; i < NODES; i++) {
        players[i].keeps_receipts = true;
        players[i].keeps_roots = true;
        province_ping(p, &players[i]);
    }
    province_drain(p);

    unsigned receipts = 0;
    unsigned roots = 0;
    for (uint32_t i = 0; i < NODES; i++) {
        if (province_heard(p, i + 1, TH_MSG_PONG) == NULL) {
            continue; // what does not fit in a turn is asked for again
        }
        const struct th_decided decided = province_decided(p, i + 1, TH_MSG_PONG);
        receipts += (unsigned)decided.receipt_count;
        roots += decided.root != NULL ? 1 : 0;
    }
    print_message("%u receipts and %u roots in one turn\n", receipts, roots);
    assert_true(receipts > 0 && roots > 0);
}

static void the_day_is_closed_by_the_first_commit_of_the_next(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    uint64_t count = 0;
    say_number(p, &one, "D1", 1);
    say_number(p, &two, "D2", 1);
    say_number(p, &one, "D1", 2);
    EXPECT(TH_OK, th_store_count(province_store(p), TABLE_CHAIN, &count));
    assert_int_equal(count, 0);
    province_end(p);
    const struct player before = one;
    const th_day day = p->today;

    p->today += 2;
    say_number(p, &one, "D1", 3);

    // The acknowledgement that closed it brings the root at once, with batch 2 proved.
    const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
    const struct th_root root = proved(&decided, &before);
    assert_int_equal(root.day, day);
    assert_int_equal(root.first, 1);
    assert_int_equal(root.last, 3);
    assert_int_equal(root.commits, 3);
    assert_int_equal(decided.root->proof.seq, 2);
    assert_int_equal(decided.root->proof.version, 3);
    province_verify(p);
}

static void a_node_that_lacks_the_newest_root_is_sent_it(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    struct player three = player_of(3);
    two.keeps_roots = true;
    say_number(p, &two, "D2", 1);
    say_number(p, &one, "D1", 1);
    p->today++;
    say_number(p, &one, "D1", 2);
    assert_int_equal(proved(&(struct th_decided){.root = ask(p, &two).root}, &two).last, 2);

    const struct th_decided pong = ask(p, &two);
    two.root_day = proved(&pong, &two).day;
    assert_null(ask(p, &two).root);
    two.keeps_roots = false;
    two.root_day = 0;
    assert_null(ask(p, &two).root); // it keeps none

    three.keeps_roots = true;
    assert_null(ask(p, &three).root); // none of its batches is in it
    province_hello(p, &three);
    province_drain(p);
    assert_null(province_decided(p, 3, TH_MSG_WELCOME).root);
    two.keeps_roots = true;
    province_hello(p, &two);
    province_drain(p);
    const struct th_decided welcome = province_decided(p, 2, TH_MSG_WELCOME);
    assert_int_equal(proved(&welcome, &two).last, 2);
}

static void each_root_names_the_one_before_and_covers_all_of_it(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    struct th_root before = {.last = 0};
    one.keeps_roots = true;
    say_number(p, &one, "D1", 1);
    say_number(p, &two, "D2", 1);
    const struct player early = two;
    for (uint32_t day = 1; day <= 9; day++) {
        uint8_t previous[TH_HASH256_BYTES] = {0};
        for (uint32_t i = 0; i < day; i++) {
            say_number(p, &one, "D1", day * 10 + i);
        }
        const struct player until = one;
        p->today += 1 + (th_day)(day % 3);
        say_number(p, &one, "D1", day * 10 + day);
        const struct th_decided decided = ask(p, &until);
        const struct th_root root = proved(&decided, &until);
        if (before.last > 0) {
            th_root_hash(&before, previous);
        }
        assert_memory_equal(root.previous, previous, sizeof(previous));
        assert_int_equal(root.first, before.last + 1);
        before = root;
    }
    // A node silent since the first day is proved by every later root.
    struct player late = early;
    late.keeps_roots = true;
    const struct th_decided decided = ask(p, &late);
    assert_int_equal(proved(&decided, &early).day, before.day);
    province_verify(p);
}

static void a_clock_that_went_back_closes_nothing_twice(void **state)
{
    static const int DAYS[] = {0, 1, 0, 1, -5, 3, 2, 3, 4};
    struct province *p = *state;
    struct player one = player_of(1);
    const th_day today = p->today;
    uint64_t count = 0;
    for (uint32_t i = 0; i < TH_COUNT(DAYS); i++) {
        p->today = today + DAYS[i];
        say_number(p, &one, "D1", i + 1);
    }
    EXPECT(TH_OK, th_store_count(province_store(p), TABLE_CHAIN, &count));
    assert_int_equal(count, 3); // days 0, 1, 3
    province_verify(p);
}

static void a_proof_proves_nothing_else(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    say_number(p, &one, "D1", 1);
    say_number(p, &two, "D2", 1);
    p->today++;
    const struct player before = one;
    say_number(p, &one, "D1", 2);
    const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
    struct th_root root = proved(&decided, &before);
    const struct th_root_proof genuine = decided.root->proof;

    assert_false(th_root_proves(&root, &genuine, 2, before.hash));
    assert_false(th_root_proves(&root, &genuine, 1, one.hash));
    const struct {
        size_t at;
        size_t size;
    } fields[] = {
#define FIELD(name) \
    {offsetof(struct th_root_proof, name), sizeof(((struct th_root_proof *)NULL)->name)}
        FIELD(epoch),
        FIELD(seq),
        FIELD(version),
        FIELD(index),
        FIELD(batches),
        FIELD(today),
        FIELD(wall_ms),
        FIELD(entry),
        FIELD(told),
        FIELD(chain),
#undef FIELD
    };
    struct th_root_proof proof = genuine;
    for (size_t i = 0; i < TH_COUNT(fields); i++) {
        for (size_t byte = 0; byte < fields[i].size; byte++) {
            ((uint8_t *)&proof)[fields[i].at + byte] ^= 1;
            assert_false(th_root_proves(&root, &proof, 1, before.hash));
            ((uint8_t *)&proof)[fields[i].at + byte] ^= 1;
        }
    }
    assert_true(th_root_proves(&root, &proof, 1, before.hash));
    proof.commits.hashes[0][3] ^= 1;
    assert_false(th_root_proves(&root, &proof, 1, before.hash));
    root.commits++;
    assert_false(th_root_proves(&root, &genuine, 1, before.hash));
}

// ---- a store that was begun before there were trees ----

// Its heads end behind the chain, it has no receipts, and no row says where the tree begins.
static void make_old(struct province *p)
{
    const struct th_store store = province_store(p);
    const struct th_check check = open_check(p->identity.store_id);
    for (uint64_t version = 1;; version++) {
        const struct key key = key_of_ledger(version, LEDGER_HEAD);
        struct th_bytes value;
        struct ledger_head head;
        if (th_check_get(&check, store, TABLE_LEDGER, key_view(&key), &value) != TH_OK) {
            break;
        }
        EXPECT(TH_OK, ledger_read_head(value, &head));
        uint8_t space[128];
        struct th_writer plain = TH_WRITER(space);
        th_write_u8(&plain, LEDGER_HEAD_PLAIN);
        th_write_varint(&plain, head.batches);
        th_write_zigzag(&plain, head.today);
        th_write_zigzag(&plain, head.wall_ms);
        th_write_bytes(&plain, (struct th_bytes){head.chain, sizeof(head.chain)});
        EXPECT(TH_OK, th_check_put(&check, store, TABLE_LEDGER, key_view(&key), &plain));
    }
    struct th_bytes key;
    struct th_bytes value;
    while (th_store_seek(store, TABLE_RECEIPT, (struct th_bytes){0}, &key, &value) == TH_OK) {
        uint8_t copy[KEY_BYTES_MAX];
        memcpy(copy, key.data, key.size);
        EXPECT(TH_OK, th_store_remove(store, TABLE_RECEIPT, (struct th_bytes){copy, key.size}));
    }
    th_store_memory_commit(p->memory);
}

static void the_tree_of_an_old_store_begins_with_its_next_version(void **state)
{
    struct province *p = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    say_number(p, &one, "D1", 1);
    say_number(p, &two, "D2", 1);
    say_number(p, &one, "D1", 2);
    make_old(p);
    province_verify(p);
    province_restart(p);
    province_verify(p);

    say_number(p, &one, "D1", 3);
    say_number(p, &one, "D1", 4);
    say_number(p, &one, "D1", 5);
    province_restart(p);
    const struct player before = one;
    p->today++;
    say_number(p, &one, "D1", 6);

    const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
    const struct th_root root = proved(&decided, &before);
    assert_int_equal(root.first, 4);
    assert_int_equal(root.last, 6);
    assert_int_equal(root.commits, 3);
    province_verify(p);
    two.keeps_roots = true;
    assert_null(ask(p, &two).root); // what it sent is older than the tree
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(everybody_asks_for_everything_at_once),
        CASE(the_day_is_closed_by_the_first_commit_of_the_next),
        CASE(a_node_that_lacks_the_newest_root_is_sent_it),
        CASE(each_root_names_the_one_before_and_covers_all_of_it),
        CASE(a_clock_that_went_back_closes_nothing_twice),
        CASE(a_proof_proves_nothing_else),
        CASE(the_tree_of_an_old_store_begins_with_its_next_version),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
