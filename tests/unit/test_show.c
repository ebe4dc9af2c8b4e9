// test_show.c - figures as people read them, of the project's own samples and of the published ones

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/show.h"
#include "tonghop/update.h"

#include "tests/support/catalogue.h"
#include "tests/support/register.h"
#include "tests/support/test.h"

enum { NONE = INT32_MIN, FIELDS = 13 };

struct sample {
    const char *measure, *period;
    uint32_t qualifier; // 0: not reported
    int64_t value, of, before, after;
    uint64_t contributions, with_of, with_levels;
    const char *vi, *en;
};

// clang-format off
static const struct sample SAMPLES[] = {
    {"ST01", "2018", 1, 1273, NONE, NONE, NONE, 1, 0, 0, "1.273", "1,273"},
    {"ST01", "2018", 2, 2300, NONE, NONE, NONE, 1, 0, 0, "trên 2.300", "over 2,300"},
    {"ST01", "2018", 3, 12, NONE, NONE, NONE, 1, 0, 0, "dưới 12", "under 12"},
    {"ST01", "2018", 4, 0, NONE, NONE, NONE, 1, 0, 0, "khoảng 0", "about 0"},
    {"ST01", "2018", 0, 0, NONE, NONE, NONE, 0, 0, 0, "chưa báo cáo", "not reported"},
    {"RS01", "2022-09-14", 1, -47, NONE, 139, 92, 1, 0, 1, "139 → 92 (−47)", "139 → 92 (−47)"},
    {"RS01", "2022-09-14", 1, 574, NONE, NONE, NONE, 1, 0, 0, "+574", "+574"},
    {"RS01", "2022-09-14", 3, -8, NONE, NONE, NONE, 1, 0, 0, "giảm trên 8", "down over 8"},
    {"RS01", "2022-09-14", 2, -8, NONE, NONE, NONE, 1, 0, 0, "giảm dưới 8", "down under 8"},
    {"RS01", "2022-09-14", 4, -47, NONE, 139, 92, 1, 0, 1, "139 → 92 (giảm khoảng 47)", "139 → 92 (down about 47)"},
    {"RS01", "2022-09-14", 2, 5, NONE, 10, 15, 1, 0, 1, "10 → 15 (trên +5)", "10 → 15 (over +5)"},
    {"RS01", "2022-09-14", 1, -9, NONE, NONE, NONE, 3, 0, 1, "−9 (có ở 1/3 đơn vị)", "−9 (known for 1 of 3 units)"},
    {"CP05", "2022-09-14", 1, 282, 539, NONE, NONE, 1, 1, 0, "282/539 (52,3%)", "282/539 (52.3%)"},
    {"CP05", "2022-09-14", 1, 10, NONE, NONE, NONE, 1, 0, 0, "10/—", "10/—"},
    {"CP05", "2022-09-14", 1, 10, NONE, NONE, NONE, 4, 2, 0, "10/— (có ở 2/4 đơn vị)", "10/— (known for 2 of 4 units)"},
    {"EV04", "2018", 1, 364, 1000, NONE, NONE, 1, 1, 0, "36,4%", "36.4%"},
    {"TG01", "..2020", 1, -112, NONE, NONE, NONE, 1, 0, 0, "−112 đến hết 2020", "−112 by end of 2020"},
    {"TG02", "..2021", 1, -100, NONE, NONE, NONE, 1, 0, 0, "−10,0% đến hết 2021", "−10.0% by end of 2021"},
    {"TG03", "yearly", 1, -327, NONE, NONE, NONE, 1, 0, 0, "−327 mỗi năm", "−327 a year"},
    {"TG03", "yearly:2018..", 1, -327, NONE, NONE, NONE, 1, 0, 0, "−327 mỗi năm, từ 2018", "−327 a year, from 2018"},
    {"TG03", "yearly:2018..2021", 1, -327, NONE, NONE, NONE, 1, 0, 0, "−327 mỗi năm, 2018–2021", "−327 a year, 2018–2021"},
    {"EV02", "2018", 1, 52500, 6, NONE, NONE, 6, 6, 0, "87,50 (n = 6)", "87.50 (n = 6)"},
};
// clang-format on

static struct th_opt opt(int64_t value)
{
    return (struct th_opt){.has = value != NONE, .value = value != NONE ? value : 0};
}

static struct th_line line_of(const struct sample *sample)
{
    return (struct th_line){
        .measure = th_bytes_of(sample->measure),
        .period = th_bytes_of(sample->period),
        .cell = {.unit = TH_BYTES("93"),
                 .qualifier = sample->qualifier,
                 .value = opt(sample->value),
                 .of = opt(sample->of),
                 .before = opt(sample->before),
                 .after = opt(sample->after),
                 .contributions = sample->contributions,
                 .with_of = sample->with_of,
                 .with_levels = sample->with_levels,
                 .reported = 8,
                 .expected = {.has = true, .value = 8}},
    };
}

static bool shows(const struct th_catalogue *catalogue, const struct sample *sample)
{
    char vi[TH_SHOW_FIGURE_BYTES];
    char en[TH_SHOW_FIGURE_BYTES];
    struct th_measure measure;
    const struct th_line line = line_of(sample);
    EXPECT(TH_OK, th_catalogue_measure(catalogue, line.measure, &measure));
    (void)th_show_figure(TH_LANG_VI, &measure, &line, vi);
    (void)th_show_figure(TH_LANG_EN, &measure, &line, en);
    if (strcmp(vi, sample->vi) != 0 || strcmp(en, sample->en) != 0) {
        print_error("%s %s: \"%s\" \"%s\", wanted \"%s\" \"%s\"\n",
                    sample->measure,
                    sample->period,
                    vi,
                    en,
                    sample->vi,
                    sample->en);
        return false;
    }
    return true;
}

static void figures_are_shown_by_their_shape(void **state)
{
    const struct th_catalogue *catalogue = *state;
    unsigned wrong = 0;
    for (size_t i = 0; i < TH_COUNT(SAMPLES); i++) {
        wrong += shows(catalogue, &SAMPLES[i]) ? 0 : 1;
    }
    assert_int_equal(wrong, 0);
}

static void what_does_not_apply_is_said(void **state)
{
    const struct th_catalogue *catalogue = *state;
    char text[TH_SHOW_FIGURE_BYTES];
    struct th_measure measure;
    struct th_line line = line_of(&SAMPLES[0]);
    line.cell.not_applicable = true;
    EXPECT(TH_OK, th_catalogue_measure(catalogue, line.measure, &measure));
    assert_string_equal(th_show_figure(TH_LANG_VI, &measure, &line, text), "không áp dụng");
}

// ---- the published figures ----

static int64_t number_or_none(const char *text)
{
    int64_t number = NONE;
    if (strcmp(text, "-") != 0) {
        EXPECT(TH_OK, th_number_parse(th_bytes_of(text), &number));
    }
    return number;
}

static uint32_t qualifier_of(const char *word)
{
    static const char *const WORDS[] = {"-", "exact", "over", "under", "about"};
    for (uint32_t i = 0; i < TH_COUNT(WORDS); i++) {
        if (strcmp(word, WORDS[i]) == 0) {
            return i;
        }
    }
    fail_msg("no qualifier: %s", word);
    return 0;
}

static size_t split(char *row, char *fields[static FIELDS])
{
    size_t count = 0;
    for (char *at = row; at != NULL && count < FIELDS; count++) {
        char *tab = strchr(at, '\t');
        fields[count] = at;
        if (tab != NULL) {
            *tab++ = '\0';
        }
        at = tab;
    }
    return count;
}

// Where a row has what; value, of, before, after, vi, en follow the qualifier.
struct layout {
    size_t fields, measure, period, qualifier;
};
static const struct layout OWN = {.fields = 9, .measure = 0, .period = 1, .qualifier = 2};
static const struct layout PUBLISHED = {.fields = 13, .measure = 1, .period = 3, .qualifier = 5};

// Only rows of a measure that the catalogue reports: others are of indicators and checks.
static bool sample_of(const struct th_catalogue *catalogue,
                      const struct layout *layout,
                      char *row,
                      struct sample *sample)
{
    char *f[FIELDS];
    struct th_measure measure;
    if (split(row, f) != layout->fields ||
        th_catalogue_measure(catalogue, th_bytes_of(f[layout->measure]), &measure) != TH_OK) {
        return false;
    }
    char *const *rest = f + layout->qualifier;
    const uint32_t qualifier = qualifier_of(rest[0]);
    *sample = (struct sample){
        .measure = f[layout->measure],
        .period = f[layout->period],
        .qualifier = qualifier,
        .value = number_or_none(rest[1]),
        .of = number_or_none(rest[2]),
        .before = number_or_none(rest[3]),
        .after = number_or_none(rest[4]),
        .contributions = qualifier != 0 ? 1 : 0,
        .vi = rest[5],
        .en = rest[6],
    };
    sample->with_of = sample->of != NONE ? 1 : 0;
    sample->with_levels = sample->before != NONE ? 1 : 0;
    return true;
}

// How many rows of text there are; all must be shown as they say.
static unsigned
check_all(const struct th_catalogue *catalogue, const struct layout *layout, char *text)
{
    unsigned wrong = 0;
    unsigned rows = 0;
    char *rest = NULL;
    (void)strtok_r(text, "\n", &rest); // the head
    for (char *row = strtok_r(NULL, "\n", &rest); row != NULL; row = strtok_r(NULL, "\n", &rest)) {
        struct sample sample;
        if (sample_of(catalogue, layout, row, &sample)) {
            wrong += shows(catalogue, &sample) ? 0 : 1;
            rows++;
        }
    }
    assert_int_equal(wrong, 0);
    return rows;
}

static void known_figures_are_shown_as_they_are_written(void **state)
{
    size_t size = 0;
    char *text = file_read(TONGHOP_SOURCE_DIR "/tests/data/renderings.tsv", &size);
    assert_non_null(text);
    assert_int_equal(check_all(*state, &OWN, text), 65);
    free(text);
}

static void published_figures_are_shown_as_published(void **state)
{
    char *text = data_read("seed-acceptance.tsv");
    if (text == NULL) {
        SKIP("no data folder (TONGHOP_DATA)");
    }
    assert_true(check_all(*state, &PUBLISHED, text) >= 60);
    free(text);
}

// ---- tables ----

static char *table_of(const struct th_catalogue *catalogue,
                      enum th_lang lang,
                      const struct th_line *lines,
                      size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const struct th_show_setup setup = {
        .lang = lang, .catalogue = catalogue, .name = "Hậu Giang", .root_code = "93"};
    struct th_show *show = NULL;
    assert_non_null(out);
    EXPECT(TH_OK, th_show_make(&setup, &show));
    for (size_t i = 0; i < count; i++) {
        EXPECT(TH_OK, th_show_add(show, &lines[i]));
    }
    EXPECT(TH_OK, th_show_print(show, 2088, out));
    th_show_free(&show);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void a_table_has_a_block_for_each_kind_of_figure(void **state)
{
    const struct th_catalogue *catalogue = *state;
    struct th_line lines[3];
    lines[0] = line_of(&SAMPLES[12]); // CP05
    lines[1] = line_of(&SAMPLES[5]);  // RS01
    lines[2] = line_of(&SAMPLES[0]);  // ST01 2018
    char *text = table_of(catalogue, TH_LANG_EN, lines, TH_COUNT(lines));
    const char *changes = strstr(text, "Before  After  Change");
    const char *met = strstr(text, "Met   Of  Share");
    assert_non_null(strstr(text, "Hậu Giang (93) · 2018 · as reported · version 2,088\n"));
    assert_non_null(strstr(text, "Hậu Giang (93) · period 2022-09-14 · as reported"));
    assert_non_null(changes);
    assert_non_null(met);
    assert_true(changes < met);
    assert_non_null(strstr(changes, "139     92     −47    8/8\n"));
    assert_non_null(strstr(met, "282  539  52.3%    8/8\n"));
    free(text);
}

static void a_period_made_of_parts_says_what_is_missing(void **state)
{
    const struct th_catalogue *catalogue = *state;
    char text[TH_SHOW_FIGURE_BYTES];
    struct th_measure measure;
    struct th_line line = line_of(&SAMPLES[0]);
    line.parts = 2;
    line.parts_expected = 3;
    char *table = table_of(catalogue, TH_LANG_VI, &line, 1);
    assert_non_null(strstr(table, "1.273  8/8 · 2/3 kỳ\n"));
    free(table);
    line.cell.expected.has = false;
    table = table_of(catalogue, TH_LANG_EN, &line, 1);
    assert_non_null(strstr(table, "1,273  2/3 periods\n"));
    free(table);
    line.parts = 3;
    table = table_of(catalogue, TH_LANG_EN, &line, 1);
    assert_null(strstr(table, "periods"));
    free(table);

    // 3 months of 8 units: what is known is not known of units.
    line = line_of(&SAMPLES[12]); // CP05
    line.cell.of.has = false;
    line.cell.contributions = 24;
    line.cell.with_of = 20;
    line.parts = line.parts_expected = 3;
    EXPECT(TH_OK, th_catalogue_measure(catalogue, line.measure, &measure));
    assert_string_equal(th_show_figure(TH_LANG_VI, &measure, &line, text),
                        "282/— (có ở 20/24 số liệu)");
    assert_string_equal(th_show_figure(TH_LANG_EN, &measure, &line, text),
                        "282/— (known for 20 of 24 figures)");
}

static void dimensions_are_named_by_the_catalogue(void **state)
{
    const struct th_catalogue *catalogue = *state;
    struct th_line line = line_of(&SAMPLES[0]);
    line.measure = TH_BYTES("ST09");
    line.cell.dims = TH_BYTES("post=deputy;unknown=7");
    char *text = table_of(catalogue, TH_LANG_VI, &line, 1);
    assert_null(strstr(text, "post=deputy"));
    assert_non_null(strstr(text, ", unknown=7"));
    free(text);
}

static void nothing_is_said_in_words(void **state)
{
    const struct th_catalogue *catalogue = *state;
    char *text = table_of(catalogue, TH_LANG_VI, NULL, 0);
    assert_string_equal(text, "Hậu Giang (93) · phiên bản 2.088\nchưa có số liệu\n");
    free(text);
}

static int setup(void **state)
{
    *state = catalogue_vn();
    return 0;
}

static int teardown(void **state)
{
    struct th_catalogue *catalogue = *state;
    th_catalogue_free(&catalogue);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_shown_by_their_shape),
        cmocka_unit_test(what_does_not_apply_is_said),
        cmocka_unit_test(known_figures_are_shown_as_they_are_written),
        cmocka_unit_test(published_figures_are_shown_as_published),
        cmocka_unit_test(a_table_has_a_block_for_each_kind_of_figure),
        cmocka_unit_test(a_period_made_of_parts_says_what_is_missing),
        cmocka_unit_test(dimensions_are_named_by_the_catalogue),
        cmocka_unit_test(nothing_is_said_in_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
