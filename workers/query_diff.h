// query_diff.h - the inside of comparing two versions, for its own files
//
//   query_diff.c        what updates do to the lines that differ
//   query_diff_lines.c  which lines differ, and finding them again
//   query_diff_form.c   what came of another register

#ifndef WORKERS_QUERY_DIFF_H
#define WORKERS_QUERY_DIFF_H

#include "workers/query_told.h"

__extension__ typedef __int128 wide;

// What adds up in a line.
struct diff_sums {
    wide value, of, before, after, contributions;
};

// A line that differs.
struct differing {
    struct th_change head;     // texts are the answer's
    uint32_t was_uid, now_uid; // the same, but where another register means another unit
    bool baseline;             // of a target
    bool composed;             // a larger period
    bool covered;              // its coverage differs, too
    struct diff_sums before;   // what updates add to it through the change of the register,
    struct diff_sums after;    // and after it
    size_t rows;               // told of it
};

// Where a change of the answer belongs.
struct row {
    uint32_t of;      // line
    uint32_t number;  // of the change, in the order in which they were told
    uint64_t version; // 0: the line itself
};

// Where a line is found: under its unit, and under another one that had its code at the earlier
// version.
struct diff_place {
    uint32_t uid;
    struct differing *line;
};

// What one item does to one line.
struct effect {
    uint32_t of;
    uint32_t piece; // the one that did it last
    struct th_cell was, now;
};

struct diff {
    struct reading *reading;
    struct answer then; // TOTALS of both versions
    struct answer now;
    struct told_span span;
    uint64_t formed; // version of the newest change of the register in the span; 0: none
    struct differing *lines;
    size_t line_count, line_max;
    struct diff_place *index; // by unit, measure, period and dims
    size_t place_count;
    struct th_bytes *sums; // codes of derived measures among the lines
    size_t sum_count, sum_max;
    struct row *rows;
    size_t row_count, row_max;
    struct effect *effects; // of the item at work
    size_t effect_count, effect_max;
};

// The lines that differ, sorted as lines are, and their index.
TH_MUST_USE enum th_err diff_read_lines(struct diff *diff);

// The first line of a unit in the index that is not below measure and period, and what is behind
// it. Lines of one unit, measure and period stand together.
size_t
diff_first(const struct diff *diff, uint32_t uid, struct th_bytes measure, struct th_bytes period);

TH_MUST_USE enum th_err
diff_add_row(struct diff *diff, uint32_t of, const struct th_change *change);

// When every update has been given: what the lines differ by beside them is told as the change of
// the register. TH_E_CORRUPT: there was none, and the updates do not make the difference.
TH_MUST_USE enum th_err diff_complete(struct diff *diff);

// The line of a unit that differs and is told with its updates; NULL.
struct differing *diff_find(const struct diff *diff,
                            uint32_t uid,
                            struct th_bytes measure,
                            struct th_bytes period,
                            struct th_bytes dims);

#endif
