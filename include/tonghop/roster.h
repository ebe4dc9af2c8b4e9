// roster.h - whose key is whose: DIR/register/roster.yaml, and the keys that joined since
//
//      enrol, keys revoke ──under a lock──> roster.yaml ──watched──> broker ──ROSTER──> workers
//                                                          broker <──KEYS── workers (joined keys)
//
//   R1  Every change raises the generation by one. The file is replaced whole: temporary file,
//       fsync, rename, fsync of the directory.
//   R2  (class, number) is unique; numbers above 0 are also unique among node, viewer and desk, so
//       that "b:7" means one enrolment. Number 0: keys made by init (the local viewer).
//   R3  A public key stands for one entry only.
//   R4  A revoked entry stays, so that its number is given to nobody else and its key never again.
//   R5  A joined key is taken only for an entry with an enrolment key and of the worker's own
//       province; it never replaces a key of the file. It gives way to a later one only (codec.h):
//       what is missing in a worker's list was lost there.
//   R6  A file that others may write is refused.
//   R7  A province has at most one desk of its own, which is made with it and never enrols. In
//   every
//       message and in the store it is node 0 of its province; its number here is only its place in
//       this file. Desks that enrolled (for another machine) speak under their own numbers.
//   R8  A number may be enrolled again, for an office that lost its disk or its key: its enrolment
//       key is another one from then on, and its enrolments are counted. The key that joined
//       before goes on until one joins under the new enrolment; after a revocation it does not.
//   R9  A joined key may be asked to be changed: its owner hears of it and announces another one,
//       under the old one. Both hold for some days.

#ifndef TONGHOP_ROSTER_H
#define TONGHOP_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tonghop/bytes.h"
#include "tonghop/err.h"
#include "tonghop/finding.h"
#include "tonghop/joining.h"
#include "tonghop/sock.h"
#include "tonghop/step.h"

enum {
    TH_ROSTER_ENTRIES_MAX = 16000,
    TH_ROSTER_UNITS_MAX = 1024, // of one entry
    TH_ROSTER_UNITS_TOTAL_MAX = 60000,
    TH_ROSTER_PROVINCES_MAX = 64,
    TH_ROSTER_LOCK_MS = 10000,
};

struct th_roster_province {
    struct th_bytes lineage;
    struct th_bytes root; // code or code@date
    uint64_t store_id;    // the valid one; 0 until the store is made
};

struct th_roster_entry {
    enum th_peer_class class; // node, worker, viewer, desk
    uint32_t number;
    struct th_bytes lineage;      // empty: every province (workers, the local viewer)
    const struct th_bytes *units; // what a node may write: code or code@date
    size_t unit_count;
    bool only;        // not what is below its units
    bool public_only; // of a viewer: it gets what the public gets, and no feed
    bool revoked;
    struct th_bytes reason; // of the revocation
    bool has_key;           // its own key: of the file, or joined
    bool joined;            // has_key comes from a worker's list
    uint8_t key[TH_CURVE_BYTES];
    uint32_t key_enrolment; // joined: under which enrolment, its which key, and when
    uint32_t key_rotation;
    int64_t joined_ms;
    bool has_previous; // the own key before, which still holds
    uint8_t previous[TH_CURVE_BYTES];
    int64_t previous_until_ms; // Unix time
    bool has_bootstrap;        // the one-use key of its enrolment
    uint8_t bootstrap[TH_CURVE_BYTES];
    int64_t expires_ms; // of the enrolment, Unix time
    uint32_t enrolment; // how often the number was enrolled before this one
    uint32_t keys_from; // joined keys of earlier enrolments are not taken: they were revoked
    uint32_t rotation;  // a joined key of this enrolment below this one shall be changed (R9)
};

// Read freely; changed only by the functions below. entries are sorted by class and number.
struct th_roster {
    uint64_t generation;
    const struct th_roster_province *provinces;
    size_t province_count;
    const struct th_roster_entry *entries;
    size_t entry_count;
};

TH_MUST_USE enum th_err th_roster_new(struct th_roster **out); // empty, generation 0

/**
 * Read path.
 *
 * Ownership: the caller frees *out with th_roster_free.
 * Errors:    TH_E_NOT_FOUND; TH_E_DENIED: others may write the file (TH1202 in findings);
 *            TH_E_REFUSED with findings; TH_E_IO; TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err
th_roster_read(const char *path, struct th_findings *findings, struct th_roster **out);
void th_roster_free(struct th_roster **roster); // scoped

// Held while a command reads, changes and saves: path is DIR/register/roster.lock. TH_E_BUSY after
// TH_ROSTER_LOCK_MS; TH_E_IO. {.fd = -1} holds nothing.
struct th_roster_lock {
    int fd;
};
TH_MUST_USE enum th_err th_roster_lock(const char *path, struct th_roster_lock *lock);
void th_roster_unlock(struct th_roster_lock *lock); // scoped

// Raise the generation and write the file, without joined keys. TH_E_IO, TH_E_FULL, TH_E_TOO_LARGE:
// the file is as it was.
TH_MUST_USE enum th_err th_roster_save(struct th_roster *roster, const char *path);

// ---- changes; all copy what they are given ----

// TH_E_INVALID: an entry that the file could not hold; TH_E_EXISTS: R2 or R3; TH_E_FULL;
// TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_roster_add(struct th_roster *roster,
                                      const struct th_roster_entry *entry);
// Adds a province, or replaces root and store id of the one of that lineage.
TH_MUST_USE enum th_err th_roster_set_province(struct th_roster *roster,
                                               const struct th_roster_province *province);
// TH_E_NOT_FOUND. Revoking twice keeps the first reason.
TH_MUST_USE enum th_err th_roster_revoke(struct th_roster *roster,
                                         enum th_peer_class class,
                                         uint32_t number,
                                         struct th_bytes reason);
/**
 * R8: give class and number, which enrolled once, another enrolment key. What was revoked is not
 * any more, but for its keys.
 *
 * Errors: TH_E_NOT_FOUND; TH_E_INVALID: its key was made here and never enrols; TH_E_EXISTS: R3;
 *         TH_E_FULL: TH_ENROLMENTS_MAX.
 */
TH_MUST_USE enum th_err th_roster_enrol_again(struct th_roster *roster,
                                              enum th_peer_class class,
                                              uint32_t number,
                                              const uint8_t bootstrap[static TH_CURVE_BYTES],
                                              int64_t expires_ms);
/**
 * R9: ask for another key in the place of key, the one that has joined now as far as is known.
 *
 * Errors: TH_E_NOT_FOUND; TH_E_INVALID: it never enrols, or is revoked.
 */
TH_MUST_USE enum th_err th_roster_rotate(struct th_roster *roster,
                                         enum th_peer_class class,
                                         uint32_t number,
                                         uint32_t rotation);
/**
 * Another key of the file in the place of key, which holds beside it until until_ms.
 *
 * Errors: TH_E_NOT_FOUND; TH_E_INVALID: it has none, or one that joined; TH_E_EXISTS: R3.
 */
TH_MUST_USE enum th_err th_roster_replace_key(struct th_roster *roster,
                                              enum th_peer_class class,
                                              uint32_t number,
                                              const uint8_t key[static TH_CURVE_BYTES],
                                              int64_t until_ms);
// The next free number for a node, viewer or desk (or for a worker), from 1.
uint32_t th_roster_next_number(const struct th_roster *roster, enum th_peer_class class);

/**
 * Take a list of keys that joined (body of KEYS, see codec.h). *changed counts the entries that
 * have another key now, or another one before it.
 */
TH_MUST_USE enum th_err
th_roster_join(struct th_roster *roster, const struct th_keys *keys, size_t *changed);

// The keys that joined lineage, in out, which holds TH_LIST_MAX; how many. In the order of numbers.
size_t
th_roster_joined(const struct th_roster *roster, struct th_bytes lineage, struct th_key_entry *out);

// The same from the lists that the broker keeps in DIR/run, as it last heard them. What is missing
// or damaged is left out: the worker tells it again. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_roster_join_kept(struct th_roster *roster, const char *run);
// Where it keeps the one of lineage.
char *th_roster_kept_path(const char *run, struct th_bytes lineage, char *out, size_t max);

// ---- questions; NULL when there is none ----

const struct th_roster_province *th_roster_province(const struct th_roster *roster,
                                                    struct th_bytes lineage);
const struct th_roster_entry *
th_roster_find(const struct th_roster *roster, enum th_peer_class class, uint32_t number);
// The province's own desk.
const struct th_roster_entry *th_roster_own_desk(const struct th_roster *roster,
                                                 struct th_bytes lineage);
// By an own key (*bootstrap false) or that of its enrolment (*bootstrap true).
const struct th_roster_entry *th_roster_by_key(const struct th_roster *roster,
                                               const uint8_t key[static TH_CURVE_BYTES],
                                               bool *bootstrap);

static inline bool th_roster_is_own_desk(const struct th_roster_entry *entry)
{
    return entry->class == TH_PEER_DESK && !entry->has_bootstrap;
}

// The number under which an entry speaks: 0 for a province's own desk (R7), else its own.
static inline uint32_t th_roster_speaks_as(const struct th_roster_entry *entry)
{
    return th_roster_is_own_desk(entry) ? 0 : entry->number;
}

// R9: is another key wanted in the place of the one that joined?
static inline bool th_roster_is_rotating(const struct th_roster_entry *entry)
{
    return entry->joined && !entry->revoked && entry->key_enrolment == entry->enrolment &&
           entry->key_rotation < entry->rotation;
}

// The key that joined under an entry, as it is told.
static inline struct th_key_entry th_roster_key(const struct th_roster_entry *entry)
{
    struct th_key_entry told = {
        .number = entry->number,
        .class = (uint32_t)entry->class,
        .enrolment = entry->key_enrolment,
        .rotation = entry->key_rotation,
        .has_previous = entry->has_previous,
        .until_ms = entry->previous_until_ms,
        .joined_ms = entry->joined_ms,
    };
    memcpy(told.public_key, entry->key, sizeof(told.public_key));
    memcpy(told.previous, entry->previous, sizeof(told.previous));
    return told;
}

// ---- what the broker has taken over: DIR/run/broker.state ----

struct th_broker_state {
    uint64_t generation; // of the roster in force
    int64_t pid;
    char nodes[TH_ENDPOINT_SIZE], workers[TH_ENDPOINT_SIZE], queries[TH_ENDPOINT_SIZE];
    char feed[TH_ENDPOINT_SIZE], feed_in[TH_ENDPOINT_SIZE]; // first endpoint of each door
};

// TH_E_IO.
TH_MUST_USE enum th_err th_broker_state_write(const char *path,
                                              const struct th_broker_state *state);
// TH_E_NOT_FOUND; TH_E_MALFORMED. A file whose pid does not live is TH_E_NOT_FOUND too.
TH_MUST_USE enum th_err th_broker_state_read(const char *path, struct th_broker_state *state);
// Until the broker, if it runs, has taken over that generation: a key that it refuses once is not
// tried again by the library. TH_E_TIMEOUT.
TH_MUST_USE enum th_err
th_broker_state_wait(const char *path, uint64_t generation, uint64_t timeout_ms);

#endif
