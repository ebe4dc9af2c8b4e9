// roster_joined.c - see roster.h; the keys that joined, from the lists of the workers

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/file.h"

#include "lib/roster_body.h"

// R5
static bool may_take(const struct th_roster_entry *entry,
                     const struct th_key_entry *told,
                     struct th_bytes lineage)
{
    if (entry == NULL || !entry->has_bootstrap || !th_bytes_equal(entry->lineage, lineage) ||
        told->enrolment < entry->keys_from || told->enrolment > entry->enrolment ||
        (told->has_previous &&
         memcmp(told->public_key, told->previous, sizeof(told->previous)) == 0)) {
        return false;
    }
    const struct th_key_entry held = th_roster_key(entry);
    return !entry->has_key || (entry->joined && !th_key_is_later(&held, told));
}

// R3: neither key stands for another entry.
static bool is_free(const struct th_roster *roster,
                    const struct th_roster_entry *entry,
                    const struct th_key_entry *told)
{
    bool bootstrap = false;
    const struct th_roster_entry *of = th_roster_by_key(roster, told->public_key, &bootstrap);
    const struct th_roster_entry *before =
        told->has_previous ? th_roster_by_key(roster, told->previous, &bootstrap) : NULL;
    return (of == NULL || of == entry) && (before == NULL || before == entry);
}

static bool differs(const struct th_roster_entry *entry, const struct th_key_entry *told)
{
    return !entry->has_key || memcmp(entry->key, told->public_key, sizeof(entry->key)) != 0 ||
           entry->has_previous != told->has_previous ||
           (told->has_previous &&
            memcmp(entry->previous, told->previous, sizeof(entry->previous)) != 0);
}

static void take(struct th_roster_entry *entry, const struct th_key_entry *told)
{
    entry->has_key = true;
    entry->joined = true;
    entry->key_enrolment = told->enrolment;
    entry->key_rotation = told->rotation;
    entry->joined_ms = told->joined_ms;
    entry->has_previous = told->has_previous;
    entry->previous_until_ms = told->until_ms;
    memcpy(entry->key, told->public_key, sizeof(entry->key));
    memcpy(entry->previous, told->previous, sizeof(entry->previous));
}

enum th_err th_roster_join(struct th_roster *roster, const struct th_keys *keys, size_t *changed)
{
    struct roster_body *body = roster_body_of(roster);
    *changed = 0;
    for (size_t i = 0; i < keys->count; i++) {
        const struct th_key_entry *told = &keys->keys[i];
        struct th_roster_entry *entry =
            roster_find(body, (enum th_peer_class)told->class, told->number);
        if (!may_take(entry, told, keys->lineage) || !is_free(roster, entry, told) ||
            !differs(entry, told)) {
            continue;
        }
        take(entry, told);
        roster_index_own(body, entry);
        // A list may name a number again and again: slots of keys that are no more do not fill up.
        if (++*changed % roster->entry_count == 0) {
            TH_TRY(roster_index(body));
        }
    }
    // Slots of keys that are no more still point to their entries.
    return *changed > 0 ? roster_index(body) : TH_OK;
}

size_t
th_roster_joined(const struct th_roster *roster, struct th_bytes lineage, struct th_key_entry *out)
{
    size_t count = 0;
    for (size_t i = 0; i < roster->entry_count && count < TH_LIST_MAX; i++) {
        const struct th_roster_entry *entry = &roster->entries[i];
        if (entry->joined && th_bytes_equal(entry->lineage, lineage)) {
            out[count++] = th_roster_key(entry);
        }
    }
    return count;
}

char *th_roster_kept_path(const char *run, struct th_bytes lineage, char *out, size_t max)
{
    (void)snprintf(out, max, "%s/keys.%.*s", run, (int)lineage.size, (const char *)lineage.data);
    return out;
}

static enum th_err
join_one(struct th_roster *roster, const char *run, struct th_bytes lineage, struct th_arena *arena)
{
    char path[TH_FILE_PATH_MAX];
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 0;
    struct th_keys keys;
    (void)th_roster_kept_path(run, lineage, path, sizeof(path));
    if (th_file_read(path, TH_FRAME_BYTES_MAX, &bytes, &size) != TH_OK) {
        return TH_OK;
    }
    th_arena_reset(arena);
    const struct th_bytes body = {.data = bytes, .size = size};
    if (th_keys_read(body, arena, &keys, NULL) != TH_OK || !th_bytes_equal(keys.lineage, lineage)) {
        return TH_OK;
    }
    size_t changed = 0;
    return th_roster_join(roster, &keys, &changed);
}

enum th_err th_roster_join_kept(struct th_roster *roster, const char *run)
{
    void *base = malloc(TH_ARENA_BYTES);
    if (base == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_arena arena = th_arena_of(base, TH_ARENA_BYTES);
    enum th_err err = TH_OK;
    for (size_t i = 0; i < roster->province_count && err == TH_OK; i++) {
        err = join_one(roster, run, roster->provinces[i].lineage, &arena);
    }
    free(base);
    return err;
}
