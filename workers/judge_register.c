// judge_register.c - the register changes while figures are stored
//
//   rows of units and successors ──> table "change"        RegisterChange ──┐
//                                        └── made into a register ──────────┤
//      look      every record resolved again: none homeless, none above or below another, no sum
//                too large
//      move      records, and reports of forms, whose code now means a new unit
//      recount   all totals and coverage, from the records, with the new register
//      say so    meta "store", table "bundle"; the judge ends, and is made anew
//
// All of it is one item in one transaction: a version of the store has one register.

#include "workers/judge_register.h"

#include <string.h>

#include "tonghop/fault.h"

#include "workers/audit.h"
#include "workers/open.h"

enum {
    ROW_VERSION = 1,
    ROW_BYTES_MAX = 2048,
    PIECE_BYTES = 64 * 1024, // of a bundle
    PIECE_ROOM = PIECE_BYTES + TH_CHECK_BYTES + 16,
};

// ---- rows to come ----

enum th_err judge_register_row(struct judge *judge, const struct item *item, unsigned *outcome)
{
    const struct th_desk_act *act = &item->update->desk;
    uint64_t count = 0;
    TH_TRY(th_store_count(judge->setup.store, TABLE_CHANGE, &count));
    uint8_t space[ROW_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    const struct th_bytes cells[] = {act->code,
                                     act->new_code,
                                     act->name,
                                     act->type,
                                     act->level,
                                     act->parent,
                                     act->valid_from,
                                     act->valid_to,
                                     act->effective,
                                     act->successor,
                                     act->basis};
    th_write_u8(&value, ROW_VERSION);
    th_write_u8(&value, (uint8_t)act->act);
    for (size_t i = 0; i < TH_COUNT(cells); i++) {
        th_write_block(&value, cells[i]);
    }
    const struct key key = key_of_change((uint32_t)count);
    *outcome = LEDGER_APPLIED;
    return audit_put(&judge->check, judge->setup.store, TABLE_CHANGE, key_view(&key), &value);
}

static enum th_err empty_table(struct judge *judge, unsigned table)
{
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(judge->setup.store, table, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct key copy = {.size = key.size};
        if (key.size > sizeof(copy.bytes)) {
            return TH_E_CORRUPT;
        }
        memcpy(copy.bytes, key.data, key.size);
        TH_TRY(th_store_remove(judge->setup.store, table, key_view(&copy)));
        err = th_store_next(judge->setup.store, table, key_view(&copy), &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- move ----

// The same record under the key of its new unit.
static void rekey(const struct stored *stored, uint32_t uid, struct held *moved)
{
    *moved = stored->held;
    moved->key =
        stored->table == TABLE_STAFFING
            ? key_of_figure(uid, stored->period, stored->figure.measure, stored->figure.dims)
            : key_of_record(uid,
                            stored->period,
                            stored->rating.scheme,
                            stored->rating.category,
                            stored->rating.person);
    const enum th_err err =
        record_read(stored->table,
                    (struct th_bytes){.data = moved->bytes, .size = moved->size},
                    &moved->record);
    th_assert(err == TH_OK);
}

// A person of province scope is where the index says.
static enum th_err move_index(struct judge *judge, const struct stored *stored, uint32_t uid)
{
    if (stored->table != TABLE_EVALUATION) {
        return TH_OK;
    }
    const struct key key = key_of_person(
        stored->rating.scheme, stored->period, stored->rating.category, stored->rating.person);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_PERSON, key_view(&key), &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK; // a scheme of unit scope, or a tombstone
    }
    TH_TRY(err);
    if (value.size != 4 || th_get_u32(value.data) != stored->uid) {
        return value.size == 4 ? TH_OK : TH_E_CORRUPT;
    }
    uint8_t space[4 + TH_CHECK_BYTES];
    struct th_writer writer = TH_WRITER(space);
    th_write_u32(&writer, uid);
    return th_check_put(&judge->check, judge->setup.store, TABLE_PERSON, key_view(&key), &writer);
}

static enum th_err move(struct judge *judge, struct stored *stored, void *self)
{
    const struct change *change = self;
    const uint32_t uid = judge_register_place(judge, change->made, stored);
    if (uid == stored->uid || uid == TH_UNIT_NONE || th_mutant(74)) { // NONE: a tombstone
        return TH_OK;
    }
    struct held moved;
    const struct held nothing = {.exists = false};
    rekey(stored, uid, &moved);
    TH_TRY(move_index(judge, stored, uid));
    TH_TRY(judge_replace(judge, change->item, stored->table, &stored->held, NULL));
    ledger_replaced(&judge->ledger,
                    change->item->source.index,
                    stored->table,
                    key_view(&moved.key),
                    (struct th_bytes){0}); // nothing stood there: its source will not tell
    return th_mutant(54) ? TH_OK
                         : judge_replace(judge, change->item, stored->table, &nothing, &moved);
}

// ---- recount ----

static enum th_err count_figure(struct judge *judge, struct stored *stored, struct place *place)
{
    struct item item = {.source = stored->held.record.source};
    const struct held nothing = {.exists = false};
    item.judged =
        (struct th_judged){.period = stored->period, .uid = stored->uid, .day = place->day};
    if (th_catalogue_measure(
            judge->setup.catalogue, stored->figure.measure, &item.judged.measure) != TH_OK) {
        return TH_E_CORRUPT;
    }
    (void)th_bytes_copy_text(stored->figure.dims, item.judged.dims, sizeof(item.judged.dims));
    return judge_count_figure(judge, &item, place, &nothing, &stored->held);
}

static enum th_err count_rating(struct judge *judge, struct stored *stored, struct place *place)
{
    const struct th_bytes scheme = stored->rating.scheme;
    const struct evaluated evaluated = {
        .scheme = scheme,
        .category = stored->rating.category,
        .form = th_catalogue_evaluation_form(judge->setup.catalogue, stored->period),
        .default_scheme =
            th_bytes_equal(th_catalogue_settings(judge->setup.catalogue)->default_scheme, scheme),
    };
    const struct evaluation_change change = {
        .place = place, .evaluated = &evaluated, .new = &stored->held.record};
    return judge_count_evaluation(judge, &change);
}

static enum th_err count(struct judge *judge, struct stored *stored, void *self)
{
    (void)self;
    if (!stored->held.record.live) {
        return TH_OK;
    }
    if (!totals_have_room(&judge->totals)) {
        TH_TRY(totals_spill(&judge->totals));
    }
    struct place place =
        totals_place(&judge->totals,
                     stored->uid,
                     stored->period,
                     th_register_structure_day(judge->setup.reg, stored->uid, stored->period));
    return stored->table == TABLE_STAFFING ? count_figure(judge, stored, &place)
                                           : count_rating(judge, stored, &place);
}

// ---- say so ----

static enum th_err write_bundle(struct judge *judge, uint64_t version, struct th_bytes bundle)
{
    uint8_t space[PIECE_ROOM];
    for (size_t at = 0; at < bundle.size; at += PIECE_BYTES) {
        const size_t left = bundle.size - at;
        const struct th_bytes piece = {.data = (const char *)bundle.data + at,
                                       .size = left < PIECE_BYTES ? left : (size_t)PIECE_BYTES};
        struct th_writer value = TH_WRITER(space);
        th_write_u8(&value, ROW_VERSION);
        th_write_varint(&value, bundle.size);
        th_write_bytes(&value, piece);
        const struct key key = key_of_bundle(version, (uint32_t)(at / PIECE_BYTES));
        TH_TRY(audit_put(&judge->check, judge->setup.store, TABLE_BUNDLE, key_view(&key), &value));
    }
    return TH_OK;
}

// The register of before is kept for what is asked about before.
static enum th_err write_bundles(struct judge *judge, const struct judge_register *made)
{
    uint64_t kept = 0;
    TH_TRY(th_store_count(judge->setup.store, TABLE_BUNDLE, &kept));
    if (kept == 0) {
        TH_TRY(write_bundle(judge, 0, judge->setup.bundle));
    }
    TH_TRY(write_bundle(judge, judge->ledger.version + 1, made->bundle));
    return open_set_register(judge->setup.store, made->digest);
}

static enum th_err take_up(struct judge *judge, struct change *change)
{
    const struct judge_register *made = change->made;
    TH_TRY(judge_register_each(judge, th_register_unit_count(judge->setup.reg), move, change));
    TH_TRY(th_mutant(55) ? TH_OK : judge_register_move_reports(judge, change));
    judge->reopening = true; // whatever comes now: this judge is not of the store's register
    TH_TRY(write_bundles(judge, made));
    TH_TRY(audit_remove_all(&judge->check, judge->setup.store, TABLE_CHANGE));
    TH_TRY(empty_table(judge, TABLE_TOTAL));
    TH_TRY(empty_table(judge, TABLE_COVERAGE));
    judge->setup.reg = made->reg;
    judge->setup.root = made->root;
    judge->rules.reg = made->reg;
    judge->rules.root = made->root;
    totals_set_register(&judge->totals, made->reg, made->root);
    judge->totals.anew = true; // it was found out that they fit
    const enum th_err err = judge_register_each(judge, UINT32_MAX, count, NULL);
    judge->totals.anew = false;
    return err;
}

// ---- the act ----

static enum th_err refuse(struct item *item, const char *what, unsigned *outcome)
{
    th_verdict_start(&item->verdict, TH_V_KIND, 0, what);
    th_verdict_add(&item->verdict, th_bytes_of(what));
    *outcome = item->verdict.code;
    return TH_OK;
}

static bool is_expected(const struct th_desk_act *act, const struct judge_register *made)
{
    return act->digest.size == 0 || (act->digest.size == sizeof(made->digest) &&
                                     memcmp(act->digest.data, made->digest, act->digest.size) == 0);
}

enum th_err judge_register_change(struct judge *judge, struct item *item, unsigned *outcome)
{
    const struct th_desk_act *act = &item->update->desk;
    const struct judge_registers *registers = &judge->setup.registers;
    *outcome = LEDGER_APPLIED;
    if (item->judged.withdraw) {
        return audit_remove_all(&judge->check, judge->setup.store, TABLE_CHANGE);
    }
    uint64_t rows = 0;
    TH_TRY(th_store_count(judge->setup.store, TABLE_CHANGE, &rows));
    if (registers->make == NULL || judge->reopening || rows == 0 || !act->rows.has ||
        (uint64_t)act->rows.value != rows) {
        return refuse(item, "rows", outcome);
    }
    struct judge_register made;
    const enum th_err err =
        registers->make(registers->self, judge->setup.store, &judge->check, &made, &item->verdict);
    if (err == TH_E_REFUSED) {
        *outcome = item->verdict.code;
        return TH_OK;
    }
    TH_TRY(err);
    if (!is_expected(act, &made)) {
        return refuse(item, "digest", outcome);
    }
    struct change change = {.made = &made, .item = item};
    bool fits = false;
    TH_TRY(judge_register_look(judge, &change, &fits));
    if (!fits) {
        *outcome = item->verdict.code;
        return TH_OK;
    }
    return take_up(judge, &change);
}
