// test_register_change.c - what becomes of a register when units are merged, renamed or closed

#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/register.h"

#include "tests/support/register.h"
#include "tests/support/test.h"

static const char UNITS[] = "code,name,type,parent,valid_from,valid_to\n"
                            "P,Tỉnh,tỉnh,,,\n"
                            "1,Một,xã,P,,\n"
                            "2,Hai,xã,P,,\n"
                            "3,Ba,xã,P,,2024-01-01\n"
                            "3,Ba,phường,P,2024-01-01,\n";

static th_day day(const char *text)
{
    th_day value = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &value));
    return value;
}

static struct th_unit unit(const char *code, const char *name, const char *from, const char *until)
{
    return (struct th_unit){
        .code = th_bytes_of(code),
        .name = th_bytes_of(name),
        .type = TH_BYTES("xã"),
        .level = TH_BYTES("xã"),
        .parent = TH_BYTES("P"),
        .from = from == NULL ? TH_DAY_MIN : day(from),
        .until = until == NULL ? TH_DAY_MAX : day(until),
    };
}

static struct th_successor successor(const char *from, const char *into, const char *effective)
{
    return (struct th_successor){
        .old_code = th_bytes_of(from),
        .new_code = th_bytes_of(into),
        .effective = day(effective),
        .kind = TH_SUCCESSOR_FULL,
    };
}

struct outcome {
    enum th_err err;
    size_t findings;
    struct th_bytes moved;
    struct th_register *made;
};

static struct outcome change(const struct th_register *old, struct th_register_change rows)
{
    struct th_finding kept[8];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "change");
    struct outcome outcome = {0};
    outcome.err = th_register_change(old, &rows, &findings, &outcome.moved, &outcome.made);
    outcome.findings = findings.count;
    return outcome;
}

#define CHANGE(old, ...) change((old), (struct th_register_change){__VA_ARGS__})

static void a_merger_ends_units_and_begins_one_and_numbers_stay(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *old = register_of(UNITS, "");
    const struct th_unit units[] = {
        unit("1", "Một", NULL, "2025-07-01"),
        unit("2", "Hai", NULL, "2025-07-01"),
        unit("9", "Mới", "2025-07-01", NULL),
    };
    const struct th_successor successors[] = {
        successor("1", "9", "2025-07-01"),
        successor("2", "9", "2025-07-01"),
    };

    const struct outcome outcome = CHANGE(old,
                                          .units = units,
                                          .unit_count = TH_COUNT(units),
                                          .successors = successors,
                                          .successor_count = TH_COUNT(successors));

    TH_SCOPED(th_register_free) struct th_register *made = outcome.made;
    EXPECT(TH_OK, outcome.err);
    const th_day before = day("2025-06-30");
    const th_day after = day("2025-07-01");
    for (int code = '1'; code <= '3'; code++) {
        const struct th_bytes text = {.data = (char[]){(char)code}, .size = 1};
        assert_int_equal(th_register_find(made, text, before), th_register_find(old, text, before));
    }
    assert_int_equal(th_register_find(made, TH_BYTES("1"), after), TH_UNIT_NONE);
    assert_int_equal(th_register_find(made, TH_BYTES("9"), after), th_register_unit_count(old) + 1);
    assert_int_equal(th_register_successor_count(made), 2);
}

static void the_code_of_an_ended_unit_may_begin_anew(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *old = register_of(UNITS, "");
    const struct th_unit units[] = {
        unit("1", "Một", NULL, "2025-07-01"),
        unit("1", "Một mới", "2025-07-01", NULL),
    };

    const struct outcome outcome = CHANGE(old, .units = units, .unit_count = TH_COUNT(units));

    TH_SCOPED(th_register_free) struct th_register *made = outcome.made;
    EXPECT(TH_OK, outcome.err);
    assert_int_equal(th_register_find(made, TH_BYTES("1"), day("2025-07-01")),
                     th_register_unit_count(old) + 1);
}

static void the_last_row_for_a_version_counts(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *old = register_of(UNITS, "");
    const struct th_unit units[] = {
        unit("1", "Một", NULL, "2025-07-01"),
        unit("1", "Một", NULL, NULL),
        unit("8", "Tám", NULL, "2025-07-01"),
        unit("8", "Tám", NULL, NULL),
    };

    const struct outcome outcome = CHANGE(old, .units = units, .unit_count = TH_COUNT(units));

    TH_SCOPED(th_register_free) struct th_register *made = outcome.made;
    EXPECT(TH_OK, outcome.err);
    assert_int_equal(th_register_version_count(made), th_register_version_count(old) + 1);
    assert_int_not_equal(th_register_find(made, TH_BYTES("1"), day("2030-01-01")), TH_UNIT_NONE);
    assert_int_not_equal(th_register_find(made, TH_BYTES("8"), day("2030-01-01")), TH_UNIT_NONE);
}

static void a_change_that_breaks_the_register_is_refused_as_a_whole(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *old = register_of(UNITS, "");
    struct th_unit orphan = unit("9", "Mới", "2025-07-01", NULL);
    orphan.parent = TH_BYTES("77");
    const struct th_unit overlap = unit("1", "Một", "2025-07-01", NULL);

    const struct outcome lost = CHANGE(old, .units = &orphan, .unit_count = 1);
    const struct outcome twice = CHANGE(old, .units = &overlap, .unit_count = 1);

    EXPECT(TH_E_REFUSED, lost.err);
    assert_true(lost.findings > 0);
    EXPECT(TH_E_REFUSED, twice.err);
    assert_true(twice.findings > 0);
}

// Units are the keys of what is stored: they are never joined or taken apart behind its back.
static void units_that_exist_are_neither_joined_nor_taken_apart(void **state)
{
    (void)state;
    TH_SCOPED(th_register_free) struct th_register *old = register_of(UNITS, "");
    struct th_unit renamed = unit("3", "Ba khác", "2024-01-01", NULL);
    renamed.type = TH_BYTES("phường");
    TH_SCOPED(th_register_free)
    struct th_register *apart = register_of("code,name,type,parent,valid_from,valid_to\n"
                                            "P,Tỉnh,tỉnh,,,\n"
                                            "1,Một,xã,P,,2024-01-01\n"
                                            "1,Khác,xã,P,2024-01-01,\n",
                                            "");
    struct th_successor joins = successor("1", "1", "2024-01-01");
    joins.kind = TH_SUCCESSOR_RECODE;

    const struct outcome split = CHANGE(old, .units = &renamed, .unit_count = 1);
    const struct outcome joined = CHANGE(apart, .successors = &joins, .successor_count = 1);

    EXPECT(TH_E_INVALID, split.err);
    assert_true(th_bytes_equal(split.moved, TH_BYTES("3")));
    EXPECT(TH_E_INVALID, joined.err);
    assert_true(th_bytes_equal(joined.moved, TH_BYTES("1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merger_ends_units_and_begins_one_and_numbers_stay),
        cmocka_unit_test(the_code_of_an_ended_unit_may_begin_anew),
        cmocka_unit_test(the_last_row_for_a_version_counts),
        cmocka_unit_test(a_change_that_breaks_the_register_is_refused_as_a_whole),
        cmocka_unit_test(units_that_exist_are_neither_joined_nor_taken_apart),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
