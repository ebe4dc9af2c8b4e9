// backup_look.c - see backup.h; is it still what it was made as?

#include <stdio.h>
#include <string.h>

#include "workers/backup.h"
#include "workers/carry.h"
#include "workers/trouble.h"
#include "workers/verb.h"

enum th_err backup_files(const char *dir,
                         const struct manifest *manifest,
                         backup_wrong *wrong,
                         void *self,
                         uint64_t *count)
{
    *count = 0;
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        const char *name = file->path.data;
        char path[TH_PATH_MAX];
        uint64_t bytes = 0;
        uint8_t hash[TH_HASH256_BYTES];
        (void)snprintf(path, sizeof(path), "%.3800s/%.256s", dir, name);
        const enum th_err err = carry_hash(path, &bytes, hash);
        const char *word = NULL;
        if (err == TH_E_NO_MEMORY) {
            return err;
        }
        if (err != TH_OK) {
            word = err == TH_E_NOT_FOUND ? "missing" : "unreadable";
        } else if (bytes != file->bytes) {
            word = "size-differs";
        } else if (memcmp(hash, file->hash, sizeof(hash)) != 0) {
            word = "hash-differs";
        }
        if (word != NULL) {
            *count += 1;
            wrong(self, name, word);
        }
    }
    return TH_OK;
}

static enum th_err other(const struct sound_setup *sound, struct th_verdict *why)
{
    th_verdict_make(why, TH_M_BACKUP_DAMAGED, 0, "", sound->lineage, NULL);
    return TH_E_CORRUPT;
}

static enum th_err look_at(const struct sound_setup *setup,
                           const struct manifest_province *said,
                           struct th_verdict *why)
{
    struct sound sound;
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_TRY(verb_open(setup->config, setup->lineage, &disk, why));
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(trouble_of_store(why, th_disk_begin_read(disk, &txn)));
    TH_TRY(sound_look(setup, th_disk_store(&txn), &sound, why));
    const bool same = sound.identity.store_id == said->store_id &&
                      sound.identity.birth_id == said->birth_id &&
                      sound.result.version == said->version &&
                      memcmp(sound.chain, said->chain, sizeof(sound.chain)) == 0;
    return same ? TH_OK : other(setup, why);
}

enum th_err backup_stores(const struct sound_setup *sound,
                          const struct manifest *manifest,
                          struct th_verdict *why)
{
    for (size_t i = 0; i < manifest->province_count; i++) {
        struct sound_setup one = *sound;
        one.lineage = manifest->provinces[i].lineage;
        TH_TRY(look_at(&one, &manifest->provinces[i], why));
    }
    return TH_OK;
}
