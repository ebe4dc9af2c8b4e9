// test_day.c - days as numbers and as texts

#include "tonghop/day.h"

#include "tests/support/test.h"

static th_day day_of(const char *text)
{
    th_day day = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &day));
    return day;
}

static void counts_from_the_first_of_january_1990(void **state)
{
    (void)state;

    assert_int_equal(day_of("1990-01-01"), TH_DAY_FIRST);
    assert_int_equal(day_of("2099-12-31"), TH_DAY_LAST);
    assert_int_equal(day_of("1970-01-01"), -7305);
    assert_int_equal(day_of("2000-03-01") - day_of("2000-02-28"), 2);
    assert_int_equal(day_of("2100-03-01") - day_of("2100-02-28"), 1);
    assert_int_equal(day_of("0001-01-01"), -726467);
}

static void expect_day(struct th_date date, th_day expected)
{
    const struct th_date back = th_day_date(expected);
    const bool is_back = back.year == date.year && back.month == date.month && back.day == date.day;
    if (th_day_of(date) != expected || !is_back) {
        fail_msg("%d-%d-%d", (int)date.year, (int)date.month, (int)date.day);
    }
}

static void every_day_of_the_calendar_follows_the_one_before(void **state)
{
    (void)state;
    th_day expected = day_of("0001-01-01");
    for (int32_t month = 12; month < 12 * 10000; month++) {
        const int32_t days = th_month_days(month / 12, month % 12 + 1);
        for (int32_t day = 1; day <= days; day++) {
            expect_day((struct th_date){month / 12, month % 12 + 1, day}, expected++);
        }
    }
    assert_int_equal(expected - 1, day_of("9999-12-31"));
}

static void refuses_what_is_no_date(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "2018",
                                        "2018-07",
                                        "2018-7-01",
                                        "2018-02-29",
                                        "2018-13-01",
                                        "2018-00-01",
                                        "2018-01-00",
                                        "0000-01-01",
                                        "2018/07/01",
                                        "2018-07-01 ",
                                        "+018-07-01",
                                        "21/11/2026"};
    for (size_t i = 0; i < TH_COUNT(wrong); i++) {
        th_day day = 7;

        EXPECT(TH_E_MALFORMED, th_day_parse(th_bytes_of(wrong[i]), &day));
        assert_int_equal(day, 7);
    }
}

static void a_register_may_write_months_and_years(void **state)
{
    (void)state;
    th_day day = 0;

    EXPECT(TH_OK, th_day_parse_loose(th_bytes_of("2025-07"), &day));
    assert_int_equal(day, day_of("2025-07-01"));
    EXPECT(TH_OK, th_day_parse_loose(th_bytes_of("1911"), &day));
    assert_int_equal(day, day_of("1911-01-01"));
    EXPECT(TH_E_MALFORMED, th_day_parse_loose(th_bytes_of("2025-"), &day));
    EXPECT(TH_E_MALFORMED, th_day_parse_loose(th_bytes_of("20255"), &day));
}

static void the_day_changes_at_midnight_of_the_zone(void **state)
{
    (void)state;
    const int64_t utc_1659 = 1795280399000; // 2026-11-21T16:59:59Z

    assert_int_equal(th_day_of_unix_ms(utc_1659, 420), day_of("2026-11-21"));
    assert_int_equal(th_day_of_unix_ms(utc_1659 + 1000, 420), day_of("2026-11-22"));
    assert_int_equal(th_day_of_unix_ms(utc_1659 + 1000, 0), day_of("2026-11-21"));
    assert_int_equal(th_day_of_unix_ms(-1, 0), day_of("1969-12-31"));
    assert_int_equal(th_day_of_unix_ms(INT64_MAX, 840), TH_DAY_NONE);
    assert_int_equal(th_day_of_unix_ms(INT64_MIN, -840), TH_DAY_NONE);
}

static void zones_are_written_with_sign_and_colon(void **state)
{
    (void)state;
    int32_t zone = 0;

    EXPECT(TH_OK, th_zone_parse(th_bytes_of("+07:00"), &zone));
    assert_int_equal(zone, 420);
    EXPECT(TH_OK, th_zone_parse(th_bytes_of("-05:30"), &zone));
    assert_int_equal(zone, -330);
    EXPECT(TH_E_MALFORMED, th_zone_parse(th_bytes_of("07:00"), &zone));
    EXPECT(TH_E_MALFORMED, th_zone_parse(th_bytes_of("+7"), &zone));
    EXPECT(TH_E_MALFORMED, th_zone_parse(th_bytes_of("+14:01"), &zone));
    EXPECT(TH_E_MALFORMED, th_zone_parse(th_bytes_of("+07:60"), &zone));
}

static void writes_for_data_and_for_people(void **state)
{
    (void)state;
    char day[TH_DAY_TEXT_BYTES];
    char time[TH_TIME_TEXT_BYTES];
    const int64_t at = 1795251912000; // 2026-11-21T09:05:12Z

    assert_string_equal(th_day_text(day_of("2026-11-21"), day), "2026-11-21");
    assert_string_equal(th_day_people(TH_LANG_VI, day_of("2026-11-21"), day), "21/11/2026");
    assert_string_equal(th_day_people(TH_LANG_EN, day_of("2026-11-21"), day), "2026-11-21");
    assert_string_equal(th_day_text(TH_DAY_MAX, day), "");
    assert_string_equal(th_day_text(TH_DAY_NONE, day), "");
    assert_string_equal(th_time_utc(at, time), "2026-11-21T09:05:12Z");
    assert_string_equal(th_time_people(TH_LANG_VI, at, 420, time), "21/11/2026 16:05");
    assert_string_equal(th_time_people(TH_LANG_EN, at, 420, time), "2026-11-21 16:05");
    assert_string_equal(th_time_utc(-1, time), "1969-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_from_the_first_of_january_1990),
        cmocka_unit_test(every_day_of_the_calendar_follows_the_one_before),
        cmocka_unit_test(refuses_what_is_no_date),
        cmocka_unit_test(a_register_may_write_months_and_years),
        cmocka_unit_test(the_day_changes_at_midnight_of_the_zone),
        cmocka_unit_test(zones_are_written_with_sign_and_colon),
        cmocka_unit_test(writes_for_data_and_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
