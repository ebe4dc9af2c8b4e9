// join.c - see join.h

#include "nodes/join.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"

#include "nodes/beacon.h"
#include "nodes/bundle.h"
#include "nodes/ownkey.h"

static const uint64_t OUTBOX_MAP_BYTES = UINT64_C(16) << 30;

enum { BROKERS_BYTES = TH_ENROLMENT_BROKERS_MAX * TH_ENDPOINT_SIZE, PUBLIC_MODE = 0644 };

static const char *key_name(const struct th_enrolment *enrolment)
{
    return enrolment->role == TH_PEER_VIEWER ? "viewer" : "node";
}

static bool is_there(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0;
}

// ---- whose directory is it? ----

static bool has_public(const char *keys, const char *name, const char *z85)
{
    char public_key[TH_Z85_SIZE];
    struct th_verdict why;
    return th_key_read_public(keys, name, public_key, &why) == TH_OK &&
           strcmp(public_key, z85) == 0;
}

// The broker's key may have changed since dir joined, or may be about to.
static bool
is_its_broker(const char *dir, const struct th_enrolment *its, const struct th_enrolment *enrolment)
{
    char keys[TH_PATH_MAX];
    (void)home_path(dir, "keys", keys);
    return strcmp(its->server_key, enrolment->server_key) == 0 ||
           has_public(keys, "broker", enrolment->server_key) ||
           has_public(keys, "broker.next", enrolment->server_key);
}

static enum th_err
came_later(const char *dir, const struct th_enrolment *its, struct th_verdict *why)
{
    char keys[TH_PATH_MAX];
    char public_key[TH_Z85_SIZE];
    char fingerprint[TH_FINGERPRINT_SIZE] = "";
    uint8_t key[TH_CURVE_BYTES];
    if (th_key_read_public(home_path(dir, "keys", keys), key_name(its), public_key, why) == TH_OK &&
        th_z85_read(th_bytes_of(public_key), key) == TH_OK) {
        (void)th_key_fingerprint(key, fingerprint);
    }
    th_verdict_make(why, TH_M_ENROLMENT_USED, 0, NULL, fingerprint, NULL);
    return TH_E_EXISTS;
}

// *again: it is this node's, and came by an earlier enrolment of its number.
static enum th_err check_owner(const char *dir,
                               const struct th_enrolment *enrolment,
                               bool *again,
                               struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    char number[16];
    TH_SCOPED(th_enrolment_free) struct th_enrolment_file held = {0};
    struct th_findings nobody = th_findings_of(NULL, 0, "enrolment.yaml");
    if (!is_there(home_path(dir, "keys/enrolment.yaml", path))) {
        if (th_dir_is_empty(dir) || is_there(home_path(dir, "keys", path))) {
            return TH_OK; // new, or begun
        }
        th_verdict_make(why, TH_M_DIR_IN_USE, 0, NULL, dir, NULL);
        return TH_E_EXISTS;
    }
    const enum th_err err = th_enrolment_read(path, th_wall_ms(), &nobody, &held, why);
    if (err != TH_OK && err != TH_E_DENIED) {
        return err;
    }
    const struct th_enrolment *its = &held.enrolment;
    if (its->node == enrolment->node && its->role == enrolment->role &&
        is_its_broker(dir, its, enrolment) && th_bytes_equal(its->lineage, enrolment->lineage)) {
        *again = its->enrolment < enrolment->enrolment;
        return its->enrolment <= enrolment->enrolment ? TH_OK : came_later(dir, its, why);
    }
    (void)snprintf(number, sizeof(number), "%" PRIu32, its->node);
    th_verdict_make(why, TH_M_DIR_JOINED, 0, NULL, dir, number, NULL);
    return TH_E_EXISTS;
}

// ---- parts of it ----

static enum th_err fine_if_there(enum th_err err)
{
    return err == TH_E_EXISTS ? TH_OK : err;
}

// What is there was learned later than the file: the broker may have another key since.
static enum th_err put_public(const char *keys, const char *name, const char *z85)
{
    char path[TH_PATH_MAX];
    char line[TH_Z85_SIZE + 1];
    (void)snprintf(line, sizeof(line), "%s\n", z85);
    return fine_if_there(
        th_file_create(home_path(keys, name, path), th_bytes_of(line), PUBLIC_MODE));
}

static enum th_err
make_keys(const char *keys, const struct th_enrolment *enrolment, struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    TH_TRY(th_key_directory(keys, why));
    TH_TRY(th_key_make(&pair));
    TH_TRY(fine_if_there(th_key_write(keys, key_name(enrolment), &pair)));
    TH_TRY(put_public(keys, "broker.public", enrolment->server_key));
    if (enrolment->next_server_key[0] != '\0') {
        TH_TRY(put_public(keys, "broker.next.public", enrolment->next_server_key));
    }
    return fine_if_there(th_enrolment_write(home_path(keys, "enrolment.yaml", path), enrolment));
}

// finish may add what belongs to it, in the same transaction.
static enum th_err make_outbox(const char *dir,
                               const struct th_enrolment *enrolment,
                               enum th_err (*finish)(struct th_store store, void *context),
                               void *context)
{
    char path[TH_PATH_MAX];
    struct outbox_identity identity = {.node = enrolment->node,
                                       .epoch = th_first_epoch(enrolment->enrolment)};
    const struct th_disk_options options = home_disk_options(OUTBOX_MAP_BYTES, true);
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    th_random(identity.incarnation, sizeof(identity.incarnation));
    (void)th_bytes_copy_text(enrolment->lineage, identity.lineage, sizeof(identity.lineage));
    TH_TRY(th_disk_open(home_path(dir, "outbox", path), &options, &disk));
    TH_TRY(th_disk_begin(disk, &txn));
    const enum th_err err = outbox_create(th_disk_store(&txn), &identity);
    if (err == TH_E_EXISTS) {
        return TH_OK; // made by a call that did not come to its end
    }
    TH_TRY(err);
    if (finish != NULL) {
        TH_TRY(finish(th_disk_store(&txn), context));
    }
    return th_disk_commit(&txn);
}

static enum th_err write_settings(const char *dir, const struct th_enrolment *enrolment)
{
    char path[TH_PATH_MAX];
    char brokers[BROKERS_BYTES] = "";
    char queries[TH_ENDPOINT_SIZE];
    char feed[TH_ENDPOINT_SIZE];
    size_t used = 0;
    for (size_t i = 0; i < enrolment->broker_count; i++) {
        const int size = snprintf(brokers + used,
                                  sizeof(brokers) - used,
                                  "%s%.*s",
                                  i > 0 ? "," : "",
                                  (int)enrolment->brokers[i].size,
                                  (const char *)enrolment->brokers[i].data);
        used += size > 0 ? (size_t)size : 0;
    }
    char number[16];
    char lineage[TH_LINEAGE_MAX + 1];
    (void)snprintf(number, sizeof(number), "%" PRIu32, enrolment->node);
    const struct th_config_setting settings[] = {
        {"node.number", number},
        {"node.lineage", th_bytes_copy_text(enrolment->lineage, lineage, sizeof(lineage))},
        {"node.brokers", brokers},
        {"node.queries", th_bytes_copy_text(enrolment->queries, queries, sizeof(queries))},
        {"node.feed", th_bytes_copy_text(enrolment->feed, feed, sizeof(feed))},
    };
    const struct th_config_file file = {.settings = settings, .setting_count = TH_COUNT(settings)};
    return th_config_write(home_path(dir, "tonghop.yaml", path), &file);
}

// ---- the number was enrolled again ----

static enum th_err forget_joined(const char *dir)
{
    char path[TH_PATH_MAX];
    struct outbox box;
    const struct th_disk_options options = home_disk_options(OUTBOX_MAP_BYTES, false);
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_open(home_path(dir, "outbox", path), &options, &disk));
    TH_TRY(th_disk_begin(disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    TH_TRY(outbox_enrolled(&box));
    return th_disk_commit(&txn);
}

// The enrolment is replaced last: until then this is done again, with yet another key.
static enum th_err change_key(const char *dir, const struct th_enrolment *enrolment)
{
    char keys[TH_PATH_MAX];
    char path[TH_PATH_MAX];
    TH_SCOPED(th_key_forget) struct th_key_pair pair = {0};
    TH_TRY(th_key_make(&pair));
    ownkey_drop(home_path(dir, "keys", keys)); // whoever took the old keys has that one, too
    TH_TRY(th_key_replace(keys, key_name(enrolment), &pair));
    return th_enrolment_replace(home_path(keys, "enrolment.yaml", path), enrolment);
}

// An agent that runs would go on with the old key.
static enum th_err
enrol_again(const char *dir, const struct th_enrolment *enrolment, struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    int64_t holder = 0;
    int fd = -1;
    if (enrolment->role == TH_PEER_VIEWER || !is_there(home_path(dir, "outbox", path))) {
        return change_key(dir, enrolment);
    }
    const enum th_err locked = beacon_lock(dir, &fd, &holder);
    if (locked != TH_OK) {
        th_verdict_make(why, TH_M_DIR_IN_USE, 0, NULL, dir, NULL);
        return locked;
    }
    enum th_err err = forget_joined(dir);
    if (err == TH_OK) {
        err = change_key(dir, enrolment);
    }
    (void)close(fd);
    return err;
}

static enum th_err make_all(const char *dir,
                            const struct th_enrolment *enrolment,
                            bool with_settings,
                            struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    TH_TRY(th_dir_make(dir));
    TH_TRY(make_keys(home_path(dir, "keys", path), enrolment, why));
    if (enrolment->role != TH_PEER_VIEWER) {
        TH_TRY(th_dir_make(home_path(dir, "run", path)));
        TH_TRY(make_outbox(dir, enrolment, NULL, NULL));
    }
    const bool has_settings = is_there(home_path(dir, "tonghop.yaml", path));
    return with_settings && !has_settings ? write_settings(dir, enrolment) : TH_OK;
}

enum th_err
join_prepare(const char *dir, const struct th_enrolment *enrolment, struct th_verdict *why)
{
    bool again = false;
    *why = (struct th_verdict){0};
    errno = 0;
    enum th_err err = check_owner(dir, enrolment, &again, why);
    if (err == TH_OK && again) {
        err = enrol_again(dir, enrolment, why);
    }
    if (err == TH_OK) {
        err = make_all(dir, enrolment, true, why);
    }
    if (err != TH_OK && why->code == 0) {
        home_why(err, dir, why);
    }
    return err;
}

// ---- the province's own desk ----

static enum th_err put_bundle(struct outbox *box, const struct th_province *province)
{
    uint64_t at = 0;
    while (at < province->bundle_size) {
        const size_t left = province->bundle_size - (size_t)at;
        struct th_part part = {
            .offset = at,
            .total = province->bundle_size,
            .bytes = {.data = province->bundle + at,
                      .size = left < TH_PART_BYTES_MAX ? left : TH_PART_BYTES_MAX},
        };
        memcpy(part.digest, province->digest, sizeof(part.digest));
        TH_TRY(bundle_part(box, &part, &at));
    }
    return TH_OK;
}

// NULL: dir does not stand in a province's directory; the bundle then comes over the line.
static struct th_province *load_around(const char *dir, const struct th_enrolment *enrolment)
{
    char path[TH_PATH_MAX];
    char lineage[TH_LINEAGE_MAX + 1];
    struct th_province *province = NULL;
    struct th_findings nobody = th_findings_of(NULL, 0, "tonghop.yaml");
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    (void)th_bytes_copy_text(enrolment->lineage, lineage, sizeof(lineage));
    if (th_config_read(home_path(dir, "../..", path), NULL, NULL, 0, &nobody, &config) == TH_OK &&
        th_province_load(config, lineage, &nobody, &province) != TH_OK) {
        province = NULL;
    }
    return province;
}

static bool own_desk_stands(const char *dir)
{
    char path[TH_PATH_MAX];
    struct outbox box;
    const struct th_disk_options options = home_disk_options(OUTBOX_MAP_BYTES, false);
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    return is_there(home_path(dir, "outbox", path)) &&
           th_disk_open(path, &options, &disk) == TH_OK &&
           th_disk_begin_read(disk, &txn) == TH_OK &&
           outbox_load(th_disk_store(&txn), &box) == TH_OK && box.joined;
}

static enum th_err finish_own_desk(struct th_store store, void *context)
{
    struct outbox box;
    TH_TRY(outbox_load(store, &box));
    if (context != NULL) {
        TH_TRY(put_bundle(&box, context));
    }
    return outbox_joined(&box);
}

enum th_err
join_own_desk(const char *dir, const struct th_enrolment *enrolment, struct th_verdict *why)
{
    if (own_desk_stands(dir)) {
        return TH_OK;
    }
    TH_SCOPED(th_province_free) struct th_province *province = load_around(dir, enrolment);
    errno = 0;
    const enum th_err err = make_outbox(dir, enrolment, finish_own_desk, province);
    if (err != TH_OK) {
        home_why(err, "outbox", why);
    }
    return err;
}
