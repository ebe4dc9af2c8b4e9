// roster_file.c - see roster.h; roster.yaml

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/hash.h"
#include "tonghop/yaml.h"

#include "lib/roster_body.h"

enum {
    FORMAT = 1,
    FILE_BYTES_MAX = 16 * 1024 * 1024,
    FILE_MODE = 0600,
    OTHERS_WRITE = 022,
    STORE_ID_SIZE = 16, // hex digits
};

// ---- the file as YAML ----

struct file_province {
    struct th_bytes lineage;
    struct th_bytes root;
    struct th_bytes store_id;
    struct th_yaml_place place;
};

struct file_entry {
    int64_t number;
    int32_t class;
    struct th_bytes lineage;
    struct th_yaml_list units;
    bool only;
    int32_t audience;
    struct th_bytes public_key;
    struct th_bytes previous_key;
    struct th_bytes previous_until;
    struct th_bytes bootstrap_key;
    struct th_bytes expires;
    int32_t state;
    struct th_bytes reason;
    int64_t enrolment;
    int64_t keys_from;
    int64_t rotation;
    struct th_yaml_place place;
};

struct file_roster {
    int64_t format;
    int64_t generation;
    struct th_yaml_list provinces;
    struct th_yaml_list entries;
};

static const char *const CLASSES[] = {"node", "worker", "viewer", "desk", NULL};
static const enum th_peer_class CLASS_OF[] = {
    TH_PEER_NODE, TH_PEER_WORKER, TH_PEER_VIEWER, TH_PEER_DESK};
static const char *const STATES[] = {"active", "revoked", NULL};
enum { STATE_ACTIVE, STATE_REVOKED };
static const char *const AUDIENCES[] = {"internal", "public", NULL};
enum { AUDIENCE_INTERNAL, AUDIENCE_PUBLIC };

#define PROVINCE(member) .offset = offsetof(struct file_province, member)
#define ENTRY(member)    .offset = offsetof(struct file_entry, member)
#define ROSTER(member)   .offset = offsetof(struct file_roster, member)

static const struct th_yaml_key PROVINCE_KEYS[] = {
    {.name = "lineage", .type = TH_YAML_CODE, .is_required = true, .max = 8, PROVINCE(lineage)},
    {.name = "root", .type = TH_YAML_TEXT, .is_required = true, .max = 64, PROVINCE(root)},
    {.name = "store_id", .type = TH_YAML_TEXT, .is_required = true, .max = 16, PROVINCE(store_id)},
};
static const struct th_yaml_table PROVINCES = {.keys = PROVINCE_KEYS,
                                               .count = TH_COUNT(PROVINCE_KEYS),
                                               .size = sizeof(struct file_province),
                                               .place = TH_YAML_AT(struct file_province, place)};

static const struct th_yaml_key ENTRY_KEYS[] = {
    {.name = "number",
     .type = TH_YAML_INTEGER,
     .is_required = true,
     .max = INT32_MAX,
     ENTRY(number)},
    {.name = "class", .type = TH_YAML_WORD, .is_required = true, .words = CLASSES, ENTRY(class)},
    {.name = "lineage", .type = TH_YAML_CODE, .max = 8, ENTRY(lineage)},
    {.name = "units", .type = TH_YAML_TEXT, .is_list = true, .max = 64, ENTRY(units)},
    {.name = "only", .type = TH_YAML_BOOL, .fallback = "false", ENTRY(only)},
    {.name = "audience",
     .type = TH_YAML_WORD,
     .fallback = "internal",
     .words = AUDIENCES,
     ENTRY(audience)},
    {.name = "public_key", .type = TH_YAML_TEXT, .max = 40, ENTRY(public_key)},
    {.name = "previous_key", .type = TH_YAML_TEXT, .max = 40, ENTRY(previous_key)},
    {.name = "previous_until", .type = TH_YAML_TEXT, .max = 20, ENTRY(previous_until)},
    {.name = "bootstrap_key", .type = TH_YAML_TEXT, .max = 40, ENTRY(bootstrap_key)},
    {.name = "expires", .type = TH_YAML_TEXT, .max = 20, ENTRY(expires)},
    {.name = "state", .type = TH_YAML_WORD, .fallback = "active", .words = STATES, ENTRY(state)},
    {.name = "reason", .type = TH_YAML_TEXT, .max = 256, ENTRY(reason)},
    {.name = "enrolment", .type = TH_YAML_INTEGER, .max = TH_ENROLMENTS_MAX, ENTRY(enrolment)},
    {.name = "keys_from", .type = TH_YAML_INTEGER, .max = TH_ENROLMENTS_MAX, ENTRY(keys_from)},
    {.name = "rotation", .type = TH_YAML_INTEGER, .max = UINT32_MAX, ENTRY(rotation)},
};
static const struct th_yaml_table ENTRIES = {.keys = ENTRY_KEYS,
                                             .count = TH_COUNT(ENTRY_KEYS),
                                             .size = sizeof(struct file_entry),
                                             .place = TH_YAML_AT(struct file_entry, place)};

static const struct th_yaml_key ROSTER_KEYS[] = {
    {.name = "format",
     .type = TH_YAML_INTEGER,
     .is_required = true,
     .min = FORMAT,
     .max = FORMAT,
     ROSTER(format)},
    {.name = "generation",
     .type = TH_YAML_INTEGER,
     .is_required = true,
     .max = INT64_MAX,
     ROSTER(generation)},
    {.name = "provinces",
     .type = TH_YAML_MAP,
     .is_list = true,
     .table = &PROVINCES,
     ROSTER(provinces)},
    {.name = "entries", .type = TH_YAML_MAP, .is_list = true, .table = &ENTRIES, ROSTER(entries)},
};
static const struct th_yaml_table ROSTER_TABLE = {
    .keys = ROSTER_KEYS, .count = TH_COUNT(ROSTER_KEYS), .size = sizeof(struct file_roster)};

// ---- reading ----

struct reading {
    struct roster_body *body;
    struct th_findings *findings;
};

static void complain(const struct reading *reading,
                     struct th_yaml_place place,
                     const char *key,
                     struct th_bytes value,
                     const char *kind)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_YAML_TYPE, 0, "");
    th_verdict_add(&verdict, th_bytes_of(key));
    th_verdict_add(&verdict, value);
    th_verdict_add(&verdict, th_bytes_of(kind));
    th_findings_error(reading->findings, place.line, place.column, &verdict, value);
}

static void
complain_twice(const struct reading *reading, struct th_yaml_place place, int64_t number)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_CODE_TWICE, 0, "");
    th_verdict_add_number(&verdict, number, 0);
    th_findings_error(reading->findings, place.line, place.column, &verdict, (struct th_bytes){0});
}

static void complain_reference(const struct reading *reading, const struct file_entry *file)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_REFERENCE, 0, "");
    th_verdict_add(&verdict, TH_BYTES("lineage"));
    th_verdict_add(&verdict, file->lineage);
    th_findings_error(
        reading->findings, file->place.line, file->place.column, &verdict, file->lineage);
}

static enum th_err read_province(const struct reading *reading, const struct file_province *file)
{
    uint8_t id[sizeof(uint64_t)];
    if (th_unhex(file->store_id, id, sizeof(id)) != TH_OK) {
        complain(reading, file->place, "store_id", file->store_id, "hex-number");
        return TH_OK;
    }
    const struct th_roster_province province = {
        .lineage = file->lineage, .root = file->root, .store_id = th_get_u64(id)};
    return th_roster_set_province(&reading->body->roster, &province);
}

static bool read_key(const struct reading *reading,
                     const struct file_entry *file,
                     const char *name,
                     struct th_bytes text,
                     uint8_t *key)
{
    if (text.size == 0) {
        return false;
    }
    if (th_z85_read(text, key) != TH_OK) {
        complain(reading, file->place, name, text, "key");
        return false;
    }
    return true;
}

static void read_time(const struct reading *reading,
                      const struct file_entry *file,
                      const char *name,
                      struct th_bytes text,
                      int64_t *ms)
{
    if (text.size > 0 && th_time_parse(text, ms) != TH_OK) {
        complain(reading, file->place, name, text, "utc-time");
    }
}

static struct th_roster_entry entry_of(const struct reading *reading, const struct file_entry *file)
{
    struct th_roster_entry entry = {.class = CLASS_OF[file->class],
                                    .number = (uint32_t)file->number,
                                    .lineage = file->lineage,
                                    .units = file->units.items,
                                    .unit_count = file->units.count,
                                    .only = file->only,
                                    .public_only = file->audience == AUDIENCE_PUBLIC,
                                    .revoked = file->state == STATE_REVOKED,
                                    .reason = file->reason,
                                    .enrolment = (uint32_t)file->enrolment,
                                    .keys_from = (uint32_t)file->keys_from,
                                    .rotation = (uint32_t)file->rotation};
    entry.has_key = read_key(reading, file, "public_key", file->public_key, entry.key);
    entry.has_bootstrap =
        read_key(reading, file, "bootstrap_key", file->bootstrap_key, entry.bootstrap);
    entry.has_previous =
        read_key(reading, file, "previous_key", file->previous_key, entry.previous);
    read_time(reading, file, "expires", file->expires, &entry.expires_ms);
    read_time(reading, file, "previous_until", file->previous_until, &entry.previous_until_ms);
    return entry;
}

static enum th_err read_entry(const struct reading *reading, const struct file_entry *file)
{
    const struct th_roster_entry entry = entry_of(reading, file);
    const enum th_err err = roster_append(reading->body, &entry);
    if (err == TH_E_INVALID) {
        complain_reference(reading, file);
        return TH_OK;
    }
    return err;
}

static bool same_number(const struct th_roster_entry *a, const struct th_roster_entry *b)
{
    return a->class == b->class && a->number == b->number;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t first = *(const uint32_t *)a;
    const uint32_t second = *(const uint32_t *)b;
    return (first > second) - (first < second);
}

// R2: the entries are sorted; numbers above 0 of nodes, viewers and desks are also one list.
static enum th_err check_numbers(const struct reading *reading)
{
    const struct th_roster *roster = &reading->body->roster;
    uint32_t *numbers = calloc(roster->entry_count + 1, sizeof(*numbers));
    size_t count = 0;
    if (numbers == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < roster->entry_count; i++) {
        const struct th_roster_entry *entry = &roster->entries[i];
        if (i > 0 && same_number(entry, entry - 1) &&
            (entry->class == TH_PEER_WORKER || entry->number == 0)) {
            complain_twice(reading, (struct th_yaml_place){0}, entry->number);
        }
        if (entry->class != TH_PEER_WORKER && entry->number > 0) {
            numbers[count++] = entry->number;
        }
        if (th_roster_is_own_desk(entry) && th_roster_own_desk(roster, entry->lineage) != entry) {
            complain_twice(reading, (struct th_yaml_place){0}, entry->number); // R7
        }
    }
    qsort(numbers, count, sizeof(*numbers), compare_numbers);
    for (size_t i = 1; i < count; i++) {
        if (numbers[i] == numbers[i - 1]) {
            complain_twice(reading, (struct th_yaml_place){0}, numbers[i]);
        }
    }
    free(numbers);
    return TH_OK;
}

static enum th_err build(const struct reading *reading, const struct file_roster *file)
{
    const struct file_province *provinces = file->provinces.items;
    const struct file_entry *entries = file->entries.items;
    reading->body->roster.generation = (uint64_t)file->generation;
    for (size_t i = 0; i < file->provinces.count; i++) {
        TH_TRY(read_province(reading, &provinces[i]));
    }
    for (size_t i = 0; i < file->entries.count; i++) {
        TH_TRY(read_entry(reading, &entries[i]));
    }
    roster_sort(reading->body);
    TH_TRY(check_numbers(reading));
    const enum th_err err = roster_index(reading->body);
    if (err == TH_E_EXISTS) {
        complain(reading, (struct th_yaml_place){0}, "public_key", (struct th_bytes){0}, "key");
    } else if (err != TH_OK) {
        return err;
    }
    return th_findings_result(reading->findings);
}

// R6. Whoever may write this file may let anybody in.
static enum th_err check_writers(const char *path, struct th_findings *findings)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return errno == ENOENT ? TH_E_NOT_FOUND : TH_E_IO;
    }
    struct th_verdict verdict;
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        th_verdict_start(&verdict, TH_M_KEY_MODE, 'b', "");
        th_verdict_add(&verdict, th_bytes_of(path));
        th_verdict_add_number(&verdict, (int64_t)status.st_uid, 0);
    } else if ((status.st_mode & OTHERS_WRITE) != 0) {
        char mode[8];
        (void)snprintf(mode, sizeof(mode), "%04o", status.st_mode & 07777U);
        th_verdict_make(&verdict, TH_M_KEY_MODE, 'c', "", path, mode, NULL);
    } else {
        return TH_OK;
    }
    th_findings_error(findings, 0, 0, &verdict, (struct th_bytes){0});
    return TH_E_DENIED;
}

enum th_err th_roster_read(const char *path, struct th_findings *findings, struct th_roster **out)
{
    findings->file = path;
    TH_TRY(check_writers(path, findings));
    TH_SCOPED(th_free_scoped) char *text = NULL;
    size_t size = 0;
    TH_TRY(th_file_read(path, FILE_BYTES_MAX, &text, &size));

    TH_SCOPED(th_yaml_pool_free) struct th_yaml_pool pool = {0};
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    struct file_roster file;
    TH_TRY(th_yaml_read((struct th_bytes){.data = text, .size = size},
                        &ROSTER_TABLE,
                        &TH_YAML_ROSTER_LIMITS,
                        &pool,
                        findings,
                        &file));
    TH_TRY(th_roster_new(&roster));
    const struct reading reading = {.body = roster_body_of(roster), .findings = findings};
    TH_TRY(build(&reading, &file));
    *out = roster;
    roster = NULL; // the caller owns it now
    return TH_OK;
}

// ---- writing ----

struct written_texts {
    char public_key[TH_Z85_SIZE];
    char previous_key[TH_Z85_SIZE];
    char previous_until[TH_TIME_TEXT_BYTES];
    char bootstrap_key[TH_Z85_SIZE];
    char expires[TH_TIME_TEXT_BYTES];
};

static int32_t class_word(enum th_peer_class class)
{
    int32_t word = 0;
    while (CLASS_OF[word] != class) {
        word++;
        th_assert((size_t)word < TH_COUNT(CLASS_OF));
    }
    return word;
}

static struct file_entry written_entry(const struct th_roster_entry *entry,
                                       struct written_texts *texts)
{
    struct file_entry file = {.number = entry->number,
                              .class = class_word(entry->class),
                              .lineage = entry->lineage,
                              .only = entry->only,
                              .audience = entry->public_only ? AUDIENCE_PUBLIC : AUDIENCE_INTERNAL,
                              .state = entry->revoked ? STATE_REVOKED : STATE_ACTIVE,
                              .reason = entry->reason,
                              .enrolment = entry->enrolment,
                              .keys_from = entry->keys_from,
                              .rotation = entry->rotation};
    // The list is only read from: the writer does not change what it is given.
    memcpy(&file.units.items, &entry->units, sizeof(file.units.items));
    file.units.count = entry->unit_count;
    if (entry->has_key && !entry->joined) {
        th_z85_write(entry->key, texts->public_key);
        file.public_key = th_bytes_of(texts->public_key);
    }
    if (entry->has_previous && !entry->joined) {
        th_z85_write(entry->previous, texts->previous_key);
        file.previous_key = th_bytes_of(texts->previous_key);
        file.previous_until =
            th_bytes_of(th_time_utc(entry->previous_until_ms, texts->previous_until));
    }
    if (entry->has_bootstrap) {
        th_z85_write(entry->bootstrap, texts->bootstrap_key);
        file.bootstrap_key = th_bytes_of(texts->bootstrap_key);
        file.expires = th_bytes_of(th_time_utc(entry->expires_ms, texts->expires));
    }
    return file;
}

struct writing {
    struct file_entry *entries;
    struct written_texts *texts;
    char *bytes;
    struct file_province provinces[TH_ROSTER_PROVINCES_MAX];
    char ids[TH_ROSTER_PROVINCES_MAX][STORE_ID_SIZE + 1];
};

static void free_writing(struct writing **writing)
{
    if (*writing != NULL) {
        free((*writing)->entries);
        free((*writing)->texts);
        free((*writing)->bytes);
        free(*writing);
    }
}

static void write_provinces(struct writing *writing, const struct th_roster *roster)
{
    for (size_t i = 0; i < roster->province_count; i++) {
        uint8_t id[sizeof(uint64_t)];
        th_put_u64(id, roster->provinces[i].store_id);
        writing->provinces[i] = (struct file_province){
            .lineage = roster->provinces[i].lineage,
            .root = roster->provinces[i].root,
            .store_id = th_bytes_of(
                th_hex((struct th_bytes){.data = id, .size = sizeof(id)}, writing->ids[i]))};
    }
}

static enum th_err
write_file(struct writing *writing, const struct th_roster *roster, const char *path)
{
    const struct file_roster file = {
        .format = FORMAT,
        .generation = (int64_t)roster->generation,
        .provinces = {.items = writing->provinces, .count = roster->province_count},
        .entries = {.items = writing->entries, .count = roster->entry_count}};
    struct th_writer out = {.data = (uint8_t *)writing->bytes, .max = FILE_BYTES_MAX};
    th_yaml_write(&ROSTER_TABLE, &file, false, &out);
    if (out.overflow) {
        return TH_E_TOO_LARGE;
    }
    const enum th_err err = th_file_replace(path, th_written(&out), FILE_MODE);
    return err == TH_OK || err == TH_E_FULL ? err : TH_E_IO;
}

enum th_err th_roster_save(struct th_roster *roster, const char *path)
{
    TH_SCOPED(free_writing) struct writing *writing = calloc(1, sizeof(*writing));
    if (writing == NULL) {
        return TH_E_NO_MEMORY;
    }
    writing->entries = calloc(roster->entry_count + 1, sizeof(*writing->entries));
    writing->texts = calloc(roster->entry_count + 1, sizeof(*writing->texts));
    writing->bytes = malloc(FILE_BYTES_MAX);
    if (writing->entries == NULL || writing->texts == NULL || writing->bytes == NULL) {
        return TH_E_NO_MEMORY;
    }
    write_provinces(writing, roster);
    for (size_t i = 0; i < roster->entry_count; i++) {
        writing->entries[i] = written_entry(&roster->entries[i], &writing->texts[i]);
    }
    roster->generation++;
    const enum th_err err = write_file(writing, roster, path);
    roster->generation -= err == TH_OK ? 0 : 1;
    return err;
}
