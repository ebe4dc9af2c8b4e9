// codec_internal.h - what the codec files share: limits of a message, pre-scan, unpack and pack

#ifndef LIB_CODEC_INTERNAL_H
#define LIB_CODEC_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

#include "tonghop/codec.h"
#include "tonghop/v1/delivery.pb-c.h"
#include "tonghop/v1/export.pb-c.h"
#include "tonghop/v1/header.pb-c.h"
#include "tonghop/v1/query.pb-c.h"
#include "tonghop/v1/totals.pb-c.h"
#include "tonghop/v1/update.pb-c.h"

enum {
    CODEC_DEPTH_MAX = 4,            // messages inside messages
    CODEC_FIELDS_MAX = 4096,        // fields of one message, the entries of its lists among them
    CODEC_UNKNOWN_MAX = 64,         // fields of a later version, in all
    CODEC_UNKNOWN_BYTES_MAX = 4096, // and their bytes
    CODEC_TEXT_MAX = 4096,          // of one text; its own bound is a rule's (V01)
    CODEC_HASH_BYTES = 32,          // digests, chain hashes, public keys
};

// What a reader demands before the library may see the bytes.
struct codec_kind {
    const ProtobufCMessageDescriptor *descriptor;
    size_t bytes_max; // of the message
    size_t field_max; // of one field of bytes
};

// Refuse, with the reason; they return TH_E_MALFORMED and TH_E_TOO_LARGE. why may be NULL.
enum th_err codec_malformed(struct th_malformed *why, size_t offset, const char *text);
enum th_err codec_too_large(struct th_malformed *why, size_t offset, const char *text);

/**
 * Walk the wire bytes without allocating. *cost is what unpacking takes from an arena at most.
 *
 * Errors: TH_E_MALFORMED, TH_E_TOO_LARGE, with *why.
 */
TH_MUST_USE enum th_err codec_scan(const struct codec_kind *kind,
                                   struct th_bytes bytes,
                                   size_t *cost,
                                   struct th_malformed *why);

// Pre-scan, then unpack into the arena; NULL with *err (as codec_scan) when refused.
const void *codec_unpack(const struct codec_kind *kind,
                         struct th_bytes bytes,
                         struct th_arena *arena,
                         struct th_malformed *why,
                         enum th_err *err);

// Zeroed room for count things of size bytes; NULL with *why when the arena is full.
void *codec_room(struct th_arena *arena, size_t count, size_t size, struct th_malformed *why);

// Append a message, or a message as the numbered field of the one around it. No room: overflow.
void codec_pack(struct th_writer *writer, const ProtobufCMessage *message);
void codec_pack_field(struct th_writer *writer, uint32_t number, const ProtobufCMessage *message);
// Make what was written from byte start on the numbered field of the message around it.
void codec_wrap(struct th_writer *writer, uint32_t number, size_t start);
// The same for bytes in a list.
void codec_bytes_field(struct th_writer *writer, uint32_t number, struct th_bytes bytes);
// Lists longer than a reader takes set overflow.
void codec_check_list(struct th_writer *writer, size_t count);

// Texts of control messages: UTF-8 without control characters. A lineage is a code of 1..8 bytes.
TH_MUST_USE enum th_err codec_text(struct th_bytes text, struct th_malformed *why);
TH_MUST_USE enum th_err codec_lineage(struct th_bytes lineage, struct th_malformed *why);
// Copy exactly 32 bytes.
TH_MUST_USE enum th_err codec_hash(ProtobufCBinaryData data,
                                   uint8_t out[static CODEC_HASH_BYTES],
                                   struct th_malformed *why);
// A list of texts, as views.
TH_MUST_USE enum th_err codec_texts(const ProtobufCBinaryData *from,
                                    size_t count,
                                    struct th_arena *arena,
                                    const struct th_bytes **texts,
                                    struct th_malformed *why);

// Totals and topics travel in the feed and in answers.
TH_MUST_USE enum th_err
codec_total_read(const Tonghop__V1__Cell *cell, struct th_total *total, struct th_malformed *why);
Tonghop__V1__Cell codec_total_cell(const struct th_total *total);
TH_MUST_USE enum th_err codec_topics_read(Tonghop__V1__TopicSeq *const *from,
                                          size_t count,
                                          struct th_arena *arena,
                                          const struct th_topic_seq **topics,
                                          struct th_malformed *why);
void codec_topics_write(struct th_writer *writer,
                        uint32_t number,
                        const struct th_topic_seq *topics,
                        size_t count);

TH_MUST_USE enum th_err codec_changes_read(const Tonghop__V1__Answer *message,
                                           struct th_arena *arena,
                                           struct th_answer *answer,
                                           struct th_malformed *why);
void codec_changes_write(struct th_writer *writer, const struct th_answer *answer);

// The kinds of codec_kinds.c. Writing adds the kind's field of an update; nothing for the others.
void codec_collective_read(const Tonghop__V1__Collective *from, struct th_collective *to);
void codec_transfer_read(const Tonghop__V1__Transfer *from, struct th_transfer *to);
TH_MUST_USE enum th_err codec_completion_read(const Tonghop__V1__Completion *from,
                                              struct th_arena *arena,
                                              struct th_completion *to,
                                              struct th_malformed *why);
void codec_desk_read(const Tonghop__V1__DeskAct *from, struct th_desk_act *to);
void codec_kind_write(struct th_writer *writer, const struct th_update *update);

// Of codec_forms.c.
TH_MUST_USE enum th_err codec_forms_read(const Tonghop__V1__Answer *message,
                                         struct th_arena *arena,
                                         struct th_answer *answer,
                                         struct th_malformed *why);
void codec_forms_write(struct th_writer *writer, const struct th_answer *answer);

// Of codec_editions.c.
TH_MUST_USE enum th_err codec_editions_read(const Tonghop__V1__Answer *message,
                                            struct th_arena *arena,
                                            struct th_answer *answer,
                                            struct th_malformed *why);
void codec_editions_write(struct th_writer *writer, const struct th_answer *answer);

static inline struct th_bytes codec_view(ProtobufCBinaryData data)
{
    return (struct th_bytes){.data = data.data, .size = data.len};
}

// The library never writes through data when it packs; its type merely has no const.
static inline ProtobufCBinaryData codec_data(struct th_bytes bytes)
{
    return (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
}

// Fields of a generated message from ours. A number that says something at 0 is always written;
// others and empty texts are left out.
#define CODEC_SET(message, name, number) \
    do {                                 \
        (message)->has_##name = 1;       \
        (message)->name = (number);      \
    } while (0)
#define CODEC_SET_NONZERO(message, name, number) \
    do {                                         \
        (message)->has_##name = (number) != 0;   \
        (message)->name = (number);              \
    } while (0)
#define CODEC_SET_OPT(message, name, opt)  \
    do {                                   \
        (message)->has_##name = (opt).has; \
        (message)->name = (opt).value;     \
    } while (0)
#define CODEC_SET_BYTES(message, name, bytes)     \
    do {                                          \
        (message)->has_##name = (bytes).size > 0; \
        (message)->name = codec_data(bytes);      \
    } while (0)
#define CODEC_SET_ARRAY(message, name, array)                                                    \
    do {                                                                                         \
        (message)->has_##name = 1;                                                               \
        (message)->name = codec_data((struct th_bytes){.data = (array), .size = sizeof(array)}); \
    } while (0)
#define CODEC_OPT(message, name) \
    ((struct th_opt){.has = (message)->has_##name, .value = (int64_t)(message)->name})

// CODEC_NEED refuses a message without a field that it must have.
#define CODEC_NEED(message, name, why)                     \
    do {                                                   \
        if (!(message)->has_##name) {                      \
            return codec_malformed((why), 0, "no " #name); \
        }                                                  \
    } while (0)

// CODEC_UNPACK declares message, unpacked, or returns why not.
#define CODEC_UNPACK(type, message, kind)                                              \
    enum th_err unpack_err_ = TH_OK;                                                   \
    const type *const message = codec_unpack((kind), bytes, arena, why, &unpack_err_); \
    if ((message) == NULL) {                                                           \
        return unpack_err_;                                                            \
    }

// CODEC_LIST declares items, zeroed room for the entries of a list, or returns that there is none.
#define CODEC_LIST(type, items, count)                                 \
    type *const items = codec_room(arena, (count), sizeof(type), why); \
    if ((items) == NULL) {                                             \
        return TH_E_TOO_LARGE;                                         \
    }

#endif
