// test_yaml.c - the strict reader, its findings with their places, and the writer

#include "tonghop/yaml.h"

#include "tests/support/test.h"

// A catalogue in small: every type, a nested mapping, lists, and keys of two kinds.
struct level {
    int64_t rating;
    int64_t min_score;
    struct th_bytes label;
};
struct scheme {
    struct th_yaml_place place;
    struct th_bytes code;
    struct th_bytes vi;
    th_day valid_from;
    struct th_yaml_place valid_to_place;
    th_day valid_to;
    struct th_yaml_list periods; // of int32_t
    struct th_yaml_list levels;
    struct {
        struct th_yaml_place place;
        int64_t max;
    } score;
};
struct sample {
    struct th_yaml_list schemes;
    bool is_open;
    struct th_yaml_list patterns;
    int64_t map_size;
    int64_t wait_ms;
    int64_t free_min;
    int32_t lang;
};

static const char *const PERIODS[] = {"month", "quarter", "year", NULL};
static const char *const LANGS[] = {"vi", "en", "auto", NULL};

static const struct th_yaml_key LEVEL_KEYS[] = {
    {.name = "rating",
     .type = TH_YAML_INTEGER,
     .is_required = true,
     .max = 9,
     .offset = offsetof(struct level, rating)},
    {.name = "min_score",
     .type = TH_YAML_INTEGER,
     .fallback = "-1",
     .min = -1,
     .max = 1000000,
     .offset = offsetof(struct level, min_score)},
    {.name = "label", .type = TH_YAML_TEXT, .max = 16, .offset = offsetof(struct level, label)},
};
static const struct th_yaml_table LEVEL = {
    LEVEL_KEYS, TH_COUNT(LEVEL_KEYS), sizeof(struct level), 0};

static const struct th_yaml_key SCORE_KEYS[] = {
    {.name = "max",
     .type = TH_YAML_INTEGER,
     .is_required = true,
     .max = 1000000,
     .fallback = "10000",
     .offset = offsetof(struct scheme, score.max) - offsetof(struct scheme, score)},
};
static const struct th_yaml_table SCORE = {
    SCORE_KEYS, 1, sizeof(((struct scheme *)NULL)->score), 0};

static const struct th_yaml_key SCHEME_KEYS[] = {
    {.name = "code",
     .type = TH_YAML_CODE,
     .is_required = true,
     .max = 32,
     .offset = offsetof(struct scheme, code)},
    {.name = "vi", .type = TH_YAML_TEXT, .max = 64, .offset = offsetof(struct scheme, vi)},
    {.name = "valid_from", .type = TH_YAML_DATE, .offset = offsetof(struct scheme, valid_from)},
    {.name = "valid_to",
     .type = TH_YAML_DATE,
     .offset = offsetof(struct scheme, valid_to),
     .place = TH_YAML_AT(struct scheme, valid_to_place)},
    {.name = "periods",
     .type = TH_YAML_WORD,
     .is_list = true,
     .words = PERIODS,
     .offset = offsetof(struct scheme, periods)},
    {.name = "levels",
     .type = TH_YAML_MAP,
     .is_list = true,
     .table = &LEVEL,
     .offset = offsetof(struct scheme, levels)},
    {.name = "score",
     .type = TH_YAML_MAP,
     .table = &SCORE,
     .offset = offsetof(struct scheme, score),
     .place = TH_YAML_AT(struct scheme, score.place)},
};
static const struct th_yaml_table SCHEME = {
    SCHEME_KEYS, TH_COUNT(SCHEME_KEYS), sizeof(struct scheme), TH_YAML_AT(struct scheme, place)};

static const struct th_yaml_key SAMPLE_KEYS[] = {
    {.name = "schemes",
     .type = TH_YAML_MAP,
     .is_list = true,
     .table = &SCHEME,
     .offset = offsetof(struct sample, schemes)},
    {.name = "open_measures", .type = TH_YAML_BOOL, .offset = offsetof(struct sample, is_open)},
    {.name = "open_measures",
     .type = TH_YAML_TEXT,
     .is_list = true,
     .offset = offsetof(struct sample, patterns)},
    {.name = "map_size",
     .type = TH_YAML_SIZE,
     .fallback = "64GiB",
     .min = 1024,
     .max = INT64_C(1) << 46,
     .offset = offsetof(struct sample, map_size)},
    {.name = "wait",
     .type = TH_YAML_TIME,
     .fallback = "5ms",
     .max = 60000,
     .offset = offsetof(struct sample, wait_ms)},
    {.name = "free_min",
     .type = TH_YAML_PERCENT,
     .fallback = "5%",
     .max = 100,
     .offset = offsetof(struct sample, free_min)},
    {.name = "lang",
     .type = TH_YAML_WORD,
     .words = LANGS,
     .fallback = "auto",
     .offset = offsetof(struct sample, lang)},
};
static const struct th_yaml_table SAMPLE = {
    SAMPLE_KEYS, TH_COUNT(SAMPLE_KEYS), sizeof(struct sample), 0};

enum { KEPT = 32 };
static struct th_finding kept[KEPT];
static struct th_findings findings;
static struct th_yaml_pool pool;
static struct sample sample;

static int setup(void **state)
{
    (void)state;
    findings = th_findings_of(kept, KEPT, "f");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_yaml_pool_free(&pool);
    return 0;
}

static enum th_err read_text(const char *text)
{
    return th_yaml_read(th_bytes_of(text), &SAMPLE, &TH_YAML_LIMITS, &pool, &findings, &sample);
}

static void values_land_in_the_struct(void **state)
{
    (void)state;

    EXPECT(TH_OK,
           read_text("\xEF\xBB\xBF# a catalogue\n"
                     "schemes:\n"
                     "  - code: HN-3814\n"
                     "    vi: \"\xC4\x90"
                     "a\xCC\x81nh gia\xCC\x81\"\n"
                     "    valid_from: 2018-07-01\n"
                     "    periods: [month, year]\n"
                     "    score: {max: 0}\n"
                     "    levels: [{rating: 4, label: A, min_score: 9000}, {rating: 1}]\n"
                     "  - {code: \"93\", valid_to: 2020-01-01}\n"
                     "open_measures: true\n"
                     "map_size: 64MiB\n"
                     "lang: en\n"));

    assert_int_equal(sample.schemes.count, 2);
    const struct scheme *schemes = sample.schemes.items;
    assert_string_equal(schemes[0].code.data, "HN-3814");
    assert_string_equal(schemes[0].vi.data, "Đánh giá");
    assert_int_equal(schemes[0].place.line, 3);
    assert_int_equal(schemes[0].place.column, 5);
    assert_int_equal(schemes[0].valid_to, TH_DAY_NONE);
    assert_int_equal(schemes[0].valid_to_place.line, 0);
    assert_int_equal(schemes[0].score.max, 0);
    assert_int_equal(schemes[0].score.place.line, 7);
    assert_int_equal(((const int32_t *)schemes[0].periods.items)[1], 2);
    const struct level *levels = schemes[0].levels.items;
    assert_int_equal(levels[0].min_score, 9000);
    assert_int_equal(levels[1].min_score, -1);
    assert_int_equal(schemes[1].score.max, 10000); // absent: its defaults, and no place
    assert_int_equal(schemes[1].score.place.line, 0);
    assert_int_equal(schemes[1].valid_to_place.line, 9);
    assert_true(sample.is_open);
    assert_int_equal(sample.map_size, 64 << 20);
    assert_int_equal(sample.wait_ms, 5);
    assert_int_equal(sample.free_min, 5);
    assert_int_equal(sample.lang, 1);
}

static void a_key_may_be_of_two_kinds(void **state)
{
    (void)state;

    EXPECT(TH_OK, read_text("open_measures: [a, \"b c\"]\n"));

    assert_false(sample.is_open);
    assert_int_equal(sample.patterns.count, 2);
    assert_string_equal(((const struct th_bytes *)sample.patterns.items)[1].data, "b c");
}

struct refusal {
    const char *text;
    uint32_t line;
    uint32_t column;
    unsigned code;
};

// clang-format off
static const struct refusal REFUSALS[] = {
    {"lang: vi\nlangs: en\n", 2, 1, TH_M_YAML_UNKNOWN_KEY},
    {"schemes: [{vi: a}]\n", 1, 11, TH_M_YAML_MISSING_KEY},
    {"lang: vi\nlang: vi\n", 2, 1, TH_M_YAML_KEY_TWICE},
    {"open_measures: true\nopen_measures: [a]\n", 2, 1, TH_M_YAML_KEY_TWICE},
    {"lang: fr\n", 1, 7, TH_M_YAML_TYPE},
    {"lang: [vi]\n", 1, 7, TH_M_YAML_TYPE},
    {"lang: {vi: 1}\n", 1, 7, TH_M_YAML_TYPE},
    {"schemes: x\n", 1, 10, TH_M_YAML_TYPE},
    {"schemes: [x]\n", 1, 11, TH_M_YAML_TYPE},
    {"schemes:\n  - code: a b\n", 2, 11, TH_M_YAML_TYPE},
    {"schemes:\n  - code: a\n    valid_from: 2018-7-1\n", 3, 17, TH_M_YAML_TYPE},
    {"schemes:\n  - {code: a, levels: [{rating: 010}]}\n", 2, 33, TH_M_YAML_TYPE},
    {"schemes:\n  - {code: a, levels: [{rating: 0x1}]}\n", 2, 33, TH_M_YAML_TYPE},
    {"schemes:\n  - {code: a, levels: [{rating: 1.0}]}\n", 2, 33, TH_M_YAML_TYPE},
    {"schemes:\n  - {code: a, levels: [{rating: \"1\"}]}\n", 2, 33, TH_M_YAML_TYPE},
    {"schemes:\n  - {code: a, levels: [{rating: 10}]}\n", 2, 33, TH_M_YAML_RANGE},
    {"schemes:\n  - {code: a, levels: [{rating: 1, label: 01234567890123456}]}\n", 2, 43, TH_M_YAML_RANGE},
    {"open_measures: yes\n", 1, 16, TH_M_YAML_TYPE},
    {"open_measures: \"true\"\n", 1, 16, TH_M_YAML_TYPE},
    {"map_size: 1KB\n", 1, 11, TH_M_YAML_TYPE},
    {"map_size: 1023\n", 1, 11, TH_M_YAML_RANGE},
    {"map_size: 9223372036854775807TiB\n", 1, 11, TH_M_YAML_TYPE},
    {"wait: 5\n", 1, 7, TH_M_YAML_TYPE},
    {"wait: 2m\n", 1, 7, TH_M_YAML_RANGE},
    {"wait: 1.5s\n", 1, 7, TH_M_YAML_TYPE},
    {"lang:\n", 1, 6, TH_M_YAML_TYPE},
    {"lang: ~\n", 1, 7, TH_M_YAML_TYPE},
    {"lang: \"\"\n", 1, 7, TH_M_YAML_TYPE},
    {"lang: &a vi\n", 1, 7, TH_M_YAML_ANCHOR},
    {"lang: !!str vi\n", 1, 7, TH_M_YAML_ANCHOR},
    {"lang: ! vi\n", 1, 7, TH_M_YAML_ANCHOR},
    {"lang: *a\n", 1, 7, TH_M_YAML_ANCHOR},
    {"<<: {lang: vi}\n", 1, 1, TH_M_YAML_ANCHOR},
    {"%YAML 1.1\n---\nlang: vi\n", 1, 1, TH_M_YAML_ANCHOR},
    {"lang: vi\n---\nlang: vi\n", 2, 1, TH_M_YAML_SYNTAX},
    {"lang: vi\n...\nlang: vi\n", 3, 1, TH_M_YAML_SYNTAX},
    {"- lang\n", 1, 1, TH_M_YAML_SYNTAX},
    {"vi\n", 1, 1, TH_M_YAML_SYNTAX},
    {"[a]: vi\n", 1, 1, TH_M_YAML_SYNTAX},
    {"schemes:\n\t- {code: a}\n", 2, 1, TH_M_YAML_SYNTAX},
    {"lang: [vi\n", 2, 1, TH_M_YAML_SYNTAX},
    {"schemes: [{code: a, vi: \"a\\x07\"}]\n", 1, 25, TH_M_YAML_TEXT},
    {"# \xE1\xBB\x8B\nlang: v\x07\n", 2, 8, TH_M_YAML_TEXT},
    {"lang: \xFF\n", 1, 7, TH_M_YAML_TEXT},
    {"a: [[[[[[[[[]]]]]]]]]\n", 1, 11, TH_M_YAML_TOO_LARGE},
};
// clang-format on

static void everything_else_is_refused_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(REFUSALS); i++) {
        const struct refusal *refusal = &REFUSALS[i];
        findings = th_findings_of(kept, KEPT, "f");

        const enum th_err err = read_text(refusal->text);

        if (err != TH_E_REFUSED || findings.count == 0 || kept[0].verdict.code != refusal->code ||
            kept[0].line != refusal->line || kept[0].column != refusal->column) {
            char text[TH_FINDING_TEXT_BYTES] = "nothing";
            if (findings.count > 0) {
                (void)th_finding_text(&kept[0], TH_LANG_EN, text, sizeof(text));
            }
            fail_msg("%s gave %s", refusal->text, text);
        }
        assert_int_equal(findings.count, 1);
        th_yaml_pool_free(&pool);
    }
}

static void all_findings_of_a_file_come_at_once(void **state)
{
    (void)state;
    char text[TH_FINDING_TEXT_BYTES];

    EXPECT(TH_E_REFUSED, read_text("schemas: 1\nlang: fr\nwait: 2m\nmap_size: 12abc\n"));

    assert_int_equal(findings.count, 4);
    (void)th_finding_text(&kept[0], TH_LANG_EN, text, sizeof(text));
    assert_string_equal(
        text, "f:1:1: error TH1101: unknown key \"schemas\". → did you mean \"schemes\"?");
    (void)th_finding_text(&kept[1], TH_LANG_VI, text, sizeof(text));
    assert_string_equal(text, "f:2:7: lỗi TH1104: lang: \"fr\" không có trong số: vi, en, auto.");
    (void)th_finding_text(&kept[2], TH_LANG_EN, text, sizeof(text));
    assert_string_equal(text, "f:3:7: error TH1105: wait: 2m is outside 0ms..1m.");
    (void)th_finding_text(&kept[3], TH_LANG_EN, text, sizeof(text));
    assert_string_equal(text,
                        "f:4:11: error TH1104: map_size: \"12abc\" is not a size such as 64MiB.");
}

static void a_secret_stands_in_no_finding(void **state)
{
    (void)state;
    struct th_bytes secret;
    static const struct th_yaml_key key = {
        .name = "secret", .type = TH_YAML_CODE, .max = 40, .is_secret = true};
    static const struct th_yaml_table table = {&key, 1, sizeof(struct th_bytes), 0};
    char text[TH_FINDING_TEXT_BYTES];

    EXPECT(TH_E_REFUSED,
           th_yaml_read(
               TH_BYTES("secret: a b c"), &table, &TH_YAML_LIMITS, &pool, &findings, &secret));

    (void)th_finding_text(&kept[0], TH_LANG_EN, text, sizeof(text));
    assert_string_equal(
        text, "f:1:9: error TH1104: secret: \"***\" is not a code (letters, digits and . _ -).");
    assert_string_equal(kept[0].value, "");
}

static void an_empty_file_gives_the_defaults(void **state)
{
    (void)state;
    struct sample defaults;

    EXPECT(TH_OK, read_text("# nothing\n"));
    EXPECT(TH_OK, th_yaml_defaults(&SAMPLE, &pool, &defaults));

    assert_memory_equal(&sample, &defaults, sizeof(sample));
    assert_true(sample.map_size == INT64_C(64) << 30);
}

static void files_have_limits_of_bytes_and_values(void **state)
{
    (void)state;
    const struct th_yaml_limits few = {40, 3};

    EXPECT(TH_OK, th_yaml_read(TH_BYTES("lang: vi"), &SAMPLE, &few, &pool, &findings, &sample));
    EXPECT(TH_E_REFUSED,
           th_yaml_read(TH_BYTES("lang: vi\nwait: 1s"), &SAMPLE, &few, &pool, &findings, &sample));
    EXPECT(TH_E_REFUSED,
           th_yaml_read(TH_BYTES("# 0123456789012345678901234567890123456789"),
                        &SAMPLE,
                        &few,
                        &pool,
                        &findings,
                        &sample));
    assert_int_equal(kept[0].verdict.code, TH_M_YAML_TOO_LARGE);
    assert_int_equal(kept[1].verdict.code, TH_M_YAML_TOO_LARGE);
}

static enum th_err set(const char *path, const char *value)
{
    return th_yaml_set(th_bytes_of(path), th_bytes_of(value), &SAMPLE, &pool, &findings, &sample);
}

static void single_values_are_set_by_path(void **state)
{
    (void)state;
    char text[64];
    EXPECT(TH_OK, th_yaml_defaults(&SAMPLE, &pool, &sample));

    EXPECT(TH_OK, set("wait", "30s"));
    EXPECT(TH_OK, set("open_measures", "true"));
    EXPECT(TH_E_REFUSED, set("wait", "30"));
    EXPECT(TH_E_REFUSED, set("wait.x", "30s"));
    EXPECT(TH_E_REFUSED, set("nothing", "30s"));
    EXPECT(TH_E_REFUSED, set("schemes", "a"));

    assert_int_equal(sample.wait_ms, 30000);
    assert_true(sample.is_open);
    const struct th_yaml_key *key = th_yaml_find(&SAMPLE, TH_BYTES("wait"));
    assert_string_equal(th_yaml_value_text(key, &sample.wait_ms, text, sizeof(text)), "30s");
    assert_null(th_yaml_find(&SAMPLE, TH_BYTES("waits")));
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    static const char source[] = "schemes:\n"
                                 "  - code: \"HN-3814\"\n"
                                 "    vi: \"a \\\"b\\\" \\\\ : # c\"\n"
                                 "    valid_from: 2018-07-01\n"
                                 "    periods: [month, year]\n"
                                 "    levels:\n"
                                 "      - rating: 4\n"
                                 "        min_score: 9000\n"
                                 "        label: \"A\"\n"
                                 "      - rating: 1\n"
                                 "    score:\n"
                                 "      max: 0\n"
                                 "open_measures: [\"a\", \"null\"]\n"
                                 "map_size: 1536MiB\n"
                                 "wait: 250ms\n"
                                 "lang: vi\n";
    uint8_t room[2048];
    struct th_writer out = TH_WRITER(room);
    EXPECT(TH_OK, read_text(source));

    th_yaml_write(&SAMPLE, &sample, false, &out);

    th_write_u8(&out, 0);
    assert_string_equal((const char *)th_written(&out).data, source);
}

static void writing_all_shows_the_defaults_too(void **state)
{
    (void)state;
    uint8_t room[512];
    struct th_writer out = TH_WRITER(room);
    EXPECT(TH_OK, read_text(""));

    th_yaml_write(&SAMPLE, &sample, true, &out);

    th_write_u8(&out, 0);
    assert_string_equal(
        (const char *)th_written(&out).data,
        "open_measures: false\nmap_size: 64GiB\nwait: 5ms\nfree_min: 5%\nlang: auto\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_land_in_the_struct, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_may_be_of_two_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(everything_else_is_refused_at_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(all_findings_of_a_file_come_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_secret_stands_in_no_finding, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_file_gives_the_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(files_have_limits_of_bytes_and_values, setup, teardown),
        cmocka_unit_test_setup_teardown(single_values_are_set_by_path, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(writing_all_shows_the_defaults_too, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
