// query_diff.c - totals that differ between two versions, and the updates that make it so
//
//      lines at A ─┐                      ledger A+1 .. B
//                  ├─> lines that differ <── what each update adds to each of them
//      lines at B ─┘
//
//   F1  Of each line, what the updates told below it add is the difference: now - was. What they do
//       not add came of another register, and is told as such.
//   F2  An update that changes nothing of a line is not told below it, unless its coverage differs.
//
// A larger period made of parts is told without updates: the parts may be asked for.

#include "workers/query_diff.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/sorted.h"

#include "workers/reform.h"
#include "workers/said.h"

static void diff_free(struct diff *diff)
{
    answer_free(&diff->then);
    answer_free(&diff->now);
    free(diff->lines);
    free(diff->index);
    free(diff->sums);
    free(diff->rows);
    free(diff->effects);
}

// ---- what an item does ----

static enum th_err
effect_of(struct diff *diff, const struct differing *line, size_t piece, struct effect **found)
{
    const uint32_t of = (uint32_t)(line - diff->lines);
    size_t at = 0;
    while (at < diff->effect_count && diff->effects[at].of != of) {
        at++;
    }
    if (at == diff->effect_count) {
        void *list = diff->effects;
        if (!th_list_grow(&list, at, &diff->effect_max, sizeof(struct effect))) {
            return TH_E_NO_MEMORY;
        }
        diff->effects = list;
        diff->effects[diff->effect_count++] = (struct effect){.of = of};
    }
    diff->effects[at].piece = (uint32_t)piece;
    *found = &diff->effects[at];
    return TH_OK;
}

// One figure that an item took away from a measure, or gave to it.
struct given {
    const struct replay_item *item;
    size_t piece;
    bool now;
    struct th_bytes measure;
    struct th_bytes dims;
    const struct th_figure *figure;
    bool listed; // it counts for its own unit only
};

static enum th_err give_to(struct diff *diff, const struct given *given, struct differing *line)
{
    struct effect *effect = NULL;
    if (line == NULL) {
        return TH_OK;
    }
    TH_TRY(effect_of(diff, line, given->piece, &effect));
    TH_TRY(th_cell_add(given->now ? &effect->now : &effect->was, given->figure));
    const struct th_figure *figure = given->figure;
    const wide sign = given->now ? 1 : -1;
    struct diff_sums *sums = given->item->version <= diff->formed ? &line->before : &line->after;
    sums->value += sign * figure->value;
    sums->of += sign * figure->of;
    sums->before += sign * figure->before;
    sums->after += sign * figure->after;
    sums->contributions += sign;
    return TH_OK;
}

// To the unit and all above it, as the tree stood then; to the measure, and to sums that have it.
static enum th_err give(struct diff *diff, const struct given *given)
{
    const struct replay_piece *piece = &given->item->pieces[given->piece];
    const struct th_register *reg = piece->rules->reg;
    uint32_t path[TH_UNIT_DEPTH_MAX];
    char text[TH_PERIOD_TEXT_BYTES];
    struct th_bytes kept;
    const struct th_bytes period = th_bytes_of(th_period_text(piece->period, text));
    if (!th_lines_wants(diff->now.lines, given->measure, period)) {
        return TH_OK;
    }
    const enum th_err err =
        th_lines_kept(diff->now.lines, given->measure, period, given->dims, &kept);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    const th_day day = th_register_structure_day(reg, piece->uid, piece->period);
    const size_t depth = th_register_path(reg, piece->uid, day, path);
    for (size_t i = 0; i < (given->listed && depth > 0 ? 1 : depth); i++) {
        TH_TRY(give_to(diff, given, diff_find(diff, path[i], given->measure, period, kept)));
        for (size_t s = 0; s < diff->sum_count; s++) {
            struct th_measure sum;
            TH_TRY(th_catalogue_measure(piece->rules->catalogue, diff->sums[s], &sum));
            if (th_text_matches(given->measure, sum.sum_of)) {
                TH_TRY(give_to(diff, given, diff_find(diff, path[i], sum.code, period, kept)));
            }
        }
    }
    return TH_OK;
}

static enum th_err give_figure(struct diff *diff, struct given *given, const struct record *record)
{
    const struct replay_piece *piece = &given->item->pieces[given->piece];
    struct th_measure measure;
    TH_TRY(th_catalogue_measure(piece->rules->catalogue, piece->measure, &measure));
    given->measure = piece->measure;
    given->dims = piece->dims;
    given->figure = &record->figure;
    given->listed = !measure.summed || measure.shape == TH_SHAPE_SHARE;
    return give(diff, given);
}

static enum th_err
give_rating(struct diff *diff, const struct given *of, const struct record *record)
{
    const struct replay_piece *piece = &of->item->pieces[of->piece];
    const struct evaluated evaluated = told_evaluated(piece);
    const bool people = th_lines_ask_records(diff->now.lines);
    for (size_t i = 0; i < SAID_MEASURES; i++) {
        struct said said = said_by(&evaluated, SAID_OF[i], record);
        if (said.has && people && i == 0 &&
            !query_people_dims(diff->now.lines, &evaluated, record, said.dims)) {
            return TH_E_INVALID;
        }
        struct given given = *of;
        given.measure = SAID_OF[i];
        given.dims = th_bytes_of(said.dims);
        given.figure = &said.figure;
        if (said.has) {
            TH_TRY(give(diff, &given));
        }
    }
    return TH_OK;
}

static enum th_err give_record(struct diff *diff,
                               const struct replay_item *item,
                               size_t piece,
                               const struct record *record,
                               bool now)
{
    struct given given = {.item = item, .piece = piece, .now = now};
    if (record == NULL || item->pieces[piece].table == TABLE_TRANSFER) {
        return TH_OK;
    }
    return item->pieces[piece].table == TABLE_STAFFING ? give_figure(diff, &given, record)
                                                       : give_rating(diff, &given, record);
}

// ---- coverage of ratings ----

// A unit that has rated anybody covers every line of that scheme and category, whatever the level.
static bool is_of_level(struct th_bytes pair)
{
    return th_bytes_begins(pair, TH_BYTES("rating=")) ||
           th_bytes_begins(pair, TH_BYTES("reason=")) ||
           th_bytes_begins(pair, TH_BYTES("collective_kind="));
}

// The next pair of dims that is not of the level; empty at the end.
static struct th_bytes next_pair(struct th_bytes *rest)
{
    struct th_bytes pair = {0};
    do {
        const char *text = rest->data;
        const char *end = rest->size == 0 ? NULL : memchr(text, ';', rest->size);
        pair = (struct th_bytes){text, end == NULL ? rest->size : (size_t)(end - text)};
        const size_t step = end == NULL ? rest->size : pair.size + 1;
        rest->data = step == 0 ? text : text + step;
        rest->size -= step;
    } while (pair.size > 0 && is_of_level(pair));
    return pair;
}

static bool is_same_but_level(struct th_bytes a, struct th_bytes b)
{
    struct th_bytes pair;
    do {
        pair = next_pair(&a);
        if (!th_bytes_equal(pair, next_pair(&b))) {
            return false;
        }
    } while (pair.size > 0);
    return true;
}

static enum th_err cover_unit(struct diff *diff,
                              size_t piece,
                              uint32_t uid,
                              const struct th_change *place) // measure, period and dims
{
    size_t at = diff_first(diff, uid, place->measure, place->period);
    for (; at < diff->place_count; at++) {
        struct differing *line = diff->index[at].line;
        struct effect *effect = NULL;
        if (diff->index[at].uid != uid || !th_bytes_equal(line->head.measure, place->measure) ||
            !th_bytes_equal(line->head.period, place->period)) {
            break;
        }
        if (line->covered && !line->composed && is_same_but_level(line->head.dims, place->dims)) {
            TH_TRY(effect_of(diff, line, piece, &effect));
        }
    }
    return TH_OK;
}

// What all lines have in common that the coverage of a rating's unit is told in.
static bool common_dims(const struct replay_piece *piece, char out[static TH_DIMS_MAX + 1])
{
    const struct evaluated evaluated = told_evaluated(piece);
    if (!told_is_collective(piece)) {
        return totals_dims(&evaluated, (struct th_bytes){0}, out);
    }
    totals_collective_dims(&evaluated, "", 0, out);
    return true;
}

static enum th_err
cover_measure(struct diff *diff, const struct replay_item *item, size_t at, struct th_bytes measure)
{
    const struct replay_piece *piece = &item->pieces[at];
    char text[TH_PERIOD_TEXT_BYTES];
    char dims[TH_DIMS_MAX + 1];
    uint32_t path[TH_UNIT_DEPTH_MAX];
    struct th_change place = {.period = th_bytes_of(th_period_text(piece->period, text)),
                              .measure = measure};
    if (!common_dims(piece, dims) ||
        !th_lines_wants(diff->now.lines, place.measure, place.period)) {
        return TH_OK;
    }
    const enum th_err err =
        th_lines_kept(diff->now.lines, place.measure, place.period, th_bytes_of(dims), &place.dims);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    const th_day day = th_register_structure_day(piece->rules->reg, piece->uid, piece->period);
    const size_t depth = th_register_path(piece->rules->reg, piece->uid, day, path);
    for (size_t p = 0; p < depth; p++) {
        TH_TRY(cover_unit(diff, at, path[p], &place));
    }
    return TH_OK;
}

static enum th_err cover(struct diff *diff, const struct replay_item *item, size_t at)
{
    const struct replay_piece *piece = &item->pieces[at];
    if (piece->table != TABLE_EVALUATION || (piece->was != NULL) == (piece->now != NULL)) {
        return TH_OK; // who has rated anybody did not change
    }
    for (size_t i = 0; i < SAID_MEASURES; i++) {
        if (told_is_collective(piece) == (i == SAID_MEASURES - 1)) {
            TH_TRY(cover_measure(diff, item, at, SAID_OF[i]));
        }
    }
    return TH_OK;
}

// ---- rows ----

enum th_err diff_add_row(struct diff *diff, uint32_t of, const struct th_change *change)
{
    void *list = diff->rows;
    TH_TRY(answer_room(
        diff->reading->answer, &list, diff->row_count, &diff->row_max, sizeof(struct row)));
    diff->rows = list;
    diff->rows[diff->row_count] =
        (struct row){.of = of, .number = (uint32_t)diff->row_count, .version = change->version};
    diff->row_count++;
    diff->lines[of].rows++;
    return told_add(diff->reading->answer, change);
}

static enum th_err
tell(struct diff *diff, const struct replay_item *item, const struct effect *effect)
{
    const struct replay_piece *piece = &item->pieces[effect->piece];
    const struct differing *line = &diff->lines[effect->of];
    const struct standing_at at = {.uid = piece->uid, .baseline = line->baseline};
    struct th_change change;
    if (th_cell_equal(&effect->was, &effect->now) && !line->covered) {
        return TH_OK; // F2
    }
    TH_TRY(told_change(diff->reading, item, piece, &change));
    if (piece->table == TABLE_EVALUATION) {
        change.measure = line->head.measure;
        change.decimals = line->head.decimals;
    }
    change.has_was = !th_cell_is_empty(&effect->was);
    change.has_now = !th_cell_is_empty(&effect->now);
    change.was = totals_on_wire(&effect->was, &at);
    change.now = totals_on_wire(&effect->now, &at);
    return diff_add_row(diff, effect->of, &change);
}

static enum th_err each(void *self, const struct replay_item *item)
{
    struct diff *diff = self;
    diff->effect_count = 0;
    for (size_t i = 0; i < item->count; i++) {
        TH_TRY(give_record(diff, item, i, item->pieces[i].was, false));
        TH_TRY(give_record(diff, item, i, item->pieces[i].now, true));
        TH_TRY(cover(diff, item, i));
    }
    for (size_t i = 0; i < diff->effect_count; i++) {
        TH_TRY(tell(diff, item, &diff->effects[i]));
    }
    return TH_OK;
}

// ---- the answer ----

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    if (a->of != b->of) {
        return a->of < b->of ? -1 : 1;
    }
    if (a->version != b->version) {
        return a->version < b->version ? -1 : 1;
    }
    return a->number < b->number ? -1 : 1;
}

// Bring the changes into the order of rows, each along the circle of those that stand in each
// other's place.
static void put_in_order(struct diff *diff)
{
    struct th_change *changes = diff->reading->answer->changes;
    for (size_t first = 0; first < diff->row_count; first++) {
        const struct th_change moved = changes[first];
        size_t at = first;
        while (diff->rows[at].number != first) {
            const size_t from = diff->rows[at].number;
            changes[at] = changes[from];
            diff->rows[at].number = (uint32_t)at;
            at = from;
        }
        changes[at] = moved;
        diff->rows[at].number = (uint32_t)at;
    }
}

static enum th_err give_answer(struct diff *diff)
{
    for (size_t i = 0; i < diff->line_count; i++) {
        TH_TRY(diff_add_row(diff, (uint32_t)i, &diff->lines[i].head));
    }
    qsort(diff->rows, diff->row_count, sizeof(*diff->rows), compare_rows);
    put_in_order(diff);
    return TH_OK;
}

static enum th_err compare(struct diff *diff)
{
    uint64_t formed = 0;
    TH_TRY(reform_since(diff->reading->store, diff->span.since, &formed));
    TH_TRY(reform_since(diff->reading->store, diff->span.until, &diff->formed));
    diff->formed = diff->formed == formed ? 0 : diff->formed;
    TH_TRY(diff_read_lines(diff));
    if (diff->line_count == 0) {
        return TH_OK;
    }
    TH_TRY(told_replay(diff->reading, &diff->span, each, diff));
    TH_TRY(diff_complete(diff));
    return give_answer(diff);
}

enum th_err answer_diff(struct reading *reading)
{
    TH_SCOPED(diff_free) struct diff diff = {.reading = reading};
    diff.then.done = diff.now.done = true;
    TH_TRY(told_span(reading, &diff.span));
    if (diff.span.since > diff.span.until) { // the earlier one is what was
        const uint64_t since = diff.span.until;
        diff.span.until = diff.span.since;
        diff.span.since = since;
    }
    reading->answer->head.version = diff.span.until;
    return compare(&diff);
}
