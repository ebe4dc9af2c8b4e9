// judge_overlap.c - V26: nothing is counted twice because two statements contain each other

#include <string.h>

#include "workers/judge_body.h"

// Withdrawn records stay, and a hostile district may have any number of them, or of lines and
// categories: so many are looked at for one item. No office comes near, and what lies behind them
// is taken for an overlap.
enum { LOOKS_MAX = 4096 };

static const struct th_bytes EV07 = {.data = "EV07", .size = 4};

// ---- dims ----

// Do both have the same keys? Dims are sorted, so the keys stand in the same order.
static bool same_keys(struct th_bytes a, struct th_bytes b)
{
    const char *left = a.data;
    const char *right = b.data;
    const char *left_end = left + a.size;
    const char *right_end = right + b.size;
    while (left < left_end && right < right_end) {
        const char *left_key = memchr(left, '=', (size_t)(left_end - left));
        const char *right_key = memchr(right, '=', (size_t)(right_end - right));
        if (left_key == NULL || right_key == NULL || left_key - left != right_key - right ||
            memcmp(left, right, (size_t)(left_key - left)) != 0) {
            return false;
        }
        const char *next = memchr(left, ';', (size_t)(left_end - left));
        left = next == NULL ? left_end : next + 1;
        next = memchr(right, ';', (size_t)(right_end - right));
        right = next == NULL ? right_end : next + 1;
    }
    return left == left_end && right == right_end;
}

// ---- walking over live records ----

// Over the live figures whose keys begin with prefix.
struct walk {
    struct key prefix;
    struct th_bytes at; // the present one's key
    size_t looks;       // so far
};

// TH_E_NOT_FOUND at the end; TH_E_TOO_LARGE when it is too far.
static enum th_err next_live(const struct judge *judge, struct walk *walk)
{
    const struct th_store store = judge->setup.store;
    const struct th_bytes prefix = key_view(&walk->prefix);
    struct th_bytes value;
    enum th_err err = walk->at.size == 0
                          ? th_store_seek(store, TABLE_STAFFING, prefix, &walk->at, &value)
                          : th_store_next(store, TABLE_STAFFING, walk->at, &walk->at, &value);
    while (err == TH_OK && th_bytes_begins(walk->at, prefix)) {
        if (walk->looks++ == LOOKS_MAX) {
            return TH_E_TOO_LARGE;
        }
        struct record record;
        TH_TRY(th_check_open(&judge->check, TABLE_STAFFING, walk->at, &value));
        TH_TRY(record_read(TABLE_STAFFING, value, &record));
        if (record.live) {
            return TH_OK;
        }
        err = th_store_next(store, TABLE_STAFFING, walk->at, &walk->at, &value);
    }
    return err == TH_OK ? TH_E_NOT_FOUND : err;
}

// How a walk ended: it found nothing, or it was too far.
static enum th_err end_walk(enum th_err err, bool *overlaps)
{
    *overlaps = *overlaps || err == TH_E_TOO_LARGE;
    return err == TH_E_NOT_FOUND || err == TH_E_TOO_LARGE ? TH_OK : err;
}

static enum th_err
is_live(const struct judge *judge, const struct item *item, uint32_t uid, bool *live)
{
    const struct th_judged *judged = &item->judged;
    const struct key key =
        key_of_figure(uid, judged->period, judged->measure.code, th_bytes_of(judged->dims));
    struct held held;
    TH_TRY(judge_hold(judge, TABLE_STAFFING, &key, &held));
    *live = held.exists && held.record.live;
    return TH_OK;
}

// ---- scope whole: above or below ----

// A unit on the way down.
struct step {
    uint32_t uid;
    size_t child;
};

// Is there anything at or below uid? Of listed measures there are no sums: go and look.
static enum th_err
may_hold(struct judge *judge, const struct item *item, uint32_t uid, bool listed, bool *may)
{
    struct th_cell cell;
    *may = true;
    if (listed) {
        return TH_OK;
    }
    TH_TRY(totals_cell(&judge->totals,
                       item->judged.measure.code,
                       item->judged.period,
                       uid,
                       th_bytes_of(item->judged.dims),
                       &cell));
    *may = !th_cell_is_empty(&cell);
    return TH_OK;
}

// The unit below place that has a live figure; place's own unit when the sums say that there is one
// and the tree of that day does not show which.
static enum th_err find_below(struct judge *judge,
                              const struct item *item,
                              const struct place *place,
                              bool listed,
                              uint32_t *found)
{
    bool may = false;
    *found = TH_UNIT_NONE;
    TH_TRY(may_hold(judge, item, place->uid, listed, &may));
    if (!may) {
        return TH_OK;
    }
    struct step steps[TH_UNIT_DEPTH_MAX + 1] = {{.uid = place->uid}};
    size_t depth = 1;
    while (depth > 0) {
        struct step *step = &steps[depth - 1];
        const uint32_t child =
            th_register_child(judge->setup.reg, step->uid, place->day, step->child++);
        if (child == TH_UNIT_NONE) {
            depth--;
            continue;
        }
        bool live = false;
        TH_TRY(is_live(judge, item, child, &live));
        if (live) {
            *found = child;
            return TH_OK;
        }
        TH_TRY(may_hold(judge, item, child, listed, &may));
        if (may) {
            th_assert(depth <= TH_UNIT_DEPTH_MAX);
            steps[depth++] = (struct step){.uid = child};
        }
    }
    *found = listed ? (uint32_t)TH_UNIT_NONE : place->uid;
    return TH_OK;
}

static enum th_err
overlap_whole(struct judge *judge, struct item *item, const struct place *place, uint32_t *other)
{
    for (size_t i = 1; i < place->depth; i++) {
        bool live = false;
        TH_TRY(is_live(judge, item, place->path[i], &live));
        if (live) {
            *other = place->path[i];
            return TH_OK;
        }
    }
    const struct th_measure *measure = &item->judged.measure;
    const bool listed = !totals_sums(measure);
    return find_below(judge, item, place, listed, other);
}

// ---- EV07: counts beside evaluations, and counts split in two ways ----

// Empty: it may be any.
static struct th_bytes
scheme_meant(const struct judge *judge, struct th_bytes dims, struct th_period period)
{
    const struct th_bytes named = th_dims_member(dims, TH_BYTES("scheme"));
    if (named.size > 0) {
        return named;
    }
    const struct th_bytes fixed = th_catalogue_settings(judge->setup.catalogue)->default_scheme;
    if (!th_bytes_equal(fixed, TH_BYTES("auto"))) {
        return fixed;
    }
    char list[65];
    const struct th_scheme *scheme = th_catalogue_default_scheme(
        judge->setup.catalogue, period, th_dims_member(dims, TH_BYTES("category")), list);
    return scheme == NULL ? (struct th_bytes){0} : scheme->code;
}

// Absent means any.
static bool may_be_same(struct th_bytes a, struct th_bytes b)
{
    return a.size == 0 || b.size == 0 || th_bytes_equal(a, b);
}

static enum th_err
has_other_dims(const struct judge *judge, const struct item *item, bool *overlaps)
{
    const struct th_judged *judged = &item->judged;
    struct walk walk = {.prefix = key_of_figures(judged->uid, judged->period, EV07)};
    const enum th_err err = next_live(judge, &walk);
    if (err == TH_OK) {
        struct figure_key parts;
        TH_TRY(key_read_figure(walk.at, &parts));
        *overlaps = !same_keys(parts.dims, th_bytes_of(judged->dims));
    }
    return end_walk(err, overlaps);
}

// Scheme by scheme and category by category: coverage knows whether any of a kind is live.
static enum th_err has_evaluations(struct judge *judge, const struct item *item, bool *overlaps)
{
    static const uint8_t LAST[PERSON_BYTES] = {
        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const struct th_judged *judged = &item->judged;
    const struct th_store store = judge->setup.store;
    const struct th_bytes dims = th_bytes_of(judged->dims);
    const struct th_bytes scheme = scheme_meant(judge, dims, judged->period);
    const struct th_bytes category = th_dims_member(dims, TH_BYTES("category"));
    const struct key prefix = key_of_record(judged->uid,
                                            judged->period,
                                            scheme,
                                            scheme.size > 0 ? category : (struct th_bytes){0},
                                            NULL);
    struct th_bytes at;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_EVALUATION, key_view(&prefix), &at, &value);
    for (size_t looks = 0; err == TH_OK && th_bytes_begins(at, key_view(&prefix)); looks++) {
        if (looks == LOOKS_MAX) {
            return end_walk(TH_E_TOO_LARGE, overlaps);
        }
        struct record_key parts;
        struct cover cover;
        TH_TRY(key_read_record(at, &parts));
        const struct evaluated kind = {.scheme = parts.scheme, .category = parts.category};
        TH_TRY(totals_cover(&judge->totals, &kind, judged->period, judged->uid, &cover));
        if (cover.own > 0 && may_be_same(parts.category, category) &&
            !totals_is_collective(parts.category)) { // bodies are counted by EV05
            *overlaps = true;
            return TH_OK;
        }
        const struct key behind =
            key_of_record(judged->uid, judged->period, parts.scheme, parts.category, LAST);
        err = th_store_next(store, TABLE_EVALUATION, key_view(&behind), &at, &value);
    }
    return end_walk(err == TH_OK ? TH_E_NOT_FOUND : err, overlaps);
}

enum th_err judge_overlap_figure(struct judge *judge,
                                 struct item *item,
                                 const struct place *place,
                                 bool *overlaps)
{
    *overlaps = false;
    if (th_bytes_equal(item->judged.measure.code, EV07)) {
        TH_TRY(has_other_dims(judge, item, overlaps));
        if (!*overlaps) {
            TH_TRY(has_evaluations(judge, item, overlaps));
        }
        if (*overlaps) {
            judge_refuse_overlap(judge, item, item->judged.uid);
        }
        return TH_OK;
    }
    if (item->judged.measure.scope == TH_SCOPE_WHOLE) {
        uint32_t other = TH_UNIT_NONE;
        TH_TRY(overlap_whole(judge, item, place, &other));
        *overlaps = other != TH_UNIT_NONE;
        if (*overlaps) {
            judge_refuse_overlap(judge, item, other);
        }
    }
    return TH_OK;
}

enum th_err judge_overlap_evaluation(struct judge *judge,
                                     struct item *item,
                                     const struct place *place,
                                     const struct evaluated *evaluated,
                                     bool *overlaps)
{
    *overlaps = false;
    struct cover cover;
    if (totals_is_collective(evaluated->category)) {
        return TH_OK; // EV07 counts people
    }
    TH_TRY(totals_cover(&judge->totals, evaluated, place->period, place->uid, &cover));
    if (cover.own > 0) {
        return TH_OK; // beside live evaluations there are no counts
    }
    struct walk walk = {.prefix = key_of_figures(place->uid, place->period, EV07)};
    enum th_err err = next_live(judge, &walk);
    while (err == TH_OK && !*overlaps) {
        struct figure_key parts;
        TH_TRY(key_read_figure(walk.at, &parts));
        *overlaps =
            may_be_same(th_dims_member(parts.dims, TH_BYTES("category")), evaluated->category) &&
            may_be_same(scheme_meant(judge, parts.dims, place->period), evaluated->scheme);
        err = *overlaps ? TH_OK : next_live(judge, &walk);
    }
    TH_TRY(err == TH_OK ? TH_OK : end_walk(err, overlaps));
    if (*overlaps) {
        judge_refuse_overlap(judge, item, place->uid);
    }
    return TH_OK;
}
