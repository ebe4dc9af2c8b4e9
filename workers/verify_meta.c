// verify_meta.c - what the store is, and tables that follow from nothing else that is kept

#include <string.h>

#include "workers/audit.h"
#include "workers/judge.h"
#include "workers/open.h"
#include "workers/verify_body.h"

static void found(struct verify *verify, unsigned code, enum table table, struct th_bytes key)
{
    verify_found(verify, &(struct verify_finding){.code = code, .table = table, .key = key});
}

// ---- the first rows ----

// Nothing was ever written: it is to be born yet.
static enum th_err is_unborn(const struct verify *verify, bool *unborn)
{
    *unborn = true;
    for (unsigned table = 0; table < TABLE_COUNT && *unborn; table++) {
        uint64_t rows = 0;
        TH_TRY(th_store_count(verify->setup->store, table, &rows));
        *unborn = rows == 0;
    }
    return TH_OK;
}

static enum th_err check_identity(struct verify *verify)
{
    const struct verify_setup *setup = verify->setup;
    struct identity identity = {.person_scope = setup->person_scope};
    struct opened opened;
    th_register_digest(setup->reg, identity.register_digest);
    th_catalogue_digest(setup->catalogue, identity.catalogue_digest);
    (void)th_bytes_copy_text(setup->lineage, identity.lineage, sizeof(identity.lineage));
    const enum open_result result = open_look(setup->store, &identity, &opened);
    if (result == OPEN_FAILED) {
        return TH_E_IO;
    }
    bool unborn = false;
    if (result == OPEN_EMPTY) {
        TH_TRY(is_unborn(verify, &unborn));
    }
    if (unborn) {
        return TH_OK;
    }
    struct identity is = {.format = 0};
    const bool read = result == OPEN_OK && open_read_identity(setup->store, &is) == TH_OK;
    if (!read || is.birth_id != setup->birth_id || is.min_reader == 0 ||
        is.min_reader > is.format) {
        found(verify, TH_M_VERIFY_AUDIT, TABLE_META, TH_BYTES("store"));
    }
    return TH_OK;
}

// The bytes of a row of meta; empty when it is not there, or damaged, which has been told.
static enum th_err get_meta(struct verify *verify, struct th_bytes name, struct th_bytes *value)
{
    const enum th_err err =
        th_check_get(&verify->check, verify->setup->store, TABLE_META, name, value);
    if (err == TH_E_NOT_FOUND || err == TH_E_CORRUPT) {
        *value = (struct th_bytes){0};
        return TH_OK;
    }
    return err;
}

// G1: grants come from a roster.
static enum th_err check_roster(struct verify *verify)
{
    const struct th_bytes name = TH_BYTES("roster");
    struct th_bytes value;
    uint64_t grants = 0;
    TH_TRY(th_store_count(verify->setup->store, TABLE_GRANT, &grants));
    TH_TRY(get_meta(verify, name, &value));
    if (value.size == 0 ? grants > 0 : value.size != TH_HASH256_BYTES) {
        found(verify, TH_M_VERIFY_AUDIT, TABLE_META, name);
    }
    return TH_OK;
}

static enum th_err count_dead(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    uint64_t bytes = 0;
    (void)key;
    TH_TRY(judge_dead_bytes(payload, &bytes));
    verify->dead_bytes += bytes;
    return TH_OK;
}

// X1: the bound is kept by a count.
static enum th_err check_dead(struct verify *verify)
{
    const struct th_bytes name = TH_BYTES("dead");
    struct th_bytes value;
    verify->dead_bytes = 0;
    TH_TRY(verify_scan(verify, TABLE_DEAD, true, count_dead));
    TH_TRY(get_meta(verify, name, &value));
    const uint64_t kept = value.size == 8 ? th_get_u64(value.data) : 0;
    if (kept != verify->dead_bytes) {
        found(verify, TH_M_VERIFY_AUDIT, TABLE_META, name);
    }
    return TH_OK;
}

enum th_err verify_meta(struct verify *verify, bool whole)
{
    TH_TRY(verify_scan(verify, TABLE_META, true, NULL));
    TH_TRY(check_identity(verify));
    TH_TRY(check_roster(verify));
    return whole ? check_dead(verify) : TH_OK;
}

// ---- sums ----

enum th_err verify_audits(struct verify *verify)
{
    static const enum table RESERVED[] = {TABLE_TALLY, TABLE_SHARE, TABLE_UNDO};
    for (unsigned table = 0; table < TABLE_COUNT; table++) {
        bool fits = true;
        const enum th_err err = audit_covers(table)
                                    ? audit_fits(&verify->check, verify->setup->store, table, &fits)
                                    : TH_OK;
        if (err != TH_OK && err != TH_E_CORRUPT) {
            return err;
        }
        if (!fits || err == TH_E_CORRUPT) { // CORRUPT: the sums themselves
            found(verify, TH_M_VERIFY_AUDIT, (enum table)table, (struct th_bytes){0});
        }
    }
    for (size_t i = 0; i < TH_COUNT(RESERVED); i++) {
        uint64_t rows = 0;
        TH_TRY(th_store_count(verify->setup->store, RESERVED[i], &rows));
        if (rows > 0) {
            found(verify, TH_M_VERIFY_AUDIT, RESERVED[i], (struct th_bytes){0});
        }
    }
    return TH_OK;
}
