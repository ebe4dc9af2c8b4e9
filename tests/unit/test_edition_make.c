// test_edition_make.c - editions over a store: what is released, what is kept, what waits

#include <stdio.h>
#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/edition_make.h"
#include "workers/edition_table.h"
#include "workers/verify.h"

enum { UNITS = 5, LEVELS = 4 };

static const char *const CODES[UNITS] = {"C11", "C12", "C21", "C31", "A1"};
static const char *const ROSTER[] = {"P"};
static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

struct editions {
    struct province *p;
    struct player player;
    uint64_t version;
    int64_t moment_ms;
    unsigned people; // named so far
};

static struct editions fixture;

static struct th_check check_of(const struct editions *e)
{
    return open_check(e->p->identity.store_id);
}

// So many more people of a unit with each level from 4 down.
static void rate(struct editions *e, const char *unit, const char *period, const int *counts)
{
    static struct th_update updates[PROVINCE_UPDATES_MAX];
    static char names[PROVINCE_UPDATES_MAX][24];
    size_t count = 0;
    for (int level = 0; level < LEVELS; level++) {
        for (int i = 0; i < counts[level]; i++) {
            (void)snprintf(names[count], sizeof(names[count]), "p%u", e->people++);
            updates[count] = person(unit, period, names[count], LEVELS - level);
            updates[count].evaluation.scheme = TH_BYTES("UC");
            count++;
        }
    }
    province_batch(e->p, &e->player, updates, count);
    province_drain(e->p);
    assert_int_equal(province_decided(e->p, 1, TH_MSG_ACK).verdict_count, 0);
    e->version++;
}

static void rate_all(struct editions *e, const char *period)
{
    for (int i = 0; i < UNITS; i++) {
        rate(e, CODES[i], period, (const int[]){6 + i, 8 + 2 * i, 7 + i, 5 + i});
    }
}

static struct edition_head release(struct editions *e, enum edition_made made)
{
    const struct th_check check = check_of(e);
    TH_SCOPED(edition_draft_free) struct edition_draft *draft = NULL;
    const struct edition_task task = {
        .store = province_store(e->p),
        .check = &check,
        .province = e->p->whole,
        .version = e->version,
        .moment_ms = e->moment_ms += DAY_MS,
        .made = made,
    };
    EXPECT(TH_OK, edition_make(&task, &draft));
    EXPECT(TH_OK, edition_draft_write(draft, task.store, &check));
    EXPECT(TH_E_EXISTS, edition_draft_write(draft, task.store, &check)); // M2
    th_store_memory_commit(e->p->memory);
    return edition_draft_head(draft);
}

static uint64_t rows(struct editions *e)
{
    uint64_t count = 0;
    EXPECT(TH_OK, th_store_count(province_store(e->p), TABLE_EDITION, &count));
    return count;
}

static int setup(void **state)
{
    fixture = (struct editions){.p = province_make(), .player = player_of(1), .moment_ms = DAY_MS};
    *state = &fixture;
    province_roster(fixture.p, ROSTER, TH_COUNT(ROSTER));
    const struct edition_head begun = release(&fixture, EDITION_BEGUN);
    assert_int_equal(begun.number, 0);
    return 0;
}

static int teardown(void **state)
{
    struct editions *e = *state;
    province_verify(e->p);
    province_free(e->p);
    return 0;
}

// ---- what becomes of a table ----

static void many_people_are_released(void **state)
{
    struct editions *e = *state;
    rate_all(e, "2023");
    const struct edition_head head = release(e, EDITION_TIMELY);
    assert_int_equal(head.number, 1);
    assert_int_equal(head.version, e->version);
    assert_int_equal(head.renewed, 1);
    assert_int_equal(head.kept + head.same + head.waiting + head.closed, 0);
    assert_true(head.shown > 0);
    // two heads, the table, and each of C11 C12 D1, C21 D2, C31 D3, A1, P
    assert_int_equal(rows(e), 2 + 1 + 9);
}

static void a_handful_is_not(void **state)
{
    struct editions *e = *state;
    rate(e, "C11", "2023", (const int[]){1, 1, 1, 0});
    const struct edition_head head = release(e, EDITION_TIMELY);
    assert_int_equal(head.kept, 1);
    assert_int_equal(head.renewed, 0);
    assert_int_equal(rows(e), 2);
}

static void nothing_new_writes_nothing(void **state)
{
    struct editions *e = *state;
    rate_all(e, "2023");
    (void)release(e, EDITION_TIMELY);
    const uint64_t before = rows(e);
    const struct edition_head head = release(e, EDITION_LATE);
    assert_int_equal(head.same, 1);
    assert_int_equal(head.renewed, 0);
    assert_int_equal(rows(e), before + 1);
}

static void one_person_more_is_kept_back(void **state)
{
    struct editions *e = *state;
    rate_all(e, "2023");
    (void)release(e, EDITION_TIMELY);
    const uint64_t before = rows(e);
    rate(e, "C11", "2023", (const int[]){1, 0, 0, 0});
    const struct edition_head head = release(e, EDITION_TIMELY);
    assert_int_equal(head.kept, 1);
    assert_int_equal(head.renewed, 0);
    assert_int_equal(rows(e), before + 1);
}

static void only_units_that_changed_have_new_rows(void **state)
{
    struct editions *e = *state;
    rate_all(e, "2023");
    (void)release(e, EDITION_TIMELY);
    const uint64_t before = rows(e);
    rate(e, "C11", "2023", (const int[]){12, 13, 14, 15});
    rate(e, "C21", "2023", (const int[]){12, 13, 14, 15});
    const struct edition_head head = release(e, EDITION_TIMELY);
    assert_int_equal(head.renewed, 1);
    // the head, the table, C11 and C21; that which is shown of other units may change too
    assert_true(rows(e) >= before + 4);
    assert_true(rows(e) < before + 2 + 9);
}

static void tables_are_judged_one_by_one(void **state)
{
    struct editions *e = *state;
    rate_all(e, "2023");
    rate_all(e, "2022");
    rate(e, "A1", "2021", (const int[]){1, 0, 0, 0});
    const struct edition_head first = release(e, EDITION_TIMELY);
    assert_int_equal(first.renewed, 2);
    assert_int_equal(first.kept, 1);
    rate_all(e, "2022");
    const struct edition_head second = release(e, EDITION_TIMELY);
    assert_int_equal(second.renewed, 1);
    assert_int_equal(second.same, 1);
    assert_int_equal(second.kept, 1);
}

// ---- what is read again ----

static void the_state_of_an_edition_is_read_again(void **state)
{
    struct editions *e = *state;
    struct th_period period;
    rate_all(e, "2023");
    (void)release(e, EDITION_TIMELY);
    rate_all(e, "2023");
    (void)release(e, EDITION_TIMELY);
    const struct th_check check = check_of(e);
    TH_SCOPED(edition_table_free) struct edition_table *table = NULL;
    TH_SCOPED(edition_state_free) struct edition_state read = {0};
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2023"), &period));
    EXPECT(TH_OK,
           edition_table_read(
               province_store(e->p), &check, e->p->catalogue, TH_BYTES("EV01/UC"), period, &table));
    EXPECT(TH_OK, edition_table_frame(table, NULL, NULL, 0));
    assert_int_equal(table->edition_count, 2);
    assert_int_equal(table->leaf_count, UNITS);
    assert_int_equal(table->frame.node_count, 9);
    EXPECT(TH_OK, edition_state_make(table, &read));
    int64_t cells[16 * TH_SUPPRESS_KINDS_MAX];
    int64_t everybody = 0;
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT(TH_OK, edition_step(table, i, &read));
        edition_sum(table, read.people, cells);
        everybody = everybody == 0 ? edition_cell(table, cells, 0) : everybody;
        assert_int_equal(edition_cell(table, cells, 0), (i + 1) * everybody);
    }
    assert_int_equal(everybody,
                     6 + 8 + 7 + 5 + 7 + 10 + 8 + 6 + 8 + 12 + 9 + 7 + 9 + 14 + 10 + 8 + 10 + 16 +
                         11 + 9);
}

// ---- tables that cannot go on ----

// A renewal of other kinds than ours.
static void another_layout_is_left_alone(void **state)
{
    struct editions *e = *state;
    struct th_period period;
    rate_all(e, "2023");
    (void)release(e, EDITION_TIMELY);
    const struct th_check check = check_of(e);
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2023"), &period));
    uint8_t bytes[64];
    struct th_writer writer = TH_WRITER(bytes);
    const struct edition_renewal renewal = {5, 20, TH_BYTES("other")};
    const struct key key = key_of_edition(TH_BYTES("EV01/UC"), period, 1, TH_UNIT_NONE);
    edition_write_renewal(&writer, &renewal);
    EXPECT(TH_OK,
           th_check_put(&check, province_store(e->p), TABLE_EDITION, key_view(&key), &writer));
    rate_all(e, "2023");
    const struct edition_head head = release(e, EDITION_TIMELY);
    assert_int_equal(head.closed, 1);
    assert_int_equal(head.renewed, 0);
}

static void a_table_that_is_renewed_often_waits(void **state)
{
    struct editions *e = *state;
    unsigned renewed = 0;
    rate_all(e, "2023");
    for (int day = 0; day < EDITION_DAILY; day++) {
        rate_all(e, "2023");
        renewed += release(e, EDITION_TIMELY).renewed;
    }
    assert_int_equal(renewed, EDITION_DAILY);
    for (int day = 0; day < 7; day++) {
        rate_all(e, "2023");
        const struct edition_head head = release(e, EDITION_TIMELY);
        assert_int_equal(head.waiting, day < 6 ? 1 : 0);
        assert_int_equal(head.renewed, day < 6 ? 0 : 1);
    }
}

// ---- trees ----

static struct edition_table *table_of(struct editions *e, const char *year)
{
    struct th_period period;
    struct edition_table *table = NULL;
    const struct th_check check = check_of(e);
    EXPECT(TH_OK, th_period_parse(th_bytes_of(year), &period));
    EXPECT(TH_OK,
           edition_table_read(
               province_store(e->p), &check, e->p->catalogue, TH_BYTES("EV01/UC"), period, &table));
    return table;
}

// Write a unit's row of edition 1 again as change makes it.
static void rewrite(struct editions *e,
                    const char *code,
                    void (*change)(struct edition_unit *unit, struct editions *e))
{
    const struct th_check check = check_of(e);
    const uint32_t uid = province_uid(e->p, code, "2023");
    TH_SCOPED(edition_table_free) struct edition_table *table = table_of(e, "2023");
    int64_t people[TH_SUPPRESS_KINDS_MAX];
    uint16_t marks[(PUBLIC_MEMBERS_MAX + 1) * TH_SUPPRESS_MARKS];
    uint8_t shown[TH_SUPPRESS_GROUPS_MAX];
    struct edition_unit unit = {0, people, marks, shown};
    uint8_t bytes[EDITION_UNIT_MAX];
    struct th_writer writer = TH_WRITER(bytes);
    struct th_bytes payload = {0};
    for (size_t i = 0; i < table->row_count; i++) {
        payload = table->rows[i].uid == uid ? table->rows[i].payload : payload;
    }
    EXPECT(TH_OK, edition_read_unit(payload, &table->groups, &unit));
    change(&unit, e);
    edition_write_unit(&writer, &table->groups, &unit);
    const struct key key = key_of_edition(table->name, table->period, 1, uid);
    EXPECT(TH_OK,
           th_check_put(&check, province_store(e->p), TABLE_EDITION, key_view(&key), &writer));
    th_store_memory_commit(e->p->memory);
}

static void put_below_another(struct edition_unit *unit, struct editions *e)
{
    unit->parent = province_uid(e->p, "D2", "2023");
}

static void units_that_moved_close_a_table(void **state)
{
    struct editions *e = *state;
    rate_all(e, "2023");
    (void)release(e, EDITION_TIMELY);
    rewrite(e, "C11", put_below_another);
    rate_all(e, "2023");
    const struct edition_head head = release(e, EDITION_TIMELY);
    assert_int_equal(head.closed, 1);
    assert_int_equal(head.renewed, 0);
    // What was published is read as it was.
    TH_SCOPED(edition_table_free) struct edition_table *table = table_of(e, "2023");
    EXPECT(TH_OK, edition_table_frame(table, NULL, NULL, 0));
    assert_int_equal(table->closed, EDITION_CLOSED_NOT);
    assert_int_equal(edition_place_of(table, province_uid(e->p, "C11", "2023"))->parent,
                     province_uid(e->p, "D2", "2023"));
}

// A unit that ended below another one, which then moved: it stood where that one does not.
static void units_that_are_no_tree_close_a_table(void **state)
{
    (void)state;
    static const char UNITS_MOVED[] = "code,name,type,parent,valid_from,valid_to\n"
                                      "P,Province,province,,,\n"
                                      "X,Ex,district,P,,\n"
                                      "Y,Why,district,P,,\n"
                                      "B,Be,commune,X,,2024-07-01\n"
                                      "B,Be,commune,Y,2024-07-01,\n"
                                      "A,Ay,hamlet,B,,2024-07-01\n";
    static const char MOVED[] = "old_code,new_code,effective,kind\nB,B,2024-07-01,recode\n";
    struct th_province *whole =
        province_of(UNITS_MOVED,
                    MOVED,
                    &(struct catalogue_texts){
                        .settings = "catalogue:\n  code: t\n  version: 1\n  languages: [vi, en]\n"
                                    "  default_scheme: UC\n  person_ids: as_is\n"
                                    "  ambiguous_codes: period_end\n",
                        .measures = "measures:\n"
                                    "  - {code: W, vi: một, en: one, shape: stock}\n",
                        .schemes = "schemes:\n"
                                   "  - {code: UC, vi: mức, en: levels, periods: [year],\n"
                                   "     person_scope: unit, score: {max: 0},\n"
                                   "     levels: [{rating: 4}, {rating: 3}]}\n",
                        .forms = "forms: []\n"});
    TH_SCOPED(edition_table_free) struct edition_table *table = NULL;
    struct th_store_memory *memory = th_store_memory_make();
    const struct th_check check = th_check_of(TH_BYTES("store"));
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2024"), &period));
    EXPECT(TH_OK,
           edition_table_read(th_store_memory_ops(memory),
                              &check,
                              whole->catalogue,
                              TH_BYTES("EV01/UC"),
                              period,
                              &table));
    const uint32_t uids[] = {th_register_find(whole->reg, TH_BYTES("A"), TH_DAY_FIRST + 12000),
                             th_register_find(whole->reg, TH_BYTES("B"), TH_DAY_FIRST + 12000)};
    EXPECT(TH_OK, edition_table_frame(table, whole->reg, uids, TH_COUNT(uids)));
    assert_int_equal(table->closed, EDITION_CLOSED_TREE);
    th_province_free(&whole);
    th_store_memory_free(memory);
}

// ---- damage ----

static void note(void *self, const struct verify_finding *finding)
{
    unsigned *found = self;
    *found += finding->code == TH_M_VERIFY_EDITION ? 1 : 0;
    assert_int_equal(finding->table, TABLE_EDITION);
}

static unsigned findings(struct editions *e)
{
    const struct verify_setup setup = {
        .store = province_store(e->p),
        .birth_id = e->p->identity.birth_id,
        .lineage = th_bytes_of(e->p->identity.lineage),
        .reg = e->p->reg,
        .catalogue = e->p->catalogue,
        .root = th_register_root(e->p->reg),
    };
    struct verify_result result;
    unsigned found = 0;
    EXPECT(TH_OK, verify_run(&setup, VERIFY_FULL, note, &found, &result));
    return found;
}

static void show_everything(struct edition_unit *unit, struct editions *e)
{
    (void)e;
    memset(unit->shown, 1, TH_SUPPRESS_GROUPS_MAX);
}

static void count_one_more(struct edition_unit *unit, struct editions *e)
{
    (void)e;
    size_t kind = 0;
    while (unit->people[kind] == 0) {
        kind++;
    }
    unit->people[kind]++;
}

static void remove_edition_one(struct edition_unit *unit, struct editions *e)
{
    (void)unit;
    const struct key key = key_of_edition_head(1);
    EXPECT(TH_OK, th_store_remove(province_store(e->p), TABLE_EDITION, key_view(&key)));
}

static void verify_finds_what_does_not_fit(void **state)
{
    (void)state;
    static void (*const CHANGES[])(struct edition_unit *, struct editions *) = {
        show_everything, count_one_more, remove_edition_one};
    for (size_t i = 0; i < TH_COUNT(CHANGES); i++) {
        void *own = NULL;
        assert_int_equal(setup(&own), 0);
        struct editions *e = own;
        rate_all(e, "2023");
        (void)release(e, EDITION_TIMELY);
        assert_int_equal(findings(e), 0);
        rewrite(e, "C11", CHANGES[i]);
        assert_true(findings(e) > 0);
        province_free(e->p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_people_are_released, setup, teardown),
        cmocka_unit_test_setup_teardown(a_handful_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_new_writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(one_person_more_is_kept_back, setup, teardown),
        cmocka_unit_test_setup_teardown(only_units_that_changed_have_new_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(tables_are_judged_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(the_state_of_an_edition_is_read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(another_layout_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_table_that_is_renewed_often_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(units_that_moved_close_a_table, setup, teardown),
        cmocka_unit_test(units_that_are_no_tree_close_a_table),
        cmocka_unit_test(verify_finds_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
