// manifest.h - what a backup says of itself: BACKUP/manifest.yaml
//
// Written last, when everything in the backup has been looked at. It names every file with its size
// and hash, so that a backup is checked wherever it was taken to, without the programs of the
// province; and of each province how far its store was, with every node's place in its stream.
//
//   B1  A directory without a manifest is no backup.
//   B2  The last line hashes all lines before it.
//   B3  Every file of the backup but this one is listed; a path stays inside the backup.

#ifndef WORKERS_MANIFEST_H
#define WORKERS_MANIFEST_H

#include "tonghop/codec.h"
#include "tonghop/hash.h"
#include "tonghop/pool.h"
#include "tonghop/verdict.h"

#include "workers/sound.h"

enum { MANIFEST_FORMAT = 1, MANIFEST_FILES_MAX = 20000, MANIFEST_PATH_MAX = 256 };

struct manifest_province {
    char lineage[TH_LINEAGE_MAX + 1];
    char root[TH_UNIT_REF_MAX + 1];
    char name[257];
    uint64_t store_id;
    uint64_t birth_id;
    uint16_t format; // of the store
    uint64_t version;
    uint8_t chain[TH_HASH256_BYTES]; // over all commits
    uint64_t records;
    uint64_t batches;
    // Of each node with decided batches, in the order of their numbers: number, stream epoch, seq
    // decided, chain there, live records and their digest, with blanks between.
    struct th_bytes *nodes;
    size_t node_count;
};

struct manifest_file {
    struct th_bytes path; // from the backup's directory
    uint64_t bytes;
    uint8_t hash[TH_HASH256_BYTES];
};

// Declare it TH_SCOPED(manifest_free) = {0}.
struct manifest {
    int64_t made_ms; // Unix
    struct th_bytes program;
    bool keys; // the secret keys are in it
    struct manifest_province *provinces;
    size_t province_count;
    struct manifest_file *files;
    size_t file_count;
    struct th_pool texts; // of everything above
};

void manifest_free(struct manifest *manifest);

// Add one that is to be written; texts are copied. TH_E_NO_MEMORY, TH_E_FULL.
TH_MUST_USE enum th_err manifest_add_file(struct manifest *manifest,
                                          const struct manifest_file *file);
TH_MUST_USE enum th_err manifest_add_province(struct manifest *manifest,
                                              const struct sound *sound,
                                              struct th_store store,
                                              const struct th_config_province *said);

// Write dir/manifest.yaml. TH_E_FULL, TH_E_IO, TH_E_NO_MEMORY.
TH_MUST_USE enum th_err manifest_write(const char *dir, const struct manifest *manifest);

/**
 * Read dir/manifest.yaml.
 *
 * Errors: TH_E_NOT_FOUND: it is no backup (TH4303); TH_E_CORRUPT: damaged (TH4302); TH_E_INVALID:
 *         of a later format (TH4004); TH_E_IO, TH_E_NO_MEMORY. Each with *why.
 */
TH_MUST_USE enum th_err
manifest_read(const char *dir, struct manifest *manifest, struct th_verdict *why);

const struct manifest_province *manifest_province(const struct manifest *manifest,
                                                  const char *lineage); // NULL
uint64_t manifest_bytes(const struct manifest *manifest);               // of all files

#endif
