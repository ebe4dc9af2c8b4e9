// judge_register_look.c - what a change of the register would do, found out before it is done

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_register.h"

enum {
    OBSTACLES_MAX = 16, // named in the answer
    UNITS_PER_CODE_MAX = 64,
};

// ---- records, one after the other ----

static enum th_err
read_stored(struct judge *judge, unsigned table, struct th_bytes key, struct stored *stored)
{
    struct key copy = {.size = key.size};
    if (key.size > sizeof(copy.bytes)) {
        return TH_E_CORRUPT;
    }
    memcpy(copy.bytes, key.data, key.size);
    stored->table = table;
    TH_TRY(judge_hold(judge, table, &copy, &stored->held));
    const struct th_bytes own = key_view(&stored->held.key);
    if (table == TABLE_STAFFING) {
        TH_TRY(key_read_figure(own, &stored->figure));
        stored->uid = stored->figure.uid;
        stored->period = stored->figure.period;
        return TH_OK;
    }
    TH_TRY(key_read_record(own, &stored->rating));
    stored->uid = stored->rating.uid;
    stored->period = stored->rating.period;
    return TH_OK;
}

static enum th_err each_record_of(
    struct judge *judge, unsigned table, uint32_t uid_last, take_stored *take, void *self)
{
    struct stored stored;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(judge->setup.store, table, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        TH_TRY(read_stored(judge, table, key, &stored));
        if (stored.uid > uid_last) {
            return TH_OK; // keys begin with the unit
        }
        const struct key at = stored.held.key;
        TH_TRY(take(judge, &stored, self));
        err = th_store_next(judge->setup.store, table, key_view(&at), &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err
judge_register_each(struct judge *judge, uint32_t uid_last, take_stored *take, void *self)
{
    TH_TRY(each_record_of(judge, TABLE_EVALUATION, uid_last, take, self));
    return each_record_of(judge, TABLE_STAFFING, uid_last, take, self);
}

// ---- look ----

static struct th_bytes name_of(const struct stored *stored)
{
    return stored->table == TABLE_STAFFING ? stored->figure.measure : stored->rating.scheme;
}

static void describe(const struct judge *judge,
                     const struct stored *stored,
                     char variant,
                     uint64_t count,
                     struct th_verdict *verdict)
{
    char label[TH_UNIT_REF_MAX + 1];
    char period[TH_PERIOD_TEXT_BYTES];
    th_register_label(judge->setup.reg, stored->uid, stored->period, label);
    th_verdict_start(verdict, TH_M_REGISTER_PLACES, variant, "rows");
    th_verdict_add_number(verdict, (int64_t)count, 0);
    th_verdict_add(verdict, th_bytes_of(label));
    th_verdict_add(verdict, th_bytes_of(th_period_text(stored->period, period)));
    th_verdict_add(verdict, name_of(stored));
}

// The first obstacle becomes the verdict, some more are told beside it; their number is set last.
static enum th_err
obstacle(struct judge *judge, const struct stored *stored, char variant, struct change *change)
{
    struct th_verdict verdict;
    change->obstacles++;
    describe(judge, stored, variant, change->obstacles, &verdict);
    if (change->variant == 0) {
        change->variant = variant;
        change->item->verdict = verdict;
        return TH_OK;
    }
    return change->obstacles <= OBSTACLES_MAX ? judge_notify(judge, &change->item->source, &verdict)
                                              : TH_OK;
}

uint32_t judge_register_place(const struct judge *judge,
                              const struct judge_register *made,
                              const struct stored *stored)
{
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(judge->setup.reg, stored->uid, stored->period, label);
    const bool period_end = th_catalogue_settings(judge->setup.catalogue)->period_end;
    const struct th_resolved found =
        th_register_resolve(made->reg, th_bytes_of(label), stored->period, period_end);
    return found.result == TH_RESOLVED ? found.uid : TH_UNIT_NONE;
}

// Does the figure that unit has under the same key stand at place in the register to come?
static enum th_err stands_at(struct judge *judge,
                             const struct judge_register *made,
                             const struct stored *stored,
                             uint32_t unit,
                             uint32_t place,
                             bool *stands)
{
    struct stored other = {.table = TABLE_STAFFING, .uid = unit, .period = stored->period};
    *stands = false;
    if (th_mutant(80) || judge_register_place(judge, made, &other) != place) {
        return TH_OK;
    }
    const struct key key =
        key_of_figure(unit, stored->period, stored->figure.measure, stored->figure.dims);
    TH_TRY(judge_hold(judge, TABLE_STAFFING, &key, &other.held));
    *stands = other.held.record.live;
    return TH_OK;
}

// The same for any unit whose code means the new unit place: one that it bears in the period.
static enum th_err comes_to(struct judge *judge,
                            const struct judge_register *made,
                            const struct stored *stored,
                            uint32_t place,
                            bool *comes)
{
    const struct th_period period = stored->period;
    const th_day first = th_register_first_day(made->reg, place);
    const th_day days[] = {th_register_structure_day(made->reg, place, period),
                           first > period.first ? first : period.first};
    *comes = false;
    for (size_t i = 0; i < TH_COUNT(days) && !*comes; i++) {
        struct th_unit unit;
        uint32_t uids[UNITS_PER_CODE_MAX];
        if (th_register_on(made->reg, place, days[i], &unit) != TH_OK) {
            continue;
        }
        const size_t count =
            th_register_with_code(judge->setup.reg, unit.code, uids, UNITS_PER_CODE_MAX);
        for (size_t k = 0; k < count && k < UNITS_PER_CODE_MAX && !*comes; k++) {
            TH_TRY(stands_at(judge, made, stored, uids[k], place, comes));
        }
    }
    return TH_OK;
}

// V26 in the new tree: is there a live figure of the same key above?
static enum th_err stands_below_another(struct judge *judge,
                                        const struct judge_register *made,
                                        const struct stored *stored,
                                        uint32_t uid,
                                        bool *found)
{
    struct th_measure measure;
    *found = false;
    if (stored->table != TABLE_STAFFING || !stored->held.record.live ||
        th_catalogue_measure(judge->setup.catalogue, stored->figure.measure, &measure) != TH_OK ||
        measure.scope != TH_SCOPE_WHOLE) {
        return TH_OK;
    }
    const uint32_t known = th_register_unit_count(judge->setup.reg);
    uint32_t path[TH_UNIT_DEPTH_MAX];
    const th_day day = th_register_structure_day(made->reg, uid, stored->period);
    const size_t depth = th_register_path(made->reg, uid, day, path);
    for (size_t i = 1; i < depth && !*found; i++) {
        TH_TRY(path[i] <= known ? stands_at(judge, made, stored, path[i], path[i], found)
                                : comes_to(judge, made, stored, path[i], found));
    }
    return TH_OK;
}

static enum th_err look(struct judge *judge, struct stored *stored, void *self)
{
    struct change *change = self;
    const uint32_t uid = judge_register_place(judge, change->made, stored);
    const uint32_t known = th_register_unit_count(judge->setup.reg);
    if (uid == TH_UNIT_NONE && !stored->held.record.live) {
        return TH_OK; // a tombstone stays where it is and counts for nothing
    }
    if (uid == TH_UNIT_NONE || (uid != stored->uid && uid <= known)) {
        return obstacle(judge, stored, 'a', change);
    }
    if (uid != stored->uid) {
        if (change->moved++ == 0) {
            describe(judge, stored, 'c', 0, &change->first_move);
        }
        change->moved_bytes += stored->held.size + stored->held.key.size;
    }
    bool below = false;
    bool fits = true;
    TH_TRY(stands_below_another(judge, change->made, stored, uid, &below));
    if (below) {
        return obstacle(judge, stored, 'b', change);
    }
    TH_TRY(judge_register_fits(judge, change, stored, &fits));
    return fits ? TH_OK : obstacle(judge, stored, 'd', change);
}

static void set_count(struct th_verdict *verdict, uint64_t count)
{
    struct th_verdict told;
    th_verdict_start(&told, verdict->code, verdict->variant, verdict->field);
    th_verdict_add_number(&told, (int64_t)count, 0);
    for (size_t i = 1; i < verdict->count; i++) {
        th_verdict_add(&told, th_bytes_of(verdict->params[i]));
    }
    *verdict = told;
}

// Both units of a transfer live on its days in the new register, too.
static enum th_err look_at_transfer(struct judge *judge,
                                    struct th_bytes key,
                                    struct th_bytes value,
                                    struct change *change)
{
    struct stored stored = {.table = TABLE_TRANSFER};
    struct transfer_key parts;
    struct record record;
    struct th_unit unit;
    TH_TRY(th_check_open(&judge->check, TABLE_TRANSFER, key, &value));
    TH_TRY(key_read_transfer(key, &parts));
    TH_TRY(record_read(TABLE_TRANSFER, value, &record));
    const struct th_register *reg = change->made->reg;
    if (!record.live ||
        (th_register_on(reg, record.from_uid, parts.effective - 1, &unit) == TH_OK &&
         th_register_on(reg, record.to_uid, parts.effective, &unit) == TH_OK)) {
        return TH_OK;
    }
    const bool leaves = th_register_on(reg, record.from_uid, parts.effective - 1, &unit) != TH_OK;
    stored.uid = leaves ? record.from_uid : record.to_uid;
    stored.period = (struct th_period){
        .type = TH_PERIOD_DAY, .first = parts.effective, .last = parts.effective};
    stored.rating.scheme = parts.scheme;
    return obstacle(judge, &stored, 'a', change);
}

static enum th_err look_at_transfers(struct judge *judge, struct change *change)
{
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(judge->setup.store, TABLE_TRANSFER, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct key at = {.size = key.size};
        if (key.size > sizeof(at.bytes)) {
            return TH_E_CORRUPT;
        }
        memcpy(at.bytes, key.data, key.size); // a notice may be written meanwhile
        TH_TRY(look_at_transfer(judge, key_view(&at), value, change));
        err = th_store_next(judge->setup.store, TABLE_TRANSFER, key_view(&at), &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// A declaration has a unit afterwards, too; what was taken back, and an opening, may stay.
static enum th_err look_at_report(struct judge *judge, struct stored_report *report, void *self)
{
    struct change *change = self;
    const struct stored stored = {
        .table = report->table,
        .uid = report->at.uid,
        .period = report->at.period,
        .rating = {.scheme = report->at.form->code},
    };
    const uint32_t uid = judge_register_place(judge, change->made, &stored);
    if (uid == stored.uid) {
        return TH_OK;
    }
    if (uid == TH_UNIT_NONE || uid <= th_register_unit_count(judge->setup.reg)) {
        const bool stands = report->table == TABLE_FORM && report->kept.row.declared.live;
        return stands ? obstacle(judge, &stored, 'a', change) : TH_OK;
    }
    if (change->moved++ == 0) {
        describe(judge, &stored, 'c', 0, &change->first_move);
    }
    change->moved_bytes += report->kept.size + report->kept.key.size;
    return TH_OK;
}

enum th_err judge_register_look(struct judge *judge, struct change *change, bool *fits)
{
    TH_TRY(judge_register_each(judge, UINT32_MAX, look, change));
    TH_TRY(judge_register_each_report(judge, look_at_report, change));
    TH_TRY(look_at_transfers(judge, change));
    *fits = false;
    if (change->obstacles > 0) {
        set_count(&change->item->verdict, change->obstacles);
        return TH_OK;
    }
    if (change->moved_bytes > REGISTER_MOVED_BYTES_MAX) {
        change->item->verdict = change->first_move;
        set_count(&change->item->verdict, change->moved);
        return TH_OK;
    }
    *fits = true;
    return TH_OK;
}
