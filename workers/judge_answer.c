// judge_answer.c - answers: acknowledgements and what waits with them for the commit, and refusals

#include <string.h>

#include "workers/judge_body.h"

enum {
    ROW_VERSION = 1,
    LIST_BYTES_MAX = 120 * 1024, // verdicts and notices of one answer
    PLAIN_BYTES_MAX = 1024,      // header and the rest of the body
};

// What a verdict takes on the wire, at most.
static size_t wire_bytes(const struct th_verdict *verdict)
{
    size_t bytes = 40 + strlen(verdict->field);
    for (size_t i = 0; i < verdict->count; i++) {
        bytes += 3 + strlen(verdict->params[i]);
    }
    return bytes;
}

// ---- the lists of an answer ----

struct lists {
    struct judge *judge;
    const struct seat *seat;
    struct th_decided *decided;
    size_t bytes_left;
};

static bool of_stream(const struct seat *seat, const struct numbered_key *at)
{
    return at->node == seat->number && at->epoch == seat->row.epoch && at->seq <= seat->row.seq;
}

// All verdicts of batches above decided->verdicts_after, cut at the end of a batch.
static enum th_err list_verdicts(struct lists *lists)
{
    struct judge *judge = lists->judge;
    struct th_decided *decided = lists->decided;
    const struct th_store store = judge->setup.store;
    const struct key from =
        key_of_reject(lists->seat->number, lists->seat->row.epoch, decided->verdicts_after + 1, 0);
    struct th_bytes key;
    struct th_bytes value;
    size_t whole = 0; // verdicts of whole batches
    uint64_t seq = 0; // batch of the newest verdict
    size_t count = 0;
    decided->verdicts_through = lists->seat->row.seq;
    enum th_err err = th_store_seek(store, TABLE_REJECT, key_view(&from), &key, &value);
    while (err == TH_OK) {
        struct numbered_key at;
        TH_TRY(key_read_reject(key, &at));
        if (!of_stream(lists->seat, &at)) {
            break;
        }
        if (at.seq != seq) {
            whole = count;
            seq = at.seq;
        }
        struct th_verdict verdict;
        struct th_bytes payload = value;
        TH_TRY(th_check_open(&judge->check, TABLE_REJECT, key, &payload));
        TH_TRY(verdict_read(payload, &verdict));
        const size_t bytes = wire_bytes(&verdict);
        if (count == JUDGE_VERDICTS_MAX || bytes > lists->bytes_left) {
            count = whole;
            decided->verdicts_through = seq - 1;
            break;
        }
        lists->bytes_left -= bytes;
        judge->verdicts[count++] =
            (struct th_item_verdict){.seq = at.seq, .index = at.index, .verdict = verdict};
        err = th_store_next(store, TABLE_REJECT, key, &key, &value);
    }
    decided->verdicts = judge->verdicts;
    decided->verdict_count = count;
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err list_notices(struct lists *lists, uint64_t last)
{
    struct judge *judge = lists->judge;
    struct th_decided *decided = lists->decided;
    const struct th_store store = judge->setup.store;
    const struct key from = key_of_notice(lists->seat->number, decided->notices_after + 1);
    size_t count = 0;
    decided->notices_through = decided->notices_after;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = decided->notices_after < last
                          ? th_store_seek(store, TABLE_NOTICE, key_view(&from), &key, &value)
                          : TH_E_NOT_FOUND;
    while (err == TH_OK && decided->notices_through < last &&
           count + decided->verdict_count < JUDGE_VERDICTS_MAX) {
        struct th_notice *notice = &judge->notices[count];
        TH_TRY(judge_read_notice(judge, key, value, notice));
        const size_t bytes = wire_bytes(&notice->item.verdict) + notice->text.size + 16;
        if (bytes > lists->bytes_left) {
            break;
        }
        lists->bytes_left -= bytes;
        decided->notices_through = notice->number;
        count++;
        err = th_store_next(store, TABLE_NOTICE, key, &key, &value);
    }
    decided->notices = judge->notices;
    decided->notice_count = count;
    return err == TH_OK || err == TH_E_NOT_FOUND ? TH_OK : err;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static enum th_err
fill_decided(struct judge *judge, const struct seat *seat, struct th_decided *decided)
{
    const bool asked = (seat->due & (DUE_WELCOME | DUE_PONG)) != 0;
    *decided = (struct th_decided){
        .seq = seat->row.seq,
        .store_id = judge->setup.store_id,
        .store_epoch = judge->setup.store_epoch,
        .version = judge->ledger.version + (judge->decided > 0 ? 1 : 0),
    };
    memcpy(decided->hash, seat->row.hash, sizeof(decided->hash));
    decided->verdicts_after = smaller(asked ? seat->verdict_seq : seat->before, seat->row.seq);
    decided->verdicts_through = decided->verdicts_after;

    uint64_t last = 0;
    TH_TRY(judge_last_notice(judge, seat->number, &last));
    uint64_t recent = last > JUDGE_ACK_NOTICES ? last - JUDGE_ACK_NOTICES : 0;
    if (seat->new_notice > 0) {
        recent = smaller(recent, seat->new_notice - 1); // what this turn caused comes at once
    }
    decided->notices_after = asked ? smaller(seat->notice, last) : recent;
    decided->notices_through = decided->notices_after;
    judge->receipt_texts.size = 0;

    const size_t reserved = FEED_BEAT_BYTES_MAX + PLAIN_BYTES_MAX;
    const size_t left = judge->out.max - judge->out.size;
    if (left < reserved + PLAIN_BYTES_MAX) {
        return TH_OK; // the node sees that the lists are not complete, and asks
    }
    size_t lists_bytes = (size_t)smaller(left - reserved, LIST_BYTES_MAX);
    if (lists_bytes > 2 * ROOT_BYTES_MAX) {
        TH_TRY(judge_list_root(judge, seat, decided));
        lists_bytes -= decided->root != NULL ? ROOT_BYTES_MAX : 0;
    }
    if (judge->setup.signer.sign != NULL && (!asked || seat->keeps_receipts)) {
        const uint64_t after = smaller(asked ? seat->receipt_seq : seat->before, seat->row.seq);
        TH_TRY(judge_list_receipts(judge, seat, after, lists_bytes / 2, decided));
    }
    struct lists lists = {.judge = judge, .seat = seat, .decided = decided};
    lists.bytes_left =
        lists_bytes - judge->receipt_texts.size - decided->receipt_count * RECEIPT_AROUND_BYTES;
    TH_TRY(list_verdicts(&lists));
    return list_notices(&lists, last);
}

// ---- making answers ----

static struct th_header header_to(const struct seat *seat, enum th_message_type type)
{
    struct th_header header = {
        .protocol = TH_PROTOCOL,
        .type = type,
        .node = seat->number,
        .epoch = seat->row.epoch,
    };
    header.has_incarnation = seat->row.epoch != 0;
    memcpy(header.incarnation, seat->row.incarnation, sizeof(header.incarnation));
    return header;
}

static struct th_writer rest_of(const struct judge *judge)
{
    return (struct th_writer){.data = judge->out.data + judge->out.size,
                              .max = judge->out.max - judge->out.size};
}

static struct th_bytes keep(struct judge *judge, const struct th_writer *written)
{
    judge->out.size += written->size;
    return (struct th_bytes){.data = written->data, .size = written->size};
}

// Put header and body, which stands at the end of out, on the list of what waits. What does not fit
// is left out: the other side asks again.
static bool
prepare(struct judge *judge, const struct seat *seat, unsigned type, const struct th_writer *body)
{
    if (body->overflow || judge->prepared_count == judge_prepared_max(&judge->limits)) {
        return false;
    }
    struct prepared *made = &judge->prepared[judge->prepared_count];
    *made = (struct prepared){.body = keep(judge, body)};
    struct th_header header = header_to(seat, (enum th_message_type)type);
    header.correlation = type == TH_MSG_WELCOME ? seat->correlation : 0;
    struct th_writer writer = rest_of(judge);
    th_header_write(&writer, &header);
    if (writer.overflow) {
        return false;
    }
    made->header = keep(judge, &writer);
    memcpy(made->route, seat->route, seat->route_size);
    made->to = (struct th_peer){
        .class = seat->class,
        .number = seat->number,
        .route = {.data = made->route, .size = seat->route_size},
    };
    judge->prepared_count++;
    return true;
}

static enum th_err prepare_decided(struct judge *judge, const struct seat *seat)
{
    struct th_welcome welcome = {.has_register = true, .protocol = TH_PROTOCOL, .features = 0};
    TH_TRY(fill_decided(judge, seat, &welcome.decided));
    memcpy(welcome.register_digest, judge->setup.bundle_digest, TH_HASH256_BYTES);
    welcome.successions = judge->setup.signer.successions;
    welcome.succession_count = judge->setup.signer.succession_count;
    struct th_writer body = rest_of(judge);
    unsigned type = (seat->due & DUE_PONG) != 0 ? TH_MSG_PONG : TH_MSG_ACK;
    if ((seat->due & DUE_WELCOME) != 0) {
        type = TH_MSG_WELCOME;
        th_welcome_write(&body, &welcome);
    } else {
        th_decided_write(&body, &welcome.decided);
    }
    if (prepare(judge, seat, type, &body)) {
        judge_remember_signings(judge, &welcome.decided, &body);
    }
    return TH_OK;
}

static void prepare_gap(struct judge *judge, const struct seat *seat)
{
    const struct th_refusal refusal = {
        .code = TH_M_STREAM_GAP,
        .class = TH_REFUSE_RETRY,
        .seq = seat->row.seq + 1,
    };
    struct th_writer body = rest_of(judge);
    th_refusal_write(&body, &refusal);
    (void)prepare(judge, seat, TH_MSG_REFUSAL, &body);
}

static void prepare_resynced(struct judge *judge, const struct seat *seat)
{
    struct th_writer body = rest_of(judge);
    th_resynced_write(&body, &seat->resynced);
    prepare(judge, seat, TH_MSG_RESYNCED, &body);
}

static enum th_err prepare_restore(struct judge *judge, const struct seat *seat)
{
    struct th_restore made;
    TH_TRY(judge_make_restore(judge, seat, &made));
    struct th_writer body = rest_of(judge);
    th_restore_write(&body, &made);
    prepare(judge, seat, TH_MSG_RESTORE, &body);
    return TH_OK;
}

static void prepare_joined(struct judge *judge, const struct seat *seat)
{
    struct th_joined joined = {.number = seat->number};
    memcpy(joined.public_key, seat->public_key, sizeof(joined.public_key));
    struct th_writer body = rest_of(judge);
    th_joined_write(&body, &joined);
    (void)prepare(judge, seat, TH_MSG_JOINED, &body);
}

enum th_err judge_prepare_keys(struct judge *judge)
{
    struct th_keys keys;
    TH_TRY(judge_list_keys(judge, &keys));
    const struct seat broker = {.class = TH_PEER_NONE};
    struct th_writer body = rest_of(judge);
    th_keys_write(&body, &keys);
    if (!body.overflow) {
        (void)prepare(judge, &broker, TH_MSG_KEYS, &body);
        judge->keys_due = false;
    }
    return TH_OK;
}

// Behind what this step has written already: its actions still show it.
enum th_err judge_prepare_answers(struct judge *judge)
{
    judge->prepared_count = 0;
    judge->signing_count = 0;
    if (judge->keys_due) {
        TH_TRY(judge_prepare_keys(judge)); // before JOINED: the broker holds that back for the key
    }
    for (uint32_t i = 0; i < judge->seat_count; i++) {
        const struct seat *seat = &judge->seats[i];
        if (!seat->present) {
            continue;
        }
        if ((seat->due & (DUE_ACK | DUE_PONG | DUE_WELCOME)) != 0) {
            TH_TRY(prepare_decided(judge, seat));
        }
        if ((seat->due & DUE_GAP) != 0) {
            prepare_gap(judge, seat);
        }
        if ((seat->due & DUE_JOINED) != 0) {
            prepare_joined(judge, seat);
        }
        if ((seat->due & DUE_RESYNCED) != 0) {
            prepare_resynced(judge, seat);
        }
    }
    for (uint32_t i = 0; i < judge->seat_count; i++) { // last: they are large, and asked for again
        const struct seat *seat = &judge->seats[i];
        if (seat->present && (seat->due & DUE_RESTORE) != 0) {
            TH_TRY(prepare_restore(judge, seat));
        }
    }
    return TH_OK;
}

void judge_send_prepared(struct judge *judge, struct th_actions *actions)
{
    judge_sign(judge);
    for (uint32_t i = 0; i < judge->prepared_count; i++) {
        const struct prepared *made = &judge->prepared[i];
        struct th_action *action = th_actions_add(actions, TH_ACT_SEND);
        action->to = made->to;
        action->header = made->header;
        action->body = made->body;
    }
}

// ---- answers that do not wait ----

static void send_now(struct judge *judge,
                     const struct th_peer *to,
                     const struct th_header *header,
                     const struct th_writer *body,
                     struct th_actions *actions)
{
    struct th_writer route = rest_of(judge);
    th_write_bytes(&route, to->route);
    const struct th_bytes kept = keep(judge, &route);
    struct th_writer writer = rest_of(judge);
    th_header_write(&writer, header);
    if (body->overflow || route.overflow || writer.overflow) {
        return; // as if it had been lost
    }
    struct th_action *action = th_actions_add(actions, TH_ACT_SEND);
    action->to = *to;
    action->to.route = kept;
    action->header = keep(judge, &writer);
    action->body = (struct th_bytes){.data = body->data, .size = body->size};
}

void judge_refuse(struct judge *judge,
                  const struct th_peer *to,
                  const struct th_refusal *refusal,
                  struct th_actions *actions)
{
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = TH_MSG_REFUSAL, .node = to->number};
    struct th_writer body = rest_of(judge);
    th_refusal_write(&body, refusal);
    (void)keep(judge, &body);
    send_now(judge, to, &header, &body, actions);
}

void judge_send_part(struct judge *judge,
                     const struct th_event *event,
                     const struct th_header *header,
                     struct th_actions *actions)
{
    struct th_register_request asked;
    struct th_malformed why;
    if (th_register_request_read(event->body, &judge->decode, &asked, &why) != TH_OK) {
        const struct th_refusal refusal = {.code = why.code, .class = TH_REFUSE_REJECT};
        judge_refuse(judge, &event->from, &refusal, actions);
        return;
    }
    const struct th_bytes whole = judge->setup.bundle;
    const bool other =
        asked.has_digest && memcmp(asked.digest, judge->setup.bundle_digest, TH_HASH256_BYTES) != 0;
    const size_t offset = other || asked.offset >= whole.size ? 0 : (size_t)asked.offset;
    const size_t left = whole.size - offset;
    struct th_part part = {
        .offset = offset,
        .total = whole.size,
        .bytes = {.data = (const uint8_t *)whole.data + offset,
                  .size = left < TH_PART_BYTES_MAX ? left : TH_PART_BYTES_MAX},
    };
    memcpy(part.digest, judge->setup.bundle_digest, sizeof(part.digest));
    const struct th_header answer = {
        .protocol = TH_PROTOCOL,
        .type = TH_MSG_REGISTER,
        .node = event->from.number,
        .correlation = header->correlation,
    };
    struct th_writer body = rest_of(judge);
    th_part_write(&body, &part);
    (void)keep(judge, &body);
    send_now(judge, &event->from, &answer, &body, actions);
}

void judge_attach(struct judge *judge, struct th_actions *actions)
{
    const struct th_province_state province = {
        .lineage = judge->setup.lineage,
        .store_id = judge->setup.store_id,
        .store_epoch = judge->setup.store_epoch,
        .version = judge->ledger.version,
    };
    const struct th_attach attach = {.provinces = &province, .count = 1};
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_ATTACH};
    const struct th_peer broker = {.class = TH_PEER_NONE};
    struct th_writer body = rest_of(judge);
    th_attach_write(&body, &attach);
    (void)keep(judge, &body);
    send_now(judge, &broker, &header, &body, actions);
}
