// recount.c - see recount.h

#include "tests/support/recount.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the model: where a unit stands in a year ----

struct stands {
    int node; // of the target year; HISTORY_NOWHERE
    bool arrived;
};

static int common(const struct history_year *year, int a, int b)
{
    while (!history_is_above(year, a, b)) {
        a = year->nodes[a].parent;
    }
    return a;
}

static struct stands stand(const struct history *history, int unit, int target);

static struct stands stand_at(const struct history *history, int year, int node, int target)
{
    return node == HISTORY_NOWHERE ? (struct stands){.node = HISTORY_NOWHERE}
                                   : stand(history, history->years[year].nodes[node].unit, target);
}

// The rows say nothing: up, and a root to the node with the same code.
static struct stands
stand_above(const struct history *history, int year, int node, int target, int beyond)
{
    const struct history_year *own = &history->years[year];
    int above = own->nodes[node].parent;
    if (above == HISTORY_NOWHERE) {
        return stand_at(
            history, beyond, history_node_with(history, beyond, own->nodes[node].code), target);
    }
    while (beyond < year && own->nodes[above].parent != HISTORY_NOWHERE) {
        above = own->nodes[above].parent; // back in time: the root
    }
    struct stands there = stand_at(history, year, above, target);
    there.arrived = false;
    return there;
}

// The year of the unit nearest to the target: its last before it, or its first behind.
static int nearest_year(const struct history *history, int unit, int target)
{
    for (int y = target; y >= 0; y--) {
        if (history_node_of(history, y, unit) != HISTORY_NOWHERE) {
            return y;
        }
    }
    int year = target;
    while (history_node_of(history, year, unit) == HISTORY_NOWHERE) {
        year++;
    }
    return year;
}

// Where the rows lead from a unit that is not there in the target year.
struct ways {
    struct stands met;
    int ends[HISTORY_ROWS_MAX];
    int count;
    bool whole, all_arrive, all_at_one;
};

static void add_way(const struct history *history,
                    struct ways *ways,
                    int beyond,
                    const struct history_row *row,
                    int target)
{
    const int other = beyond == row->year ? row->new_code : row->old_code;
    const int end = history_node_with(history, beyond, other);
    for (int k = 0; k < ways->count; k++) {
        if (ways->ends[k] == end) {
            return;
        }
    }
    const struct stands there = stand_at(history, beyond, end, target);
    const bool first = ways->count == 0;
    ways->all_arrive = ways->all_arrive && there.arrived;
    ways->all_at_one = ways->all_at_one && (first || there.node == ways->met.node);
    ways->met.node =
        first ? there.node : common(&history->years[target], ways->met.node, there.node);
    ways->whole = ways->whole && row->kind != TH_SUCCESSOR_PARTIAL;
    ways->ends[ways->count++] = end;
}

static struct stands stand(const struct history *history, int unit, int target)
{
    const int year = nearest_year(history, unit, target);
    const int node = history_node_of(history, year, unit);
    if (year == target) {
        return (struct stands){.node = node, .arrived = true};
    }
    const bool over = year < target;
    const int beyond = over ? year + 1 : year - 1;
    const int code = history->years[year].nodes[node].code;
    struct ways ways = {
        .met.node = HISTORY_NOWHERE, .whole = true, .all_arrive = true, .all_at_one = true};
    for (int i = 0; i < history->row_count; i++) {
        const struct history_row *row = &history->rows[i];
        if (row->year == (over ? beyond : year) && (over ? row->old_code : row->new_code) == code) {
            add_way(history, &ways, beyond, row, target);
        }
    }
    if (ways.count == 0 || (ways.count == 1 && ways.ends[0] == HISTORY_NOWHERE)) {
        return stand_above(history, year, node, target, beyond);
    }
    const bool together = over && ways.all_at_one && ways.met.node != HISTORY_NOWHERE;
    ways.met.arrived = ways.all_arrive && (ways.count == 1 ? ways.whole : together);
    return ways.met;
}

// ---- the model: the lines ----

static const char SUM[] = "D"; // of all m.*

static bool is_part_of_sum(const struct history_said *said)
{
    return said->measure != NULL && strncmp(said->measure, "m.", 2) == 0;
}

static bool is_summed(const char *measure)
{
    return strcmp(measure, "S") != 0;
}

static bool adds_up(const char *measure)
{
    return strcmp(measure, "m.O") == 0 || strcmp(measure, "EV01") == 0;
}

// The dims a figure's line has; NULL: it has no line.
static const char *kept_dims(const struct recount *recount, const struct history_said *said)
{
    if (recount->by_dims || said->measure == SUM) {
        return said->dims;
    }
    return adds_up(said->measure) || said->dims[0] == '\0' ? "" : NULL;
}

static struct stands stand_of(const struct recount *recount, int year, int node)
{
    return stand(recount->history, recount->history->years[year].nodes[node].unit, recount->target);
}

static bool counts_for(const struct recount *recount, int year, int node, int unit)
{
    return history_is_above(
        &recount->history->years[recount->target], unit, stand_of(recount, year, node).node);
}

static bool is_leaf(const struct history_year *year, int node)
{
    bool leaf = true;
    for (int at = 0; at < year->count; at++) {
        leaf = leaf && year->nodes[at].parent != node;
    }
    return leaf;
}

// Is the figure one of those that the line of said adds up?
static bool is_of_line(const struct recount *recount,
                       const struct history_said *said,
                       const struct history_said *other)
{
    const char *kept = other->measure == NULL ? NULL : kept_dims(recount, other);
    const bool same =
        said->measure == SUM ? is_part_of_sum(other) : said->measure == other->measure;
    return kept != NULL && said->year == other->year && same &&
           strcmp(kept, kept_dims(recount, said)) == 0 &&
           history_is_here(recount->history, other->year, other->node);
}

// Is the reporter covered, for unit, by this figure?
static bool covers(const struct recount *recount,
                   const struct history_said *other,
                   int year,
                   int reporter,
                   int unit)
{
    const struct history_year *y = &recount->history->years[year];
    const bool whole = !adds_up(other->measure);
    const bool related = whole ? history_is_above(y, other->node, reporter) ||
                                     history_is_above(y, reporter, other->node)
                               : other->node == reporter;
    return related && counts_for(recount, year, other->node, unit) &&
           counts_for(recount, year, reporter, unit);
}

// Evaluations of a category cover whatever their level is, where the line has any of the category.
static bool
is_rated(const struct recount *recount, const struct history_said *said, int reporter, int unit)
{
    const struct history *history = recount->history;
    for (int i = 0; i < history->said_count; i++) {
        const struct history_said *in = &history->said[i];
        if (!is_of_line(recount, said, in) || !counts_for(recount, in->year, in->node, unit)) {
            continue;
        }
        for (int k = 0; k < history->said_count; k++) {
            const struct history_said *other = &history->said[k];
            if (other->measure == in->measure && other->year == in->year &&
                strcmp(other->category, in->category) == 0 && other->node == reporter) {
                return true;
            }
        }
    }
    return false;
}

static void count_coverage(
    const struct recount *recount, const struct history_said *said, int unit, char *out, size_t max)
{
    const struct history *history = recount->history;
    const struct history_year *year = &history->years[said->year];
    int expected = 0;
    int reported = 0;
    for (int at = 0; at < year->count; at++) {
        if (!is_leaf(year, at) || !counts_for(recount, said->year, at, unit)) {
            continue;
        }
        expected++;
        bool covered = said->category != NULL && history_is_here(history, said->year, at) &&
                       is_rated(recount, said, at, unit);
        for (int i = 0; i < history->said_count && said->category == NULL; i++) {
            covered = covered || (is_of_line(recount, said, &history->said[i]) &&
                                  covers(recount, &history->said[i], said->year, at, unit));
        }
        reported += covered ? 1 : 0;
    }
    (void)snprintf(out, max, "%d/%d", reported, expected);
}

TH_PRINTF(2, 3) static void append(char line[static RECOUNT_LINE_MAX], const char *format, ...)
{
    const size_t used = strlen(line);
    va_list args;
    va_start(args, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start above
    (void)vsnprintf(line + used, RECOUNT_LINE_MAX - used, format, args);
    va_end(args);
}

static void append_number(char line[static RECOUNT_LINE_MAX], bool has, int64_t value)
{
    if (has) {
        append(line, "%" PRId64, value);
    }
    append(line, ",");
}

static bool is_listed_at(const struct recount *recount, const struct history_said *said)
{
    return history_node_of(recount->history,
                           recount->target,
                           recount->history->years[said->year].nodes[said->node].unit) !=
           HISTORY_NOWHERE;
}

// "U5@2001-12-31": the unit on its last day before the target day, or on its first behind it.
static void label_of(const struct recount *recount, int unit, char out[static 32])
{
    const struct history *history = recount->history;
    const int year = nearest_year(history, unit, recount->target);
    (void)snprintf(out,
                   32,
                   "U%d@%d-%s",
                   history->years[year].nodes[history_node_of(history, year, unit)].code,
                   HISTORY_FIRST + year,
                   year < recount->target ? "12-31" : "01-01");
}

// One line: what stands at or below unit; or, with from, what came from it and stands there.
static void add_line(struct recount *recount, const struct history_said *said, int unit, int from)
{
    const struct history *history = recount->history;
    const bool listed = !is_summed(said->measure);
    struct th_cell cell = {0};
    for (int i = 0; i < history->said_count; i++) {
        const struct history_said *other = &history->said[i];
        if (!is_of_line(recount, said, other)) {
            continue;
        }
        const struct stands there = stand_of(recount, other->year, other->node);
        const int said_by = history->years[other->year].nodes[other->node].unit;
        const bool apart = listed ? !is_listed_at(recount, other) : !there.arrived;
        const bool in_it = from != HISTORY_NOWHERE ? apart && said_by == from && there.node == unit
                           : listed                ? !apart && there.node == unit
                                    : counts_for(recount, other->year, other->node, unit);
        if (in_it) {
            EXPECT(TH_OK, th_cell_add(&cell, &other->figure));
        }
    }
    if (th_cell_is_empty(&cell)) {
        return;
    }
    char place[64] = "";
    char coverage[32] = "-";
    const struct th_figure sum = th_cell_figure(&cell);
    if (unit != HISTORY_NOWHERE) {
        (void)snprintf(
            place, sizeof(place), "U%d", history->years[recount->target].nodes[unit].code);
    }
    if (from != HISTORY_NOWHERE) {
        const size_t used = strlen(place);
        place[used] = '/';
        label_of(recount, from, place + used + 1);
    }
    if (!listed) {
        count_coverage(recount, said, unit, coverage, sizeof(coverage));
    }
    char *line = recount->lines[recount->count++];
    line[0] = '\0';
    append(line,
           "%s,%d,%s,%s,%s,",
           place,
           HISTORY_FIRST + said->year,
           said->measure,
           kept_dims(recount, said),
           sum.not_applicable ? "n/a" : th_qualifier_word(sum.qualifier));
    append_number(line, !sum.not_applicable, sum.value);
    append_number(line, sum.has_of, sum.of);
    append_number(line, sum.has_levels, sum.before);
    append_number(line, sum.has_levels, sum.after);
    append(line, "%s\n", coverage);
}

// By the first four columns, each as bytes.
static int compare_lines(const void *left, const void *right)
{
    const char *a = left;
    const char *b = right;
    for (int column = 0; column < 4; column++) {
        const size_t a_size = strcspn(a, ",");
        const size_t b_size = strcspn(b, ",");
        const int order =
            th_bytes_compare((struct th_bytes){a, a_size}, (struct th_bytes){b, b_size});
        if (order != 0) {
            return order;
        }
        a += a_size + 1;
        b += b_size + 1;
    }
    return 0;
}

// The lines of the figures that said is the first of.
static void add_lines(struct recount *recount, const struct history_said *said, int before)
{
    const struct history *history = recount->history;
    for (int k = 0; k < before; k++) {
        if (is_of_line(recount, said, &history->said[k])) {
            return;
        }
    }
    for (int unit = HISTORY_NOWHERE; unit < history->years[recount->target].count; unit++) {
        add_line(recount, said, unit, HISTORY_NOWHERE);
        for (int from = 0; from < history->units; from++) {
            add_line(recount, said, unit, from);
        }
    }
}

const char *recount_text(struct recount *recount)
{
    const struct history *history = recount->history;
    recount->count = 0;
    for (int i = 0; i < history->said_count; i++) {
        const struct history_said *said = &history->said[i];
        const char *kept = said->measure == NULL ? NULL : kept_dims(recount, said);
        if (kept == NULL || !history_is_here(history, said->year, said->node)) {
            continue;
        }
        add_lines(recount, said, i);
        if (is_part_of_sum(said)) {
            struct history_said sum = *said;
            sum.measure = SUM;
            sum.dims = kept;
            add_lines(recount, &sum, i);
        }
    }
    qsort(recount->lines, (size_t)recount->count, sizeof(recount->lines[0]), compare_lines);
    recount->text[0] = '\0';
    size_t used = 0;
    for (int i = 0; i < recount->count; i++) {
        used += (size_t)snprintf(
            recount->text + used, RECOUNT_TEXT_MAX - used, "%s", recount->lines[i]);
    }
    return recount->text;
}
