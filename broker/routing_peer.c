// routing_peer.c - messages of nodes, viewers and enrolments on their way to a worker

#include <string.h>

#include "tonghop/fault.h"

#include "broker/routing_part.h"

// Codes of refusals the broker itself gives, as they travel.
enum {
    CODE_BUSY = 3004,
    CODE_ENCODING = 3104,
    CODE_TOO_LARGE = 3105,
    CODE_PROTOCOL = 3106,
    CODE_TYPE = 3107,
    CODE_NO_WORKER = 3108,
    FLAG_IGNORABLE = 1,
};

static void refuse_question(const struct routing_step *step, uint32_t code)
{
    struct routing *routing = step->routing;
    uint8_t bytes[256];
    struct th_writer body = TH_WRITER(bytes);
    const struct th_answer answer = {.last = true, .code = code};
    th_answer_write(&body, &answer);
    const struct th_header header = {.protocol = TH_PROTOCOL,
                                     .type = TH_MSG_ANSWER,
                                     .node = routing->sender_node,
                                     .correlation = routing->sender_header.correlation};
    routing_send_to(step, routing->sender_port, routing->sender, &header, th_written(&body));
}

void routing_refuse(const struct routing_step *step, uint32_t code, enum th_refusal_class class)
{
    struct routing *routing = step->routing;
    if (routing->sender_header.type == TH_MSG_QUERY) {
        refuse_question(step, code);
        return;
    }
    uint8_t bytes[256];
    struct th_writer body = TH_WRITER(bytes);
    const struct th_refusal refusal = {
        .code = code,
        .class = class,
        .retry_ms = class == TH_REFUSE_RETRY ? ROUTING_RETRY_MS : 0,
        .seq = routing->sender_header.seq,
    };
    th_refusal_write(&body, &refusal);
    const struct th_header header = {.protocol = TH_PROTOCOL,
                                     .type = TH_MSG_REFUSAL,
                                     .node = routing->sender_node,
                                     .epoch = routing->sender_header.epoch,
                                     .seq = routing->sender_header.seq,
                                     .correlation = routing->sender_header.correlation};
    routing_send_to(step, routing->sender_port, routing->sender, &header, th_written(&body));
}

// A viewer without a lineage reads every province.
static bool may_read_all(const struct th_roster_entry *entry)
{
    return entry->class == TH_PEER_VIEWER && entry->lineage.size == 0;
}

static void remember_sender(const struct routing_step *step,
                            const struct th_roster_entry *entry,
                            const struct th_header *header)
{
    struct routing *routing = step->routing;
    routing->sender_node = th_roster_speaks_as(entry);
    routing->sender_everywhere = may_read_all(entry);
    routing->sender_enrolment = step->event->from.class == TH_PEER_BOOTSTRAP ? entry->enrolment : 0;
    routing->sender_public = entry->class == TH_PEER_VIEWER && entry->public_only;
    const size_t size = routing_copy_route(routing->sender_route, step->event->from.route);
    routing->sender = step->event->from;
    routing->sender.route = (struct th_bytes){.data = routing->sender_route, .size = size};
    routing->sender_port = step->event->port;
    routing->sender_header = *header;
}

static void pass_on(const struct routing_step *step, const struct routing_owner *owner)
{
    struct routing *routing = step->routing;
    const struct th_peer *from = &routing->sender;
    const struct th_envelope envelope = {
        .route = from->route,
        .class = from->class,
        .number = th_mutant(27) ? routing->sender_header.node : routing->sender_node,
        .lineage = routing_lineage(owner),
        .store_id = owner->store_id,
        .store_epoch = owner->epoch_max,
        .everywhere = routing->sender_everywhere,
        .enrolment = routing->sender_enrolment,
        .public_only = routing->sender_public,
    };
    uint8_t bytes[TH_HEADER_BYTES_MAX];
    struct th_writer writer = TH_WRITER(bytes);
    th_envelope_write(&writer, &envelope);

    struct th_action *send = th_actions_add(step->actions, TH_ACT_SEND);
    send->port = ROUTING_WORKERS;
    send->to = (struct th_peer){
        .class = TH_PEER_WORKER, .number = owner->worker, .route = routing_route(owner)};
    send->envelope = routing_keep(routing, th_written(&writer));
    send->header = routing_keep(routing, step->event->header);
    send->body = routing_keep(routing, step->event->body);
    routing->sender_waits =
        routing->sender_header.type != TH_MSG_BYE && routing->sender_header.type != TH_MSG_CREDIT;
    routing->counts.to_worker++;
}

// Small messages pass even when memory is short: they tell a sender where it stands.
static bool waits_when_busy(uint32_t type)
{
    return type != TH_MSG_HELLO && type != TH_MSG_PING && type != TH_MSG_BYE &&
           type != TH_MSG_CREDIT;
}

static void to_owner(const struct routing_step *step, const struct routing_owner *owner)
{
    struct routing *routing = step->routing;
    const uint32_t type = routing->sender_header.type;
    if (owner == NULL || !owner->present) {
        routing->counts.no_owner++;
        if (type != TH_MSG_BYE && type != TH_MSG_CREDIT) {
            routing_refuse(step, CODE_NO_WORKER, TH_REFUSE_RETRY);
        }
        return;
    }
    if (routing->busy && waits_when_busy(type)) {
        routing->counts.busy++;
        routing_refuse(step, CODE_BUSY, TH_REFUSE_RETRY);
        return;
    }
    pass_on(step, owner);
}

// Claimed by the peer, of its own knowledge.
static void note_knows(const struct routing_step *step, const struct th_header *header)
{
    const struct routing *routing = step->routing;
    if (routing->has_server_key && header->server_key_known == th_key_tag(routing->server_key)) {
        struct th_action *note = th_actions_add(step->actions, TH_ACT_NOTE);
        note->code = ROUTING_NOTE_KNOWS;
        note->to =
            (struct th_peer){.class = step->event->from.class, .number = step->event->from.number};
    }
}

// False: dropped or refused. The header is only a claim, but what it claims must be the sender's.
static bool header_good(const struct routing_step *step,
                        const struct th_roster_entry *entry,
                        struct th_header *header)
{
    struct routing *routing = step->routing;
    if (th_header_read(step->event->header, header, NULL) != TH_OK) {
        routing->counts.malformed++;
        return false;
    }
    remember_sender(step, entry, header);
    if (header->node != routing->sender_node && !th_mutant(27)) {
        routing->counts.wrong_number++;
        return false;
    }
    if (header->protocol != TH_PROTOCOL) {
        routing->counts.wrong_type++;
        routing_refuse(step, CODE_PROTOCOL, TH_REFUSE_REJECT);
        return false;
    }
    note_knows(step, header);
    return true;
}

static void refuse_type(const struct routing_step *step)
{
    step->routing->counts.wrong_type++;
    if ((step->routing->sender_header.flags & FLAG_IGNORABLE) == 0) {
        routing_refuse(step, CODE_TYPE, TH_REFUSE_REJECT);
    }
}

static bool is_enrolling(const struct routing_step *step)
{
    return step->event->from.class == TH_PEER_BOOTSTRAP;
}

// Under an own key JOIN announces the next one (R9). Only the newest key may: the one before, which
// may be in other hands, can but ask again for what was announced.
static bool may_announce(const struct routing_step *step, const struct th_roster_entry *entry)
{
    struct th_join join;
    if (!entry->joined) {
        return false;
    }
    if (th_key_tag(entry->key) == step->event->from.tag) {
        return true;
    }
    return th_join_read(step->event->body, &step->routing->arena, &join, NULL) == TH_OK &&
           memcmp(join.public_key, entry->key, sizeof(entry->key)) == 0;
}

static bool
node_may_send(const struct routing_step *step, const struct th_roster_entry *entry, uint32_t type)
{
    switch (type) {
    case TH_MSG_JOIN:
        return is_enrolling(step) || may_announce(step, entry);
    case TH_MSG_HELLO:
    case TH_MSG_BATCH:
    case TH_MSG_PING:
    case TH_MSG_REGISTER_REQUEST:
    case TH_MSG_RESTORE_REQUEST:
    case TH_MSG_RESYNC:
    case TH_MSG_BYE:
        return !is_enrolling(step);
    default:
        return false;
    }
}

void routing_from_node(const struct routing_step *step, const struct th_roster_entry *entry)
{
    struct th_header header;
    if (!header_good(step, entry, &header)) {
        return;
    }
    if (!node_may_send(step, entry, header.type)) {
        refuse_type(step);
        return;
    }
    if (header.type == TH_MSG_BATCH && step->event->body.size > ROUTING_BATCH_BYTES_MAX) {
        step->routing->counts.too_large++;
        routing_refuse(step, CODE_TOO_LARGE, TH_REFUSE_STOP); // its bytes will never be others
        return;
    }
    to_owner(step, routing_owner_of(step->routing, entry->lineage));
}

// ---- questions ----

static struct routing_question *find_question(const struct routing_step *step, uint64_t correlation)
{
    const struct th_peer *from = &step->event->from;
    for (size_t i = 0; i < ROUTING_QUESTIONS_MAX; i++) {
        struct routing_question *question = &step->routing->questions[i];
        if (question->used && question->viewer == from->number && question->class == from->class &&
            question->correlation == correlation &&
            step->event->now_ms - question->heard_ms < ROUTING_QUESTION_MS) {
            return question;
        }
    }
    return NULL;
}

static struct routing_question *free_question(struct routing *routing)
{
    struct routing_question *oldest = &routing->questions[0];
    for (size_t i = 0; i < ROUTING_QUESTIONS_MAX; i++) {
        struct routing_question *question = &routing->questions[i];
        if (!question->used) {
            return question;
        }
        oldest = question->heard_ms < oldest->heard_ms ? question : oldest;
    }
    return oldest;
}

static void remember_question(const struct routing_step *step, const struct routing_owner *owner)
{
    const uint64_t correlation = step->routing->sender_header.correlation;
    struct routing_question *question = find_question(step, correlation);
    if (question == NULL) {
        question = free_question(step->routing);
    }
    *question = (struct routing_question){
        .used = true,
        .viewer = step->event->from.number,
        .class = step->event->from.class,
        .correlation = correlation,
        .heard_ms = step->event->now_ms,
        .owner = (size_t)(owner - step->routing->owners),
    };
}

static bool may_read(const struct th_roster_entry *entry, struct th_bytes lineage)
{
    return entry->lineage.size == 0 || th_bytes_equal(entry->lineage, lineage);
}

static void on_query(const struct routing_step *step, const struct th_roster_entry *entry)
{
    struct routing *routing = step->routing;
    struct th_query query;
    if (th_query_read(step->event->body, &routing->arena, &query, NULL) != TH_OK) {
        routing->counts.malformed++;
        routing_refuse(step, CODE_ENCODING, TH_REFUSE_REJECT);
        return;
    }
    if (!may_read(entry, query.lineage)) {
        routing->counts.foreign++;
        routing_refuse(step, CODE_NO_WORKER, TH_REFUSE_RETRY); // says nothing about the others
        return;
    }
    const struct routing_owner *owner = routing_owner_of(routing, query.lineage);
    if (owner != NULL) {
        remember_question(step, owner);
    }
    to_owner(step, owner);
}

static void on_credit(const struct routing_step *step)
{
    struct routing *routing = step->routing;
    struct routing_question *question = find_question(step, routing->sender_header.correlation);
    if (question == NULL) {
        routing->counts.forgotten++;
        return;
    }
    question->heard_ms = step->event->now_ms;
    to_owner(step, &routing->owners[question->owner]);
}

static const struct routing_owner *only_province_of(const struct routing_step *step,
                                                    const struct th_roster_entry *entry)
{
    struct routing *routing = step->routing;
    if (entry->lineage.size == 0) {
        return routing->owner_count == 1 ? &routing->owners[0] : NULL;
    }
    return routing_owner_of(routing, entry->lineage);
}

void routing_from_viewer(const struct routing_step *step, const struct th_roster_entry *entry)
{
    struct th_header header;
    if (!header_good(step, entry, &header)) {
        return;
    }
    const bool enrolling = is_enrolling(step);
    if (header.type == TH_MSG_JOIN && enrolling) {
        to_owner(step, routing_owner_of(step->routing, entry->lineage));
    } else if (header.type == TH_MSG_QUERY && !enrolling) {
        on_query(step, entry);
    } else if (header.type == TH_MSG_CREDIT && !enrolling) {
        on_credit(step);
    } else if (header.type == TH_MSG_REGISTER_REQUEST && entry->class == TH_PEER_VIEWER &&
               !entry->public_only && !enrolling) {
        to_owner(step, only_province_of(step, entry));
    } else {
        refuse_type(step);
    }
}
