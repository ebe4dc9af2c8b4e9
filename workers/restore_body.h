// restore_body.h - what the files of restore share
//
//   restore.c         one store out of a backup; stores put back in their place
//   restore_anew.c    a whole directory

#ifndef WORKERS_RESTORE_BODY_H
#define WORKERS_RESTORE_BODY_H

#include "workers/restore.h"

// A store on its way.
struct restoring {
    const struct restore *restore;
    const struct manifest_province *province;
    struct sound_setup sound; // of the directory whose register it must fit
    uint64_t store_id;
    struct th_verdict *why;
};

// Copy the store of a province out of the backup to path, renamed and verified. *why on an error.
TH_MUST_USE enum th_err restore_store(struct restoring *restoring, const char *path);

// The file system's word about what; returns err. A reason that was said already stays.
enum th_err restore_fail(struct th_verdict *why, const char *what, enum th_err err);

bool restore_takes(const struct restore *restore, const struct manifest_province *province);

#endif
