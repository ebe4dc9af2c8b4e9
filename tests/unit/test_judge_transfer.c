// test_judge_transfer.c - people who leave a unit for another: V16, V17 and V22 of transfers

#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "tests/support/province.h"
#include "tests/support/test.h"
#include "workers/judge_body.h"
#include "workers/months.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

struct stage {
    struct province *p;
    struct player one;    // D1
    struct player two;    // D2
    struct player agency; // A1
    struct player whole;  // P
};

static struct stage stage;

static int setup(void **state)
{
    stage = (struct stage){.p = province_make(),
                           .one = player_of(1),
                           .two = player_of(2),
                           .agency = player_of(3),
                           .whole = player_of(4)};
    province_roster(stage.p, ROSTER, TH_COUNT(ROSTER));
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    struct stage *s = *state;
    th_mutant_set(0);
    province_verify(s->p);
    province_free(s->p);
    return 0;
}

static unsigned say(struct stage *s, struct player *player, struct th_update update)
{
    return province_say(s->p, player, &update);
}

static struct th_verdict last_verdict(struct stage *s, uint32_t node)
{
    const struct th_decided decided = province_decided(s->p, node, TH_MSG_ACK);
    assert_true(decided.verdict_count > 0);
    return decided.verdicts[decided.verdict_count - 1].verdict;
}

static int64_t rated(struct stage *s, const char *unit, const char *period, const char *dims)
{
    return province_total(s->p, "EV01", period, unit, dims).value;
}

#define CADRE3 "category=cadre;rating=3"

// ---- V16 ----

static void the_new_unit_takes_the_record_over(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, revised(person("C11", "2023", "an", 3), 5)), 0);
    assert_int_equal(say(s, &s->two, person("C21", "2023", "an", 4)), 2216);

    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2023-12-31", 0)), 0);
    assert_int_equal(rated(s, "C11", "2023", CADRE3), 1); // a transfer alone moves nothing
    assert_int_equal(say(s, &s->two, person("C21", "2023", "an", 3)), 0); // under its own numbers

    assert_int_equal(rated(s, "P", "2023", CADRE3), 1);
    assert_int_equal(rated(s, "D1", "2023", CADRE3), 0);
    assert_int_equal(rated(s, "D2", "2023", CADRE3), 1);
    assert_int_equal(say(s, &s->one, revised(person("C11", "2023", "an", 2), 6)), 2216);
    assert_string_equal(last_verdict(s, 1).params[0], "C21");
}

static void a_transfer_after_the_period_moves_nobody(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, person("C11", "2024-03", "an", 3)), 0);
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-04-01", 1)), 0);
    assert_int_equal(say(s, &s->two, person("C21", "2024-03", "an", 4)), 2216);

    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-03-31", 1)), 0);
    assert_int_equal(say(s, &s->two, person("C21", "2024-03", "an", 4)), 0);
}

static void only_the_person_and_scheme_and_unit_of_the_transfer_move(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, person("C11", "2024", "an", 3)), 0);
    assert_int_equal(say(s, &s->one, person("C11", "2024", "binh", 3)), 0);
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "A1", "2024-02-01", 1)), 0);
    assert_int_equal(say(s, &s->two, person("C21", "2024", "an", 4)), 2216); // to A1
    assert_int_equal(say(s, &s->agency, person("A1", "2024", "binh", 4)), 2216);
    assert_int_equal(say(s, &s->agency, person("A1", "2024", "an", 4)), 0);

    // Who has one name as a collective is not moved with the person.
    assert_int_equal(say(s, &s->one, collective("C11", "2024", "an", 4)), 0);
    assert_int_equal(say(s, &s->agency, collective("A1", "2024", "an", 4)), 2216);
}

static void transfers_are_followed_from_day_to_day(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, person("C11", "2024", "an", 3)), 0);
    assert_int_equal(say(s, &s->two, transfer("an", "C21", "A1", "2024-09-01", 3)), 0);
    assert_int_equal(say(s, &s->agency, person("A1", "2024", "an", 4)), 2216); // not there yet
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-05-01", 3)), 0);
    assert_int_equal(say(s, &s->two, person("C21", "2024", "an", 4)), 2216); // through, and away
    assert_int_equal(say(s, &s->agency, person("A1", "2024", "an", 4)), 0);

    // And back: who has it now is the end of the way.
    assert_int_equal(say(s, &s->agency, transfer("an", "A1", "C11", "2024-12-01", 3)), 0);
    assert_int_equal(say(s, &s->one, revised(person("C11", "2024", "an", 3), 2)), 0);
    assert_int_equal(rated(s, "P", "2024", CADRE3), 1);
    assert_int_equal(rated(s, "D1", "2024", CADRE3), 1);
}

static void a_withdrawn_transfer_moves_nothing_back(void **state)
{
    struct stage *s = *state;
    const struct th_update moved = transfer("an", "C11", "C21", "2023-05-01", 4);
    assert_int_equal(say(s, &s->one, person("C11", "2023", "an", 3)), 0);
    assert_int_equal(say(s, &s->one, moved), 0);
    assert_int_equal(say(s, &s->two, person("C21", "2023", "an", 3)), 0);
    assert_int_equal(say(s, &s->one, withdraw(moved, 2)), 0);

    assert_int_equal(rated(s, "D2", "2023", CADRE3), 1);
    assert_int_equal(say(s, &s->one, revised(person("C11", "2023", "an", 3), 2)), 2216);
    // Of somebody who has not been taken over yet, it takes the way away.
    assert_int_equal(say(s, &s->one, person("C11", "2024", "an", 3)), 0);
    assert_int_equal(say(s, &s->two, person("C21", "2024", "an", 3)), 2216);
}

// ---- V22, V38, and whose transfer it is ----

static void a_transfer_has_revisions_like_any_update(void **state)
{
    struct stage *s = *state;
    const struct th_update first = transfer("an", "C11", "C21", "2024-05-01", 4);
    const struct th_update other = transfer("an", "C11", "C21", "2024-05-01", 3);
    assert_int_equal(say(s, &s->one, withdraw(first, 1)), 2338);
    assert_int_equal(say(s, &s->one, revised(first, 1)), 2222);
    assert_int_equal(say(s, &s->one, revised(first, 2)), 0);
    assert_int_equal(say(s, &s->one, revised(first, 2)), 0); // a duplicate
    assert_int_equal(say(s, &s->one, revised(other, 2)), 2222);
    assert_int_equal(say(s, &s->one, revised(other, 1)), 2222);
    assert_int_equal(say(s, &s->one, revised(other, 3)), 0);
    assert_int_equal(say(s, &s->one, withdraw(other, 4)), 0);
    assert_int_equal(say(s, &s->one, withdraw(other, 4)), 0);
    assert_int_equal(say(s, &s->one, revised(first, 0)), 2222);
}

static void another_unit_may_not_touch_it(void **state)
{
    struct stage *s = *state;
    const struct th_update mine = transfer("an", "C11", "C21", "2024-05-01", 4);
    const struct th_update theirs = transfer("an", "C21", "A1", "2024-05-01", 4);
    assert_int_equal(say(s, &s->one, mine), 0);
    assert_int_equal(say(s, &s->two, revised(theirs, 2)), 2216);
    const struct th_verdict refused = last_verdict(s, 2);
    assert_int_equal(refused.variant, 'c');
    assert_string_equal(refused.params[0], "C11");
    assert_string_equal(refused.params[1], "2024");
    assert_int_equal(say(s, &s->two, withdraw(theirs, 2)), 2216);
    province_ping(s->p, &s->one);
    province_drain(s->p);
    const struct th_decided one = province_decided(s->p, 1, TH_MSG_PONG);
    assert_int_equal(one.notice_count, 2);
    assert_int_equal(one.notices[0].item.verdict.code, 2316);
    assert_int_equal(one.notices[0].item.verdict.variant, 'c');

    // Who may write both corrects it.
    assert_int_equal(say(s, &s->whole, revised(theirs, 2)), 0);
    assert_int_equal(say(s, &s->one, revised(mine, 3)), 2216);
}

static void it_is_in_the_digest_of_its_node(void **state)
{
    struct stage *s = *state;
    struct th_bytes value;
    struct digest digest;
    const struct key key = key_of_node(1);
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-05-01", 4)), 0);

    EXPECT(TH_OK,
           th_check_get(
               &s->p->judge.check, province_store(s->p), TABLE_DIGEST, key_view(&key), &value));
    EXPECT(TH_OK, digest_read(value, &digest));
    assert_int_equal(digest.count, 1);
    province_end(s->p);
}

// ---- the months of a year ----

static struct th_update month_of(const char *unit, const char *period, const char *who)
{
    struct th_update update = person(unit, period, who, 3);
    update.evaluation.score = (struct th_opt){.has = true, .value = 8000};
    return update;
}

static struct th_update
year_of(const char *unit, const char *who, int64_t months, uint64_t revision)
{
    struct th_update update = revised(person(unit, "2024", who, 3), revision);
    update.evaluation.months_scored = (struct th_opt){.has = true, .value = months};
    return update;
}

static struct months months_of(struct stage *s, const char *who, const char *scheme, uint32_t uid)
{
    uint8_t hash[16];
    const struct th_bytes id = th_bytes_of(who);
    th_hash128(hash, (struct th_bytes){0}, &id, 1);
    const struct months_source source = {
        .store = province_store(s->p),
        .check = &s->p->judge.check,
        .catalogue = s->p->catalogue,
    };
    struct months_question question = {.person = hash, .uid = uid};
    question.scheme =
        scheme == NULL ? NULL : th_catalogue_scheme(s->p->catalogue, th_bytes_of(scheme));
    EXPECT(TH_OK, th_period_parse(TH_BYTES("2024"), &question.year));
    struct months months;
    EXPECT(TH_OK, months_find(&source, &question, &months));
    province_end(s->p);
    return months;
}

static void warns_of_a_year_that_rests_on_unknown_months(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-03", "an")), 0);
    assert_int_equal(say(s, &s->one, year_of("C11", "an", 2, 1)), 2317);
    const struct th_verdict warned = last_verdict(s, 1);
    assert_string_equal(warned.params[0], "2024");
    assert_string_equal(warned.params[1], "1");
    assert_string_equal(warned.params[2], "2");
    assert_int_equal(rated(s, "P", "2024", CADRE3), 1); // and counts it

    assert_int_equal(say(s, &s->one, month_of("C11", "2024-04", "an")), 0);
    assert_int_equal(say(s, &s->one, year_of("C11", "an", 2, 2)), 0);
    assert_int_equal(say(s, &s->one, year_of("C11", "an", 3, 3)), 2317);
    assert_int_equal(say(s, &s->one, revised(person("C11", "2024", "an", 3), 4)),
                     0); // says nothing
    assert_int_equal(say(s, &s->one, withdraw(year_of("C11", "an", 3, 5), 5)), 0);
}

static void a_month_without_a_score_is_not_known(void **state)
{
    struct stage *s = *state;
    const struct th_update gone = month_of("C11", "2024-05", "an");
    struct th_update last_year = month_of("C11", "2023-12", "an");
    assert_int_equal(say(s, &s->one, person("C11", "2024-04", "an", 3)), 0);
    assert_int_equal(say(s, &s->one, gone), 0);
    assert_int_equal(say(s, &s->one, withdraw(gone, 2)), 0);
    assert_int_equal(say(s, &s->one, last_year), 0);
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-06", "binh")), 0);
    assert_int_equal(months_of(s, "an", NULL, TH_UNIT_NONE).count, 0);
}

static void months_of_any_unit_scheme_and_category_count_once(void **state)
{
    struct stage *s = *state;
    struct th_update servant = month_of("C11", "2024-03", "an");
    servant.evaluation.category = TH_BYTES("civil_servant");
    struct th_update other = month_of("A1", "2024-03", "an");
    other.evaluation.scheme = TH_BYTES("UC");
    struct th_update second = month_of("A1", "2024-04", "an");
    second.evaluation.scheme = TH_BYTES("UC");
    second.evaluation.score.value = 6000;
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-03", "an")), 0);
    assert_int_equal(say(s, &s->one, servant), 0);
    assert_int_equal(say(s, &s->agency, other), 0);
    assert_int_equal(say(s, &s->agency, second), 0);
    assert_int_equal(say(s, &s->two, month_of("C21", "2024-05", "an")), 0);

    const struct months all = months_of(s, "an", NULL, TH_UNIT_NONE);
    assert_int_equal(all.count, 3);
    assert_int_equal(all.sum, 8000 + 6000 + 8000);
    assert_int_equal(all.month[4].uid, province_uid(s->p, "C21", "2024"));
    // Under a scheme that counts by unit, another unit's person is somebody else.
    assert_int_equal(months_of(s, "an", NULL, province_uid(s->p, "C11", "2024")).count, 2);
    assert_int_equal(months_of(s, "an", "SC", TH_UNIT_NONE).count, 2);
    assert_int_equal(months_of(s, "an", "UC", TH_UNIT_NONE).sum, 8000 + 6000);
}

static void a_scheme_that_takes_any_category_is_looked_through(void **state)
{
    struct stage *s = *state;
    struct th_update plain = month_of("C11", "2024-03", "an");
    plain.evaluation.scheme = TH_BYTES("PLAIN");
    plain.evaluation.category = TH_BYTES("annual");
    struct th_update second = plain;
    second.evaluation.category = TH_BYTES("other");
    second.evaluation.period = TH_BYTES("2024-04");
    assert_int_equal(say(s, &s->one, plain), 0);
    assert_int_equal(say(s, &s->one, second), 0);
    assert_int_equal(months_of(s, "an", NULL, province_uid(s->p, "C11", "2024")).count, 2);
    assert_int_equal(months_of(s, "an", "PLAIN", TH_UNIT_NONE).count, 2);
}

static void a_transfer_brings_months_the_province_does_not_hold(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-05-01", 4)), 0);
    assert_int_equal(say(s, &s->two, month_of("C21", "2024-05", "an")), 0);
    const struct months months = months_of(s, "an", NULL, TH_UNIT_NONE);
    assert_int_equal(months.count, 5);
    assert_int_equal(months.sum, 4 * 7000 + 8000);
    assert_int_equal(months.brought_count, 1);
    assert_int_equal(months.brought[0].count, 4);
    assert_int_equal(say(s, &s->two, year_of("C21", "an", 5, 1)), 0);
    assert_int_equal(say(s, &s->two, year_of("C21", "an", 6, 2)), 2317);
}

static void months_both_held_and_brought_count_once(void **state)
{
    struct stage *s = *state;
    static const char *const HELD[] = {"2024-01", "2024-02", "2024-03"};
    for (size_t i = 0; i < TH_COUNT(HELD); i++) {
        assert_int_equal(say(s, &s->one, month_of("C11", HELD[i], "an")), 0);
    }
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-05-01", 4)), 0);
    struct months months = months_of(s, "an", NULL, TH_UNIT_NONE);
    assert_int_equal(months.count, 4); // the transfer knows of one more
    assert_int_equal(months.sum, 4 * 7000);
    assert_int_equal(months.brought_count, 1);

    // As many are held: they are newer than what the transfer added up.
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-04", "an")), 0);
    months = months_of(s, "an", NULL, TH_UNIT_NONE);
    assert_int_equal(months.count, 4);
    assert_int_equal(months.sum, 4 * 8000);
    assert_int_equal(months.brought_count, 0);
}

static void each_stay_in_a_unit_is_settled_for_itself(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-01", "an")), 0);
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-02-01", 1)), 0);
    assert_int_equal(say(s, &s->two, transfer("an", "C21", "C11", "2024-06-01", 4)), 0);
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-06", "an")), 0);
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-07", "an")), 0);
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "A1", "2024-09-01", 3)), 0);

    const struct months months = months_of(s, "an", NULL, TH_UNIT_NONE);
    assert_int_equal(months.count, 1 + 4 + 3);
    assert_int_equal(months.sum, 8000 + 7 * 7000);
    assert_int_equal(months.brought_count, 2);
    assert_true(months.month[0].has);
    assert_false(months.month[5].has); // among the three
}

static void two_schemes_of_one_move_bring_its_months_once(void **state)
{
    struct stage *s = *state;
    struct th_update other = transfer("an", "C11", "C21", "2024-05-01", 3);
    other.transfer.scheme = TH_BYTES("UC");
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-05-01", 4)), 0);
    assert_int_equal(say(s, &s->one, other), 0);
    assert_int_equal(months_of(s, "an", NULL, TH_UNIT_NONE).count, 4);
    assert_int_equal(months_of(s, "an", "UC", TH_UNIT_NONE).count, 3);
}

// ---- planted bugs ----

static void planted_bugs_are_seen(void **state)
{
    struct stage *s = *state;
    assert_int_equal(say(s, &s->one, month_of("C11", "2024-01", "an")), 0);
    assert_int_equal(say(s, &s->one, transfer("an", "C11", "C21", "2024-02-01", 1)), 0);
    th_mutant_set(42);
    assert_int_equal(months_of(s, "an", NULL, TH_UNIT_NONE).count, 2);
    th_mutant_set(0);
    assert_int_equal(months_of(s, "an", NULL, TH_UNIT_NONE).count, 1);

    assert_int_equal(say(s, &s->one, person("C11", "2024", "an", 3)), 0);
    th_mutant_set(43);
    assert_int_equal(say(s, &s->two, person("C21", "2024", "an", 3)), 2216);
    th_mutant_set(0);
    assert_int_equal(say(s, &s->two, person("C21", "2024", "an", 3)), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(the_new_unit_takes_the_record_over),
        CASE(a_transfer_after_the_period_moves_nobody),
        CASE(only_the_person_and_scheme_and_unit_of_the_transfer_move),
        CASE(transfers_are_followed_from_day_to_day),
        CASE(a_withdrawn_transfer_moves_nothing_back),
        CASE(a_transfer_has_revisions_like_any_update),
        CASE(another_unit_may_not_touch_it),
        CASE(it_is_in_the_digest_of_its_node),
        CASE(warns_of_a_year_that_rests_on_unknown_months),
        CASE(a_month_without_a_score_is_not_known),
        CASE(months_of_any_unit_scheme_and_category_count_once),
        CASE(a_scheme_that_takes_any_category_is_looked_through),
        CASE(a_transfer_brings_months_the_province_does_not_hold),
        CASE(months_both_held_and_brought_count_once),
        CASE(each_stay_in_a_unit_is_settled_for_itself),
        CASE(two_schemes_of_one_move_bring_its_months_once),
        CASE(planted_bugs_are_seen),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
