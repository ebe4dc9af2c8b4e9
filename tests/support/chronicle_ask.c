// chronicle_ask.c - questions to a random province, now and as known at an earlier version

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/chronicle.h"

enum { BY_MAX = NAIVE_NAMES + 2 };

// ---- a random question ----

static const char *random_measure(struct rng *rng)
{
    static const char *const MEASURES[] = {"m.st",
                                           "m.fl",
                                           "m.ow",
                                           "ch",
                                           "nm",
                                           "sh",
                                           "tg",
                                           "yr",
                                           "lf",
                                           "o.x",
                                           "EV07",
                                           "EV01",
                                           "EV02",
                                           "EV03",
                                           "EV05",
                                           "all",
                                           "all"};
    return MEASURES[rng_below(rng, TH_COUNT(MEASURES))];
}

// Of how many parts a sum is made is not said when some were months and some running totals.
static void leave_out_sums(struct rng *rng, struct naive_question *question)
{
    bool running = false;
    for (size_t i = 0; i < question->period_count; i++) {
        running = running || question->periods[i][0] == 'T';
    }
    if (running && question->measure_count == 0) {
        question->measures[question->measure_count++] = random_measure(rng);
    }
    for (size_t i = 0; i < question->measure_count && running; i++) {
        if (strcmp(question->measures[i], REALM_CATALOGUE.sum) == 0) {
            question->measures[i] = "m.st";
        }
    }
}

static struct naive_question random_question(struct chronicle *c)
{
    static const char *const NAMES[] = {"rating", "category", "post", "scheme", "reason"};
    struct rng *rng = &c->rng;
    struct naive_question question = {
        .by_unit = rng_chance(rng, 75),
        .by_dims = rng_chance(rng, 50),
        .half = rng_chance(rng, 60) ? NAIVE_AS_REPORTED : (int)rng_below(rng, GROUND_HALVES),
    };
    question.measure_count = rng_chance(rng, 70) ? 1 + rng_below(rng, 3) : 0;
    for (size_t i = 0; i < question.measure_count; i++) {
        question.measures[i] = random_measure(rng);
    }
    question.period_count = rng_chance(rng, 70) ? 1 + rng_below(rng, 3) : 0;
    for (size_t i = 0; i < question.period_count; i++) {
        question.periods[i] = rng_chance(rng, 60)
                                  ? REALM_SPANS[rng_below(rng, (uint32_t)REALM_SPAN_COUNT)]
                                  : c->realm.periods[rng_below(rng, REALM_PERIODS)];
    }
    if (!question.by_dims && rng_chance(rng, 60)) {
        const uint32_t first = rng_below(rng, TH_COUNT(NAMES));
        question.names[0] = NAMES[first];
        question.names[1] = NAMES[(first + 1) % TH_COUNT(NAMES)];
        question.name_count = 1 + rng_below(rng, 2);
    }
    leave_out_sums(rng, &question);
    return question;
}

// ---- asking ----

static void take_words(struct th_bytes *list, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        list[i] = th_bytes_of(words[i]);
    }
}

static size_t take_by(const struct naive_question *question, struct th_bytes list[static BY_MAX])
{
    size_t by = 0;
    if (question->by_unit) {
        list[by++] = TH_BYTES("unit");
    }
    if (question->by_dims) {
        list[by++] = TH_BYTES("dims");
    }
    take_words(list + by, question->names, question->name_count);
    return by + question->name_count;
}

// known_at: a version; "": now. *version is what it was answered from.
static char *ask(struct chronicle *c,
                 const struct naive_question *question,
                 const char *known_at,
                 uint64_t *version)
{
    struct th_bytes measures[NAIVE_ASKED];
    struct th_bytes periods[NAIVE_ASKED];
    struct th_bytes by[BY_MAX];
    char structure[32] = "";
    char day[12];
    take_words(measures, question->measures, question->measure_count);
    take_words(periods, question->periods, question->period_count);
    if (question->half != NAIVE_AS_REPORTED) {
        (void)snprintf(structure,
                       sizeof(structure),
                       "as-of:%s",
                       ground_first_day(&c->realm.naive.ground, question->half, day));
    }
    const struct th_query query = {
        .ask = TH_ASK_TOTALS,
        .measures = measures,
        .measure_count = question->measure_count,
        .periods = periods,
        .period_count = question->period_count,
        .by = by,
        .by_count = take_by(question, by),
        .structure = th_bytes_of(structure),
        .known_at = th_bytes_of(known_at),
    };
    struct answer answer = province_answer(c->realm.naive.province, &query);
    char *text = NULL;
    if (answer.head.code == 0) {
        assert_int_equal(answer.head.conservation,
                         structure[0] == '\0' ? TH_CONSERVED_NOT_ASKED : TH_CONSERVED);
        text = naive_answer_of(answer.list, answer.line_count);
    } else {
        assert_int_equal(answer.head.code, TH_V_OVERFLOW);
    }
    *version = answer.head.version;
    answer_free(&answer);
    return text;
}

// ---- comparing ----

// Fails with the first line that differs; NULL: a sum passed 64 bits.
static void
compare(const struct naive_question *question, const char *got, const char *wanted, const char *of)
{
    if (got != NULL && wanted != NULL && strcmp(got, wanted) == 0) {
        return;
    }
    if (got == NULL && wanted == NULL) {
        return;
    }
    chronicle_question(question);
    got = got == NULL ? "(too large)" : got;
    wanted = wanted == NULL ? "(too large)" : wanted;
    while (*got != '\0' && *wanted != '\0') {
        const size_t a = strcspn(got, "\n");
        const size_t b = strcspn(wanted, "\n");
        if (a != b || memcmp(got, wanted, a) != 0 || got[a] == '\0' || wanted[b] == '\0') {
            break;
        }
        got += a + 1;
        wanted += b + 1;
    }
    fail_msg("the province answers\n  %.*s\n%s\n  %.*s",
             (int)strcspn(got, "\n"),
             got,
             of,
             (int)strcspn(wanted, "\n"),
             wanted);
}

static void remember(struct chronicle *c, const struct memory *memory)
{
    size_t at = c->memory_count;
    if (at == CHRONICLE_MEMORIES) {
        at = rng_below(&c->rng, CHRONICLE_MEMORIES);
        free(c->memories[at].text);
    } else {
        c->memory_count++;
    }
    c->memories[at] = *memory;
}

static void ask_again(struct chronicle *c)
{
    const struct memory *memory = &c->memories[rng_below(&c->rng, (uint32_t)c->memory_count)];
    char known_at[24];
    uint64_t version = 0;
    (void)snprintf(known_at, sizeof(known_at), "%" PRIu64, memory->version);
    char *text = ask(c, &memory->question, known_at, &version);
    compare(&memory->question, text, memory->text, "of an earlier version, and then answered");
    assert_int_equal(version, memory->version);
    free(text);
    c->again++;
}

void chronicle_ask(struct chronicle *c)
{
    struct memory fresh = {.question = random_question(c)};
    char *wanted = naive_answer(&c->realm.naive, &fresh.question);
    fresh.text = ask(c, &fresh.question, "", &fresh.version);
    for (const char *at = wanted; at != NULL && *at != '\0'; at++) {
        c->lines += *at == '\n' ? 1 : 0;
    }
    compare(&fresh.question, fresh.text, wanted, "and the model");
    free(wanted);
    if (rng_chance(&c->rng, 20)) {
        remember(c, &fresh);
    } else {
        free(fresh.text);
    }
    if (c->memory_count > 0 && rng_chance(&c->rng, 15)) {
        ask_again(c);
    }
}
