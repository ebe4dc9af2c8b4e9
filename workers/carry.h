// carry.h - files into a backup and out of it: copied, hashed, listed
//
// Only regular files and directories are carried; links, sockets and what is not ours to read are
// passed over or refused, never followed.

#ifndef WORKERS_CARRY_H
#define WORKERS_CARRY_H

#include <stdbool.h>

#include "tonghop/hash.h"

#include "workers/manifest.h"

enum { CARRY_DEPTH_MAX = 6 };

// Size and hash of a file. TH_E_NOT_FOUND, TH_E_DENIED, TH_E_IO; errno says why.
TH_MUST_USE enum th_err
carry_hash(const char *path, uint64_t *bytes, uint8_t hash[static TH_HASH256_BYTES]);

// Copy the file from as the new file to (0600), not flushed, and hash what was copied. Directories
// on the way to it below base (an existing one that to begins with) are made. TH_E_EXISTS;
// TH_E_FULL; as carry_hash.
TH_MUST_USE enum th_err carry_copy(const char *from,
                                   const char *base,
                                   const char *to,
                                   uint64_t *bytes,
                                   uint8_t hash[static TH_HASH256_BYTES]);

// Where files go to, and what is said of them.
struct carry {
    const char *base;          // the backup
    struct manifest *manifest; // takes the names
};

// One file to name in the backup; with none there (TH_E_NOT_FOUND) nothing.
TH_MUST_USE enum th_err carry_file(struct carry *carry, const char *from, const char *name);
// A file that is in the backup already.
TH_MUST_USE enum th_err carry_listed(struct carry *carry, const char *name);

// Is this name, in a tree, to be carried? name is the last part; is_dir whether it is a directory.
typedef bool carry_wants(const char *name, bool is_dir);

// Everything below the directory from that is wanted, to name/... in the backup. None there:
// nothing.
TH_MUST_USE enum th_err
carry_tree(struct carry *carry, const char *from, const char *name, carry_wants *wants);

#endif
