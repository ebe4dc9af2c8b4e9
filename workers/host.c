// host.c - see host.h

#include "workers/host.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "tonghop/clock.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"
#include "tonghop/log.h"

#include "workers/naming.h"
#include "workers/reform.h"
#include "workers/table.h"

enum { FINDINGS_KEPT = 8, NAME_BYTES_MAX = 128, MARK_ROOM = 32 };

static enum th_err fail(struct th_verdict *why, unsigned code, const char *text, enum th_err err)
{
    th_verdict_start(why, code, 0, "");
    th_verdict_add(why, th_bytes_of(text));
    return err;
}

// ---- what the store must be ----

static enum th_err load_province(const struct th_config *config,
                                 const char *lineage,
                                 struct host *host,
                                 struct th_verdict *why)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), lineage);
    const enum th_err err = th_province_load(config, lineage, &findings, &host->province);
    if (err == TH_E_REFUSED && findings.count > 0) {
        *why = th_findings_at(&findings, 0)->verdict;
        return err;
    }
    return err == TH_OK ? TH_OK : fail(why, TH_M_FILE_UNREADABLE, lineage, err);
}

// The store id that the roster names.
static enum th_err read_store_id(const struct th_config *config,
                                 const char *lineage,
                                 uint64_t *store_id,
                                 struct th_verdict *why)
{
    struct th_finding kept[FINDINGS_KEPT];
    char path[TH_PATH_MAX];
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    (void)th_config_path(config, "register/roster.yaml", path, sizeof(path));
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), path);
    const enum th_err err = th_roster_read(path, &findings, &roster);
    if (err != TH_OK) {
        return fail(why, TH_M_FILE_UNREADABLE, path, err);
    }
    for (size_t i = 0; i < roster->province_count; i++) {
        if (th_bytes_equal(roster->provinces[i].lineage, th_bytes_of(lineage))) {
            *store_id = roster->provinces[i].store_id;
            return *store_id != 0 ? TH_OK : fail(why, TH_M_STORE_CHANGED, "", TH_E_INVALID);
        }
    }
    return fail(why, TH_M_STORE_CHANGED, "", TH_E_NOT_FOUND);
}

static enum th_err identify(const struct th_config *config,
                            const char *lineage,
                            struct host *host,
                            struct th_verdict *why)
{
    TH_TRY(load_province(config, lineage, host, why));
    struct identity *identity = &host->identity;
    (void)th_bytes_copy_text(th_bytes_of(lineage), identity->lineage, sizeof(identity->lineage));
    th_register_digest(host->province->reg, identity->register_digest);
    th_catalogue_digest(host->province->catalogue, identity->catalogue_digest);
    identity->person_scope = host->province->rules.person_scope;
    return TH_OK;
}

// ---- the store ----

char *host_store_path(const struct th_config *config, const char *lineage, char *out)
{
    char name[NAME_BYTES_MAX];
    (void)snprintf(name, sizeof(name), "state/%s", lineage);
    return th_config_path(config, name, out, TH_PATH_MAX);
}

static void mark_path(const struct th_config *config, const char *lineage, char *out)
{
    char name[NAME_BYTES_MAX];
    (void)snprintf(name, sizeof(name), "register/%s/store", lineage);
    (void)th_config_path(config, name, out, TH_PATH_MAX);
}

enum th_err host_not_opened(enum th_err err, const char *path, struct th_verdict *why)
{
    if (err == TH_E_BUSY || err == TH_E_DENIED) {
        return fail(why, err == TH_E_BUSY ? TH_M_DIR_IN_USE : TH_M_NETWORK_DISK, path, err);
    }
    return err == TH_E_NOT_FOUND ? fail(why, TH_M_STORE_CHANGED, "", err)
                                 : fail(why, TH_M_WRITE_FAILED, th_err_text(err), err);
}

static void mark_text(uint64_t store_id, char text[static MARK_ROOM])
{
    (void)snprintf(text, MARK_ROOM, "%016" PRIx64 "\n", store_id);
}

// Is there a mark that a store was made here? *same: this one.
static bool
was_born(const struct th_config *config, const char *lineage, uint64_t store_id, bool *same)
{
    char path[TH_PATH_MAX];
    char text[MARK_ROOM];
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 0;
    mark_path(config, lineage, path);
    mark_text(store_id, text);
    const bool born = th_file_read(path, NAME_BYTES_MAX, &bytes, &size) == TH_OK;
    *same = born && th_bytes_equal((struct th_bytes){bytes, size}, th_bytes_of(text));
    return born;
}

// Is there nothing where the store was?
static bool is_gone(const char *path)
{
    char file[TH_PATH_MAX];
    struct stat about;
    (void)snprintf(file, sizeof(file), "%.4080s/data.mdb", path);
    return stat(file, &about) != 0 && errno == ENOENT;
}

enum th_err host_mark(const struct th_config *config, const char *lineage, uint64_t store_id)
{
    char path[TH_PATH_MAX];
    char text[MARK_ROOM];
    mark_path(config, lineage, path);
    mark_text(store_id, text);
    return th_file_replace(path, th_bytes_of(text), 0600);
}

static uint64_t free_min(const struct th_config *config, const char *path)
{
    struct statvfs about;
    if (statvfs(path, &about) != 0) {
        return 0;
    }
    const uint64_t size = (uint64_t)about.f_blocks * about.f_frsize;
    return size / 100 * th_config_number(config, "worker.disk_free_min");
}

struct th_disk_options
host_disk_options(const struct th_config *config, const char *path, enum th_disk_use use)
{
    return (struct th_disk_options){
        .use = use,
        .tables = TABLE_NAMES,
        .table_count = TABLE_COUNT,
        .map_size = th_config_number(config, "worker.map_size"),
        .free_min = free_min(config, path),
    };
}

static enum th_err open_disk(const struct th_config *config,
                             const char *path,
                             bool create,
                             struct host *host,
                             struct th_verdict *why)
{
    char state[TH_PATH_MAX];
    (void)th_config_path(config, "state", state, sizeof(state));
    if (create && th_dir_make(state) != TH_OK) {
        return fail(why, TH_M_WRITE_FAILED, state, TH_E_IO);
    }
    struct th_disk_options options = host_disk_options(config, state, TH_DISK_OWN);
    options.exclusive = true;
    options.create = create;
    const enum th_err err = th_disk_open(path, &options, &host->disk);
    return err == TH_OK ? TH_OK : host_not_opened(err, path, why);
}
static enum th_err not_ours(struct th_store store, enum open_result result, struct th_verdict *why)
{
    if (result == OPEN_TOO_NEW || result == OPEN_TOO_OLD) {
        char format[8];
        struct identity identity;
        const enum th_err unread = open_read_identity(store, &identity); // but for the format
        (void)unread;
        (void)snprintf(format, sizeof(format), "%u", (unsigned)identity.format);
        const unsigned code = result == OPEN_TOO_NEW ? TH_M_STORE_NEWER : TH_M_STORE_OLDER;
        return fail(why, code, format, TH_E_INVALID);
    }
    if (result == OPEN_DAMAGED || result == OPEN_FAILED) {
        th_verdict_make(why, TH_M_RECORD_DAMAGED, 0, "", "meta", open_result_text(result), NULL);
        return TH_E_CORRUPT;
    }
    return fail(why, TH_M_STORE_CHANGED, open_result_text(result), TH_E_INVALID);
}

// A register that was changed is in the store; what the files say is older.
static enum th_err
take_stored_register(const struct th_config *config, struct host *host, struct th_store store)
{
    struct identity stored;
    if (open_read_identity(store, &stored) != TH_OK ||
        memcmp(stored.register_digest,
               host->identity.register_digest,
               sizeof(stored.register_digest)) == 0) {
        return TH_OK; // a new store, or one that open_look will speak about
    }
    struct th_province *province = NULL;
    const struct th_check check = open_check(stored.birth_id);
    TH_TRY(reform_province(store, &check, UINT64_MAX, &province));
    if (province == NULL) {
        return TH_OK; // never changed: these are the wrong files
    }
    th_register_digest(province->reg, host->identity.register_digest);
    th_province_free(&host->province);
    host->province = province;
    host->register_moved = true;
    return th_province_load_kin(config, province);
}

enum th_err host_write_register(const struct th_config *config, const struct host *host)
{
    if (!host->register_moved) {
        return TH_OK;
    }
    static const char *const NAMES[] = {"units", "successors"};
    const size_t room = th_register_text_max(host->province->reg);
    TH_SCOPED(th_free_scoped) uint8_t *units = malloc(room);
    TH_SCOPED(th_free_scoped) uint8_t *successors = malloc(room);
    if (units == NULL || successors == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer texts[] = {{.data = units, .max = room}, {.data = successors, .max = room}};
    TH_TRY(th_register_write(host->province->reg, &texts[0], &texts[1]));
    for (size_t i = TH_COUNT(NAMES); i > 0; i--) { // units last: they alone make a register
        char name[NAME_BYTES_MAX];
        char path[TH_PATH_MAX];
        (void)snprintf(
            name, sizeof(name), "register/%s/%s.csv", host->identity.lineage, NAMES[i - 1]);
        (void)th_config_path(config, name, path, sizeof(path));
        TH_TRY(th_file_replace(path, th_written(&texts[i - 1]), 0600));
    }
    return TH_OK;
}

static enum th_err say_lost(struct th_store store, const struct host *host)
{
    const struct renamed renamed = {
        .store_id = host->identity.store_id,
        .why = RENAMED_LOST,
        .wall_ms = th_wall_ms(),
    };
    return open_rename(store, &renamed);
}

// The first rows, or the epoch, in a commit of its own (O2).
static enum th_err write_first(const struct th_config *config,
                               struct host *host,
                               bool may_be_empty,
                               struct th_verdict *why)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    enum th_err err = th_disk_begin(host->disk, &txn);
    if (err != TH_OK) {
        return fail(why, TH_M_WRITE_FAILED, th_err_text(err), err);
    }
    const struct th_store store = th_disk_store(&txn);
    err = take_stored_register(config, host, store);
    if (err != TH_OK) {
        return fail(why, TH_M_WRITE_FAILED, th_err_text(err), err);
    }
    enum open_result result = open_to_write(store, &host->identity, &host->opened);
    if (result == OPEN_EMPTY && may_be_empty) {
        err = open_birth(store, &host->identity);
        err = err == TH_OK && host->was_lost ? say_lost(store, host) : err;
        result = err == TH_OK ? open_to_write(store, &host->identity, &host->opened) : OPEN_FAILED;
    }
    if (result != OPEN_OK) {
        return not_ours(store, result, why);
    }
    err = th_disk_commit(&txn);
    return err == TH_OK ? TH_OK : fail(why, TH_M_WRITE_FAILED, th_err_text(err), err);
}

// Under a new id: whoever knew the store that is gone must not take this one for it.
static enum th_err begin_anew(const struct th_config *config,
                              const char *lineage,
                              struct host *host,
                              struct th_verdict *why)
{
    const uint64_t lost = host->identity.store_id;
    do {
        th_random(&host->identity.store_id, sizeof(host->identity.store_id));
    } while (host->identity.store_id == 0 || host->identity.store_id == lost);
    th_log(LOG_WARNING, "store-made-anew", "province=%s", lineage);
    const enum th_err err = naming_set(config, lineage, host->identity.store_id);
    return err == TH_OK ? TH_OK : fail(why, TH_M_WRITE_FAILED, "register/roster.yaml", err);
}

enum th_err host_open(const struct th_config *config,
                      const char *lineage,
                      struct host *host,
                      struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    *host = (struct host){0};
    TH_TRY(identify(config, lineage, host, why));
    TH_TRY(read_store_id(config, lineage, &host->identity.store_id, why));
    (void)host_store_path(config, lineage, path);
    bool same = false;
    const bool marked = was_born(config, lineage, host->identity.store_id, &same);
    const bool gone = marked && is_gone(path);
    if (gone) {
        TH_TRY(begin_anew(config, lineage, host, why));
    }
    host->was_lost = gone || (marked && !same); // a new one may have been begun, not finished
    const bool born = marked && !host->was_lost;
    TH_TRY(open_disk(config, path, !born, host, why));
    TH_TRY(write_first(config, host, !born, why));
    if (!born && host_mark(config, lineage, host->identity.store_id) != TH_OK) {
        return fail(why, TH_M_WRITE_FAILED, lineage, TH_E_IO);
    }
    if (host_write_register(config, host) != TH_OK) {
        return fail(why, TH_M_WRITE_FAILED, lineage, TH_E_IO);
    }
    th_disk_reader_check(host->disk);
    return TH_OK;
}

// Is this the store that host->identity says?
static enum th_err compare(const struct th_config *config,
                           struct th_store store,
                           struct host *host,
                           struct th_verdict *why)
{
    const enum th_err err = take_stored_register(config, host, store);
    if (err != TH_OK) {
        return fail(why, TH_M_WRITE_FAILED, th_err_text(err), err);
    }
    const enum open_result result = open_look(store, &host->identity, &host->opened);
    return result == OPEN_OK ? TH_OK : not_ours(store, result, why);
}

enum th_err host_look(const struct th_config *config,
                      const char *lineage,
                      struct host *host,
                      struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    *host = (struct host){0};
    TH_TRY(identify(config, lineage, host, why));
    TH_TRY(read_store_id(config, lineage, &host->identity.store_id, why));
    TH_TRY(open_disk(config, host_store_path(config, lineage, path), false, host, why));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    const enum th_err err = th_disk_begin_read(host->disk, &txn);
    return err == TH_OK ? compare(config, th_disk_store(&txn), host, why)
                        : fail(why, TH_M_WRITE_FAILED, th_err_text(err), err);
}

enum th_err host_fit(const struct th_config *config,
                     const char *lineage,
                     struct th_store store,
                     struct host *host,
                     struct th_verdict *why)
{
    *host = (struct host){0};
    TH_TRY(identify(config, lineage, host, why));
    return compare(config, store, host, why);
}

void host_close(struct host *host)
{
    th_disk_close(&host->disk);
    th_province_free(&host->province);
}

struct verify_setup host_verify_setup(const struct host *host)
{
    return (struct verify_setup){
        .birth_id = host->opened.birth_id,
        .lineage = th_bytes_of(host->identity.lineage),
        .reg = host->province->reg,
        .catalogue = host->province->catalogue,
        .root = host->province->root,
        .person_scope = host->identity.person_scope,
    };
}

enum th_err host_verify(const struct host *host,
                        enum verify_level level,
                        verify_report *report,
                        void *self,
                        struct verify_result *result)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(host->disk, &txn));
    struct verify_setup setup = host_verify_setup(host);
    setup.store = th_disk_store(&txn);
    return verify_run(&setup, level, report, self, result);
}
