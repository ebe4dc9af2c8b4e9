// restore.h - a province directory from a backup: a new one, or its stores put back in one that is
// there
//
// A store that is put back goes on under another id (open.h O4), named in the roster: whoever knew
// the old one notices, offices send again what the backup does not have, viewers start afresh.
//
//   Y1  Every file is checked against the manifest before anything is made, and every store is
//       verified in full before it gets its name.
//   Y2  A new directory has its name when all of it is there.
//   Y3  In a directory that is there only stores and registers go back. Settings, keys, roster and
//       the desk stay: what was revoked since stays revoked. The stores that were there are kept
//       (swap.h).

#ifndef WORKERS_RESTORE_H
#define WORKERS_RESTORE_H

#include "workers/backup.h"
#include "workers/swap.h"

struct restore {
    const char *backup;
    const struct th_config *from; // settings of the backup
    const struct manifest *manifest;
    const char *lineage; // NULL: every province of it
    const char *to;
    const char *keys; // directory of a province, or a backup with keys: NULL: those of the backup
    bool confirmed;
    enum th_lang lang;
    void (*tell)(void *self, const char *sentence); // findings of verify
    void *self;
    // Called for each province that is done; kept: the name of its old store in state/, or "".
    void (*done)(void *self,
                 const struct manifest_province *province,
                 uint64_t store_id,
                 const char *kept);
};

/**
 * Make the directory restore->to, which must not be there or be empty.
 *
 * Errors: TH_E_EXISTS (TH4301); TH_E_DENIED: secret keys are missing (TH4305); others. Each with
 *         *why.
 */
TH_MUST_USE enum th_err restore_anew(const struct restore *restore, struct th_verdict *why);

/**
 * Put the stores back in the province directory restore->to, whose settings are config.
 *
 * Errors: TH_E_BUSY: it runs (TH4304); TH_E_REFUSED: not confirmed (TH1006); TH_E_NOT_FOUND: it has
 *         no such province (TH4306); others. Each with *why.
 */
TH_MUST_USE enum th_err restore_in_place(const struct restore *restore,
                                         const struct th_config *config,
                                         struct th_verdict *why);

#endif
