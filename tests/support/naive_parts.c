// naive_parts.c - "2/3": of how many parts a larger period is made, of how many there could be

#include <string.h>

#include "tests/support/naive_lines.h"
#include "tests/support/test.h"

static bool is_sum(const struct naive *naive, const char *measure)
{
    return naive->catalogue->sum != NULL && strcmp(measure, naive->catalogue->sum) == 0;
}

const struct naive_form *naive_form_of_line(const struct naive *naive,
                                            const struct naive_counted *line)
{
    return is_sum(naive, line->measure) ? naive_form(naive, naive->catalogue->sum_form)
                                        : naive_form_of(naive, line->measure, &line->period);
}

// How many periods like part fit into whole.
static int calendar(const struct ground_period *part, const struct ground_period *whole)
{
    const int first = whole->begin / 10000 * 12 + whole->begin / 100 % 100 - 1;
    const int last = whole->end / 10000 * 12 + whole->end / 100 % 100;
    return part->type == GROUND_TO_DATE ? 0
           : part->type == GROUND_MONTH ? last - first
                                        : (last - first) / 12;
}

// Those of one measure.
static void count_measure(const struct naive_count *count,
                          const struct naive_counted *line,
                          const char *measure,
                          int unit,
                          naive_stands *stands,
                          struct naive_row *row)
{
    static struct naive_parts parts;
    bool asked = false;
    for (size_t i = 0; i < count->question->period_count && !asked; i++) {
        asked = strcmp(count->question->periods[i], line->period.label) == 0;
    }
    if (!asked) {
        return; // larger periods are made when they are named
    }
    naive_find_parts(count->naive, measure, &line->period, &parts);
    int met = 0;
    bool counts = false; // any of them
    for (size_t i = 0; i < parts.count; i++) {
        bool first = stands(count, parts.of[i], unit);
        counts = counts || (first && parts.counts[i]);
        for (size_t k = 0; k < i && first; k++) {
            first = !naive_same_period(&parts.of[k]->period, &parts.of[i]->period) ||
                    !stands(count, parts.of[k], unit);
        }
        met += first ? 1 : 0;
    }
    if (parts.count > 0) {
        row->parts_expected = calendar(&parts.of[0]->period, &line->period);
    }
    if (counts) {
        row->parts = row->parts == 0 || met < row->parts ? met : row->parts;
    }
}

void naive_count_parts(const struct naive_count *count,
                       const struct naive_counted *line,
                       int unit,
                       naive_stands *stands,
                       struct naive_row *row)
{
    const struct naive_catalogue *catalogue = count->naive->catalogue;
    if (!is_sum(count->naive, line->measure)) {
        count_measure(count, line, line->measure, unit, stands, row);
        return;
    }
    for (size_t i = 0; i < catalogue->measure_count; i++) {
        const char *code = catalogue->measures[i].code;
        if (strncmp(code, catalogue->sum_of, strlen(catalogue->sum_of)) == 0) {
            count_measure(count, line, code, unit, stands, row);
        }
    }
}
