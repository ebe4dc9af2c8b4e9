// keyring.h - the keys in force: roster.yaml, the keys that joined since, the table at the doors
//
//      roster.yaml ──looked at every 100 ms──┐
//      KEYS of owners ──run/keys.<lineage>───┴──> roster in memory ──> ZAP table, routing
//
//   K1  A roster that cannot be read, or that others may write, leaves the one before in force; at
//       the start the broker does not come up without one.
//   K2  Keys that joined are kept in run/, so that a broker that was killed lets their nodes in
//       before the worker is back: a key refused once is tried again only after half a minute.
//   K3  A key that joined is forgotten only for a later one. A worker whose store was lost or put
//       back from a copy tells fewer keys; it is told the others (routing.h, G6), and the offices
//       that have them come in and fill it again.

#ifndef BROKER_KEYRING_H
#define BROKER_KEYRING_H

#include <sys/stat.h>

#include "tonghop/arena.h"
#include "tonghop/finding.h"
#include "tonghop/roster.h"

#include "broker/zap.h"

struct keyring {
    const char *path; // of roster.yaml
    const char *run;  // directory of the copies
    struct zap *zap;
    struct th_roster *roster;
    struct stat seen; // the file as it was read
    struct th_arena arena;
};

/**
 * Read the roster and the copies of joined keys, and fill the table.
 *
 * Ownership: path, run and zap must outlive *keyring, which the caller gives back.
 * Errors:    those of th_roster_read, with findings; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err keyring_open(const char *path,
                                     const char *run,
                                     struct zap *zap,
                                     struct th_findings *findings,
                                     struct keyring *keyring);
void keyring_close(struct keyring *keyring); // scoped

bool keyring_is_stale(const struct keyring *keyring); // is the file another one now?

/**
 * Read the file again. *old is the roster before, for the caller to free when nobody uses it any
 * more; *cut gets the doors (bits of zap_door) whose connections must be closed, because a key was
 * revoked or taken out, or is public now.
 *
 * Errors: as keyring_open: the old roster stays in force, and the same file is not read again.
 */
TH_MUST_USE enum th_err keyring_reload(struct keyring *keyring,
                                       struct th_findings *findings,
                                       struct th_roster **old,
                                       unsigned *cut);

// Take the list of keys (body of KEYS) that an owner announced. *changed: the table is another one;
// *cut as above, because another key took the place of one. TH_E_MALFORMED, TH_E_NO_MEMORY, TH_E_IO
// (the copy could not be written; the keys are in force).
TH_MUST_USE enum th_err
keyring_join(struct keyring *keyring, struct th_bytes body, bool *changed, unsigned *cut);

// The doors of an entry's own key, as bits of zap_door.
unsigned keyring_doors(const struct th_roster_entry *entry);

#endif
