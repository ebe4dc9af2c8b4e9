// said.h - what one rating, of a person or a collective, counts for
//
// It counts for several measures at once, each under dims of its own: EV01 by its level, EV02 when
// it has a score, EV03 when it is rated below its band; a collective for EV05 alone.

#ifndef WORKERS_SAID_H
#define WORKERS_SAID_H

#include "tonghop/cell.h"

#include "workers/record.h"
#include "workers/totals.h"

enum { SAID_MEASURES = 4 };
extern const struct th_bytes SAID_OF[SAID_MEASURES];

// What one record says in one measure: a figure under dims.
struct said {
    bool has;
    char dims[TH_DIMS_MAX + 1];
    struct th_figure figure; // not has: value -1 when it would count, but its dims are too long
};

// record NULL: nothing is said.
struct said
said_by(const struct evaluated *evaluated, struct th_bytes measure, const struct record *record);

#endif
