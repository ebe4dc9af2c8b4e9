// naive_place.c - lines in the structure of a half: each statement at the unit where it stands
// there

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_lines.h"
#include "tests/support/test.h"

// ---- standing ----

static struct ground_place place_of(const struct naive_count *count, int unit)
{
    return ground_stands(&count->naive->ground, unit, count->question->half);
}

// Does what is said of a unit stand at or below another one, which lives in the half?
static bool stands_at(const struct naive_count *count, int unit, int above)
{
    const int at = place_of(count, unit).unit;
    return above == GROUND_NOBODY ||
           (at != GROUND_NOBODY &&
            ground_below(&count->naive->ground, count->question->half, at, above));
}

static bool stands(const struct naive_count *count, const struct naive_entry *entry, int unit)
{
    return stands_at(count, entry->unit, unit);
}

// "C11@2023-06-30": the unit on its last day before the half, or on its first behind it.
static void source_label(const struct naive_count *count, int unit, char out[static 32])
{
    const struct ground *ground = &count->naive->ground;
    const bool over = ground->last[unit] < count->question->half;
    const int half = over ? ground->last[unit] : ground->first[unit];
    char day[12];
    (void)snprintf(out,
                   32,
                   "%s@%s",
                   ground_code(ground, half, unit),
                   over ? ground_last_day(ground, half, day) : ground_first_day(ground, half, day));
}

// ---- who reported ----

static bool is_covered(const struct naive_count *count,
                       const struct naive_counted *line,
                       int unit,
                       int reporter)
{
    const struct naive *naive = count->naive;
    const struct ground *ground = &naive->ground;
    for (size_t i = 0; i < count->count; i++) {
        const struct naive_counted *one = &count->all[i];
        const struct naive_entry *entry = one->entry;
        const int own = ground_half(ground, entry->unit, &line->period);
        if (!one->adds || !naive_same_line(one, line) || !stands(count, entry, unit)) {
            continue;
        }
        const bool whole = naive_measure(naive, one->part->measure)->whole;
        if (entry->unit == reporter ||
            (whole && (ground_below(ground, own, entry->unit, reporter) ||
                       ground_below(ground, own, reporter, entry->unit)))) {
            return true;
        }
    }
    return false;
}

// Of a scheme and category that the line has at unit.
static bool
is_rated(const struct naive_count *count, const struct naive_counted *line, int unit, int reporter)
{
    const struct naive *naive = count->naive;
    for (size_t i = 0; i < count->count; i++) {
        const struct naive_counted *one = &count->all[i];
        if (!naive_same_line(one, line) || !stands(count, one->entry, unit)) {
            continue;
        }
        for (size_t k = 0; k < naive->count; k++) {
            const struct naive_entry *entry = &naive->entries[k];
            if (entry->live && entry->evaluation && entry->unit == reporter &&
                naive_same_period(&entry->period, &line->period) &&
                strcmp(entry->measure, one->entry->measure) == 0 &&
                strcmp(entry->dims, one->entry->dims) == 0) {
                return true;
            }
        }
    }
    return false;
}

// Reporters are those of the province in the half of the period.
static void count_reporters(const struct naive_count *count,
                            const struct naive_counted *line,
                            int unit,
                            struct naive_row *row)
{
    const struct naive *naive = count->naive;
    const struct naive_form *form = naive_form_of_line(naive, line);
    row->covered = naive_is_covered(naive, line->part->measure);
    for (int reporter = 1; reporter <= naive->ground.units && row->covered; reporter++) {
        if (!naive_reports(naive, form, reporter, line->period.last) ||
            !stands_at(count, reporter, unit)) {
            continue;
        }
        row->expected++;
        row->reported += (naive_is_rating(line->measure) ? is_rated(count, line, unit, reporter)
                                                         : is_covered(count, line, unit, reporter))
                             ? 1
                             : 0;
    }
}

// ---- lines ----

// What stands at or below unit; or, with from, what came from it and stands there.
static void
put_line(const struct naive_count *count, struct naive_lines *lines, size_t at, int unit, int from)
{
    const struct naive *naive = count->naive;
    const struct ground *ground = &naive->ground;
    const struct naive_counted *line = &count->all[at];
    const bool listed = naive_is_listed(naive, line->part->measure);
    char text[64] = "";
    struct naive_row row = {
        .place = text, .period = line->period.label, .measure = line->measure, .kept = line->kept};
    for (size_t i = at; i < count->count; i++) {
        const struct naive_counted *one = &count->all[i];
        if (!one->adds || !naive_same_line(one, line)) {
            continue;
        }
        const struct ground_place place = place_of(count, one->entry->unit);
        const bool apart = listed ? place.unit != one->entry->unit : !place.arrived;
        const bool in_it = from != GROUND_NOBODY
                               ? apart && one->entry->unit == from && place.unit == unit
                           : listed ? !apart && place.unit == unit
                                    : stands(count, one->entry, unit);
        if (in_it) {
            naive_add(&row.sum, &one->part->figure);
        }
    }
    if (naive_is_empty(&row.sum)) {
        return;
    }
    (void)snprintf(text, sizeof(text), "%s", ground_code(ground, count->question->half, unit));
    if (from != GROUND_NOBODY) {
        const size_t used = strlen(text);
        text[used] = '/';
        source_label(count, from, text + used + 1);
    }
    count_reporters(count, line, unit, &row);
    naive_count_parts(count, line, unit, stands, &row);
    naive_put(lines, &row);
}

void naive_put_placed(const struct naive_count *count, struct naive_lines *lines)
{
    const struct ground *ground = &count->naive->ground;
    for (size_t at = 0; at < count->count; at++) {
        size_t before = 0;
        while (!naive_same_line(&count->all[before], &count->all[at])) {
            before++;
        }
        for (int unit = 1; before == at && unit <= ground->units; unit++) {
            if (!ground_lives(ground, count->question->half, unit)) {
                continue;
            }
            if (count->question->by_unit || unit == ground_root(ground)) {
                put_line(count, lines, at, unit, GROUND_NOBODY);
            }
            for (int from = 1; from <= ground->units && count->question->by_unit; from++) {
                put_line(count, lines, at, unit, from);
            }
        }
    }
}
