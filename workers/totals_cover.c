// totals_cover.c - the coverage of sums (T3 of totals.h), kept up to date and counted from nothing

#include <string.h>

#include "tonghop/fault.h"

#include "workers/record.h"
#include "workers/totals_pool.h"

// The last one is that of collectives.
static const struct th_bytes EVALUATION_MEASURES[] = {{.data = "EV01", .size = 4},
                                                      {.data = "EV02", .size = 4},
                                                      {.data = "EV03", .size = 4},
                                                      {.data = "EV05", .size = 4}};
static const struct th_bytes EV05 = {.data = "EV05", .size = 4};

// Is uid a reporter at or below the unit at step of its path, on that unit's structure day?
static bool reports_for(const struct totals *totals,
                        const struct place *place,
                        const struct th_form *form,
                        size_t step)
{
    const struct totals_setup *setup = &totals->setup;
    const th_day day = place->days[step];
    return th_form_is_reporter(form, setup->reg, setup->root, place->uid, day) &&
           (step == 0 || place->steady ||
            th_register_is_below(setup->reg, place->uid, place->path[step], day));
}

// ---- scope own ----

static void post_own(struct totals *totals, const struct posting *posting, const uint32_t *slots)
{
    if ((posting->old == NULL) == (posting->new == NULL)) {
        return;
    }
    for (size_t i = 0; i < posting->place->depth; i++) {
        if (reports_for(totals, posting->place, posting->form, i)) {
            uint64_t *reported = &totals->slots[slots[i]].cell.reported;
            *reported += posting->new != NULL ? 1 : (uint64_t)-1;
        }
    }
}

// ---- scope whole ----

// A steady tree: the figure covers every reporter at or below its unit, and each reporter above it
// is covered from its first figure on. V26 keeps figures of one key from overlapping.
static void post_whole(struct totals *totals,
                       const struct posting *posting,
                       const uint32_t *slots,
                       const uint64_t *was)
{
    const struct place *place = posting->place;
    const bool more = posting->new != NULL;
    if (more == (posting->old != NULL)) {
        return;
    }
    uint64_t covered = totals_expected(totals, posting->form, place->uid, place->period);
    for (size_t i = 0; i < place->depth; i++) {
        struct th_cell *cell = &totals->slots[slots[i]].cell;
        const bool turned = more ? was[i] == 0 : th_cell_contributions(cell) == 0;
        if (i > 0 && turned && !th_mutant(75) &&
            th_form_is_reporter(posting->form,
                                totals->setup.reg,
                                totals->setup.root,
                                place->path[i],
                                place->days[i])) {
            covered++;
        }
        cell->reported += more ? covered : (uint64_t)0 - covered;
    }
}

// The tree changes inside the period: whatever the figure may touch is counted anew at the flush.
static enum th_err mark_recount(struct totals *totals, const struct posting *posting)
{
    const struct place *place = posting->place;
    for (size_t i = 0; i < place->depth; i++) {
        const struct place above =
            totals_place(totals, place->path[i], place->period, place->days[i]);
        for (size_t j = 0; j < above.depth; j++) {
            const struct key key =
                key_of_total(posting->measure, place->period, above.path[j], posting->dims);
            uint32_t slot = 0;
            TH_TRY(pool_load(totals, TABLE_TOTAL, &key, &slot));
            totals->slots[slot].recount = true;
            totals->slots[slot].changed = true;
        }
    }
    for (size_t i = 0; i < place->depth; i++) {
        const struct key key =
            key_of_total(posting->measure, place->period, place->path[i], posting->dims);
        uint32_t slot = 0;
        TH_TRY(pool_load(totals, TABLE_TOTAL, &key, &slot));
        totals->slots[slot].recount = true;
    }
    return TH_OK;
}

// ---- evaluations ----

// Is key=value among the pairs of dims?
static bool has_pair(struct th_bytes dims, struct th_bytes key, struct th_bytes value)
{
    const char *at = dims.data;
    size_t left = dims.size;
    while (left > 0) {
        const char *end = memchr(at, ';', left);
        const size_t part = end == NULL ? left : (size_t)(end - at);
        if (part == key.size + value.size && memcmp(at, key.data, key.size) == 0 &&
            memcmp(at + key.size, value.data, value.size) == 0) {
            return true;
        }
        const size_t step = end == NULL ? left : part + 1;
        at += step;
        left -= step;
    }
    return false;
}

static bool names_scheme(struct th_bytes dims)
{
    return dims.size > 0 && memmem(dims.data, dims.size, "scheme=", 7) != NULL;
}

static bool is_of_scheme(struct th_bytes dims, const struct evaluated *evaluated)
{
    return evaluated->default_scheme ? !names_scheme(dims)
                                     : has_pair(dims, TH_BYTES("scheme="), evaluated->scheme);
}

// Sums of collectives do not name their category: all have one.
static bool is_counted_by(const struct figure_key *at, const struct evaluated *evaluated)
{
    return is_of_scheme(at->dims, evaluated) &&
           (th_bytes_equal(at->measure, EV05) ||
            has_pair(at->dims, TH_BYTES("category="), evaluated->category));
}

// What the keys of all sums begin with that count evaluated: there may be any number of categories
// beside it.
static struct key key_of_counted(struct th_bytes measure,
                                 const struct evaluated *evaluated,
                                 struct th_period period,
                                 uint32_t uid)
{
    char dims[TH_DIMS_MAX + 1] = "";
    if (th_bytes_equal(measure, EV05)) {
        return key_of_totals(measure, period, uid);
    }
    if (th_bytes_equal(measure, TH_BYTES("EV02"))) { // the whole key: there is one
        const bool fits = totals_dims(evaluated, (struct th_bytes){0}, dims);
        th_assert(fits);
        return key_of_total(measure, period, uid, th_bytes_of(dims));
    }
    struct th_writer writer = {.data = (uint8_t *)dims, .max = TH_DIMS_MAX};
    th_write_bytes(&writer, TH_BYTES("category="));
    th_write_bytes(&writer, evaluated->category);
    th_write_u8(&writer, ';');
    struct key key = key_of_total(measure, period, uid, th_written(&writer));
    key.size--; // NUL
    return key;
}

// Reported of a unit's evaluations changed: the sums that show it must be written again, also those
// that no figure of this turn touches.
static enum th_err touch_sums(struct totals *totals,
                              const struct evaluated *evaluated,
                              struct th_period period,
                              uint32_t uid,
                              uint32_t cover)
{
    const size_t of_persons = TH_COUNT(EVALUATION_MEASURES) - 1;
    const size_t count = of_persons + (totals_is_collective(evaluated->category) ? 1 : 0);
    for (size_t i = 0; i < count; i++) {
        const struct key prefix = key_of_counted(EVALUATION_MEASURES[i], evaluated, period, uid);
        struct th_bytes key;
        struct th_bytes value;
        enum th_err err =
            th_store_seek(totals->setup.store, TABLE_TOTAL, key_view(&prefix), &key, &value);
        while (err == TH_OK && th_bytes_begins(key, key_view(&prefix))) {
            struct figure_key parts;
            TH_TRY(key_read_total(key, &parts));
            if (is_counted_by(&parts, evaluated)) {
                const struct key own = key_of_total(parts.measure, period, uid, parts.dims);
                uint32_t slot = 0;
                TH_TRY(pool_load(totals, TABLE_TOTAL, &own, &slot));
                totals->slots[slot].cover = cover;
                totals->slots[slot].changed = true;
            }
            err = th_store_next(totals->setup.store, TABLE_TOTAL, key, &key, &value);
        }
        if (err != TH_OK && err != TH_E_NOT_FOUND) {
            return err;
        }
    }
    return TH_OK;
}

enum th_err totals_evaluated(struct totals *totals,
                             const struct place *place,
                             const struct evaluated *evaluated,
                             int change)
{
    const uint64_t step = change > 0 ? 1 : (uint64_t)-1;
    bool turned = false;
    for (size_t i = 0; i < place->depth; i++) {
        const struct key key =
            key_of_coverage(evaluated->scheme, place->period, evaluated->category, place->path[i]);
        uint32_t slot = 0;
        TH_TRY(pool_load(totals, TABLE_COVERAGE, &key, &slot));
        struct cover *cover = &totals->slots[slot].counted;
        totals->slots[slot].changed = true;
        if (i == 0) {
            turned = change > 0 ? cover->own == 0 : cover->own == 1;
            cover->own += step;
        } else {
            cover->below += step;
        }
        if (turned && reports_for(totals, place, evaluated->form, i)) {
            cover->reported += step;
            TH_TRY(touch_sums(totals, evaluated, place->period, place->path[i], slot));
        }
    }
    return TH_OK;
}

static enum th_err
post_evaluation(struct totals *totals, const struct posting *posting, const uint32_t *slots)
{
    const struct evaluated *evaluated = posting->evaluated;
    for (size_t i = 0; i < posting->place->depth; i++) {
        const struct key key = key_of_coverage(evaluated->scheme,
                                               posting->place->period,
                                               evaluated->category,
                                               posting->place->path[i]);
        uint32_t cover = 0;
        TH_TRY(pool_load(totals, TABLE_COVERAGE, &key, &cover));
        totals->slots[slots[i]].cover = cover;
    }
    return TH_OK;
}

enum th_err totals_cover_post(struct totals *totals,
                              const struct posting *posting,
                              const uint32_t *slots,
                              const uint64_t *was)
{
    switch (posting->covering) {
    case COVER_NONE:
        return TH_OK;
    case COVER_OWN:
        post_own(totals, posting, slots);
        return TH_OK;
    case COVER_WHOLE:
        if (!posting->place->steady) {
            return mark_recount(totals, posting);
        }
        post_whole(totals, posting, slots, was);
        return TH_OK;
    case COVER_EVALUATION:
        return post_evaluation(totals, posting, slots);
    }
    th_unreachable();
}

// ---- counting from nothing ----

// Does what is said at or of unit count for the total's unit?
static bool counts_for(const struct totals *totals, const struct figure_key *total, uint32_t unit)
{
    const struct th_register *reg = totals->setup.reg;
    return unit == total->uid ||
           th_register_is_below(
               reg, unit, total->uid, th_register_structure_day(reg, unit, total->period));
}

static enum th_err
has_figure(const struct totals *totals, const struct figure_key *total, uint32_t uid, bool *has)
{
    const struct key key = key_of_figure(uid, total->period, total->measure, total->dims);
    struct th_bytes value;
    *has = false;
    const enum th_err err = th_check_get(
        totals->setup.check, totals->setup.store, TABLE_STAFFING, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    struct record record;
    TH_TRY(record_read(TABLE_STAFFING, value, &record));
    *has = record.live && counts_for(totals, total, uid);
    return TH_OK;
}

// A unit on the walk from the total's unit down.
struct walk {
    uint32_t uid;
    size_t child;      // the next one to look at
    bool under_figure; // it or a unit above it has a figure of its own
};

static enum th_err visit(struct totals *totals,
                         const struct figure_key *total,
                         const struct th_form *form,
                         th_day day,
                         struct walk *step,
                         uint64_t *reported)
{
    bool own = false;
    TH_TRY(has_figure(totals, total, step->uid, &own));
    step->under_figure = step->under_figure || own;
    if (!th_form_is_reporter(form, totals->setup.reg, totals->setup.root, step->uid, day)) {
        return TH_OK;
    }
    bool covered = step->under_figure;
    if (!covered && counts_for(totals, total, step->uid)) {
        struct th_cell cell;
        TH_TRY(totals_cell(totals, total->measure, total->period, step->uid, total->dims, &cell));
        covered = th_cell_contributions(&cell) > 0;
    }
    *reported += covered ? 1 : 0;
    return TH_OK;
}

enum th_err totals_recount(struct totals *totals,
                           const struct figure_key *total,
                           const struct th_form *form,
                           uint64_t *reported)
{
    const struct th_register *reg = totals->setup.reg;
    const th_day day = th_register_structure_day(reg, total->uid, total->period);
    struct walk walk[TH_UNIT_DEPTH_MAX + 1] = {{.uid = total->uid}};
    size_t depth = 1;
    *reported = 0;
    TH_TRY(visit(totals, total, form, day, &walk[0], reported));
    while (depth > 0) {
        struct walk *step = &walk[depth - 1];
        const uint32_t child = th_register_child(reg, step->uid, day, step->child++);
        if (child == TH_UNIT_NONE) {
            depth--;
            continue;
        }
        th_assert(depth <= TH_UNIT_DEPTH_MAX);
        walk[depth] = (struct walk){.uid = child, .under_figure = step->under_figure};
        TH_TRY(visit(totals, total, form, day, &walk[depth], reported));
        depth++;
    }
    return TH_OK;
}

bool totals_dims(const struct evaluated *evaluated,
                 struct th_bytes member,
                 char out[static TH_DIMS_MAX + 1])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_DIMS_MAX};
    th_write_bytes(&writer, TH_BYTES("category="));
    th_write_bytes(&writer, evaluated->category);
    if (member.size > 0) {
        th_write_u8(&writer, ';');
        th_write_bytes(&writer, member);
    }
    if (!evaluated->default_scheme) {
        th_write_bytes(&writer, TH_BYTES(";scheme="));
        th_write_bytes(&writer, evaluated->scheme);
    }
    out[writer.size] = '\0';
    return !writer.overflow;
}

void totals_collective_dims(const struct evaluated *evaluated,
                            const char *kind,
                            unsigned rating,
                            char out[static TH_DIMS_MAX + 1])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_DIMS_MAX};
    th_write_bytes(&writer, TH_BYTES("collective_kind="));
    th_write_bytes(&writer, th_bytes_of(kind));
    th_write_bytes(&writer, TH_BYTES(";rating="));
    th_write_u8(&writer, (uint8_t)('0' + rating));
    if (!evaluated->default_scheme) {
        th_write_bytes(&writer, TH_BYTES(";scheme="));
        th_write_bytes(&writer, evaluated->scheme);
    }
    th_assert(!writer.overflow);
    out[writer.size] = '\0';
}
