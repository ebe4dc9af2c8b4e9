// test_judge_collective.c - ratings of collectives: one unit each, counted by EV05 alone

#include <string.h>

#include "tests/support/province.h"
#include "tests/support/test.h"

static const char *const ROSTER[] = {"D1", "D2", "A1", "P"};

struct stage {
    struct province *p;
    struct player one;   // D1
    struct player two;   // D2
    struct player whole; // P
};

static struct stage stage;

static int setup(void **state)
{
    stage = (struct stage){
        .p = province_make(), .one = player_of(1), .two = player_of(2), .whole = player_of(4)};
    province_roster(stage.p, ROSTER, TH_COUNT(ROSTER));
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    struct stage *s = *state;
    province_verify(s->p);
    province_free(s->p);
    return 0;
}

static struct th_cell ev05(struct stage *s, const char *unit, const char *dims)
{
    return province_total(s->p, "EV05", "2023", unit, dims);
}

static void counts_collectives_by_kind_level_and_scheme(void **state)
{
    struct stage *s = *state;
    const struct th_update cell = collective("C11", "2023", "cb-1", 4);
    struct th_update office = collective("D1", "2023", "ub-1", 3);
    office.collective.kind = TH_BYTES("government");
    struct th_update other = collective("C21", "2023", "cb-1", 4);
    other.collective.scheme = TH_BYTES("UC");
    assert_int_equal(province_say(s->p, &s->one, &cell), 0);
    assert_int_equal(province_say(s->p, &s->one, &office), 0);
    assert_int_equal(province_say(s->p, &s->two, &other), 0);

    assert_int_equal(ev05(s, "P", "collective_kind=cell;rating=4").value, 1);
    assert_int_equal(ev05(s, "P", "collective_kind=government;rating=3").value, 1);
    assert_int_equal(ev05(s, "P", "collective_kind=cell;rating=4;scheme=UC").value, 1);
    assert_int_equal(ev05(s, "C11", "collective_kind=cell;rating=4").value, 1);
    const struct th_cell second = ev05(s, "D2", "collective_kind=cell;rating=4");
    assert_true(th_cell_is_empty(&second));
    // nobody's rating is among them
    const struct th_cell people =
        province_total(s->p, "EV01", "2023", "P", "category=collective;rating=4");
    assert_true(th_cell_is_empty(&people));
}

static void moves_a_corrected_collective_between_the_lines(void **state)
{
    struct stage *s = *state;
    const struct th_update said = collective("D1", "2023", "cb-1", 4);
    struct th_update corrected = revised(collective("D1", "2023", "cb-1", 0), 2);
    corrected.collective.kind = TH_BYTES("party_org");
    assert_int_equal(province_say(s->p, &s->one, &said), 0);
    assert_int_equal(province_say(s->p, &s->one, &corrected), 0);

    const struct th_cell before = ev05(s, "P", "collective_kind=cell;rating=4");
    assert_true(th_cell_is_empty(&before));
    assert_int_equal(ev05(s, "P", "collective_kind=party_org;rating=0").value, 1);
    assert_int_equal(ev05(s, "P", "collective_kind=party_org;rating=0").reported, 0);

    const struct th_update gone = withdraw(said, 3);
    assert_int_equal(province_say(s->p, &s->one, &gone), 0);
    const struct th_cell after = ev05(s, "P", "collective_kind=party_org;rating=0");
    assert_true(th_cell_is_empty(&after));
    assert_int_equal(province_say(s->p, &s->one, &gone), 0); // a duplicate
}

static void keeps_a_collective_in_one_unit_under_any_scheme(void **state)
{
    struct stage *s = *state;
    static const char *const SCHEMES[] = {"SC", "UC"};
    for (size_t i = 0; i < TH_COUNT(SCHEMES); i++) {
        struct th_update first = collective("C11", "2023", "cb-1", 4);
        struct th_update later = collective("C21", "2023", "cb-1", 3);
        first.collective.scheme = later.collective.scheme = th_bytes_of(SCHEMES[i]);
        assert_int_equal(province_say(s->p, &s->one, &first), 0);
        assert_int_equal(province_say(s->p, &s->two, &later), 2216);

        const struct th_decided two = province_decided(s->p, 2, TH_MSG_ACK);
        const struct th_verdict *refused = &two.verdicts[two.verdict_count - 1].verdict;
        assert_int_equal(refused->variant, 'b');
        assert_string_equal(refused->field, "collective_id");
        assert_string_equal(refused->params[0], "C11");
        province_ping(s->p, &s->one);
        province_drain(s->p);
        const struct th_decided one = province_decided(s->p, 1, TH_MSG_PONG);
        assert_int_equal(one.notice_count, i + 1);
        assert_int_equal(one.notices[i].item.verdict.code, 2316);
        assert_int_equal(one.notices[i].item.verdict.variant, 'b');
        assert_string_equal(one.notices[i].item.verdict.params[0], "C21");
    }
}

static void moves_a_collective_for_a_sender_who_may_write_both_units(void **state)
{
    struct stage *s = *state;
    const struct th_update first = collective("C11", "2023", "cb-1", 4);
    const struct th_update moved = revised(collective("C21", "2023", "cb-1", 3), 2);
    assert_int_equal(province_say(s->p, &s->one, &first), 0);
    assert_int_equal(province_say(s->p, &s->whole, &moved), 0);

    const struct th_cell left = ev05(s, "D1", "collective_kind=cell;rating=4");
    assert_true(th_cell_is_empty(&left));
    assert_int_equal(ev05(s, "D2", "collective_kind=cell;rating=3").value, 1);
    const struct th_cell once = ev05(s, "P", "collective_kind=cell;rating=4");
    assert_true(th_cell_is_empty(&once));
    const struct th_update back = revised(first, 3);
    assert_int_equal(province_say(s->p, &s->one, &back), 2216);
}

static void takes_a_person_of_the_same_id_for_somebody_else(void **state)
{
    struct stage *s = *state;
    const struct th_update body = collective("C11", "2023", "an", 4);
    const struct th_update man = person("C21", "2023", "an", 2);
    assert_int_equal(province_say(s->p, &s->one, &body), 0);
    assert_int_equal(province_say(s->p, &s->two, &man), 0);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=2").value, 1);
    assert_int_equal(ev05(s, "P", "collective_kind=cell;rating=4").value, 1);
}

static void covers_collectives_and_people_apart(void **state)
{
    struct stage *s = *state;
    const struct th_update body = collective("C11", "2023", "cb-1", 4);
    const struct th_update office = collective("C21", "2023", "cb-2", 3);
    const struct th_update man = person("C21", "2023", "an", 2);
    assert_int_equal(province_say(s->p, &s->one, &body), 0);
    assert_int_equal(province_say(s->p, &s->two, &man), 0);
    assert_int_equal(ev05(s, "P", "collective_kind=cell;rating=4").reported, 1);
    assert_int_equal(province_total(s->p, "EV01", "2023", "P", "category=cadre;rating=2").reported,
                     1);

    assert_int_equal(province_say(s->p, &s->two, &office), 0);
    assert_int_equal(ev05(s, "P", "collective_kind=cell;rating=4").reported, 2); // every line
    assert_int_equal(ev05(s, "P", "collective_kind=cell;rating=3").reported, 2);
    assert_int_equal(ev05(s, "D1", "collective_kind=cell;rating=4").reported, 1);
}

static void leaves_counts_of_people_beside_collectives_alone(void **state)
{
    struct stage *s = *state;
    const struct th_update body = collective("C11", "2023", "cb-1", 4);
    struct th_update counts = figure("C11", "2023", "EV07", 3);
    counts.staffing.dims = TH_BYTES("rating=4");
    assert_int_equal(province_say(s->p, &s->one, &body), 0);
    assert_int_equal(province_say(s->p, &s->one, &counts), 0);
    const struct th_update second = collective("C11", "2023", "cb-2", 4);
    assert_int_equal(province_say(s->p, &s->one, &second), 0);
    assert_int_equal(ev05(s, "P", "collective_kind=cell;rating=4").value, 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(counts_collectives_by_kind_level_and_scheme),
        CASE(moves_a_corrected_collective_between_the_lines),
        CASE(keeps_a_collective_in_one_unit_under_any_scheme),
        CASE(moves_a_collective_for_a_sender_who_may_write_both_units),
        CASE(takes_a_person_of_the_same_id_for_somebody_else),
        CASE(covers_collectives_and_people_apart),
        CASE(leaves_counts_of_people_beside_collectives_alone),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
