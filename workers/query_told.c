// query_told.c - see query_told.h

#include "workers/query_told.h"

#include <stdio.h>

#include "tonghop/fault.h"
#include "tonghop/form.h"
#include "tonghop/number.h"

#include "workers/reform.h"
#include "workers/said.h"

enum { PERSON_DIGITS = 8 };

// ---- the span ----

static enum th_err newest(const struct reading *reading, uint64_t *version)
{
    struct th_bytes key;
    struct th_bytes value;
    struct ledger_key at;
    *version = 0;
    const enum th_err err =
        th_store_prev(reading->store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    TH_TRY(key_read_ledger(key, &at));
    *version = at.version;
    return TH_OK;
}

enum th_err told_span(struct reading *reading, struct told_span *span)
{
    const struct th_query *query = reading->query;
    TH_TRY(newest(reading, &span->newest));
    span->since = 0;
    span->until = span->newest;
    if (query->known_at.size > 0) {
        TH_TRY(query_version(reading, query->known_at, &span->since));
    }
    return query->known_to.size == 0 ? TH_OK
                                     : query_version(reading, query->known_to, &span->until);
}

// Registers of before, the newest two that were asked for.
struct registers {
    const struct reading *reading;
    struct {
        uint64_t since;
        struct th_province *province;
    } kept[2];
    size_t next;
};

static void registers_free(struct registers *registers)
{
    th_province_free(&registers->kept[0].province);
    th_province_free(&registers->kept[1].province);
}

static enum th_err rules_at(void *self, uint64_t version, const struct th_rules **rules)
{
    struct registers *registers = self;
    const struct reading *reading = registers->reading;
    uint64_t newest_since = 0;
    uint64_t since = 0;
    TH_TRY(reform_since(reading->store, UINT64_MAX, &newest_since));
    TH_TRY(reform_since(reading->store, version, &since));
    if (since == newest_since) {
        *rules = &reading->answer->province.province->rules;
        return TH_OK;
    }
    for (size_t i = 0; i < TH_COUNT(registers->kept); i++) {
        if (registers->kept[i].province != NULL && registers->kept[i].since == since) {
            *rules = &registers->kept[i].province->rules;
            return TH_OK;
        }
    }
    const size_t at = registers->next;
    registers->next = (at + 1) % TH_COUNT(registers->kept);
    th_province_free(&registers->kept[at].province);
    TH_TRY(
        reform_province(reading->store, &reading->check, version, &registers->kept[at].province));
    registers->kept[at].since = since;
    th_assert(registers->kept[at].province != NULL); // the register was changed
    *rules = &registers->kept[at].province->rules;
    return TH_OK;
}

enum th_err told_replay(const struct reading *reading,
                        const struct told_span *span,
                        enum th_err (*each)(void *self, const struct replay_item *item),
                        void *self)
{
    TH_SCOPED(registers_free) struct registers registers = {.reading = reading};
    const struct replay replay = {
        .store = reading->store,
        .check = &reading->check,
        .since = span->since,
        .until = span->until,
        .rules = rules_at,
        .rules_self = &registers,
        .each = each,
        .self = self,
    };
    return replay_run(&replay);
}

// ---- what a change tells ----

struct evaluated told_evaluated(const struct replay_piece *piece)
{
    return (struct evaluated){
        .scheme = piece->scheme,
        .category = piece->category,
        .default_scheme = th_bytes_equal(
            th_catalogue_settings(piece->rules->catalogue)->default_scheme, piece->scheme),
    };
}

bool told_is_collective(const struct replay_piece *piece)
{
    return piece->table == TABLE_EVALUATION && totals_is_collective(piece->category);
}

// What a rating is about, without its level.
static void dims_of(const struct replay_piece *piece, char out[static TH_DIMS_MAX + 1])
{
    const struct evaluated evaluated = told_evaluated(piece);
    const struct record *record = piece->now != NULL ? piece->now : piece->was;
    if (told_is_collective(piece)) {
        (void)snprintf(out,
                       TH_DIMS_MAX + 1,
                       "collective_kind=%s%s%.*s",
                       th_collective_kind_word(record->collective_kind),
                       evaluated.default_scheme ? "" : ";scheme=",
                       evaluated.default_scheme ? 0 : (int)piece->scheme.size,
                       (const char *)piece->scheme.data);
    } else if (!totals_dims(&evaluated, (struct th_bytes){0}, out)) {
        out[0] = '\0'; // no total has them either
    }
}

struct th_bytes told_measure(const struct replay_piece *piece)
{
    if (piece->table == TABLE_STAFFING) {
        return piece->measure;
    }
    if (piece->table == TABLE_TRANSFER) {
        return (struct th_bytes){0};
    }
    return told_is_collective(piece) ? SAID_OF[3] : SAID_OF[0];
}

// Texts repeat from one change to the next.
static enum th_err hold_text(struct answer *answer,
                             struct th_bytes text,
                             struct th_bytes before,
                             struct th_bytes *held)
{
    if (th_bytes_equal(text, before)) {
        *held = before;
        return TH_OK;
    }
    return answer_hold(answer, text, held);
}

static const struct th_change *last_of(const struct answer *answer)
{
    static const struct th_change none = {.version = 0};
    return answer->change_count == 0 ? &none : &answer->changes[answer->change_count - 1];
}

static enum th_err
hold_where(struct answer *answer, const struct replay_piece *piece, struct th_change *change)
{
    const struct th_change *last = last_of(answer);
    const struct th_register *reg = piece->rules->reg;
    const struct record *record = piece->now != NULL ? piece->now : piece->was;
    char label[TH_UNIT_REF_MAX + 1];
    char period[TH_PERIOD_TEXT_BYTES];
    char dims[TH_DIMS_MAX + 1];
    if (piece->table == TABLE_STAFFING) {
        (void)th_bytes_copy_text(piece->dims, dims, sizeof(dims));
    } else if (piece->table == TABLE_TRANSFER) {
        th_register_label(reg, record->to_uid, piece->period, label);
        (void)snprintf(dims, sizeof(dims), "to=%s", label);
    } else {
        dims_of(piece, dims);
    }
    th_register_label(reg, piece->uid, piece->period, label);
    (void)th_period_text(piece->period, period);
    TH_TRY(hold_text(answer, th_bytes_of(label), last->unit, &change->unit));
    TH_TRY(hold_text(answer, th_bytes_of(period), last->period, &change->period));
    TH_TRY(hold_text(answer, told_measure(piece), last->measure, &change->measure));
    return hold_text(answer, th_bytes_of(dims), last->dims, &change->dims);
}

static enum th_err
hold_person(struct answer *answer, const struct replay_piece *piece, struct th_change *change)
{
    char digits[PERSON_DIGITS + 1];
    if (piece->person == NULL) {
        return TH_OK;
    }
    th_hex((struct th_bytes){.data = piece->person, .size = PERSON_DIGITS / 2}, digits);
    return answer_hold(answer, th_bytes_of(digits), &change->person);
}

static const struct th_form *form_of(const struct replay_piece *piece)
{
    const struct th_catalogue *catalogue = piece->rules->catalogue;
    struct th_measure measure;
    if (piece->table != TABLE_STAFFING) {
        return th_catalogue_evaluation_form(catalogue, piece->period);
    }
    return th_catalogue_measure(catalogue, piece->measure, &measure) == TH_OK ? measure.form : NULL;
}

static bool is_after_close(const struct reading *reading,
                           const struct replay_item *item,
                           const struct replay_piece *piece)
{
    const struct th_province *province = reading->answer->province.province;
    const struct th_form *form = province->closes ? form_of(piece) : NULL;
    return form != NULL &&
           item->batch->today > th_form_days(form, NULL, piece->period, province->opened).close;
}

uint32_t told_why(const struct reading *reading,
                  const struct replay_item *item,
                  const struct replay_piece *piece)
{
    if (item->update->kind == TH_KIND_DESK) {
        return TH_WHY_STRUCTURE;
    }
    if (is_after_close(reading, item, piece) && !th_mutant(53)) {
        return TH_WHY_AFTER_CLOSE;
    }
    if (item->count > 1 || (piece->was != NULL && piece->now != NULL)) {
        return TH_WHY_CORRECTION;
    }
    return piece->now != NULL ? TH_WHY_NEW : TH_WHY_WITHDRAWAL;
}

static uint32_t decimals_of(const struct replay_piece *piece)
{
    struct th_measure measure;
    if (piece->table != TABLE_STAFFING) {
        return TH_SCORE_DECIMALS;
    }
    return th_catalogue_measure(piece->rules->catalogue, piece->measure, &measure) == TH_OK
               ? measure.decimals
               : 0;
}

enum th_err told_change(struct reading *reading,
                        const struct replay_item *item,
                        const struct replay_piece *piece,
                        struct th_change *change)
{
    struct answer *answer = reading->answer;
    *change = (struct th_change){
        .version = item->version,
        .time_ms = item->batch->wall_ms,
        .node = item->batch->node,
        .seq = item->batch->seq,
        .index = item->index,
        .kind = item->update->kind,
        .why = told_why(reading, item, piece),
        .revision = (uint32_t)item->update->revision,
        .decimals = decimals_of(piece),
    };
    TH_TRY(hold_where(answer, piece, change));
    TH_TRY(hold_person(answer, piece, change));
    TH_TRY(hold_text(answer, item->update->basis, last_of(answer)->basis, &change->basis));
    return hold_text(answer, item->update->note, last_of(answer)->note, &change->note);
}

enum th_err told_add(struct answer *answer, const struct th_change *change)
{
    void *list = answer->changes;
    TH_TRY(answer_room(
        answer, &list, answer->change_count, &answer->change_max, sizeof(struct th_change)));
    answer->changes = list;
    answer->changes[answer->change_count++] = *change;
    return TH_OK;
}
