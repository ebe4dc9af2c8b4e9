// bench_load.h - the figures of a measurement: made from a seed, with the totals they must give
//
// A province of nodes districts with 50 offices each. 95 % of the updates are monthly evaluations
// (a score of 0 .. 100 with its rating), the rest are head counts by office, month and kind; about
// one in ten corrects an earlier one. Each district has files of its own, journals in the order in
// which they happened.
//
//   W1  The same seed gives the same bytes on every machine.
//   W2  Expected totals come from the last revision of each key, and from nothing else.

#ifndef CLI_BENCH_LOAD_H
#define CLI_BENCH_LOAD_H

#include <stdint.h>

#include "tonghop/base.h"
#include "tonghop/err.h"

enum { BENCH_NODES_MAX = 200, BENCH_OFFICES = 50, BENCH_MONTHS = 12, BENCH_KINDS = 8 };

struct bench_load {
    unsigned nodes;
    uint64_t updates; // of all nodes
    unsigned size;    // rows of one file of evaluations, when below BENCH_WHOLE; a file is a batch
    uint64_t seed;
    // what a province that has all of it must say
    uint64_t people;   // evaluations that stand, EV01
    int64_t score_sum; // in hundredths, EV02
    int64_t heads;     // all head counts that stand
    uint64_t rows;     // written so far
};

enum { BENCH_WHOLE = 256 }; // rows of a batch as import makes them of a long file

// units.csv of the province: root B, districts D001 ..., offices D001.01 ...
TH_MUST_USE enum th_err bench_load_units(const struct bench_load *load, const char *path);

/**
 * Write the files of district node (0 .. nodes - 1) into the directory dir, and add its totals.
 *
 * Files are named 0001.csv ...; *files is how many. Errors: TH_E_IO, TH_E_NO_MEMORY.
 */
TH_MUST_USE enum th_err
bench_load_write(struct bench_load *load, unsigned node, const char *dir, unsigned *files);

#endif
