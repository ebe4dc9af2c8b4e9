// codec_decided.c - how far the province is with a node: ACK, PONG and WELCOME, with verdicts and
// receipts

#include <string.h>

#include "lib/codec_internal.h"

// Fields of Decided and Welcome.
enum {
    DECIDED_VERDICTS = 9,
    DECIDED_NOTICES = 12,
    DECIDED_RECEIPTS = 15,
    DECIDED_ROOT = 16,
    WELCOME_DECIDED = 1,
    WELCOME_SUCCESSIONS = 5
};

static const struct codec_kind DECIDED = {
    &tonghop__v1__decided__descriptor, TH_ANSWER_BYTES_MAX, CODEC_TEXT_MAX};
static const struct codec_kind WELCOME = {
    &tonghop__v1__welcome__descriptor, TH_ANSWER_BYTES_MAX, CODEC_TEXT_MAX};

// ---- verdicts ----

static enum th_err
read_word(ProtobufCBinaryData from, char *to, size_t max, struct th_malformed *why)
{
    if (from.len >= max) {
        return codec_malformed(why, 0, "word of a verdict too long");
    }
    TH_TRY(codec_text(codec_view(from), why));
    (void)th_bytes_copy_text(codec_view(from), to, max);
    return TH_OK;
}

static enum th_err
read_verdict(const Tonghop__V1__Verdict *from, struct th_item_verdict *to, struct th_malformed *why)
{
    if (!from->has_seq || !from->has_code || from->code > UINT16_MAX || from->variant > INT8_MAX ||
        from->n_params > TH_COUNT(to->verdict.params)) {
        return codec_malformed(why, 0, "verdict without batch or code, or out of bounds");
    }
    to->seq = from->seq;
    to->index = from->index;
    to->verdict.code = (uint16_t)from->code;
    to->verdict.variant = (char)from->variant;
    to->verdict.count = (uint8_t)from->n_params;
    TH_TRY(read_word(from->field, to->verdict.field, sizeof(to->verdict.field), why));
    for (size_t i = 0; i < from->n_params; i++) {
        TH_TRY(
            read_word(from->params[i], to->verdict.params[i], sizeof(to->verdict.params[i]), why));
    }
    return TH_OK;
}

// The message views item and params, which must live as long.
static Tonghop__V1__Verdict
verdict_message(const struct th_item_verdict *item,
                ProtobufCBinaryData params[static TH_COUNT(item->verdict.params)])
{
    Tonghop__V1__Verdict message = TONGHOP__V1__VERDICT__INIT;
    th_assert(item->verdict.count <= TH_COUNT(item->verdict.params));
    CODEC_SET(&message, seq, item->seq);
    CODEC_SET(&message, index, item->index);
    CODEC_SET(&message, code, item->verdict.code);
    CODEC_SET_NONZERO(&message, variant, (uint8_t)item->verdict.variant);
    CODEC_SET_BYTES(&message, field, th_bytes_of(item->verdict.field));
    for (size_t i = 0; i < item->verdict.count; i++) {
        params[i] = codec_data(th_bytes_of(item->verdict.params[i]));
    }
    message.n_params = item->verdict.count;
    message.params = params;
    return message;
}

// ---- Decided ----

static enum th_err read_verdicts(const Tonghop__V1__Decided *message,
                                 struct th_arena *arena,
                                 struct th_decided *decided,
                                 struct th_malformed *why)
{
    CODEC_LIST(struct th_item_verdict, verdicts, message->n_verdicts);
    for (size_t i = 0; i < message->n_verdicts; i++) {
        TH_TRY(read_verdict(message->verdicts[i], &verdicts[i], why));
    }
    decided->verdicts = verdicts;
    decided->verdict_count = message->n_verdicts;
    return TH_OK;
}

static enum th_err read_notices(const Tonghop__V1__Decided *message,
                                struct th_arena *arena,
                                struct th_decided *decided,
                                struct th_malformed *why)
{
    CODEC_LIST(struct th_notice, notices, message->n_notices);
    for (size_t i = 0; i < message->n_notices; i++) {
        const Tonghop__V1__Notice *from = message->notices[i];
        if (!from->has_number || from->verdict == NULL) {
            return codec_malformed(why, 0, "notice without number or verdict");
        }
        notices[i].number = from->number;
        TH_TRY(read_verdict(from->verdict, &notices[i].item, why));
        if (from->text.len > TH_COMMENT_MAX) {
            return codec_malformed(why, 0, "text of a notice too long");
        }
        notices[i].text = codec_view(from->text);
        notices[i].epoch = from->epoch;
        TH_TRY(codec_text(notices[i].text, why));
    }
    decided->notices = notices;
    decided->notice_count = message->n_notices;
    return TH_OK;
}

static enum th_err read_receipts(const Tonghop__V1__Decided *message,
                                 struct th_arena *arena,
                                 struct th_decided *decided,
                                 struct th_malformed *why)
{
    CODEC_LIST(struct th_signed_receipt, receipts, message->n_receipts);
    for (size_t i = 0; i < message->n_receipts; i++) {
        const Tonghop__V1__Receipt *from = message->receipts[i];
        if (from->content.len == 0 || from->content.len > TH_RECEIPT_CONTENT_MAX ||
            from->signature.len != TH_SIGNATURE_BYTES) {
            return codec_malformed(why, 0, "receipt without content or signature, or too long");
        }
        receipts[i].content = codec_view(from->content);
        receipts[i].signature = codec_view(from->signature);
    }
    decided->receipts = receipts;
    decided->receipt_count = message->n_receipts;
    return TH_OK;
}

static enum th_err
read_path(ProtobufCBinaryData from, struct th_merkle_path *path, struct th_malformed *why)
{
    if (from.len % TH_HASH256_BYTES != 0 || from.len > sizeof(path->hashes)) {
        return codec_malformed(why, 0, "path of a root is not whole hashes, or too long");
    }
    path->count = (unsigned)(from.len / TH_HASH256_BYTES);
    if (from.len > 0) {
        memcpy(path->hashes, from.data, from.len);
    }
    return TH_OK;
}

static enum th_err read_root(const Tonghop__V1__Root *from,
                             struct th_arena *arena,
                             struct th_decided *decided,
                             struct th_malformed *why)
{
    CODEC_LIST(struct th_signed_root, root, 1);
    CODEC_NEED(from, seq, why);
    CODEC_NEED(from, version, why);
    if (from->content.len == 0 || from->content.len > TH_RECEIPT_CONTENT_MAX ||
        from->signature.len != TH_SIGNATURE_BYTES) {
        return codec_malformed(why, 0, "root without content or signature, or too long");
    }
    root->content = codec_view(from->content);
    root->signature = codec_view(from->signature);
    struct th_root_proof *proof = &root->proof;
    proof->epoch = from->epoch;
    proof->seq = from->seq;
    proof->version = from->version;
    proof->index = from->index;
    proof->batches = from->batches;
    proof->today = from->today;
    proof->wall_ms = from->wall_ms;
    TH_TRY(codec_hash(from->entry, proof->entry, why));
    TH_TRY(codec_hash(from->told, proof->told, why));
    TH_TRY(codec_hash(from->chain, proof->chain, why));
    TH_TRY(read_path(from->entries_path, &proof->entries, why));
    TH_TRY(read_path(from->commits_path, &proof->commits, why));
    decided->root = root;
    return TH_OK;
}

static enum th_err read_decided(const Tonghop__V1__Decided *message,
                                struct th_arena *arena,
                                struct th_decided *decided,
                                struct th_malformed *why)
{
    CODEC_NEED(message, seq, why);
    CODEC_NEED(message, store_id, why);
    CODEC_NEED(message, store_epoch, why);
    struct th_decided read = {
        .seq = message->seq,
        .store_id = message->store_id,
        .store_epoch = message->store_epoch,
        .version = message->version,
        .saved = message->saved,
        .verdicts_after = message->verdicts_after,
        .verdicts_through = message->verdicts_through,
        .notices_after = message->notices_after,
        .notices_through = message->notices_through,
        .has_receipts = message->has_receipts_through,
        .receipts_after = message->receipts_after,
        .receipts_through = message->receipts_through,
    };
    TH_TRY(codec_hash(message->hash, read.hash, why));
    TH_TRY(read_verdicts(message, arena, &read, why));
    TH_TRY(read_notices(message, arena, &read, why));
    TH_TRY(read_receipts(message, arena, &read, why));
    if (message->root != NULL) {
        TH_TRY(read_root(message->root, arena, &read, why));
    }
    *decided = read;
    return TH_OK;
}

enum th_err th_decided_read(struct th_bytes bytes,
                            struct th_arena *arena,
                            struct th_decided *decided,
                            struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Decided, message, &DECIDED);
    return read_decided(message, arena, decided, why);
}

static void write_verdicts(struct th_writer *writer, const struct th_decided *decided)
{
    ProtobufCBinaryData params[TH_COUNT(decided->verdicts->verdict.params)];
    for (size_t i = 0; i < decided->verdict_count && !writer->overflow; i++) {
        const Tonghop__V1__Verdict verdict = verdict_message(&decided->verdicts[i], params);
        codec_pack_field(writer, DECIDED_VERDICTS, &verdict.base);
    }
}

static void write_notices(struct th_writer *writer, const struct th_decided *decided)
{
    ProtobufCBinaryData params[TH_COUNT(decided->verdicts->verdict.params)];
    for (size_t i = 0; i < decided->notice_count && !writer->overflow; i++) {
        Tonghop__V1__Verdict verdict = verdict_message(&decided->notices[i].item, params);
        Tonghop__V1__Notice notice = TONGHOP__V1__NOTICE__INIT;
        CODEC_SET(&notice, number, decided->notices[i].number);
        notice.verdict = &verdict;
        CODEC_SET_BYTES(&notice, text, decided->notices[i].text);
        CODEC_SET_NONZERO(&notice, epoch, decided->notices[i].epoch);
        codec_pack_field(writer, DECIDED_NOTICES, &notice.base);
    }
}

static const uint8_t SIGNATURE_ROOM[TH_SIGNATURE_BYTES];

static struct th_bytes signature_or_room(struct th_bytes signature)
{
    return signature.size == TH_SIGNATURE_BYTES
               ? signature
               : (struct th_bytes){.data = SIGNATURE_ROOM, .size = sizeof(SIGNATURE_ROOM)};
}

// Where content and signature, the first two fields of what was just written, stand: size bytes,
// from the start of the message on.
static struct th_receipt_place place_in(size_t end, size_t size, size_t content)
{
    enum { SIGNATURE_PREFIX = 2 };
    const size_t prefix = content < 128 ? 2 : 3; // tag and size
    _Static_assert(TH_RECEIPT_CONTENT_MAX < 16384, "its size takes at most two bytes");
    const size_t content_at = end - size + prefix;
    return (struct th_receipt_place){.content_at = content_at,
                                     .signature_at = content_at + content + SIGNATURE_PREFIX};
}

// start is where the message began in writer.
static void write_receipts(struct th_writer *writer, const struct th_decided *decided, size_t start)
{
    if (!decided->has_receipts) {
        return;
    }
    Tonghop__V1__Decided marks = TONGHOP__V1__DECIDED__INIT;
    CODEC_SET(&marks, receipts_after, decided->receipts_after);
    CODEC_SET(&marks, receipts_through, decided->receipts_through);
    codec_pack(writer, &marks.base);
    for (size_t i = 0; i < decided->receipt_count && !writer->overflow; i++) {
        const struct th_signed_receipt *from = &decided->receipts[i];
        Tonghop__V1__Receipt receipt = TONGHOP__V1__RECEIPT__INIT;
        CODEC_SET(&receipt, content, codec_data(from->content));
        CODEC_SET(&receipt, signature, codec_data(signature_or_room(from->signature)));
        codec_pack_field(writer, DECIDED_RECEIPTS, &receipt.base);
        if (decided->places != NULL) {
            decided->places[i] = place_in(writer->size - start,
                                          tonghop__v1__receipt__get_packed_size(&receipt),
                                          from->content.size);
        }
    }
}

static void write_root(struct th_writer *writer, const struct th_decided *decided, size_t start)
{
    const struct th_signed_root *from = decided->root;
    if (from == NULL) {
        return;
    }
    const struct th_root_proof *proof = &from->proof;
    Tonghop__V1__Root root = TONGHOP__V1__ROOT__INIT;
    CODEC_SET(&root, content, codec_data(from->content));
    CODEC_SET(&root, signature, codec_data(signature_or_room(from->signature)));
    CODEC_SET(&root, epoch, proof->epoch);
    CODEC_SET(&root, seq, proof->seq);
    CODEC_SET(&root, version, proof->version);
    CODEC_SET(&root, index, proof->index);
    CODEC_SET(&root, batches, proof->batches);
    CODEC_SET(&root, today, proof->today);
    CODEC_SET(&root, wall_ms, proof->wall_ms);
    CODEC_SET_ARRAY(&root, entry, proof->entry);
    CODEC_SET_ARRAY(&root, told, proof->told);
    CODEC_SET_ARRAY(&root, chain, proof->chain);
    const struct th_bytes entries = {proof->entries.hashes,
                                     (size_t)proof->entries.count * TH_HASH256_BYTES};
    const struct th_bytes commits = {proof->commits.hashes,
                                     (size_t)proof->commits.count * TH_HASH256_BYTES};
    CODEC_SET_BYTES(&root, entries_path, entries);
    CODEC_SET_BYTES(&root, commits_path, commits);
    codec_pack_field(writer, DECIDED_ROOT, &root.base);
    if (decided->root_place != NULL) {
        *decided->root_place = place_in(
            writer->size - start, tonghop__v1__root__get_packed_size(&root), from->content.size);
    }
}

void th_decided_write(struct th_writer *writer, const struct th_decided *decided)
{
    const size_t start = writer->size;
    codec_check_list(writer,
                     decided->verdict_count + decided->notice_count + decided->receipt_count);
    Tonghop__V1__Decided head = TONGHOP__V1__DECIDED__INIT;
    CODEC_SET(&head, seq, decided->seq);
    CODEC_SET_ARRAY(&head, hash, decided->hash);
    CODEC_SET(&head, store_id, decided->store_id);
    CODEC_SET(&head, store_epoch, decided->store_epoch);
    CODEC_SET(&head, version, decided->version);
    CODEC_SET_NONZERO(&head, saved, decided->saved);
    CODEC_SET(&head, verdicts_after, decided->verdicts_after);
    CODEC_SET(&head, verdicts_through, decided->verdicts_through);
    codec_pack(writer, &head.base);
    write_verdicts(writer, decided);

    Tonghop__V1__Decided tail = TONGHOP__V1__DECIDED__INIT;
    CODEC_SET(&tail, notices_after, decided->notices_after);
    CODEC_SET(&tail, notices_through, decided->notices_through);
    codec_pack(writer, &tail.base);
    write_notices(writer, decided);
    write_receipts(writer, decided, start);
    write_root(writer, decided, start);
}

// ---- WELCOME ----

enum th_err th_welcome_read(struct th_bytes bytes,
                            struct th_arena *arena,
                            struct th_welcome *welcome,
                            struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Welcome, message, &WELCOME);
    CODEC_NEED(message, protocol, why);
    if (message->decided == NULL) {
        return codec_malformed(why, 0, "no decided");
    }
    struct th_welcome read = {
        .has_register = message->has_register_digest,
        .protocol = message->protocol,
        .features = message->features,
    };
    if (message->n_successions > TH_WELCOME_SUCCESSIONS_MAX) {
        return codec_malformed(why, 0, "too many successions");
    }
    CODEC_LIST(struct th_bytes, successions, message->n_successions);
    for (size_t i = 0; i < message->n_successions; i++) {
        successions[i] = codec_view(message->successions[i]);
    }
    read.successions = successions;
    read.succession_count = message->n_successions;
    TH_TRY(read_decided(message->decided, arena, &read.decided, why));
    if (read.has_register) {
        TH_TRY(codec_hash(message->register_digest, read.register_digest, why));
    }
    *welcome = read;
    return TH_OK;
}

static void move_place(struct th_receipt_place *place, size_t by)
{
    place->content_at += by;
    place->signature_at += by;
}

void th_welcome_write(struct th_writer *writer, const struct th_welcome *welcome)
{
    const size_t start = writer->size;
    th_decided_write(writer, &welcome->decided);
    const size_t size = writer->size;
    const struct th_decided *decided = &welcome->decided;
    codec_wrap(writer, WELCOME_DECIDED, start);
    for (size_t i = 0; decided->places != NULL && i < decided->receipt_count; i++) {
        move_place(&decided->places[i], writer->size - size);
    }
    if (decided->root != NULL && decided->root_place != NULL) {
        move_place(decided->root_place, writer->size - size);
    }

    Tonghop__V1__Welcome message = TONGHOP__V1__WELCOME__INIT;
    if (welcome->has_register) {
        CODEC_SET_ARRAY(&message, register_digest, welcome->register_digest);
    }
    CODEC_SET(&message, protocol, welcome->protocol);
    CODEC_SET_NONZERO(&message, features, welcome->features);
    codec_pack(writer, &message.base);
    th_assert(welcome->succession_count <= TH_WELCOME_SUCCESSIONS_MAX);
    for (size_t i = 0; i < welcome->succession_count && !writer->overflow; i++) {
        codec_bytes_field(writer, WELCOME_SUCCESSIONS, welcome->successions[i]);
    }
}
