// backup.h - a backup of a province directory: made while it runs, looked at, listed
//
//   PLACE/hg93-20261124T183958Z/     (several provinces: tonghop-…)
//     manifest.yaml     what it is (manifest.h), written last
//     tonghop.yaml      as it was
//     register/         roster, units, successors, catalogue of each province
//     state/<lineage>/  the store, compacted, as it stood at one version, and verified in full
//     desk/<lineage>/   the desk's settings and outbox
//     keys/             public keys; with keys the secret ones too
//
// Another process than the worker's makes it: it reads beside the writer, who never waits.
//
//   C1  What has the name of a backup was opened from its copy and verified, and is on the disk.
//   C2  The register is never newer than the store it comes with, the roster and the desk's outbox
//       never older: so the one fits, and of the others nothing is forgotten.
//   C3  Secret keys are in it only when asked for.

#ifndef WORKERS_BACKUP_H
#define WORKERS_BACKUP_H

#include "workers/manifest.h"

struct backup_save {
    const struct th_config *config; // of the province
    const char *settings;           // its tonghop.yaml
    const char *place;              // directory of backups; made when there is none
    const char *lineage;            // NULL: every province of config
    bool keys;
    enum th_lang lang;
    void (*tell)(void *self, const char *sentence); // findings of verify
    void *self;
};

/**
 * Make a backup. name gets its path, and *manifest what it says.
 *
 * Errors: each with *why. Nothing is left under a name.
 */
TH_MUST_USE enum th_err backup_save(const struct backup_save *save,
                                    char name[static TH_PATH_MAX],
                                    struct manifest *manifest,
                                    struct th_verdict *why);

// Every file as the manifest has it. wrong is called for each that is not, with a word of
// words.def; its number in *count. TH_E_NO_MEMORY.
typedef void backup_wrong(void *self, const char *file, const char *word);
TH_MUST_USE enum th_err backup_files(const char *dir,
                                     const struct manifest *manifest,
                                     backup_wrong *wrong,
                                     void *self,
                                     uint64_t *count);

/**
 * Verify the stores of a backup whose files are as they should be.
 *
 * Errors: TH_E_CORRUPT and what sound_look answers, with *why.
 */
TH_MUST_USE enum th_err backup_stores(const struct sound_setup *sound,
                                      const struct manifest *manifest,
                                      struct th_verdict *why);

#endif
