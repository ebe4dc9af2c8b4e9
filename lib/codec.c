// codec.c - see codec.h; the tools of all codec files, and the header, the envelope and the batch
//
// Reading: size, pre-scan (codec_scan.c), unpack into the arena, presence and sizes, our struct.
// Writing: our struct, a generated one on the stack, pack behind what is in the writer. A message
// with lists is written in pieces, entry by entry, which on the wire is the same message.

#include <string.h>

#include "tonghop/step.h"
#include "tonghop/text.h"

#include "lib/codec_internal.h"

enum {
    CODE_ENCODING = TH_M_STREAM_ENCODING,
    CODE_LARGE = TH_M_STREAM_TOO_LARGE,
    // The largest header that passes the pre-scan: its struct, 64 unknown fields, their slabs.
    HEADER_ARENA_BYTES = 12 * 1024,
    PREFIX_BYTES_MAX = 16, // tag and size of a piece
};

static enum th_err refuse(struct th_malformed *why, uint32_t code, size_t offset, const char *text)
{
    if (why != NULL) {
        *why = (struct th_malformed){.code = code, .offset = offset, .why = text};
    }
    return code == CODE_LARGE ? TH_E_TOO_LARGE : TH_E_MALFORMED;
}

enum th_err codec_malformed(struct th_malformed *why, size_t offset, const char *text)
{
    return refuse(why, CODE_ENCODING, offset, text);
}

enum th_err codec_too_large(struct th_malformed *why, size_t offset, const char *text)
{
    return refuse(why, CODE_LARGE, offset, text);
}

static void *arena_alloc(void *arena, size_t size)
{
    return th_arena_take(arena, size);
}

static void arena_free(void *arena, void *piece)
{
    (void)arena;
    (void)piece;
}

const void *codec_unpack(const struct codec_kind *kind,
                         struct th_bytes bytes,
                         struct th_arena *arena,
                         struct th_malformed *why,
                         enum th_err *err)
{
    size_t cost = 0;
    *err = codec_scan(kind, bytes, &cost, why);
    if (*err != TH_OK) {
        return NULL;
    }
    ProtobufCAllocator allocator = {
        .alloc = arena_alloc, .free = arena_free, .allocator_data = arena};
    const size_t used = arena->used;
    const void *message =
        cost > arena->size - used // arenas are cut in 16 bytes
            ? NULL
            : protobuf_c_message_unpack(kind->descriptor, &allocator, bytes.size, bytes.data);
    if (message == NULL) {
        *err = codec_too_large(why, 0, "more than the arena holds");
        return NULL;
    }
    th_assert(arena->used - used <= cost); // S1 of codec_scan.c
    return message;
}

void *codec_room(struct th_arena *arena, size_t count, size_t size, struct th_malformed *why)
{
    th_assert(count <= CODEC_FIELDS_MAX);
    void *room = th_arena_take(arena, count == 0 ? 1 : count * size);
    if (room == NULL) {
        (void)codec_too_large(why, 0, "more than the arena holds");
        return NULL;
    }
    memset(room, 0, count * size);
    return room;
}

void codec_pack(struct th_writer *writer, const ProtobufCMessage *message)
{
    const size_t size = protobuf_c_message_get_packed_size(message);
    if (writer->overflow || size > writer->max - writer->size) {
        writer->overflow = true;
        return;
    }
    (void)protobuf_c_message_pack(message, writer->data + writer->size);
    writer->size += size;
}

enum { WIRE_BYTES = 2 };

static void write_prefix(struct th_writer *writer, uint32_t number, size_t size)
{
    th_write_varint(writer, (uint64_t)number << 3 | WIRE_BYTES);
    th_write_varint(writer, size);
}

void codec_pack_field(struct th_writer *writer, uint32_t number, const ProtobufCMessage *message)
{
    const size_t start = writer->size;
    write_prefix(writer, number, protobuf_c_message_get_packed_size(message));
    codec_pack(writer, message);
    if (writer->overflow) {
        writer->size = start; // nothing rather than half of it
    }
}

void codec_wrap(struct th_writer *writer, uint32_t number, size_t start)
{
    uint8_t bytes[PREFIX_BYTES_MAX];
    struct th_writer prefix = TH_WRITER(bytes);
    const size_t size = writer->size - start;
    write_prefix(&prefix, number, size);
    if (writer->overflow || prefix.size > writer->max - writer->size) {
        writer->overflow = true;
        return;
    }
    memmove(writer->data + start + prefix.size, writer->data + start, size);
    memcpy(writer->data + start, bytes, prefix.size);
    writer->size += prefix.size;
}

void codec_bytes_field(struct th_writer *writer, uint32_t number, struct th_bytes bytes)
{
    write_prefix(writer, number, bytes.size);
    th_write_bytes(writer, bytes);
}

void codec_check_list(struct th_writer *writer, size_t count)
{
    if (count > TH_LIST_MAX) {
        writer->overflow = true;
    }
}

enum th_err codec_text(struct th_bytes text, struct th_malformed *why)
{
    const uint8_t *bytes = text.data;
    if (text.size > CODEC_TEXT_MAX) {
        return codec_too_large(why, 0, "text too long");
    }
    for (size_t i = 0; i < text.size; i++) {
        if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
            continue; // nearly all of them
        }
        return th_text_is_utf8(text) && !th_text_has_control(text)
                   ? TH_OK
                   : codec_malformed(why, 0, "text is not UTF-8, or has control characters");
    }
    return TH_OK;
}

enum th_err codec_lineage(struct th_bytes lineage, struct th_malformed *why)
{
    return th_text_is_code(lineage, TH_LINEAGE_MAX) ? TH_OK : codec_malformed(why, 0, "no lineage");
}

enum th_err
codec_hash(ProtobufCBinaryData data, uint8_t out[static CODEC_HASH_BYTES], struct th_malformed *why)
{
    if (data.len != CODEC_HASH_BYTES) {
        return codec_malformed(why, 0, "a hash or key of 32 bytes is missing or has another size");
    }
    memcpy(out, data.data, CODEC_HASH_BYTES);
    return TH_OK;
}

enum th_err codec_texts(const ProtobufCBinaryData *from,
                        size_t count,
                        struct th_arena *arena,
                        const struct th_bytes **texts,
                        struct th_malformed *why)
{
    CODEC_LIST(struct th_bytes, views, count);
    for (size_t i = 0; i < count; i++) {
        views[i] = codec_view(from[i]);
        TH_TRY(codec_text(views[i], why));
    }
    *texts = views;
    return TH_OK;
}

// ---- header ----

static const struct codec_kind HEADER = {
    &tonghop__v1__header__descriptor, TH_HEADER_BYTES_MAX, TH_HEADER_BYTES_MAX};

static enum th_err read_header_bytes(const Tonghop__V1__Header *message,
                                     struct th_header *header,
                                     struct th_malformed *why)
{
    header->has_incarnation = message->has_incarnation;
    if (message->has_incarnation) {
        if (message->incarnation.len != sizeof(header->incarnation)) {
            return codec_malformed(why, 0, "incarnation is not 16 bytes");
        }
        memcpy(header->incarnation, message->incarnation.data, sizeof(header->incarnation));
    }
    header->has_server_key = message->has_server_key;
    if (message->has_server_key) {
        TH_TRY(codec_hash(message->server_key, header->server_key, why));
    }
    header->has_hash = message->has_hash;
    return message->has_hash ? codec_hash(message->hash, header->hash, why) : TH_OK;
}

enum th_err
th_header_read(struct th_bytes bytes, struct th_header *header, struct th_malformed *why)
{
    _Alignas(16) uint8_t memory[HEADER_ARENA_BYTES];
    struct th_arena block = th_arena_of(memory, sizeof(memory));
    struct th_arena *const arena = &block;
    CODEC_UNPACK(Tonghop__V1__Header, message, &HEADER);
    CODEC_NEED(message, protocol, why);
    CODEC_NEED(message, type, why);
    struct th_header read = {
        .protocol = message->protocol,
        .type = (uint32_t)message->type,
        .node = message->node,
        .epoch = message->epoch,
        .seq = message->seq,
        .correlation = message->correlation,
        .flags = message->flags,
        .window_batches = message->window_batches,
        .window_bytes = message->window_bytes,
        .rotate = message->rotate,
        .server_key_known = message->server_key_known,
    };
    TH_TRY(read_header_bytes(message, &read, why));
    *header = read;
    return TH_OK;
}

void th_header_write(struct th_writer *writer, const struct th_header *header)
{
    Tonghop__V1__Header message = TONGHOP__V1__HEADER__INIT;
    CODEC_SET(&message, protocol, header->protocol);
    CODEC_SET(&message, type, (Tonghop__V1__Type)header->type);
    CODEC_SET(&message, node, header->node);
    if (header->has_incarnation) {
        CODEC_SET_ARRAY(&message, incarnation, header->incarnation);
    }
    CODEC_SET_NONZERO(&message, epoch, header->epoch);
    CODEC_SET_NONZERO(&message, seq, header->seq);
    CODEC_SET_NONZERO(&message, correlation, header->correlation);
    CODEC_SET_NONZERO(&message, flags, header->flags);
    if (header->has_hash) {
        CODEC_SET_ARRAY(&message, hash, header->hash);
    }
    CODEC_SET_NONZERO(&message, window_batches, header->window_batches);
    CODEC_SET_NONZERO(&message, window_bytes, header->window_bytes);
    CODEC_SET_NONZERO(&message, rotate, header->rotate);
    if (header->has_server_key) {
        CODEC_SET_ARRAY(&message, server_key, header->server_key);
    }
    CODEC_SET_NONZERO(&message, server_key_known, header->server_key_known);
    codec_pack(writer, &message.base);
}

// ---- envelope ----

static const struct codec_kind ENVELOPE = {
    &tonghop__v1__envelope__descriptor, TH_HEADER_BYTES_MAX, TH_HEADER_BYTES_MAX};

enum th_err th_envelope_read(struct th_bytes bytes,
                             struct th_arena *arena,
                             struct th_envelope *envelope,
                             struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Envelope, message, &ENVELOPE);
    CODEC_NEED(message, class_, why);
    TH_TRY(codec_lineage(codec_view(message->lineage), why));
    if (message->route.len > TH_ROUTE_MAX) {
        return codec_malformed(why, 0, "route too long");
    }
    *envelope = (struct th_envelope){
        .route = codec_view(message->route),
        .class = message->class_,
        .number = message->number,
        .lineage = codec_view(message->lineage),
        .store_id = message->store_id,
        .store_epoch = message->store_epoch,
        .everywhere = message->everywhere,
        .enrolment = message->enrolment,
        .public_only = message->public_only,
    };
    return TH_OK;
}

void th_envelope_write(struct th_writer *writer, const struct th_envelope *envelope)
{
    Tonghop__V1__Envelope message = TONGHOP__V1__ENVELOPE__INIT;
    CODEC_SET_BYTES(&message, route, envelope->route);
    CODEC_SET(&message, class_, envelope->class);
    CODEC_SET(&message, number, envelope->number);
    CODEC_SET_BYTES(&message, lineage, envelope->lineage);
    CODEC_SET_NONZERO(&message, store_id, envelope->store_id);
    CODEC_SET_NONZERO(&message, store_epoch, envelope->store_epoch);
    CODEC_SET_NONZERO(&message, everywhere, envelope->everywhere);
    CODEC_SET_NONZERO(&message, enrolment, envelope->enrolment);
    CODEC_SET_NONZERO(&message, public_only, envelope->public_only);
    codec_pack(writer, &message.base);
}

const char *th_codec_library(void)
{
    return protobuf_c_version();
}
