// test_register_model.c - a register answers like a model that looks at every day
//
// Random registers of few codes and few days, right and wrong ones. The model keeps rows in an
// array and walks day by day: slow, and too simple to be wrong. It decides first whether the
// register may be read at all; then every code on every day, every parent, path and child, and
// random codes in random periods must agree.

#include <stdio.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/register.h"

#include "tests/support/test.h"

enum {
    ROUNDS = 1500,
    CODES = 12,
    ROWS_MAX = 40,
    LINKS_MAX = 6,
    DAYS = 24,    // 0 is "always before", DAYS - 1 "still so"
    BASE = 10000, // model day 1 is register day BASE + 1
    TEXT_MAX = 8192,
};

struct row {
    int code, name, type, parent; // parent -1: a root
    int from, until;              // model days; 0 and DAYS are open ends
    int unit;                     // 1, 2, ... as the model joins them
};

struct link {
    int old_code, new_code, effective, kind;
};

struct model {
    struct row rows[ROWS_MAX];
    int row_count;
    struct link links[LINKS_MAX];
    int link_count;
};

// ---- a random register ----

static void add_row(struct model *model, struct row row)
{
    if (model->row_count < ROWS_MAX) {
        model->rows[model->row_count++] = row;
    }
}

// Three layers; most parents are of the layer above, most days are covered.
static int random_parent(struct rng *rng, int code)
{
    if (code < 2) {
        return rng_chance(rng, 3) ? (int)rng_below(rng, CODES) : -1;
    }
    if (rng_chance(rng, 3)) {
        return (int)rng_below(rng, CODES);
    }
    return code < 6 ? (int)rng_below(rng, 2) : 2 + (int)rng_below(rng, 4);
}

static void random_code(struct rng *rng, struct model *model, int code)
{
    int day = code >= 6 && rng_chance(rng, 30) ? (int)rng_between(rng, 1, DAYS - 2) : 0;
    struct row row = {.code = code, .name = (int)rng_below(rng, 2)};
    row.parent = random_parent(rng, code);
    while (day < DAYS) {
        const bool cut = rng_chance(rng, code < 2 ? 20 : 50);
        row.from = day;
        row.until = cut ? (int)rng_between(rng, day, DAYS) : DAYS;
        row.until = row.until == 0 ? 1 : row.until;
        add_row(model, row);
        day = row.until;
        if (code >= 6 && rng_chance(rng, 20)) {
            day += (int)rng_between(rng, -1, 4);
        }
        row.type = (int)rng_below(rng, 3);
        row.name = rng_chance(rng, 60) ? row.name : (int)rng_below(rng, 2);
        row.parent = rng_chance(rng, 70) ? row.parent : random_parent(rng, code);
        if (code >= 6 && rng_chance(rng, 20)) {
            break;
        }
    }
}

static void random_model(struct rng *rng, struct model *model)
{
    *model = (struct model){0};
    for (int code = 0; code < CODES; code++) {
        random_code(rng, model, code);
    }
    // The order of the file is not the order of the codes.
    for (int i = model->row_count - 1; i > 0; i--) {
        const int k = (int)rng_below(rng, (uint32_t)i + 1);
        const struct row row = model->rows[i];
        model->rows[i] = model->rows[k];
        model->rows[k] = row;
    }
    model->link_count = (int)rng_below(rng, LINKS_MAX + 1);
    for (int i = 0; i < model->link_count; i++) {
        const struct row *row = &model->rows[rng_below(rng, (uint32_t)model->row_count)];
        model->links[i] = (struct link){
            .old_code = row->code,
            .new_code = rng_chance(rng, 50) ? row->code : (int)rng_below(rng, CODES),
            .effective = row->until < DAYS ? row->until : (int)rng_between(rng, 1, DAYS - 1),
            .kind = (int)rng_below(rng, 3),
        };
    }
}

// ---- the model's answers ----

static int row_on(const struct model *model, int code, int day)
{
    for (int i = 0; i < model->row_count; i++) {
        const struct row *row = &model->rows[i];
        if (row->code == code && row->from <= day && day < row->until) {
            return i;
        }
    }
    return -1;
}

static bool day_is_good(const struct model *model, int day)
{
    for (int i = 0; i < model->row_count; i++) {
        const struct row *row = &model->rows[i];
        if (row->from > day || day >= row->until) {
            continue;
        }
        if (row_on(model, row->code, day) != i) {
            return false; // two versions
        }
        int above = i;
        int depth = 1;
        while (model->rows[above].parent >= 0) {
            above = row_on(model, model->rows[above].parent, day);
            if (above < 0 || ++depth > TH_UNIT_DEPTH_MAX) {
                return false;
            }
        }
    }
    return true;
}

static void merge(struct model *model, int a, int b)
{
    const int gone = model->rows[b].unit;
    for (int i = 0; i < model->row_count; i++) {
        if (model->rows[i].unit == gone) {
            model->rows[i].unit = model->rows[a].unit;
        }
    }
}

static bool has_link(const struct model *model, int code, int effective)
{
    for (int i = 0; i < model->link_count; i++) {
        if (model->links[i].old_code == code && model->links[i].effective == effective) {
            return true;
        }
    }
    return false;
}

static void join_rows(struct model *model)
{
    for (int i = 0; i < model->row_count; i++) {
        model->rows[i].unit = -1 - i;
    }
    for (int a = 0; a < model->row_count; a++) {
        for (int b = 0; b < model->row_count; b++) {
            const struct row *x = &model->rows[a];
            const struct row *y = &model->rows[b];
            if (x->code == y->code && x->until == y->from && x->name == y->name &&
                x->parent == y->parent && !has_link(model, x->code, y->from)) {
                merge(model, a, b);
            }
        }
    }
    for (int i = 0; i < model->link_count; i++) {
        const struct link *link = &model->links[i];
        const int before = row_on(model, link->old_code, link->effective - 1);
        const int after = row_on(model, link->new_code, link->effective);
        if (link->kind == TH_SUCCESSOR_RECODE && before >= 0 && after >= 0) {
            merge(model, before, after);
        }
    }
    int units = 0;
    for (int i = 0; i < model->row_count; i++) {
        if (model->rows[i].unit < 0) {
            units++;
            const int joined = model->rows[i].unit;
            for (int k = 0; k < model->row_count; k++) {
                model->rows[k].unit = model->rows[k].unit == joined ? units : model->rows[k].unit;
            }
        }
    }
}

static bool units_live_once(const struct model *model)
{
    for (int day = 0; day < DAYS; day++) {
        for (int a = 0; a < model->row_count; a++) {
            for (int b = 0; b < a; b++) {
                const struct row *x = &model->rows[a];
                const struct row *y = &model->rows[b];
                if (x->unit == y->unit && x->from <= day && day < x->until && y->from <= day &&
                    day < y->until) {
                    return false;
                }
            }
        }
    }
    return true;
}

static bool is_good(struct model *model)
{
    for (int i = 0; i < model->row_count; i++) {
        if (model->rows[i].from >= model->rows[i].until) {
            return false;
        }
    }
    for (int day = 0; day < DAYS; day++) {
        if (!day_is_good(model, day)) {
            return false;
        }
    }
    join_rows(model);
    return units_live_once(model);
}

static int unit_on(const struct model *model, int code, int day)
{
    const int row = row_on(model, code, day);
    return row < 0 ? 0 : model->rows[row].unit;
}

// The last model day of a unit; DAYS - 1 when it still lives.
static int last_day_of(const struct model *model, int unit)
{
    int last = -1;
    for (int i = 0; i < model->row_count; i++) {
        if (model->rows[i].unit == unit && model->rows[i].until - 1 > last) {
            last = model->rows[i].until - 1;
        }
    }
    return last;
}

static bool lives_within(const struct model *model, int unit, int first, int last)
{
    for (int i = 0; i < model->row_count; i++) {
        const struct row *row = &model->rows[i];
        if (row->unit == unit && row->from <= last && row->until > first) {
            return true;
        }
    }
    return false;
}

// ---- both ----

static th_day real(int day)
{
    return BASE + day;
}

static const char *iso(int day, bool open, char out[static TH_DAY_TEXT_BYTES])
{
    return open ? "" : th_day_text(real(day), out);
}

static struct th_bytes code_text(int code, char out[static 4])
{
    (void)snprintf(out, 4, "c%02u", (unsigned)code % 100U);
    return th_bytes_of(out);
}

static enum th_err read_model(const struct model *model, struct th_register **reg)
{
    static char units[TEXT_MAX];
    static char links[TEXT_MAX];
    static const char *const KINDS[] = {"full", "partial", "recode"};
    char days[2][TH_DAY_TEXT_BYTES];
    int at = snprintf(units, TEXT_MAX, "code,name,type,parent,valid_from,valid_to\n");
    for (int i = 0; i < model->row_count; i++) {
        const struct row *row = &model->rows[i];
        char parent[4] = "";
        if (row->parent >= 0) {
            (void)code_text(row->parent, parent);
        }
        at += snprintf(units + at,
                       (size_t)(TEXT_MAX - at),
                       "c%02d,n%d,t%d,%s,%s,%s\n",
                       row->code,
                       row->name,
                       row->type,
                       parent,
                       iso(row->from, row->from == 0, days[0]),
                       iso(row->until, row->until == DAYS, days[1]));
    }
    at = snprintf(links, TEXT_MAX, "old_code,new_code,effective,kind\n");
    for (int i = 0; i < model->link_count; i++) {
        const struct link *link = &model->links[i];
        at += snprintf(links + at,
                       (size_t)(TEXT_MAX - at),
                       "c%02d,c%02d,%s,%s\n",
                       link->old_code,
                       link->new_code,
                       iso(link->effective, false, days[0]),
                       KINDS[link->kind]);
    }
    struct th_findings findings = th_findings_of(NULL, 0, "units.csv");
    return th_register_read(th_bytes_of(units), th_bytes_of(links), &findings, reg);
}

static void agrees_on_the_tree(const struct model *model, const struct th_register *reg)
{
    char text[4];
    for (int day = 0; day < DAYS; day++) {
        int children[ROWS_MAX + 1] = {0};
        for (int code = 0; code < CODES; code++) {
            const int unit = unit_on(model, code, day);
            const uint32_t uid = th_register_find(reg, code_text(code, text), real(day));
            assert_int_equal(uid, unit);
            if (unit == 0) {
                continue;
            }
            const int parent = model->rows[row_on(model, code, day)].parent;
            const int above = parent < 0 ? 0 : unit_on(model, parent, day);
            assert_int_equal(th_register_parent(reg, uid, real(day)), above);
            children[above]++;

            uint32_t path[TH_UNIT_DEPTH_MAX];
            const size_t depth = th_register_path(reg, uid, real(day), path);
            assert_true(depth >= 1);
            assert_int_equal(path[0], uid);
            assert_int_equal(depth > 1 ? path[1] : TH_UNIT_NONE, above);
            assert_int_equal(th_register_last_day(reg, uid) == TH_DAY_MAX
                                 ? DAYS - 1
                                 : th_register_last_day(reg, uid) - BASE,
                             last_day_of(model, unit));
        }
        for (uint32_t uid = 1; uid <= th_register_unit_count(reg); uid++) {
            int count = 0;
            while (th_register_child(reg, uid, real(day), (size_t)count) != TH_UNIT_NONE) {
                count++;
            }
            assert_int_equal(count, children[uid]);
        }
    }
}

static struct th_resolved model_resolve(const struct model *model, int code, int first, int last)
{
    struct th_resolved wanted = {.result = TH_RESOLVE_UNKNOWN};
    int ended = -1;
    int begins = DAYS;
    for (int day = 0; day < DAYS; day++) {
        const int unit = unit_on(model, code, day);
        if (unit == 0) {
            continue;
        }
        if (day < first) {
            ended = day;
        } else if (day > last) {
            begins = day < begins ? day : begins;
        } else if (wanted.uid == TH_UNIT_NONE) {
            wanted.uid = (uint32_t)unit;
            wanted.result = TH_RESOLVED;
        } else if (wanted.uid != (uint32_t)unit) {
            wanted.result = TH_RESOLVE_AMBIGUOUS;
        }
    }
    if (wanted.result == TH_RESOLVED) {
        const int end = last_day_of(model, (int)wanted.uid);
        wanted.day = real(end < last ? end : last);
    } else if (wanted.result == TH_RESOLVE_UNKNOWN && ended >= 0) {
        wanted.result = TH_RESOLVE_ENDED;
        wanted.day = real(ended);
    } else if (wanted.result == TH_RESOLVE_UNKNOWN && begins < DAYS) {
        wanted.result = TH_RESOLVE_NOT_YET;
        wanted.day = real(begins);
    }
    return wanted;
}

static void
agrees_on_codes(struct rng *rng, const struct model *model, const struct th_register *reg)
{
    for (int i = 0; i < 40; i++) {
        const int code = (int)rng_below(rng, CODES);
        const int first = (int)rng_between(rng, 1, DAYS - 2);
        const int last = (int)rng_between(rng, first, DAYS - 2);
        const struct th_period period = {.type = TH_PERIOD_RANGE,
                                         .detail = TH_PERIOD_DAYS,
                                         .first = real(first),
                                         .last = real(last)};
        char text[4];
        const struct th_resolved wanted = model_resolve(model, code, first, last);
        const struct th_resolved got =
            th_register_resolve(reg, code_text(code, text), period, false);

        assert_int_equal(got.result, wanted.result);
        if (wanted.result == TH_RESOLVED) {
            assert_int_equal(got.uid, wanted.uid);
        }
        if (wanted.result != TH_RESOLVE_AMBIGUOUS) {
            assert_int_equal(got.day, wanted.day);
        }

        // With a day, the unit of that day or nothing; and its label leads back to it.
        const int on = (int)rng_between(rng, 1, DAYS - 2);
        const int unit = unit_on(model, code, on);
        char ref[TH_UNIT_REF_MAX + 1];
        char day[TH_DAY_TEXT_BYTES];
        (void)snprintf(ref, sizeof(ref), "%s@%s", text, th_day_text(real(on), day));
        const struct th_resolved there = th_register_resolve(reg, th_bytes_of(ref), period, false);
        const bool lives = unit != 0 && lives_within(model, unit, first, last);
        assert_int_equal(there.result == TH_RESOLVED, lives);
        if (lives) {
            assert_int_equal(there.uid, unit);
            char label[TH_UNIT_REF_MAX + 1];
            th_register_label(reg, there.uid, period, label);
            const struct th_resolved back =
                th_register_resolve(reg, th_bytes_of(label), period, false);
            assert_int_equal(back.result, TH_RESOLVED);
            assert_int_equal(back.uid, unit);
        }
    }
}

static void
agrees_on_a_part(struct rng *rng, const struct model *model, const struct th_register *reg)
{
    char text[4];
    char ref[TH_UNIT_REF_MAX + 1];
    char iso_day[TH_DAY_TEXT_BYTES];
    const int on = (int)rng_between(rng, 1, DAYS - 2);
    const int code = (int)rng_below(rng, 6);
    const int root = unit_on(model, code, on);
    if (root == 0) {
        return;
    }
    (void)code_text(code, text);
    (void)snprintf(ref, sizeof(ref), "%s@%s", text, th_day_text(real(on), iso_day));
    TH_SCOPED(th_register_free) struct th_register *part = NULL;
    size_t left_out = 0;
    EXPECT(TH_OK, th_register_subtree(reg, th_bytes_of(ref), &part, &left_out));

    for (int day = 0; day < DAYS; day++) {
        for (int child = 0; child < CODES; child++) {
            const uint32_t uid = th_register_find(reg, code_text(child, text), real(day));
            const bool inside =
                uid != TH_UNIT_NONE && (uid == (uint32_t)root ||
                                        th_register_is_below(reg, uid, (uint32_t)root, real(day)));
            assert_int_equal(
                th_register_find(part, code_text(child, text), real(day)) != TH_UNIT_NONE, inside);
        }
    }
}

static void a_random_register_answers_like_the_model(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    int good = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct model model;
        random_model(&rng, &model);
        TH_SCOPED(th_register_free) struct th_register *reg = NULL;
        const bool expected = is_good(&model);

        EXPECT(expected ? TH_OK : TH_E_REFUSED, read_model(&model, &reg));

        if (expected) {
            good++;
            agrees_on_the_tree(&model, reg);
            agrees_on_codes(&rng, &model, reg);
            agrees_on_a_part(&rng, &model, reg);
        }
    }
    assert_true(good > ROUNDS / 20);
    assert_true(good < ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_random_register_answers_like_the_model),
    };
    EXPECT(TH_OK, th_hash_start());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
