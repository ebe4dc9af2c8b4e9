// test_judge_forms.c - declarations of forms: compared with what is held, changed, taken back

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/test.h"

static const char *const ROSTER[] = {"D1;D2", "A1"};

static int setup(void **state)
{
    struct province *province = province_make();
    province_roster(province, ROSTER, TH_COUNT(ROSTER));
    *state = province;
    return 0;
}

static int teardown(void **state)
{
    province_free(*state);
    return 0;
}

static void
expect_verdict(struct province *p, uint32_t node, const char *measure, const char *field)
{
    const struct th_decided decided = province_decided(p, node, TH_MSG_ACK);
    assert_int_equal(decided.verdict_count, 1);
    const struct th_verdict *verdict = &decided.verdicts[0].verdict;
    assert_int_equal(verdict->code, TH_V_CONTROL_TOTAL);
    assert_string_equal(verdict->params[1], measure);
    assert_string_equal(verdict->field, field);
}

// ---- V20 ----

static void equal_totals_are_submitted(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = office_with_figures(p, "2026-10");

    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)), 0);

    const struct form_row row = form_row_of(p, "f", "D1", "2026-10");
    assert_int_equal(row.state, FORM_SUBMITTED);
    assert_int_equal(row.first, p->today);
    assert_int_equal(row.lines, 2);
    assert_int_equal(row.keys, 2);
    assert_int_equal(row.declared.revision, 1);
    province_verify(p);
}

static void a_unit_without_figures_may_declare_that(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = player_of(1);
    const struct declared_line nothing[] = {{"W1", "", 0, 0}};

    assert_int_equal(province_say(p, &office, declare(&said, "f D2 2026-10", nothing, 1)), 0);
    assert_int_equal(form_state_of(p, "D2", "2026-10"), FORM_SUBMITTED);
    province_verify(p);
}

static void the_first_difference_refuses_and_the_others_follow(void **state)
{
    static const struct {
        struct declared_line lines[3];
        size_t count;
        const char *measure, *field;
        size_t more;
    } CASES[] = {
        {{{"W1", "", 1, 6}, {"N1", "", 1, 7}}, 2, "W1", "sum", 0},
        {{{"W1", "", 2, 5}, {"N1", "", 1, 7}}, 2, "W1", "count", 0},
        {{{"N1", "", 1, 7}}, 1, "W1", "count", 0},
        {{{"W1", "", 1, 5}, {"N1", "", 1, 7}, {"S1", "", 1, 3}}, 3, "S1", "count", 0},
        {{{"W1", "post=head", 1, 5}, {"N1", "", 1, 8}}, 2, "N1", "sum", 2},
        {{{"W1", "", 0, 0}}, 0, "N1", "count", 1},
    };
    struct province *p = *state;
    struct player office = office_with_figures(p, "2026-10");

    for (size_t i = 0; i < TH_COUNT(CASES); i++) {
        struct declared said;
        declare(&said, "f D1 2026-10", CASES[i].lines, CASES[i].count);
        said.update.revision = i + 1;
        province_say(p, &office, &said.update);
        expect_verdict(p, 1, CASES[i].measure, CASES[i].field);
        const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
        const size_t count = decided.notice_count;
        assert_true(count >= CASES[i].more);
        for (size_t k = count - CASES[i].more; k < count; k++) {
            assert_int_equal(decided.notices[k].item.verdict.code, TH_V_CONTROL_TOTAL);
            assert_int_equal(decided.notices[k].item.seq, office.seq);
            assert_int_equal(decided.notices[k].item.index, 0);
        }
    }
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_STATE_END);
    province_verify(p);
}

static void at_most_sixteen_differences_are_named(void **state)
{
    static char dims[20][16];
    struct province *p = *state;
    struct declared said;
    struct player office = player_of(1);
    for (size_t i = 0; i < TH_COUNT(dims); i++) {
        struct th_update update = figure("D1", "2026-10", "W1", 1);
        (void)snprintf(dims[i], sizeof(dims[i]), "post=p%02zu", i);
        update.staffing.dims = th_bytes_of(dims[i]);
        assert_int_equal(province_say(p, &office, &update), 0);
    }

    province_say(p, &office, declare(&said, "f D1 2026-10", NULL, 0));

    expect_verdict(p, 1, "W1{post=p00}", "count");
    const struct th_decided decided = province_decided(p, 1, TH_MSG_ACK);
    assert_int_equal(decided.notice_count, 15); // all of them at once
    assert_string_equal(decided.notices[14].item.verdict.params[1], "W1{post=p15}");
}

static void only_what_the_unit_itself_said_is_compared(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = player_of(1);
    const struct th_update below = figure("C11", "2026-10", "W1", 5);
    assert_int_equal(province_say(p, &office, &below), 0);

    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", NULL, 0)), 0);
    // Not a reporter of the form: it is said, and does no harm.
    const struct declared_line one[] = {{"W1", "", 1, 5}};
    assert_int_equal(province_hear(p, &office, declare(&said, "f C11 2026-10", one, 1)),
                     TH_V_NOT_EXPECTED);
    assert_int_equal(form_state_of(p, "C11", "2026-10"), FORM_SUBMITTED);
}

static void a_digest_must_be_that_of_the_records(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = office_with_figures(p, "2023");
    struct digest digest = {.count = 0};
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(province_store(p), TABLE_STAFFING, (struct th_bytes){0}, &key, &value);
    for (; err == TH_OK;
         err = th_store_next(province_store(p), TABLE_STAFFING, key, &key, &value)) {
        struct record record;
        EXPECT(TH_OK, th_check_open(&p->judge.check, TABLE_STAFFING, key, &value));
        EXPECT(TH_OK, record_read(TABLE_STAFFING, value, &record));
        digest_add(&digest, TABLE_STAFFING, key, &record);
    }
    province_end(p);
    uint8_t wrong[16];
    memcpy(wrong, digest.sum, sizeof(wrong));
    wrong[3] ^= 1;

    declare(&said, "f D1 2023", DECLARED_BOTH, 2)->completion.digest = (struct th_bytes){wrong, 16};
    province_say(p, &office, &said.update);
    expect_verdict(p, 1, "digest", "digest");
    said.update.completion.digest.data = digest.sum;
    said.update.revision = 2;
    assert_int_equal(province_say(p, &office, &said.update), 0);
}

static void ratings_are_compared_by_group(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = player_of(1);
    struct th_update scored = person("D1", "2026Q3", "an", 4);
    scored.evaluation.score = (struct th_opt){true, 9150};
    scored.evaluation.reason = 0;
    const struct th_update plain = person("D1", "2026Q3", "binh", 3);
    struct th_update other = person("D1", "2026Q3", "chi", 2);
    other.evaluation.category = TH_BYTES("civil_servant");
    const struct th_update body = collective("D1", "2026Q3", "cell-1", 4);
    const struct th_update *updates[] = {&scored, &plain, &other, &body};
    for (size_t i = 0; i < TH_COUNT(updates); i++) {
        assert_int_equal(province_say(p, &office, updates[i]), 0);
    }
    char kind[64];
    (void)snprintf(kind,
                   sizeof(kind),
                   "collective_kind=%.*s;scheme=SC",
                   (int)body.collective.kind.size,
                   (const char *)body.collective.kind.data);
    const struct declared_line lines[] = {{"EV01", "category=cadre;scheme=SC", 2, 9150},
                                          {"EV01", "category=civil_servant;scheme=SC", 1, 0},
                                          {"EV05", kind, 1, 0}};

    province_say(p, &office, declare(&said, "e D1 2026Q3", lines, 2));
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).verdicts[0].verdict.code,
                     TH_V_CONTROL_TOTAL);
    declare(&said, "e D1 2026Q3", lines, 3)->revision = 2;
    assert_int_equal(province_hear(p, &office, &said.update), TH_V_NOT_EXPECTED);
    assert_int_equal(form_row_of(p, "e", "D1", "2026Q3").state, FORM_SUBMITTED);

    // A person who moves changes the form where it leaves and where it comes to.
    const struct th_update leaves = revised(person("D2", "2026Q3", "binh", 3), 2);
    declare(&said, "e D2 2026Q3", NULL, 0);
    assert_int_equal(province_hear(p, &office, &said.update), TH_V_NOT_EXPECTED);
    assert_int_equal(province_hear(p, &office, &leaves), 0);
    assert_int_equal(form_row_of(p, "e", "D1", "2026Q3").state, FORM_CHANGED);
    assert_int_equal(form_row_of(p, "e", "D2", "2026Q3").state, FORM_CHANGED);
    province_verify(p);
}

// ---- states ----

static void a_later_update_makes_it_changed_until_it_is_sent_again(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = office_with_figures(p, "2026-10");
    const th_day first = p->today;
    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)), 0);
    const struct th_update more = revised(figure("D1", "2026-10", "W1", 6), 2);
    const struct declared_line now[] = {{"W1", "", 1, 6}, {"N1", "", 1, 7}};

    p->today++;
    assert_int_equal(province_say(p, &office, &more), 0);
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_CHANGED);
    declare(&said, "f D1 2026-10", now, 2)->revision = 2;
    p->today++;
    assert_int_equal(province_say(p, &office, &said.update), 0);

    const struct form_row row = form_row_of(p, "f", "D1", "2026-10");
    assert_int_equal(row.state, FORM_SUBMITTED);
    assert_int_equal(row.first, first);
    assert_int_equal(row.entered, first + 2);
    province_verify(p);
}

static void an_update_of_another_form_period_or_unit_changes_nothing(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = office_with_figures(p, "2026-10");
    assert_int_equal(province_say(p, &office, declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)), 0);
    const struct th_update updates[] = {figure("D1", "2026-09", "W1", 1),
                                        figure("D2", "2026-10", "W1", 1),
                                        figure("D1", "2026-10", "o.y", 1),
                                        person("D1", "2026-10", "an", 4)};

    for (size_t i = 0; i < TH_COUNT(updates); i++) {
        assert_int_equal(province_say(p, &office, &updates[i]), 0);
    }
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_SUBMITTED);
}

static void a_declaration_can_be_taken_back(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = office_with_figures(p, "2026-10");
    declare(&said, "f D1 2026-10", DECLARED_BOTH, 2);
    const struct th_update back = withdraw(said.update, 2);
    const struct th_update again = withdraw(said.update, 3);
    assert_int_equal(province_say(p, &office, &said.update), 0);

    assert_int_equal(province_say(p, &office, &back), 0);
    assert_int_equal(form_state_of(p, "D1", "2026-10"), FORM_OPEN);
    assert_int_equal(form_row_of(p, "f", "D1", "2026-10").first, TH_DAY_NONE);
    assert_int_equal(province_say(p, &office, &again), TH_V_NOTHING_TO_WITHDRAW);
    province_verify(p);
}

static void revisions_are_those_of_every_update(void **state)
{
    struct province *p = *state;
    struct declared said;
    struct player office = office_with_figures(p, "2026-10");
    declare(&said, "f D1 2026-10", DECLARED_BOTH, 2)->revision = 4;
    assert_int_equal(province_say(p, &office, &said.update), 0);

    assert_int_equal(province_say(p, &office, &said.update), 0); // a duplicate
    const struct th_update *same = &said.update;
    struct th_update stale = revised(*same, 3);
    struct th_update conflict = *same;
    struct th_update none = revised(*same, 0);
    conflict.note = TH_BYTES("other");
    stale.note = TH_BYTES("other");
    assert_int_equal(province_say(p, &office, &stale), TH_V_REVISION);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).verdicts[0].verdict.variant, 'a');
    assert_int_equal(province_say(p, &office, &conflict), TH_V_REVISION);
    assert_int_equal(province_decided(p, 1, TH_MSG_ACK).verdicts[0].verdict.variant, 'b');
    assert_int_equal(province_say(p, &office, &none), TH_V_REVISION);
    assert_int_equal(form_row_of(p, "f", "D1", "2026-10").declared.revision, 4);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(equal_totals_are_submitted),
        CASE(a_unit_without_figures_may_declare_that),
        CASE(the_first_difference_refuses_and_the_others_follow),
        CASE(at_most_sixteen_differences_are_named),
        CASE(only_what_the_unit_itself_said_is_compared),
        CASE(a_digest_must_be_that_of_the_records),
        CASE(ratings_are_compared_by_group),
        CASE(a_later_update_makes_it_changed_until_it_is_sent_again),
        CASE(an_update_of_another_form_period_or_unit_changes_nothing),
        CASE(a_declaration_can_be_taken_back),
        CASE(revisions_are_those_of_every_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
