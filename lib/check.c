// check.c - see check.h

#include "tonghop/check.h"

#include <string.h>

#include "tonghop/fault.h"

struct th_check th_check_of(struct th_bytes seed)
{
    uint8_t hash[TH_HASH256_BYTES];
    th_hash256(hash, &seed, 1);
    struct th_check check;
    memcpy(check.key, hash, sizeof(check.key));
    return check;
}

static uint64_t
hash_of(const struct th_check *check, unsigned table, struct th_bytes key, struct th_bytes payload)
{
    uint8_t number[4];
    th_put_u32(number, table);
    const struct th_bytes parts[] = {
        {.data = number, .size = sizeof(number)},
        key,
        payload,
    };
    return th_hash64(check->key, parts, TH_COUNT(parts));
}

void th_check_seal(const struct th_check *check,
                   unsigned table,
                   struct th_bytes key,
                   struct th_writer *writer)
{
    if (writer->overflow) {
        return;
    }
    const struct th_bytes payload = {.data = writer->data, .size = writer->size};
    th_write_u64(writer, hash_of(check, table, key, payload));
}

enum th_err th_check_open(const struct th_check *check,
                          unsigned table,
                          struct th_bytes key,
                          struct th_bytes *value)
{
    if (value->size < TH_CHECK_BYTES) {
        return TH_E_CORRUPT;
    }
    const struct th_bytes payload = {.data = value->data, .size = value->size - TH_CHECK_BYTES};
    const uint8_t *stored = (const uint8_t *)value->data + payload.size;
    if (th_get_u64(stored) != hash_of(check, table, key, payload) && !th_mutant(35)) {
        return TH_E_CORRUPT;
    }
    *value = payload;
    return TH_OK;
}

enum th_err th_check_get(const struct th_check *check,
                         struct th_store store,
                         unsigned table,
                         struct th_bytes key,
                         struct th_bytes *payload)
{
    struct th_bytes value;
    TH_TRY(th_store_get(store, table, key, &value));
    TH_TRY(th_check_open(check, table, key, &value));
    *payload = value;
    return TH_OK;
}

enum th_err th_check_put(const struct th_check *check,
                         struct th_store store,
                         unsigned table,
                         struct th_bytes key,
                         struct th_writer *writer)
{
    th_check_seal(check, table, key, writer);
    if (writer->overflow) {
        return TH_E_TOO_LARGE;
    }
    return th_store_put(store, table, key, th_written(writer));
}
