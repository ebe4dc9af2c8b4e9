// test_finding.c - findings are counted, kept within a bound, and printed with their place

#include <stdlib.h>

#include "tonghop/finding.h"

#include "tests/support/test.h"

enum { KEPT = 3 };
static struct th_finding kept[KEPT];
static struct th_findings findings;

static int setup(void **state)
{
    (void)state;
    findings = th_findings_of(kept, KEPT, "xep-loai.csv");
    return 0;
}

static void add(enum th_severity severity, uint32_t line, unsigned code, const char *text)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, code, 0, "note", text, NULL);
    th_findings_add(&findings, severity, line, 5, &verdict, th_bytes_of(text));
}

enum print { IN_VI, IN_EN, AS_REPORT };

static void expect_output(enum print print, size_t lines, const char *wanted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (print == AS_REPORT) {
        EXPECT(TH_OK, th_findings_report(&findings, out));
    } else {
        const enum th_lang lang = print == IN_VI ? TH_LANG_VI : TH_LANG_EN;
        EXPECT(TH_OK, th_findings_print(&findings, lang, lines, out));
    }
    (void)fclose(out);
    assert_string_equal(text, wanted);
    free(text);
}

static void a_line_has_place_severity_code_sentence_and_remedy(void **state)
{
    (void)state;
    add(TH_SEVERITY_ERROR, 17, TH_M_CELL_RATING, "36,4%");
    add(TH_SEVERITY_WARNING, 58, TH_V_TEXT_FOLDED, NULL);

    expect_output(
        IN_VI,
        20,
        "xep-loai.csv:17:5: lỗi TH2107: \"36,4%\" không phải mức xếp loại. → ghi 4, 3, 2, "
        "1 hoặc tên mức; tỷ lệ không kèm mẫu số thì dùng chỉ tiêu EV04\n"
        "xep-loai.csv:58:5: lưu ý TH2301: Trường note: đã đổi khoảng trắng đặc biệt thành "
        "dấu cách.\n");
    expect_output(
        IN_EN,
        20,
        "xep-loai.csv:17:5: error TH2107: \"36,4%\" is not a rating. → write 4, 3, 2, 1 or "
        "the level's name; for a share without its base use measure EV04\n"
        "xep-loai.csv:58:5: warning TH2301: Field note: a special blank was changed to a "
        "space.\n");
    EXPECT(TH_E_REFUSED, th_findings_result(&findings));
}

static void the_rest_is_counted_per_code(void **state)
{
    (void)state;
    for (uint32_t line = 1; line <= 2000; line++) {
        add(TH_SEVERITY_ERROR, line, TH_M_FILE_EMPTY, NULL);
    }
    add(TH_SEVERITY_NOTE, 3000, TH_M_NO_ROWS, NULL);

    expect_output(IN_VI,
                  1,
                  "xep-loai.csv:1:5: lỗi TH2002: tệp rỗng.\n"
                  "… và 2.000 nữa: TH2002 1.999, TH2011 1\n");
    assert_int_equal(findings.total[TH_SEVERITY_ERROR], 2000);
    assert_int_equal(findings.total[TH_SEVERITY_NOTE], 1);
}

static void notes_can_be_kept_for_the_report_alone(void **state)
{
    (void)state;
    findings.no_notes = true;
    add(TH_SEVERITY_NOTE, 1, TH_M_NO_ROWS, NULL);
    add(TH_SEVERITY_ERROR, 2, TH_M_FILE_EMPTY, NULL);
    add(TH_SEVERITY_ERROR, 3, TH_M_FILE_EMPTY, NULL);

    expect_output(IN_EN,
                  1,
                  "xep-loai.csv:2:5: error TH2002: the file is empty.\n"
                  "… and 1 more: TH2002 1\n");
    expect_output(IN_EN,
                  9,
                  "xep-loai.csv:2:5: error TH2002: the file is empty.\n"
                  "xep-loai.csv:3:5: error TH2002: the file is empty.\n");
    assert_int_equal(th_findings_at(&findings, 0)->severity, TH_SEVERITY_NOTE);
}

static void an_error_takes_the_place_of_the_last_lower_one(void **state)
{
    (void)state;
    add(TH_SEVERITY_WARNING, 1, TH_V_TEXT_FOLDED, NULL);
    add(TH_SEVERITY_NOTE, 2, TH_M_NO_ROWS, NULL);
    add(TH_SEVERITY_WARNING, 3, TH_V_TEXT_FOLDED, NULL);

    add(TH_SEVERITY_ERROR, 4, TH_M_FILE_EMPTY, NULL); // for the note of line 2
    add(TH_SEVERITY_ERROR, 5, TH_M_FILE_EMPTY, NULL); // for the warning of line 3
    add(TH_SEVERITY_NOTE, 6, TH_M_NO_ROWS, NULL);

    assert_int_equal(th_findings_at(&findings, 0)->line, 1);
    assert_int_equal(th_findings_at(&findings, 1)->line, 4);
    assert_int_equal(th_findings_at(&findings, 2)->line, 5);
    add(TH_SEVERITY_ERROR, 7, TH_M_FILE_EMPTY, NULL);
    add(TH_SEVERITY_ERROR, 8, TH_M_FILE_EMPTY, NULL);
    assert_int_equal(th_findings_at(&findings, 0)->line, 4);
    assert_int_equal(th_findings_at(&findings, 2)->line, 7);
}

static void a_report_is_json_lines_with_the_rest_at_the_end(void **state)
{
    (void)state;
    for (uint32_t line = 1; line <= 4; line++) {
        add(TH_SEVERITY_ERROR, line, TH_M_CELL_DATE, line == 1 ? "\"1/2\"" : "x");
    }
    findings.count = 1; // as if only one had been kept

    expect_output(
        AS_REPORT,
        0,
        "{\"file\":\"xep-loai.csv\",\"row\":1,\"column\":5,\"code\":\"TH2109\",\"severity\":"
        "\"error\",\"text_vi\":\"\\\"\\\"1/2\\\"\\\" không phải ngày. → YYYY-MM-DD\","
        "\"text_en\":\"\\\"\\\"1/2\\\"\\\" is not a date. → YYYY-MM-DD\",\"value\":\"\\\"1/2"
        "\\\"\"}\n"
        "{\"more\":{\"TH2109\":3}}\n");
}

static void a_collector_without_room_still_counts(void **state)
{
    (void)state;
    findings = th_findings_of(NULL, 0, "a\nb");
    add(TH_SEVERITY_WARNING, 1, TH_V_TEXT_FOLDED, NULL);

    expect_output(IN_EN, 20, "… and 1 more: TH2301 1\n");
    EXPECT(TH_OK, th_findings_result(&findings));
}

static void places_leave_out_what_is_not_known(void **state)
{
    (void)state;
    struct th_verdict verdict;
    char text[TH_FINDING_TEXT_BYTES];
    th_verdict_make(&verdict, TH_M_FILE_EMPTY, 0, NULL, NULL);
    th_findings_error(&findings, 0, 0, &verdict, TH_BYTES(""));
    findings.file = "tên\x1B";
    th_findings_error(&findings, 3, 0, &verdict, TH_BYTES(""));

    (void)th_finding_text(&kept[0], TH_LANG_EN, text, sizeof(text));
    assert_string_equal(text, "xep-loai.csv: error TH2002: the file is empty.");
    (void)th_finding_text(&kept[1], TH_LANG_EN, text, sizeof(text));
    assert_string_equal(text, "tên\\u{1B}:3: error TH2002: the file is empty.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line_has_place_severity_code_sentence_and_remedy, setup),
        cmocka_unit_test_setup(the_rest_is_counted_per_code, setup),
        cmocka_unit_test_setup(notes_can_be_kept_for_the_report_alone, setup),
        cmocka_unit_test_setup(an_error_takes_the_place_of_the_last_lower_one, setup),
        cmocka_unit_test_setup(a_report_is_json_lines_with_the_rest_at_the_end, setup),
        cmocka_unit_test_setup(a_collector_without_room_still_counts, setup),
        cmocka_unit_test_setup(places_leave_out_what_is_not_known, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
