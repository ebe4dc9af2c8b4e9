// tallied.c - see tallied.h

#include "nodes/tallied.h"

#include <stdlib.h>
#include <string.h>

#include "nodes/current.h"

enum { ABSORB_BATCHES = 64 };

struct counting {
    const struct home *home;
    const struct tallied_of *of;
    struct tallied *tallied;
    struct outbox box;
    struct th_arena arena;
};

void tallied_free(struct tallied *tallied)
{
    free(tallied->lines);
    free(tallied->texts);
    *tallied = (struct tallied){0};
}

// ---- lines ----

static struct th_completion_line *
find_line(struct tallied *tallied, struct th_bytes measure, struct th_bytes dims)
{
    for (size_t i = 0; i < tallied->count; i++) {
        struct th_completion_line *line = &tallied->lines[i];
        if (th_bytes_equal(line->measure, measure) && th_bytes_equal(line->dims, dims)) {
            return line;
        }
    }
    return NULL;
}

static struct th_bytes keep(struct tallied *tallied, struct th_bytes text)
{
    char *at = tallied->texts + tallied->text_size;
    if (text.size > 0) {
        memcpy(at, text.data, text.size);
    }
    tallied->text_size += text.size;
    return (struct th_bytes){.data = at, .size = text.size};
}

static enum th_err make_room(struct tallied *tallied)
{
    if (tallied->lines != NULL) {
        return TH_OK;
    }
    tallied->lines = calloc(TH_COMPLETION_LINES_MAX, sizeof(*tallied->lines));
    tallied->texts = malloc((size_t)TH_COMPLETION_LINES_MAX * (TH_MEASURE_CODE_MAX + TH_DIMS_MAX));
    return tallied->lines != NULL && tallied->texts != NULL ? TH_OK : TH_E_NO_MEMORY;
}

static enum th_err
add(struct tallied *tallied, struct th_bytes measure, struct th_bytes dims, int64_t value)
{
    TH_TRY(make_room(tallied));
    struct th_completion_line *line = find_line(tallied, measure, dims);
    if (line == NULL && tallied->count == TH_COMPLETION_LINES_MAX) {
        return TH_E_TOO_LARGE;
    }
    if (line == NULL) {
        line = &tallied->lines[tallied->count++];
        line->measure = keep(tallied, measure);
        line->dims = keep(tallied, dims);
        line->count = (struct th_opt){.has = true};
        line->sum = (struct th_opt){.has = true};
    }
    line->count.value++;
    tallied->keys++;
    return __builtin_add_overflow(line->sum.value, value, &line->sum.value) ? TH_E_TOO_LARGE
                                                                            : TH_OK;
}

// ---- figures ----

static bool
is_of(const struct counting *counting, struct th_bytes unit, struct th_bytes period_text)
{
    const struct th_province *province = counting->home->province;
    struct th_period period;
    if (th_period_parse(period_text, &period) != TH_OK ||
        !th_period_equal(period, counting->of->period)) {
        return false;
    }
    const bool period_end = th_catalogue_settings(province->catalogue)->period_end;
    const struct th_resolved resolved =
        th_register_resolve(province->reg, unit, period, period_end);
    return resolved.result == TH_RESOLVED && resolved.uid == counting->of->uid;
}

static enum th_err add_figure(struct counting *counting, const struct th_staffing *figure)
{
    struct th_measure measure;
    const bool counts =
        th_catalogue_measure(counting->home->province->catalogue, figure->measure, &measure) ==
            TH_OK &&
        measure.form == counting->of->form && is_of(counting, figure->unit, figure->period);
    return counts ? add(counting->tallied,
                        figure->measure,
                        figure->dims,
                        figure->value.has ? figure->value.value : 0)
                  : TH_OK;
}

static enum th_err
add_rating(struct counting *counting, const struct th_group *group, struct th_opt score)
{
    char dims[TH_DIMS_MAX + 1];
    return add(counting->tallied,
               th_group_measure(group),
               th_bytes_of(th_group_dims(group, dims)),
               score.has ? score.value : 0);
}

static bool rates(const struct counting *counting)
{
    return th_catalogue_evaluation_form(counting->home->province->catalogue,
                                        counting->of->period) == counting->of->form;
}

static enum th_err add_update(struct counting *counting, const struct th_update *update)
{
    if (update->kind == TH_KIND_STAFFING) {
        return add_figure(counting, &update->staffing);
    }
    if (update->kind == TH_KIND_EVALUATION && rates(counting)) {
        const struct th_evaluation *said = &update->evaluation;
        const struct th_group group = {.member = said->category, .scheme = said->scheme};
        return is_of(counting, said->unit, said->period) ? add_rating(counting, &group, said->score)
                                                         : TH_OK;
    }
    if (update->kind == TH_KIND_COLLECTIVE && rates(counting)) {
        const struct th_collective *said = &update->collective;
        const struct th_group group = {
            .bodies = true, .member = said->kind, .scheme = said->scheme};
        return is_of(counting, said->unit, said->period) ? add_rating(counting, &group, said->score)
                                                         : TH_OK;
    }
    return TH_OK;
}

static enum th_err count_all(struct counting *counting)
{
    uint8_t room[TH_SUBJECT_MAX];
    struct th_bytes key = {room, 0};
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(counting->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &counting->box));
    for (;;) {
        struct current figure;
        struct th_bytes next;
        struct th_batch batch;
        const enum th_err err = current_next(&counting->box, key, &next, &figure);
        if (err != TH_OK) {
            return err == TH_E_NOT_FOUND ? TH_OK : err;
        }
        memcpy(room, next.data, next.size);
        key.size = next.size;
        th_arena_reset(&counting->arena);
        TH_TRY(th_batch_read(figure.update, &counting->arena, &batch, NULL));
        if (figure.state == CURRENT_SENT && batch.updates[0].op != TH_OP_WITHDRAW) {
            TH_TRY(add_update(counting, &batch.updates[0]));
        }
    }
}

// What was queued since the last look is not among the figures yet.
static enum th_err absorb(struct counting *counting)
{
    for (bool more = true; more;) {
        struct outbox box;
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        TH_TRY(th_disk_begin(counting->home->disk, &txn));
        TH_TRY(outbox_load(th_disk_store(&txn), &box));
        TH_TRY(current_absorb(&box, &counting->arena, ABSORB_BATCHES, &more));
        TH_TRY(th_disk_commit(&txn));
    }
    return TH_OK;
}

static int compare(const void *a, const void *b)
{
    const struct th_completion_line *left = a;
    const struct th_completion_line *right = b;
    const int order = th_bytes_compare(left->measure, right->measure);
    return order != 0 ? order : th_bytes_compare(left->dims, right->dims);
}

enum th_err
tallied_count(const struct home *home, const struct tallied_of *of, struct tallied *tallied)
{
    TH_SCOPED(th_free_scoped) void *memory = malloc(TH_ARENA_BYTES);
    struct counting counting = {.home = home, .of = of, .tallied = tallied};
    *tallied = (struct tallied){0};
    if (memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    counting.arena = th_arena_of(memory, TH_ARENA_BYTES);
    TH_TRY(absorb(&counting));
    TH_TRY(count_all(&counting));
    if (tallied->count > 0) {
        qsort(tallied->lines, tallied->count, sizeof(tallied->lines[0]), compare);
    }
    return TH_OK;
}
