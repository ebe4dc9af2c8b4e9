// test_line_model.c - lines equal a recount from the figures, whatever the tree, the scope and by
//
// The model keeps single figures. From them it makes the totals of every unit, key by key, as the
// province does (value, and reported by looking at every reporter), and feeds them to the lines;
// and it makes each wanted line directly from the figures. Both must agree, units that end within
// the period included.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/support/catalogue.h"
#include "tests/support/lines.h"
#include "tests/support/register.h"
#include "tests/support/test.h"

enum { ROUNDS = 300, FIGURES_MAX = 40, UNITS_MAX = 64, TEXT_BYTES = 16384, KEYS = 6 };

static const char *const PERIOD = "2020";
// Dims a and b in all combinations that occur.
static const char *const DIMS[KEYS] = {"", "a=1", "a=2", "a=1;b=1", "a=1;b=2", "b=1"};

struct figure {
    uint32_t uid;
    int dims; // index in DIMS
    int64_t value;
};

struct model {
    struct province province;
    struct th_period period;
    const char *measure;
    bool whole;
    struct figure figures[FIGURES_MAX];
    size_t count;
};

static const struct catalogue_texts CATALOGUE = {
    .settings = "catalogue: {code: t, version: 1, languages: [en], default_scheme: PLAIN}\n",
    .measures =
        "dims:\n  - {code: a, type: code}\n  - {code: b, type: code}\n"
        "measures:\n"
        "  - {code: OWN, en: m, shape: stock, scope: own, marginal: sum,\n"
        "     dims: [{code: a}, {code: b}]}\n"
        "  - {code: WHOLE, en: m, shape: stock, marginal: sum, dims: [{code: a}, {code: b}]}\n",
};

// A root, districts and communes; in a changing tree some end in the middle of the period, and
// their communes then stand directly below the root.
static struct th_register *random_register(struct rng *rng, bool changes)
{
    char text[TEXT_BYTES];
    int at = snprintf(text, sizeof(text), "code,name,type,parent,valid_from,valid_to\nP,P,t,,,\n");
    const int districts = (int)rng_between(rng, 1, 4);
    for (int d = 0; d < districts; d++) {
        const bool ends = changes && rng_chance(rng, 50);
        at += snprintf(
            text + at, sizeof(text) - (size_t)at, "D%d,D,t,P,,%s\n", d, ends ? "2020-07-01" : "");
        const int communes = (int)rng_below(rng, 4);
        for (int c = 0; c < communes; c++) {
            at += snprintf(text + at,
                           sizeof(text) - (size_t)at,
                           "C%d%d,C,t,D%d,,%s\n",
                           d,
                           c,
                           d,
                           ends ? "2020-07-01" : "");
            if (ends && rng_chance(rng, 60)) {
                at += snprintf(
                    text + at, sizeof(text) - (size_t)at, "C%d%d,C,t,P,2020-07-01,\n", d, c);
            }
        }
    }
    return register_of(text, "");
}

static th_day day_of(const struct model *model, uint32_t uid)
{
    return th_register_structure_day(model->province.reg, uid, model->period);
}

static bool at_or_below(const struct model *model, uint32_t uid, uint32_t above, th_day day)
{
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const size_t depth = th_register_path(model->province.reg, uid, day, path);
    for (size_t i = 0; i < depth; i++) {
        if (path[i] == above) {
            return true;
        }
    }
    return false;
}

// Does the figure of x add to the totals of u?
static bool adds_to(const struct model *model, uint32_t x, uint32_t u)
{
    return at_or_below(model, x, u, day_of(model, x));
}

// Does the figure speak for reporter r, seen from u?
static bool covers(const struct model *model, const struct figure *figure, uint32_t r, uint32_t u)
{
    if (!adds_to(model, figure->uid, u)) {
        return false;
    }
    return figure->uid == r ||
           (model->whole && (at_or_below(model, figure->uid, r, day_of(model, figure->uid)) ||
                             at_or_below(model, r, figure->uid, day_of(model, r))));
}

static bool is_reporter_of(const struct model *model, uint32_t r, uint32_t u)
{
    const struct province *province = &model->province;
    const th_day day = day_of(model, u);
    return th_form_is_reporter(NULL, province->reg, province->root, r, day_of(model, r)) &&
           adds_to(model, r, u) && at_or_below(model, r, u, day) &&
           th_form_is_reporter(NULL, province->reg, province->root, r, day);
}

// Value and coverage of u over the figures whose dims are among keys.
static struct th_cell
count_cell(const struct model *model, uint32_t u, const bool keys[static KEYS])
{
    struct th_cell cell = {0};
    for (size_t i = 0; i < model->count; i++) {
        const struct figure *figure = &model->figures[i];
        if (keys[figure->dims] && adds_to(model, figure->uid, u)) {
            cell.value += figure->value;
            cell.exact++;
        }
    }
    for (uint32_t r = 1; r <= th_register_unit_count(model->province.reg); r++) {
        bool covered = false;
        for (size_t i = 0; i < model->count && !covered; i++) {
            covered = keys[model->figures[i].dims] && covers(model, &model->figures[i], r, u);
        }
        cell.reported += covered && is_reporter_of(model, r, u) ? 1 : 0;
    }
    return cell;
}

// V26: of one key no two figures of a whole may stand above each other.
static bool may_report(const struct model *model, uint32_t uid, int dims)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct figure *other = &model->figures[i];
        if (other->dims != dims) {
            continue;
        }
        if (other->uid == uid || (model->whole && (adds_to(model, uid, other->uid) ||
                                                   adds_to(model, other->uid, uid)))) {
            return false;
        }
    }
    return true;
}

static void random_figures(struct rng *rng, struct model *model)
{
    const uint32_t units = th_register_unit_count(model->province.reg);
    const size_t wanted = rng_below(rng, FIGURES_MAX);
    for (size_t i = 0; i < wanted; i++) {
        const struct figure figure = {.uid = 1 + rng_below(rng, units),
                                      .dims = (int)rng_below(rng, KEYS),
                                      .value = rng_between(rng, 0, 1000)};
        if (may_report(model, figure.uid, figure.dims)) {
            model->figures[model->count++] = figure;
        }
    }
}

static void feed(struct th_lines *lines, const struct model *model)
{
    for (uint32_t uid = 1; uid <= th_register_unit_count(model->province.reg); uid++) {
        for (int dims = 0; dims < KEYS; dims++) {
            bool keys[KEYS] = {false};
            keys[dims] = true;
            const struct th_cell cell = count_cell(model, uid, keys);
            EXPECT(TH_OK,
                   th_lines_set(lines,
                                th_bytes_of(model->measure),
                                th_bytes_of(PERIOD),
                                uid,
                                th_bytes_of(DIMS[dims]),
                                &cell));
        }
    }
}

// The dims of a line, and which keys it adds up, when dimension a (b) is kept.
static void keys_of(bool keep_a, bool keep_b, int of, bool keys[static KEYS], char kept[16])
{
    char parts[KEYS][16];
    for (int i = 0; i < KEYS; i++) {
        const char *a = strstr(DIMS[i], "a=");
        const char *b = strstr(DIMS[i], "b=");
        (void)snprintf(parts[i],
                       sizeof(parts[i]),
                       "%.3s%s%.3s",
                       keep_a && a != NULL ? a : "",
                       keep_a && a != NULL && keep_b && b != NULL ? ";" : "",
                       keep_b && b != NULL ? b : "");
    }
    for (int i = 0; i < KEYS; i++) {
        keys[i] = strcmp(parts[i], parts[of]) == 0;
    }
    (void)snprintf(kept, 16, "%s", parts[of]);
}

static const struct th_line *
find_line(const struct th_line *list, size_t count, uint32_t uid, const char *dims)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].cell.uid == uid && th_bytes_equal(list[i].cell.dims, th_bytes_of(dims))) {
            return &list[i];
        }
    }
    return NULL;
}

static void compare(struct th_lines *lines, const struct model *model, bool keep_a, bool keep_b)
{
    const struct th_line *list = NULL;
    size_t count = 0;
    size_t found = 0;
    EXPECT(TH_OK, th_lines_list(lines, 100000, &list, &count));
    for (uint32_t uid = 1; uid <= th_register_unit_count(model->province.reg); uid++) {
        for (int of = 0; of < KEYS; of++) {
            bool keys[KEYS];
            char kept[16];
            keys_of(keep_a, keep_b, of, keys, kept);
            const struct th_cell wanted = count_cell(model, uid, keys);
            const struct th_line *line = find_line(list, count, uid, kept);
            const bool below = adds_to(model, uid, model->province.root);
            assert_int_equal(line != NULL, wanted.exact > 0 && below);
            if (line == NULL) {
                continue;
            }
            bool is_first = true; // of the keys that make this line
            for (int earlier = 0; earlier < of; earlier++) {
                is_first = is_first && !keys[earlier];
            }
            found += is_first ? 1 : 0;
            assert_int_equal(line->cell.value.value, wanted.value);
            assert_int_equal(line->cell.contributions, wanted.exact);
            assert_int_equal(line->cell.reported, wanted.reported);
            assert_int_equal(
                line->cell.expected.value,
                th_form_reporters(
                    NULL, model->province.reg, model->province.root, uid, day_of(model, uid)));
            assert_true((int64_t)line->cell.reported <= line->cell.expected.value);
        }
    }
    assert_int_equal(found, count);
}

static void one_round(struct rng *rng, const struct th_catalogue *catalogue)
{
    static const char *const BY[2][2] = {{"unit", "unit,b"}, {"unit,a", "unit,b,a"}};
    const bool whole = rng_chance(rng, 50);
    TH_SCOPED(th_register_free) struct th_register *reg = random_register(rng, !whole);
    struct model model = {
        .province = {.reg = reg, .root = 1, .catalogue = catalogue},
        .measure = whole ? "WHOLE" : "OWN",
        .whole = whole,
    };
    EXPECT(TH_OK, th_period_parse(th_bytes_of(PERIOD), &model.period));
    random_figures(rng, &model);
    for (int keep = 0; keep < 4; keep++) {
        const bool keep_a = keep / 2 == 1;
        const bool keep_b = keep % 2 == 1;
        TH_SCOPED(th_lines_free)
        struct th_lines *lines =
            lines_ask(&model.province, &(struct question){.by = BY[keep_a][keep_b]}, NULL);
        feed(lines, &model);
        compare(lines, &model, keep_a, keep_b);

        // Afterwards some figures go: the same lines are asked again.
        const size_t count = model.count;
        model.count = count / 2;
        feed(lines, &model);
        compare(lines, &model, keep_a, keep_b);
        model.count = count;
    }
}

static void lines_equal_a_recount_from_the_figures(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    TH_SCOPED(th_catalogue_free) struct th_catalogue *catalogue = catalogue_of(&CATALOGUE);

    for (int round = 0; round < ROUNDS; round++) {
        one_round(&rng, catalogue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_equal_a_recount_from_the_figures),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
