// manifest.c - see manifest.h

#include "workers/manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/file.h"
#include "tonghop/yaml.h"

#include "workers/judge.h"

enum {
    FILE_BYTES_MAX = 16 * 1024 * 1024,
    FILE_MODE = 0600,
    ID_DIGITS = 16,
    HASH_DIGITS = 2 * TH_HASH256_BYTES,
    NODE_TEXT_MAX = 256,
    FINDINGS_KEPT = 4,
    ROOM_FIRST = 16,
};

static const char DIGEST_KEY[] = "digest: \"";

// ---- the file as YAML ----

struct file_province {
    struct th_bytes lineage, root, name, store_id, birth_id, chain;
    int64_t format, version, records, batches;
    struct th_yaml_list nodes;
};

struct file_file {
    struct th_bytes path, hash;
    int64_t bytes;
};

struct file_manifest {
    int64_t format;
    struct th_bytes made, program, digest;
    bool keys;
    struct th_yaml_list provinces;
    struct th_yaml_list files;
};

#define TEXT(most)       .type = TH_YAML_TEXT, .max = (most)
#define DIGITS(count)    .type = TH_YAML_TEXT, .min = (count), .max = (count)
#define NUMBER           .type = TH_YAML_INTEGER, .max = INT64_MAX
#define NEEDED           .is_required = true
#define PROVINCE(member) .offset = offsetof(struct file_province, member)
#define FILE_OF(member)  .offset = offsetof(struct file_file, member)
#define ALL(member)      .offset = offsetof(struct file_manifest, member)

static const struct th_yaml_key PROVINCE_KEYS[] = {
    {.name = "lineage", .type = TH_YAML_CODE, .max = TH_LINEAGE_MAX, NEEDED, PROVINCE(lineage)},
    {.name = "root", TEXT(TH_UNIT_REF_MAX), NEEDED, PROVINCE(root)},
    {.name = "name", TEXT(256), PROVINCE(name)},
    {.name = "store_id", DIGITS(ID_DIGITS), NEEDED, PROVINCE(store_id)},
    {.name = "birth_id", DIGITS(ID_DIGITS), NEEDED, PROVINCE(birth_id)},
    {.name = "format", .type = TH_YAML_INTEGER, .max = UINT16_MAX, NEEDED, PROVINCE(format)},
    {.name = "version", NUMBER, NEEDED, PROVINCE(version)},
    {.name = "chain", DIGITS(HASH_DIGITS), NEEDED, PROVINCE(chain)},
    {.name = "records", NUMBER, NEEDED, PROVINCE(records)},
    {.name = "batches", NUMBER, NEEDED, PROVINCE(batches)},
    {.name = "nodes", TEXT(NODE_TEXT_MAX), .is_list = true, PROVINCE(nodes)},
};
static const struct th_yaml_table PROVINCES = {
    .keys = PROVINCE_KEYS, .count = TH_COUNT(PROVINCE_KEYS), .size = sizeof(struct file_province)};

static const struct th_yaml_key FILE_KEYS[] = {
    {.name = "path", TEXT(MANIFEST_PATH_MAX), .min = 1, NEEDED, FILE_OF(path)},
    {.name = "bytes", NUMBER, NEEDED, FILE_OF(bytes)},
    {.name = "hash", DIGITS(HASH_DIGITS), NEEDED, FILE_OF(hash)},
};
static const struct th_yaml_table FILES = {
    .keys = FILE_KEYS, .count = TH_COUNT(FILE_KEYS), .size = sizeof(struct file_file)};

static const struct th_yaml_key MANIFEST_KEYS[] = {
    {.name = "format", .type = TH_YAML_INTEGER, .min = 1, .max = 1, NEEDED, ALL(format)},
    {.name = "made", DIGITS(20), NEEDED, ALL(made)},
    {.name = "program", TEXT(64), NEEDED, ALL(program)},
    {.name = "keys", .type = TH_YAML_BOOL, NEEDED, ALL(keys)},
    {.name = "provinces",
     .type = TH_YAML_MAP,
     .is_list = true,
     .table = &PROVINCES,
     NEEDED,
     ALL(provinces)},
    {.name = "files", .type = TH_YAML_MAP, .is_list = true, .table = &FILES, NEEDED, ALL(files)},
    {.name = "digest", DIGITS(HASH_DIGITS), ALL(digest)},
};
static const struct th_yaml_table MANIFEST = {
    .keys = MANIFEST_KEYS, .count = TH_COUNT(MANIFEST_KEYS), .size = sizeof(struct file_manifest)};

// ---- in memory ----

void manifest_free(struct manifest *manifest)
{
    free(manifest->provinces);
    free(manifest->files);
    th_pool_free(&manifest->texts);
    *manifest = (struct manifest){0};
}

// Room for one more of count things in *list, which grows by doubling.
static enum th_err grow(void **list, size_t count, size_t size)
{
    if (count >= ROOM_FIRST && (count & (count - 1)) != 0) {
        return TH_OK;
    }
    if (count > 0 && count < ROOM_FIRST) {
        return TH_OK;
    }
    void *more = realloc(*list, (count == 0 ? ROOM_FIRST : 2 * count) * size);
    if (more == NULL) {
        return TH_E_NO_MEMORY;
    }
    *list = more;
    return TH_OK;
}

enum th_err manifest_add_file(struct manifest *manifest, const struct manifest_file *file)
{
    if (manifest->file_count == MANIFEST_FILES_MAX || file->path.size > MANIFEST_PATH_MAX) {
        return TH_E_FULL;
    }
    void *list = manifest->files;
    TH_TRY(grow(&list, manifest->file_count, sizeof(*manifest->files)));
    manifest->files = list;
    struct manifest_file *added = &manifest->files[manifest->file_count];
    *added = *file;
    TH_TRY(th_pool_copy(&manifest->texts, file->path, &added->path));
    manifest->file_count++;
    return TH_OK;
}

// "7 1 118 CHAIN 1204 DIGEST"
static enum th_err node_text(struct th_store store,
                             const struct th_check *check,
                             struct th_bytes key,
                             struct th_bytes value,
                             char out[static NODE_TEXT_MAX])
{
    struct node_row row;
    struct digest digest = {.count = 0};
    char chain[HASH_DIGITS + 1];
    char sum[2 * sizeof(digest.sum) + 1];
    uint8_t number[4];
    if (key.size != sizeof(number)) {
        return TH_E_CORRUPT;
    }
    memcpy(number, key.data, sizeof(number));
    TH_TRY(node_row_read(value, &row));
    const struct th_bytes name = {.data = number, .size = sizeof(number)};
    const enum th_err err = th_check_get(check, store, TABLE_DIGEST, name, &value);
    if (err != TH_E_NOT_FOUND) {
        TH_TRY(err);
        TH_TRY(digest_read(value, &digest));
    }
    (void)snprintf(out,
                   NODE_TEXT_MAX,
                   "%" PRIu32 " %" PRIu64 " %" PRIu64 " %s %" PRIu64 " %s",
                   th_get_u32(number),
                   row.epoch,
                   row.seq,
                   th_hex((struct th_bytes){.data = row.hash, .size = sizeof(row.hash)}, chain),
                   digest.count,
                   th_hex((struct th_bytes){.data = digest.sum, .size = sizeof(digest.sum)}, sum));
    return TH_OK;
}

static enum th_err
add_nodes(struct manifest *manifest, struct th_store store, struct manifest_province *province)
{
    const struct th_check check = open_check(province->birth_id);
    struct th_bytes key = {0};
    struct th_bytes value;
    uint64_t count = 0;
    TH_TRY(th_store_count(store, TABLE_NODE, &count));
    province->nodes =
        th_pool_take(&manifest->texts, ((size_t)count + 1) * sizeof(*province->nodes));
    if (province->nodes == NULL) {
        return TH_E_NO_MEMORY;
    }
    enum th_err err = th_store_seek(store, TABLE_NODE, key, &key, &value);
    while (err == TH_OK && province->node_count < count) {
        char text[NODE_TEXT_MAX];
        TH_TRY(th_check_open(&check, TABLE_NODE, key, &value));
        TH_TRY(node_text(store, &check, key, value, text));
        TH_TRY(th_pool_copy(
            &manifest->texts, th_bytes_of(text), &province->nodes[province->node_count++]));
        err = th_store_next(store, TABLE_NODE, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err manifest_add_province(struct manifest *manifest,
                                  const struct sound *sound,
                                  struct th_store store,
                                  const struct th_config_province *said)
{
    void *list = manifest->provinces;
    TH_TRY(grow(&list, manifest->province_count, sizeof(*manifest->provinces)));
    manifest->provinces = list;
    struct manifest_province *added = &manifest->provinces[manifest->province_count];
    *added = (struct manifest_province){
        .store_id = sound->identity.store_id,
        .birth_id = sound->identity.birth_id,
        .format = sound->identity.format,
        .version = sound->result.version,
        .records = sound->result.records,
        .batches = sound->result.batches,
    };
    (void)snprintf(added->lineage, sizeof(added->lineage), "%s", said->lineage);
    (void)snprintf(added->root, sizeof(added->root), "%s", said->root);
    (void)snprintf(added->name, sizeof(added->name), "%s", said->name != NULL ? said->name : "");
    memcpy(added->chain, sound->chain, sizeof(added->chain));
    TH_TRY(add_nodes(manifest, store, added));
    manifest->province_count++;
    return TH_OK;
}

const struct manifest_province *manifest_province(const struct manifest *manifest,
                                                  const char *lineage)
{
    for (size_t i = 0; i < manifest->province_count; i++) {
        if (strcmp(manifest->provinces[i].lineage, lineage) == 0) {
            return &manifest->provinces[i];
        }
    }
    return NULL;
}

uint64_t manifest_bytes(const struct manifest *manifest)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < manifest->file_count; i++) {
        bytes += manifest->files[i].bytes;
    }
    return bytes;
}

// ---- writing ----

static struct th_bytes hex_in(struct th_pool *pool, const void *data, size_t size)
{
    char *out = th_pool_take(pool, 2 * size + 1);
    const struct th_bytes bytes = {.data = data, .size = size};
    return out == NULL ? (struct th_bytes){0} : th_bytes_of(th_hex(bytes, out));
}

static struct th_bytes id_in(struct th_pool *pool, uint64_t id)
{
    uint8_t bytes[sizeof(id)];
    th_put_u64(bytes, id);
    return hex_in(pool, bytes, sizeof(bytes));
}

static struct file_province written_province(const struct manifest_province *province,
                                             struct th_pool *pool)
{
    return (struct file_province){
        .lineage = th_bytes_of(province->lineage),
        .root = th_bytes_of(province->root),
        .name = th_bytes_of(province->name),
        .store_id = id_in(pool, province->store_id),
        .birth_id = id_in(pool, province->birth_id),
        .chain = hex_in(pool, province->chain, sizeof(province->chain)),
        .format = province->format,
        .version = (int64_t)province->version,
        .records = (int64_t)province->records,
        .batches = (int64_t)province->batches,
        .nodes = {.items = province->nodes, .count = province->node_count},
    };
}

// Everything but the last line. TH_E_NO_MEMORY when a text is missing too: it would be empty.
static enum th_err
write_body(const struct manifest *manifest, struct th_pool *pool, struct th_writer *out)
{
    char made[TH_TIME_TEXT_BYTES];
    struct file_province *provinces =
        th_pool_take(pool, (manifest->province_count + 1) * sizeof(*provinces));
    struct file_file *files = th_pool_take(pool, (manifest->file_count + 1) * sizeof(*files));
    bool whole = provinces != NULL && files != NULL;
    for (size_t i = 0; whole && i < manifest->province_count; i++) {
        provinces[i] = written_province(&manifest->provinces[i], pool);
        whole = provinces[i].store_id.size > 0 && provinces[i].birth_id.size > 0 &&
                provinces[i].chain.size > 0;
    }
    for (size_t i = 0; whole && i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        files[i] = (struct file_file){.path = file->path,
                                      .bytes = (int64_t)file->bytes,
                                      .hash = hex_in(pool, file->hash, sizeof(file->hash))};
        whole = files[i].hash.size > 0;
    }
    if (!whole) {
        return TH_E_NO_MEMORY;
    }
    const struct file_manifest file = {
        .format = MANIFEST_FORMAT,
        .made = th_bytes_of(th_time_utc(manifest->made_ms, made)),
        .program = manifest->program,
        .keys = manifest->keys,
        .provinces = {.items = provinces, .count = manifest->province_count},
        .files = {.items = files, .count = manifest->file_count},
    };
    th_yaml_write(&MANIFEST, &file, false, out);
    return out->overflow ? TH_E_FULL : TH_OK;
}

static void digest_of(struct th_bytes body, char out[static HASH_DIGITS + 1])
{
    uint8_t digest[TH_HASH256_BYTES];
    th_hash256(digest, &body, 1);
    (void)th_hex((struct th_bytes){.data = digest, .size = sizeof(digest)}, out);
}

static char *path_of(const char *dir, char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.4000s/manifest.yaml", dir);
    return out;
}

enum th_err manifest_write(const char *dir, const struct manifest *manifest)
{
    char path[TH_PATH_MAX];
    char digest[HASH_DIGITS + 1];
    TH_SCOPED(th_pool_free) struct th_pool pool = {0};
    TH_SCOPED(th_free_scoped) uint8_t *bytes = malloc(FILE_BYTES_MAX);
    if (bytes == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer out = {.data = bytes, .max = FILE_BYTES_MAX};
    TH_TRY(write_body(manifest, &pool, &out));
    digest_of(th_written(&out), digest);
    th_write_bytes(&out, th_bytes_of(DIGEST_KEY));
    th_write_bytes(&out, th_bytes_of(digest));
    th_write_bytes(&out, TH_BYTES("\"\n"));
    return out.overflow ? TH_E_FULL
                        : th_file_create(path_of(dir, path), th_written(&out), FILE_MODE);
}

// ---- reading ----

static enum th_err damaged(const char *dir, struct th_verdict *why)
{
    th_verdict_make(why, TH_M_BACKUP_DAMAGED, 'b', "", dir, "manifest.yaml", "hash-differs", NULL);
    return TH_E_CORRUPT;
}

// B2
static bool is_whole(struct th_bytes text)
{
    char wanted[sizeof(DIGEST_KEY) + HASH_DIGITS + 2];
    char digest[HASH_DIGITS + 1];
    const size_t tail = sizeof(DIGEST_KEY) - 1 + HASH_DIGITS + 2;
    if (text.size <= tail) {
        return false;
    }
    const struct th_bytes body = {.data = text.data, .size = text.size - tail};
    digest_of(body, digest);
    (void)snprintf(wanted, sizeof(wanted), "%s%s\"\n", DIGEST_KEY, digest);
    return memcmp((const char *)text.data + body.size, wanted, tail) == 0;
}

// B3: a relative path without "..", and not the manifest.
static bool path_good(struct th_bytes path)
{
    const char *text = path.data;
    bool good = path.size > 0 && text[0] != '/' && strcmp(text, "manifest.yaml") != 0;
    for (const char *at = text; good && at != NULL; at = strchr(at, '/')) {
        at += *at == '/' ? 1 : 0;
        good = strncmp(at, "..", 2) != 0 && *at != '/' && *at != '\0';
    }
    return good;
}

static bool take_province(const struct file_province *from, struct manifest_province *to)
{
    uint8_t ids[2][sizeof(uint64_t)];
    *to = (struct manifest_province){
        .format = (uint16_t)from->format,
        .version = (uint64_t)from->version,
        .records = (uint64_t)from->records,
        .batches = (uint64_t)from->batches,
        .nodes = from->nodes.items,
        .node_count = from->nodes.count,
    };
    (void)th_bytes_copy_text(from->lineage, to->lineage, sizeof(to->lineage));
    (void)th_bytes_copy_text(from->root, to->root, sizeof(to->root));
    (void)th_bytes_copy_text(from->name, to->name, sizeof(to->name));
    const bool good = th_unhex(from->store_id, ids[0], sizeof(ids[0])) == TH_OK &&
                      th_unhex(from->birth_id, ids[1], sizeof(ids[1])) == TH_OK &&
                      th_unhex(from->chain, to->chain, sizeof(to->chain)) == TH_OK;
    to->store_id = good ? th_get_u64(ids[0]) : 0;
    to->birth_id = good ? th_get_u64(ids[1]) : 0;
    return good;
}

static enum th_err copy_nodes(struct th_pool *pool, struct manifest_province *province)
{
    const struct th_bytes *from = province->nodes;
    province->nodes = th_pool_take(pool, (province->node_count + 1) * sizeof(*province->nodes));
    if (province->nodes == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < province->node_count; i++) {
        TH_TRY(th_pool_copy(pool, from[i], &province->nodes[i]));
    }
    return TH_OK;
}

// TH_E_MALFORMED: what is said cannot be.
static enum th_err take(const struct file_manifest *file, struct manifest *manifest)
{
    const struct file_province *provinces = file->provinces.items;
    const struct file_file *files = file->files.items;
    manifest->keys = file->keys;
    TH_TRY(th_time_parse(file->made, &manifest->made_ms));
    TH_TRY(th_pool_copy(&manifest->texts, file->program, &manifest->program));
    manifest->provinces = calloc(file->provinces.count + 1, sizeof(*manifest->provinces));
    if (manifest->provinces == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < file->provinces.count; i++) {
        if (!take_province(&provinces[i], &manifest->provinces[i])) {
            return TH_E_MALFORMED;
        }
        TH_TRY(copy_nodes(&manifest->texts, &manifest->provinces[i]));
        manifest->province_count++;
    }
    for (size_t i = 0; i < file->files.count; i++) {
        struct manifest_file one = {.path = files[i].path, .bytes = (uint64_t)files[i].bytes};
        if (!path_good(one.path) || th_unhex(files[i].hash, one.hash, sizeof(one.hash)) != TH_OK) {
            return TH_E_MALFORMED;
        }
        TH_TRY(manifest_add_file(manifest, &one));
    }
    return TH_OK;
}

enum th_err manifest_read(const char *dir, struct manifest *manifest, struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    size_t size = 0;
    struct file_manifest file;
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "manifest.yaml");
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    TH_SCOPED(th_yaml_pool_free) struct th_yaml_pool pool = {0};
    enum th_err err = th_file_read(path_of(dir, path), FILE_BYTES_MAX, &bytes, &size);
    if (err == TH_E_NOT_FOUND) {
        th_verdict_make(why, TH_M_BACKUP_NONE, 'b', "", dir, NULL);
        return err;
    }
    if (err != TH_OK) {
        th_verdict_make(
            why, TH_M_BACKUP_DAMAGED, 'b', "", dir, "manifest.yaml", "unreadable", NULL);
        return err;
    }
    const struct th_bytes text = {.data = bytes, .size = size};
    if (!is_whole(text)) {
        return damaged(dir, why);
    }
    err = th_yaml_read(text, &MANIFEST, &TH_YAML_ROSTER_LIMITS, &pool, &findings, &file);
    if (err == TH_OK) {
        err = take(&file, manifest);
    }
    if (err == TH_E_REFUSED) { // whole, and not as we write it
        th_verdict_make(why, TH_M_STORE_NEWER, 0, "", "manifest.yaml", NULL);
        return TH_E_INVALID;
    }
    return err == TH_OK ? TH_OK : damaged(dir, why);
}
