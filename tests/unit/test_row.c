// test_row.c - one line of an answer as CSV and JSON

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/row.h"
#include "tonghop/update.h"

#include "tests/support/test.h"

// What print writes. Ownership: the caller frees it.
static char *printed(void (*print)(FILE *out, const struct th_line *line),
                     const struct th_line *line)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    print(out, line);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void as_csv(FILE *out, const struct th_line *line)
{
    th_row_csv(out, line, 2088);
}

static void as_excel(FILE *out, const struct th_line *line)
{
    th_row_excel(out, line, 2088);
}

static void expect(void (*print)(FILE *out, const struct th_line *line),
                   const struct th_line *line,
                   const char *wanted)
{
    char *text = printed(print, line);
    assert_string_equal(text, wanted);
    free(text);
}

static struct th_opt number(int64_t value)
{
    return (struct th_opt){.has = true, .value = value};
}

static struct th_line change_of_divisions(void)
{
    return (struct th_line){
        .measure = TH_BYTES("RS01"),
        .period = TH_BYTES("2022-09-14"),
        .cell = {.unit = TH_BYTES("93"),
                 .qualifier = TH_QUALIFIER_EXACT,
                 .value = number(-47),
                 .before = number(139),
                 .after = number(92),
                 .reported = 8,
                 .expected = number(8),
                 .contributions = 1,
                 .with_levels = 1},
    };
}

static void a_row_has_plain_numbers_and_empty_cells(void **state)
{
    (void)state;
    const struct th_line line = change_of_divisions();
    expect(as_csv, &line, "93,2022-09-14,RS01,,exact,-47,,139,92,8,8,2088\n");
    expect(th_row_json,
           &line,
           "\"unit\":\"93\",\"period\":\"2022-09-14\",\"measure\":\"RS01\",\"dims\":\"\","
           "\"qualifier\":\"exact\",\"value\":-47,\"of\":null,\"before\":139,\"after\":92,"
           "\"reported\":8,\"expected\":8");
}

static void decimals_are_a_point_in_csv_and_scaled_in_json(void **state)
{
    (void)state;
    struct th_line line = change_of_divisions();
    line.decimals = 1;
    line.cell.value = number(87155);
    line.cell.before = line.cell.after = (struct th_opt){0};
    line.cell.qualifier = TH_QUALIFIER_OVER;
    expect(as_csv, &line, "93,2022-09-14,RS01,,over,8715.5,,,,8,8,2088\n");
    expect(as_excel, &line, "93;2022-09-14;RS01;;over;8715,5;;;;8;8;2088\r\n");
    char *text = printed(th_row_json, &line);
    assert_non_null(strstr(text, "\"value\":87155,"));
    assert_non_null(strstr(text, ",\"decimals\":1"));
    free(text);
}

static void a_text_is_no_formula_in_a_spreadsheet(void **state)
{
    (void)state;
    struct th_line line = change_of_divisions();
    line.measure = TH_BYTES("@m");
    line.cell.dims = TH_BYTES("=1;b=2"); // never from a catalogue; a row says what it was given
    expect(as_excel, &line, "93;2022-09-14;'@m;\"'=1;b=2\";exact;-47;;139;92;8;8;2088\r\n");
    assert_int_equal(strncmp(TH_ROW_EXCEL_HEAD, "\xEF\xBB\xBFunit_code;period;", 20), 0);
}

static void what_is_not_reported_is_empty_and_not_zero(void **state)
{
    (void)state;
    struct th_line line = change_of_divisions();
    line.cell = (struct th_total){.unit = TH_BYTES("93"), .expected = number(8)};
    expect(as_csv, &line, "93,2022-09-14,RS01,,,,,,,0,8,2088\n");
    char *text = printed(th_row_json, &line);
    assert_non_null(strstr(text, "\"qualifier\":null,\"value\":null,"));
    assert_non_null(strstr(text, "\"reported\":0,\"expected\":8"));
    free(text);
}

static void what_does_not_apply_says_so(void **state)
{
    (void)state;
    struct th_line line = change_of_divisions();
    line.cell = (struct th_total){.unit = TH_BYTES("93"),
                                  .not_applicable = true,
                                  .contributions = 1,
                                  .reported = 1,
                                  .expected = number(8)};
    expect(as_csv, &line, "93,2022-09-14,RS01,,,n/a,,,,1,8,2088\n");
    char *text = printed(th_row_json, &line);
    assert_non_null(strstr(text, ",\"not_applicable\":true"));
    free(text);
}

static void a_target_has_no_coverage(void **state)
{
    (void)state;
    struct th_line line = change_of_divisions();
    line.cell.expected = (struct th_opt){0};
    line.cell.reported = 0;
    expect(as_csv, &line, "93,2022-09-14,RS01,,exact,-47,,139,92,,,2088\n");
}

static void texts_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    struct th_line line = change_of_divisions();
    line.cell.unit = TH_BYTES("a,\"b");
    line.cell.dims = TH_BYTES("post=head;tier=district");
    expect(as_csv,
           &line,
           "\"a,\"\"b\",2022-09-14,RS01,post=head;tier=district,exact,-47,,139,92,8,8,2088\n");
    char *text = printed(th_row_json, &line);
    assert_non_null(strstr(text, "\"unit\":\"a,\\\"b\""));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_has_plain_numbers_and_empty_cells),
        cmocka_unit_test(decimals_are_a_point_in_csv_and_scaled_in_json),
        cmocka_unit_test(a_text_is_no_formula_in_a_spreadsheet),
        cmocka_unit_test(what_is_not_reported_is_empty_and_not_zero),
        cmocka_unit_test(what_does_not_apply_says_so),
        cmocka_unit_test(a_target_has_no_coverage),
        cmocka_unit_test(texts_are_quoted_where_they_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
