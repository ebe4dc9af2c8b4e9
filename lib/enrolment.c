// enrolment.c - see enrolment.h

#include "tonghop/enrolment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/file.h"
#include "tonghop/joining.h"
#include "tonghop/key.h"
#include "tonghop/yaml.h"

enum { FILE_MODE = 0600 };

// What the texts of a read enrolment live in.
struct th_enrolment_memory {
    struct th_yaml_pool pool;
};

struct file {
    int64_t format;
    int32_t role;
    struct th_bytes province, lineage, name;
    struct th_yaml_list units;
    bool only;
    int64_t node;
    int64_t enrolment;
    struct th_yaml_list brokers;
    struct th_bytes queries, feed;
    struct th_bytes server_key, next_server_key, sign_key, bootstrap_secret, person_key;
    struct th_bytes expires;
};

static const char *const ROLES[] = {"node", "viewer", "desk", NULL};
static const enum th_peer_class ROLE_OF[] = {TH_PEER_NODE, TH_PEER_VIEWER, TH_PEER_DESK};

#define AT(member)     .offset = offsetof(struct file, member)
#define NEEDED(member) .is_required = true, AT(member)
#define KEY_TEXT       .type = TH_YAML_TEXT, .min = 40, .max = 40
#define ENDPOINT       .type = TH_YAML_TEXT, .min = 6, .max = TH_ENDPOINT_SIZE - 1

static const struct th_yaml_key KEYS[] = {
    {.name = "format", .type = TH_YAML_INTEGER, .min = 1, .max = 1, NEEDED(format)},
    {.name = "role", .type = TH_YAML_WORD, .words = ROLES, NEEDED(role)},
    {.name = "province", .type = TH_YAML_TEXT, .min = 1, .max = 64, NEEDED(province)},
    {.name = "lineage", .type = TH_YAML_CODE, .min = 1, .max = 8, NEEDED(lineage)},
    {.name = "name", .type = TH_YAML_TEXT, .max = 256, AT(name)},
    {.name = "units", .type = TH_YAML_TEXT, .is_list = true, .min = 1, .max = 64, AT(units)},
    {.name = "only", .type = TH_YAML_BOOL, .fallback = "false", AT(only)},
    {.name = "node", .type = TH_YAML_INTEGER, .min = 0, .max = INT32_MAX, NEEDED(node)},
    {.name = "enrolment", .type = TH_YAML_INTEGER, .max = TH_ENROLMENTS_MAX, AT(enrolment)},
    {.name = "brokers", ENDPOINT, .is_list = true, NEEDED(brokers)},
    {.name = "queries", ENDPOINT, NEEDED(queries)},
    {.name = "feed", ENDPOINT, NEEDED(feed)},
    {.name = "server_key", KEY_TEXT, NEEDED(server_key)},
    {.name = "next_server_key", KEY_TEXT, AT(next_server_key)},
    {.name = "sign_key", KEY_TEXT, AT(sign_key)},
    {.name = "bootstrap_secret", KEY_TEXT, AT(bootstrap_secret)},
    {.name = "person_key", KEY_TEXT, AT(person_key)},
    {.name = "expires", .type = TH_YAML_TEXT, .min = 20, .max = 20, NEEDED(expires)},
};
static const struct th_yaml_table TABLE = {
    .keys = KEYS, .count = TH_COUNT(KEYS), .size = sizeof(struct file)};

// ---- writing ----

static int32_t role_word(enum th_peer_class role)
{
    int32_t word = 0;
    while (ROLE_OF[word] != role) {
        word++;
        th_assert((size_t)word < TH_COUNT(ROLE_OF));
    }
    return word;
}

static struct th_yaml_list list_of(const struct th_bytes *items, size_t count)
{
    struct th_yaml_list list = {.count = count};
    memcpy(&list.items, &items, sizeof(list.items)); // the writer only reads it
    return list;
}

typedef enum th_err write_file(const char *path, struct th_bytes bytes, unsigned mode);

static enum th_err
write_with(write_file *write, const char *path, const struct th_enrolment *enrolment)
{
    char expires[TH_TIME_TEXT_BYTES];
    const struct file file = {.format = TH_ENROLMENT_FORMAT,
                              .role = role_word(enrolment->role),
                              .province = enrolment->province,
                              .lineage = enrolment->lineage,
                              .name = enrolment->name,
                              .units = list_of(enrolment->units, enrolment->unit_count),
                              .only = enrolment->only,
                              .node = enrolment->node,
                              .enrolment = enrolment->enrolment,
                              .brokers = list_of(enrolment->brokers, enrolment->broker_count),
                              .queries = enrolment->queries,
                              .feed = enrolment->feed,
                              .server_key = th_bytes_of(enrolment->server_key),
                              .next_server_key = th_bytes_of(enrolment->next_server_key),
                              .sign_key = th_bytes_of(enrolment->sign_key),
                              .bootstrap_secret = th_bytes_of(enrolment->bootstrap_secret),
                              .person_key = th_bytes_of(enrolment->person_key),
                              .expires = th_bytes_of(th_time_utc(enrolment->expires_ms, expires))};
    uint8_t bytes[TH_ENROLMENT_BYTES_MAX];
    struct th_writer out = TH_WRITER(bytes);
    th_yaml_write(&TABLE, &file, false, &out);
    const enum th_err err =
        out.overflow ? TH_E_TOO_LARGE : write(path, th_written(&out), FILE_MODE);
    th_secret_forget(bytes, sizeof(bytes));
    return err == TH_OK || err == TH_E_EXISTS || err == TH_E_TOO_LARGE ? err : TH_E_IO;
}

enum th_err th_enrolment_write(const char *path, const struct th_enrolment *enrolment)
{
    return write_with(th_file_create, path, enrolment);
}

enum th_err th_enrolment_replace(const char *path, const struct th_enrolment *enrolment)
{
    return write_with(th_file_replace, path, enrolment);
}

// ---- reading ----

static bool copy_key(struct th_bytes text, char out[static TH_Z85_SIZE])
{
    uint8_t bytes[TH_CURVE_BYTES];
    const bool good = th_z85_read(text, bytes) == TH_OK;
    th_secret_forget(bytes, sizeof(bytes));
    if (good) {
        (void)th_bytes_copy_text(text, out, TH_Z85_SIZE);
    }
    return good;
}

static bool copy_keys(const struct file *file, struct th_enrolment *enrolment)
{
    const bool no_bootstrap =
        file->bootstrap_secret.size == 0 && enrolment->role == TH_PEER_DESK; // its key is known
    return copy_key(file->server_key, enrolment->server_key) &&
           (no_bootstrap || copy_key(file->bootstrap_secret, enrolment->bootstrap_secret)) &&
           (file->next_server_key.size == 0 ||
            copy_key(file->next_server_key, enrolment->next_server_key)) &&
           (file->sign_key.size == 0 || copy_key(file->sign_key, enrolment->sign_key)) &&
           (file->person_key.size == 0 || copy_key(file->person_key, enrolment->person_key));
}

static bool is_endpoint(struct th_bytes text)
{
    return th_bytes_begins(text, TH_BYTES("tcp://")) || th_bytes_begins(text, TH_BYTES("ipc://"));
}

static bool endpoints_good(const struct file *file)
{
    const struct th_bytes *brokers = file->brokers.items;
    bool good = file->brokers.count > 0 && file->brokers.count <= TH_ENROLMENT_BROKERS_MAX &&
                is_endpoint(file->queries) && is_endpoint(file->feed);
    for (size_t i = 0; good && i < file->brokers.count; i++) {
        good = is_endpoint(brokers[i]);
    }
    return good;
}

static enum th_err take(const struct file *file, struct th_enrolment *enrolment)
{
    *enrolment = (struct th_enrolment){.role = ROLE_OF[file->role],
                                       .province = file->province,
                                       .lineage = file->lineage,
                                       .name = file->name,
                                       .units = file->units.items,
                                       .unit_count = file->units.count,
                                       .only = file->only,
                                       .node = (uint32_t)file->node,
                                       .enrolment = (uint32_t)file->enrolment,
                                       .brokers = file->brokers.items,
                                       .broker_count = file->brokers.count,
                                       .queries = file->queries,
                                       .feed = file->feed};
    const bool units_good = file->units.count <= TH_ENROLMENT_UNITS_MAX &&
                            (file->units.count > 0 || enrolment->role != TH_PEER_NODE);
    const bool good = units_good && endpoints_good(file) && copy_keys(file, enrolment) &&
                      th_time_parse(file->expires, &enrolment->expires_ms) == TH_OK;
    return good ? TH_OK : TH_E_MALFORMED;
}

static enum th_err malformed(enum th_err err, struct th_verdict *why)
{
    if (err == TH_E_NO_MEMORY) {
        return err;
    }
    th_verdict_make(why, TH_M_ENROLMENT_MALFORMED, 0, "", NULL);
    return TH_E_MALFORMED;
}

static enum th_err unreadable(enum th_err err, struct th_verdict *why)
{
    if (err == TH_E_TOO_LARGE || err == TH_E_NO_MEMORY) {
        return malformed(err, why);
    }
    char reason[128];
    th_verdict_make(
        why, TH_M_FILE_UNREADABLE, 0, "", strerror_r(errno, reason, sizeof(reason)), NULL);
    return err == TH_E_NOT_FOUND ? err : TH_E_IO;
}

static enum th_err parse(struct th_bytes text,
                         struct th_findings *findings,
                         struct th_enrolment_memory *memory,
                         struct th_enrolment *enrolment)
{
    struct file file;
    TH_TRY(th_yaml_read(text, &TABLE, &TH_YAML_LIMITS, &memory->pool, findings, &file));
    return take(&file, enrolment);
}

void th_enrolment_free(struct th_enrolment_file *file)
{
    if (file->memory != NULL) {
        th_yaml_pool_free(&file->memory->pool);
        free(file->memory);
    }
    th_secret_forget(file, sizeof(*file));
}

static enum th_err
check_time(const struct th_enrolment *enrolment, int64_t now_ms, struct th_verdict *why)
{
    if (now_ms < enrolment->expires_ms) {
        return TH_OK;
    }
    th_verdict_start(why, TH_M_ENROLMENT_EXPIRED, 0, "");
    th_verdict_add_day(why, th_day_of_unix_ms(enrolment->expires_ms, 0));
    return TH_E_DENIED;
}

enum th_err th_enrolment_read(const char *path,
                              int64_t now_ms,
                              struct th_findings *findings,
                              struct th_enrolment_file *file,
                              struct th_verdict *why)
{
    TH_SCOPED(th_enrolment_free) struct th_enrolment_file read = {0};
    char *text = NULL;
    size_t size = 0;
    findings->file = path;
    enum th_err err = th_file_read(path, TH_ENROLMENT_BYTES_MAX, &text, &size);
    if (err != TH_OK) {
        th_free_scoped(&text);
        return unreadable(err, why);
    }
    read.memory = calloc(1, sizeof(*read.memory));
    err = read.memory == NULL ? TH_E_NO_MEMORY
                              : parse((struct th_bytes){.data = text, .size = size},
                                      findings,
                                      read.memory,
                                      &read.enrolment);
    th_secret_forget(text, size);
    th_free_scoped(&text);
    if (err != TH_OK) {
        return malformed(err, why);
    }
    err = check_time(&read.enrolment, now_ms, why);
    *file = read;
    // NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): the end of the scope reads it
    read = (struct th_enrolment_file){0}; // the caller owns it now
    return err;
}
