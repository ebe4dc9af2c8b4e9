// host.h - a province of this worker: its register, its store, opened and looked at
//
// When DIR/register/<lineage>/store says that there was a store and it is gone, a new one is made
// under a new id, which the roster is told: the nodes then give again what they hold (P8).

#ifndef WORKERS_HOST_H
#define WORKERS_HOST_H

#include <stdbool.h>

#include "tonghop/config.h"
#include "tonghop/province.h"
#include "tonghop/roster.h"
#include "tonghop/store_lmdb.h"
#include "tonghop/verdict.h"

#include "workers/open.h"
#include "workers/verify.h"

struct host {
    struct th_province *province;
    struct th_disk *disk;
    struct identity identity;
    struct opened opened;
    bool register_moved; // the store has a newer register than its files
    bool was_lost;       // there was a store, and it was gone: this one is new
};

/**
 * Open lineage for writing: its store is made when there is none, its epoch raised.
 *
 * Ownership: host_close.
 * Errors:    *why says what to tell; the error's class what to do.
 */
TH_MUST_USE enum th_err host_open(const struct th_config *config,
                                  const char *lineage,
                                  struct host *host,
                                  struct th_verdict *why);

// The same without changing anything, for verify of a province that does not run.
TH_MUST_USE enum th_err host_look(const struct th_config *config,
                                  const char *lineage,
                                  struct host *host,
                                  struct th_verdict *why);

// The same of a store that is open already, wherever it is and whatever its id: does it fit the
// register of config? host->disk stays NULL.
TH_MUST_USE enum th_err host_fit(const struct th_config *config,
                                 const char *lineage,
                                 struct th_store store,
                                 struct host *host,
                                 struct th_verdict *why);

// Where lineage has its store: out holds TH_PATH_MAX.
char *host_store_path(const struct th_config *config, const char *lineage, char *out);
// How a store of a province is opened or made on the disk of path.
struct th_disk_options
host_disk_options(const struct th_config *config, const char *path, enum th_disk_use use);
// The mark that lineage has a store, of that id. TH_E_IO and what th_file_replace answers.
TH_MUST_USE enum th_err
host_mark(const struct th_config *config, const char *lineage, uint64_t store_id);
// The files of the register as copies for the other programs, if the store has a newer one.
TH_MUST_USE enum th_err host_write_register(const struct th_config *config,
                                            const struct host *host);
void host_close(struct host *host); // scoped

// What err of a store at path is to be told as; returns err.
enum th_err host_not_opened(enum th_err err, const char *path, struct th_verdict *why);

// Verify in a read transaction. Errors: those of verify_run.
TH_MUST_USE enum th_err host_verify(const struct host *host,
                                    enum verify_level level,
                                    verify_report *report,
                                    void *self,
                                    struct verify_result *result);
struct verify_setup host_verify_setup(const struct host *host);

#endif
