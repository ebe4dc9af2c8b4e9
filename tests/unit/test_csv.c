// test_csv.c - files of spreadsheets: what is taken, what is refused and where

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/csv.h"

#include "tests/support/test.h"

static const struct th_csv_column STAFFING[] = {
    {.name = "unit_code", .bytes_max = 43},
    {.name = "period", .bytes_max = 22},
    {.name = "measure", .bytes_max = 80},
    {.name = "value"},
    {.name = "before"},
    {.name = "after"},
    {.name = "revision", .alias = "seq"},
    {.name = "note", .bytes_max = 512, .has_lines = true},
    {.name = "person_id", .bytes_max = 8, .is_personal = true},
};
static const struct th_csv_column UNITS[] = {{.name = "code"}, {.name = "name"}};
enum { UNIT, PERIOD, MEASURE, VALUE, BEFORE, AFTER, REVISION, NOTE, PERSON };

static const struct th_csv_form FORMS[] = {
    {"units", UNITS, TH_COUNT(UNITS), "code name"},
    {"staffing", STAFFING, TH_COUNT(STAFFING), "unit_code period measure value|before+after"},
};

enum { KEPT = 16, LOG_BYTES = 4096 };
static struct th_finding kept[KEPT];
static struct th_findings findings;
static struct th_csv_options options;
static struct th_csv_summary summary;
static char seen[LOG_BYTES]; // "line:cell|cell|...;" for each row

static int setup(void **state)
{
    (void)state;
    findings = th_findings_of(kept, KEPT, "f.csv");
    options = (struct th_csv_options){.forms = FORMS, .form_count = TH_COUNT(FORMS)};
    seen[0] = '\0';
    return 0;
}

static void note(const char *text, size_t size)
{
    const size_t used = strlen(seen);
    (void)snprintf(seen + used, sizeof(seen) - used, "%.*s", (int)size, text);
}

static enum th_err remember(void *self, const struct th_csv_row *row)
{
    (void)self;
    char line[16];
    (void)snprintf(line, sizeof(line), "%u:", (unsigned)row->line);
    note(line, sizeof(line));
    const size_t count = options.forms[row->file->form].count;
    const char *bar = "";
    for (size_t i = 0; i < count; i++) {
        if (row->cells[i].column > 0) {
            note(bar, 1);
            note(row->cells[i].text.data, row->cells[i].text.size);
            bar = "|";
        }
    }
    note(";", 1);
    return TH_OK;
}

static enum th_err read_bytes(struct th_bytes bytes)
{
    return th_csv_read(bytes, &options, &findings, remember, NULL, &summary);
}

static enum th_err read_text(const char *text)
{
    return read_bytes(th_bytes_of(text));
}

static void expect_finding(size_t index, unsigned code, uint32_t line, uint32_t column)
{
    assert_true(index < findings.count);
    const struct th_finding *finding = th_findings_at(&findings, index);
    if (finding->verdict.code != code || finding->line != line || finding->column != column) {
        char text[TH_FINDING_TEXT_BYTES];
        (void)th_finding_text(finding, TH_LANG_EN, text, sizeof(text));
        fail_msg("%s", text);
    }
}

// A fresh start, one refusal, at its place.
static void expect_refused(struct th_bytes bytes, unsigned code, uint32_t line, uint32_t column)
{
    findings = th_findings_of(kept, KEPT, "f.csv");
    EXPECT(TH_E_REFUSED, read_bytes(bytes));
    expect_finding(0, code, line, column);
    assert_int_equal(findings.total[TH_SEVERITY_ERROR], 1);
}

#define REFUSED(text, code, line, column) expect_refused(TH_BYTES(text), code, line, column)

static void reads_rows_with_any_separator(void **state)
{
    (void)state;

    EXPECT(TH_OK, read_text("unit_code,period,measure,value\n935,2018,ST01,5\n"));
    EXPECT(TH_OK, read_text("unit_code;period;measure;value\n935;2018;ST01;6"));
    EXPECT(TH_OK, read_text("unit_code\tperiod\tmeasure\tvalue\n935\t2018\tST01\t7\n"));

    assert_string_equal(seen, "2:935|2018|ST01|5;2:935|2018|ST01|6;2:935|2018|ST01|7;");
    assert_int_equal(summary.form, 1);
    assert_int_equal(summary.delimiter, '\t');
    assert_int_equal(summary.rows, 1);
}

static void columns_come_in_any_order_case_and_alias(void **state)
{
    (void)state;

    EXPECT(TH_OK,
           read_text("\xEF\xBB\xBFNote, MEASURE ,Period,SEQ,after,\"Before\",Unit_Code\r\n"
                     "x,RS01,2018,3,92,139,935\r\n"));

    assert_string_equal(seen, "2:935|2018|RS01|139|92|3|x;");
    assert_true(summary.has_bom);
    assert_int_equal(summary.present,
                     1 << UNIT | 1 << PERIOD | 1 << MEASURE | 1 << BEFORE | 1 << AFTER |
                         1 << REVISION | 1 << NOTE);
}

static void the_header_decides_the_form(void **state)
{
    (void)state;

    EXPECT(TH_OK, read_text("name;code\n\"Vị Thuỷ; huyện\";935\n"));

    assert_int_equal(summary.form, 0);
    assert_string_equal(seen, "2:935|Vị Thuỷ; huyện;");
}

static void supplied_columns_need_not_be_there(void **state)
{
    (void)state;
    options.supplied = "period unit_code";

    EXPECT(TH_OK, read_text("measure,value\nST01,5\n"));

    assert_string_equal(seen, "2:ST01|5;");
}

static void blank_rows_are_passed_over_and_lines_stay_right(void **state)
{
    (void)state;
    static const char head[] = "unit_code,period,measure,value,note";

    for (int i = 0; i < 3; i++) {
        const char *newline = i == 0 ? "\n" : i == 1 ? "\r\n" : "\r";
        char text[512];
        (void)snprintf(text,
                       sizeof(text),
                       "%s%s%s1,2018,A,1,x%s,, ,,%s2,2018,A,2,\"p%sq\"%s%s3,2018,A,3,%s",
                       head,
                       newline,
                       newline,
                       newline,
                       newline,
                       newline,
                       newline,
                       newline,
                       newline);
        seen[0] = '\0';
        EXPECT(TH_OK, read_text(text));
        assert_string_equal(seen, "3:1|2018|A|1|x;5:2|2018|A|2|p q;8:3|2018|A|3|;");
        assert_int_equal(summary.rows, 3);
    }
}

static void cells_are_made_tidy_and_it_is_said(void **state)
{
    (void)state;

    EXPECT(TH_OK,
           read_text("unit_code,period,measure,value,note\n"
                     " 935\xC2\xA0,2018,ST01,5,\"Ho\xCC\x80"
                     "a\xC2\xA0"
                     "b\nc\"\n"));

    assert_string_equal(seen, "2:935|2018|ST01|5|Hòa b c;");
    expect_finding(0, TH_V_TEXT_FOLDED, 2, 5);
    expect_finding(1, TH_M_NOTE_TRIMMED, 0, 0);
    assert_int_equal(summary.trimmed, 1);
    assert_int_equal(summary.folded, 1);
    assert_int_equal(findings.total[TH_SEVERITY_WARNING], 1);
}

static void files_that_are_no_csv_are_called_by_their_kind(void **state)
{
    (void)state;

    REFUSED("PK\3\4abcdef", TH_M_FILE_KIND, 0, 0);
    assert_string_equal(kept[0].verdict.params[0], "xlsx");
    REFUSED("\x1F\x8B\x08", TH_M_FILE_KIND, 0, 0);
    REFUSED("\xD0\xCF\x11\xE0xx", TH_M_FILE_KIND, 0, 0);
    REFUSED("\xFF\xFE"
            "c\0o\0d\0e\0",
            TH_M_FILE_KIND,
            0,
            0);
    assert_string_equal(kept[0].verdict.params[0], "utf-16");
    REFUSED("c\0o\0d\0e\0", TH_M_FILE_KIND, 0, 0);
    REFUSED("\n <!DOCTYPE html><html>", TH_M_FILE_KIND, 0, 0);
    REFUSED("", TH_M_FILE_EMPTY, 0, 0);
    REFUSED("\xEF\xBB\xBF \r\n\n", TH_M_FILE_EMPTY, 0, 0);
    REFUSED("code,name\n\n", TH_M_NO_ROWS, 0, 0);
    options.may_be_empty = true;
    EXPECT(TH_OK, read_text("code,name\n\n"));
}

static void bad_bytes_end_the_reading_at_their_line(void **state)
{
    (void)state;

    REFUSED("code,name\n1,a\n2,\xE1\n3,b\n", TH_M_FILE_NOT_UTF8, 3, 2);
    REFUSED("code,name\n1,a\0b\n", TH_M_FILE_CONTROL, 2, 2);
    REFUSED("code,name\n1,a\x07\n", TH_M_FILE_CONTROL, 2, 2);
    REFUSED("code;name\n1;a\tb\n", TH_M_FILE_CONTROL, 2, 2);
    REFUSED("code;name\n1;\"a\r\nb\"\n", TH_M_FILE_CONTROL, 2, 2); // name has no lines
    REFUSED("co\xFF"
            "de,name\n1,a\n",
            TH_M_FILE_NOT_UTF8,
            1,
            1);
    REFUSED("code,name\n1,\"a\n", TH_M_QUOTE, 2, 2);
    REFUSED("code,name\n1,a\"b\n", TH_M_QUOTE, 2, 2);
    REFUSED("code,name\n1,\"a\"b\n", TH_M_QUOTE, 2, 2);
    REFUSED("code,\"name\n1,a\n", TH_M_QUOTE, 0, 0);
}

static void headers_are_refused_with_all_that_is_wrong(void **state)
{
    (void)state;

    EXPECT(TH_E_REFUSED, read_text("unit_code,period,value,colour,Value\n1,2,3,4,5\n"));
    expect_finding(0, TH_M_COLUMN_UNKNOWN, 1, 4);
    expect_finding(1, TH_M_COLUMN_TWICE, 1, 5);
    expect_finding(2, TH_M_COLUMNS_MISSING, 1, 0);
    assert_string_equal(kept[2].verdict.params[0], "measure");
    assert_string_equal(kept[2].verdict.params[1], "unit_code, period, value, colour, Value");

    REFUSED("unit_code,period,measure,before\n1,2,3,4\n", TH_M_COLUMNS_MISSING, 1, 0);
    assert_string_equal(kept[0].verdict.params[0], "value|before+after");
    REFUSED("unit_code,period,measure,value,revision,seq\n", TH_M_COLUMN_TWICE, 1, 6);
    REFUSED("a b c\nd\n", TH_M_COLUMNS_MISSING, 1, 0); // no header at all
}

static void named_columns_are_left_out(void **state)
{
    (void)state;
    options.ignore = "colour, #4";

    EXPECT(TH_OK, read_text("code,Colour,name,\n1,\"x\ny\",a,\n2,,b,z\n"));

    assert_string_equal(seen, "2:1|a;4:2|b;");
}

static void wrong_rows_are_left_out_and_the_rest_is_read(void **state)
{
    (void)state;

    EXPECT(TH_E_REFUSED,
           read_text("unit_code,period,measure,value,person_id\n"
                     "1,2018,A,1\n"
                     "2,2018,A,1,p\n"
                     "3,2018,A,1,123456789\n"
                     "4,01234567890123456789012,A,1,p\n"
                     "5,2018,A,1,12345678\n"));

    assert_string_equal(seen, "3:2|2018|A|1|p;6:5|2018|A|1|12345678;");
    expect_finding(0, TH_M_CELL_COUNT, 2, 0);
    expect_finding(1, TH_M_CELL_LENGTH, 4, 5);
    assert_string_equal(kept[1].value, ""); // a person id stands in no finding
    expect_finding(2, TH_M_CELL_LENGTH, 5, 2);
    assert_string_equal(kept[2].value, "01234567890123456789012");
    assert_int_equal(summary.rows, 5);
}

// A file with one cell of size bytes in its second row.
static char *with_cell(size_t size, const char *tail)
{
    const char head[] = "code,name\n1,a\n2,";
    char *text = calloc(1, sizeof(head) + size + strlen(tail));
    assert_non_null(text);
    memcpy(text, head, sizeof(head) - 1);
    memset(text + sizeof(head) - 1, 'x', size);
    memcpy(text + sizeof(head) - 1 + size, tail, strlen(tail) + 1);
    return text;
}

static void cells_and_rows_are_bounded(void **state)
{
    (void)state;
    char *longest = with_cell(TH_CSV_CELL_BYTES_MAX, "\n");
    char *longer = with_cell(TH_CSV_CELL_BYTES_MAX + 1, "\n3,b\n");
    char *giant = with_cell(1024UL * 1024, "\n");
    EXPECT(TH_OK, read_text(longest));

    expect_refused(th_bytes_of(longer), TH_M_CELL_LENGTH, 3, 2);
    assert_int_equal(summary.rows, 3);
    expect_refused(th_bytes_of(giant), TH_M_CELL_LENGTH, 3, 2);
    assert_int_equal(summary.rows, 1);

    free(longest);
    free(longer);
    free(giant);
    options.rows_max = 2;
    REFUSED("code,name\n1,a\n2,b\n3,c\n", TH_M_FILE_LIMIT, 0, 0);
    assert_int_equal(kept[0].verdict.variant, 'a');
    options.rows_max = 0;
    options.bytes_max = 12;
    REFUSED("code,name\n1,a\n2,b\n3,c\n", TH_M_FILE_LIMIT, 0, 0);
    assert_int_equal(kept[0].verdict.variant, 'b');
}

static void headers_have_at_most_64_columns_and_16_kib(void **state)
{
    (void)state;
    char *text = calloc(1, 50000);
    assert_non_null(text);
    (void)snprintf(text, 32, "code,name");
    memset(text + strlen(text), ',', 63);
    expect_refused(th_bytes_of(text), TH_M_FILE_LIMIT, 0, 0);
    assert_int_equal(kept[0].verdict.variant, 'c');
    for (size_t i = 0; i < 40000; i++) {
        text[i] = i % 1000 == 999 ? ',' : 'x';
    }
    expect_refused(th_bytes_of(text), TH_M_FILE_LIMIT, 0, 0);
    assert_int_equal(kept[0].verdict.variant, 'd');
    free(text);
}

static void a_descriptor_is_read_like_memory(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    (void)fputs("code,name\n", out);
    for (int i = 0; i < ROWS; i++) {
        (void)fprintf(out, "%d,\"tên %d\"\r\n", i, i);
    }
    (void)fclose(out);
    char *dir = scratch_dir();
    char *path = scratch_write(dir, "big.csv", (struct th_bytes){text, size});
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    EXPECT(TH_OK, th_csv_read_fd(fd, &options, &findings, remember, NULL, &summary));

    assert_int_equal(summary.rows, ROWS);
    assert_int_equal(summary.bytes, size);
    (void)close(fd);
    EXPECT(TH_E_REFUSED, th_csv_read_fd(fd, &options, &findings, remember, NULL, &summary));
    expect_finding(0, TH_M_FILE_UNREADABLE, 0, 0);
    scratch_remove(dir);
    free(path);
    free(text);
}

static enum th_err stop_at_two(void *self, const struct th_csv_row *row)
{
    (void)self;
    return row->number == 2 ? TH_E_FULL : TH_OK;
}

static void the_caller_can_stop(void **state)
{
    (void)state;

    EXPECT(TH_E_FULL,
           th_csv_read(TH_BYTES("code,name\n1,a\n2,b\n3,c\n"),
                       &options,
                       &findings,
                       stop_at_two,
                       NULL,
                       &summary));

    assert_int_equal(summary.rows, 2);
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    uint8_t room[256];
    struct th_writer out = TH_WRITER(room);
    th_csv_write_cell(&out, TH_BYTES("code"));
    th_csv_write_cell(&out, TH_BYTES("name"));
    th_csv_write_end(&out);
    th_csv_write_cell(&out, TH_BYTES("1"));
    th_csv_write_cell(&out, TH_BYTES("a, \"b\"; c"));
    th_csv_write_end(&out);
    th_csv_write_cell(&out, TH_BYTES(""));
    th_csv_write_cell(&out, TH_BYTES("z"));
    th_csv_write_end(&out);

    EXPECT(TH_OK, read_bytes(th_written(&out)));

    assert_string_equal(seen, "2:1|a, \"b\"; c;3:|z;");
    out.size = 0;
    th_csv_write_cell(&out, TH_BYTES(""));
    th_csv_write_end(&out);
    assert_true(th_bytes_equal(th_written(&out), TH_BYTES("\"\"\n")));
}

static void a_row_for_a_spreadsheet(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"93",
                                        "=SUM(A1)",
                                        "+84 90",
                                        "-1+1",
                                        "@cmd",
                                        "-47",
                                        "+5",
                                        "-1.273,5",
                                        "-",
                                        "a;b",
                                        "say \"x\"",
                                        " blank",
                                        "a,b",
                                        ""};
    uint8_t room[256];
    struct th_writer row = TH_WRITER(room);

    for (size_t i = 0; i < TH_COUNT(TEXTS); i++) {
        th_csv_excel_text(&row, th_bytes_of(TEXTS[i]));
    }
    th_csv_excel_number(&row, TH_BYTES("-8715.5"));
    th_csv_excel_number(&row, TH_BYTES(""));
    th_csv_excel_end(&row);

    const char want[] = "93;'=SUM(A1);'+84 90;'-1+1;'@cmd;-47;+5;-1.273,5;'-;\"a;b\";"
                        "\"say \"\"x\"\"\";\" blank\";a,b;;-8715,5;\r\n";
    assert_false(row.overflow);
    assert_int_equal(row.size, sizeof(want) - 1);
    assert_memory_equal(row.data, want, row.size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(reads_rows_with_any_separator, setup),
        cmocka_unit_test_setup(columns_come_in_any_order_case_and_alias, setup),
        cmocka_unit_test_setup(the_header_decides_the_form, setup),
        cmocka_unit_test_setup(supplied_columns_need_not_be_there, setup),
        cmocka_unit_test_setup(blank_rows_are_passed_over_and_lines_stay_right, setup),
        cmocka_unit_test_setup(cells_are_made_tidy_and_it_is_said, setup),
        cmocka_unit_test_setup(files_that_are_no_csv_are_called_by_their_kind, setup),
        cmocka_unit_test_setup(bad_bytes_end_the_reading_at_their_line, setup),
        cmocka_unit_test_setup(headers_are_refused_with_all_that_is_wrong, setup),
        cmocka_unit_test_setup(named_columns_are_left_out, setup),
        cmocka_unit_test_setup(wrong_rows_are_left_out_and_the_rest_is_read, setup),
        cmocka_unit_test_setup(cells_and_rows_are_bounded, setup),
        cmocka_unit_test_setup(headers_have_at_most_64_columns_and_16_kib, setup),
        cmocka_unit_test_setup(a_descriptor_is_read_like_memory, setup),
        cmocka_unit_test_setup(the_caller_can_stop, setup),
        cmocka_unit_test_setup(what_is_written_is_read_back, setup),
        cmocka_unit_test(a_row_for_a_spreadsheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
