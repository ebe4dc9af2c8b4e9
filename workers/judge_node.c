// judge_node.c - messages of nodes: HELLO, BATCH, PING, REGISTER_REQUEST, RESYNC,
// RESTORE_REQUEST, BYE

#include <string.h>

#include "tonghop/fault.h"

#include "workers/audit.h"
#include "workers/judge_body.h"

// ---- who is it ----

static void sit_down(struct seat *seat, const struct th_event *event)
{
    seat->class = event->from.class;
    seat->present = true;
    seat->route_size = event->from.route.size;
    if (seat->route_size > 0) {
        memcpy(seat->route, event->from.route.data, seat->route_size);
    }
}

static void busy(struct judge *judge, const struct th_event *event, struct th_actions *actions)
{
    const struct th_refusal refusal = {
        .code = TH_M_LINE_BUSY, .class = TH_REFUSE_RETRY, .retry_ms = JUDGE_BUSY_MS};
    judge_refuse(judge, &event->from, &refusal, actions);
}

static void stop_stream(struct judge *judge,
                        const struct th_event *event,
                        unsigned code,
                        uint64_t seq,
                        struct th_actions *actions)
{
    const struct th_refusal refusal = {.code = code, .class = TH_REFUSE_STOP, .seq = seq};
    judge_refuse(judge, &event->from, &refusal, actions);
    if (code == TH_M_STREAM_FORK) {
        judge_note(actions, JUDGE_NOTE_FORK, event->from.number, seq);
    }
}

// Is the message of the stream that we know? Otherwise the code that stops it. A node that we do
// not know begins here with what its header says.
static unsigned check_stream(struct judge *judge, struct seat *seat, const struct th_header *header)
{
    if (!header->has_incarnation || header->epoch == 0) {
        return TH_M_STREAM_ENCODING;
    }
    struct node_row *row = &seat->row;
    if (!seat->known && row->epoch == 0) {
        memcpy(row->incarnation, header->incarnation, sizeof(row->incarnation));
        row->epoch = header->epoch;
        th_chain_start(row->hash, judge->setup.lineage, row->incarnation, seat->number, row->epoch);
    }
    if (memcmp(row->incarnation, header->incarnation, sizeof(row->incarnation)) != 0) {
        return th_mutant(7) ? 0 : TH_M_STREAM_FORK;
    }
    if (header->epoch == row->epoch || th_mutant(8)) {
        return 0;
    }
    return header->epoch < row->epoch ? TH_M_STREAM_OLD_EPOCH : TH_M_STREAM_FORK;
}

// ---- HELLO and PING ----

static enum th_err hello(struct judge *judge,
                         struct seat *seat,
                         const struct th_event *event,
                         const struct th_header *header,
                         struct th_actions *actions)
{
    struct th_hello said;
    struct th_malformed why;
    if (th_hello_read(event->body, &judge->decode, &said, &why) != TH_OK) {
        stop_stream(judge, event, TH_M_STREAM_ENCODING, 0, actions);
        return TH_OK;
    }
    if (said.protocol_min > TH_PROTOCOL || said.protocol_max < TH_PROTOCOL) {
        stop_stream(judge, event, TH_M_STREAM_PROTOCOL, 0, actions);
        return TH_OK;
    }
    TH_TRY(judge_come_after(judge, seat, header));
    TH_TRY(judge_fork(judge, seat, header, actions));
    const unsigned code = check_stream(judge, seat, header);
    seat->correlation = header->correlation;
    if (code == TH_M_STREAM_OLD_EPOCH) { // from a copy of its outbox: WELCOME shows it the fork
        seat->verdict_seq = seat->row.seq;
        seat->notice = said.notice;
        seat->due |= DUE_WELCOME;
        return TH_OK;
    }
    if (code != 0) {
        stop_stream(judge, event, code, seat->row.seq, actions);
        return TH_OK;
    }
    seat->verdict_seq = said.verdict_seq;
    seat->notice = said.notice;
    seat->keeps_receipts = said.keeps_receipts;
    seat->receipt_seq = said.receipt_seq;
    seat->keeps_roots = said.keeps_roots;
    seat->root_day = said.root_day;
    seat->due |= DUE_WELCOME;
    return TH_OK;
}

static enum th_err ping(struct judge *judge,
                        struct seat *seat,
                        const struct th_event *event,
                        const struct th_header *header,
                        struct th_actions *actions)
{
    struct th_ping said;
    struct th_malformed why;
    if (th_ping_read(event->body, &judge->decode, &said, &why) != TH_OK) {
        stop_stream(judge, event, TH_M_STREAM_ENCODING, 0, actions);
        return TH_OK;
    }
    const unsigned code = check_stream(judge, seat, header);
    if (code != 0) {
        stop_stream(judge, event, code, seat->row.seq, actions);
        return TH_OK;
    }
    seat->verdict_seq = said.verdict_seq;
    seat->notice = said.notice;
    seat->keeps_receipts = said.keeps_receipts;
    seat->receipt_seq = said.receipt_seq;
    seat->keeps_roots = said.keeps_roots;
    seat->root_day = said.root_day;
    seat->due |= DUE_PONG;
    return TH_OK;
}

// ---- RESYNC and RESTORE_REQUEST ----

static enum th_err resync(struct judge *judge,
                          struct seat *seat,
                          const struct th_event *event,
                          const struct th_header *header,
                          struct th_actions *actions)
{
    unsigned code = 0;
    TH_TRY(judge_resync(judge, seat, event, header, &code));
    if (code != 0) {
        stop_stream(judge, event, code, header->seq, actions);
    }
    return TH_OK;
}

static enum th_err restore(struct judge *judge,
                           struct seat *seat,
                           const struct th_event *event,
                           const struct th_header *header,
                           struct th_actions *actions)
{
    struct th_restore_request asked;
    struct th_malformed why;
    unsigned code = check_stream(judge, seat, header);
    if (code == TH_M_STREAM_OLD_EPOCH) {
        code = 0; // it asks because of that
    }
    if (code == 0 && th_restore_request_read(event->body, &judge->decode, &asked, &why) != TH_OK) {
        code = TH_M_STREAM_ENCODING;
    }
    if (code != 0) {
        stop_stream(judge, event, code, seat->row.seq, actions);
        return TH_OK;
    }
    seat->restore_after = asked.after;
    seat->due |= DUE_RESTORE;
    return TH_OK;
}

// ---- BATCH ----

static enum th_err
put_verdict(struct judge *judge, const struct origin *source, const struct th_verdict *verdict)
{
    if (th_mutant(15)) {
        return TH_OK;
    }
    uint8_t space[sizeof(struct th_verdict) + 64];
    struct th_writer value = TH_WRITER(space);
    verdict_write(&value, verdict);
    const struct key key = key_of_reject(source->node, source->epoch, source->seq, source->index);
    ledger_tell(&judge->ledger, key_view(&key), th_written(&value));
    return audit_put(&judge->check, judge->setup.store, TABLE_REJECT, key_view(&key), &value);
}

static enum th_err judge_items(struct judge *judge,
                               struct seat *seat,
                               const struct th_batch *batch,
                               const struct th_header *header,
                               size_t *count)
{
    for (*count = 0; *count < batch->count; (*count)++) {
        if (!totals_have_room(&judge->totals)) {
            TH_TRY(totals_spill(&judge->totals));
        }
        struct item *item = &judge->items[*count];
        unsigned *outcome = &judge->outcomes[*count];
        *item = (struct item){
            .seat = seat,
            .update = &batch->updates[*count],
            .again = judge->again.on,
            .source = {.node = seat->number,
                       .epoch = header->epoch,
                       .seq = header->seq,
                       .index = (uint32_t)*count},
        };
        TH_TRY(judge_item(judge, item, outcome));
        if (th_mutant(14) && *outcome > LEDGER_DUPLICATE) {
            (*count)++;
            break;
        }
    }
    return judge->again.on ? TH_OK : judge_doubts(judge, judge->items, judge->outcomes, *count);
}

// What became of each item, for the ledger, and the verdicts for the node.
static enum th_err enter_items(struct judge *judge, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct item *item = &judge->items[i];
        ledger_item(&judge->ledger, judge->outcomes[i]);
        if (judge->outcomes[i] > LEDGER_DUPLICATE) {
            TH_TRY(put_verdict(judge, &item->source, &item->verdict));
        }
        if (judge->again.on && judge->outcomes[i] > LEDGER_DUPLICATE) {
            TH_TRY(judge_notify(judge, &item->source, &item->verdict));
        }
    }
    return TH_OK;
}

enum th_err judge_decide(struct judge *judge,
                         struct seat *seat,
                         const struct th_event *event,
                         const struct th_header *header,
                         const uint8_t *hash)
{
    struct th_batch batch;
    struct th_malformed why = {.code = TH_M_STREAM_ENCODING, .why = "it killed the worker"};
    if (event->code == JUDGE_PUT_ASIDE ||
        th_batch_read(event->body, &judge->decode, &batch, &why) != TH_OK) {
        judge->dirty = true;
        TH_TRY(judge_bury(judge, header, &why, event->body));
        return TH_E_MALFORMED;
    }
    judge->dirty = true;
    judge->looks = 0;
    ledger_begin(&judge->ledger);
    size_t count = 0;
    TH_TRY(judge_items(judge, seat, &batch, header, &count));
    TH_TRY(enter_items(judge, count));
    struct ledger_batch entry = {
        .node = seat->number,
        .epoch = header->epoch,
        .seq = header->seq,
        .today = judge->today,
        .wall_ms = judge->wall_ms,
    };
    memcpy(entry.hash, hash, sizeof(entry.hash));
    TH_TRY(judge_count_items(judge, seat, &batch));
    TH_TRY(ledger_end(&judge->ledger, &entry, event->body));

    seat->row.seq = header->seq; // J1: written with everything else when the turn ends
    memcpy(seat->row.hash, hash, sizeof(seat->row.hash));
    seat->row.contact_ms = judge->wall_ms;
    seat->changed = true;
    seat->due |= DUE_ACK;
    judge->decided++;
    return TH_OK;
}

enum th_err judge_batch(struct judge *judge,
                        struct seat *seat,
                        const struct th_event *event,
                        const struct th_header *header,
                        struct th_actions *actions)
{
    unsigned code = check_stream(judge, seat, header);
    if (code == 0 && (!header->has_hash || header->seq == 0)) {
        code = TH_M_STREAM_ENCODING;
    }
    if (code != 0) {
        stop_stream(judge, event, code, header->seq, actions);
        return TH_OK;
    }
    const struct node_row *row = &seat->row;
    const bool repeat = header->seq <= row->seq;
    if (repeat && header->seq == row->seq && !th_mutant(7) &&
        memcmp(header->hash, row->hash, sizeof(row->hash)) != 0) {
        stop_stream(judge, event, TH_M_STREAM_FORK, header->seq, actions);
        return TH_OK;
    }
    if (repeat && !th_mutant(2)) {
        seat->due |= DUE_ACK;
        return TH_OK;
    }
    if (header->seq > row->seq + 1 && !th_mutant(6)) {
        seat->due |= DUE_GAP;
        return TH_OK;
    }
    uint8_t hash[TH_HASH256_BYTES];
    th_chain_next(hash, row->hash, seat->number, row->epoch, header->seq, event->body);
    if (memcmp(hash, header->hash, sizeof(hash)) != 0) {
        if (!th_mutant(7) && !th_mutant(6) && !th_mutant(2)) {
            stop_stream(judge, event, TH_M_STREAM_FORK, header->seq, actions);
            return TH_OK;
        }
        memcpy(hash, header->hash, sizeof(hash));
    }
    const enum th_err err = judge_decide(judge, seat, event, header, hash);
    if (err == TH_E_MALFORMED) {
        judge_note(actions, JUDGE_NOTE_DEAD, seat->number, header->seq);
        stop_stream(judge, event, TH_M_STREAM_ENCODING, header->seq, actions);
        return TH_OK;
    }
    return err;
}

// ---- all of them ----

static enum th_err by_type(struct judge *judge,
                           struct seat *seat,
                           const struct th_event *event,
                           const struct th_header *header,
                           struct th_actions *actions)
{
    switch (header->type) {
    case TH_MSG_HELLO:
        return hello(judge, seat, event, header, actions);
    case TH_MSG_BATCH:
        return judge_batch(judge, seat, event, header, actions);
    case TH_MSG_PING:
        return ping(judge, seat, event, header, actions);
    case TH_MSG_JOIN:
        return judge_rotate(judge, seat, event, actions);
    case TH_MSG_RESYNC:
        return resync(judge, seat, event, header, actions);
    case TH_MSG_RESTORE_REQUEST:
        return restore(judge, seat, event, header, actions);
    default:
        if ((header->flags & 1) == 0) { // bit 0: who does not know the type may skip it
            stop_stream(judge, event, TH_M_STREAM_TYPE, 0, actions);
        }
        return TH_OK;
    }
}

enum th_err judge_node_message(struct judge *judge,
                               const struct th_event *event,
                               const struct th_header *header,
                               struct th_actions *actions)
{
    if (header->protocol != TH_PROTOCOL) {
        stop_stream(judge, event, TH_M_STREAM_PROTOCOL, 0, actions);
        return TH_OK;
    }
    if (header->type == TH_MSG_REGISTER_REQUEST) {
        judge_send_part(judge, event, header, actions);
        return TH_OK;
    }
    if (header->type == TH_MSG_BYE) {
        return TH_OK;
    }
    struct seat *seat = NULL;
    TH_TRY(judge_touch(judge));
    TH_TRY(judge_seat(judge, event->from.number, &seat));
    if (seat == NULL || seat->standing == STANDING_UNKNOWN) {
        busy(judge, event, actions); // too many at once, or the roster has not come yet
        return TH_OK;
    }
    if (seat->standing == STANDING_REVOKED) {
        judge_note(actions, JUDGE_NOTE_STRANGER, event->from.number, 0);
        return TH_OK;
    }
    if (header->epoch != seat->row.epoch && seat->row.seq > seat->before) {
        busy(judge, event, actions); // a turn has receipts of one stream epoch of each node
        return TH_OK;
    }
    sit_down(seat, event);
    return by_type(judge, seat, event, header, actions);
}
