// naive_lines.h - lines being made, for the files of naive_answer.h

#ifndef TESTS_SUPPORT_NAIVE_LINES_H
#define TESTS_SUPPORT_NAIVE_LINES_H

#include "tests/support/naive_counted.h"

enum { NAIVE_LINES_MAX = 8192 };

struct naive_lines {
    char lines[NAIVE_LINES_MAX][NAIVE_LINE_BYTES];
    size_t count;
    bool over; // some sum does not fit
};

// What one line says.
struct naive_row {
    const char *place, *period, *measure, *kept;
    struct naive_sum sum;
    bool covered;
    int reported, expected;
    int parts, parts_expected; // 0: it was reported as it is
};

void naive_put(struct naive_lines *lines, const struct naive_row *row);
char *naive_join(struct naive_lines *lines);

// Is the unit that said it at or below unit, where lines look?
typedef bool
naive_stands(const struct naive_count *count, const struct naive_entry *entry, int unit);
// Of how many parts the row is made, and how many there could be.
void naive_count_parts(const struct naive_count *count,
                       const struct naive_counted *line,
                       int unit,
                       naive_stands *stands,
                       struct naive_row *row);
const struct naive_form *naive_form_of_line(const struct naive *naive,
                                            const struct naive_counted *line);

// All lines in the structure of a half. naive_place.c
void naive_put_placed(const struct naive_count *count, struct naive_lines *lines);

#endif
