// bench.h - tonghop bench: how much a province on this machine takes in, and how soon it shows
//
// One number that counts: updates that are on the province's disk, acknowledged to their nodes and
// in totals that another program has read, by all nodes at once over encrypted connections, from a
// standing start. And the time from entering a figure to its acknowledgement and to a subscriber,
// beside what the disk takes to flush 4 KiB.
//
// Everything is made in a directory of its own under $TMPDIR and removed. A run whose totals are
// not those of the load, or that verify does not agree with, gives no numbers.

#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "tonghop/option.h"

enum { BENCH_OPTION_COUNT = 6 };

extern const struct th_option BENCH_OPTIONS[BENCH_OPTION_COUNT];

int bench_verb(const struct th_call *call);

#endif
