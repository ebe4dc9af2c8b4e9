// codec_restore.c - what one side holds and the other has lost, on its way there

#include <string.h>

#include "tonghop/subject.h"

#include "lib/codec_internal.h"

enum {
    REQUEST_BYTES_MAX = 64,
    RESYNC_BYTES_MAX = TH_BATCH_BYTES_MAX + 128,
    RESYNCED_BYTES_MAX = 128,
    BATCH_FIELD = 8, // of Restore
    KEYS_FIELD = 9,
};

static const struct codec_kind REQUEST = {
    &tonghop__v1__restore_request__descriptor, REQUEST_BYTES_MAX, 0};
static const struct codec_kind RESTORE = {
    &tonghop__v1__restore__descriptor, TH_RESTORE_BYTES_MAX, TH_BATCH_BYTES_MAX};

static const struct codec_kind RESYNC = {
    &tonghop__v1__resync__descriptor, RESYNC_BYTES_MAX, TH_BATCH_BYTES_MAX};
static const struct codec_kind RESYNCED = {
    &tonghop__v1__resynced__descriptor, RESYNCED_BYTES_MAX, CODEC_HASH_BYTES};

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

// ---- RESYNC ----

enum th_err th_resync_read(struct th_bytes bytes,
                           struct th_arena *arena,
                           struct th_resync *resync,
                           struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Resync, message, &RESYNC);
    CODEC_NEED(message, piece, why);
    CODEC_NEED(message, live, why);
    CODEC_NEED(message, batch, why);
    *resync = (struct th_resync){
        .piece = message->piece,
        .last = message->last,
        .live = message->live,
        .said_ms = message->said_ms,
        .batch = codec_view(message->batch),
    };
    return resync->piece > 0 ? TH_OK : codec_malformed(why, 0, "pieces are counted from 1");
}

void th_resync_write(struct th_writer *writer, const struct th_resync *resync)
{
    Tonghop__V1__Resync message = TONGHOP__V1__RESYNC__INIT;
    CODEC_SET(&message, piece, resync->piece);
    CODEC_SET_NONZERO(&message, last, resync->last);
    CODEC_SET(&message, live, resync->live);
    CODEC_SET_NONZERO(&message, said_ms, resync->said_ms);
    CODEC_SET(&message, batch, codec_data(resync->batch));
    codec_pack(writer, &message.base);
}

enum th_err th_resynced_read(struct th_bytes bytes,
                             struct th_arena *arena,
                             struct th_resynced *resynced,
                             struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Resynced, message, &RESYNCED);
    CODEC_NEED(message, epoch, why);
    CODEC_NEED(message, pieces, why);
    struct th_resynced read = {
        .epoch = message->epoch, .pieces = message->pieces, .applied = message->applied};
    TH_TRY(codec_hash(message->hash, read.hash, why));
    *resynced = read;
    return TH_OK;
}

void th_resynced_write(struct th_writer *writer, const struct th_resynced *resynced)
{
    Tonghop__V1__Resynced message = TONGHOP__V1__RESYNCED__INIT;
    CODEC_SET(&message, epoch, resynced->epoch);
    CODEC_SET(&message, pieces, resynced->pieces);
    CODEC_SET_ARRAY(&message, hash, resynced->hash);
    CODEC_SET_NONZERO(&message, applied, resynced->applied);
    codec_pack(writer, &message.base);
}
