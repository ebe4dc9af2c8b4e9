// test_past.c - every version of a store can be looked at again, entry by entry

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/test.h"
#include "workers/past.h"
#include "workers/table.h"

enum { VERSIONS_MAX = 16, BYTES_MAX = 1024 * 1024 };

static const char *const ROSTER[] = {"D1;D2", "A1"};
static const unsigned TABLES[] = {
    TABLE_EVALUATION, TABLE_STAFFING, TABLE_TRANSFER, TABLE_FORM, TABLE_OPENING, TABLE_LEDGER};

// A province, and copies of its store as it was after each version.
struct history {
    struct province *p;
    struct th_store_memory *copies[VERSIONS_MAX];
    uint64_t version;
};

static struct history history;

static void remember(struct history *h)
{
    assert_true(h->version < VERSIONS_MAX);
    h->copies[h->version] = th_store_memory_copy(h->p->memory);
    assert_non_null(h->copies[h->version]);
}

static void say(struct history *h, struct player *player, struct th_update update, unsigned code)
{
    assert_int_equal(province_say(h->p, player, &update), code);
    h->version++;
    remember(h);
}

static int setup(void **state)
{
    history = (struct history){.p = province_make()};
    struct history *h = &history;
    *state = h;
    province_roster(h->p, ROSTER, TH_COUNT(ROSTER));
    remember(h);
    return 0;
}

static int teardown(void **state)
{
    struct history *h = *state;
    for (size_t i = 0; i < VERSIONS_MAX; i++) {
        th_store_memory_free(h->copies[i]);
    }
    province_free(h->p);
    return 0;
}

// ---- comparing ----

static bool is_same(enum th_err err, struct th_bytes bytes, struct th_bytes wanted)
{
    return err == TH_OK && th_bytes_equal(bytes, wanted);
}

// Every way to every entry of a table, and to places where there is none.
static void compare_table(struct th_store then, struct th_store view, unsigned table)
{
    struct th_bytes at;
    struct th_bytes held;
    struct th_bytes key = {0};
    struct th_bytes value;
    struct th_bytes before = {0};
    uint64_t counts[2];
    enum th_err err = th_store_seek(then, table, (struct th_bytes){0}, &at, &held);
    enum th_err got = th_store_seek(view, table, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        assert_true(is_same(got, key, at) && is_same(got, value, held));
        assert_true(is_same(th_store_get(view, table, at, &value), value, held));
        assert_true(is_same(th_store_seek(view, table, at, &key, &value), key, at));
        got = th_store_prev(view, table, at, &key, &value);
        assert_true(before.size == 0 ? got == TH_E_NOT_FOUND : is_same(got, key, before));
        before = at;
        got = th_store_next(view, table, at, &key, &value);
        err = th_store_next(then, table, at, &at, &held);
    }
    assert_int_equal(err, TH_E_NOT_FOUND);
    assert_int_equal(got, TH_E_NOT_FOUND);
    got = th_store_prev(view, table, (struct th_bytes){0}, &key, &value);
    assert_true(before.size == 0 ? got == TH_E_NOT_FOUND : is_same(got, key, before));
    EXPECT(TH_OK, th_store_count(then, table, &counts[0]));
    EXPECT(TH_OK, th_store_count(view, table, &counts[1]));
    assert_int_equal(counts[0], counts[1]);
}

// What is there now, but was not then, is not found.
static void
look_for_what_came_later(struct th_store now, struct th_store then, struct th_store view)
{
    for (size_t i = 0; i < TH_COUNT(TABLES); i++) {
        struct th_bytes key;
        struct th_bytes value;
        struct th_bytes held;
        enum th_err err = th_store_seek(now, TABLES[i], (struct th_bytes){0}, &key, &value);
        while (err == TH_OK) {
            const enum th_err was = th_store_get(then, TABLES[i], key, &held);
            EXPECT(was, th_store_get(view, TABLES[i], key, &value));
            err = th_store_next(now, TABLES[i], key, &key, &value);
        }
        assert_int_equal(err, TH_E_NOT_FOUND);
    }
}

static void compare_all(struct history *h)
{
    const struct th_check check = open_check(h->p->identity.store_id);
    for (uint64_t version = 0; version <= h->version; version++) {
        const struct th_store now = province_store(h->p);
        const struct th_store then = th_store_memory_ops(h->copies[version]);
        TH_SCOPED(past_close) struct past *past = NULL;
        EXPECT(TH_OK, past_open(now, &check, version, BYTES_MAX, &past));
        const struct th_store view = past_store(past);
        for (size_t i = 0; i < TH_COUNT(TABLES); i++) {
            compare_table(then, view, TABLES[i]);
        }
        compare_table(now, view, TABLE_META);
        look_for_what_came_later(now, then, view);
        uint64_t count = 1;
        EXPECT(TH_OK, th_store_count(view, TABLE_NODE, &count)); // no part of the view
        assert_int_equal(count, 0);
    }
    province_end(h->p);
}

// ---- histories ----

static void figures_come_change_and_go(void **state)
{
    struct history *h = *state;
    struct player one = player_of(1);
    struct player two = player_of(2);
    const struct th_update first = figure("D1", "2023", "W1", 5);
    say(h, &one, first, 0);
    say(h, &two, figure("A1", "2023", "W1", 7), 0);
    say(h, &one, revised(figure("D1", "2023", "W1", 6), 2), 0);
    say(h, &one, withdraw(first, 3), 0);
    say(h, &one, revised(figure("D1", "2023", "W1", 8), 4), 0);
    say(h, &one, withdraw(figure("D2", "2023", "W1", 1), 1), TH_V_NOTHING_TO_WITHDRAW);
    compare_all(h);
}

static void people_move(void **state)
{
    struct history *h = *state;
    struct player one = player_of(1);
    say(h, &one, person("D1", "2023", "an", 3), 0);
    say(h, &one, revised(person("D2", "2023", "an", 3), 2), 0);
    say(h, &one, revised(person("D1", "2023", "an", 4), 3), 0);
    say(h, &one, collective("D1", "2023", "cell-1", 4), 0);
    say(h, &one, withdraw(person("D1", "2023", "an", 4), 4), 0);
    compare_all(h);
}

static void reports_are_declared_changed_and_accepted(void **state)
{
    struct history *h = *state;
    struct player office = player_of(1);
    struct player desk = player_of(0);
    struct declared said;
    const struct declared_line line[] = {{"W1", "", 1, 5}};
    const struct th_update opens = desk_opens("D1", "2026-10", "2026-12-31");
    say(h, &office, figure("D1", "2026-10", "W1", 5), 0);
    say(h, &office, *declare(&said, "f D1 2026-10", line, 1), 0);
    say(h, &desk, desk_accepts("D1", "2026-10"), 0);
    say(h, &office, revised(figure("D1", "2026-10", "W1", 6), 2), 0);
    say(h, &desk, opens, 0);
    compare_all(h);
}

static void what_a_batch_says_twice_is_one_version(void **state)
{
    struct history *h = *state;
    struct player one = player_of(1);
    const struct th_update updates[] = {figure("D1", "2023", "W1", 5),
                                        revised(figure("D1", "2023", "W1", 6), 2),
                                        revised(figure("D1", "2023", "W1", 7), 3)};
    province_batch(h->p, &one, updates, TH_COUNT(updates));
    province_drain(h->p);
    h->version++;
    remember(h);
    say(h, &one, revised(figure("D1", "2023", "W1", 8), 4), 0);
    compare_all(h);
}

// ---- bounds and errors ----

static void holds_no_more_than_it_may(void **state)
{
    struct history *h = *state;
    struct player one = player_of(1);
    struct th_update update = figure("D1", "2023", "W1", 5);
    char dims[40][16];
    for (size_t i = 0; i < TH_COUNT(dims); i++) {
        (void)snprintf(dims[i], sizeof(dims[i]), "post=p%02zu", i);
        update.staffing.dims = th_bytes_of(dims[i]);
        update.revision = 1;
        assert_int_equal(province_say(h->p, &one, &update), 0);
    }
    for (size_t i = 0; i < TH_COUNT(dims); i++) {
        update.staffing.dims = th_bytes_of(dims[i]);
        update.revision = 2;
        update.staffing.value.value = 6;
        assert_int_equal(province_say(h->p, &one, &update), 0);
    }
    const struct th_check check = open_check(h->p->identity.store_id);
    const struct th_store store = province_store(h->p);
    TH_SCOPED(past_close) struct past *past = NULL;
    EXPECT(TH_OK, past_open(store, &check, 80, 100, &past)); // nothing was replaced since
    past_close(&past);
    EXPECT(TH_OK, past_open(store, &check, 40, 40 * 400, &past));
    past_close(&past);
    EXPECT(TH_E_TOO_LARGE, past_open(store, &check, 40, 40 * 100, &past));
    assert_null(past);
    province_end(h->p);
}

static void a_damaged_record_is_never_taken_for_another(void **state)
{
    struct history *h = *state;
    struct player one = player_of(1);
    say(h, &one, figure("D1", "2023", "W1", 5), 0);
    say(h, &one, figure("D2", "2023", "W1", 5), 0);
    const struct th_check check = open_check(h->p->identity.store_id);
    const struct th_store store = province_store(h->p);
    struct th_bytes key;
    struct th_bytes value;
    uint8_t bytes[256];
    EXPECT(TH_OK, th_store_seek(store, TABLE_STAFFING, (struct th_bytes){0}, &key, &value));
    memcpy(bytes, value.data, value.size);
    bytes[value.size - 1] ^= 1;
    EXPECT(TH_OK, th_store_put(store, TABLE_STAFFING, key, (struct th_bytes){bytes, value.size}));
    th_store_memory_commit(h->p->memory);

    TH_SCOPED(past_close) struct past *past = NULL;
    EXPECT(TH_OK, past_open(store, &check, 1, BYTES_MAX, &past));
    EXPECT(TH_E_CORRUPT,
           th_store_seek(past_store(past), TABLE_STAFFING, (struct th_bytes){0}, &key, &value));
}

static void a_day_ends_with_the_first_commit_of_a_later_one(void **state)
{
    struct history *h = *state;
    struct player one = player_of(1);
    const th_day today = h->p->today;
    const struct {
        th_day day;
        uint64_t version; // that it ended with
    } days[] = {{today, 2}, {today + 1, 3}, {today + 5, 5}};
    const th_day said_on[] = {today, today, today + 1, today + 5, today + 2}; // the clock went back
    for (size_t i = 0; i < TH_COUNT(said_on); i++) {
        h->p->today = said_on[i];
        say(h, &one, revised(figure("D1", "2023", "W1", (int64_t)i), i + 1), 0);
    }
    const struct th_check check = open_check(h->p->identity.store_id);
    const struct th_store store = province_store(h->p);
    uint64_t version = 99;
    char text[TH_DAY_TEXT_BYTES];
    for (size_t i = 0; i < TH_COUNT(days); i++) {
        const struct th_bytes day = th_bytes_of(th_day_text(days[i].day, text));
        EXPECT(TH_OK, past_version(store, &check, day, today + 5, &version));
        assert_int_equal(version, days[i].version);
    }
    const struct th_bytes early = th_bytes_of(th_day_text(today - 1, text));
    EXPECT(TH_OK, past_version(store, &check, early, today + 5, &version));
    assert_int_equal(version, 0);
    const struct th_bytes late = th_bytes_of(th_day_text(today + 6, text));
    EXPECT(TH_E_NOT_FOUND, past_version(store, &check, late, today + 5, &version));
    EXPECT(TH_OK, past_version(store, &check, TH_BYTES("5"), today, &version));
    EXPECT(TH_E_NOT_FOUND, past_version(store, &check, TH_BYTES("6"), today, &version));
    EXPECT(TH_E_MALFORMED, past_version(store, &check, TH_BYTES("yesterday"), today, &version));
    province_end(h->p);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(figures_come_change_and_go),
        CASE(people_move),
        CASE(reports_are_declared_changed_and_accepted),
        CASE(what_a_batch_says_twice_is_one_version),
        CASE(holds_no_more_than_it_may),
        CASE(a_damaged_record_is_never_taken_for_another),
        CASE(a_day_ends_with_the_first_commit_of_a_later_one),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
