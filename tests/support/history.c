// history.c - see history.h

#include "tests/support/history.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/register.h"

enum { TEXT_MAX = 64 * 1024 };

// ---- a random history ----

static int add_node(struct history *history, int year, int code, int name, int parent)
{
    struct history_year *y = &history->years[year];
    assert_true(y->count < HISTORY_NODES_MAX);
    y->nodes[y->count] = (struct history_node){.code = code, .name = name, .parent = parent};
    return y->count++;
}

static void
add_row(struct history *history, int year, int old_code, int new_code, enum th_successor_kind kind)
{
    assert_true(history->row_count < HISTORY_ROWS_MAX);
    history->rows[history->row_count++] = (struct history_row){year, old_code, new_code, kind};
}

static int fresh(struct history *history, int year, int parent)
{
    return add_node(history, year, history->codes++, history->names++, parent);
}

static bool chance(struct history *history, uint32_t percent)
{
    return rng_chance(history->rng, percent);
}

static int below(struct history *history, int bound)
{
    return (int)rng_below(history->rng, (uint32_t)bound);
}

static void first_year(struct history *history)
{
    const int provinces = 2 + below(history, 2);
    for (int p = 0; p < provinces; p++) {
        const int province = fresh(history, 0, HISTORY_NOWHERE);
        const int districts = below(history, 3);
        for (int d = 0; d < (districts == 0 ? 1 : districts); d++) {
            const int above = districts == 0 ? province : fresh(history, 0, province);
            const int communes = below(history, 4);
            for (int c = 0; c < communes; c++) {
                (void)fresh(history, 0, above);
            }
        }
    }
}

// What becomes of one node: the nodes of the next year that follow it, the first in next[node].
static void
change_node(struct history *history, int year, int at, int parent, int *next, int *merging)
{
    const struct history_node old = history->years[year - 1].nodes[at];
    const int luck = below(history, 100);
    next[at] = HISTORY_NOWHERE;
    if (luck < 40) { // goes on; when its parent has another code, only a row says so
        next[at] = add_node(history, year, old.code, old.name, parent);
        if (chance(history, 20)) {
            add_row(history, year, old.code, old.code, TH_SUCCESSOR_FULL);
        }
    } else if (luck < 60) { // into one with others of its kind
        if (*merging == HISTORY_NOWHERE || chance(history, 30)) {
            *merging = chance(history, 50)
                           ? fresh(history, year, parent)
                           : add_node(history, year, old.code, history->names++, parent);
        }
        next[at] = *merging;
        add_row(
            history, year, old.code, history->years[year].nodes[*merging].code, TH_SUCCESSOR_FULL);
    } else if (luck < 70) { // over several, one of which may be the one others go into
        const int parts = 1 + below(history, 3);
        for (int i = 0; i < parts; i++) {
            const bool shared = i == 0 && *merging != HISTORY_NOWHERE && chance(history, 50);
            const int part = shared ? *merging : fresh(history, year, parent);
            next[at] = next[at] == HISTORY_NOWHERE ? part : next[at];
            add_row(history,
                    year,
                    old.code,
                    history->years[year].nodes[part].code,
                    TH_SUCCESSOR_PARTIAL);
        }
    } else if (luck < 78) { // the same under another code
        next[at] = add_node(history, year, history->codes++, old.name, parent);
        add_row(history,
                year,
                old.code,
                history->years[year].nodes[next[at]].code,
                TH_SUCCESSOR_RECODE);
    } else if (luck < 86) { // another name, and nobody said so
        next[at] = add_node(history, year, old.code, history->names++, parent);
    } else if (luck < 90) { // to a place that the register does not have
        add_row(history, year, old.code, history->codes++, TH_SUCCESSOR_FULL);
    }
}

static int depth_of(const struct history_year *year, int node)
{
    int depth = 0;
    for (int at = node; at != HISTORY_NOWHERE; at = year->nodes[at].parent) {
        depth++;
    }
    return depth;
}

static void next_year(struct history *history, int year)
{
    const struct history_year *before = &history->years[year - 1];
    int next[HISTORY_NODES_MAX] = {0};
    for (int depth = 1; depth <= 3; depth++) {
        int merging = HISTORY_NOWHERE;
        for (int at = 0; at < before->count; at++) {
            if (depth_of(before, at) != depth) {
                continue;
            }
            int parent = depth == 1 ? HISTORY_NOWHERE : next[before->nodes[at].parent];
            if (depth > 1 && (parent == HISTORY_NOWHERE || chance(history, 5))) {
                parent = 0; // some province: those come first
            }
            if (depth > 1 && history->years[year].count == 0) {
                continue; // no province is left
            }
            if (merging != HISTORY_NOWHERE && chance(history, 30)) {
                merging = HISTORY_NOWHERE;
            }
            change_node(history, year, at, parent, next, &merging);
        }
    }
    for (int i = below(history, 3); i > 0; i--) { // of nothing
        const int count = history->years[year].count;
        (void)fresh(history, year, count == 0 || chance(history, 20) ? HISTORY_NOWHERE : 0);
    }
}

int history_node_with(const struct history *history, int year, int code)
{
    for (int at = 0; year >= 0 && year < HISTORY_YEARS && at < history->years[year].count; at++) {
        if (history->years[year].nodes[at].code == code) {
            return at;
        }
    }
    return HISTORY_NOWHERE;
}

static int parent_code(const struct history *history, int year, int node)
{
    const int parent = history->years[year].nodes[node].parent;
    return parent == HISTORY_NOWHERE ? HISTORY_NOWHERE : history->years[year].nodes[parent].code;
}

static bool is_same_unit(const struct history *history, int year, int before, int node)
{
    const struct history_node *old = &history->years[year - 1].nodes[before];
    const struct history_node *new = &history->years[year].nodes[node];
    bool has_row = false;
    for (int i = 0; i < history->row_count; i++) {
        const struct history_row *row = &history->rows[i];
        if (row->year == year && row->old_code == old->code) {
            has_row = true;
            if (row->kind == TH_SUCCESSOR_RECODE && row->new_code == new->code) {
                return true;
            }
        }
    }
    return !has_row && old->code == new->code &&
           old->name == new->name &&parent_code(history, year - 1, before) ==
               parent_code(history, year, node);
}

static void number_units(struct history *history)
{
    for (int year = 0; year < HISTORY_YEARS; year++) {
        for (int at = 0; at < history->years[year].count; at++) {
            struct history_node *node = &history->years[year].nodes[at];
            node->unit = HISTORY_NOWHERE;
            for (int before = 0; year > 0 && before < history->years[year - 1].count; before++) {
                if (is_same_unit(history, year, before, at)) {
                    node->unit = history->years[year - 1].nodes[before].unit;
                }
            }
            node->unit = node->unit == HISTORY_NOWHERE ? history->units++ : node->unit;
        }
    }
}

struct th_register *history_register(const struct history *history)
{
    static char units[TEXT_MAX];
    static char rows[TEXT_MAX];
    size_t used = (size_t)snprintf(units, TEXT_MAX, "code,name,type,parent,valid_from,valid_to\n");
    for (int year = 0; year < HISTORY_YEARS; year++) {
        for (int at = 0; at < history->years[year].count; at++) {
            const struct history_node *node = &history->years[year].nodes[at];
            const int parent = parent_code(history, year, at);
            char above[16] = "";
            char until[16] = "";
            if (parent != HISTORY_NOWHERE) {
                (void)snprintf(above, sizeof(above), "U%d", parent);
            }
            if (year + 1 < HISTORY_YEARS) {
                (void)snprintf(until, sizeof(until), "%d", HISTORY_FIRST + year + 1);
            }
            used += (size_t)snprintf(units + used,
                                     TEXT_MAX - used,
                                     "U%d,n%d,t,%s,%d,%s\n",
                                     node->code,
                                     node->name,
                                     above,
                                     HISTORY_FIRST + year,
                                     until);
        }
    }
    used = (size_t)snprintf(rows, TEXT_MAX, "old_code,new_code,effective,kind\n");
    for (int i = 0; i < history->row_count; i++) {
        static const char *const KINDS[] = {"full", "partial", "recode"};
        const struct history_row *row = &history->rows[i];
        used += (size_t)snprintf(rows + used,
                                 TEXT_MAX - used,
                                 "U%d,U%d,%d,%s\n",
                                 row->old_code,
                                 row->new_code,
                                 HISTORY_FIRST + row->year,
                                 KINDS[row->kind]);
    }
    return register_of(units, history->row_count > 0 ? rows : "");
}

// ---- figures ----

static const char *const MEASURES[] = {"m.W", "m.O", "C", "S", "EV01"};
static const char *const DIMS[] = {"", "post=a", "post=b"};
static const char *const RATED[] = {
    "category=c1;rating=4", "category=c1;rating=3", "category=c2;rating=4"};

static void random_figures(struct history *history)
{
    history->said_count = 0;
    while (history->said_count < HISTORY_SAID_MAX) {
        struct history_said said = {.year = below(history, HISTORY_YEARS)};
        if (history->years[said.year].count == 0) {
            history->said_count++;
            continue;
        }
        said.node = below(history, history->years[said.year].count);
        said.measure = MEASURES[below(history, 5)];
        said.dims = DIMS[below(history, 3)];
        said.figure = (struct th_figure){.qualifier = 1 + rng_below(history->rng, 4),
                                         .value = rng_between(history->rng, -50, 50),
                                         .not_applicable = chance(history, 8)};
        if (strcmp(said.measure, "EV01") == 0) {
            said.dims = RATED[below(history, 3)];
            said.category = said.dims[10] == '1' ? "c1" : "c2";
            said.figure = (struct th_figure){.qualifier = TH_QUALIFIER_EXACT, .value = 1};
        }
        if (said.figure.not_applicable) {
            said.figure.qualifier = TH_QUALIFIER_NONE;
            said.figure.value = 0;
        } else if (strcmp(said.measure, "C") == 0 && chance(history, 70)) {
            said.figure.has_levels = true;
            said.figure.before = 60;
            said.figure.after = 60 + said.figure.value;
        }
        bool repeated = false; // one key has one figure; evaluations are persons
        for (int i = 0; i < history->said_count; i++) {
            const struct history_said *other = &history->said[i];
            repeated = repeated || (other->measure != NULL && other->year == said.year &&
                                    other->node == said.node && other->measure == said.measure &&
                                    other->dims == said.dims && said.category == NULL);
        }
        if (!repeated) {
            history->said[history->said_count++] = said;
        }
    }
}

// ---- looking at it ----

int history_node_of(const struct history *history, int year, int unit)
{
    for (int at = 0; year >= 0 && year < HISTORY_YEARS && at < history->years[year].count; at++) {
        if (history->years[year].nodes[at].unit == unit) {
            return at;
        }
    }
    return HISTORY_NOWHERE;
}

bool history_is_above(const struct history_year *year, int above, int node)
{
    if (above == HISTORY_NOWHERE) {
        return true;
    }
    while (node != HISTORY_NOWHERE && node != above) {
        node = year->nodes[node].parent;
    }
    return node == above;
}

int history_root_of(const struct history_year *year, int node)
{
    while (year->nodes[node].parent != HISTORY_NOWHERE) {
        node = year->nodes[node].parent;
    }
    return node;
}

bool history_is_here(const struct history *history, int year, int node)
{
    const struct history_year *y = &history->years[year];
    return !history->away[y->nodes[history_root_of(y, node)].unit];
}

void history_make(struct history *history, struct rng *rng)
{
    memset(history, 0, sizeof(*history));
    history->rng = rng;
    first_year(history);
    for (int year = 1; year < HISTORY_YEARS; year++) {
        next_year(history, year);
    }
    number_units(history);
    random_figures(history);
}
