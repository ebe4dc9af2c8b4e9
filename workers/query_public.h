// query_public.h - the figures about people that the public may see, line by line
//
//      stored tables ──replay──> last shown figure of each cell ──> one line for each cell that the
//                                                                   question asks for
//
// What is shown of a cell is that of the newest edition that shows it, with that edition's moment.
// A cell that no edition shows is hidden, as long as its unit has people. Of tables that are added
// up in a line (schemes that it does not keep apart) all must be shown.

#ifndef WORKERS_QUERY_PUBLIC_H
#define WORKERS_QUERY_PUBLIC_H

#include "tonghop/pool.h"

#include "workers/edition.h"
#include "workers/edition_table.h"
#include "workers/query_body.h"

struct public_line {
    struct th_bytes measure, dims;
    struct th_period period;
    uint32_t uid;
    bool hidden;
    bool covered;
    int64_t value, of;
    bool has_of;
    uint64_t reported; // with covered
    int64_t edition_ms;
};

struct public_lines {
    struct th_pool texts;
    struct public_line *items;
    size_t count, room;
};

/**
 * The lines that reading's question asks for, each once, sorted. now: the store with the editions.
 *
 * Ownership: public_lines_free, also after an error. Errors: TH_E_CORRUPT, TH_E_NO_MEMORY;
 *            TH_E_TOO_LARGE: more than one answer may have; the store's.
 */
TH_MUST_USE enum th_err
public_lines_read(struct reading *reading, struct th_store now, struct public_lines *lines);
void public_lines_free(struct public_lines *lines); // scoped
// NULL: there is no such line.
const struct public_line *public_line_of(const struct public_lines *lines,
                                         const struct public_line *wanted);

// ---- query_public_replay.c ----

// A table and what of it was last shown.
struct replay {
    struct reading *reading;
    struct public_lines *lines;
    struct edition_table *table;
    struct edition_name name;
    const struct th_form *form;
    struct edition_state state; // of the newest edition
    int64_t *kinds;             // [node][kind] of an edition at work
    int64_t *values;            // [node][group], as last shown
    uint32_t *shown_in;         // [node][group]: edition + 1; 0: never
    int64_t *moments;           // of the editions
    uint64_t *reported;         // [node] reporters at or below it that have people of their own
};
void public_replay_end(struct replay *replay); // scoped
// Fill replay, whose table is read and framed. TH_E_CORRUPT, TH_E_NO_MEMORY; the store's.
TH_MUST_USE enum th_err public_replay(struct replay *replay, struct th_store now);

#endif
