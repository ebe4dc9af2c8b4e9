// audit.c - see audit.h

#include "workers/audit.h"

#include <string.h>

#include "tonghop/hash.h"

#include "workers/record.h"
#include "workers/table.h"

enum { AUDIT_VERSION = 1, AUDIT_BYTES_MAX = 256 };

static const struct th_bytes AUDIT_ROW = {.data = "audit", .size = 5};

// In the order of their numbers.
static const enum table COVERED[] = {TABLE_GRANT,
                                     TABLE_REJECT,
                                     TABLE_NOTICE,
                                     TABLE_JOINED,
                                     TABLE_DEAD,
                                     TABLE_STAGE,
                                     TABLE_BUNDLE,
                                     TABLE_CHANGE,
                                     TABLE_RESYNC};

struct audit {
    struct digest of[TH_COUNT(COVERED)];
    bool named[TH_COUNT(COVERED)];
};

static size_t place_of(unsigned table)
{
    size_t place = 0;
    while (place < TH_COUNT(COVERED) && COVERED[place] != table) {
        place++;
    }
    return place;
}

bool audit_covers(unsigned table)
{
    return place_of(table) < TH_COUNT(COVERED);
}

// ---- the row ----

static void write_audit(struct th_writer *writer, const struct audit *audit)
{
    uint8_t count = 0;
    for (size_t i = 0; i < TH_COUNT(COVERED); i++) {
        count = (uint8_t)(count + (audit->named[i] ? 1 : 0));
    }
    th_write_u8(writer, AUDIT_VERSION);
    th_write_u8(writer, count);
    for (size_t i = 0; i < TH_COUNT(COVERED); i++) {
        if (audit->named[i]) {
            const struct digest *of = &audit->of[i];
            th_write_u8(writer, (uint8_t)COVERED[i]);
            th_write_varint(writer, of->count);
            th_write_bytes(writer, (struct th_bytes){.data = of->sum, .size = sizeof(of->sum)});
        }
    }
}

static enum th_err read_audit(struct th_bytes value, struct audit *audit)
{
    struct th_reader reader = th_reader_of(value);
    const bool known = th_read_u8(&reader) == AUDIT_VERSION;
    const uint8_t count = th_read_u8(&reader);
    size_t first = 0; // places come in order, each once
    for (uint8_t i = 0; i < count && !reader.failed; i++) {
        const size_t place = place_of(th_read_u8(&reader));
        struct digest digest = {.count = th_read_varint(&reader)};
        const struct th_bytes sum = th_read_bytes(&reader, sizeof(digest.sum));
        if (reader.failed || place < first || place == TH_COUNT(COVERED)) {
            return TH_E_CORRUPT;
        }
        first = place + 1;
        memcpy(digest.sum, sum.data, sizeof(digest.sum));
        audit->of[place] = digest;
        audit->named[place] = true;
    }
    return known && th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

static enum th_err
get_audit(const struct th_check *check, struct th_store store, struct audit *audit)
{
    struct th_bytes value;
    *audit = (struct audit){.named = {false}};
    const enum th_err err = th_check_get(check, store, TABLE_META, AUDIT_ROW, &value);
    return err == TH_OK ? read_audit(value, audit) : err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err
put_audit(const struct th_check *check, struct th_store store, const struct audit *audit)
{
    uint8_t space[AUDIT_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    write_audit(&value, audit);
    return th_check_put(check, store, TABLE_META, AUDIT_ROW, &value);
}

// ---- sums ----

static void hash_of(uint8_t out[static TH_HASH128_BYTES],
                    unsigned table,
                    struct th_bytes key,
                    struct th_bytes payload)
{
    const uint8_t head[] = {(uint8_t)table, (uint8_t)key.size};
    const struct th_bytes parts[] = {{.data = head, .size = sizeof(head)}, key, payload};
    th_hash128(out, (struct th_bytes){0}, parts, TH_COUNT(parts));
}

static void add(struct digest *digest, unsigned table, struct th_bytes key, struct th_bytes payload)
{
    uint8_t hash[TH_HASH128_BYTES];
    hash_of(hash, table, key, payload);
    digest_add_hash(digest, hash);
}

// Adds up the rows as they are. TH_E_CORRUPT: one is damaged.
static enum th_err
sum_up(const struct th_check *check, struct th_store store, unsigned table, struct digest *digest)
{
    struct th_bytes key;
    struct th_bytes value;
    *digest = (struct digest){.count = 0};
    enum th_err err = th_store_seek(store, table, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        TH_TRY(th_check_open(check, table, key, &value));
        add(digest, table, key, value);
        err = th_store_next(store, table, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- changes ----

// The table is named, and what stands under key no longer counts. *stood: something did.
static enum th_err take_out(const struct th_check *check,
                            struct th_store store,
                            unsigned table,
                            struct th_bytes key,
                            struct audit *audit,
                            bool *stood)
{
    const size_t place = place_of(table);
    struct th_bytes value;
    th_assert(place < TH_COUNT(COVERED));
    TH_TRY(get_audit(check, store, audit));
    if (!audit->named[place]) { // Z2
        TH_TRY(sum_up(check, store, table, &audit->of[place]));
        audit->named[place] = true;
    }
    const enum th_err err = th_check_get(check, store, table, key, &value);
    *stood = err == TH_OK;
    if (err == TH_OK) {
        uint8_t hash[TH_HASH128_BYTES];
        hash_of(hash, table, key, value);
        digest_take_hash(&audit->of[place], hash);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err audit_put(const struct th_check *check,
                      struct th_store store,
                      unsigned table,
                      struct th_bytes key,
                      struct th_writer *value)
{
    struct audit audit;
    bool stood = false;
    th_assert(!value->overflow);
    TH_TRY(take_out(check, store, table, key, &audit, &stood));
    add(&audit.of[place_of(table)], table, key, th_written(value));
    TH_TRY(th_check_put(check, store, table, key, value));
    return put_audit(check, store, &audit);
}

enum th_err audit_remove(const struct th_check *check,
                         struct th_store store,
                         unsigned table,
                         struct th_bytes key)
{
    struct audit audit;
    bool stood = false;
    TH_TRY(take_out(check, store, table, key, &audit, &stood));
    if (!stood) {
        return TH_E_NOT_FOUND;
    }
    TH_TRY(th_store_remove(store, table, key));
    return put_audit(check, store, &audit);
}

enum th_err audit_remove_all(const struct th_check *check, struct th_store store, unsigned table)
{
    struct audit audit;
    TH_TRY(get_audit(check, store, &audit));
    for (;;) {
        struct th_bytes key;
        struct th_bytes value;
        const enum th_err err = th_store_seek(store, table, (struct th_bytes){0}, &key, &value);
        if (err == TH_E_NOT_FOUND) {
            break;
        }
        TH_TRY(err);
        uint8_t copy[TH_STORE_KEY_MAX];
        th_assert(key.size <= sizeof(copy));
        memcpy(copy, key.data, key.size);
        TH_TRY(th_store_remove(store, table, (struct th_bytes){.data = copy, .size = key.size}));
    }
    audit.of[place_of(table)] = (struct digest){.count = 0};
    audit.named[place_of(table)] = true;
    return put_audit(check, store, &audit);
}

// ---- verification ----

enum th_err
audit_fits(const struct th_check *check, struct th_store store, unsigned table, bool *fits)
{
    const size_t place = place_of(table);
    struct audit audit;
    struct digest counted;
    th_assert(place < TH_COUNT(COVERED));
    *fits = true;
    TH_TRY(get_audit(check, store, &audit));
    if (!audit.named[place]) {
        return TH_OK;
    }
    const enum th_err err = sum_up(check, store, table, &counted);
    *fits = err == TH_OK && counted.count == audit.of[place].count &&
            memcmp(counted.sum, audit.of[place].sum, sizeof(counted.sum)) == 0;
    return err == TH_E_CORRUPT ? TH_OK : err;
}
