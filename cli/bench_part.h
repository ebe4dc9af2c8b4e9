// bench_part.h - what the parts of bench share: a run, and what it measured

#ifndef CLI_BENCH_PART_H
#define CLI_BENCH_PART_H

#include <stdio.h>

#include "tonghop/config.h"
#include "tonghop/option.h"

#include "cli/bench_load.h"
#include "cli/bench_run.h"

enum { BENCH_PROBES_MAX = 1000, BENCH_FIGURES_MAX = 16 };

struct bench_figure {
    const char *name; // in CSV and JSON
    const char *vi;
    const char *en;
    double value;
    const char *unit;
};

struct bench {
    const struct th_call *call;
    char place[TH_PATH_MAX]; // everything is made here
    char log[TH_PATH_MAX];
    struct bench_load load;
    unsigned probes;
    struct bench_child up;
    struct bench_child syncs[BENCH_NODES_MAX];
    double times[BENCH_PROBES_MAX]; // of what is being measured
    struct bench_figure figures[BENCH_FIGURES_MAX];
    size_t figure_count;
};

// "PLACE/name" with up to one number in it; out holds TH_PATH_MAX.
char *bench_path(const struct bench *bench, const char *name, unsigned number, char *out);

void bench_note(struct bench *bench, const struct bench_figure *figure);

// Say what went wrong, with the log's end. Returns TH_EXIT_SOFTWARE.
int bench_broken(const struct bench *bench, const char *what);

// The latency of single updates. 0, or an exit code after saying why.
int bench_latency(struct bench *bench);

// People read it on stdout, or JSON; --csv writes a file. 0, or an exit code after saying why.
int bench_print(const struct bench *bench);

#endif
