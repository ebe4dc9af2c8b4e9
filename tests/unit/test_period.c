// test_period.c - labels, keys and ranges of periods

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/period.h"

#include "tests/support/test.h"

static struct th_period period_of(const char *text)
{
    struct th_period period = {0};
    EXPECT(TH_OK, th_period_parse(th_bytes_of(text), &period));
    return period;
}

static th_day day_of(const char *text)
{
    th_day day = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &day));
    return day;
}

struct label {
    const char *text;
    enum th_period_type type;
    const char *first;
    const char *last; // NULL: open
    const char *vi;
    const char *en;
};

static const struct label LABELS[] = {
    {"2022-09-14", TH_PERIOD_DAY, "2022-09-14", "2022-09-14", "kỳ 14/09/2022", "period 2022-09-14"},
    {"2018-07", TH_PERIOD_MONTH, "2018-07-01", "2018-07-31", "tháng 7/2018", "July 2018"},
    {"2020-02", TH_PERIOD_MONTH, "2020-02-01", "2020-02-29", "tháng 2/2020", "February 2020"},
    {"2018Q3", TH_PERIOD_QUARTER, "2018-07-01", "2018-09-30", "quý III/2018", "Q3 2018"},
    {"2018H1",
     TH_PERIOD_HALF,
     "2018-01-01",
     "2018-06-30",
     "6 tháng đầu năm 2018",
     "first half of 2018"},
    {"2018H2",
     TH_PERIOD_HALF,
     "2018-07-01",
     "2018-12-31",
     "6 tháng cuối năm 2018",
     "second half of 2018"},
    {"2018", TH_PERIOD_YEAR, "2018-01-01", "2018-12-31", "năm 2018", "2018"},
    {"2016..2017", TH_PERIOD_RANGE, "2016-01-01", "2017-12-31", "từ 2016 đến 2017", "2016 to 2017"},
    {"2020-01..2020-05",
     TH_PERIOD_RANGE,
     "2020-01-01",
     "2020-05-31",
     "từ 01/2020 đến 05/2020",
     "2020-01 to 2020-05"},
    {"2018-07-01..2019-01-18",
     TH_PERIOD_RANGE,
     "2018-07-01",
     "2019-01-18",
     "từ 01/07/2018 đến 18/01/2019",
     "2018-07-01 to 2019-01-18"},
    {"..2020", TH_PERIOD_DEADLINE, "1990-01-01", "2020-12-31", "đến hết 2020", "by end of 2020"},
    {"yearly", TH_PERIOD_YEARLY, "1990-01-01", NULL, "mỗi năm", "a year"},
    {"yearly:2018..", TH_PERIOD_YEARLY, "2018-01-01", NULL, "mỗi năm từ 2018", "a year from 2018"},
    {"yearly:2018..2021",
     TH_PERIOD_YEARLY,
     "2018-01-01",
     "2021-12-31",
     "mỗi năm 2018–2021",
     "a year 2018–2021"},
    {"T2020-2025",
     TH_PERIOD_TERM,
     "2020-01-01",
     "2025-12-31",
     "nhiệm kỳ 2020–2025",
     "term 2020–2025"},
    {"T2020-2025@2023-10-12",
     TH_PERIOD_TERM_TO_DATE,
     "2020-01-01",
     "2023-10-12",
     "nhiệm kỳ 2020–2025, đến 12/10/2023",
     "term 2020–2025, to 2023-10-12"},
};

static void every_label_names_its_days_and_is_written_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(LABELS); i++) {
        const struct label *label = &LABELS[i];
        char text[TH_PERIOD_TEXT_BYTES];
        char people[TH_PERIOD_PEOPLE_BYTES];

        const struct th_period period = period_of(label->text);

        assert_int_equal(period.type, label->type);
        assert_int_equal(period.first, day_of(label->first));
        assert_int_equal(period.last, label->last == NULL ? TH_DAY_MAX : day_of(label->last));
        assert_string_equal(th_period_text(period, text), label->text);
        assert_string_equal(th_period_people(TH_LANG_VI, period, people), label->vi);
        assert_string_equal(th_period_people(TH_LANG_EN, period, people), label->en);
    }
}

static void any_other_spelling_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "18",
        "2018-7",
        "2018-13",
        "2018-02-30",
        "2018Q0",
        "2018Q5",
        "2018q1",
        "2018H3",
        "2018H0",
        "2018 Q1",
        " 2018",
        "2018 ",
        "2018..",
        "2018..2018",
        "2019..2018",
        "2018..2018-12",
        "2018-12..2018-01",
        "2018-07-01..2018-07-01",
        "2018...2019",
        "..2018-01",
        "..",
        "....2018",
        "Yearly",
        "yearly:",
        "yearly:2018",
        "yearly:..2018",
        "yearly:2019..2018",
        "yearly2018..",
        "T2020",
        "T2020-",
        "T2025-2020",
        "T2020-2020",
        "t2020-2025",
        "T2020-2025@",
        "T2020-2025@2019-12-31",
        "T2020-2025@2026-01-01",
        "T2020-2025@2023-10",
        "T2020-2025-",
        "năm 2018",
        "2018/07",
        "0x7E2",
        "+2018",
        "2018-07-01..2019-01-18 ",
    };
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        struct th_period period = {.type = 99};

        const enum th_err err = th_period_parse(th_bytes_of(wrong[i]), &period);

        if (err != TH_E_MALFORMED) {
            fail_msg("%s", wrong[i]);
        }
        assert_int_equal(period.type, 99);
    }
}

static void days_outside_1990_to_2099_are_invalid(void **state)
{
    (void)state;
    static const char *const outside[] = {"1989",
                                          "1989-12-31",
                                          "2100",
                                          "2100Q1",
                                          "1989..1991",
                                          "2099..2100",
                                          "..1989",
                                          "..2100",
                                          "yearly:1989..",
                                          "yearly:2100..",
                                          "yearly:2018..2100",
                                          "T1985-1995",
                                          "T1985-1995@1990-01-01",
                                          "T2095-2100",
                                          "0000",
                                          "0001-01"};
    for (size_t i = 0; i < TH_COUNT(outside); i++) {
        struct th_period period;
        const enum th_err err = th_period_parse(th_bytes_of(outside[i]), &period);
        const bool is_no_year = strcmp(outside[i], "0000") == 0;
        if (err != (is_no_year ? TH_E_MALFORMED : TH_E_INVALID)) {
            fail_msg("%s", outside[i]);
        }
    }
}

// Labels of every type, ends and years mixed: enough that two labels with the same days appear.
struct keyed {
    uint8_t key[TH_PERIOD_KEY_BYTES];
    char text[TH_PERIOD_TEXT_BYTES];
};
enum { KEYED_MAX = 60000 };
static struct keyed keyed[KEYED_MAX];
static size_t keyed_count;

TH_PRINTF(1, 2) static void collect(const char *format, ...)
{
    struct keyed *next = &keyed[keyed_count];
    va_list args;
    va_start(args, format);
    const int size = vsnprintf( // NOLINT(clang-analyzer-valist.Uninitialized): va_start above
        next->text,
        sizeof(next->text),
        format,
        args);
    va_end(args);
    struct th_period period;
    if (size < (int)sizeof(next->text) &&
        th_period_parse(th_bytes_of(next->text), &period) == TH_OK) {
        th_assert(keyed_count + 1 < KEYED_MAX);
        th_period_pack(period, next->key);
        keyed_count++;
    }
}

static void collect_years(void)
{
    for (int a = 1990; a <= 2099; a++) {
        collect("%d", a);
        collect("..%d", a);
        collect("yearly:%d..", a);
        for (int part = 1; part <= 4; part++) {
            collect("%dQ%d", a, part);
            collect("%dH%d", a, part);
        }
        for (int b = 1990; b <= 2099; b++) {
            collect("%d..%d", a, b);
            collect("yearly:%d..%d", a, b);
            collect("T%d-%d", a, b);
            collect("T%d-%d@%d-12-31", a, b, b);
            collect("%d-01..%d-12", a, b);
            collect("%d-01-01..%d-12-31", a, b);
        }
    }
}

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, TH_PERIOD_KEY_BYTES);
}

static void no_two_labels_share_a_key_and_keys_give_labels_back(void **state)
{
    (void)state;
    collect("yearly");
    collect_years();
    for (th_day day = TH_DAY_FIRST; day <= TH_DAY_LAST; day += 7) {
        char text[TH_DAY_TEXT_BYTES];
        (void)th_day_text(day, text);
        collect("%s", text);
        collect("%.7s", text);
    }
    assert_true(keyed_count > 40000);

    qsort(keyed, keyed_count, sizeof(keyed[0]), by_key);

    for (size_t i = 0; i < keyed_count; i++) {
        struct th_period period;
        char text[TH_PERIOD_TEXT_BYTES];
        EXPECT(TH_OK, th_period_unpack(keyed[i].key, &period));
        assert_string_equal(th_period_text(period, text), keyed[i].text);
        const bool is_same_key = i > 0 && by_key(&keyed[i - 1], &keyed[i]) == 0;
        if (is_same_key && strcmp(keyed[i - 1].text, keyed[i].text) != 0) {
            fail_msg("%s and %s share a key", keyed[i - 1].text, keyed[i].text);
        }
    }
}

static void keys_sort_by_type_then_time(void **state)
{
    (void)state;
    static const char *const order[] = {"2022-09-14",
                                        "2018-07",
                                        "2018-08",
                                        "2018Q1",
                                        "2018H1",
                                        "2018",
                                        "2019",
                                        "2016..2017",
                                        "2016-01..2017-12",
                                        "2016..2018",
                                        "..2020",
                                        "..2021",
                                        "yearly:2018..2021",
                                        "yearly:2018..",
                                        "yearly:2019..2020",
                                        "T2020-2025",
                                        "T2020-2025@2023-10-12",
                                        "T2020-2026@2023-10-12"};
    for (size_t i = 1; i < TH_COUNT(order); i++) {
        uint8_t before[TH_PERIOD_KEY_BYTES];
        uint8_t after[TH_PERIOD_KEY_BYTES];

        th_period_pack(period_of(order[i - 1]), before);
        th_period_pack(period_of(order[i]), after);

        assert_true(memcmp(before, after, sizeof(before)) < 0);
    }
}

static void a_random_key_is_corrupt_or_names_a_label(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int i = 0; i < 200000; i++) {
        uint8_t key[TH_PERIOD_KEY_BYTES];
        uint8_t again[TH_PERIOD_KEY_BYTES];
        rng_bytes(&rng, key, sizeof(key));
        key[0] %= 12;
        key[5] = (uint8_t)(key[5] % (rng_chance(&rng, 50) ? 4 : 255));
        struct th_period period;
        if (th_period_unpack(key, &period) == TH_OK) {
            th_period_pack(period, again);
            assert_memory_equal(key, again, sizeof(key));
        }
    }
}

static void periods_end_soon_and_targets_within_fifteen_years(void **state)
{
    (void)state;
    const th_day today = day_of("2026-11-24");

    assert_true(th_period_in_range(period_of("2026"), today));
    assert_true(th_period_in_range(period_of("2027-10"), today));
    assert_true(th_period_in_range(period_of("2027-11-25"), today));
    assert_false(th_period_in_range(period_of("2027-11-26"), today));
    assert_false(th_period_in_range(period_of("2027"), today));
    assert_true(th_period_in_range(period_of("..2040"), today));
    assert_false(th_period_in_range(period_of("..2041"), today));
    assert_true(th_period_in_range(period_of("T2025-2030"), today));
    assert_false(th_period_in_range(period_of("T2025-2030@2028-01-01"), today));
    assert_true(th_period_in_range(period_of("yearly"), today));
    assert_true(th_period_in_range(period_of("1990-01-01"), today));
}

static void types_have_names_in_files_and_for_people(void **state)
{
    (void)state;
    enum th_period_type type = TH_PERIOD_DAY;
    char text[64];

    EXPECT(TH_OK, th_period_type_parse(TH_BYTES("term_to_date"), &type));
    assert_int_equal(type, TH_PERIOD_TERM_TO_DATE);
    EXPECT(TH_E_MALFORMED, th_period_type_parse(TH_BYTES("Month"), &type));
    assert_string_equal(th_period_type_people(TH_LANG_VI, TH_PERIOD_QUARTER), "quý");
    const uint16_t set = (uint16_t)(th_period_bit(TH_PERIOD_MONTH) | th_period_bit(TH_PERIOD_YEAR));
    assert_string_equal(th_period_types_text(set, text, sizeof(text)), "month, year");
    assert_string_equal(th_period_types_text(0, text, sizeof(text)), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_label_names_its_days_and_is_written_back),
        cmocka_unit_test(any_other_spelling_is_refused),
        cmocka_unit_test(days_outside_1990_to_2099_are_invalid),
        cmocka_unit_test(no_two_labels_share_a_key_and_keys_give_labels_back),
        cmocka_unit_test(keys_sort_by_type_then_time),
        cmocka_unit_test(a_random_key_is_corrupt_or_names_a_label),
        cmocka_unit_test(periods_end_soon_and_targets_within_fifteen_years),
        cmocka_unit_test(types_have_names_in_files_and_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
