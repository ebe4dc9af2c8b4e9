// migrate.h - a store of an earlier format becomes one of this format, by copy
//
//      old store ──rows──> step ──> step ──rows──> new store, verified in full
//
// Each format knows the step that leads to it from the one before. Steps see rows without check
// hashes (rows.h), so the same steps serve a store on disk, a backup and an exported stream.
//
//   G1  The old store is only read.
//   G2  What the store is stays: lineage, ids, register, version and chain. Only format and
//       min_reader of row "store" change, and no step has to do that.
//   G3  A table that no step names comes out row for row, byte for byte (checked by hash).
//   G4  The new store is verified in full before it has a name.

#ifndef WORKERS_MIGRATE_H
#define WORKERS_MIGRATE_H

#include "workers/rows.h"
#include "workers/sound.h"

// Takes what a step makes of a row: none, one or several.
struct migrate_out {
    rows_sink *sink;
    void *self;
};

// From the format before to the format to.
struct migrate_step {
    uint16_t to;
    uint16_t min_reader; // of a store of format to
    uint32_t tables;     // that it changes: bits by number
    // A row of one of them. What out answers, if not TH_OK, is to be answered.
    enum th_err (*row)(const struct migrate_out *out, const struct th_export_row *row);
};

struct migrate_steps {
    const struct migrate_step *list; // to rises by one
    size_t count;
};

// Of this program: from the first format to STORE_FORMAT. There is only one format yet.
extern const struct migrate_steps MIGRATE_STEPS;

// ---- on the way ----

enum { MIGRATE_STEPS_MAX = 16 };

struct migrating {
    const struct migrate_steps *steps;
    uint16_t format; // of the rows that come
    rows_sink *sink; // takes rows of the newest format
    void *self;
    struct migrate_out levels[MIGRATE_STEPS_MAX + 1];
    struct migrate_level {
        struct migrating *migrating;
        size_t step;
    } places[MIGRATE_STEPS_MAX + 1];
};

// Rows of format go through steps into sink. TH_E_INVALID: no steps lead from there.
TH_MUST_USE enum th_err migrate_begin(struct migrating *migrating,
                                      const struct migrate_steps *steps,
                                      uint16_t format,
                                      rows_sink *sink,
                                      void *self);
// A rows_sink: self is a struct migrating.
enum th_err migrate_row(void *self, const struct th_export_row *row);

// ---- a whole store ----

struct migrate {
    const struct migrate_steps *steps;
    struct th_store old; // in a read transaction
    // G4: TH_OK, or why the new store is no good, with *why.
    enum th_err (*look)(void *self, struct th_store store, struct th_verdict *why);
    void *self;
    const struct renamed *renamed;  // what id it goes on under; NULL: it is the same store
    struct th_disk_options options; // of the new one
};

/**
 * Make the new store at path, which must not be there. Nothing is left there on an error.
 *
 * Errors: TH_E_INVALID: no steps lead here from its format; TH_E_CORRUPT: a row of the old store is
 *         damaged, or G2 or G3 do not hold; those of look and the store. Each with *why.
 */
TH_MUST_USE enum th_err
migrate_build(const struct migrate *migrate, const char *path, struct th_verdict *why);

#endif
