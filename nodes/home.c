// home.c - see home.h

#include "nodes/home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"

#include "nodes/bundle.h"
#include "nodes/current.h"
#include "nodes/join.h"
#include "nodes/table.h"

enum { FREE_MIN = 4 * 1024 * 1024, ABSORB_BATCHES = 64 };

static const char *const TABLES[] = NODE_TABLE_NAMES;

char *home_path(const char *dir, const char *name, char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.3900s/%.190s", dir, name);
    return out;
}

struct th_disk_options home_disk_options(uint64_t map_size, bool create)
{
    return (struct th_disk_options){
        .tables = TABLES,
        .table_count = NODE_TABLES,
        .map_size = map_size,
        .free_min = FREE_MIN,
        .create = create,
    };
}

static void why_os(const char *what, enum th_err err, unsigned code, struct th_verdict *why)
{
    char text[TH_PARAM_BYTES];
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    const char *reason = errno != 0 ? strerror(errno) : th_err_text(err);
    (void)snprintf(text, sizeof(text), "%.40s: %s", what, reason);
    th_verdict_make(why, code, 0, NULL, text, NULL);
}

void home_why(enum th_err err, const char *what, struct th_verdict *why)
{
    switch (err) {
    case TH_E_FULL:
        th_verdict_make(why, TH_M_DISK_NEARLY_FULL, 0, NULL, NULL);
        return;
    case TH_E_NO_MEMORY:
        th_verdict_make(why, TH_M_NO_MEMORY, 0, NULL, NULL);
        return;
    case TH_E_CORRUPT:
    case TH_E_MALFORMED:
    case TH_E_INVALID:
        th_verdict_make(why, TH_M_RECORD_DAMAGED, 0, NULL, "outbox", what, NULL);
        return;
    case TH_E_BUSY:
    case TH_E_EXISTS:
        th_verdict_make(why, TH_M_DIR_IN_USE, 0, NULL, what, NULL);
        return;
    case TH_E_IO:
        why_os(what, err, TH_M_WRITE_FAILED, why);
        return;
    case TH_OK:
    case TH_E_NOT_FOUND:
    case TH_E_REFUSED:
    case TH_E_DENIED:
    case TH_E_TOO_LARGE:
    case TH_E_TIMEOUT:
        why_os(what, err, TH_M_FILE_UNREADABLE, why);
        return;
    }
    th_unreachable();
}

// ---- open ----

static enum th_err open_disk(struct home *home, struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    const struct th_enrolment *enrolment = &home->enrolment.enrolment;
    if (enrolment->role == TH_PEER_DESK && enrolment->bootstrap_secret[0] == '\0') {
        TH_TRY(join_own_desk(home->dir, enrolment, why));
    }
    const struct th_disk_options options =
        home_disk_options(th_config_number(home->config, "node.map_size"), false);
    errno = 0;
    const enum th_err err =
        th_disk_open(home_path(home->dir, "outbox", path), &options, &home->disk);
    if (err == TH_E_DENIED) {
        th_verdict_make(why, TH_M_NETWORK_DISK, 0, NULL, path, NULL);
        return err;
    }
    if (err != TH_OK) {
        home_why(err, "outbox", why);
        return err;
    }
    return home_look(home, why);
}

static enum th_err read_keys(struct home *home, struct th_verdict *why)
{
    char path[TH_PATH_MAX];
    struct th_findings nobody = th_findings_of(NULL, 0, "enrolment.yaml");
    const char *keys = home->keys;
    (void)th_config_path(home->config, "keys", home->keys, sizeof(home->keys));
    TH_TRY(th_key_check(keys, why));
    TH_TRY(th_key_read(keys, "node", &home->key, why));
    const enum th_err err = th_enrolment_read(
        home_path(keys, "enrolment.yaml", path), th_wall_ms(), &nobody, &home->enrolment, why);
    // Only who has not joined yet needs one that has not expired.
    return err == TH_E_DENIED ? TH_OK : err;
}

enum th_err home_open(const struct home_setup *setup,
                      struct th_findings *findings,
                      struct home *home,
                      struct th_verdict *why)
{
    *home = (struct home){0};
    (void)snprintf(home->dir, sizeof(home->dir), "%s", setup->dir);
    errno = 0;
    const enum th_err err = th_config_read(
        home->dir, setup->config, setup->overrides, setup->override_count, findings, &home->config);
    if (err == TH_E_REFUSED) {
        return err;
    }
    if (err != TH_OK) {
        char path[TH_PATH_MAX];
        home_why(err, home_path(home->dir, "tonghop.yaml", path), why);
        return err;
    }
    TH_TRY(read_keys(home, why));
    return open_disk(home, why);
}

void home_close(struct home *home)
{
    th_province_free(&home->province);
    th_disk_close(&home->disk);
    th_enrolment_free(&home->enrolment);
    th_key_forget(&home->key);
    th_secret_forget(home->person_key, sizeof(home->person_key));
    th_config_free(&home->config);
}

enum th_err home_look(struct home *home, struct th_verdict *why)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    errno = 0;
    enum th_err err = th_disk_begin_read(home->disk, &txn);
    if (err == TH_OK) {
        err = outbox_load(th_disk_store(&txn), &home->box);
    }
    if (err != TH_OK) {
        home_why(err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err, "outbox", why);
    }
    home->box.store = (struct th_store){0}; // the transaction ends here
    return err;
}

// ---- register and catalogue ----

static enum th_err copy_bundle(struct home *home, char **bytes, uint64_t *size)
{
    uint8_t digest[TH_HASH256_BYTES];
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    TH_TRY(bundle_held(&box, digest, size));
    *bytes = malloc(*size > 0 ? *size : 1);
    if (*bytes == NULL) {
        return TH_E_NO_MEMORY;
    }
    return bundle_copy(&box, (uint8_t *)*bytes, *size);
}

static enum th_err take_grant(struct home *home)
{
    const struct th_enrolment *enrolment = &home->enrolment.enrolment;
    home->grant = (struct th_grant){
        .node = enrolment->node,
        .only = enrolment->only,
        .desk = enrolment->role == TH_PEER_DESK,
    };
    TH_TRY(th_grant_resolve(
        &home->grant, home->province->reg, enrolment->units, enrolment->unit_count, NULL));
    home->has_person_key = enrolment->person_key[0] != '\0';
    const bool hashed =
        th_catalogue_settings(home->province->catalogue)->person_ids == TH_PERSON_HASHED;
    if (hashed && !home->has_person_key) {
        return TH_E_MALFORMED; // ids would travel under a key that everybody knows
    }
    return home->has_person_key ? th_z85_read(th_bytes_of(enrolment->person_key), home->person_key)
                                : TH_OK;
}

enum th_err home_load(struct home *home, struct th_verdict *why)
{
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    uint64_t size = 0;
    struct th_findings nobody = th_findings_of(NULL, 0, "register");
    errno = 0;
    enum th_err err = copy_bundle(home, &bytes, &size);
    if (err == TH_E_NOT_FOUND) {
        const char *const *brokers = NULL;
        const size_t count = th_config_list(home->config, "node.brokers", &brokers);
        th_verdict_make(
            why, TH_M_LINE_DOWN, 0, NULL, count > 0 ? brokers[0] : "node.brokers", "join", NULL);
        return err;
    }
    if (err == TH_OK) {
        err = th_province_unpack((struct th_bytes){bytes, size}, &nobody, &home->province);
    }
    if (err == TH_OK) {
        home->province->rules.hashed_here = true;
        err = take_grant(home);
    }
    if (err != TH_OK) {
        home_why(err == TH_E_REFUSED ? TH_E_CORRUPT : err, "bundle", why);
    }
    return err;
}

enum th_err home_absorb(struct home *home, struct th_arena *arena)
{
    for (bool more = true; more;) {
        struct outbox box;
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        TH_TRY(th_disk_begin(home->disk, &txn));
        TH_TRY(outbox_load(th_disk_store(&txn), &box));
        if (box.absorbed == box.last) {
            return TH_OK;
        }
        TH_TRY(current_absorb(&box, arena, ABSORB_BATCHES, &more));
        TH_TRY(th_disk_commit(&txn));
    }
    return TH_OK;
}

th_day home_today(const struct home *home)
{
    return th_province_today(home->province, th_wall_ms());
}

// ---- the agent ----

void home_limits(const struct th_config *config, struct session_limits *limits)
{
    limits->hello_wait_ms = (uint32_t)th_config_number(config, "node.hello_wait");
    limits->hello_delay_ms = (uint32_t)th_config_number(config, "node.hello_delay");
    limits->silence_ms = (uint32_t)th_config_number(config, "node.silence");
    limits->ping_wait_ms = (uint32_t)th_config_number(config, "node.ping_wait");
    limits->resend_first_ms = (uint32_t)th_config_number(config, "node.resend_first");
    limits->resend_max_ms = (uint32_t)th_config_number(config, "node.resend_max");
    limits->refused_ms = (uint32_t)th_config_number(config, "node.refused_wait");
    limits->keep_bytes = th_config_number(config, "node.keep_bytes");
    limits->keep_ms = (int64_t)th_config_number(config, "node.keep_time");
}

struct agent_setup home_agent(const struct home *home, int stop_fd)
{
    const struct th_config *config = home->config;
    const char *const *brokers = NULL;
    const size_t count = th_config_list(config, "node.brokers", &brokers);
    struct agent_setup setup = {
        .dir = home->dir,
        .disk = home->disk,
        .own_public = home->key.public_key,
        .own_secret = home->key.secret_key,
        .keys = home->keys,
        .sign_public = home->enrolment.enrolment.sign_key,
        .limits = SESSION_LIMITS,
        .reconnect_ms_min = (unsigned)th_config_number(config, "node.reconnect_min"),
        .reconnect_ms_max = (unsigned)th_config_number(config, "node.reconnect_max"),
        .stop_fd = stop_fd,
        .reload_fd = -1,
    };
    for (size_t i = 0; i < count && i < AGENT_ENDPOINTS_MAX; i++) {
        setup.endpoints[setup.endpoint_count++] = brokers[i];
    }
    if (!home->box.joined) {
        setup.bootstrap_secret = home->enrolment.enrolment.bootstrap_secret;
    }
    home_limits(config, &setup.limits);
    return setup;
}
