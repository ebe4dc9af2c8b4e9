// codec_session.c - what node and province say to each other besides batches

#include <string.h>

#include "lib/codec_internal.h"

enum {
    CONTROL_BYTES_MAX = 1024, // HELLO, PING and the like
    PART_OVERHEAD = 1024,     // of a part, around its bytes
    REFUSAL_DETAIL_MAX = 64,
    BUNDLE_CATALOGUE = 6, // field of Bundle
};

static const struct codec_kind HELLO = {
    &tonghop__v1__hello__descriptor, CONTROL_BYTES_MAX, CODEC_HASH_BYTES};
static const struct codec_kind REFUSAL = {
    &tonghop__v1__refusal__descriptor, CONTROL_BYTES_MAX, REFUSAL_DETAIL_MAX};
static const struct codec_kind PING = {&tonghop__v1__ping__descriptor, CONTROL_BYTES_MAX, 0};
static const struct codec_kind REGISTER_REQUEST = {
    &tonghop__v1__register_request__descriptor, CONTROL_BYTES_MAX, CODEC_HASH_BYTES};
static const struct codec_kind PART = {
    &tonghop__v1__part__descriptor, TH_PART_BYTES_MAX + PART_OVERHEAD, TH_PART_BYTES_MAX};
// A bundle is put together from parts and bounded by the arena.
static const struct codec_kind BUNDLE = {&tonghop__v1__bundle__descriptor, SIZE_MAX, SIZE_MAX};
static const struct codec_kind JOIN = {
    &tonghop__v1__join__descriptor, CONTROL_BYTES_MAX, CODEC_HASH_BYTES};
static const struct codec_kind JOINED = {
    &tonghop__v1__joined__descriptor, CONTROL_BYTES_MAX, CODEC_HASH_BYTES};

// ---- HELLO ----

enum th_err th_hello_read(struct th_bytes bytes,
                          struct th_arena *arena,
                          struct th_hello *hello,
                          struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Hello, message, &HELLO);
    CODEC_NEED(message, last, why);
    CODEC_NEED(message, protocol_min, why);
    CODEC_NEED(message, protocol_max, why);
    struct th_hello read = {
        .last = message->last,
        .first_kept = message->first_kept,
        .verdict_seq = message->verdict_seq,
        .notice = message->notice,
        .keeps_receipts = message->has_receipt_seq,
        .receipt_seq = message->receipt_seq,
        .keeps_roots = message->has_root_day,
        .root_day = message->root_day <= TH_DAY_MAX ? (th_day)message->root_day : TH_DAY_MAX,
        .protocol_min = message->protocol_min,
        .protocol_max = message->protocol_max,
        .features = message->features,
        .has_register = message->has_register_digest,
    };
    TH_TRY(codec_hash(message->hash, read.hash, why));
    if (read.has_register) {
        TH_TRY(codec_hash(message->register_digest, read.register_digest, why));
    }
    *hello = read;
    return TH_OK;
}

void th_hello_write(struct th_writer *writer, const struct th_hello *hello)
{
    Tonghop__V1__Hello message = TONGHOP__V1__HELLO__INIT;
    CODEC_SET(&message, last, hello->last);
    CODEC_SET_ARRAY(&message, hash, hello->hash);
    CODEC_SET(&message, first_kept, hello->first_kept);
    CODEC_SET(&message, verdict_seq, hello->verdict_seq);
    CODEC_SET(&message, notice, hello->notice);
    CODEC_SET(&message, protocol_min, hello->protocol_min);
    CODEC_SET(&message, protocol_max, hello->protocol_max);
    CODEC_SET_NONZERO(&message, features, hello->features);
    if (hello->has_register) {
        CODEC_SET_ARRAY(&message, register_digest, hello->register_digest);
    }
    if (hello->keeps_receipts) {
        CODEC_SET(&message, receipt_seq, hello->receipt_seq);
    }
    if (hello->keeps_roots) {
        CODEC_SET(&message, root_day, (uint32_t)hello->root_day);
    }
    codec_pack(writer, &message.base);
}

// ---- REFUSAL ----

static bool is_refusal_class(Tonghop__V1__RefusalClass class)
{
    return class == TONGHOP__V1__REFUSAL_CLASS__RETRY ||
           class == TONGHOP__V1__REFUSAL_CLASS__REJECT || class == TONGHOP__V1__REFUSAL_CLASS__STOP;
}

enum th_err th_refusal_read(struct th_bytes bytes,
                            struct th_arena *arena,
                            struct th_refusal *refusal,
                            struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Refusal, message, &REFUSAL);
    CODEC_NEED(message, code, why);
    if (!is_refusal_class(message->class_)) {
        return codec_malformed(why, 0, "unknown class of refusal");
    }
    *refusal = (struct th_refusal){
        .code = message->code,
        .class = (enum th_refusal_class)message->class_,
        .retry_ms = message->retry_ms,
        .seq = message->seq,
        .detail = codec_view(message->detail),
    };
    return codec_text(refusal->detail, why);
}

void th_refusal_write(struct th_writer *writer, const struct th_refusal *refusal)
{
    Tonghop__V1__Refusal message = TONGHOP__V1__REFUSAL__INIT;
    CODEC_SET(&message, code, refusal->code);
    CODEC_SET(&message, class_, (Tonghop__V1__RefusalClass)refusal->class);
    CODEC_SET_NONZERO(&message, retry_ms, refusal->retry_ms);
    CODEC_SET_NONZERO(&message, seq, refusal->seq);
    CODEC_SET_BYTES(&message, detail, refusal->detail);
    codec_pack(writer, &message.base);
}

// ---- PING ----

enum th_err th_ping_read(struct th_bytes bytes,
                         struct th_arena *arena,
                         struct th_ping *ping,
                         struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Ping, message, &PING);
    CODEC_NEED(message, last, why);
    *ping = (struct th_ping){
        .last = message->last,
        .verdict_seq = message->verdict_seq,
        .notice = message->notice,
        .keeps_receipts = message->has_receipt_seq,
        .receipt_seq = message->receipt_seq,
        .keeps_roots = message->has_root_day,
        .root_day = message->root_day <= TH_DAY_MAX ? (th_day)message->root_day : TH_DAY_MAX,
    };
    return TH_OK;
}

void th_ping_write(struct th_writer *writer, const struct th_ping *ping)
{
    Tonghop__V1__Ping message = TONGHOP__V1__PING__INIT;
    CODEC_SET(&message, last, ping->last);
    CODEC_SET(&message, verdict_seq, ping->verdict_seq);
    CODEC_SET(&message, notice, ping->notice);
    if (ping->keeps_receipts) {
        CODEC_SET(&message, receipt_seq, ping->receipt_seq);
    }
    if (ping->keeps_roots) {
        CODEC_SET(&message, root_day, (uint32_t)ping->root_day);
    }
    codec_pack(writer, &message.base);
}

// ---- REGISTER_REQUEST and REGISTER ----

enum th_err th_register_request_read(struct th_bytes bytes,
                                     struct th_arena *arena,
                                     struct th_register_request *request,
                                     struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__RegisterRequest, message, &REGISTER_REQUEST);
    CODEC_NEED(message, offset, why);
    struct th_register_request read = {
        .offset = message->offset,
        .has_digest = message->has_digest,
    };
    if (read.has_digest) {
        TH_TRY(codec_hash(message->digest, read.digest, why));
    }
    *request = read;
    return TH_OK;
}

void th_register_request_write(struct th_writer *writer, const struct th_register_request *request)
{
    Tonghop__V1__RegisterRequest message = TONGHOP__V1__REGISTER_REQUEST__INIT;
    CODEC_SET(&message, offset, request->offset);
    if (request->has_digest) {
        CODEC_SET_ARRAY(&message, digest, request->digest);
    }
    codec_pack(writer, &message.base);
}

enum th_err th_part_read(struct th_bytes bytes,
                         struct th_arena *arena,
                         struct th_part *part,
                         struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Part, message, &PART);
    CODEC_NEED(message, offset, why);
    CODEC_NEED(message, total, why);
    struct th_part read = {
        .offset = message->offset,
        .total = message->total,
        .bytes = codec_view(message->bytes),
    };
    TH_TRY(codec_hash(message->digest, read.digest, why));
    if (read.offset > read.total || read.bytes.size > read.total - read.offset) {
        return codec_malformed(why, 0, "part beyond its whole");
    }
    *part = read;
    return TH_OK;
}

void th_part_write(struct th_writer *writer, const struct th_part *part)
{
    Tonghop__V1__Part message = TONGHOP__V1__PART__INIT;
    CODEC_SET_ARRAY(&message, digest, part->digest);
    CODEC_SET(&message, offset, part->offset);
    CODEC_SET(&message, total, part->total);
    CODEC_SET_BYTES(&message, bytes, part->bytes);
    codec_pack(writer, &message.base);
}

// ---- the bundle ----

static enum th_err read_files(const Tonghop__V1__Bundle *message,
                              struct th_arena *arena,
                              struct th_bundle *bundle,
                              struct th_malformed *why)
{
    CODEC_LIST(struct th_named_bytes, files, message->n_catalogue);
    for (size_t i = 0; i < message->n_catalogue; i++) {
        files[i].name = codec_view(message->catalogue[i]->name);
        files[i].bytes = codec_view(message->catalogue[i]->bytes);
        TH_TRY(codec_text(files[i].name, why));
    }
    bundle->catalogue = files;
    bundle->catalogue_count = message->n_catalogue;
    return TH_OK;
}

enum th_err th_bundle_read(struct th_bytes bytes,
                           struct th_arena *arena,
                           struct th_bundle *bundle,
                           struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Bundle, message, &BUNDLE);
    CODEC_NEED(message, root, why);
    CODEC_NEED(message, units, why);
    struct th_bundle read = {
        .root = codec_view(message->root),
        .lineage = codec_view(message->lineage),
        .name = codec_view(message->name),
        .units = codec_view(message->units),
        .successors = codec_view(message->successors),
        .person_scope = codec_view(message->person_scope),
    };
    TH_TRY(codec_lineage(read.lineage, why));
    TH_TRY(codec_text(read.root, why));
    TH_TRY(codec_text(read.name, why));
    TH_TRY(codec_text(read.person_scope, why));
    TH_TRY(read_files(message, arena, &read, why));
    *bundle = read;
    return TH_OK;
}

void th_bundle_write(struct th_writer *writer, const struct th_bundle *bundle)
{
    codec_check_list(writer, bundle->catalogue_count);
    Tonghop__V1__Bundle head = TONGHOP__V1__BUNDLE__INIT;
    CODEC_SET(&head, root, codec_data(bundle->root));
    CODEC_SET_BYTES(&head, lineage, bundle->lineage);
    CODEC_SET_BYTES(&head, name, bundle->name);
    CODEC_SET(&head, units, codec_data(bundle->units));
    CODEC_SET_BYTES(&head, successors, bundle->successors);
    codec_pack(writer, &head.base);
    for (size_t i = 0; i < bundle->catalogue_count; i++) {
        Tonghop__V1__File file = TONGHOP__V1__FILE__INIT;
        CODEC_SET_BYTES(&file, name, bundle->catalogue[i].name);
        CODEC_SET_BYTES(&file, bytes, bundle->catalogue[i].bytes);
        codec_pack_field(writer, BUNDLE_CATALOGUE, &file.base);
    }
    Tonghop__V1__Bundle tail = TONGHOP__V1__BUNDLE__INIT;
    CODEC_SET_BYTES(&tail, person_scope, bundle->person_scope);
    codec_pack(writer, &tail.base);
}

// ---- JOIN and JOINED ----

enum th_err th_join_read(struct th_bytes bytes,
                         struct th_arena *arena,
                         struct th_join *join,
                         struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Join, message, &JOIN);
    return codec_hash(message->public_key, join->public_key, why);
}

void th_join_write(struct th_writer *writer, const struct th_join *join)
{
    Tonghop__V1__Join message = TONGHOP__V1__JOIN__INIT;
    CODEC_SET_ARRAY(&message, public_key, join->public_key);
    codec_pack(writer, &message.base);
}

enum th_err th_joined_read(struct th_bytes bytes,
                           struct th_arena *arena,
                           struct th_joined *joined,
                           struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Joined, message, &JOINED);
    CODEC_NEED(message, number, why);
    struct th_joined read = {.number = message->number};
    TH_TRY(codec_hash(message->public_key, read.public_key, why));
    *joined = read;
    return TH_OK;
}

void th_joined_write(struct th_writer *writer, const struct th_joined *joined)
{
    Tonghop__V1__Joined message = TONGHOP__V1__JOINED__INIT;
    CODEC_SET(&message, number, joined->number);
    CODEC_SET_ARRAY(&message, public_key, joined->public_key);
    codec_pack(writer, &message.base);
}
