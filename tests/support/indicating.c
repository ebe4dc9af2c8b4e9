// indicating.c - see indicating.h

#include "tests/support/indicating.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

enum { WORDS_MAX = 16, ROWS_BYTES = 16384, ROWS_MAX = 10000 };

struct words {
    char text[512];
    struct th_bytes list[WORDS_MAX];
    size_t count;
};

static void split(const char *text, struct words *words)
{
    words->count = 0;
    (void)snprintf(words->text, sizeof(words->text), "%s", text == NULL ? "" : text);
    char *rest = words->text;
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(rest, " ", &rest)) {
        assert_true(words->count < WORDS_MAX);
        words->list[words->count++] = th_bytes_of(word);
    }
}

struct asked {
    struct words codes, units, periods, measures, by;
    struct th_query query;
    struct th_indicators_ask ask;
};

static void ask_of(const struct indicating *how, struct asked *asked)
{
    *asked = (struct asked){0};
    split(how->codes, &asked->codes);
    split(how->units, &asked->units);
    split(how->periods, &asked->periods);
    split(how->measures, &asked->measures);
    split(how->by, &asked->by);
    asked->query = (struct th_query){
        .ask = TH_ASK_TOTALS,
        .units = asked->units.list,
        .unit_count = asked->units.count,
        .periods = asked->periods.list,
        .period_count = asked->periods.count,
        .measures = asked->measures.list,
        .measure_count = asked->measures.count,
        .by = asked->by.list,
        .by_count = asked->by.count,
        .level = how->level == NULL ? (struct th_bytes){0} : th_bytes_of(how->level),
        .missing = how->missing,
    };
    asked->ask = (struct th_indicators_ask){
        .query = &asked->query, .codes = asked->codes.list, .code_count = asked->codes.count};
}

static th_day day_of(const struct indicating *how)
{
    th_day day = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(how->on == NULL ? "2020-01-01" : how->on), &day));
    return day;
}

static struct th_indicators *make(const struct indicating *how, struct th_bytes *unknown)
{
    struct asked asked;
    struct th_indicators *made = NULL;
    ask_of(how, &asked);
    const enum th_err err =
        th_indicators_make(&asked.ask, how->reg, how->root, how->catalogue, unknown, &made);
    assert_int_equal(err == TH_OK, made != NULL);
    if (err != TH_OK) {
        static char kept[128];
        EXPECT(TH_E_NOT_FOUND, err);
        (void)th_bytes_copy_text(*unknown, kept, sizeof(kept)); // asked goes away
        *unknown = th_bytes_of(kept);
    }
    return made;
}

static bool is_none(struct th_bytes word)
{
    return th_bytes_equal(word, TH_BYTES("-"));
}

static struct th_opt number_of(struct th_bytes word)
{
    struct th_opt number = {0};
    if (!is_none(word)) {
        number.has = true;
        EXPECT(TH_OK, th_number_parse(word, &number.value));
    }
    return number;
}

static uint32_t qualifier_of(struct th_bytes word)
{
    for (uint32_t qualifier = TH_QUALIFIER_EXACT; qualifier <= TH_QUALIFIER_ABOUT; qualifier++) {
        if (th_bytes_equal(word, th_bytes_of(th_qualifier_word(qualifier)))) {
            return qualifier;
        }
    }
    return TH_QUALIFIER_NONE;
}

static void feed(const struct indicating *how, struct th_indicators *indicators, const char *text)
{
    struct words words;
    struct th_period period;
    split(text, &words);
    assert_int_equal(words.count, 9);
    EXPECT(TH_OK, th_period_parse(words.list[1], &period));
    const struct th_resolved unit = th_register_resolve(how->reg, words.list[0], period, true);
    assert_int_equal(unit.result, TH_RESOLVED);
    const bool applies = !th_bytes_equal(words.list[5], TH_BYTES("n/a"));
    const struct th_line line = {
        .measure = words.list[2],
        .period = words.list[1],
        .cell =
            {
                .unit = words.list[0],
                .uid = unit.uid,
                .dims = is_none(words.list[3]) ? (struct th_bytes){0} : words.list[3],
                .qualifier = applies ? qualifier_of(words.list[4]) : TH_QUALIFIER_NONE,
                .value = applies ? number_of(words.list[5]) : (struct th_opt){0},
                .of = number_of(words.list[6]),
                .before = number_of(words.list[7]),
                .after = number_of(words.list[8]),
                .not_applicable = !applies,
                .contributions = 1,
            },
    };
    EXPECT(TH_OK, th_indicators_add(indicators, &line));
}

static void
feed_all(const struct indicating *how, struct th_indicators *indicators, const char *lines)
{
    char line[512];
    while (*lines != '\0') {
        const char *end = strchr(lines, '\n');
        const size_t size = end == NULL ? strlen(lines) : (size_t)(end - lines);
        (void)snprintf(line, sizeof(line), "%.*s", (int)size, lines);
        feed(how, indicators, line);
        lines += size + (end == NULL ? 0 : 1);
    }
}

// ---- rows as text ----

static void say(char *out, const char *text)
{
    const size_t size = strlen(out);
    (void)snprintf(out + size, ROWS_BYTES - size, "%s", text);
}

static void say_bytes(char *out, struct th_bytes text)
{
    char copy[256];
    say(out, text.size == 0 ? "-" : th_bytes_copy_text(text, copy, sizeof(copy)));
    say(out, " ");
}

static void say_number(char *out, struct th_opt number, uint32_t decimals)
{
    char text[TH_NUMBER_TEXT_BYTES];
    say(out, number.has ? th_number_plain(number.value, decimals, text) : "-");
    say(out, " ");
}

static void say_marks(char *out, const struct th_indicator_row *row)
{
    char word[TH_INDICATOR_WORD_BYTES];
    size_t index = 0;
    while (th_indicator_mark_word(row, index, word) > 0) {
        say(out, index > 0 ? ";" : "");
        say(out, word);
        index++;
    }
    say(out, index == 0 ? "-" : "");
}

static void say_row(const struct indicating *how, char *out, const struct th_indicator_row *row)
{
    char text[TH_INDICATOR_TEXT_BYTES];
    if (how->ranked) {
        (void)snprintf(text, sizeof(text), "%" PRIu32 " ", row->rank);
        say(out, row->rank == 0 ? "- " : text);
    }
    say_bytes(out, row->unit);
    say_bytes(out, row->period);
    say_bytes(out, row->indicator->code);
    say_bytes(out, row->dims);
    if (how->people) {
        say(out, th_indicator_value_people(how->lang, row, text));
        say(out, " | ");
        say(out, th_indicator_marks_people(how->lang, row, text));
    } else {
        say_number(out, row->num, row->num_decimals);
        say_number(out, row->den, row->den_decimals);
        say_number(out, row->value, row->value_decimals);
        say_marks(out, row);
    }
    say(out, "\n");
}

static char *list(const struct indicating *how, struct th_indicators *indicators)
{
    struct th_indicator_row *rows = NULL;
    size_t count = 0;
    char *out = calloc(1, ROWS_BYTES);
    assert_non_null(out);
    EXPECT(TH_OK, th_indicators_list(indicators, day_of(how), ROWS_MAX, &rows, &count));
    if (how->ranked) {
        th_indicators_rank(rows, count, how->min_base);
    }
    for (size_t i = 0; i < count; i++) {
        say_row(how, out, &rows[i]);
    }
    return out;
}

char *indicating_rows(const struct indicating *how, const char *lines)
{
    struct th_bytes unknown = {0};
    TH_SCOPED(th_indicators_free) struct th_indicators *indicators = make(how, &unknown);
    assert_non_null(indicators);
    feed_all(how, indicators, lines);
    return list(how, indicators);
}

char *indicating_lines(const struct indicating *how, const struct th_line *lines, size_t count)
{
    struct th_bytes unknown = {0};
    TH_SCOPED(th_indicators_free) struct th_indicators *indicators = make(how, &unknown);
    assert_non_null(indicators);
    for (size_t i = 0; i < count; i++) {
        EXPECT(TH_OK, th_indicators_add(indicators, &lines[i]));
    }
    return list(how, indicators);
}

char *
indicating_states(const struct indicating *how, const struct th_form_state *states, size_t count)
{
    struct th_bytes unknown = {0};
    TH_SCOPED(th_indicators_free) struct th_indicators *indicators = make(how, &unknown);
    assert_non_null(indicators);
    for (size_t i = 0; i < count; i++) {
        EXPECT(TH_OK, th_indicators_add_form(indicators, &states[i]));
    }
    return list(how, indicators);
}

static void say_list(char *out, const char *name, const struct th_bytes *list, size_t count)
{
    say(out, name);
    for (size_t i = 0; i < count; i++) {
        char copy[256];
        say(out, i > 0 ? "," : "");
        say(out, th_bytes_copy_text(list[i], copy, sizeof(copy)));
    }
}

char *indicating_question(const struct indicating *how)
{
    struct th_bytes unknown = {0};
    TH_SCOPED(th_indicators_free) struct th_indicators *indicators = make(how, &unknown);
    struct th_query query;
    char *out = calloc(1, ROWS_BYTES);
    assert_non_null(out);
    assert_non_null(indicators);
    EXPECT(TH_OK, th_indicators_query(indicators, &query));
    say(out, query.ask == TH_ASK_TOTALS ? "TOTALS" : "STATE");
    say_list(out, " units=", query.units, query.unit_count);
    say_list(out, " periods=", query.periods, query.period_count);
    say_list(out, " measures=", query.measures, query.measure_count);
    say_list(out, " by=", query.by, query.by_count);
    say_list(out, " level=", &query.level, query.level.size > 0 ? 1 : 0);
    return out;
}

char *indicating_unknown(const struct indicating *how)
{
    struct th_bytes unknown = TH_BYTES("ok");
    struct th_indicators *made = make(how, &unknown);
    char *out = calloc(1, ROWS_BYTES);
    assert_non_null(out);
    th_indicators_free(&made);
    say_list(out, "", &unknown, 1);
    return out;
}

struct th_register *indicating_register(const char *csv)
{
    struct th_register *reg = NULL;
    struct th_findings findings = th_findings_of(NULL, 0, "units");
    EXPECT(TH_OK, th_register_read(th_bytes_of(csv), (struct th_bytes){0}, &findings, &reg));
    return reg;
}
