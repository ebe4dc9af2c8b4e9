// publisher.h - the thread that makes editions of the public figures at their set time
//
// It looks at the clock once a second. An edition is made in a read transaction and written in a
// commit of its own, beside the writer, which waits for that commit alone. One that was missed
// while the worker was down is made up at the next start, once; one that fails is tried again.
//
// A store that was put back from a copy, or imported, may have forgotten editions: what they told
// is known to everybody but it. No edition is made by itself then, until one was made anew by hand.
//
//   A1  At most one edition is in the making in a province.
//   A2  What an edition shows is one version of the store, under the register of that version.
//
// Threads: publisher_start, publisher_stop from one thread; publisher_now from any.

#ifndef WORKERS_PUBLISHER_H
#define WORKERS_PUBLISHER_H

#include "workers/edition.h"
#include "workers/query.h"

enum {
    PUBLISHER_CATALOGUE = -1, // at the time that the catalogue says
    PUBLISHER_NEVER = -2,
    PUBLISHER_TRY_MS = 60000, // after one that failed
};

struct publisher_setup {
    const struct query_province *provinces;
    size_t province_count;
    int32_t release; // minutes after midnight, or one of the above
};

struct publisher;

// Ownership: provinces must outlive the thread. Errors: TH_E_NO_MEMORY, TH_E_IO.
TH_MUST_USE enum th_err publisher_start(const struct publisher_setup *setup,
                                        struct publisher **publisher);
void publisher_stop(struct publisher **publisher); // scoped; an edition in the making is given up

/**
 * Make an edition of a province now, unless its store has not changed since the newest one.
 *
 * Errors: TH_E_DENIED: editions may have been forgotten, and anew is false. TH_E_BUSY: another one
 *         is in the making, the worker stops, or a change of the register has just been taken;
 *         TH_E_FULL; TH_E_NO_MEMORY; the store's. The province stays as it is.
 */
TH_MUST_USE enum th_err
publisher_now(struct publisher *publisher, size_t province, bool anew, struct edition_head *head);

// When the next edition after the moment is due; INT64_MAX: never. zone: minutes east.
int64_t publisher_next(int64_t moment_ms, int32_t release, int32_t zone);

// "catalogue", "off" or HH:MM. TH_E_MALFORMED.
TH_MUST_USE enum th_err publisher_release_parse(struct th_bytes word, int32_t *release);

#endif
