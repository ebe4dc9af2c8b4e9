// ground.c - see ground.h; rows, units, and the tree of each half

#include "tests/support/ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

// ---- reading and writing ----

// The half that begins on a day; open: what an empty cell means.
static int half_of_cell(const struct ground *ground, const char *cell, int open)
{
    return cell[0] == '\0' ? open : ground_on(ground, ground_day(cell));
}

// The next cell of a line; at the end of the line *at stays on it.
static void cell(const char **at, char *out, size_t max)
{
    const size_t size = strcspn(*at, ",\n");
    assert_true(size < max);
    memcpy(out, *at, size);
    out[size] = '\0';
    *at += size + ((*at)[size] == ',' ? 1 : 0);
}

static const char *next_line(const char *at)
{
    const char *end = strchr(at, '\n');
    return end == NULL ? at + strlen(at) : end + 1;
}

void ground_read(struct ground *ground, int year, const char *units, const char *successors)
{
    *ground = (struct ground){.year = year};
    for (const char *at = next_line(units); *at != '\0'; at = next_line(at)) {
        assert_true(ground->version_count < GROUND_VERSIONS_MAX);
        struct ground_version *version = &ground->versions[ground->version_count++];
        char days[2][12];
        cell(&at, version->code, sizeof(version->code));
        cell(&at, version->name, sizeof(version->name));
        cell(&at, version->level, sizeof(version->level));
        cell(&at, version->parent, sizeof(version->parent));
        cell(&at, days[0], sizeof(days[0]));
        cell(&at, days[1], sizeof(days[1]));
        version->from = half_of_cell(ground, days[0], 0);
        version->until = half_of_cell(ground, days[1], GROUND_HALVES);
    }
    for (const char *at = next_line(successors); *at != '\0'; at = next_line(at)) {
        assert_true(ground->row_count < GROUND_ROWS_MAX);
        struct ground_row *row = &ground->rows[ground->row_count++];
        char day[12];
        char kind[12];
        cell(&at, row->old_code, sizeof(row->old_code));
        cell(&at, row->new_code, sizeof(row->new_code));
        cell(&at, day, sizeof(day));
        cell(&at, kind, sizeof(kind));
        row->half = half_of_cell(ground, day, 0);
        row->kind = strcmp(kind, "full") == 0      ? GROUND_FULL
                    : strcmp(kind, "partial") == 0 ? GROUND_PARTIAL
                                                   : GROUND_RECODE;
    }
    bool same = true;
    assert_true(ground_settle(ground, NULL, &same));
}

const char *ground_first_day(const struct ground *ground, int half, char out[static 12])
{
    (void)snprintf(out, 12, "%04d-%s", ground->year + half / 2, half % 2 == 0 ? "01-01" : "07-01");
    return out;
}

const char *ground_last_day(const struct ground *ground, int half, char out[static 12])
{
    (void)snprintf(out, 12, "%04d-%s", ground->year + half / 2, half % 2 == 0 ? "06-30" : "12-31");
    return out;
}

void ground_write(const struct ground *ground, char *units, char *successors)
{
    static const char *const KINDS[] = {"full", "partial", "recode"};
    char days[2][12] = {"", ""};
    size_t at =
        (size_t)snprintf(units, GROUND_TEXT_BYTES, "code,name,type,parent,valid_from,valid_to\n");
    for (int i = 0; i < ground->version_count; i++) {
        const struct ground_version *version = &ground->versions[i];
        at += (size_t)snprintf(
            units + at,
            GROUND_TEXT_BYTES - at,
            "%s,%s,%s,%s,%s,%s\n",
            version->code,
            version->name,
            version->level,
            version->parent,
            version->from == 0 ? "" : ground_first_day(ground, version->from, days[0]),
            version->until == GROUND_HALVES ? ""
                                            : ground_first_day(ground, version->until, days[1]));
    }
    at = (size_t)snprintf(successors, GROUND_TEXT_BYTES, "old_code,new_code,effective,kind\n");
    for (int i = 0; i < ground->row_count; i++) {
        const struct ground_row *row = &ground->rows[i];
        at += (size_t)snprintf(successors + at,
                               GROUND_TEXT_BYTES - at,
                               "%s,%s,%s,%s\n",
                               row->old_code,
                               row->new_code,
                               ground_first_day(ground, row->half, days[0]),
                               KINDS[row->kind]);
    }
}

// ---- what is a register ----

static int version_with(const struct ground *ground, int half, const char *code)
{
    for (int i = 0; i < ground->version_count; i++) {
        const struct ground_version *version = &ground->versions[i];
        if (version->from <= half && half < version->until && strcmp(version->code, code) == 0) {
            return i;
        }
    }
    return -1;
}

// Every version of this half is the only one of its code, and below others up to a root.
static bool is_whole(const struct ground *ground, int half)
{
    for (int i = 0; i < ground->version_count; i++) {
        const struct ground_version *version = &ground->versions[i];
        if (version->from > half || half >= version->until) {
            continue;
        }
        int depth = 1;
        int above = version_with(ground, half, version->code);
        if (above != i) {
            return false;
        }
        while (ground->versions[above].parent[0] != '\0') {
            above = version_with(ground, half, ground->versions[above].parent);
            if (above < 0 || ++depth > GROUND_DEPTH_MAX) {
                return false;
            }
        }
    }
    return true;
}

// ---- which versions are one unit ----

static void join(struct ground *ground, int a, int b)
{
    const int gone = ground->versions[b].unit;
    const int kept = ground->versions[a].unit;
    for (int i = 0; i < ground->version_count; i++) {
        if (ground->versions[i].unit == gone) {
            ground->versions[i].unit = kept;
        }
    }
}

static bool has_row(const struct ground *ground, const char *code, int half)
{
    for (int i = 0; i < ground->row_count; i++) {
        if (ground->rows[i].half == half && strcmp(ground->rows[i].old_code, code) == 0) {
            return true;
        }
    }
    return false;
}

static void join_all(struct ground *ground)
{
    for (int i = 0; i < ground->version_count; i++) {
        ground->versions[i].unit = -1 - i;
    }
    for (int a = 0; a < ground->version_count; a++) {
        for (int b = 0; b < ground->version_count; b++) {
            const struct ground_version *x = &ground->versions[a];
            const struct ground_version *y = &ground->versions[b];
            if (x->until == y->from && strcmp(x->code, y->code) == 0 &&
                strcmp(x->name, y->name) == 0 && strcmp(x->parent, y->parent) == 0 &&
                !has_row(ground, x->code, y->from)) {
                join(ground, a, b);
            }
        }
    }
    for (int i = 0; i < ground->row_count; i++) {
        const struct ground_row *row = &ground->rows[i];
        const int old = version_with(ground, row->half - 1, row->old_code);
        const int new = version_with(ground, row->half, row->new_code);
        if (row->kind == GROUND_RECODE && old >= 0 && new >= 0) {
            join(ground, old, new);
        }
    }
}

// The number of before of a version that was there before; 0.
static int number_before(const struct ground *before, const struct ground_version *version)
{
    for (int i = 0; before != NULL && i < before->version_count; i++) {
        const struct ground_version *old = &before->versions[i];
        if (old->from == version->from && strcmp(old->code, version->code) == 0) {
            return old->unit;
        }
    }
    return 0;
}

static void renumber(struct ground *ground, int from, int to)
{
    for (int i = 0; i < ground->version_count; i++) {
        if (ground->versions[i].unit == from) {
            ground->versions[i].unit = to;
        }
    }
}

// By the first row of each. False: units of before have become one, or one has become several.
static bool number_units(struct ground *ground, const struct ground *before)
{
    bool same = true;
    for (int i = 0; i < ground->version_count; i++) {
        if (ground->versions[i].unit < 0) {
            renumber(ground, ground->versions[i].unit, ++ground->units);
        }
        const int number = number_before(before, &ground->versions[i]);
        same = same && (number == 0 || number == ground->versions[i].unit);
    }
    return same;
}

static bool lives_once(const struct ground *ground)
{
    for (int a = 0; a < ground->version_count; a++) {
        for (int b = 0; b < a; b++) {
            const struct ground_version *x = &ground->versions[a];
            const struct ground_version *y = &ground->versions[b];
            if (x->unit == y->unit && x->from < y->until && y->from < x->until) {
                return false;
            }
        }
    }
    return true;
}

// ---- tables ----

static void fill_half(struct ground *ground, int half)
{
    for (int unit = 0; unit <= ground->units; unit++) {
        ground->version_of[half][unit] = -1;
        ground->parent[half][unit] = GROUND_NOBODY;
        ground->leaf[half][unit] = true;
    }
    for (int i = 0; i < ground->version_count; i++) {
        const struct ground_version *version = &ground->versions[i];
        if (version->from <= half && half < version->until) {
            ground->version_of[half][version->unit] = i;
        }
    }
    for (int unit = 1; unit <= ground->units; unit++) {
        const int at = ground->version_of[half][unit];
        const int above = at < 0 ? -1 : version_with(ground, half, ground->versions[at].parent);
        if (above >= 0) {
            ground->parent[half][unit] = ground->versions[above].unit;
            ground->leaf[half][ground->versions[above].unit] = false;
        }
    }
}

static void fill_lives(struct ground *ground)
{
    for (int unit = 1; unit <= ground->units; unit++) {
        ground->first[unit] = GROUND_HALVES;
        ground->last[unit] = -1;
        for (int half = 0; half < GROUND_HALVES; half++) {
            if (ground->version_of[half][unit] >= 0) {
                ground->first[unit] = half < ground->first[unit] ? half : ground->first[unit];
                ground->last[unit] = half;
            }
        }
    }
}

bool ground_settle(struct ground *ground, const struct ground *before, bool *same)
{
    *same = true;
    for (int i = 0; i < ground->version_count; i++) {
        if (ground->versions[i].from >= ground->versions[i].until) {
            return false;
        }
    }
    for (int half = 0; half < GROUND_HALVES; half++) {
        if (!is_whole(ground, half)) {
            return false;
        }
    }
    ground->units = 0;
    join_all(ground);
    *same = number_units(ground, before);
    assert_true(ground->units <= GROUND_UNITS_MAX);
    if (!lives_once(ground)) {
        return false;
    }
    for (int half = 0; half < GROUND_HALVES; half++) {
        fill_half(ground, half);
    }
    fill_lives(ground);
    return true;
}

// ---- looking ----

int ground_with(const struct ground *ground, int half, const char *code)
{
    const int at = version_with(ground, half, code);
    return at < 0 ? GROUND_NOBODY : ground->versions[at].unit;
}

const char *ground_code(const struct ground *ground, int half, int unit)
{
    const int at = ground->version_of[half][unit];
    return at < 0 ? "" : ground->versions[at].code;
}

bool ground_lives(const struct ground *ground, int half, int unit)
{
    return ground->version_of[half][unit] >= 0;
}

int ground_half(const struct ground *ground, int unit, const struct ground_period *period)
{
    return ground->last[unit] < period->last ? ground->last[unit] : period->last;
}

bool ground_below(const struct ground *ground, int half, int unit, int above)
{
    if (!ground_lives(ground, half, unit)) {
        return false;
    }
    while (unit != above && unit != GROUND_NOBODY) {
        unit = ground->parent[half][unit];
    }
    return unit == above;
}

int ground_root(const struct ground *ground)
{
    int root = 1;
    while (ground->parent[GROUND_HALVES - 1][root] != GROUND_NOBODY ||
           !ground_lives(ground, GROUND_HALVES - 1, root)) {
        root++;
    }
    return root;
}
