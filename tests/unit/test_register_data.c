// test_register_data.c - what the register of Vietnam must answer; skipped without the data folder

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/register.h"
#include "tests/support/test.h"

static struct th_register *vietnam;

static th_day day(const char *text)
{
    th_day parsed = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &parsed));
    return parsed;
}

static struct th_period period(const char *label)
{
    struct th_period parsed;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(label), &parsed));
    return parsed;
}

static struct th_resolved resolve(const char *ref, const char *label)
{
    return th_register_resolve(vietnam, th_bytes_of(ref), period(label), false);
}

static int need_the_data(void **state)
{
    (void)state;
    if (vietnam == NULL) {
        SKIP("no data folder (TONGHOP_DATA)");
    }
    return 0;
}

static size_t count_on(const char *level, const char *type, const char *on)
{
    const th_day then = day(on);
    size_t count = 0;
    for (size_t i = 0; i < th_register_version_count(vietnam); i++) {
        const struct th_unit unit = th_register_version_at(vietnam, i);
        if (unit.from <= then && then < unit.until &&
            th_bytes_equal(unit.level, th_bytes_of(level)) &&
            (type == NULL || th_bytes_equal(unit.type, th_bytes_of(type)))) {
            count++;
        }
    }
    return count;
}

static void counts_the_units_of_each_day(void **state)
{
    (void)need_the_data(state);
    assert_int_equal(th_register_version_count(vietnam), 15410);
    static const struct {
        const char *day;
        size_t provinces, districts, communes;
    } DAYS[] = {
        {"2021-11-01", 63, 705, 10599},
        {"2023-12-31", 63, 705, 10598},
        {"2024-12-31", 63, 704, 10472},
        {"2025-01-01", 63, 696, 10051},
        {"2025-06-30", 63, 696, 10035},
        {"2025-07-01", 34, 0, 3321},
        {"2026-04-30", 34, 0, 3321},
    };
    for (size_t i = 0; i < TH_COUNT(DAYS); i++) {
        assert_int_equal(count_on("province", NULL, DAYS[i].day), DAYS[i].provinces);
        assert_int_equal(count_on("district", NULL, DAYS[i].day), DAYS[i].districts);
        assert_int_equal(count_on("commune", NULL, DAYS[i].day), DAYS[i].communes);
    }
    assert_int_equal(count_on("commune", "Phường", "2025-07-01"), 687);
    assert_int_equal(count_on("commune", "Xã", "2025-07-01"), 2621);
    assert_int_equal(count_on("commune", "Đặc khu", "2026-04-30"), 13);
    assert_int_equal(count_on("commune", "Phường", "2026-04-30"), 697);
}

static void reads_its_codes_by_the_period(void **state)
{
    (void)need_the_data(state);
    struct th_unit unit;
    char name[64];

    const struct th_resolved then = resolve("376", "2018");
    assert_int_equal(then.result, TH_RESOLVED);
    assert_int_equal(then.day, day("2018-12-31"));
    assert_int_equal(th_register_parent(vietnam, then.uid, then.day),
                     th_register_find(vietnam, TH_BYTES("37"), day("2018-12-31")));
    assert_int_equal(resolve("376", "2025").day, day("2025-06-30"));

    const struct th_resolved june = resolve("24", "2025-06");
    EXPECT(TH_OK, th_register_on(vietnam, june.uid, june.day, &unit));
    assert_string_equal(th_bytes_copy_text(unit.name, name, sizeof(name)), "Bắc Giang");
    const struct th_resolved july = resolve("24", "2025-07");
    EXPECT(TH_OK, th_register_on(vietnam, july.uid, july.day, &unit));
    assert_string_equal(th_bytes_copy_text(unit.name, name, sizeof(name)), "Bắc Ninh");
    const struct th_resolved year = resolve("24", "2025");
    assert_int_equal(year.result, TH_RESOLVE_AMBIGUOUS);
    assert_string_equal(year.list, "24@2025-06-30, 24@2025-12-31");
}

static void a_changed_type_and_a_recode_keep_the_unit(void **state)
{
    (void)need_the_data(state);

    assert_int_equal(th_register_find(vietnam, TH_BYTES("172"), day("2022-04-09")),
                     th_register_find(vietnam, TH_BYTES("172"), day("2022-04-10")));
    assert_int_equal(th_register_find(vietnam, TH_BYTES("11353"), day("2022-04-09")),
                     th_register_find(vietnam, TH_BYTES("11344"), day("2022-04-10")));
}

// How many codes of a level are ambiguous in a period?
static size_t count_ambiguous(const char *level, const char *label)
{
    size_t count = 0;
    struct th_bytes last = {0};
    for (size_t i = 0; i < th_register_version_count(vietnam); i++) {
        const struct th_unit unit = th_register_version_at(vietnam, i);
        if (th_bytes_equal(unit.code, last) ||
            (level != NULL && !th_bytes_equal(unit.level, th_bytes_of(level)))) {
            continue;
        }
        last = unit.code;
        count += th_register_resolve(vietnam, unit.code, period(label), false).result ==
                         TH_RESOLVE_AMBIGUOUS
                     ? 1
                     : 0;
    }
    return count;
}

static void counts_the_ambiguous_codes(void **state)
{
    (void)need_the_data(state);

    assert_int_equal(count_ambiguous("commune", "2025"), 3319);
    assert_int_equal(count_ambiguous("province", "2025"), 23);
    assert_int_equal(count_ambiguous("commune", "2024"), 53);
    assert_int_equal(count_ambiguous(NULL, "2025Q1"), 13);
    assert_int_equal(count_ambiguous(NULL, "2026"), 0);
    for (int month = 0; month < 36; month++) {
        char label[16];
        (void)snprintf(label, sizeof(label), "%d-%02d", 2024 + month / 12, month % 12 + 1);
        assert_int_equal(count_ambiguous(NULL, label), 0);
    }
}

static void cuts_out_a_province(void **state)
{
    (void)need_the_data(state);
    TH_SCOPED(th_register_free) struct th_register *part = NULL;
    size_t left_out = 0;

    EXPECT(TH_E_INVALID, th_register_subtree(vietnam, TH_BYTES("92"), &part, &left_out));
    EXPECT(TH_OK, th_register_subtree(vietnam, TH_BYTES("93"), &part, &left_out));

    assert_int_equal(th_register_unit_count(part), 84); // a province, 8 districts, 75 communes
    assert_int_equal(left_out + th_register_version_count(part),
                     th_register_version_count(vietnam));
    const uint32_t root = th_register_root(part);
    size_t districts = 0;
    while (th_register_child(part, root, day("2022-09-14"), districts) != TH_UNIT_NONE) {
        districts++;
    }
    assert_int_equal(districts, 8);
    assert_string_equal(th_register_resolve(part, TH_BYTES("93"), period("2026"), false).list,
                        "92");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_the_units_of_each_day),
        cmocka_unit_test(reads_its_codes_by_the_period),
        cmocka_unit_test(a_changed_type_and_a_recode_keep_the_unit),
        cmocka_unit_test(counts_the_ambiguous_codes),
        cmocka_unit_test(cuts_out_a_province),
    };
    EXPECT(TH_OK, th_hash_start());
    vietnam = register_of_vietnam();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    th_register_free(&vietnam);
    return failed;
}
