// test_form.c - when a form is due and when its period is closed

#include <string.h>

#include "tonghop/form.h"

#include "tests/support/catalogue.h"
#include "tests/support/test.h"

static th_day day(const char *text)
{
    th_day day = TH_DAY_NONE;
    if (strcmp(text, "-") == 0) {
        return TH_DAY_MAX; // never
    }
    if (text[0] != '\0') {
        EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &day));
    }
    return day;
}

static struct th_period period(const char *text)
{
    struct th_period period;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(text), &period));
    return period;
}

// clang-format off
static const struct {
    const char *form, *period, *opened, *due, *close;
} DAYS[] = {
    // form             period                     opened        due           close
    {"bien-che",        "2026-11-24",              "2026-01-01", "2026-11-29", "2027-01-23"},
    {"bien-che",        "2026-11-24",              "",           "2026-11-29", "-"},
    {"bien-che",        "2022-09-14",              "2026-11-24", "2026-11-29", "2027-01-23"},
    {"bien-che",        "2026-11-24",              "2026-11-24", "2026-11-29", "2027-01-23"},
    {"danh-gia-thang",  "2026-10",                 "2026-01-01", "2026-11-10", "2026-12-10"},
    {"dao-tao",         "2025",                    "2020-01-01", "2026-01-15", "2026-03-31"},
    {"dao-tao",         "2024..2025",              "2020-01-01", "2026-01-15", "2026-03-31"},
    {"dao-tao",         "T2020-2025",              "2020-01-01", "2026-01-15", "2026-03-31"},
    {"dao-tao",         "T2020-2025@2023-10-12",   "2020-01-01", "2023-10-27", "2024-01-10"},
    {"chi-tieu",        "..2020",                  "2020-01-01", "2021-01-15", "2021-03-31"},
    {"chi-tieu",        "yearly:2018..",           "2020-01-01", "-",          "-"},
    {"chi-tieu",        "yearly",                  "",           "-",          "-"},
    {"chi-tieu",        "yearly:2018..2021",       "2020-01-01", "2022-01-15", "2022-03-31"},
    // due on the scheme's deadline
    {"danh-gia-nam",    "2022",                    "2020-01-01", "2022-12-15", "2023-03-31"},
    {"danh-gia-nam",    "2022",                    "2022-12-15", "2022-12-15", "2023-03-31"},
    {"danh-gia-nam",    "2022",                    "2022-12-16", "-",          "2023-03-31"},
    {"danh-gia-nam",    "2019",                    "2026-11-24", "-",          "2027-02-22"},
};
// clang-format on

static void days_count_from_the_period_or_from_the_opening(void **state)
{
    (void)state;
    struct th_catalogue *catalogue = catalogue_vn();
    for (size_t i = 0; i < TH_COUNT(DAYS); i++) {
        const struct th_form *form = th_catalogue_form(catalogue, th_bytes_of(DAYS[i].form));
        assert_non_null(form);
        const struct th_period at = period(DAYS[i].period);
        const struct th_form_days days =
            th_form_days(form, th_form_scheme(catalogue, form, at), at, day(DAYS[i].opened));
        if (days.due != day(DAYS[i].due) || days.close != day(DAYS[i].close)) {
            char due[TH_DAY_TEXT_BYTES];
            char close[TH_DAY_TEXT_BYTES];
            fail_msg("%s %s: due %s, close %s",
                     DAYS[i].form,
                     DAYS[i].period,
                     th_day_text(days.due, due),
                     th_day_text(days.close, close));
        }
    }
    assert_null(th_catalogue_form(catalogue, TH_BYTES("nothing")));
    th_catalogue_free(&catalogue);
}

static void of_several_schemes_the_latest_deadline_counts(void **state)
{
    (void)state;
    const struct catalogue_texts texts = {
        .settings = "catalogue: {code: s, version: 1, languages: [vi, en], default_scheme: A}\n",
        .schemes = "schemes:\n"
                   "  - {code: A, vi: a, en: a, valid_from: 2015-01-01, periods: [year],\n"
                   "     person_scope: unit, categories: [cadre], levels: [{rating: 4}],\n"
                   "     deadline: {year: \"11-30\"}}\n"
                   "  - {code: B, vi: b, en: b, valid_from: 2015-01-01, periods: [year],\n"
                   "     person_scope: unit, categories: [cadre], levels: [{rating: 4}],\n"
                   "     deadline: {year: \"12-15\"}}\n"
                   "  - {code: C, vi: c, en: c, valid_from: 2027-01-01, periods: [year],\n"
                   "     person_scope: unit, categories: [cadre], levels: [{rating: 4}],\n"
                   "     deadline: {year: \"12-31\"}}\n",
        .forms =
            "forms:\n"
            "  - {code: e, vi: e, en: e, evaluation: true, periods: [year, month], due_days: 3,\n"
            "     return_days: 5}\n"
            "  - {code: f, vi: f, en: f, periods: [year], due_days: 3}\n",
    };
    struct th_catalogue *catalogue = catalogue_of(&texts);
    const struct th_form *ratings = th_catalogue_form(catalogue, TH_BYTES("e"));
    const struct th_form *figures = th_catalogue_form(catalogue, TH_BYTES("f"));

    const struct th_scheme *scheme = th_form_scheme(catalogue, ratings, period("2026"));
    assert_non_null(scheme);
    assert_true(th_bytes_equal(scheme->code, TH_BYTES("B")));
    assert_int_equal(th_form_days(ratings, scheme, period("2026"), TH_DAY_NONE).due,
                     day("2026-12-15"));
    assert_null(th_form_scheme(catalogue, ratings, period("2026-12")));
    assert_null(th_form_scheme(catalogue, figures, period("2026")));
    assert_int_equal(th_form_days(figures, NULL, period("2026"), TH_DAY_NONE).due,
                     day("2027-01-03"));
    assert_int_equal(th_form_days(figures, NULL, period("2026"), day("2020-01-01")).close,
                     TH_DAY_MAX); // no close_days
    assert_int_equal(th_form_open_until(ratings, day("2026-12-30")), day("2027-01-04"));
    assert_int_equal(th_form_open_until(figures, day("2026-12-30")), day("2027-01-13"));
    th_catalogue_free(&catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_count_from_the_period_or_from_the_opening),
        cmocka_unit_test(of_several_schemes_the_latest_deadline_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
