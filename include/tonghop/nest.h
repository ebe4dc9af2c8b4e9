// nest.h - a directory that gets its name last
//
// What must be whole or not there at all - a store at its birth, a backup, a province that is put
// back - is made under another name beside its place, flushed, and only then renamed:
//
//      PATH.new-<hex>/  ->  what is made in it  ->  fsync of all  ->  rename to PATH/
//                                                                  ->  fsync of the parent
//
//   N1  What stands under PATH is whole and on the disk. What has that name already is never
//       replaced.
//   N2  The maker holds a lock on the new directory. One that is found unlocked was left by a maker
//       that died: the next making of the same path removes it.
//
// Stop point: nest.named (before the rename).

#ifndef TONGHOP_NEST_H
#define TONGHOP_NEST_H

#include <stddef.h>

#include "tonghop/base.h"
#include "tonghop/err.h"

enum { TH_NEST_PATH_MAX = 4096 };

// Declare it TH_SCOPED(th_nest_leave) = {.dir = -1, .parent_dir = -1}.
struct th_nest {
    char path[TH_NEST_PATH_MAX];   // where to make it; empty once it has its name
    char parent[TH_NEST_PATH_MAX]; // where PATH stands
    const char *name;              // last part of PATH, in path; not ended
    size_t name_size;
    int dir;
    int parent_dir;
};

/**
 * Make the directory (0700) that is to become path.
 *
 * Errors: TH_E_NOT_FOUND: there is no parent; TH_E_DENIED, TH_E_FULL, TH_E_IO; TH_E_INVALID: path
 *         has no last part, or is too long; TH_E_BUSY: others make the same without an end.
 */
TH_MUST_USE enum th_err th_nest_enter(const char *path, struct th_nest *nest);

// Flush everything in it: files get mode 0600, directories 0700. TH_E_IO, TH_E_DENIED.
TH_MUST_USE enum th_err th_nest_flush(const struct th_nest *nest);

/**
 * Give it its name. Flush it first.
 *
 * Errors: TH_E_EXISTS: something has that name by now; TH_E_FULL, TH_E_IO. It is left unnamed.
 */
TH_MUST_USE enum th_err th_nest_name(struct th_nest *nest);

void th_nest_leave(struct th_nest *nest); // removes what has no name

// Remove what makers that died left in directory dir, whatever it was to become.
void th_nest_sweep(const char *dir);

#endif
