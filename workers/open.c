// open.c - see open.h

#include "workers/open.h"

#include <string.h>

#include "tonghop/fault.h"

#include "workers/table.h"

enum { ROW_BYTES_MAX = 256, ID_VERSION = 1, ID_BYTES_MAX = 16 + RENAMINGS_MAX * 32 };

static const struct th_bytes STORE_ROW = {.data = "store", .size = 5};
static const struct th_bytes EPOCH_ROW = {.data = "epoch", .size = 5};
static const struct th_bytes ID_ROW = {.data = "id", .size = 2};

struct th_check open_check(uint64_t birth_id)
{
    uint8_t id[8];
    th_put_u64(id, birth_id);
    return th_check_of((struct th_bytes){.data = id, .size = sizeof(id)});
}

const char *open_result_text(enum open_result result)
{
    static const char *const TEXTS[] = {
        [OPEN_OK] = "ok",
        [OPEN_EMPTY] = "there is no store yet",
        [OPEN_TOO_NEW] = "written by a newer version: upgrade needed",
        [OPEN_TOO_OLD] = "written by an earlier version: to be migrated",
        [OPEN_OTHER_LINEAGE] = "the store of another province",
        [OPEN_OTHER_ID] = "not the store the roster names",
        [OPEN_OTHER_REGISTER] = "made with another unit register",
        [OPEN_OTHER_CATALOGUE] = "made with another catalogue",
        [OPEN_OTHER_SCOPE] = "made with another person_scope",
        [OPEN_DAMAGED] = "its first rows are damaged",
        [OPEN_FAILED] = "cannot be read or written",
    };
    return TEXTS[result];
}

static enum th_err put_epoch(struct th_store store, const struct th_check *check, uint64_t epoch)
{
    uint8_t space[8 + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    th_write_u64(&value, epoch);
    return th_check_put(check, store, TABLE_META, EPOCH_ROW, &value);
}

static enum th_err put_store(struct th_store store, const struct identity *identity)
{
    uint8_t space[ROW_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    th_write_u16(&value, STORE_FORMAT);
    th_write_u16(&value, STORE_MIN_READER);
    th_write_u64(&value, identity->birth_id);
    th_write_text0(&value, th_bytes_of(identity->lineage));
    th_write_bytes(&value,
                   (struct th_bytes){.data = identity->register_digest, .size = TH_HASH256_BYTES});
    th_write_bytes(&value,
                   (struct th_bytes){.data = identity->catalogue_digest, .size = TH_HASH256_BYTES});
    th_write_u8(&value, (uint8_t)identity->person_scope);
    const struct th_check check = open_check(identity->birth_id);
    return th_check_put(&check, store, TABLE_META, STORE_ROW, &value);
}

enum th_err open_birth(struct th_store store, const struct identity *identity)
{
    struct identity born = *identity;
    born.birth_id = born.store_id;
    const struct th_check check = open_check(born.birth_id);
    TH_TRY(put_store(store, &born));
    return put_epoch(store, &check, 0);
}

// ---- the id in force ----

static enum th_err read_renamings(struct th_store store,
                                  const struct th_check *check,
                                  struct renamed list[static RENAMINGS_MAX],
                                  size_t *count)
{
    struct th_bytes value;
    *count = 0;
    const enum th_err err = th_check_get(check, store, TABLE_META, ID_ROW, &value);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    struct th_reader reader = th_reader_of(value);
    const bool known = th_read_u8(&reader) == ID_VERSION;
    const uint64_t said = th_read_varint(&reader);
    if (!known || said == 0 || said > RENAMINGS_MAX) {
        return TH_E_CORRUPT;
    }
    for (size_t i = 0; i < said; i++) {
        list[i].store_id = th_read_u64(&reader);
        list[i].why = (enum renaming)th_read_u8(&reader);
        list[i].version = th_read_varint(&reader);
        list[i].wall_ms = th_read_zigzag(&reader);
    }
    *count = (size_t)said;
    return th_read_done(&reader) ? TH_OK : TH_E_CORRUPT;
}

static enum th_err put_renamings(struct th_store store,
                                 const struct th_check *check,
                                 const struct renamed *list,
                                 size_t count)
{
    uint8_t space[ID_BYTES_MAX + TH_CHECK_BYTES];
    struct th_writer value = TH_WRITER(space);
    th_write_u8(&value, ID_VERSION);
    th_write_varint(&value, count);
    for (size_t i = 0; i < count; i++) {
        th_write_u64(&value, list[i].store_id);
        th_write_u8(&value, (uint8_t)list[i].why);
        th_write_varint(&value, list[i].version);
        th_write_zigzag(&value, list[i].wall_ms);
    }
    return th_check_put(check, store, TABLE_META, ID_ROW, &value);
}

// ---- what the rows say ----

static enum open_result
read_id(struct th_store store, const struct th_check *check, struct identity *identity)
{
    struct renamed list[RENAMINGS_MAX];
    size_t count = 0;
    const enum th_err err = read_renamings(store, check, list, &count);
    identity->store_id = count > 0 ? list[count - 1].store_id : identity->birth_id;
    return err == TH_OK ? OPEN_OK : err == TH_E_IO ? OPEN_FAILED : OPEN_DAMAGED;
}

static enum open_result read_rows(struct th_store store, struct identity *is)
{
    struct th_bytes value;
    const enum th_err err = th_store_get(store, TABLE_META, STORE_ROW, &value);
    if (err == TH_E_NOT_FOUND) {
        return OPEN_EMPTY;
    }
    if (err != TH_OK) {
        return OPEN_FAILED;
    }
    struct th_reader reader = th_reader_of(value);
    is->format = th_read_u16(&reader);
    is->min_reader = th_read_u16(&reader);
    is->birth_id = th_read_u64(&reader);
    if (reader.failed) {
        return OPEN_DAMAGED;
    }
    if (is->min_reader > STORE_FORMAT) {
        return OPEN_TOO_NEW; // what follows may look different
    }
    const struct th_check check = open_check(is->birth_id);
    if (th_check_open(&check, TABLE_META, STORE_ROW, &value) != TH_OK) {
        return OPEN_DAMAGED;
    }
    const struct th_bytes lineage = th_read_text0(&reader);
    const struct th_bytes units = th_read_bytes(&reader, TH_HASH256_BYTES);
    const struct th_bytes catalogue = th_read_bytes(&reader, TH_HASH256_BYTES);
    is->person_scope = (enum th_person_scope)th_read_u8(&reader);
    if (reader.failed || th_reader_left(&reader) != TH_CHECK_BYTES) {
        return OPEN_DAMAGED;
    }
    th_bytes_copy_text(lineage, is->lineage, sizeof(is->lineage));
    memcpy(is->register_digest, units.data, TH_HASH256_BYTES);
    memcpy(is->catalogue_digest, catalogue.data, TH_HASH256_BYTES);
    return read_id(store, &check, is);
}

enum th_err open_read_identity(struct th_store store, struct identity *identity)
{
    *identity = (struct identity){0};
    const enum open_result result = read_rows(store, identity);
    return result == OPEN_OK ? TH_OK : result == OPEN_FAILED ? TH_E_IO : TH_E_CORRUPT;
}

enum th_err open_set_register(struct th_store store, const uint8_t digest[static TH_HASH256_BYTES])
{
    struct identity identity;
    TH_TRY(open_read_identity(store, &identity));
    memcpy(identity.register_digest, digest, sizeof(identity.register_digest));
    return put_store(store, &identity);
}

enum th_err
open_renamings(struct th_store store, struct renamed list[static RENAMINGS_MAX], size_t *count)
{
    struct identity identity;
    TH_TRY(open_read_identity(store, &identity));
    const struct th_check check = open_check(identity.birth_id);
    return read_renamings(store, &check, list, count);
}

enum th_err open_rename(struct th_store store, const struct renamed *renamed)
{
    struct renamed list[RENAMINGS_MAX];
    size_t count = 0;
    struct identity identity;
    TH_TRY(open_read_identity(store, &identity));
    const struct th_check check = open_check(identity.birth_id);
    TH_TRY(read_renamings(store, &check, list, &count));
    if (count == RENAMINGS_MAX) {
        memmove(&list[0], &list[1], (RENAMINGS_MAX - 1) * sizeof(list[0]));
        count--;
    }
    list[count++] = *renamed;
    return put_renamings(store, &check, list, count);
}

static enum open_result compare(const struct identity *is, const struct identity *wanted)
{
    if (strcmp(is->lineage, wanted->lineage) != 0) {
        return OPEN_OTHER_LINEAGE;
    }
    if (wanted->store_id != 0 && is->store_id != wanted->store_id) {
        return OPEN_OTHER_ID;
    }
    if (memcmp(is->register_digest, wanted->register_digest, TH_HASH256_BYTES) != 0) {
        return OPEN_OTHER_REGISTER;
    }
    if (memcmp(is->catalogue_digest, wanted->catalogue_digest, TH_HASH256_BYTES) != 0) {
        return OPEN_OTHER_CATALOGUE;
    }
    return is->person_scope == wanted->person_scope ? OPEN_OK : OPEN_OTHER_SCOPE;
}

enum open_result
open_look(struct th_store store, const struct identity *identity, struct opened *opened)
{
    struct identity is = {0};
    enum open_result result = read_rows(store, &is);
    if (result == OPEN_OK && is.format < STORE_FORMAT) {
        result = OPEN_TOO_OLD;
    }
    if (result == OPEN_OK) {
        result = compare(&is, identity);
    }
    if (result != OPEN_OK) {
        return result;
    }
    const struct th_check check = open_check(is.birth_id);
    struct th_bytes value;
    const enum th_err err = th_check_get(&check, store, TABLE_META, EPOCH_ROW, &value);
    if (err != TH_OK || value.size != 8) {
        return err == TH_E_IO ? OPEN_FAILED : OPEN_DAMAGED;
    }
    opened->store_id = is.store_id;
    opened->birth_id = is.birth_id;
    opened->store_epoch = th_get_u64(value.data);
    return OPEN_OK;
}

enum open_result
open_to_write(struct th_store store, const struct identity *identity, struct opened *opened)
{
    const enum open_result result = open_look(store, identity, opened);
    if (result != OPEN_OK) {
        return result;
    }
    opened->store_epoch += th_mutant(18) ? 0 : 1;
    const struct th_check check = open_check(opened->birth_id);
    return put_epoch(store, &check, opened->store_epoch) == TH_OK ? OPEN_OK : OPEN_FAILED;
}
