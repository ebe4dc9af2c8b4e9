// bundle.c - see bundle.h

#include "nodes/bundle.h"

#include <string.h>

#include "tonghop/hash.h"

#include "nodes/table.h"

enum { DIGEST_KEY = 16, PART_KEY_BYTES = DIGEST_KEY + 8 };

static const struct th_bytes MARK = {.data = "bundle", .size = 6};

static struct th_bytes
part_key(uint8_t out[static PART_KEY_BYTES], const uint8_t *digest, uint64_t offset)
{
    memcpy(out, digest, DIGEST_KEY);
    th_put_u64(out + DIGEST_KEY, offset);
    return (struct th_bytes){out, PART_KEY_BYTES};
}

enum th_err bundle_held(struct outbox *box, uint8_t digest[static 32], uint64_t *bytes)
{
    struct th_bytes value;
    TH_TRY(th_check_get(&box->check, box->store, NODE_MARK, MARK, &value));
    struct th_reader in = th_reader_of(value);
    const struct th_bytes held = th_read_bytes(&in, TH_HASH256_BYTES);
    *bytes = th_read_varint(&in);
    if (!th_read_done(&in)) {
        return TH_E_CORRUPT;
    }
    memcpy(digest, held.data, TH_HASH256_BYTES);
    return TH_OK;
}

static enum th_err put_mark(struct outbox *box, const uint8_t digest[static 32], uint64_t bytes)
{
    uint8_t room[64];
    struct th_writer out = TH_WRITER(room);
    th_write_bytes(&out, (struct th_bytes){digest, TH_HASH256_BYTES});
    th_write_varint(&out, bytes);
    return th_check_put(&box->check, box->store, NODE_MARK, MARK, &out);
}

static enum th_err remove_parts(struct outbox *box, const uint8_t *digest)
{
    for (;;) {
        uint8_t from[PART_KEY_BYTES];
        struct th_bytes key;
        struct th_bytes value;
        const enum th_err err =
            th_store_seek(box->store, NODE_BUNDLE, part_key(from, digest, 0), &key, &value);
        if (err == TH_E_NOT_FOUND || (err == TH_OK && memcmp(key.data, digest, DIGEST_KEY) != 0)) {
            return TH_OK;
        }
        TH_TRY(err);
        memcpy(from, key.data, sizeof(from));
        TH_TRY(th_store_remove(box->store, NODE_BUNDLE, (struct th_bytes){from, sizeof(from)}));
    }
}

typedef enum th_err (*part_reader)(void *context, struct th_bytes part);

static enum th_err each_part(
    struct outbox *box, const uint8_t *digest, uint64_t total, part_reader reader, void *context)
{
    uint64_t offset = 0;
    while (offset < total) {
        uint8_t key[PART_KEY_BYTES];
        struct th_bytes part;
        TH_TRY(th_check_get(
            &box->check, box->store, NODE_BUNDLE, part_key(key, digest, offset), &part));
        if (part.size == 0 || part.size > total - offset) {
            return TH_E_CORRUPT;
        }
        TH_TRY(reader(context, part));
        offset += part.size;
    }
    return TH_OK;
}

static enum th_err hash_part(void *context, struct th_bytes part)
{
    th_hash_run_add(context, part);
    return TH_OK;
}

static enum th_err adopt(struct outbox *box, const struct th_part *part)
{
    struct th_hash_run run;
    uint8_t digest[TH_HASH256_BYTES];
    th_hash_run_start(&run);
    TH_TRY(each_part(box, part->digest, part->total, hash_part, &run));
    th_hash_run_end(&run, digest);
    if (memcmp(digest, part->digest, sizeof(digest)) != 0) {
        TH_TRY(remove_parts(box, part->digest));
        return TH_E_MALFORMED;
    }
    uint8_t held[TH_HASH256_BYTES];
    uint64_t bytes = 0;
    const enum th_err err = bundle_held(box, held, &bytes);
    if (err == TH_OK && memcmp(held, digest, sizeof(held)) != 0) {
        TH_TRY(remove_parts(box, held));
    } else if (err != TH_OK && err != TH_E_NOT_FOUND) {
        return err;
    }
    return put_mark(box, digest, part->total);
}

enum th_err bundle_part(struct outbox *box, const struct th_part *part, uint64_t *next)
{
    if (part->total == 0 || part->total > BUNDLE_BYTES_MAX || part->bytes.size == 0 ||
        part->bytes.size > TH_PART_BYTES_MAX || part->offset >= part->total ||
        part->bytes.size > part->total - part->offset) {
        return TH_E_INVALID;
    }
    uint8_t room[TH_PART_BYTES_MAX + TH_CHECK_BYTES];
    struct th_writer out = TH_WRITER(room);
    th_write_bytes(&out, part->bytes);
    uint8_t key[PART_KEY_BYTES];
    TH_TRY(th_check_put(
        &box->check, box->store, NODE_BUNDLE, part_key(key, part->digest, part->offset), &out));
    const uint64_t end = part->offset + part->bytes.size;
    if (end == part->total) {
        TH_TRY(adopt(box, part));
    }
    *next = end;
    return TH_OK;
}

struct copy {
    uint8_t *at;
};

static enum th_err copy_part(void *context, struct th_bytes part)
{
    struct copy *copy = context;
    memcpy(copy->at, part.data, part.size);
    copy->at += part.size;
    return TH_OK;
}

enum th_err bundle_copy(struct outbox *box, uint8_t *out, uint64_t bytes)
{
    uint8_t digest[TH_HASH256_BYTES];
    uint64_t held = 0;
    TH_TRY(bundle_held(box, digest, &held));
    if (held != bytes) {
        return TH_E_INVALID;
    }
    struct copy copy = {.at = out};
    return each_part(box, digest, bytes, copy_part, &copy);
}
