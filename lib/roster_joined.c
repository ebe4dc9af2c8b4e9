// roster_joined.c - see roster.h; the keys that joined, from the lists of the workers

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/file.h"
#include "tonghop/roster.h"

enum th_err th_roster_join_keys(struct th_roster *roster, const struct th_keys *keys)
{
    struct th_roster_joined *joined = calloc(keys->count + 1, sizeof(*joined));
    if (joined == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < keys->count; i++) {
        joined[i].class = (enum th_peer_class)keys->keys[i].class;
        joined[i].number = keys->keys[i].number;
        joined[i].enrolment = keys->keys[i].enrolment;
        memcpy(joined[i].key, keys->keys[i].public_key, sizeof(joined[i].key));
    }
    size_t taken = 0;
    const enum th_err err = th_roster_join(roster, keys->lineage, joined, keys->count, &taken);
    free(joined);
    return err;
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
    return th_roster_join_keys(roster, &keys);
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
