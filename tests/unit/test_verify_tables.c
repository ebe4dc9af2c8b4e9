// test_verify_tables.c - verify covers every table: a row that is gone, that is one too many, or
// that says something else under a check hash that fits, is found

#include <stdlib.h>
#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/giving.h"
#include "tests/support/test.h"
#include "workers/verify.h"

enum { PLACES = 12, VALUE_MAX = 8192 }; // bytes changed in each row

static const char *const ROSTER[] = {"D1;D2", "A1"};

// How a table is looked after.
enum care {
    NAMED,    // whatever is wrong with it names the table
    RECORD,   // its totals, its digest or the ledger are what does not fit
    RESERVED, // has no rows
    APART,    // has a test of its own
};

static enum care care_of(enum table table)
{
    switch (table) {
    case TABLE_META:
    case TABLE_NODE:
    case TABLE_GRANT:
    case TABLE_PERSON:
    case TABLE_TOTAL:
    case TABLE_COVERAGE:
    case TABLE_TOPIC:
    case TABLE_FEEDLOG:
    case TABLE_LEDGER:
    case TABLE_REJECT:
    case TABLE_NOTICE:
    case TABLE_DIGEST:
    case TABLE_JOINED:
    case TABLE_DEAD:
    case TABLE_STAGE:
    case TABLE_RESYNC:
    case TABLE_FORM:
    case TABLE_OPENING:
    case TABLE_BUNDLE:
    case TABLE_CHANGE:
        return NAMED;
    case TABLE_EVALUATION:
    case TABLE_STAFFING:
    case TABLE_TRANSFER:
        return RECORD;
    case TABLE_TALLY:
    case TABLE_SHARE:
    case TABLE_UNDO:
        return RESERVED;
    case TABLE_EDITION:
    case TABLE_RECEIPT:
    case TABLE_CHAIN:
        return APART;
    case TABLE_COUNT:
        break;
    }
    th_unreachable();
}

struct found {
    uint64_t findings;
    bool tables[TABLE_COUNT];
};

static void note(void *self, const struct verify_finding *finding)
{
    struct found *found = self;
    found->findings++;
    found->tables[finding->table] = true;
}

static struct found look(struct province *p, enum verify_level level)
{
    const struct verify_setup setup = {
        .store = province_store(p),
        .birth_id = p->identity.birth_id,
        .lineage = th_bytes_of(p->identity.lineage),
        .reg = p->reg,
        .catalogue = p->catalogue,
        .root = th_register_root(p->reg),
    };
    struct found found = {.findings = 0};
    struct verify_result result;
    EXPECT(TH_OK, verify_run(&setup, level, note, &found, &result));
    return found;
}

// ---- a province in which every table has rows ----

static void join(struct province *p)
{
    uint8_t space[256];
    struct th_writer writer = TH_WRITER(space);
    const struct th_join message = {.public_key = {7}};
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_JOIN, .node = 1};
    th_join_write(&writer, &message);
    province_message(p, TH_PEER_BOOTSTRAP, 1, &header, th_written(&writer));
    province_drain(p);
}

static void send_nonsense(struct province *p, const struct player *player)
{
    const struct th_bytes nonsense = TH_BYTES("\xff\xff\xff");
    uint8_t hash[32];
    th_chain_next(hash, player->hash, player->number, 1, player->seq + 1, nonsense);
    province_send_batch(p, player, player->seq + 1, hash, nonsense);
    province_drain(p);
}

// A commune more; and a row of another change to come.
static void change_register(struct province *p, struct player *desk)
{
    const struct th_update updates[] = {
        {.kind = TH_KIND_DESK,
         .op = TH_OP_SET,
         .revision = 1,
         .desk = {.act = TH_ACT_DESK_UNIT,
                  .code = TH_BYTES("C91"),
                  .name = TH_BYTES("New"),
                  .type = TH_BYTES("commune"),
                  .parent = TH_BYTES("D1"),
                  .valid_from = TH_BYTES("2026-01-01")}},
        {.kind = TH_KIND_DESK,
         .op = TH_OP_SET,
         .revision = 1,
         .desk = {.act = TH_ACT_DESK_REGISTER, .rows = {.has = true, .value = 1}}},
    };
    province_batch(p, desk, updates, 2);
    province_restart(p);
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    province_batch(p, desk, updates, 1);
    province_drain(p);
}

// All of what one had, and the first piece of another's.
static void give_again(struct province *p)
{
    struct player whole = giving_player(1, 2);
    struct player half = giving_player(2, 2);
    struct th_resynced answer;
    const struct th_update mine = revised(figure("D1", "2026-10", "W1", 6), 2);
    const struct th_update theirs = figure("A1", "2023", "W1", 5);
    assert_int_equal(
        giving_piece(p,
                     &whole,
                     &(struct giving){.updates = &mine, .count = 1, .last = true, .live = 1},
                     &answer),
        0);
    assert_int_equal(
        giving_piece(
            p, &half, &(struct giving){.updates = &theirs, .count = 1, .live = 1}, &answer),
        0);
}

static void say(struct province *p, struct player *player, struct th_update update)
{
    (void)province_hear(p, player, &update);
}

static int setup(void **state)
{
    struct province *p = province_make();
    struct declared said;
    province_roster(p, ROSTER, TH_COUNT(ROSTER));
    struct player desk = player_of(0);
    struct player other = player_of(2);
    struct player office = office_with_figures(p, "2026-10");
    join(p);
    say(p, &office, *declare(&said, "f D1 2026-10", DECLARED_BOTH, 2));
    say(p, &desk, desk_returns("D1", "2026-10", "again"));
    say(p, &desk, desk_opens("D1", "2026-09", "2026-12-31"));
    say(p, &office, revised(figure("D1", "2026-10", "W1", 6), 2));
    say(p, &office, person("C11", "2023", "an", 4));
    say(p, &office, collective("C11", "2022", "cb-1", 4));
    say(p, &office, transfer("an", "C11", "C21", "2024-05-01", 4));
    say(p, &other, figure("D1", "2023", "W1", 5)); // it is not its own
    send_nonsense(p, &other);
    change_register(p, &desk);
    give_again(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

// ---- rows ----

struct row {
    enum table table;
    size_t number;
    struct key key;
    uint8_t value[VALUE_MAX];
    size_t size; // without the check hash
};

static bool row_at(struct province *p, enum table table, size_t number, struct row *row)
{
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(province_store(p), table, key, &key, &value);
    for (size_t i = 0; i < number && err == TH_OK; i++) {
        err = th_store_next(province_store(p), table, key, &key, &value);
    }
    if (err != TH_OK) {
        return false;
    }
    assert_true(key.size <= sizeof(row->key.bytes) && value.size <= sizeof(row->value));
    *row = (struct row){.table = table, .number = number, .key = {.size = key.size}};
    memcpy(row->key.bytes, key.data, key.size);
    memcpy(row->value, value.data, value.size);
    row->size = value.size - TH_CHECK_BYTES;
    return true;
}

// As a program with an error would write it.
static void put(struct province *p, const struct row *row)
{
    uint8_t space[VALUE_MAX + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    th_write_bytes(&value, (struct th_bytes){row->value, row->size});
    EXPECT(
        TH_OK,
        th_check_put(&p->judge.check, province_store(p), row->table, key_view(&row->key), &value));
}

static void take(struct province *p, const struct row *row)
{
    EXPECT(TH_OK, th_store_remove(province_store(p), row->table, key_view(&row->key)));
}

typedef void try_row(struct province *p, struct row *row);

static void each_row(struct province *p, try_row *try)
{
    static struct row row;
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        size_t count = 0;
        while (care_of(table) != APART && row_at(p, table, count, &row)) {
            try(p, &row);
            count++;
        }
        if ((count > 0) != (care_of(table) != RESERVED) && care_of(table) != APART) {
            fail_msg("%zu rows of %s", count, TABLE_NAMES[table]);
        }
    }
    assert_int_equal(look(p, VERIFY_FULL).findings, 0); // all is as it was
}

static void assert_found(struct province *p, const struct row *row, const char *what, size_t at)
{
    const struct found found = look(p, VERIFY_FULL);
    const bool named = found.tables[row->table] || (care_of(row->table) == RECORD);
    if (found.findings == 0 || !named) {
        fail_msg("row %zu of %s: %s %zu%s",
                 row->number,
                 TABLE_NAMES[row->table],
                 what,
                 at,
                 found.findings == 0 ? "" : ": found elsewhere");
    }
}

static bool is_meta(const struct row *row, const char *name)
{
    return row->table == TABLE_META && th_bytes_equal(key_view(&row->key), th_bytes_of(name));
}

// ---- gone ----

// A hole in the feed is nothing wrong: subscribers ask for a snapshot. A store of an earlier
// program has no sums.
static void remove_row(struct province *p, struct row *row)
{
    if (row->table == TABLE_FEEDLOG || is_meta(row, "audit")) {
        return;
    }
    take(p, row);
    assert_found(p, row, "gone", 0);
    put(p, row);
}

static void a_row_that_is_gone_is_found(void **state)
{
    each_row(*state, remove_row);
}

// ---- one too many ----

// What was a topic stays one, without totals; rows of meta that a later program adds are its own.
static void add_row(struct province *p, struct row *row)
{
    struct row other = *row;
    struct th_bytes value;
    if (row->table == TABLE_TOPIC || row->table == TABLE_META) {
        return;
    }
    other.key.bytes[row->key.size - 1] ^= 0x40;
    EXPECT(TH_E_NOT_FOUND,
           th_store_get(province_store(p), row->table, key_view(&other.key), &value));
    put(p, &other);
    assert_found(p, row, "one more", 0);
    take(p, &other);
}

static void a_row_too_many_is_found(void **state)
{
    each_row(*state, add_row);
}

static void a_row_in_a_table_that_has_none_is_found(void **state)
{
    struct province *p = *state;
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        const struct row row = {.table = table, .key = key_of_node(1), .value = {1}, .size = 1};
        if (care_of(table) == RESERVED) {
            put(p, &row);
            assert_found(p, &row, "one more", 0);
            take(p, &row);
        }
    }
}

// ---- something else ----

// What nothing else in the store tells.
static bool is_free(const struct row *row, size_t at)
{
    switch ((int)row->table) {
    case TABLE_META: // the epoch only ever rises; the next roster is compared with its hash
        return is_meta(row, "epoch") || is_meta(row, "roster") ||
               (is_meta(row, "store") && at == 0); // a later format
    case TABLE_TOPIC:                              // a number that is too high is a hole (F2)
        return at > 0;
    case TABLE_FEEDLOG: // what later deltas say otherwise
        return true;
    default:
        return false;
    }
}

// Of records, digests and totals, and of the chain, it is another table that does not fit.
static bool is_elsewhere(const struct row *row)
{
    return row->table == TABLE_TOTAL || row->table == TABLE_NODE || row->table == TABLE_TOPIC ||
           is_meta(row, "audit");
}

static void change_row(struct province *p, struct row *row)
{
    const size_t places = row->table == TABLE_META ? row->size : (size_t)PLACES;
    for (size_t i = 0; i < places; i++) {
        const size_t at = i * row->size / places;
        if (is_free(row, at)) {
            continue;
        }
        row->value[at] ^= 1;
        put(p, row);
        if (is_elsewhere(row)) {
            assert_true(look(p, VERIFY_FULL).findings > 0);
        } else {
            assert_found(p, row, "changed at", at);
        }
        row->value[at] ^= 1;
    }
    put(p, row);
}

static void a_row_that_says_something_else_is_found(void **state)
{
    each_row(*state, change_row);
}

static void the_last_delta_about_a_total_says_what_it_is(void **state)
{
    struct province *p = *state;
    static struct row row;
    static uint8_t space[VALUE_MAX];
    size_t number = 0;
    struct th_delta delta;
    struct th_total cell;
    while (row_at(p, TABLE_FEEDLOG, number, &row)) {
        number++;
    }
    const struct row kept = row;
    EXPECT(TH_OK, th_delta_read((struct th_bytes){row.value, row.size}, &p->arena, &delta, NULL));
    cell = delta.cells[0];
    cell.contributions++;
    delta.cells = &cell;
    delta.count = 1;
    struct th_writer writer = TH_WRITER(space);
    th_delta_write(&writer, &delta);
    memcpy(row.value, space, writer.size);
    row.size = writer.size;
    put(p, &row);
    assert_found(p, &row, "changed", 0);
    put(p, &kept);
    assert_int_equal(look(p, VERIFY_FULL).findings, 0);
}

// ---- a store that is not there yet ----

static void a_store_that_has_no_rows_is_sound(void **state)
{
    struct province *p = *state;
    static struct row row;
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        while (table != TABLE_TOPIC && row_at(p, table, 0, &row)) {
            take(p, &row);
        }
    }
    assert_true(look(p, VERIFY_QUICK).tables[TABLE_META]); // of what are these topics?
    while (row_at(p, TABLE_TOPIC, 0, &row)) {
        take(p, &row);
    }
    assert_int_equal(look(p, VERIFY_FULL).findings, 0);
}

// ---- a quick look ----

static void a_quick_look_sees_the_first_rows_the_newest_batches_and_watermarks(void **state)
{
    struct province *p = *state;
    static struct row row;
    static const enum table SEEN[] = {TABLE_META, TABLE_NODE, TABLE_LEDGER, TABLE_REJECT};
    assert_int_equal(look(p, VERIFY_QUICK).findings, 0);
    for (size_t i = 0; i < TH_COUNT(SEEN); i++) {
        for (size_t number = 0; row_at(p, SEEN[i], number, &row); number++) {
            if (is_meta(&row, "audit") || is_meta(&row, "dead")) {
                continue; // that is counting
            }
            take(p, &row);
            assert_true(look(p, VERIFY_QUICK).tables[SEEN[i]]);
            put(p, &row);
        }
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_row_that_is_gone_is_found),
        CASE(a_row_too_many_is_found),
        CASE(a_row_in_a_table_that_has_none_is_found),
        CASE(a_row_that_says_something_else_is_found),
        CASE(the_last_delta_about_a_total_says_what_it_is),
        CASE(a_store_that_has_no_rows_is_sound),
        CASE(a_quick_look_sees_the_first_rows_the_newest_batches_and_watermarks),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
