// codec_scan.c - the pre-scan: what protobuf-c would accept or die of is refused here first
//
// The library takes 2^32 for 0 in a 32-bit field, lets the last of two members of a oneof win,
// reads varints of any length and turns 128 KiB of empty sub-messages into 8 MiB. So the wire bytes
// are walked once before, along the library's own descriptors (which therefore cannot drift from
// it), without allocating, and what unpacking will allocate is added up.
//
//   S1  What is accepted is unpacked by the library within *cost bytes of an arena.
//   S2  The walk is a loop over a stack of CODEC_DEPTH_MAX messages; it never calls itself.

#include "lib/codec_internal.h"

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

enum {
    VARINT_BYTES_MAX = 10,
    NUMBER_MAX = 0x1fffffff, // largest field number
    RESERVED_FIRST = 19000,  // of protobuf itself
    RESERVED_LAST = 19999,
    SEEN_FIELDS_MAX = 64, // of one message type, as a test of the descriptors says
    // protobuf-c notes the first 16 fields of a message on its stack and the others in slabs that
    // double: less than 2 x 32 bytes a field.
    SLAB_FREE_FIELDS = 16,
    SLAB_FIELD_BYTES = 64,
    ALIGNMENT = 16, // of an arena
};

struct wire_type {
    uint8_t wire;
    uint64_t max; // of the number
};

// clang-format off
static const struct wire_type TYPES[] = {
    [PROTOBUF_C_TYPE_INT32]    = {WIRE_VARINT, UINT32_MAX},
    [PROTOBUF_C_TYPE_SINT32]   = {WIRE_VARINT, UINT32_MAX},
    [PROTOBUF_C_TYPE_SFIXED32] = {WIRE_32,     UINT64_MAX},
    [PROTOBUF_C_TYPE_INT64]    = {WIRE_VARINT, UINT64_MAX},
    [PROTOBUF_C_TYPE_SINT64]   = {WIRE_VARINT, UINT64_MAX},
    [PROTOBUF_C_TYPE_SFIXED64] = {WIRE_64,     UINT64_MAX},
    [PROTOBUF_C_TYPE_UINT32]   = {WIRE_VARINT, UINT32_MAX},
    [PROTOBUF_C_TYPE_FIXED32]  = {WIRE_32,     UINT64_MAX},
    [PROTOBUF_C_TYPE_UINT64]   = {WIRE_VARINT, UINT64_MAX},
    [PROTOBUF_C_TYPE_FIXED64]  = {WIRE_64,     UINT64_MAX},
    [PROTOBUF_C_TYPE_FLOAT]    = {WIRE_32,     UINT64_MAX},
    [PROTOBUF_C_TYPE_DOUBLE]   = {WIRE_64,     UINT64_MAX},
    [PROTOBUF_C_TYPE_BOOL]     = {WIRE_VARINT, 1},
    [PROTOBUF_C_TYPE_ENUM]     = {WIRE_VARINT, UINT32_MAX},
    [PROTOBUF_C_TYPE_STRING]   = {WIRE_BYTES,  UINT64_MAX},
    [PROTOBUF_C_TYPE_BYTES]    = {WIRE_BYTES,  UINT64_MAX},
    [PROTOBUF_C_TYPE_MESSAGE]  = {WIRE_BYTES,  UINT64_MAX},
};
// clang-format on

struct level {
    const ProtobufCMessageDescriptor *descriptor;
    const uint8_t *end;
    uint64_t seen; // fields, by their place in the descriptor
    size_t fields;
};

struct scan {
    const uint8_t *start;
    const uint8_t *at;
    size_t field_max;
    size_t cost;
    size_t unknown;
    size_t unknown_bytes;
    size_t depth;
    struct level levels[CODEC_DEPTH_MAX];
    struct th_malformed *why;
};

// The end of a piece; the gap before the first one is counted once.
static size_t aligned(size_t size)
{
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static enum th_err refuse(const struct scan *scan, const char *text)
{
    return codec_malformed(scan->why, (size_t)(scan->at - scan->start), text);
}

static enum th_err refuse_size(const struct scan *scan, const char *text)
{
    return codec_too_large(scan->why, (size_t)(scan->at - scan->start), text);
}

// The shortest spelling only: no last byte without bits, at most 64 bits.
static enum th_err long_varint(struct scan *scan, const uint8_t *end, uint64_t *number)
{
    const size_t left = (size_t)(end - scan->at);
    uint64_t value = 0;
    for (size_t i = 0; i < left && i < VARINT_BYTES_MAX; i++) {
        const uint8_t byte = scan->at[i];
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) != 0) {
            continue;
        }
        if ((byte == 0 && i > 0) || (i == VARINT_BYTES_MAX - 1 && byte > 1)) {
            return refuse(scan, "varint longer than needed");
        }
        scan->at += i + 1;
        *number = value;
        return TH_OK;
    }
    return refuse(scan, left < VARINT_BYTES_MAX ? "cut short" : "varint longer than needed");
}

static inline enum th_err varint(struct scan *scan, const uint8_t *end, uint64_t *number)
{
    if (scan->at < end && *scan->at < 0x80) {
        *number = *scan->at;
        scan->at++;
        return TH_OK;
    }
    return long_varint(scan, end, number);
}

// The size of what follows, which must be there.
static enum th_err size_prefix(struct scan *scan, const uint8_t *end, size_t *size)
{
    uint64_t length = 0;
    TH_TRY(varint(scan, end, &length));
    if (length > (uint64_t)(end - scan->at)) {
        return refuse(scan, "cut short");
    }
    *size = (size_t)length;
    return TH_OK;
}

static enum th_err skip(struct scan *scan, const uint8_t *end, size_t size)
{
    if ((size_t)(end - scan->at) < size) {
        return refuse(scan, "cut short");
    }
    scan->at += size;
    return TH_OK;
}

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *descriptor,
                                                uint32_t number)
{
    // Most messages number their fields from 1 without a hole.
    if (number <= descriptor->n_fields && descriptor->fields[number - 1].id == number) {
        return &descriptor->fields[number - 1];
    }
    return protobuf_c_message_descriptor_get_field(descriptor, number);
}

// Has another member of the same oneof been seen?
static bool oneof_taken(const struct level *level, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *descriptor = level->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *other = &descriptor->fields[i];
        if ((other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
            other->quantifier_offset == field->quantifier_offset && (level->seen >> i & 1) != 0) {
            return true;
        }
    }
    return false;
}

// A field that may stand once stands once; an entry of a list costs a pointer or a view.
static enum th_err
note_seen(struct scan *scan, struct level *level, const ProtobufCFieldDescriptor *field)
{
    const size_t index = (size_t)(field - level->descriptor->fields);
    th_assert(index < SEEN_FIELDS_MAX);
    const uint64_t bit = UINT64_C(1) << index;
    const bool again = (level->seen & bit) != 0;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        scan->cost += (again ? 0 : ALIGNMENT) + sizeof(ProtobufCBinaryData);
    } else if (again) {
        return refuse(scan, "field given twice");
    } else if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && oneof_taken(level, field)) {
        return refuse(scan, "two members of a oneof");
    }
    level->seen |= bit;
    return TH_OK;
}

static enum th_err
enter(struct scan *scan, const ProtobufCMessageDescriptor *descriptor, size_t size)
{
    if (scan->depth == CODEC_DEPTH_MAX) {
        return refuse(scan, "nested too deep");
    }
    scan->cost += aligned(descriptor->sizeof_message);
    scan->levels[scan->depth] = (struct level){.descriptor = descriptor, .end = scan->at + size};
    scan->depth++;
    return TH_OK;
}

static enum th_err
known_bytes(struct scan *scan, const uint8_t *end, const ProtobufCFieldDescriptor *field)
{
    size_t size = 0;
    TH_TRY(size_prefix(scan, end, &size));
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return enter(scan, field->descriptor, size);
    }
    if (size > scan->field_max) {
        return refuse_size(scan, "field too long");
    }
    scan->cost += aligned(size + 1); // a string gets its NUL
    scan->at += size;
    return TH_OK;
}

static enum th_err
known_field(struct scan *scan, struct level *level, const ProtobufCFieldDescriptor *field)
{
    TH_TRY(note_seen(scan, level, field));
    const struct wire_type *type = &TYPES[field->type];
    if (type->wire == WIRE_BYTES) {
        return known_bytes(scan, level->end, field);
    }
    if (type->wire != WIRE_VARINT) {
        return skip(scan, level->end, type->wire == WIRE_64 ? 8 : 4);
    }
    uint64_t number = 0;
    TH_TRY(varint(scan, level->end, &number));
    return number > type->max ? refuse(scan, "number too large for its field") : TH_OK;
}

static enum th_err unknown_value(struct scan *scan, const uint8_t *end, unsigned wire)
{
    uint64_t number = 0;
    size_t size = 0;
    switch (wire) {
    case WIRE_VARINT:
        return varint(scan, end, &number);
    case WIRE_64:
        return skip(scan, end, 8);
    case WIRE_32:
        return skip(scan, end, 4);
    case WIRE_BYTES:
        TH_TRY(size_prefix(scan, end, &size));
        return skip(scan, end, size);
    default:
        return refuse(scan, "group or unknown wire type");
    }
}

// Fields of a later version: the library keeps them, so they are counted.
static enum th_err unknown_field(struct scan *scan, const struct level *level, unsigned wire)
{
    const uint8_t *before = scan->at;
    TH_TRY(unknown_value(scan, level->end, wire));
    const size_t size = (size_t)(scan->at - before);
    scan->unknown++;
    scan->unknown_bytes += size;
    if (scan->unknown > CODEC_UNKNOWN_MAX || scan->unknown_bytes > CODEC_UNKNOWN_BYTES_MAX) {
        return refuse_size(scan, "too many unknown fields");
    }
    scan->cost += aligned(sizeof(ProtobufCMessageUnknownField)) + aligned(size);
    return TH_OK;
}

static enum th_err next_field(struct scan *scan, struct level *level)
{
    uint64_t tag = 0;
    TH_TRY(varint(scan, level->end, &tag));
    const uint64_t number = tag >> 3;
    const unsigned wire = (unsigned)(tag & 7);
    if (number == 0 || number > NUMBER_MAX ||
        (number >= RESERVED_FIRST && number <= RESERVED_LAST)) {
        return refuse(scan, "field number 0 or reserved");
    }
    level->fields++;
    if (level->fields > CODEC_FIELDS_MAX) {
        return refuse_size(scan, "too many fields");
    }
    const ProtobufCFieldDescriptor *field = field_of(level->descriptor, (uint32_t)number);
    if (field == NULL) {
        return unknown_field(scan, level, wire);
    }
    if (wire != TYPES[field->type].wire) {
        return refuse(scan, "wrong wire type");
    }
    return known_field(scan, level, field);
}

enum th_err codec_scan(const struct codec_kind *kind,
                       struct th_bytes bytes,
                       size_t *cost,
                       struct th_malformed *why)
{
    struct scan scan = {.start = bytes.data,
                        .at = bytes.data,
                        .field_max = kind->field_max,
                        .cost = ALIGNMENT,
                        .why = why};
    if (bytes.size == 0) {
        return refuse(&scan, "empty");
    }
    if (bytes.size > kind->bytes_max) {
        return refuse_size(&scan, "message too large");
    }
    TH_TRY(enter(&scan, kind->descriptor, bytes.size));
    while (scan.depth > 0) {
        struct level *level = &scan.levels[scan.depth - 1];
        if (scan.at < level->end) {
            TH_TRY(next_field(&scan, level));
            continue;
        }
        scan.cost += level->fields > SLAB_FREE_FIELDS ? level->fields * SLAB_FIELD_BYTES : 0;
        scan.depth--;
    }
    *cost = scan.cost;
    return TH_OK;
}
