// verb.h - the verbs of tonghop-worker about stores of a province that may run or not, and what
// they share

#ifndef WORKERS_VERB_H
#define WORKERS_VERB_H

#include "tonghop/config.h"
#include "tonghop/option.h"

#include "workers/sound.h"

extern const struct th_verb VERB_VERIFY;
extern const struct th_verb VERB_BACKUP;
extern const struct th_verb VERB_EXPORT;
extern const struct th_verb VERB_IMPORT;
extern const struct th_verb VERB_MIGRATE;

// The directory a verb works on: the operand at index, else --dir, else ".".
const char *verb_dir(const struct th_call *call, size_t index);

// The settings of directory dir, which may be a backup. Ownership: *config is the caller's. Says
// what is wrong; the exit code.
int verb_config(const struct th_call *call, const char *dir, struct th_config **config);

// The province of --lineage, or the only one. Says what is wrong; the exit code.
int verb_lineage(const struct th_call *call, const struct th_config *config, const char **lineage);

// Is there a manifest? Then nobody writes the stores of dir, and nothing in it is to be changed.
bool verb_is_backup(const char *dir);

// The store of lineage in dir, only to be read, beside a worker or still. With *why on an error.
TH_MUST_USE enum th_err verb_open(const struct th_config *config,
                                  const char *lineage,
                                  struct th_disk **disk,
                                  struct th_verdict *why);

// How a store is looked at for this call: findings go to stderr.
struct sound_setup
verb_sound(const struct th_call *call, const struct th_config *config, const char *lineage);

// What the file system said about path, now, as an error line; the exit code.
int verb_fail_file(const struct th_call *call, unsigned code, const char *path, enum th_err err);

// "1,3 MiB", "1.3 MiB". Returns out.
enum { VERB_SIZE_BYTES = 32 };
char *verb_size(enum th_lang lang, uint64_t bytes, char out[static VERB_SIZE_BYTES]);

#endif
