// judge_apply.c - one item: records, ledger, digest and totals change together

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_body.h"
#include "workers/said.h"

enum { ROW_BYTES_MAX = RECORD_BYTES_MAX + TH_CHECK_BYTES };

enum th_err judge_replace(struct judge *judge,
                          const struct item *item,
                          unsigned table,
                          const struct held *old,
                          const struct held *fresh)
{
    if (old->exists) {
        ledger_replaced(&judge->ledger,
                        item->source.index,
                        table,
                        key_view(&old->key),
                        (struct th_bytes){.data = old->bytes, .size = old->size});
    }
    const struct digest_change change = {.table = table, .old = old, .new = fresh};
    TH_TRY(judge_digest(judge, &change));
    if (fresh == NULL) {
        return th_store_remove(judge->setup.store, table, key_view(&old->key));
    }
    uint8_t space[ROW_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    th_write_bytes(&value, (struct th_bytes){.data = fresh->bytes, .size = fresh->size});
    return th_check_put(&judge->check, judge->setup.store, table, key_view(&fresh->key), &value);
}

// ---- staffing ----

enum th_err judge_count_figure(struct judge *judge,
                               const struct item *item,
                               const struct place *place,
                               const struct held *old,
                               const struct held *fresh)
{
    const struct th_measure *measure = &item->judged.measure;
    const bool was =
        old->exists && old->record.live &&
        !(th_mutant(2) && fresh->record.live && record_same_content(&old->record, &fresh->record));
    const struct posting posting = {
        .place = place,
        .measure = measure->code,
        .dims = th_bytes_of(item->judged.dims),
        .old = was ? &old->record.figure : NULL,
        .new = fresh->record.live ? &fresh->record.figure : NULL,
        .covering = totals_covering(measure),
        .form = measure->form,
        .listed = !totals_sums(measure),
    };
    if (posting.old == NULL && posting.new == NULL) {
        return TH_OK;
    }
    TH_TRY(totals_fits(&judge->totals, &posting));
    return totals_post(&judge->totals, &posting);
}

// ---- evaluations ----

enum { POSTINGS_MAX = 8 };

struct postings {
    struct posting items[POSTINGS_MAX];
    struct th_figure figures[POSTINGS_MAX][2];
    char dims[POSTINGS_MAX][TH_DIMS_MAX + 1];
    size_t count;
    bool too_long; // dims of EV03 would be longer than dims may be
};

static void add(struct postings *postings,
                const struct evaluation_change *change,
                struct th_bytes measure,
                const struct said *old,
                const struct said *new)
{
    struct posting *posting = &postings->items[postings->count];
    struct th_figure *figures = postings->figures[postings->count];
    char *dims = postings->dims[postings->count];
    memcpy(dims, old != NULL ? old->dims : new->dims, TH_DIMS_MAX + 1);
    *posting = (struct posting){
        .place = change->place,
        .measure = measure,
        .dims = th_bytes_of(dims),
        .covering = COVER_EVALUATION,
        .evaluated = change->evaluated,
    };
    if (old != NULL) {
        figures[0] = old->figure;
        posting->old = &figures[0];
    }
    if (new != NULL) {
        figures[1] = new->figure;
        posting->new = &figures[1];
    }
    postings->count++;
}

static void add_measure(struct postings *postings,
                        const struct evaluation_change *change,
                        struct th_bytes measure)
{
    const struct said old = said_by(change->evaluated, measure, change->old);
    const struct said new = said_by(change->evaluated, measure, change->new);
    postings->too_long = postings->too_long || (!new.has &&new.figure.value < 0);
    if (old.has && new.has && strcmp(old.dims, new.dims) == 0) {
        add(postings, change, measure, &old, &new);
        return;
    }
    if (old.has) {
        add(postings, change, measure, &old, NULL);
    }
    if (new.has) {
        add(postings, change, measure, NULL, &new);
    }
}

static void make_postings(const struct evaluation_change *change, struct postings *postings)
{
    postings->count = 0;
    postings->too_long = false;
    struct evaluation_change counted = *change;
    if (th_mutant(44) && change->new != NULL &&
        change->new->collective_kind != TH_COLLECTIVE_NONE) {
        counted.old = NULL;
    }
    for (size_t i = 0; i < SAID_MEASURES; i++) {
        add_measure(postings, &counted, SAID_OF[i]);
    }
}

enum th_err judge_evaluation_fits(struct judge *judge, const struct evaluation_change *change)
{
    struct postings postings;
    make_postings(change, &postings);
    for (size_t i = 0; i < postings.count; i++) {
        TH_TRY(totals_fits(&judge->totals, &postings.items[i]));
    }
    return postings.too_long ? TH_E_TOO_LARGE : TH_OK;
}

enum th_err judge_count_evaluation(struct judge *judge, const struct evaluation_change *change)
{
    struct postings postings;
    make_postings(change, &postings);
    if ((change->old == NULL) != (change->new == NULL)) {
        TH_TRY(totals_evaluated(
            &judge->totals, change->place, change->evaluated, change->new != NULL ? 1 : -1));
    }
    for (size_t i = 0; i < postings.count; i++) {
        TH_TRY(totals_post(&judge->totals, &postings.items[i]));
    }
    return TH_OK;
}
