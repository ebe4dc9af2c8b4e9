// test_judge_register.c - the register changes while figures are stored

#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/reforming.h"
#include "tests/support/test.h"
#include "workers/judge_body.h"
#include "workers/verify.h"

static int64_t total(struct reforming *s, const char *period, const char *unit)
{
    const struct th_cell cell = province_total(s->p, "W1", period, unit, "");
    return th_cell_is_empty(&cell) ? -1 : cell.value;
}

static void count_finding(void *self, const struct verify_finding *finding)
{
    unsigned *found = self;
    assert_int_equal(finding->table, TABLE_BUNDLE);
    (*found)++;
}

// ---- tests ----

// Two communes become one in a month for which nothing was said yet.
static void a_merger_is_taken_up_and_what_was_said_before_stays(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "2024-03", "W1", 5));
    reforming_say(s, &s->two, figure("C21", "2024-03", "W1", 7));
    reforming_say(s, &s->one, person("C11", "2024-03", "p1", 4));
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2026-01-01"}),
        reforming_unit((struct unit_row){"C99", "New", "D1", "2026-01-01", ""}),
        reforming_successor("C11", "C99", "2026-01-01"),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), 0);

    assert_int_equal(total(s, "2024-03", "P"), 12);
    assert_int_equal(total(s, "2024-03", "C11"), 5);
    reforming_say(s, &s->one, figure("C99", "2026-02", "W1", 8));
    assert_int_equal(total(s, "2026-02", "D1"), 8);
    const struct th_update late = figure("C11", "2026-02", "W1", 8);
    assert_int_equal(province_say(s->p, &s->one, &late), 2203);
    uint64_t staged = 1;
    EXPECT(TH_OK, th_store_count(province_store(s->p), TABLE_CHANGE, &staged));
    assert_int_equal(staged, 0);
}

// A commune goes to another district from a day on: the totals of later months follow it.
static void totals_follow_a_unit_that_changes_its_place(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "2024-03", "W1", 5));
    reforming_say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    reforming_say(s, &s->one, person("C11", "2025-03", "p1", 4));
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "One one", "D2", "2025-01-01", ""}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), 0);

    assert_int_equal(total(s, "2024-03", "D1"), 5);
    assert_int_equal(total(s, "2024-03", "D2"), -1);
    assert_int_equal(total(s, "2025-03", "D1"), -1);
    assert_int_equal(total(s, "2025-03", "D2"), 6);
    assert_int_equal(total(s, "2025-03", "P"), 6);
    const struct th_cell people =
        province_total(s->p, "EV01", "2025-03", "D2", "category=cadre;rating=4");
    assert_int_equal(people.value, 1);
    const struct th_update again = revised(figure("C11", "2025-03", "W1", 9), 2);
    assert_int_equal(province_say(s->p, &s->two, &again), 0); // D2 speaks for it now
    assert_int_equal(total(s, "2025-03", "P"), 9);
}

// The code means a new unit from a day on: what was said of later months under it moves there.
static void records_move_to_the_unit_that_their_code_means_now(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "2024-03", "W1", 5));
    reforming_say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    reforming_say(s, &s->one, figure("C11", "2025-04", "W1", 7));
    reforming_say(s, &s->one, person("C11", "2025-03", "p1", 4));
    const uint32_t before = province_uid(s->p, "C11", "2025-03");
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "Another", "D2", "2025-01-01", ""}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), 0);

    assert_int_not_equal(province_uid(s->p, "C11", "2025-03"), before);
    assert_int_equal(province_uid(s->p, "C11", "2024-03"), before);
    assert_int_equal(total(s, "2024-03", "D1"), 5);
    assert_int_equal(total(s, "2025-03", "D1"), -1);
    assert_int_equal(total(s, "2025-03", "D2"), 6);
    assert_int_equal(total(s, "2025-04", "C11"), 7);
    const struct th_update again = revised(figure("C11", "2025-03", "W1", 9), 2);
    assert_int_equal(province_say(s->p, &s->two, &again), 0);
    assert_int_equal(total(s, "2025-03", "P"), 9);
    const struct th_update elsewhere = person("D1", "2025-03", "p1", 3);
    assert_int_equal(province_say(s->p, &s->one, &elsewhere), 2216); // C11 of D2 has that person
}

// And so do declarations about them, and grants.
static void reports_move_with_their_figures(void **state)
{
    struct reforming *s = *state;
    const struct declared_line one[] = {{"W1", "", 1, 6}};
    struct declared said;
    const struct th_update opened = desk_opens("C11", "2025-03", "2027-12-31");
    reforming_say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    (void)province_hear(s->p, &s->one, declare(&said, "f C11 2025-03", one, 1));
    (void)province_hear(s->p, &s->one, declare(&said, "f C11 2024-03", NULL, 0));
    reforming_say(s, &s->desk, opened);
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "Another", "D2", "2025-01-01", ""}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), 0);

    assert_int_equal(form_state_of(s->p, "C11", "2025-03"), FORM_SUBMITTED);
    assert_int_equal(form_state_of(s->p, "C11", "2024-03"), FORM_SUBMITTED);
    uint64_t rows_held = 0;
    EXPECT(TH_OK, th_store_count(province_store(s->p), TABLE_FORM, &rows_held));
    assert_int_equal(rows_held, 2);
    EXPECT(TH_OK, th_store_count(province_store(s->p), TABLE_OPENING, &rows_held));
    assert_int_equal(rows_held, 1);
    reforming_say(s, &s->two, revised(figure("C11", "2025-03", "W1", 9), 2));
    assert_int_equal(form_state_of(s->p, "C11", "2025-03"), FORM_CHANGED);
}

static void a_declaration_without_a_unit_refuses_the_change(void **state)
{
    struct reforming *s = *state;
    struct declared said;
    struct th_update *none = declare(&said, "f C11 2025-03", NULL, 0);
    (void)province_hear(s->p, &s->one, none);
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), TH_M_REGISTER_PLACES);

    const struct th_update forget = withdraw(reforming_apply(1), 1);
    reforming_say(s, &s->desk, forget);
    none->op = TH_OP_WITHDRAW;
    none->revision = 2;
    reforming_say(s, &s->one, *none);
    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), 0);
}

static void what_would_be_homeless_refuses_the_change_and_is_named(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    reforming_say(s, &s->one, figure("C11", "2025-04", "W1", 6));
    reforming_say(s, &s->one, person("C11", "2025-03", "p1", 4));
    const struct th_update rows[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
    };

    assert_int_equal(reforming_change(s, rows, TH_COUNT(rows)), TH_M_REGISTER_PLACES);

    const struct th_decided decided = province_decided(s->p, 0, TH_MSG_ACK);
    const struct th_verdict *verdict = &decided.verdicts[decided.verdict_count - 1].verdict;
    assert_int_equal(verdict->variant, 'a');
    assert_string_equal(verdict->params[0], "3");
    assert_string_equal(verdict->params[1], "C11");
    assert_int_equal(decided.notice_count, 2); // the others
    assert_int_equal(total(s, "2025-03", "D1"), 6);
    const struct th_update forget = withdraw(reforming_apply(1), 1);
    reforming_say(s, &s->desk, forget);
    assert_int_equal(reforming_change(s, NULL, 0), 2236); // no rows, no change
}

static void rows_that_make_no_register_are_refused(void **state)
{
    struct reforming *s = *state;
    const struct th_update orphan =
        reforming_unit((struct unit_row){"C98", "Lost", "D9", "2026-01-01", ""});
    const struct th_update root =
        reforming_unit((struct unit_row){"Q", "Other", "", "2026-01-01", ""});
    const struct th_update forget = withdraw(reforming_apply(1), 1);
    const struct th_update renamed =
        reforming_unit((struct unit_row){"C13", "Else", "D2", "2024-07-01", ""});

    assert_int_equal(reforming_change(s, &orphan, 1), TH_M_REGISTER);
    reforming_say(s, &s->desk, forget);
    assert_int_equal(reforming_change(s, &root, 1), 2236);
    reforming_say(s, &s->desk, forget);
    assert_int_equal(reforming_change(s, &renamed, 1), 0); // joined by a declared recode
    const struct th_update miscounted[] = {renamed, reforming_apply(7)};
    province_batch(s->p, &s->desk, miscounted, 2);
    province_drain(s->p);
    const struct th_decided decided = province_decided(s->p, 0, TH_MSG_ACK);
    assert_int_equal(decided.verdicts[0].verdict.code, 2236);
}

// What the desk says about a key is in the ledger, and holds before the roster says it, too.
static void a_node_that_the_desk_revokes_is_heard_no_more(void **state)
{
    struct reforming *s = *state;
    struct th_update act = {
        .kind = TH_KIND_DESK,
        .op = TH_OP_SET,
        .revision = 1,
        .desk = {.act = TH_ACT_DESK_REVOCATION,
                 .node = {.has = true, .value = 2},
                 .text = TH_BYTES("stolen")},
    };
    reforming_say(s, &s->two, figure("D2", "2025-03", "W1", 6));
    assert_int_equal(province_say(s->p, &s->one, &act), 2239); // not an office

    reforming_say(s, &s->desk, act);

    const struct th_update more = figure("D2", "2025-04", "W1", 6);
    province_batch(s->p, &s->two, &more, 1);
    province_drain(s->p);
    assert_null(province_heard(s->p, 2, TH_MSG_ACK));
    assert_int_equal(total(s, "2025-04", "P"), -1);
    act.desk.node.value = 77;
    assert_int_equal(province_say(s->p, &s->desk, &act), 2236);
    act.desk.node.value = 0;
    assert_int_equal(province_say(s->p, &s->desk, &act), 2236);
}

static void only_the_desk_changes_the_register(void **state)
{
    struct reforming *s = *state;
    const struct th_update row =
        reforming_unit((struct unit_row){"C98", "Lost", "D1", "2026-01-01", ""});
    const struct th_update act = reforming_apply(0);

    assert_int_equal(province_say(s->p, &s->one, &row), 2239);
    assert_int_equal(province_say(s->p, &s->one, &act), 2239);
}

static void verify_finds_a_register_that_was_lost(void **state)
{
    struct reforming *s = *state;
    const struct th_update row =
        reforming_unit((struct unit_row){"C99", "New", "D1", "2026-01-01", ""});
    assert_int_equal(reforming_change(s, &row, 1), 0);
    province_verify(s->p);
    const struct th_store store = province_store(s->p);
    struct th_bytes key;
    struct th_bytes value;
    uint8_t copy[TH_STORE_KEY_MAX];
    EXPECT(TH_OK, th_store_prev(store, TABLE_BUNDLE, (struct th_bytes){0}, &key, &value));
    memcpy(copy, key.data, key.size);
    EXPECT(TH_OK, th_store_remove(store, TABLE_BUNDLE, (struct th_bytes){copy, key.size}));

    unsigned found = 0;
    const struct verify_setup setup = {
        .store = store,
        .birth_id = s->p->identity.store_id,
        .lineage = TH_BYTES("p"),
        .reg = s->p->reg,
        .catalogue = s->p->catalogue,
        .root = th_register_root(s->p->reg),
    };
    struct verify_result result;
    EXPECT(TH_OK, verify_run(&setup, VERIFY_FULL, count_finding, &found, &result));
    assert_int_equal(found, 2); // it is not the newest one, and the sum misses it
    province_end(s->p);         // it never happened
}

// The commit fails: nothing happened, and the desk's batch comes again.
static void a_change_that_was_not_committed_never_was(void **state)
{
    struct reforming *s = *state;
    reforming_say(s, &s->one, figure("C11", "2025-03", "W1", 6));
    const struct th_update updates[] = {
        reforming_unit((struct unit_row){"C11", "One one", "D1", "", "2025-01-01"}),
        reforming_unit((struct unit_row){"C11", "One one", "D2", "2025-01-01", ""}),
        reforming_apply(2),
    };
    s->p->fail = TH_E_FULL;
    province_batch(s->p, &s->desk, updates, TH_COUNT(updates));
    assert_int_equal(s->p->exits, 1); // it opens the store again, whatever it says

    province_restart(s->p);

    assert_int_equal(total(s, "2025-03", "D1"), 6);
    assert_int_equal(province_uid(s->p, "C11", "2025-03"), province_uid(s->p, "C11", "2024-03"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_merger_is_taken_up_and_what_was_said_before_stays,
                                        reforming_setup,
                                        reforming_teardown),
        cmocka_unit_test_setup_teardown(
            totals_follow_a_unit_that_changes_its_place, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(records_move_to_the_unit_that_their_code_means_now,
                                        reforming_setup,
                                        reforming_teardown),
        cmocka_unit_test_setup_teardown(
            reports_move_with_their_figures, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(
            a_declaration_without_a_unit_refuses_the_change, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(what_would_be_homeless_refuses_the_change_and_is_named,
                                        reforming_setup,
                                        reforming_teardown),
        cmocka_unit_test_setup_teardown(
            rows_that_make_no_register_are_refused, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(
            verify_finds_a_register_that_was_lost, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(
            a_node_that_the_desk_revokes_is_heard_no_more, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(
            only_the_desk_changes_the_register, reforming_setup, reforming_teardown),
        cmocka_unit_test_setup_teardown(
            a_change_that_was_not_committed_never_was, reforming_setup, reforming_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
