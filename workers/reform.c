// reform.c - see reform.h

#include "workers/reform.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/pool.h"

#include "workers/table.h"

enum { ROW_VERSION = 1, CELLS = 11, FINDINGS_KEPT = 1 };

enum cell { CODE, NEW_CODE, NAME, TYPE, LEVEL, PARENT, FROM, UNTIL, EFFECTIVE, SUCCESSOR, BASIS };

// The rows of table "change", with texts of their own.
struct rows {
    struct th_pool texts;
    struct th_unit *units;
    size_t unit_count, unit_room;
    struct th_successor *successors;
    size_t successor_count, successor_room;
};

static void rows_free(struct rows *rows)
{
    th_pool_free(&rows->texts);
    free(rows->units);
    free(rows->successors);
}

static enum th_err make_room(void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return TH_OK;
    }
    const size_t wanted = *room == 0 ? 64 : 2 * *room;
    void *grown = reallocarray(*items, wanted, size);
    if (grown == NULL) {
        return TH_E_NO_MEMORY;
    }
    *items = grown;
    *room = wanted;
    return TH_OK;
}

// The rules have read every day before.
static th_day day_or(struct th_bytes text, th_day open)
{
    th_day day = open;
    return text.size > 0 && th_day_parse(text, &day) == TH_OK ? day : open;
}

static enum th_err add_unit(struct rows *rows, const struct th_bytes *cells)
{
    void *items = rows->units;
    TH_TRY(make_room(&items, rows->unit_count, &rows->unit_room, sizeof(*rows->units)));
    rows->units = items;
    rows->units[rows->unit_count++] = (struct th_unit){
        .code = cells[CODE],
        .name = cells[NAME],
        .type = cells[TYPE],
        .level = cells[LEVEL].size > 0 ? cells[LEVEL] : cells[TYPE],
        .parent = cells[PARENT],
        .basis = cells[BASIS],
        .from = day_or(cells[FROM], TH_DAY_MIN),
        .until = day_or(cells[UNTIL], TH_DAY_MAX),
    };
    return TH_OK;
}

static enum th_err add_successor(struct rows *rows, const struct th_bytes *cells)
{
    void *items = rows->successors;
    TH_TRY(
        make_room(&items, rows->successor_count, &rows->successor_room, sizeof(*rows->successors)));
    rows->successors = items;
    enum th_successor_kind kind = TH_SUCCESSOR_FULL;
    if (th_bytes_equal(cells[SUCCESSOR], TH_BYTES("partial"))) {
        kind = TH_SUCCESSOR_PARTIAL;
    } else if (th_bytes_equal(cells[SUCCESSOR], TH_BYTES("recode"))) {
        kind = TH_SUCCESSOR_RECODE;
    }
    rows->successors[rows->successor_count++] = (struct th_successor){
        .old_code = cells[CODE],
        .new_code = cells[NEW_CODE],
        .effective = day_or(cells[EFFECTIVE], TH_DAY_NONE),
        .kind = kind,
        .basis = cells[BASIS],
    };
    return TH_OK;
}

static enum th_err read_row(struct rows *rows, struct th_bytes value)
{
    struct th_reader reader = th_reader_of(value);
    struct th_bytes cells[CELLS];
    const uint8_t version = th_read_u8(&reader);
    const uint8_t act = th_read_u8(&reader);
    for (size_t i = 0; i < CELLS; i++) {
        const struct th_bytes cell = th_read_block(&reader);
        if (!reader.failed) {
            TH_TRY(th_pool_copy(&rows->texts, cell, &cells[i]));
        }
    }
    if (version != ROW_VERSION || !th_read_done(&reader)) {
        return TH_E_CORRUPT;
    }
    return act == TH_ACT_DESK_UNIT ? add_unit(rows, cells) : add_successor(rows, cells);
}

static enum th_err read_rows(struct th_store store, const struct th_check *check, struct rows *rows)
{
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_CHANGE, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        TH_TRY(th_check_open(check, TABLE_CHANGE, key, &value));
        TH_TRY(read_row(rows, value));
        err = th_store_next(store, TABLE_CHANGE, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// ---- making ----

static enum th_err refuse(struct th_verdict *why, unsigned code, struct th_bytes what)
{
    th_verdict_start(why, code, 0, "rows");
    th_verdict_add(why, what);
    return TH_E_REFUSED;
}

static enum th_err change_register(const struct th_province *now,
                                   const struct rows *rows,
                                   struct th_register **reg,
                                   struct th_verdict *why)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "units.csv");
    struct th_bytes moved = {0};
    const struct th_register_change change = {
        .units = rows->units,
        .unit_count = rows->unit_count,
        .successors = rows->successors,
        .successor_count = rows->successor_count,
    };
    const enum th_err err = th_register_change(now->reg, &change, &findings, &moved, reg);
    if (err == TH_E_REFUSED && findings.count > 0) {
        *why = th_findings_at(&findings, 0)->verdict;
    }
    if (err == TH_E_INVALID) {
        return refuse(why, TH_M_REGISTER_JOINED, moved);
    }
    TH_TRY(err);
    return th_register_root(*reg) == now->root ? TH_OK : refuse(why, TH_V_KIND, TH_BYTES("parent"));
}

static enum th_err make(void *self,
                        struct th_store store,
                        const struct th_check *check,
                        struct judge_register *made,
                        struct th_verdict *why)
{
    struct reform *reform = self;
    TH_SCOPED(rows_free) struct rows rows = {.unit_count = 0};
    TH_SCOPED(th_register_free) struct th_register *reg = NULL;
    TH_TRY(read_rows(store, check, &rows));
    TH_TRY(change_register(reform->now, &rows, &reg, why));
    reform_end(reform); // one that was made before and refused
    TH_TRY(th_province_with_register(reform->now, reg, &reform->made));
    const struct th_province *province = reform->made;
    *made = (struct judge_register){
        .reg = province->reg,
        .root = province->root,
        .bundle = {.data = province->bundle, .size = province->bundle_size},
    };
    th_register_digest(province->reg, made->digest);
    return TH_OK;
}

struct judge_registers reform_registers(struct reform *reform)
{
    return (struct judge_registers){.self = reform, .make = make};
}

void reform_end(struct reform *reform)
{
    th_province_free(&reform->made);
}

// ---- finding again ----

// The version of the newest register not after version; the table is not empty.
static enum th_err find_version(struct th_store store, uint64_t version, uint64_t *found)
{
    struct th_bytes key;
    struct th_bytes value;
    struct ledger_key at;
    const struct key behind = key_of_bundle(version, UINT32_MAX);
    TH_TRY(th_store_prev(store, TABLE_BUNDLE, key_view(&behind), &key, &value));
    TH_TRY(key_read_ledger(key, &at));
    *found = at.version;
    return TH_OK;
}

enum th_err reform_since(struct th_store store, uint64_t version, uint64_t *since)
{
    *since = 0;
    const enum th_err err = find_version(store, version, since);
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err join_pieces(struct th_store store,
                               const struct th_check *check,
                               uint64_t version,
                               char **bundle,
                               size_t *size)
{
    uint32_t piece = 0;
    *size = 0;
    size_t at = 0;
    do {
        struct th_bytes value;
        const struct key key = key_of_bundle(version, piece++);
        const enum th_err err = th_check_get(check, store, TABLE_BUNDLE, key_view(&key), &value);
        if (err != TH_OK) {
            return err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err;
        }
        struct th_reader reader = th_reader_of(value);
        const bool known = th_read_u8(&reader) == ROW_VERSION;
        const uint64_t total = th_read_varint(&reader);
        const struct th_bytes bytes = th_read_bytes(&reader, th_reader_left(&reader));
        if (!known || reader.failed || total == 0 || total > 4ULL * TH_REGISTER_BYTES_MAX ||
            (*size != 0 && total != *size) || bytes.size == 0 || bytes.size > total - at) {
            return TH_E_CORRUPT;
        }
        if (*bundle == NULL) {
            *size = (size_t)total;
            *bundle = malloc(*size);
            if (*bundle == NULL) {
                return TH_E_NO_MEMORY;
            }
        }
        memcpy(*bundle + at, bytes.data, bytes.size);
        at += bytes.size;
    } while (at < *size);
    return TH_OK;
}

enum th_err reform_province(struct th_store store,
                            const struct th_check *check,
                            uint64_t version,
                            struct th_province **province)
{
    TH_SCOPED(th_free_scoped) char *bundle = NULL;
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "bundle");
    uint64_t from = 0;
    size_t size = 0;
    *province = NULL;
    const enum th_err err = find_version(store, version, &from);
    if (err == TH_E_NOT_FOUND) {
        return TH_OK;
    }
    TH_TRY(err);
    TH_TRY(join_pieces(store, check, from, &bundle, &size));
    const enum th_err read =
        th_province_unpack((struct th_bytes){.data = bundle, .size = size}, &findings, province);
    return read == TH_E_REFUSED || read == TH_E_MALFORMED ? TH_E_CORRUPT : read;
}
