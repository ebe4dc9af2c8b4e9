// test_verdict.c - codes, sentences, and that docs/errors.md is what the table says
//
// TONGHOP_REGENERATE=1 test_verdict writes docs/errors.md anew.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/period.h"
#include "tonghop/verdict.h"

#include "tests/support/test.h"

static const char DOCUMENT[] = TONGHOP_SOURCE_DIR "/docs/errors.md";

static const char *text_of(const struct th_verdict *verdict, enum th_lang lang)
{
    static char out[TH_SENTENCE_BYTES];
    (void)th_verdict_line(verdict, lang, out, sizeof(out));
    return out;
}

static void says_the_sentence_in_both_languages(void **state)
{
    (void)state;
    struct th_verdict verdict;

    th_verdict_make(
        &verdict, TH_V_UNIT, 'b', "unit_code", "31447", "2025-06-30", "2026Q1", "31453", NULL);

    assert_string_equal(verdict.field, "unit_code");
    assert_string_equal(text_of(&verdict, TH_LANG_VI),
                        "Đơn vị 31447 kết thúc ngày 30/06/2025; kỳ 2026Q1 do đơn vị kế thừa báo "
                        "cáo: 31453. → xem: tonghop units show 31447");
    assert_string_equal(
        text_of(&verdict, TH_LANG_EN),
        "Unit 31447 ended on 2025-06-30; its successors report for 2026Q1: 31453. → "
        "see: tonghop units show 31447");
}

static void parameters_are_shown_as_people_write_them(void **state)
{
    (void)state;
    struct th_verdict verdict;

    th_verdict_start(&verdict, TH_V_RANGE, 0, "value");
    th_verdict_add(&verdict, TH_BYTES("ST01"));
    th_verdict_add_number(&verdict, -1000000000, 2);
    th_verdict_add_number(&verdict, 0, 0);
    th_verdict_add_number(&verdict, 9999999, 0);
    assert_string_equal(text_of(&verdict, TH_LANG_VI),
                        "ST01 = −10.000.000: phải từ 0 đến 9.999.999.");

    th_verdict_make(&verdict, TH_V_SCORE, 'a', "score", "120.5", "100", "HN-3814", NULL);
    assert_string_equal(text_of(&verdict, TH_LANG_VI),
                        "Điểm 120,50 ngoài thang 0–100 của HN-3814.");

    th_verdict_make(&verdict, TH_V_PERIOD, 0, "period", "2018/07", "month, year", NULL);
    assert_string_equal(
        text_of(&verdict, TH_LANG_VI),
        "Kỳ \"2018/07\" viết sai, ngoài phạm vi, hoặc biểu này không nhận (nhận: tháng, năm).");

    th_verdict_start(&verdict, TH_V_PERIOD, 0, "period");
    th_verdict_add(&verdict, TH_BYTES("2018/07"));
    char types[128];
    th_verdict_add(&verdict, th_bytes_of(th_period_types_text(0x7FE, types, sizeof(types))));
    assert_non_null(strstr(text_of(&verdict, TH_LANG_VI), "thời hạn, hằng năm, …)."));

    th_verdict_make(&verdict, TH_V_NUMBER, 0, "value", "1e3", "whole-number", NULL);
    assert_string_equal(text_of(&verdict, TH_LANG_EN),
                        "\"1e3\" is not a valid number; write a whole number such as 1273.");
}

static void missing_parameters_and_empty_lists_are_dashes(void **state)
{
    (void)state;
    struct th_verdict verdict;

    th_verdict_make(&verdict, TH_V_UNIT, 'b', "", "376", "2025-06-30", "2026", "", NULL);
    assert_non_null(strstr(text_of(&verdict, TH_LANG_EN), "report for 2026: —."));

    th_verdict_make(&verdict, TH_V_TEXT, 0, NULL, NULL);
    assert_string_equal(text_of(&verdict, TH_LANG_EN),
                        "Field —: invalid character, or longer than — bytes.");

    th_verdict_make(&verdict, TH_V_TEXT_FOLDED, 0, "note", NULL);
    assert_string_equal(text_of(&verdict, TH_LANG_VI),
                        "Trường note: đã đổi khoảng trắng đặc biệt thành dấu cách.");
}

static void long_parameters_are_cut_at_a_character(void **state)
{
    (void)state;
    struct th_verdict verdict;
    char text[200] = "";
    for (int i = 0; i < 40; i++) {
        memcpy(text + strlen(text), "ị", sizeof("ị"));
    }

    th_verdict_make(&verdict, TH_M_CELL_RATING, 0, text, text, NULL);

    assert_true(strlen(verdict.params[0]) <= 64);
    assert_true(th_text_is_utf8(th_bytes_of(verdict.params[0])));
    assert_string_equal(verdict.params[0] + strlen(verdict.params[0]) - 3, "…");
    assert_true(th_text_is_utf8(th_bytes_of(verdict.field)));
}

static void texts_from_outside_cannot_turn_the_line_around(void **state)
{
    (void)state;
    struct th_verdict verdict;

    // NOLINTNEXTLINE(misc-misleading-bidirectional): that is what it tests
    static const char text[] = "\xE2\x80\xAE\x1B[2J{x}";

    th_verdict_make(&verdict, TH_M_CELL_RATING, 0, "rating", text, NULL);

    assert_string_equal(text_of(&verdict, TH_LANG_EN),
                        "\"\\u{202E}\\u{1B}[2J{x}\" is not a rating. → write 4, 3, 2, 1 or the "
                        "level's name; for a share without its base use measure EV04");
}

static void a_code_of_a_newer_program_keeps_its_parameters(void **state)
{
    (void)state;
    struct th_verdict verdict;

    th_verdict_make(&verdict, 2299, 0, "", "93", "2018", NULL);

    assert_string_equal(text_of(&verdict, TH_LANG_EN),
                        "a code this program does not know: 93, 2018.");
    assert_int_equal(th_message_exit(2299), 0);
}

static void exit_codes_come_from_the_table(void **state)
{
    (void)state;

    assert_int_equal(th_message_exit(TH_M_NO_COMMAND), 64);
    assert_int_equal(th_message_exit(TH_V_UNIT), 65);
    assert_int_equal(th_message_exit(TH_M_FILE_LIMIT), 65);
    assert_int_equal(th_message_exit(TH_V_TEXT_FOLDED), 0);
    assert_int_equal(th_message_exit(TH_M_BACKUP_EXISTS), 73);
}

// Every {name} of text is field or stands in params.
static void expect_names(const struct th_sentence *message, const char *text)
{
    for (const char *at = text == NULL ? NULL : strchr(text, '{'); at != NULL;
         at = strchr(at + 1, '{')) {
        char name[40];
        (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 1, "}"), at + 1);
        const char *found = strstr(message->params, name);
        if (found == NULL && strcmp(name, "field") != 0) {
            fail_msg("TH%u: {%s} is no parameter", (unsigned)message->code, name);
        }
    }
}

// How many parameters the list has, and that each is in text.
static unsigned
expect_params(const struct th_sentence *message, const char *text, const char *remedy)
{
    unsigned count = 0;
    for (const char *at = message->params; *at != '\0'; count++) {
        char name[40];
        (void)snprintf(name, sizeof(name), "{%.*s}", (int)strcspn(at, ": "), at);
        if (strstr(text, name) == NULL && (remedy == NULL || strstr(remedy, name) == NULL)) {
            fail_msg("TH%u: %s is not said", (unsigned)message->code, name);
        }
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    return count;
}

static void every_message_names_the_same_parameters_in_both_languages(void **state)
{
    (void)state;
    unsigned last = 0;
    for (size_t i = 0; i < th_message_count(); i++) {
        const struct th_sentence *message = th_message_at(i);
        for (int lang = 0; lang < 2; lang++) {
            expect_names(message, message->text[lang]);
            expect_names(message, message->remedy[lang]);
            assert_true(expect_params(message, message->text[lang], message->remedy[lang]) <=
                        TH_PARAMS_MAX);
            assert_true(th_text_is_plain(th_bytes_of(message->text[lang]), 300));
        }
        assert_true(message->code * 256U + (unsigned char)message->variant > last); // in order
        last = message->code * 256U + (unsigned char)message->variant;
        assert_ptr_equal(th_message_find(message->code, message->variant), message);
        assert_true((message->remedy[0] == NULL) == (message->remedy[1] == NULL));
    }
    assert_true(th_message_count() > 150);
}

static char *printed(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    EXPECT(TH_OK, th_message_print(out));
    (void)fclose(out);
    return text;
}

static void the_document_is_printed_from_the_table(void **state)
{
    (void)state;
    char *wanted = printed();
    if (getenv("TONGHOP_REGENERATE") != NULL) {
        FILE *file = fopen(DOCUMENT, "w");
        assert_non_null(file);
        assert_true(fputs(wanted, file) >= 0);
        assert_int_equal(fclose(file), 0);
    }

    size_t size = 0;
    char *document = file_read(DOCUMENT, &size);

    assert_non_null(document);
    if (strcmp(document, wanted) != 0) {
        fail_msg("%s is old; TONGHOP_REGENERATE=1 writes it anew", DOCUMENT);
    }
    free(document);
    free(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_the_sentence_in_both_languages),
        cmocka_unit_test(parameters_are_shown_as_people_write_them),
        cmocka_unit_test(missing_parameters_and_empty_lists_are_dashes),
        cmocka_unit_test(long_parameters_are_cut_at_a_character),
        cmocka_unit_test(texts_from_outside_cannot_turn_the_line_around),
        cmocka_unit_test(a_code_of_a_newer_program_keeps_its_parameters),
        cmocka_unit_test(exit_codes_come_from_the_table),
        cmocka_unit_test(every_message_names_the_same_parameters_in_both_languages),
        cmocka_unit_test(the_document_is_printed_from_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
