// test_restated_model.c - restated totals equal a recount by generations
//
// Random figures of random units in random years are restated to every year, from one register or
// from registers of each province's own, some of which are not there.
//
//   TONGHOP_ROUNDS=N   so many histories (80); scripts/deep model runs more

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/catalogue.h"
#include "tests/support/lines.h"
#include "tests/support/recount.h"
#include "workers/restated.h"

enum { ROUNDS = 80, SOURCES_MAX = 64 };

struct under_test {
    const struct th_register *wide;
    struct th_register *own[SOURCES_MAX]; // NULL: the wide one
    uint32_t roots[SOURCES_MAX][1];
    int root_units[SOURCES_MAX];
    struct restated_source sources[SOURCES_MAX + 1];
    uint32_t absent[SOURCES_MAX];
    size_t held;
    size_t absent_count;
    size_t source_count;
};

static th_day day_in(int year, int month)
{
    return th_day_of((struct th_date){HISTORY_FIRST + year, month, month == 12 ? 31 : 1});
}

static struct th_bytes code_text(int code, char out[static 16])
{
    (void)snprintf(out, 16, "U%d", code);
    return th_bytes_of(out);
}

static uint32_t find(const struct th_register *reg, int code, int year)
{
    char text[16];
    return th_register_find(reg, code_text(code, text), day_in(year, 12));
}

// A register for every province, of which some are away.
static void
take_apart(struct history *history, struct under_test *test, const struct th_catalogue *catalogue)
{
    bool seen[HISTORY_YEARS * HISTORY_NODES_MAX] = {false};
    for (int year = 0; year < HISTORY_YEARS; year++) {
        for (int at = 0; at < history->years[year].count; at++) {
            const struct history_node *node = &history->years[year].nodes[at];
            if (node->parent != HISTORY_NOWHERE || seen[node->unit]) {
                continue;
            }
            seen[node->unit] = true;
            assert_true(test->held < SOURCES_MAX && test->absent_count < SOURCES_MAX);
            if (history->away[node->unit]) {
                test->absent[test->absent_count++] = find(test->wide, node->code, year);
                continue;
            }
            char ref[48];
            size_t left_out = 0;
            struct th_register *own = NULL;
            (void)snprintf(ref, sizeof(ref), "U%d@%d-12-31", node->code, HISTORY_FIRST + year);
            EXPECT(TH_OK, th_register_subtree(test->wide, th_bytes_of(ref), &own, &left_out));
            test->own[test->held] = own;
            test->roots[test->held][0] = find(own, node->code, year);
            test->root_units[test->held] = node->unit;
            test->sources[test->held] =
                (struct restated_source){own, catalogue, test->roots[test->held], 1};
            test->held++;
        }
    }
    test->source_count = test->held;
    if (test->absent_count > 0) {
        test->sources[test->source_count++] =
            (struct restated_source){test->wide, catalogue, test->absent, test->absent_count};
    }
}

static void keep_together(struct under_test *test, const struct th_catalogue *catalogue)
{
    test->absent_count = th_register_roots(test->wide, test->absent, SOURCES_MAX);
    test->sources[0] =
        (struct restated_source){test->wide, catalogue, test->absent, test->absent_count};
    test->source_count = 1;
}

// Which source has the node, and under which number.
static size_t source_of(
    const struct history *history, const struct under_test *test, int year, int node, uint32_t *uid)
{
    const struct history_year *y = &history->years[year];
    size_t source = 0;
    while (test->held > 0 && test->root_units[source] != y->nodes[history_root_of(y, node)].unit) {
        source++;
    }
    *uid = find(test->sources[source].reg, y->nodes[node].code, year);
    assert_int_not_equal(*uid, TH_UNIT_NONE);
    return source;
}

static void
feed(const struct recount *recount, const struct under_test *test, struct restated *restated)
{
    const struct history *history = recount->history;
    for (int i = 0; i < history->said_count; i++) {
        const struct history_said *said = &history->said[i];
        if (said->measure == NULL || !history_is_here(history, said->year, said->node)) {
            continue;
        }
        char label[16];
        struct figures_one one = {
            .measure = th_bytes_of(said->measure),
            .dims = th_bytes_of(said->dims),
            .total_dims = th_bytes_of(said->dims),
            .figure = said->figure,
            .scheme = said->category != NULL ? TH_BYTES("PLAIN") : (struct th_bytes){0},
            .category = th_bytes_of(said->category),
        };
        (void)snprintf(label, sizeof(label), "%d", HISTORY_FIRST + said->year);
        EXPECT(TH_OK, th_period_parse(th_bytes_of(label), &one.period));
        const size_t source = source_of(history, test, said->year, said->node, &one.uid);
        if (said->category != NULL) {
            const struct figures_rated rated = {one.uid, one.period, one.scheme, one.category};
            EXPECT(TH_OK, restated_rated(restated, source, &rated));
        }
        EXPECT(TH_OK, restated_add(restated, source, &one));
        // Its total, figure by figure: sums of a province are sums of these.
        struct th_cell cell = {0};
        const struct figure_key total = {
            .period = one.period, .measure = one.measure, .dims = one.dims};
        EXPECT(TH_OK, th_cell_add(&cell, &said->figure));
        EXPECT(TH_OK, restated_add_total(restated, &total, &cell));
    }
}

static void
compare(struct recount *recount, struct under_test *test, const struct th_catalogue *catalogue)
{
    TH_SCOPED(restated_free) struct restated *restated = NULL;
    TH_SCOPED(th_lines_free) struct th_lines *lines = NULL;
    const struct restated_setup setup = {
        .wide = test->wide,
        .catalogue = catalogue,
        .day = day_in(recount->target, 6),
        .sources = test->sources,
        .source_count = test->source_count,
        .bytes_max = (size_t)64 * 1024 * 1024,
    };
    const struct th_bytes by[] = {TH_BYTES("unit"), TH_BYTES("dims")};
    const struct th_query query = {.by = by, .by_count = recount->by_dims ? 2 : 1};
    struct th_bytes unknown = {0};
    char fault[RESTATED_FAULT_BYTES] = "";
    EXPECT(TH_OK, restated_make(&setup, &restated));
    const struct th_lines_structure structure = {
        .day = setup.day, .expect = restated_expect, .self = restated};
    EXPECT(
        TH_OK,
        th_lines_make_on(&query,
                         &(struct th_lines_setup){test->wide, TH_UNIT_NONE, catalogue, &structure},
                         &unknown,
                         &lines));
    EXPECT(TH_OK, restated_ask(restated, lines));
    feed(recount, test, restated);
    EXPECT(TH_OK, restated_finish(restated));

    assert_true(restated_is_conserved(restated, fault));
    assert_string_equal(lines_text(lines), recount_text(recount));
}

static void restated_totals_equal_a_recount_by_generations(void **state)
{
    (void)state;
    static struct history history;
    static struct recount recount;
    struct rng rng;
    rng_start(&rng);
    TH_SCOPED(th_catalogue_free)
    struct th_catalogue *catalogue = catalogue_of(&(struct catalogue_texts){
        .settings = "catalogue: {code: t, version: 1, languages: [en], default_scheme: PLAIN}\n",
        .measures = "dims:\n"
                    "  - {code: post, type: code}\n"
                    "measures:\n"
                    "  - {code: m.W, en: m, shape: stock, dims: [{code: post}]}\n"
                    "  - {code: m.O, en: m, shape: stock, scope: own, marginal: sum,\n"
                    "     dims: [{code: post}]}\n"
                    "  - {code: C, en: m, shape: change, dims: [{code: post}]}\n"
                    "  - {code: S, en: m, shape: share, dims: [{code: post}]}\n"
                    "derived:\n"
                    "  - {code: D, en: sum, sum_of: \"m.*\"}\n",
    });
    const char *wanted = getenv("TONGHOP_ROUNDS");
    const long rounds = wanted == NULL ? ROUNDS : strtol(wanted, NULL, 10);
    for (long round = 0; round < rounds; round++) {
        history_make(&history, &rng);
        TH_SCOPED(th_register_free) struct th_register *wide = history_register(&history);
        struct under_test test = {.wide = wide};
        if (rng_chance(&rng, 50)) {
            for (size_t i = 0; i < TH_COUNT(history.away); i++) {
                history.away[i] = rng_chance(&rng, 25);
            }
            take_apart(&history, &test, catalogue);
        } else {
            keep_together(&test, catalogue);
        }
        for (int target = 0; target < HISTORY_YEARS && test.source_count > 0; target++) {
            recount.history = &history;
            recount.target = target;
            recount.by_dims = rng_chance(&rng, 50);
            compare(&recount, &test, catalogue);
        }
        for (size_t i = 0; i < test.held; i++) {
            th_register_free(&test.own[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restated_totals_equal_a_recount_by_generations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
