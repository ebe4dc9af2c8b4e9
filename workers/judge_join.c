// judge_join.c - keys that take up an enrolment, and outboxes that come after another

#include <string.h>

#include "tonghop/fault.h"

#include "workers/audit.h"
#include "workers/joined.h"
#include "workers/judge_body.h"

static enum th_err
get_row(struct judge *judge, uint32_t number, struct joined_row *row, bool *exists)
{
    const struct key key = key_of_node(number);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_JOINED, key_view(&key), &value);
    *exists = err == TH_OK;
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    return joined_read(value, row);
}

static enum th_err put_row(struct judge *judge, uint32_t number, const struct joined_row *row)
{
    uint8_t space[JOINED_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    const struct key key = key_of_node(number);
    joined_write(&value, row);
    judge->dirty = true;
    return audit_put(&judge->check, judge->setup.store, TABLE_JOINED, key_view(&key), &value);
}

// ---- JOIN ----

static void
refuse(struct judge *judge, const struct th_event *event, unsigned code, struct th_actions *actions)
{
    const struct th_refusal refusal = {
        .code = code,
        .class = code == TH_M_LINE_BUSY ? TH_REFUSE_RETRY : TH_REFUSE_REJECT,
        .retry_ms = code == TH_M_LINE_BUSY ? JUDGE_BUSY_MS : 0,
    };
    judge_refuse(judge, &event->from, &refusal, actions);
}

static bool same_key(const struct joined_row *row, const struct th_join *join)
{
    return memcmp(row->public_key, join->public_key, sizeof(row->public_key)) == 0;
}

// J1. false: the enrolment was taken up by another key, or there was a later one.
static bool may_join(const struct joined_row *row, const struct th_join *join, uint32_t enrolment)
{
    return enrolment == row->enrolment ? same_key(row, join)
                                       : enrolment > row->enrolment && !same_key(row, join);
}

static enum th_err take_up(struct judge *judge,
                           const struct th_peer *from,
                           const struct th_join *join,
                           struct joined_row *row)
{
    struct seat entry = {.number = from->number};
    row->class = TH_PEER_NODE;
    TH_TRY(judge_grant_of(judge, from->number, &entry, &row->class));
    memcpy(row->public_key, join->public_key, sizeof(row->public_key));
    row->enrolment = from->enrolment;
    row->rotation = 0;
    row->fresh = from->enrolment > 0;
    row->joined_ms = judge->wall_ms;
    row->has_previous = false; // whoever has it is another one now
    judge->keys_due = true;
    return put_row(judge, from->number, row);
}

static void sit_down(struct seat *seat, const struct th_event *event, const struct th_join *join)
{
    seat->class = TH_PEER_BOOTSTRAP;
    seat->present = true;
    seat->route_size = event->from.route.size;
    if (seat->route_size > 0) {
        memcpy(seat->route, event->from.route.data, seat->route_size);
    }
    memcpy(seat->public_key, join->public_key, sizeof(seat->public_key));
    seat->due |= DUE_JOINED;
}

enum th_err
judge_join(struct judge *judge, const struct th_event *event, struct th_actions *actions)
{
    struct th_join join;
    struct th_malformed why;
    if (th_join_read(event->body, &judge->decode, &join, &why) != TH_OK) {
        refuse(judge, event, TH_M_STREAM_ENCODING, actions);
        return TH_OK;
    }
    TH_TRY(judge_touch(judge));
    struct seat *seat = NULL;
    TH_TRY(judge_seat(judge, event->from.number, &seat));
    struct joined_row row = {.class = 0};
    bool exists = false;
    uint64_t count = 0;
    TH_TRY(get_row(judge, event->from.number, &row, &exists));
    TH_TRY(th_store_count(judge->setup.store, TABLE_JOINED, &count));
    if (seat == NULL || seat->standing != STANDING_GRANTED || (!exists && count >= TH_LIST_MAX)) {
        refuse(judge, event, TH_M_LINE_BUSY, actions);
        return TH_OK;
    }
    if (exists && !may_join(&row, &join, event->from.enrolment)) {
        refuse(judge, event, TH_M_ENROLMENT_USED, actions);
        return TH_OK;
    }
    if (!exists || !same_key(&row, &join)) {
        TH_TRY(take_up(judge, &event->from, &join, &row));
    }
    sit_down(seat, event, &join);
    return TH_OK;
}

// ---- a node changes its key ----

// The broker lets only the newest key announce another one, or any ask again.
enum th_err judge_rotate(struct judge *judge,
                         struct seat *seat,
                         const struct th_event *event,
                         struct th_actions *actions)
{
    struct th_join join;
    struct th_malformed why;
    struct joined_row row = {.class = 0};
    bool exists = false;
    if (th_join_read(event->body, &judge->decode, &join, &why) != TH_OK) {
        refuse(judge, event, TH_M_STREAM_ENCODING, actions);
        return TH_OK;
    }
    TH_TRY(get_row(judge, seat->number, &row, &exists));
    const bool again = exists && same_key(&row, &join);
    const bool is_previous = exists && row.has_previous &&
                             memcmp(row.previous, join.public_key, sizeof(row.previous)) == 0;
    const int64_t since = judge->wall_ms - row.joined_ms;
    if (!exists || is_previous || row.rotation == UINT32_MAX ||
        (!again && row.joined_ms != 0 && since >= 0 && since < JUDGE_ROTATE_MS)) {
        refuse(judge, event, TH_M_LINE_BUSY, actions);
        return TH_OK;
    }
    if (!again) {
        memcpy(row.previous, row.public_key, sizeof(row.previous));
        memcpy(row.public_key, join.public_key, sizeof(row.public_key));
        row.has_previous = true;
        row.until_ms = judge->wall_ms + judge->setup.pace.overlap_ms;
        row.rotation++;
        row.joined_ms = judge->wall_ms;
        judge->keys_due = true;
        TH_TRY(put_row(judge, seat->number, &row));
    }
    memcpy(seat->public_key, join.public_key, sizeof(seat->public_key));
    seat->due |= DUE_JOINED;
    return TH_OK;
}

// ---- another outbox under the number (J2) ----

static bool may_come_after(const struct joined_row *row,
                           const struct node_row *before,
                           const struct th_header *header)
{
    return header->epoch > before->epoch && header->epoch >= th_first_epoch(row->enrolment) &&
           header->epoch < th_first_epoch(row->enrolment + 1) && row->past_count < JOINED_PAST_MAX;
}

void judge_begin_anew(struct judge *judge, struct seat *seat, const struct th_header *header)
{
    struct node_row *row = &seat->row;
    memcpy(row->incarnation, header->incarnation, sizeof(row->incarnation));
    row->epoch = header->epoch;
    row->seq = 0;
    th_chain_start(row->hash, judge->setup.lineage, row->incarnation, seat->number, row->epoch);
    seat->before = 0;
    seat->known = true;
    seat->changed = true;
}

enum th_err judge_come_after(struct judge *judge, struct seat *seat, const struct th_header *header)
{
    struct joined_row row = {.class = 0};
    bool exists = false;
    if (!seat->known || !header->has_incarnation) {
        return TH_OK;
    }
    TH_TRY(get_row(judge, seat->number, &row, &exists));
    if (!exists || !row.fresh) {
        return TH_OK;
    }
    struct node_row *before = &seat->row;
    const bool same =
        memcmp(before->incarnation, header->incarnation, sizeof(before->incarnation)) == 0;
    if (!same && !may_come_after(&row, before, header)) {
        return TH_OK; // a fork, as it would be without this
    }
    row.fresh = false;
    before->forks_then = 0; // who was enrolled again may be restored again
    seat->changed = true;
    if (!same) {
        struct joined_past *past = &row.past[row.past_count++];
        past->epoch = before->epoch;
        memcpy(past->incarnation, before->incarnation, sizeof(past->incarnation));
        judge_begin_anew(judge, seat, header);
    }
    return put_row(judge, seat->number, &row);
}

// ---- the same outbox in a later stream epoch ----

enum th_err judge_is_own_epoch(struct judge *judge,
                               const struct seat *seat,
                               const struct th_header *header,
                               bool *own)
{
    struct joined_row joined = {.enrolment = 0};
    bool exists = false;
    TH_TRY(get_row(judge, seat->number, &joined, &exists));
    *own = header->epoch < th_first_epoch(joined.enrolment + 1);
    return TH_OK;
}

// As often as a day allows, and in an epoch of the number's enrolment.
static enum th_err
may_fork(struct judge *judge, const struct seat *seat, const struct th_header *header, bool *may)
{
    const bool today = seat->row.forks_then > 0 && seat->row.forked_on == judge->today;
    TH_TRY(judge_is_own_epoch(judge, seat, header, may));
    *may = *may && (!today || seat->row.forks_then < JUDGE_FORKS_A_DAY);
    return TH_OK;
}

enum th_err judge_fork(struct judge *judge,
                       struct seat *seat,
                       const struct th_header *header,
                       struct th_actions *actions)
{
    struct node_row *row = &seat->row;
    bool may = false;
    if (!seat->known || !header->has_incarnation || header->epoch <= row->epoch ||
        memcmp(row->incarnation, header->incarnation, sizeof(row->incarnation)) != 0) {
        return TH_OK;
    }
    TH_TRY(may_fork(judge, seat, header, &may));
    if (!may) {
        return TH_OK; // check_stream says that it is a fork
    }
    row->forks_then = row->forked_on == judge->today ? row->forks_then + 1 : 1;
    row->forked_on = judge->today;
    if (th_mutant(56)) { // numbers go on as if nothing had happened
        row->epoch = header->epoch;
        seat->changed = true;
        return TH_OK;
    }
    judge_begin_anew(judge, seat, header);
    judge->dirty = true;
    judge_note(actions, JUDGE_NOTE_HEALED, seat->number, header->epoch);
    return TH_OK;
}

// ---- KEYS ----

static struct th_key_entry entry_of(uint32_t number, const struct joined_row *row)
{
    struct th_key_entry entry = {
        .number = number,
        .class = row->class,
        .enrolment = row->enrolment,
        .rotation = row->rotation,
        .has_previous = row->has_previous,
        .until_ms = row->until_ms,
        .joined_ms = row->joined_ms,
    };
    memcpy(entry.public_key, row->public_key, sizeof(entry.public_key));
    memcpy(entry.previous, row->previous, sizeof(entry.previous));
    return entry;
}

// What this store has lost, or never had: it was made anew, or put back from a copy.
static enum th_err take_told(struct judge *judge, const struct th_key_entry *told)
{
    struct joined_row row = {.class = 0};
    bool exists = false;
    uint64_t count = 0;
    TH_TRY(get_row(judge, told->number, &row, &exists));
    TH_TRY(th_store_count(judge->setup.store, TABLE_JOINED, &count));
    const struct th_key_entry held = entry_of(told->number, &row);
    if (exists ? !th_key_is_later(told, &held) : count >= TH_LIST_MAX) {
        return TH_OK;
    }
    row.fresh = row.fresh || told->enrolment > row.enrolment;
    row.class = told->class;
    row.enrolment = told->enrolment;
    row.rotation = told->rotation;
    row.joined_ms = told->joined_ms;
    row.has_previous = told->has_previous;
    row.until_ms = told->until_ms;
    memcpy(row.public_key, told->public_key, sizeof(row.public_key));
    memcpy(row.previous, told->previous, sizeof(row.previous));
    judge->keys_due = true;
    return put_row(judge, told->number, &row);
}

enum th_err judge_told_keys(struct judge *judge, const struct th_event *event)
{
    struct th_keys keys;
    struct th_malformed why;
    if (th_keys_read(event->body, &judge->decode, &keys, &why) != TH_OK ||
        !th_bytes_equal(keys.lineage, judge->setup.lineage)) {
        return TH_OK; // the broker sends it again
    }
    TH_TRY(judge_touch(judge));
    for (size_t i = 0; i < keys.count; i++) {
        TH_TRY(take_told(judge, &keys.keys[i]));
    }
    return TH_OK;
}

enum th_err judge_list_keys(struct judge *judge, struct th_keys *keys)
{
    const struct th_store store = judge->setup.store;
    struct th_bytes key;
    struct th_bytes value;
    *keys = (struct th_keys){.lineage = judge->setup.lineage, .keys = judge->keys};
    enum th_err err = th_store_seek(store, TABLE_JOINED, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK && keys->count < TH_LIST_MAX) {
        struct joined_row row;
        TH_TRY(th_check_open(&judge->check, TABLE_JOINED, key, &value));
        TH_TRY(joined_read(value, &row));
        struct th_key_entry *entry = &judge->keys[keys->count++];
        *entry = entry_of(key.size == 4 ? th_get_u32(key.data) : 0, &row);
        err = th_store_next(store, TABLE_JOINED, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}
