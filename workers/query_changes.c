// query_changes.c - what was decided, one update after another
//
// Units and measures are asked for as in TOTALS, and what units below say belongs to what is asked.
// With a limit the end of the ledger is read twice: the first time counts, so that the newest are
// given without holding the others.

#include <stdio.h>

#include "workers/query_told.h"
#include "workers/said.h"

enum { VERSIONS_FIRST = 8, VERSIONS_MORE = 8 };

struct changes {
    struct reading *reading;
    uint64_t matching; // so far
    uint64_t skip;     // so many before the first that is given
    bool counts;       // only count
};

static enum th_err wants(struct changes *changes,
                         const struct replay_item *item,
                         const struct replay_piece *piece,
                         bool *wanted)
{
    const struct reading *reading = changes->reading;
    struct th_lines *lines = reading->answer->lines;
    char text[TH_PERIOD_TEXT_BYTES];
    const struct th_bytes period = th_bytes_of(th_period_text(piece->period, text));
    *wanted = th_lines_wants(lines, told_measure(piece), period);
    if (piece->table == TABLE_EVALUATION && !told_is_collective(piece)) {
        *wanted = *wanted || th_lines_wants(lines, SAID_OF[1], period) ||
                  th_lines_wants(lines, SAID_OF[2], period);
    } else if (piece->table == TABLE_TRANSFER) {
        *wanted = reading->query->measure_count == 0 && th_lines_wants(lines, SAID_OF[0], period);
    }
    if (*wanted && reading->query->after_close) {
        *wanted = told_why(reading, item, piece) == TH_WHY_AFTER_CLOSE;
    }
    return *wanted ? th_lines_asks(lines, period, piece->uid, wanted) : TH_OK;
}

static struct th_total figure_cell(const struct replay_piece *piece, const struct record *record)
{
    struct th_cell cell = {0};
    struct th_measure measure;
    const bool known =
        th_catalogue_measure(piece->rules->catalogue, piece->measure, &measure) == TH_OK;
    const struct standing_at at = {
        .uid = piece->uid,
        .baseline = known && measure.shape == TH_SHAPE_TARGET,
    };
    if (record != NULL) {
        const enum th_err err = th_cell_add(&cell, &record->figure);
        th_assert(err == TH_OK); // alone it fits
    }
    return totals_on_wire(&cell, &at);
}

static struct th_opt opt_of(bool has, int64_t value)
{
    return (struct th_opt){.has = has, .value = has ? value : 0};
}

// A rating: its level as dims, the score as value. A transfer: the sum of the scores of so many
// months.
static enum th_err rated_cell(struct answer *answer,
                              const struct replay_piece *piece,
                              const struct record *record,
                              struct th_total *cell)
{
    const bool transfer = piece->table == TABLE_TRANSFER;
    char level[16] = "";
    *cell = (struct th_total){.uid = piece->uid};
    if (record == NULL) {
        return TH_OK;
    }
    const bool valued = transfer || record->score.has;
    cell->contributions = 1;
    cell->qualifier = valued ? TH_QUALIFIER_EXACT : TH_QUALIFIER_NONE;
    cell->value = opt_of(valued, transfer ? record->score_sum : record->score.value);
    cell->of = opt_of(transfer, record->scored_months);
    if (!transfer) {
        (void)snprintf(
            level, sizeof(level), "rating=%d", record->rating.has ? (int)record->rating.value : 0);
    }
    return answer_hold(answer, th_bytes_of(level), &cell->dims);
}

static enum th_err take_piece(struct changes *changes,
                              const struct replay_item *item,
                              const struct replay_piece *piece)
{
    struct answer *answer = changes->reading->answer;
    struct th_change change;
    TH_TRY(told_change(changes->reading, item, piece, &change));
    change.has_was = piece->was != NULL;
    change.has_now = piece->now != NULL;
    if (piece->table == TABLE_STAFFING) {
        change.was = figure_cell(piece, piece->was);
        change.now = figure_cell(piece, piece->now);
    } else {
        TH_TRY(rated_cell(answer, piece, piece->was, &change.was));
        TH_TRY(rated_cell(answer, piece, piece->now, &change.now));
    }
    return told_add(answer, &change);
}

static enum th_err each(void *self, const struct replay_item *item)
{
    struct changes *changes = self;
    for (size_t i = 0; i < item->count; i++) {
        const struct replay_piece *piece = &item->pieces[i];
        bool wanted = piece->was != NULL || piece->now != NULL;
        if (wanted) {
            TH_TRY(wants(changes, item, piece, &wanted));
        }
        if (!wanted) {
            continue;
        }
        changes->matching++;
        if (!changes->counts && changes->matching > changes->skip) {
            TH_TRY(take_piece(changes, item, piece));
        }
    }
    return TH_OK;
}

// Units and what is below them, as TOTALS by unit would have it.
static enum th_err make_filter(struct reading *reading)
{
    static const struct th_bytes BY_UNIT = {.data = "unit", .size = 4};
    const struct th_province *province = reading->answer->province.province;
    struct th_query filter = *reading->query;
    struct th_bytes unknown = {0};
    filter.by = &BY_UNIT;
    filter.by_count = 1;
    const enum th_err err = th_lines_make(&filter,
                                          province->reg,
                                          province->root,
                                          province->catalogue,
                                          &unknown,
                                          &reading->answer->lines);
    if (err == TH_E_NOT_FOUND || err == TH_E_INVALID) {
        answer_refuse(reading->answer, TH_M_UNKNOWN_WORD, unknown);
        return TH_E_REFUSED;
    }
    return err;
}

// Where the newest that are asked for begin: the span from since on is looked at, at first a small
// part of its end and then more, until it has as many.
static enum th_err find_newest(struct changes *changes, struct told_span *span)
{
    const uint32_t limit = changes->reading->query->limit;
    struct told_span part = *span;
    uint64_t versions = VERSIONS_FIRST;
    changes->counts = true;
    do {
        part.since = span->until - span->since > versions ? span->until - versions : span->since;
        versions *= VERSIONS_MORE;
        changes->matching = 0;
        TH_TRY(told_replay(changes->reading, &part, each, changes));
    } while (changes->matching < limit && part.since > span->since);
    changes->counts = false;
    changes->skip = changes->matching > limit ? changes->matching - limit : 0;
    changes->matching = 0;
    *span = part;
    return TH_OK;
}

enum th_err answer_changes(struct reading *reading)
{
    struct changes changes = {.reading = reading};
    struct told_span span;
    TH_TRY(told_span(reading, &span));
    TH_TRY(make_filter(reading));
    reading->answer->head.version = span.until;
    if (span.since >= span.until) {
        return TH_OK;
    }
    if (reading->query->limit > 0) {
        TH_TRY(find_newest(&changes, &span));
    }
    return told_replay(reading, &span, each, &changes);
}
