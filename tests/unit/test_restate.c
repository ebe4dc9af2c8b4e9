// test_restate.c - where figures stand in the structure of another day

#include <stdlib.h>
#include <string.h>

#include "tonghop/restate.h"

#include "tests/support/register.h"
#include "tests/support/test.h"

// Two provinces 1 and 2 with districts until 2025-07-01, one province 3 after it. In 1: A and B
// went whole into N, C was split over N and O, D into two provinces' worth of parts that met again
// in 2026, E was renumbered to E2, F was abolished without a row in 2024; G went in two steps.
static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to\n"
                            "1,Một,t,province,,,2025-07-01\n"
                            "2,Hai,t,province,,,2025-07-01\n"
                            "3,Ba,t,province,,2025-07-01,\n"
                            "11,D11,t,district,1,,2025-07-01\n"
                            "21,D21,t,district,2,,2025-07-01\n"
                            "A,A,t,commune,11,,2025-07-01\n"
                            "B,B,t,commune,11,,2025-07-01\n"
                            "C,C,t,commune,11,,2025-07-01\n"
                            "D,D,t,commune,11,,2024-01-01\n"
                            "Da,Da,t,commune,11,2024-01-01,2025-07-01\n"
                            "Db,Db,t,commune,11,2024-01-01,2025-07-01\n"
                            "E,E,t,commune,11,,2024-01-01\n"
                            "E2,E,t,commune,11,2024-01-01,2025-07-01\n"
                            "F,F,t,commune,11,,2024-01-01\n"
                            "G,G,t,commune,21,,2024-01-01\n"
                            "G1,G một,t,commune,21,2024-01-01,2025-07-01\n"
                            "N,N,t,commune,3,2025-07-01,\n"
                            "O,O,t,commune,3,2025-07-01,\n"
                            "P,P,t,commune,3,2025-07-01,\n"
                            "Q,Q,t,commune,3,2026-01-01,\n";

static const char SUCCESSORS[] = "old_code,new_code,effective,kind\n"
                                 "1,3,2025-07-01,FULL\n"
                                 "2,3,2025-07-01,FULL\n"
                                 "A,N,2025-07-01,FULL\n"
                                 "B,N,2025-07-01,FULL\n"
                                 "C,N,2025-07-01,PARTIAL\n"
                                 "C,O,2025-07-01,PARTIAL\n"
                                 "D,Da,2024-01-01,PARTIAL\n"
                                 "D,Db,2024-01-01,PARTIAL\n"
                                 "Da,O,2025-07-01,FULL\n"
                                 "Db,O,2025-07-01,FULL\n"
                                 "E,E2,2024-01-01,RECODE\n"
                                 "E2,P,2025-07-01,FULL\n"
                                 "G,G1,2024-01-01,FULL\n"
                                 "G1,P,2025-07-01,FULL\n";

struct fixture {
    struct th_register *reg;
    void *notes;
};

static struct fixture fixture;

static th_day day(const char *text)
{
    th_day parsed = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &parsed));
    return parsed;
}

static int setup(void **state)
{
    fixture = (struct fixture){.reg = register_of(UNITS, SUCCESSORS)};
    fixture.notes = calloc(1, th_restate_memory(fixture.reg));
    assert_non_null(fixture.notes);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->notes);
    th_register_free(&f->reg);
    return 0;
}

static struct th_restate to(struct fixture *f, const char *target)
{
    memset(f->notes, 0, th_restate_memory(f->reg));
    return th_restate_to(f->reg, day(target), f->notes);
}

// Does the unit that has code on that day stand at end (NULL: the top), arrived or unallocated?
static void
expect(struct th_restate *restate, const char *code, const char *on, const char *end, bool arrived)
{
    const uint32_t uid = th_register_find(restate->reg, th_bytes_of(code), day(on));
    assert_int_not_equal(uid, TH_UNIT_NONE);
    const uint32_t wanted =
        end == NULL ? TH_UNIT_NONE : th_register_find(restate->reg, th_bytes_of(end), restate->day);
    const struct th_standing there = th_restate_unit(restate, uid);
    assert_int_equal(there.uid, wanted);
    assert_int_equal(there.arrived, arrived);
}

static void stands_at_itself_while_it_lives(void **state)
{
    struct th_restate restate = to(*state, "2023-05-05");
    expect(&restate, "A", "2023-01-01", "A", true);
    expect(&restate, "A", "2025-06-30", "A", true);
    expect(&restate, "11", "2025-06-30", "11", true);
    expect(&restate, "E2", "2025-06-30", "E", true); // a recode is the same unit
}

static void follows_whole_units_step_by_step(void **state)
{
    struct th_restate restate = to(*state, "2026-06-01");
    expect(&restate, "A", "2023-01-01", "N", true);
    expect(&restate, "B", "2023-01-01", "N", true);
    expect(&restate, "E", "2023-01-01", "P", true);
    expect(&restate, "G", "2023-01-01", "P", true);
    expect(&restate, "1", "2023-01-01", "3", true);

    restate = to(*state, "2024-06-01");
    expect(&restate, "G", "2023-01-01", "G1", true);
}

static void stops_where_the_way_is_not_unique(void **state)
{
    struct th_restate restate = to(*state, "2026-06-01");
    expect(&restate, "C", "2023-01-01", "3", false);  // over N and O
    expect(&restate, "11", "2023-01-01", "3", false); // no row: its province, and on from there
    expect(&restate, "F", "2023-01-01", "3", false);  // no row: its district, and on
    expect(&restate, "D", "2023-01-01", "O", true);   // split, and together again

    restate = to(*state, "2024-06-01");
    expect(&restate, "D", "2023-01-01", "11", false);
    expect(&restate, "F", "2023-01-01", "11", false);
}

static void goes_back_only_where_one_unit_was(void **state)
{
    struct th_restate restate = to(*state, "2023-06-01");
    expect(&restate, "G1", "2024-01-01", "G", true);
    expect(&restate, "P", "2025-07-01", NULL, false); // of E2 in 1 and G1 in 2
    expect(&restate, "N", "2025-07-01", "11", false); // of A, B and C
    expect(&restate, "Da", "2024-01-01", "D", false); // a part of D
    expect(&restate, "Q", "2026-01-01", NULL, false); // of nothing: its root, which was two
    expect(&restate, "3", "2025-07-01", NULL, false);
}

static void goes_on_at_the_root_of_the_same_code(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *reg = register_of("code,name,type,level,parent,valid_from,valid_to\n"
                                          "46,Cũ,t,province,,,2025-01-01\n"
                                          "46,Mới,t,province,,2025-01-01,\n"
                                          "461,A,t,commune,46,,2025-01-01\n"
                                          "461,B,t,commune,46,2025-01-01,\n",
                                          "");
    TH_SCOPED(th_free_scoped) void *notes = calloc(1, th_restate_memory(reg));
    struct th_restate restate = th_restate_to(reg, day("2026-01-01"), notes);
    expect(&restate, "46", "2024-01-01", "46", true);
    expect(&restate, "461", "2024-01-01", "46", false); // another name without a row: no way on

    memset(notes, 0, th_restate_memory(reg));
    restate = th_restate_to(reg, day("2024-01-01"), notes);
    expect(&restate, "46", "2026-01-01", "46", true);
    expect(&restate, "461", "2026-01-01", "46", false);
}

static void stands_at_the_top_when_nothing_covers_it(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free)
    struct th_register *reg = register_of("code,name,type,level,parent,valid_from,valid_to\n"
                                          "X,X,t,province,,,2025-01-01\n"
                                          "Y,Y,t,province,,,2024-01-01\n"
                                          "X1,A,t,commune,X,,2025-01-01\n",
                                          "old_code,new_code,effective,kind\n"
                                          "X1,Z1,2025-01-01,FULL\n"
                                          "Y,X,2024-01-01,PARTIAL\n"
                                          "Y,Z,2024-01-01,PARTIAL\n");
    TH_SCOPED(th_free_scoped) void *notes = calloc(1, th_restate_memory(reg));
    struct th_restate restate = th_restate_to(reg, day("2026-01-01"), notes);
    expect(&restate, "X", "2024-01-01", NULL, false);
    expect(&restate, "X1", "2024-01-01", NULL, false); // its successor is not in the register

    memset(notes, 0, th_restate_memory(reg));
    restate = th_restate_to(reg, day("2024-06-01"), notes);
    expect(&restate, "Y", "2023-01-01", NULL, false); // one of its successors is not known
}

static void goes_any_number_of_steps(void **state)
{
    (void)state;
    enum { STEPS = 5000, ROOM = STEPS * 64 };
    char *units = calloc(1, ROOM);
    char *rows = calloc(1, ROOM);
    size_t used = (size_t)snprintf(units, ROOM, "code,name,type,parent,valid_from,valid_to\n");
    size_t written = (size_t)snprintf(rows, ROOM, "old_code,new_code,effective,kind\n");
    const th_day first = day("2000-01-01");
    for (int i = 0; i < STEPS; i++) {
        char from[TH_DAY_TEXT_BYTES];
        char until[TH_DAY_TEXT_BYTES];
        (void)th_day_text(first + i, from);
        (void)th_day_text(first + i + 1, until);
        used += (size_t)snprintf(units + used, ROOM - used, "U%d,n,t,,%s,%s\n", i, from, until);
        written +=
            (size_t)snprintf(rows + written, ROOM - written, "U%d,U%d,%s,FULL\n", i, i + 1, until);
    }
    TH_SCOPED(th_register_free) struct th_register *reg = register_of(units, rows);
    TH_SCOPED(th_free_scoped) void *notes = calloc(1, th_restate_memory(reg));
    struct th_restate restate = th_restate_to(reg, first + STEPS - 1, notes);
    expect(&restate, "U0", "2000-01-01", "U4999", true);

    memset(notes, 0, th_restate_memory(reg));
    restate = th_restate_to(reg, first, notes);
    const uint32_t last = th_register_find(reg, TH_BYTES("U4999"), first + STEPS - 1);
    assert_int_equal(th_restate_unit(&restate, last).uid,
                     th_register_find(reg, TH_BYTES("U0"), first));
    free(units);
    free(rows);
}

// ---- the units of Vietnam ----

static void finds_the_communes_of_2024_in_2026(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *reg = register_of_vietnam();
    if (reg == NULL) {
        SKIP("no data folder (TONGHOP_DATA)");
    }
    TH_SCOPED(th_free_scoped) void *notes = calloc(1, th_restate_memory(reg));
    struct th_restate restate = th_restate_to(reg, day("2026-06-01"), notes);
    size_t communes = 0;
    size_t arrived = 0;
    size_t unallocated = 0;
    for (uint32_t uid = 1; uid <= th_register_unit_count(reg); uid++) {
        struct th_unit unit;
        struct th_unit there;
        if (th_register_on(reg, uid, day("2024-12-31"), &unit) != TH_OK ||
            !th_bytes_equal(unit.level, TH_BYTES("commune"))) {
            continue;
        }
        communes++;
        const struct th_standing standing = th_restate_unit(&restate, uid);
        EXPECT(TH_OK, th_register_on(reg, standing.uid, day("2026-06-01"), &there));
        if (standing.arrived) {
            arrived += th_bytes_equal(there.level, TH_BYTES("commune")) ? 1 : 0;
        } else {
            unallocated += th_bytes_equal(there.level, TH_BYTES("province")) ? 1 : 0;
        }
    }
    assert_int_equal(communes, 10472);
    assert_int_equal(arrived, 9184);
    assert_int_equal(unallocated, 1288);

    expect(&restate, "00007", "2024-12-31", "01", false); // into 00008 and 00025
    expect(&restate, "376", "2016-12-31", "37", false);
    expect(&restate, "93", "2022-09-14", "92", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stands_at_itself_while_it_lives),
        cmocka_unit_test(follows_whole_units_step_by_step),
        cmocka_unit_test(stops_where_the_way_is_not_unique),
        cmocka_unit_test(goes_back_only_where_one_unit_was),
        cmocka_unit_test(goes_on_at_the_root_of_the_same_code),
        cmocka_unit_test(stands_at_the_top_when_nothing_covers_it),
        cmocka_unit_test(goes_any_number_of_steps),
        cmocka_unit_test(finds_the_communes_of_2024_in_2026),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
