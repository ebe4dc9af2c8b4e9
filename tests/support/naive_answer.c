// naive_answer.c - see naive_answer.h; lines as reported

#include "tests/support/naive_answer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/naive_lines.h"
#include "tests/support/test.h"

// ---- who reported ----

static bool is_at_or_above(const struct naive *naive, const struct naive_counted *one, int unit)
{
    return ground_below(&naive->ground, one->half, one->entry->unit, unit);
}

static bool adds_at(const struct naive *naive, const struct naive_counted *one, int unit)
{
    return one->adds &&
           (naive_is_listed(naive, one->part->measure) ? one->entry->unit == unit
                                                       : is_at_or_above(naive, one, unit));
}

// Does the reporter, who rated somebody, stand behind a line of unit that has a key of the same
// scheme and category?
static bool
rates(const struct naive_count *count, const struct naive_counted *line, int unit, int reporter)
{
    const struct naive *naive = count->naive;
    for (size_t i = 0; i < count->count; i++) {
        const struct naive_counted *one = &count->all[i];
        if (!naive_same_line(one, line) || !adds_at(naive, one, unit)) {
            continue;
        }
        for (size_t k = 0; k < naive->count; k++) {
            const struct naive_entry *entry = &naive->entries[k];
            if (entry->live && entry->evaluation && entry->body == one->entry->body &&
                entry->unit == reporter && naive_same_period(&entry->period, &line->period) &&
                strcmp(entry->measure, one->entry->measure) == 0 &&
                strcmp(entry->dims, one->entry->dims) == 0 &&
                naive_counts_for(naive, entry, unit)) {
                return true;
            }
        }
    }
    return false;
}

static bool figures_cover(const struct naive_count *count,
                          const struct naive_counted *line,
                          int unit,
                          int reporter)
{
    const struct naive *naive = count->naive;
    const struct ground *ground = &naive->ground;
    const int half = ground_half(ground, unit, &line->period);
    const int theirs = ground_half(ground, reporter, &line->period);
    for (size_t i = 0; i < count->count; i++) {
        const struct naive_counted *one = &count->all[i];
        const int own = one->entry->unit;
        if (!naive_same_line(one, line) || !adds_at(naive, one, unit)) {
            continue;
        }
        const bool whole = naive_measure(naive, one->part->measure)->whole;
        const bool under =
            is_at_or_above(naive, one, reporter) && ground_below(ground, theirs, reporter, unit);
        const bool over =
            ground_below(ground, half, reporter, own) && ground_below(ground, half, own, unit);
        if (whole ? under || over : own == reporter) {
            return true;
        }
    }
    return false;
}

static void count_reporters(const struct naive_count *count,
                            const struct naive_counted *line,
                            int unit,
                            struct naive_row *row)
{
    const struct naive *naive = count->naive;
    const struct naive_form *form = naive_form_of_line(naive, line);
    const int half = ground_half(&naive->ground, unit, &line->period);
    row->covered = naive_is_covered(naive, line->part->measure);
    for (int reporter = 1; reporter <= naive->ground.units && row->covered; reporter++) {
        if (!ground_below(&naive->ground, half, reporter, unit) ||
            !naive_reports(naive, form, reporter, half)) {
            continue;
        }
        row->expected++;
        row->reported +=
            (naive_is_rating(line->measure) ? rates(count, line, unit, reporter)
                                            : figures_cover(count, line, unit, reporter))
                ? 1
                : 0;
    }
}

// ---- lines ----

static bool
stands_in_part(const struct naive_count *count, const struct naive_entry *entry, int unit)
{
    return naive_counts_for(count->naive, entry, unit);
}

static void
put_line(const struct naive_count *count, struct naive_lines *lines, size_t at, int unit)
{
    const struct naive *naive = count->naive;
    const struct naive_counted *line = &count->all[at];
    char label[GROUND_REF_BYTES];
    struct naive_row row = {
        .period = line->period.label, .measure = line->measure, .kept = line->kept};
    for (size_t i = at; i < count->count; i++) {
        const struct naive_counted *one = &count->all[i];
        if (naive_same_line(one, line) && adds_at(naive, one, unit)) {
            naive_add(&row.sum, &one->part->figure);
        }
    }
    if (naive_is_empty(&row.sum)) {
        return;
    }
    row.place = ground_label(&naive->ground, unit, &line->period, label);
    count_reporters(count, line, unit, &row);
    naive_count_parts(count, line, unit, stands_in_part, &row);
    naive_put(lines, &row);
}

static bool is_first(const struct naive_count *count, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (naive_same_line(&count->all[i], &count->all[at])) {
            return false;
        }
    }
    return true;
}

static void put_reported(const struct naive_count *count, struct naive_lines *lines)
{
    const struct ground *ground = &count->naive->ground;
    for (size_t at = 0; at < count->count; at++) {
        for (int unit = 1; unit <= ground->units && is_first(count, at); unit++) {
            if (count->question->by_unit || unit == ground_root(ground)) {
                put_line(count, lines, at, unit);
            }
        }
    }
}

char *naive_answer(const struct naive *naive, const struct naive_question *question)
{
    static struct naive_count count;
    static struct naive_lines lines;
    count.naive = naive;
    count.question = question;
    lines.count = 0;
    lines.over = false;
    naive_count(&count);
    if (question->half == NAIVE_AS_REPORTED) {
        put_reported(&count, &lines);
    } else {
        naive_put_placed(&count, &lines);
    }
    return lines.over ? NULL : naive_join(&lines);
}
