// codec_restore.c - what a province holds of a node, on its way to an outbox that knows less

#include <string.h>

#include "tonghop/subject.h"

#include "lib/codec_internal.h"

enum {
    REQUEST_BYTES_MAX = 64,
    BATCH_FIELD = 8, // of Restore
    KEYS_FIELD = 9,
};

static const struct codec_kind REQUEST = {
    &tonghop__v1__restore_request__descriptor, REQUEST_BYTES_MAX, 0};
static const struct codec_kind RESTORE = {
    &tonghop__v1__restore__descriptor, TH_RESTORE_BYTES_MAX, TH_BATCH_BYTES_MAX};

enum th_err th_restore_request_read(struct th_bytes bytes,
                                    struct th_arena *arena,
                                    struct th_restore_request *request,
                                    struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__RestoreRequest, message, &REQUEST);
    CODEC_NEED(message, version, why);
    *request = (struct th_restore_request){
        .after = {.version = message->version, .index = message->index}};
    return TH_OK;
}

void th_restore_request_write(struct th_writer *writer, const struct th_restore_request *request)
{
    Tonghop__V1__RestoreRequest message = TONGHOP__V1__RESTORE_REQUEST__INIT;
    CODEC_SET(&message, version, request->after.version);
    CODEC_SET_NONZERO(&message, index, request->after.index);
    codec_pack(writer, &message.base);
}

static enum th_err read_held(const Tonghop__V1__Restore *message,
                             struct th_arena *arena,
                             struct th_restore *restore,
                             struct th_malformed *why)
{
    if (message->has_batch) {
        TH_TRY(th_batch_read(codec_view(message->batch), arena, &restore->batch, why));
    }
    if (message->n_keys != restore->batch.count) {
        return codec_malformed(why, 0, "a key for each update");
    }
    CODEC_LIST(struct th_bytes, keys, message->n_keys);
    for (size_t i = 0; i < message->n_keys; i++) {
        keys[i] = codec_view(message->keys[i]);
        if (keys[i].size == 0 || keys[i].size > TH_SUBJECT_MAX) {
            return codec_malformed(why, 0, "no such key");
        }
    }
    restore->keys = keys;
    return TH_OK;
}

enum th_err th_restore_read(struct th_bytes bytes,
                            struct th_arena *arena,
                            struct th_restore *restore,
                            struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Restore, message, &RESTORE);
    CODEC_NEED(message, version, why);
    CODEC_NEED(message, next_version, why);
    CODEC_NEED(message, sum, why);
    struct th_restore read = {
        .after = {.version = message->version, .index = message->index},
        .next = {.version = message->next_version, .index = message->next_index},
        .last = message->last,
        .live = message->live,
    };
    if (message->sum.len != sizeof(read.sum)) {
        return codec_malformed(why, 0, "a sum has 16 bytes");
    }
    memcpy(read.sum, message->sum.data, sizeof(read.sum));
    TH_TRY(read_held(message, arena, &read, why));
    *restore = read;
    return TH_OK;
}

void th_restore_write(struct th_writer *writer, const struct th_restore *restore)
{
    Tonghop__V1__Restore message = TONGHOP__V1__RESTORE__INIT;
    CODEC_SET(&message, version, restore->after.version);
    CODEC_SET_NONZERO(&message, index, restore->after.index);
    CODEC_SET(&message, next_version, restore->next.version);
    CODEC_SET_NONZERO(&message, next_index, restore->next.index);
    CODEC_SET_NONZERO(&message, last, restore->last);
    CODEC_SET(&message, live, restore->live);
    CODEC_SET_ARRAY(&message, sum, restore->sum);
    codec_pack(writer, &message.base);
    if (restore->batch.count > 0) {
        const size_t start = writer->size;
        th_batch_write(writer, &restore->batch);
        codec_wrap(writer, BATCH_FIELD, start);
    }
    codec_check_list(writer, restore->batch.count);
    for (size_t i = 0; i < restore->batch.count; i++) {
        codec_bytes_field(writer, KEYS_FIELD, restore->keys[i]);
    }
}
