// test_indicator_model.c - whatever was reported, shares equal a count by hand
//
// The model is a table of people by category, scheme and rating, and two posts by block: it knows
// nothing of lines, dims or operands. The code under test gets the same as lines, in any order.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/indicator.h"

#include "tests/support/catalogue.h"
#include "tests/support/indicating.h"
#include "tests/support/test.h"

enum { ROUNDS = 400, CATEGORIES = 3, SCHEMES = 2, RATINGS = 5, BLOCKS = 3 };
enum { LINES_MAX = 80, TEXT_BYTES = 8192 };

static const char *const CATEGORY[CATEGORIES] = {"cadre", "civil_servant", "public_employee"};
static const char *const SCHEME[SCHEMES] = {"KS-01", "QD132"};
static const char *const BLOCK[BLOCKS] = {NULL, "administration", "commune"};

struct cell {
    bool there;
    int64_t value;
    uint32_t qualifier;
};

struct model {
    struct cell people[2][CATEGORIES][SCHEMES][RATINGS]; // one by one, and as counts
    struct cell due[CATEGORIES];                         // EV06
    struct cell present[BLOCKS];                         // ST02
    struct cell assigned[BLOCKS];                        // ST07
};

static const char UNITS[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                            "93,Hậu Giang,Tỉnh,province,,,,\n";

static struct th_catalogue *catalogue;
static struct th_register *reg;

static int setup(void **state)
{
    (void)state;
    EXPECT(TH_OK, th_hash_start());
    catalogue = catalogue_vn();
    reg = indicating_register(UNITS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    th_catalogue_free(&catalogue);
    th_register_free(&reg);
    return 0;
}

// ---- a random report ----

static struct cell random_cell(struct rng *rng)
{
    return (struct cell){.there = rng_chance(rng, 40),
                         .value = rng_between(rng, 0, rng_chance(rng, 10) ? 9999999 : 30),
                         .qualifier = rng_chance(rng, 80) ? 1 : 1 + rng_below(rng, 4)};
}

static void random_cells(struct rng *rng, struct cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cells[i] = random_cell(rng);
    }
}

static void random_model(struct rng *rng, struct model *model)
{
    random_cells(rng, &model->people[0][0][0][0], sizeof(model->people) / sizeof(struct cell));
    random_cells(rng, model->due, CATEGORIES);
    random_cells(rng, model->present, BLOCKS);
    random_cells(rng, model->assigned, BLOCKS);
}

struct lines {
    char dims[LINES_MAX][TH_DIMS_MAX + 1];
    struct th_line list[LINES_MAX];
    size_t count;
};

static void put(struct lines *lines,
                const char *measure,
                const char *period,
                const char *dims,
                struct cell cell)
{
    if (!cell.there) {
        return;
    }
    assert_true(lines->count < LINES_MAX);
    (void)snprintf(lines->dims[lines->count], TH_DIMS_MAX + 1, "%s", dims);
    lines->list[lines->count] = (struct th_line){
        .measure = th_bytes_of(measure),
        .period = th_bytes_of(period),
        .cell = {.unit = TH_BYTES("93"),
                 .uid = 1,
                 .dims = th_bytes_of(lines->dims[lines->count]),
                 .qualifier = cell.qualifier,
                 .value = {.has = true, .value = cell.value},
                 .contributions = 1},
    };
    lines->count++;
}

static void put_all(struct lines *lines, const struct model *model)
{
    char dims[TH_DIMS_MAX + 1];
    lines->count = 0;
    for (size_t category = 0; category < CATEGORIES; category++) {
        (void)snprintf(dims, sizeof(dims), "category=%s", CATEGORY[category]);
        put(lines, "EV06", "2018", dims, model->due[category]);
        for (size_t at = 0; at < (size_t)SCHEMES * RATINGS; at++) {
            (void)snprintf(dims,
                           sizeof(dims),
                           "category=%s;rating=%zu;scheme=%s",
                           CATEGORY[category],
                           at % RATINGS,
                           SCHEME[at / RATINGS]);
            put(lines,
                "EV01",
                "2018",
                dims,
                model->people[0][category][at / RATINGS][at % RATINGS]);
            put(lines,
                "EV07",
                "2018",
                dims,
                model->people[1][category][at / RATINGS][at % RATINGS]);
        }
    }
    for (size_t block = 0; block < BLOCKS; block++) {
        (void)snprintf(dims, sizeof(dims), block == 0 ? "" : "block=%s", BLOCK[block]);
        put(lines, "ST02", "2018-12-31", dims, model->present[block]);
        put(lines, "ST07", "2018-12-31", dims, model->assigned[block]);
    }
}

// text has TEXT_BYTES.
static void append(char *text, const char *more)
{
    const size_t size = strlen(text);
    (void)snprintf(text + size, TEXT_BYTES - size, "%s", more);
}

// ---- by hand ----

struct tally {
    bool there;
    int64_t sum;
    unsigned qualifiers; // bits of those met
};

static void count(struct tally *tally, struct cell cell)
{
    if (cell.there) {
        tally->there = true;
        tally->sum += cell.value;
        tally->qualifiers |= 1U << cell.qualifier;
    }
}

// exact 1, over 2, under 3, about 4; of what is divided by, over and under change places.
static const char *word_of(unsigned above, unsigned below)
{
    const unsigned swapped = (below & ~12U) | (below & 4U) << 1 | (below & 8U) >> 1;
    const unsigned both = above | swapped;
    const bool over = (both & 4U) != 0;
    const bool under = (both & 8U) != 0;
    if ((both & 16U) != 0 || (over && under)) {
        return "about";
    }
    return over ? "over" : under ? "under" : "-";
}

static void say(char *out, const char *name, const char *dims, struct tally num, struct tally den)
{
    char line[256];
    char texts[2][24] = {"-", "-"};
    char value[24] = "-";
    const char *mark = "-";
    if (num.there) {
        (void)snprintf(texts[0], sizeof(texts[0]), "%" PRId64, num.sum);
    }
    if (den.there) {
        (void)snprintf(texts[1], sizeof(texts[1]), "%" PRId64, den.sum);
    }
    if (num.there && den.there && den.sum > 0) {
        (void)snprintf(
            value, sizeof(value), "%" PRId64, (2000 * num.sum + den.sum) / (2 * den.sum));
        mark = word_of(num.qualifiers, den.qualifiers);
    }
    (void)snprintf(
        line, sizeof(line), "%s %s %s %s %s %s\n", name, dims, texts[0], texts[1], value, mark);
    append(out, line);
}

// Of one category (CATEGORIES: all) and scheme (SCHEMES: all), the people rated low to high.
static struct tally
rated(const struct model *model, size_t category, size_t scheme, size_t low, size_t high)
{
    struct tally tally = {0};
    for (size_t kind = 0; kind < 2; kind++) {
        for (size_t c = 0; c < CATEGORIES; c++) {
            for (size_t s = 0; s < SCHEMES; s++) {
                for (size_t r = 0; r < RATINGS; r++) {
                    struct cell cell = model->people[kind][c][s][r];
                    const bool meant = (category == CATEGORIES || category == c) &&
                                       (scheme == SCHEMES || scheme == s);
                    tally.there = tally.there || (meant && cell.there);
                    cell.there = cell.there && meant && r >= low && r <= high;
                    count(&tally, cell);
                }
            }
        }
    }
    return tally;
}

static void
say_people(char *out, const struct model *model, size_t category, size_t scheme, const char *dims)
{
    const struct tally all = rated(model, category, scheme, 1, 4);
    if (all.there) {
        say(out, "I01", dims, rated(model, category, scheme, 4, 4), all);
        say(out, "I02", dims, rated(model, category, scheme, 3, 4), all);
    }
}

static void expect_none(char *out, const struct model *model)
{
    struct tally present = {0};
    struct tally assigned = {0};
    say_people(out, model, CATEGORIES, SCHEMES, "-");
    count(&present, model->present[0]);
    count(&assigned, model->assigned[0]);
    if (present.there || assigned.there) {
        say(out, "I07", "-", present, assigned);
    }
}

static void expect_categories(char *out, const struct model *model)
{
    char dims[64];
    struct tally due;
    for (size_t pass = 0; pass < 2; pass++) { // I01, I02; then I04
        for (size_t category = 0; category < CATEGORIES; category++) {
            const struct tally all = rated(model, category, SCHEMES, 1, 4);
            due = (struct tally){0};
            (void)snprintf(dims, sizeof(dims), "category=%s", CATEGORY[category]);
            count(&due, model->due[category]);
            if (pass == 0) {
                say_people(out, model, category, SCHEMES, dims);
            } else if (all.there || due.there) {
                say(out, "I04", dims, all, due);
            }
        }
    }
}

static void expect_schemes(char *out, const struct model *model)
{
    char dims[64];
    for (size_t category = 0; category < CATEGORIES; category++) {
        for (size_t scheme = 0; scheme < SCHEMES; scheme++) {
            (void)snprintf(
                dims, sizeof(dims), "category=%s;scheme=%s", CATEGORY[category], SCHEME[scheme]);
            say_people(out, model, category, scheme, dims);
        }
    }
}

static void expect_blocks(char *out, const struct model *model)
{
    char dims[64];
    for (size_t block = 1; block < BLOCKS; block++) {
        struct tally present = {0};
        struct tally assigned = {0};
        (void)snprintf(dims, sizeof(dims), "block=%s", BLOCK[block]);
        count(&present, model->present[block]);
        count(&assigned, model->assigned[block]);
        if (present.there || assigned.there) {
            say(out, "I07", dims, present, assigned);
        }
    }
}

// ---- what the code says ----

static void shuffle(struct rng *rng, struct lines *lines)
{
    for (size_t i = lines->count; i > 1; i--) {
        const size_t other = rng_below(rng, (uint32_t)i);
        const struct th_line kept = lines->list[i - 1];
        lines->list[i - 1] = lines->list[other];
        lines->list[other] = kept;
    }
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

// Lines of text in order, since the two sides list them in orders of their own.
static void sort_text(char *text)
{
    char *lines[128];
    char sorted[TEXT_BYTES] = "";
    size_t count_lines = 0;
    char *rest = text;
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL;
         line = strtok_r(rest, "\n", &rest)) {
        assert_true(count_lines < TH_COUNT(lines));
        lines[count_lines++] = line;
    }
    qsort(lines, count_lines, sizeof(char *), by_text);
    for (size_t i = 0; i < count_lines; i++) {
        append(sorted, lines[i]);
        append(sorted, "\n");
    }
    memcpy(text, sorted, sizeof(sorted));
}

struct split {
    const char *codes, *by;
    void (*expect)(char *out, const struct model *model);
};

static const struct split SPLITS[] = {
    {"I01 I02 I07", NULL, expect_none},
    {"I01 I02 I04", "category", expect_categories},
    {"I01 I02", "category scheme", expect_schemes},
    {"I07", "block", expect_blocks},
};

// "93 2018 I01 - 4 11 364 -" without unit and period.
static void without_place(char *rows)
{
    char out[TEXT_BYTES] = "";
    char *rest = rows;
    for (char *row = strtok_r(rest, "\n", &rest); row != NULL; row = strtok_r(rest, "\n", &rest)) {
        const char *indicator = strstr(row, " I");
        assert_non_null(indicator);
        append(out, indicator + 1);
        append(out, "\n");
    }
    memcpy(rows, out, sizeof(out));
}

static void shares_equal_a_count_by_hand(void **state)
{
    (void)state;
    static struct model model;
    static struct lines lines;
    static char want[TEXT_BYTES];
    struct rng rng;
    rng_start(&rng);
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct split *split = &SPLITS[rng_below(&rng, TH_COUNT(SPLITS))];
        const struct indicating how = {
            .catalogue = catalogue, .reg = reg, .root = 1, .codes = split->codes, .by = split->by};
        random_model(&rng, &model);
        put_all(&lines, &model);
        shuffle(&rng, &lines);
        want[0] = '\0';
        split->expect(want, &model);
        sort_text(want);

        char *got = indicating_lines(&how, lines.list, lines.count);
        without_place(got);
        sort_text(got);
        assert_string_equal(got, want);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_equal_a_count_by_hand),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
