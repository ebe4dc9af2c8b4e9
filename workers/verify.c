// verify.c - see verify.h; the tables, and the comparison

#include "workers/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workers/judge.h"
#include "workers/open.h"
#include "workers/reform.h"
#include "workers/verify_body.h"

enum { ROWS_MIN = 1024 };

enum th_err verify_level_parse(struct th_bytes word, enum verify_level *level)
{
    if (th_bytes_equal(word, TH_BYTES("quick"))) {
        *level = VERIFY_QUICK;
        return TH_OK;
    }
    if (th_bytes_equal(word, TH_BYTES("full"))) {
        *level = VERIFY_FULL;
        return TH_OK;
    }
    return TH_E_INVALID;
}

void verify_found(struct verify *verify, const struct verify_finding *finding)
{
    verify->result->findings++;
    verify->report(verify->self, finding);
}

// ---- rows as they should be ----

static size_t hash_of(unsigned table, const struct key *key)
{
    uint64_t hash = 0x9e3779b97f4a7c15u + table;
    for (size_t i = 0; i < key->size; i++) {
        hash = (hash ^ key->bytes[i]) * 0x100000001b3u;
    }
    return (size_t)(hash ^ (hash >> 29));
}

static size_t bucket_of(const struct verify *verify, unsigned table, const struct key *key)
{
    size_t bucket = hash_of(table, key) & (verify->bucket_count - 1);
    while (verify->buckets[bucket] != 0) {
        const struct should *row = &verify->rows[verify->buckets[bucket] - 1];
        if (row->table == table && th_bytes_equal(key_view(&row->key), key_view(key))) {
            break;
        }
        bucket = (bucket + 1) & (verify->bucket_count - 1);
    }
    return bucket;
}

// Would twice as many rows be more than there may be?
bool verify_is_full(const struct verify *verify)
{
    return verify->counting != NULL &&
           2 * verify->max * (sizeof(struct should) + 2 * sizeof(uint32_t)) >
               verify->counting->bytes_max;
}

static bool grow(struct verify *verify)
{
    const size_t max = verify->max == 0 ? ROWS_MIN : 2 * verify->max;
    struct should *rows = realloc(verify->rows, max * sizeof(*rows));
    if (rows == NULL) {
        return false;
    }
    verify->rows = rows;
    uint32_t *buckets = calloc(2 * max, sizeof(*buckets));
    if (buckets == NULL) {
        return false;
    }
    free(verify->buckets);
    verify->buckets = buckets;
    verify->bucket_count = 2 * max;
    verify->max = max;
    for (size_t i = 0; i < verify->count; i++) {
        const struct should *row = &rows[i];
        // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): realloc keeps the rows
        buckets[bucket_of(verify, row->table, &row->key)] = (uint32_t)i + 1;
    }
    return true;
}

struct should *verify_find(const struct verify *verify, unsigned table, const struct key *key)
{
    if (verify->bucket_count == 0) {
        return NULL;
    }
    const uint32_t entry = verify->buckets[bucket_of(verify, table, key)];
    return entry == 0 ? NULL : &verify->rows[entry - 1];
}

struct should *verify_row(struct verify *verify, unsigned table, const struct key *key)
{
    struct should *found = verify_find(verify, table, key);
    if (found != NULL) {
        return found;
    }
    if (verify->count == verify->max && (verify_is_full(verify) || !grow(verify))) {
        return NULL;
    }
    th_assert(verify->rows != NULL);
    struct should *row = &verify->rows[verify->count];
    *row = (struct should){.key = *key, .table = (uint8_t)table};
    verify->buckets[bucket_of(verify, table, key)] = (uint32_t)++verify->count;
    return row;
}

// ---- reading tables ----

enum th_err verify_scan(struct verify *verify, unsigned table, bool report_damage, verify_each *row)
{
    const struct th_store store = verify->setup->store;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, table, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        struct th_bytes payload = value;
        enum th_err each = th_check_open(&verify->check, table, key, &payload);
        if (each == TH_OK && row != NULL) {
            each = row(verify, key, payload);
        }
        if (each == TH_E_CORRUPT && report_damage) {
            verify_found(verify,
                         &(struct verify_finding){
                             .code = TH_M_VERIFY_RECORD, .table = (enum table)table, .key = key});
        } else if (each != TH_OK && each != TH_E_CORRUPT) {
            return each;
        }
        err = th_store_next(store, table, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- comparing ----

void verify_differs(struct verify *verify,
                    unsigned code,
                    unsigned table,
                    struct th_bytes key,
                    const int64_t values[static 2])
{
    struct verify_finding finding = {.code = code, .table = (enum table)table, .key = key};
    (void)snprintf(finding.kept, sizeof(finding.kept), "%" PRId64, values[0]);
    (void)snprintf(finding.counted, sizeof(finding.counted), "%" PRId64, values[1]);
    verify_found(verify, &finding);
}

static bool copy_key(struct th_bytes bytes, struct key *key)
{
    if (bytes.size > sizeof(key->bytes)) {
        return false;
    }
    memcpy(key->bytes, bytes.data, bytes.size);
    key->size = bytes.size;
    return true;
}

static enum th_err
compare_total(struct verify *verify, struct th_bytes key_bytes, struct th_bytes payload)
{
    struct key key;
    struct figure_key at;
    struct th_cell kept;
    uint64_t topic_seq = 0;
    uint64_t newest = 0;
    TH_TRY(key_read_total(key_bytes, &at));
    TH_TRY(totals_read_cell(payload, &kept, &topic_seq));
    verify->result->totals++;
    struct should *row = copy_key(key_bytes, &key) ? verify_find(verify, TABLE_TOTAL, &key) : NULL;
    struct th_cell counted = {0};
    if (row != NULL) {
        row->seen = true;
        counted = row->cell;
    }
    const uint64_t reported = kept.reported;
    const uint64_t covered = counted.reported;
    kept.reported = 0;
    counted.reported = 0;
    if (!th_cell_equal(&kept, &counted)) {
        verify_differs(verify,
                       TH_M_VERIFY_TOTAL,
                       TABLE_TOTAL,
                       key_bytes,
                       (const int64_t[]){kept.value, counted.value});
    } else if (reported != covered) {
        verify_differs(verify,
                       TH_M_VERIFY_COVERAGE,
                       TABLE_TOTAL,
                       key_bytes,
                       (const int64_t[]){(int64_t)reported, (int64_t)covered});
    }
    TH_TRY(verify_topic(verify, &at, &newest));
    if (topic_seq == 0 || topic_seq > newest) {
        const struct key topic = key_of_topic(at.measure, at.period);
        verify_differs(verify,
                       TH_M_VERIFY_INDEX,
                       TABLE_TOPIC,
                       key_view(&topic),
                       (const int64_t[]){(int64_t)newest, (int64_t)topic_seq});
    }
    return TH_OK;
}

static enum th_err
compare_cover(struct verify *verify, struct th_bytes key_bytes, struct th_bytes payload)
{
    struct key key;
    struct cover kept;
    TH_TRY(totals_read_cover(payload, &kept));
    struct should *row =
        copy_key(key_bytes, &key) ? verify_find(verify, TABLE_COVERAGE, &key) : NULL;
    struct cover counted = {0};
    if (row != NULL) {
        row->seen = true;
        counted = row->cover;
    }
    if (kept.own != counted.own || kept.below != counted.below ||
        kept.reported != counted.reported) {
        verify_differs(verify,
                       TH_M_VERIFY_COVERAGE,
                       TABLE_COVERAGE,
                       key_bytes,
                       (const int64_t[]){(int64_t)kept.reported, (int64_t)counted.reported});
    }
    return TH_OK;
}

static enum th_err
compare_digest(struct verify *verify, struct th_bytes key_bytes, struct th_bytes payload)
{
    struct key key;
    struct digest kept;
    TH_TRY(digest_read(payload, &kept));
    struct should *row = copy_key(key_bytes, &key) ? verify_find(verify, TABLE_DIGEST, &key) : NULL;
    if (row != NULL) {
        row->seen = true;
    }
    if (row == NULL || kept.count != row->digest.count ||
        memcmp(kept.sum, row->digest.sum, sizeof(kept.sum)) != 0) {
        verify_differs(
            verify,
            TH_M_VERIFY_RECORD,
            TABLE_DIGEST,
            key_bytes,
            (const int64_t[]){(int64_t)kept.count, row == NULL ? 0 : (int64_t)row->digest.count});
    }
    return TH_OK;
}

static bool is_empty(const struct should *row)
{
    switch (row->table) {
    case TABLE_TOTAL:
        return th_cell_is_empty(&row->cell);
    case TABLE_COVERAGE:
        return row->cover.own == 0 && row->cover.below == 0;
    case TABLE_DIGEST:
        return row->digest.count == 0;
    default:
        return true; // figures are not compared
    }
}

static void report_missing(struct verify *verify)
{
    for (size_t i = 0; i < verify->count; i++) {
        const struct should *row = &verify->rows[i];
        if (!row->seen && !is_empty(row)) {
            const int64_t value = row->table == TABLE_TOTAL ? row->cell.value : 1;
            verify_differs(verify,
                           row->table == TABLE_TOTAL ? TH_M_VERIFY_TOTAL : TH_M_VERIFY_INDEX,
                           row->table,
                           key_view(&row->key),
                           (const int64_t[]){0, value});
        }
    }
}

// B1: the newest register that the store keeps is the one its totals are counted with.
static enum th_err verify_register(struct verify *verify)
{
    TH_SCOPED(th_province_free) struct th_province *kept = NULL;
    uint8_t digests[2][TH_HASH256_BYTES];
    const enum th_err err =
        reform_province(verify->setup->store, &verify->check, UINT64_MAX, &kept);
    if (err == TH_OK && kept == NULL) {
        return TH_OK; // it was never changed
    }
    if (err == TH_OK) {
        th_register_digest(kept->reg, digests[0]);
        th_register_digest(verify->setup->reg, digests[1]);
    }
    if (err == TH_E_CORRUPT ||
        (err == TH_OK && memcmp(digests[0], digests[1], sizeof(digests[0])) != 0)) {
        const struct key key = key_of_bundle(0, 0);
        verify_found(verify,
                     &(struct verify_finding){
                         .code = TH_M_VERIFY_RECORD, .table = TABLE_BUNDLE, .key = key_view(&key)});
        return TH_OK;
    }
    return err;
}

static enum th_err verify_full(struct verify *verify)
{
    static const enum table HASHED[] = {TABLE_GRANT,
                                        TABLE_TOPIC,
                                        TABLE_REJECT,
                                        TABLE_NOTICE,
                                        TABLE_JOINED,
                                        TABLE_STAGE,
                                        TABLE_FORM,
                                        TABLE_OPENING,
                                        TABLE_BUNDLE,
                                        TABLE_CHANGE,
                                        TABLE_EDITION,
                                        TABLE_RESYNC};
    for (size_t i = 0; i < TH_COUNT(HASHED); i++) {
        TH_TRY(verify_scan(verify, HASHED[i], true, NULL));
    }
    TH_TRY(verify_meta(verify, true));
    TH_TRY(verify_audits(verify));
    TH_TRY(verify_register(verify));
    TH_TRY(verify_count(verify));
    TH_TRY(verify_coverage(verify));
    TH_TRY(verify_scan(verify, TABLE_TOTAL, true, compare_total));
    TH_TRY(verify_scan(verify, TABLE_COVERAGE, true, compare_cover));
    TH_TRY(verify_scan(verify, TABLE_DIGEST, true, compare_digest));
    TH_TRY(verify_feed(verify));
    report_missing(verify);
    TH_TRY(verify_editions(verify));
    return verify_ledger(verify, true);
}

static enum th_err verify_quick(struct verify *verify)
{
    uint64_t figures = 0;
    uint64_t transfers = 0;
    TH_TRY(verify_meta(verify, false));
    TH_TRY(th_store_count(
        verify->setup->store, TABLE_EVALUATION, &verify->result->records)); // tombstones included
    TH_TRY(th_store_count(verify->setup->store, TABLE_STAFFING, &figures));
    TH_TRY(th_store_count(verify->setup->store, TABLE_TRANSFER, &transfers));
    verify->result->records += figures + transfers;
    TH_TRY(th_store_count(verify->setup->store, TABLE_TOTAL, &verify->result->totals));
    return verify_ledger(verify, false);
}

struct th_check verify_check(const struct verify_setup *setup)
{
    return open_check(setup->birth_id);
}

enum th_err verify_run(const struct verify_setup *setup,
                       enum verify_level level,
                       verify_report *report,
                       void *self,
                       struct verify_result *result)
{
    *result = (struct verify_result){0};
    struct verify verify = {
        .setup = setup,
        .check = verify_check(setup),
        .report = report,
        .self = self,
        .result = result,
    };
    const enum th_err err = level == VERIFY_FULL ? verify_full(&verify) : verify_quick(&verify);
    free(verify.rows);
    free(verify.buckets);
    return err;
}
