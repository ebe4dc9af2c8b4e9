// judge_turn.c - seats of a turn, its end, its commit and its failure

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_body.h"

enum { ROW_VERSION = 1, ROW_FORKED = 2, EXIT_IO = 74 };

static const struct th_bytes ROSTER_MARK = {.data = "roster", .size = 6};

// ---- rows ----

void node_row_write(struct th_writer *writer, const struct node_row *row)
{
    th_write_u8(writer, row->forks_then > 0 ? ROW_FORKED : ROW_VERSION);
    th_write_bytes(writer, (struct th_bytes){row->incarnation, sizeof(row->incarnation)});
    th_write_varint(writer, row->epoch);
    th_write_varint(writer, row->seq);
    th_write_bytes(writer, (struct th_bytes){row->hash, sizeof(row->hash)});
    th_write_zigzag(writer, row->contact_ms);
    if (row->forks_then > 0) {
        th_write_zigzag(writer, row->forked_on);
        th_write_varint(writer, row->forks_then);
    }
}

enum th_err node_row_read(struct th_bytes value, struct node_row *row)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    const struct th_bytes incarnation = th_read_bytes(&reader, sizeof(row->incarnation));
    row->epoch = th_read_varint(&reader);
    row->seq = th_read_varint(&reader);
    const struct th_bytes hash = th_read_bytes(&reader, sizeof(row->hash));
    row->contact_ms = th_read_zigzag(&reader);
    row->forked_on = version == ROW_FORKED ? (th_day)th_read_zigzag(&reader) : 0;
    row->forks_then = version == ROW_FORKED ? (uint32_t)th_read_varint(&reader) : 0;
    if (!th_read_done(&reader) || (version != ROW_VERSION && version != ROW_FORKED)) {
        return TH_E_CORRUPT;
    }
    memcpy(row->incarnation, incarnation.data, sizeof(row->incarnation));
    memcpy(row->hash, hash.data, sizeof(row->hash));
    return TH_OK;
}

void digest_write(struct th_writer *writer, const struct digest *digest)
{
    th_write_u8(writer, ROW_VERSION);
    th_write_bytes(writer, (struct th_bytes){digest->sum, sizeof(digest->sum)});
    th_write_varint(writer, digest->count);
}

enum th_err digest_read(struct th_bytes value, struct digest *digest)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    const struct th_bytes sum = th_read_bytes(&reader, sizeof(digest->sum));
    digest->count = th_read_varint(&reader);
    if (!th_read_done(&reader) || version != ROW_VERSION) {
        return TH_E_CORRUPT;
    }
    memcpy(digest->sum, sum.data, sizeof(digest->sum));
    return TH_OK;
}

// ---- seats ----

static uint32_t bucket_of(const struct judge *judge, uint32_t number)
{
    uint32_t bucket = (number * 2654435761u) & judge->seat_mask;
    while (judge->seat_buckets[bucket] != 0 &&
           judge->seats[judge->seat_buckets[bucket] - 1].number != number) {
        bucket = (bucket + 1) & judge->seat_mask;
    }
    return bucket;
}

static enum th_err load_seat(struct judge *judge, struct seat *seat)
{
    const struct key key = key_of_node(seat->number);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_NODE, key_view(&key), &value);
    if (err == TH_OK) {
        TH_TRY(node_row_read(value, &seat->row));
        seat->known = true;
        seat->before = seat->row.seq;
    } else if (err != TH_E_NOT_FOUND) {
        return err;
    }
    return judge_grant(judge, seat);
}

struct seat *judge_seated(struct judge *judge, uint32_t number)
{
    const uint32_t entry = judge->seat_buckets[bucket_of(judge, number)];
    return entry == 0 ? NULL : &judge->seats[entry - 1];
}

enum th_err judge_seat(struct judge *judge, uint32_t number, struct seat **seat)
{
    const uint32_t bucket = bucket_of(judge, number);
    if (judge->seat_buckets[bucket] != 0) {
        *seat = &judge->seats[judge->seat_buckets[bucket] - 1];
        return TH_OK;
    }
    *seat = NULL;
    if (judge->seat_count == judge->limits.nodes) {
        return TH_OK;
    }
    struct seat *taken = &judge->seats[judge->seat_count];
    *taken = (struct seat){.number = number};
    TH_TRY(load_seat(judge, taken));
    judge->seat_buckets[bucket] = ++judge->seat_count;
    *seat = taken;
    return TH_OK;
}

static enum th_err put_digest(struct judge *judge, uint32_t node, const struct digest *digest)
{
    const struct key key = key_of_node(node);
    if (digest->count == 0) {
        const enum th_err err = th_store_remove(judge->setup.store, TABLE_DIGEST, key_view(&key));
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    uint8_t space[64];
    struct th_writer value = TH_WRITER(space);
    digest_write(&value, digest);
    return th_check_put(&judge->check, judge->setup.store, TABLE_DIGEST, key_view(&key), &value);
}

static enum th_err get_digest(struct judge *judge, uint32_t node, struct digest *digest)
{
    const struct key key = key_of_node(node);
    struct th_bytes value;
    *digest = (struct digest){.count = 0};
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_DIGEST, key_view(&key), &value);
    return err == TH_OK ? digest_read(value, digest) : err == TH_E_NOT_FOUND ? TH_OK : err;
}

// A node with a seat is summed up in memory until the turn ends, another one at once.
static enum th_err
change_digest(struct judge *judge,
              unsigned table,
              const struct held *held,
              void (*change)(struct digest *, unsigned, struct th_bytes, const struct record *))
{
    const uint32_t node = held->record.source.node;
    const uint32_t entry = judge->seat_buckets[bucket_of(judge, node)];
    if (entry == 0) {
        struct digest digest;
        TH_TRY(get_digest(judge, node, &digest));
        change(&digest, table, key_view(&held->key), &held->record);
        return put_digest(judge, node, &digest);
    }
    struct seat *seat = &judge->seats[entry - 1];
    if (!seat->digest_loaded) {
        TH_TRY(get_digest(judge, node, &seat->digest));
        seat->digest_loaded = true;
    }
    change(&seat->digest, table, key_view(&held->key), &held->record);
    seat->digest_changed = true;
    return TH_OK;
}

enum th_err judge_digest_of(struct judge *judge, const struct seat *seat, struct digest *digest)
{
    if (seat->digest_loaded) {
        *digest = seat->digest;
        return TH_OK;
    }
    return get_digest(judge, seat->number, digest);
}

enum th_err judge_digest(struct judge *judge, const struct digest_change *change)
{
    if (change->old != NULL && change->old->exists && change->old->record.live && !th_mutant(16)) {
        TH_TRY(change_digest(judge, change->table, change->old, digest_take));
    }
    if (change->new != NULL && change->new->record.live) {
        TH_TRY(change_digest(judge, change->table, change->new, digest_add));
    }
    return TH_OK;
}

// ---- the turn ----

void judge_note(struct th_actions *actions, enum judge_note note, uint32_t node, uint64_t number)
{
    struct th_action *action = th_actions_add(actions, TH_ACT_NOTE);
    action->code = note;
    action->to.number = node;
    action->commit = number;
}

enum th_err judge_touch(struct judge *judge)
{
    judge->open = true;
    if (judge->known) {
        return TH_OK;
    }
    TH_TRY(ledger_open(&judge->ledger));
    struct th_bytes digest;
    memset(judge->roster, 0, sizeof(judge->roster));
    const enum th_err err =
        th_check_get(&judge->check, judge->setup.store, TABLE_META, ROSTER_MARK, &digest);
    if (err == TH_OK && digest.size == sizeof(judge->roster)) {
        memcpy(judge->roster, digest.data, digest.size);
    } else if (err != TH_E_NOT_FOUND) {
        return err == TH_OK ? TH_E_CORRUPT : err;
    }
    judge->known = true;
    return TH_OK;
}

static void clear_turn(struct judge *judge)
{
    memset(judge->seat_buckets, 0, (judge->seat_mask + 1) * sizeof(*judge->seat_buckets));
    judge->seat_count = 0;
    judge->prepared_count = 0;
    judge->signing_count = 0;
    judge->decided = 0;
    judge->closes_day = false;
    judge->dirty = false;
    totals_clear(&judge->totals);
}

static enum th_err write_seats(struct judge *judge)
{
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        struct seat *seat = &judge->seats[i];
        if (seat->digest_changed) {
            TH_TRY(put_digest(judge, seat->number, &seat->digest));
        }
        if (!seat->changed || (th_mutant(3) && judge->decided > 0)) {
            continue;
        }
        uint8_t space[128];
        struct th_writer value = TH_WRITER(space);
        node_row_write(&value, &seat->row);
        const struct key key = key_of_node(seat->number);
        TH_TRY(th_check_put(&judge->check, judge->setup.store, TABLE_NODE, key_view(&key), &value));
    }
    return TH_OK;
}

static enum th_err write_turn(struct judge *judge)
{
    if (judge->decided > 0) {
        TH_TRY(totals_flush(&judge->totals, judge->ledger.version + 1));
        TH_TRY(judge_note_receipts(judge));
        TH_TRY(judge_close_day(judge));
        TH_TRY(ledger_close(&judge->ledger, judge->today, judge->wall_ms));
    }
    return write_seats(judge);
}

static struct th_bytes name_topic(const struct judge *judge, struct topic_change *change)
{
    struct topic_key parts;
    const enum th_err err = key_read_topic(key_view(&change->key), &parts);
    th_assert(err == TH_OK);
    char period[TH_PERIOD_TEXT_BYTES];
    th_topic_of(judge->setup.lineage,
                parts.measure,
                th_bytes_of(th_period_text(parts.period, period)),
                change->name);
    return th_bytes_of(change->name);
}

static void publish(struct judge *judge, struct th_actions *actions)
{
    const struct totals *totals = &judge->totals;
    for (uint32_t i = 0; i < totals->topic_count; i++) {
        struct topic_change *change = &totals->topics[i];
        feed_note(&judge->feed, &change->key, change->seq);
        if (change->body.size > 0) {
            struct th_action *action = th_actions_add(actions, TH_ACT_PUBLISH);
            action->header = name_topic(judge, change);
            action->body = change->body;
        }
    }
    if (totals->topics_lost) {
        feed_lose(&judge->feed);
    }
    if (feed_is_full(&judge->feed) || totals->topics_lost) {
        judge_beat_now(judge, actions);
    }
}

static void end_unchanged(struct judge *judge, struct th_actions *actions)
{
    judge_send_prepared(judge, actions);
    judge->open = false;
    clear_turn(judge);
    th_actions_add(actions, TH_ACT_ABORT); // it was only read
}

void judge_end_turn(struct judge *judge, struct th_actions *actions)
{
    if (!judge->open && !judge->keys_due) {
        return;
    }
    enum th_err err = judge_touch(judge);
    if (err == TH_OK && judge->dirty) {
        err = write_turn(judge);
    }
    if (err == TH_OK) {
        err = judge_prepare_answers(judge);
    }
    if (err != TH_OK) {
        judge_fail_turn(judge, err, true, actions);
        return;
    }
    if (!judge->dirty) {
        end_unchanged(judge, actions);
        return;
    }
    if (th_mutant(1)) {
        judge_send_prepared(judge, actions);
    }
    if (th_mutant(11)) {
        publish(judge, actions);
    }
    judge->committing = true;
    th_actions_add(actions, TH_ACT_COMMIT)->commit = ++judge->commit;
}

void judge_committed(struct judge *judge, struct th_actions *actions)
{
    judge->open = false;
    if (th_mutant(3) && judge->decided > 0) {
        ledger_committed(&judge->ledger);
        judge->decided = 0;
        judge->prepared_count = 0;
        judge->open = true;
        judge_end_turn(judge, actions);
        return;
    }
    if (judge->decided > 0) {
        ledger_committed(&judge->ledger);
        judge_note(actions, JUDGE_NOTE_TURN, 0, judge->decided);
    }
    if (judge->full) {
        judge->full = false;
        judge_note(actions, JUDGE_NOTE_RESUMED, 0, 0);
    }
    judge_send_prepared(judge, actions);
    publish(judge, actions);
    clear_turn(judge);
}

static void refuse_all(struct judge *judge, struct th_actions *actions)
{
    const struct th_refusal refusal = {
        .code = TH_M_PROVINCE_DISK_FULL,
        .class = TH_REFUSE_RETRY,
        .retry_ms = JUDGE_PROBE_MS,
    };
    judge->out.size = 0;
    judge->prepared_count = 0;
    judge->signing_count = 0;
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        struct seat *seat = &judge->seats[i];
        if (seat->present && seat->due != 0) {
            const struct th_peer to = {
                .class = seat->class,
                .number = seat->number,
                .route = {.data = seat->route, .size = seat->route_size},
            };
            judge_refuse(judge, &to, &refusal, actions);
        }
    }
}

void judge_fail_turn(struct judge *judge, enum th_err err, bool abort, struct th_actions *actions)
{
    if (abort) {
        th_actions_add(actions, TH_ACT_ABORT);
    }
    judge->open = false;
    if (th_err_class(err) != TH_CLASS_RETRY) {
        judge_note(actions, JUDGE_NOTE_BROKEN, 0, (uint64_t)err);
        judge->ended = true;
        th_actions_add(actions, TH_ACT_EXIT)->code = EXIT_IO;
    } else {
        if (!judge->full) {
            judge_note(actions, JUDGE_NOTE_FULL, 0, 0);
        }
        judge->full = true;
        judge->keys_due = true; // this turn may have had them
        judge->probe_at = judge->now_ms + JUDGE_PROBE_MS;
        th_actions_add(actions, TH_ACT_WAKE)->at_ms =
            judge->beat_at < judge->probe_at ? judge->beat_at : judge->probe_at;
        refuse_all(judge, actions);
    }
    if (th_mutant(10)) {
        return;
    }
    judge->known = false; // J4
    clear_turn(judge);
}

void judge_beat_now(struct judge *judge, struct th_actions *actions)
{
    const struct feed_stamp stamp = {
        .store_id = judge->setup.store_id,
        .store_epoch = judge->setup.store_epoch,
        .version = judge->ledger.version,
        .wall_ms = judge->wall_ms,
    };
    bool more = true;
    while (more && judge->out.max - judge->out.size >= FEED_BEAT_BYTES_MAX) {
        struct th_writer body = {.data = judge->out.data + judge->out.size,
                                 .max = judge->out.max - judge->out.size};
        more = feed_beat(&judge->feed, &stamp, &body);
        judge->out.size += body.size;
        struct th_action *action = th_actions_add(actions, TH_ACT_PUBLISH);
        action->header = th_bytes_of(judge->beat_topic);
        action->body = (struct th_bytes){.data = body.data, .size = body.size};
    }
}
