// keyring.c - see keyring.h

#include "broker/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/file.h"

enum { COPY_MODE = 0600 };

// What the feed says are internal figures, at once.
unsigned keyring_doors(const struct th_roster_entry *entry)
{
    switch (entry->class) {
    case TH_PEER_NODE:
        return ZAP_NODES;
    case TH_PEER_WORKER:
        return ZAP_WORKERS | ZAP_RELAY;
    case TH_PEER_VIEWER:
        return entry->public_only ? ZAP_QUERIES : ZAP_QUERIES | ZAP_FEED;
    case TH_PEER_DESK:
        return ZAP_NODES | ZAP_QUERIES;
    case TH_PEER_BOOTSTRAP:
    case TH_PEER_NONE:
        return 0;
    }
    th_unreachable();
}

// ---- the table at the doors ----

static size_t list_keys(const struct th_roster *roster, struct zap_key *keys)
{
    size_t count = 0;
    for (size_t i = 0; i < roster->entry_count; i++) {
        const struct th_roster_entry *entry = &roster->entries[i];
        if (entry->revoked) {
            continue;
        }
        const struct zap_key own = {
            .class = entry->class, .number = entry->number, .doors = keyring_doors(entry)};
        if (entry->has_key) {
            keys[count] = own;
            memcpy(keys[count++].key, entry->key, sizeof(own.key));
        }
        if (entry->has_previous) {
            keys[count] = own;
            keys[count].expires_ms = entry->previous_until_ms;
            memcpy(keys[count++].key, entry->previous, sizeof(own.key));
        }
        if (entry->has_bootstrap) {
            struct zap_key *key = &keys[count++];
            *key =
                (struct zap_key){.class = TH_PEER_BOOTSTRAP,
                                 .number = entry->number,
                                 .doors = entry->class == TH_PEER_VIEWER ? ZAP_QUERIES : ZAP_NODES,
                                 .expires_ms = entry->expires_ms};
            memcpy(key->key, entry->bootstrap, sizeof(key->key));
        }
    }
    return count;
}

static enum th_err fill_table(struct keyring *keyring, const struct th_roster *roster)
{
    struct zap_key *keys = calloc(roster->entry_count * 3 + 1, sizeof(*keys));
    if (keys == NULL) {
        return TH_E_NO_MEMORY;
    }
    const size_t count = list_keys(roster, keys);
    const enum th_err err = zap_replace(keyring->zap, keys, count);
    free(keys);
    return err;
}

// ---- whose connections must go ----

static bool speaks(const struct th_roster_entry *entry)
{
    return entry != NULL && !entry->revoked && (entry->has_key || entry->has_bootstrap);
}

// As its key, or as the one before it.
static bool holds(const struct th_roster_entry *entry, const uint8_t *key)
{
    return (entry->has_key && memcmp(entry->key, key, sizeof(entry->key)) == 0) ||
           (entry->has_previous && memcmp(entry->previous, key, sizeof(entry->previous)) == 0);
}

static bool same_keys(const struct th_roster_entry *before, const struct th_roster_entry *now)
{
    const bool own = !before->has_key || holds(now, before->key);
    const bool bootstrap = !before->has_bootstrap ||
                           (now->has_bootstrap &&
                            memcmp(before->bootstrap, now->bootstrap, sizeof(now->bootstrap)) == 0);
    return own && bootstrap;
}

static unsigned
doors_to_cut(const struct th_roster_entry *before, size_t count, const struct th_roster *now)
{
    unsigned cut = 0;
    for (size_t i = 0; i < count; i++) {
        const struct th_roster_entry *entry = &before[i];
        const struct th_roster_entry *same = th_roster_find(now, entry->class, entry->number);
        if (speaks(entry) && (!speaks(same) || !same_keys(entry, same) ||
                              (same->public_only && !entry->public_only))) {
            cut |= keyring_doors(entry);
        }
    }
    return cut;
}

// ---- joined keys ----

static bool copy_is(const char *path, struct th_bytes body)
{
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 0;
    return th_file_read(path, TH_FRAME_BYTES_MAX, &bytes, &size) == TH_OK &&
           th_bytes_equal((struct th_bytes){.data = bytes, .size = size}, body);
}

// Takes them in place; what stood there says whose key is another one now.
static enum th_err
take_joined(struct keyring *keyring, const struct th_keys *keys, size_t *changed, unsigned *cut)
{
    const size_t count = keyring->roster->entry_count;
    struct th_roster_entry *before = malloc((count + 1) * sizeof(*before));
    if (before == NULL) {
        return TH_E_NO_MEMORY;
    }
    if (count > 0) {
        memcpy(before, keyring->roster->entries, count * sizeof(*before));
    }
    const enum th_err err = th_roster_join(keyring->roster, keys, changed);
    *cut = doors_to_cut(before, count, keyring->roster);
    free(before);
    return err;
}

// What is kept of a province: all keys that the roster takes from it, not the list as it came.
static enum th_err keep_joined(struct keyring *keyring, struct th_bytes lineage)
{
    char path[TH_FILE_PATH_MAX];
    struct th_keys keys = {.lineage = lineage};
    struct th_key_entry *entries = malloc(TH_LIST_MAX * sizeof(*entries));
    uint8_t *bytes = malloc(TH_FRAME_BYTES_MAX);
    enum th_err err = TH_E_NO_MEMORY;
    if (entries != NULL && bytes != NULL) {
        struct th_writer writer = {.data = bytes, .max = TH_FRAME_BYTES_MAX};
        keys.keys = entries;
        keys.count = th_roster_joined(keyring->roster, lineage, entries);
        th_keys_write(&writer, &keys);
        (void)th_roster_kept_path(keyring->run, lineage, path, sizeof(path));
        err = writer.overflow ? TH_E_IO : TH_OK;
        if (err == TH_OK && !copy_is(path, th_written(&writer))) {
            err = th_file_replace(path, th_written(&writer), COPY_MODE) == TH_OK ? TH_OK : TH_E_IO;
        }
    }
    free(entries);
    free(bytes);
    return err;
}

enum th_err
keyring_join(struct keyring *keyring, struct th_bytes body, bool *changed, unsigned *cut)
{
    struct th_keys keys;
    size_t count = 0;
    *changed = false;
    *cut = 0;
    th_arena_reset(&keyring->arena);
    TH_TRY(th_keys_read(body, &keyring->arena, &keys, NULL));
    TH_TRY(take_joined(keyring, &keys, &count, cut));
    if (count > 0) { // mostly it is what was said before
        *changed = true;
        TH_TRY(fill_table(keyring, keyring->roster));
    }
    return keep_joined(keyring, keys.lineage);
}

// ---- the roster ----

static enum th_err
load(struct keyring *keyring, struct th_findings *findings, struct th_roster **out)
{
    TH_SCOPED(th_roster_free) struct th_roster *roster = NULL;
    // Looked at before it is read: a change in between is found at the next look.
    if (stat(keyring->path, &keyring->seen) != 0) {
        keyring->seen = (struct stat){0};
    }
    TH_TRY(th_roster_read(keyring->path, findings, &roster));
    TH_TRY(th_roster_join_kept(roster, keyring->run));
    TH_TRY(fill_table(keyring, roster));
    *out = roster;
    roster = NULL; // the caller owns it now
    return TH_OK;
}

enum th_err keyring_open(const char *path,
                         const char *run,
                         struct zap *zap,
                         struct th_findings *findings,
                         struct keyring *keyring)
{
    *keyring = (struct keyring){.path = path, .run = run, .zap = zap};
    void *base = malloc(TH_ARENA_BYTES);
    if (base == NULL) {
        return TH_E_NO_MEMORY;
    }
    keyring->arena = th_arena_of(base, TH_ARENA_BYTES);
    const enum th_err err = load(keyring, findings, &keyring->roster);
    if (err != TH_OK) {
        keyring_close(keyring);
    }
    return err;
}

void keyring_close(struct keyring *keyring)
{
    th_roster_free(&keyring->roster);
    free(keyring->arena.base);
    *keyring = (struct keyring){0};
}

bool keyring_is_stale(const struct keyring *keyring)
{
    struct stat now = {0};
    if (stat(keyring->path, &now) != 0) {
        return false; // gone for a moment, or for good: what was read stays in force
    }
    return now.st_ino != keyring->seen.st_ino || now.st_size != keyring->seen.st_size ||
           now.st_mtim.tv_sec != keyring->seen.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != keyring->seen.st_mtim.tv_nsec ||
           now.st_mode != keyring->seen.st_mode;
}

enum th_err keyring_reload(struct keyring *keyring,
                           struct th_findings *findings,
                           struct th_roster **old,
                           unsigned *cut)
{
    struct th_roster *fresh = NULL;
    TH_TRY(load(keyring, findings, &fresh));
    *cut = doors_to_cut(keyring->roster->entries, keyring->roster->entry_count, fresh);
    *old = keyring->roster;
    keyring->roster = fresh;
    return TH_OK;
}
