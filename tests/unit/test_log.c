// test_log.c - one line per event, whatever is in it

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "tonghop/log.h"

#include "tests/support/test.h"

enum { OUTPUT_MAX = 65536 };

static int file = -1;
static char output[OUTPUT_MAX + 1];

static void start(enum th_log_format format, int level)
{
    th_log_start(&(struct th_log_options){.level = level, .format = format, .descriptor = file});
}

static int setup(void **state)
{
    (void)state;
    file = memfd_create("log", MFD_CLOEXEC);
    start(TH_LOG_TEXT, LOG_INFO);
    return file < 0 ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    return close(file);
}

// What was written since the last call.
static const char *written(void)
{
    const off_t size = lseek(file, 0, SEEK_CUR);
    assert_in_range(size, 0, OUTPUT_MAX);
    assert_int_equal(pread(file, output, (size_t)size, 0), size);
    output[size] = '\0';
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    assert_int_equal(ftruncate(file, 0), 0);
    return output;
}

// The line without its time, which is "2026-11-24T11:40:12.345Z ".
static const char *untimed(void)
{
    const char *line = written();
    assert_int_equal(strspn(line, "0123456789-T:.Z"), 24);
    assert_int_equal(line[24], ' ');
    return line + 25;
}

static void a_line_names_level_event_and_fields(void **state)
{
    (void)state;
    th_log(LOG_WARNING, "batch-refused", "node=%u reason=%s size=%zuB", 3U, "busy", (size_t)12);
    assert_string_equal(untimed(), "warning batch-refused node=3 reason=busy size=12B\n");
    th_log(LOG_ERR, "started", "%s", "");
    assert_string_equal(untimed(), "error started\n");
    th_log(LOG_NOTICE, "kept", "share=%d%% empty=%s %s", 5, "", "no key");
    assert_string_equal(untimed(), "notice kept share=5% empty=\"\" text=\"no key\"\n");
    th_log(LOG_INFO, "vi", "unit=%s", "Xã Vị Thuỷ");
    assert_string_equal(untimed(), "info vi unit=\"Xã Vị Thuỷ\"\n");
}

static void only_what_is_wanted_is_written_and_counted(void **state)
{
    (void)state;
    const uint64_t infos = th_log_lines(LOG_INFO);
    const uint64_t debugs = th_log_lines(LOG_DEBUG);

    th_log(LOG_DEBUG, "detail", "n=%d", 1);
    assert_string_equal(written(), "");
    th_log_level_set(LOG_DEBUG);
    assert_true(th_log_wants(LOG_DEBUG));
    th_log(LOG_DEBUG, "detail", "n=%d", 1);
    th_log_level_set(LOG_ERR);
    th_log(LOG_INFO, "detail", "n=%d", 1);

    assert_string_equal(untimed(), "debug detail n=1\n");
    assert_true(th_log_lines(LOG_INFO) == infos);
    assert_true(th_log_lines(LOG_DEBUG) == debugs + 1);
}

static void a_value_cannot_be_a_line_or_field_or_level_of_its_own(void **state)
{
    (void)state;
    th_log(LOG_INFO, "e", "a=%s b=%s", "1 b=2\n<3>error", "x");
    assert_string_equal(untimed(), "info e a=\"1 b=2\\u{A}<3>error\" b=x\n");
    th_log(LOG_INFO, "e", "a=%s", "\"quote\" back\\slash");
    assert_string_equal(untimed(), "info e a=\"\\\"quote\\\" back\\\\slash\"\n");
    th_log(LOG_INFO,
           "e",
           "a=%s",
           "\xE2\x80\xAE"
           "drow \x1b[31m \xff\xC2\x9B");
    assert_string_equal(untimed(), "info e a=\"\\u{202E}drow \\u{1B}[31m \\x{FF}\\u{9B}\"\n");
}

// The marks that the log itself puts around values are characters like others in a value.
static void marks_in_a_value_do_not_end_it(void **state)
{
    (void)state;
    th_log(LOG_INFO, "e", "a=%s b=%d", "1\x02 forged=\x01yes", 2);
    assert_string_equal(untimed(), "info e text=\"a=1\\u{2} forged=\\u{1}yes b=2\"\n");
}

static void the_journal_gets_a_priority_and_no_time(void **state)
{
    (void)state;
    start(TH_LOG_JOURNAL, LOG_INFO);
    th_log(LOG_ERR, "disk-full", "province=%s", "p-93");
    assert_string_equal(written(), "<3>disk-full province=p-93\n");
}

static void auto_is_the_journal_only_on_its_own_stream(void **state)
{
    (void)state;
    struct stat about;
    char stream[64];
    assert_int_equal(fstat(file, &about), 0);
    (void)snprintf(
        stream, sizeof(stream), "%ju:%ju", (uintmax_t)about.st_dev, (uintmax_t)about.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    start(TH_LOG_AUTO, LOG_INFO);
    th_log(LOG_INFO, "e", "n=%d", 1);
    assert_string_equal(written(), "<6>e n=1\n");
    assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
    start(TH_LOG_AUTO, LOG_INFO);
    th_log(LOG_INFO, "e", "n=%d", 1);
    assert_string_equal(untimed(), "info e n=1\n");
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
}

static void json_has_numbers_strings_and_escapes(void **state)
{
    (void)state;
    start(TH_LOG_JSON, LOG_INFO);
    th_log(LOG_INFO,
           "e",
           "n=%d neg=%d id=%s text=%s",
           12,
           -3,
           "007",
           "a\"b\n\xE2\x80\xAE\xF3\xA0\x81\x81\xff");
    const char *line = written();
    json_t *object = json_loads(line, 0, NULL);
    assert_non_null(object);
    assert_int_equal(json_integer_value(json_object_get(object, "n")), 12);
    assert_int_equal(json_integer_value(json_object_get(object, "neg")), -3);
    assert_string_equal(json_string_value(json_object_get(object, "id")), "007");
    assert_string_equal(json_string_value(json_object_get(object, "event")), "e");
    assert_string_equal(json_string_value(json_object_get(object, "text")),
                        "a\"b\n\xE2\x80\xAE\xF3\xA0\x81\x81\xEF\xBF\xBD");
    assert_null(strstr(line, "\xE2\x80\xAE"));
    json_decref(object);
}

static void a_long_line_is_cut_at_a_character_and_says_so(void **state)
{
    (void)state;
    char value[1500];
    for (size_t i = 0; i + 1 < sizeof(value); i += 2) {
        memcpy(value + i, "\xC3\xA3", 2);
    }
    value[1498] = '\0';
    th_log(LOG_INFO, "long", "before=%d value=%s after=%d", 1, value, 2);
    const char *line = written();
    const size_t size = strlen(line);
    assert_in_range(size, TH_LOG_LINE_MAX - 32, TH_LOG_LINE_MAX);
    assert_string_equal(line + size - 7, "\xC3\xA3\"\xE2\x80\xA6\n");
    assert_null(strstr(line, "after"));

    start(TH_LOG_JSON, LOG_INFO);
    th_log(LOG_INFO, "long", "before=%d value=%s after=%d", 1, value, 2);
    json_t *object = json_loads(written(), 0, NULL);
    assert_non_null(object);
    assert_true(json_is_true(json_object_get(object, "cut")));
    json_decref(object);
}

// Parses a text line again: the fields it finds are those that were given.
static unsigned count_fields(const char *line)
{
    unsigned fields = 0;
    bool quoted = false;
    for (const char *at = line; *at != '\0'; at++) {
        if (quoted && *at == '\\') {
            at++;
        } else if (*at == '"') {
            quoted = !quoted;
        } else if (*at == '=' && !quoted) {
            fields++;
        }
    }
    assert_false(quoted);
    return fields;
}

static void any_bytes_are_one_line_that_parses_back(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int round = 0; round < 6000; round++) {
        const bool json = round % 2 == 1;
        start(json ? TH_LOG_JSON : TH_LOG_TEXT, LOG_INFO);
        char bytes[1400];
        const size_t size = rng_below(&rng, rng_chance(&rng, 10) ? sizeof(bytes) : 40);
        rng_bytes(&rng, bytes, size);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = bytes[i] == '\0' ? '\n' : bytes[i];
            bytes[i] = rng_chance(&rng, 20) ? " =\"\\\n\x01\x02"[rng_below(&rng, 7)] : bytes[i];
        }
        bytes[size] = '\0';

        th_log(LOG_INFO, "any", "a=%s b=%d", bytes, 7);

        const char *line = written();
        const size_t length = strlen(line);
        assert_in_range(length, 1, TH_LOG_LINE_MAX);
        assert_ptr_equal(strchr(line, '\n'), line + length - 1);
        if (json) {
            json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(object);
            assert_string_equal(json_string_value(json_object_get(object, "event")), "any");
            json_decref(object);
        } else {
            const unsigned fields = count_fields(line);
            const bool one_value = strstr(line, " any text=\"") != NULL;
            assert_in_range(fields, 1, 2);
            assert_true(one_value ? fields == 1 : fields == 2 || length > 900);
        }
    }
}

static void names_are_those_of_the_configuration(void **state)
{
    (void)state;
    int level = 0;
    enum th_log_format format = TH_LOG_TEXT;

    assert_true(th_log_level_parse("notice", &level));
    assert_int_equal(level, LOG_NOTICE);
    assert_string_equal(th_log_level_name(LOG_ERR), "error");
    assert_false(th_log_level_parse("Notice", &level));
    assert_true(th_log_format_parse("json", &format));
    assert_int_equal(format, TH_LOG_JSON);
    assert_false(th_log_format_parse("xml", &format));
}

static void a_line_that_cannot_be_written_is_counted_and_errno_is_kept(void **state)
{
    (void)state;
    const uint64_t lost = th_log_lost();
    th_log_start(
        &(struct th_log_options){.level = LOG_INFO, .format = TH_LOG_TEXT, .descriptor = -1});

    errno = ENOSPC;
    th_log(LOG_INFO, "e", "n=%d", 1);

    assert_int_equal(errno, ENOSPC);
    assert_true(th_log_lost() == lost + 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_line_names_level_event_and_fields),
        CASE(only_what_is_wanted_is_written_and_counted),
        CASE(a_value_cannot_be_a_line_or_field_or_level_of_its_own),
        CASE(marks_in_a_value_do_not_end_it),
        CASE(the_journal_gets_a_priority_and_no_time),
        CASE(auto_is_the_journal_only_on_its_own_stream),
        CASE(json_has_numbers_strings_and_escapes),
        CASE(a_long_line_is_cut_at_a_character_and_says_so),
        CASE(any_bytes_are_one_line_that_parses_back),
        CASE(names_are_those_of_the_configuration),
        CASE(a_line_that_cannot_be_written_is_counted_and_errno_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
