// naive_count.c - which statements count for which lines: dims that are kept, sums of measures, and
// larger periods from what was reported inside them

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_counted.h"
#include "tests/support/test.h"

// ---- dims ----

// What is kept of dims; false: the statement has no line.
static bool keep(const struct naive_question *question, bool adds, const char *dims, char *kept)
{
    size_t pairs = 0;
    size_t named = 0;
    kept[0] = '\0';
    if (question->by_dims) {
        (void)snprintf(kept, NAIVE_DIMS_BYTES, "%s", dims);
        return true;
    }
    for (const char *at = dims; *at != '\0'; pairs++) {
        const size_t size = strcspn(at, ";");
        const size_t key = strcspn(at, "=");
        for (size_t i = 0; i < question->name_count; i++) { // no name comes twice
            if (strlen(question->names[i]) == key && memcmp(at, question->names[i], key) == 0) {
                const size_t used = strlen(kept);
                (void)snprintf(kept + used,
                               NAIVE_DIMS_BYTES - used,
                               "%s%.*s",
                               named > 0 ? ";" : "",
                               (int)size,
                               at);
                named++;
            }
        }
        at += size + (at[size] == ';' ? 1 : 0);
    }
    return adds || (named == pairs && named == question->name_count);
}

static void add(struct naive_count *count, const struct naive_counted *one)
{
    const struct naive_measure *measure = naive_measure(count->naive, one->part->measure);
    struct naive_counted *made = &count->all[count->count];
    assert_true(count->count < NAIVE_COUNTED_MAX);
    *made = *one;
    count->count += keep(count->question, measure->adds, one->part->dims, made->kept) ? 1 : 0;
}

// ---- what is asked for ----

static bool is_among(const char *const *list, size_t size, const char *word)
{
    bool found = size == 0;
    for (size_t i = 0; i < size && !found; i++) {
        found = strcmp(list[i], word) == 0;
    }
    return found;
}

static bool asks_measure(const struct naive_count *count, const char *measure)
{
    return is_among(count->question->measures, count->question->measure_count, measure);
}

// The statement counts for its measure, and for the sum that its measure is part of.
static void add_measures(struct naive_count *count, const struct naive_counted *one)
{
    const struct naive_catalogue *catalogue = count->naive->catalogue;
    struct naive_counted made = *one;
    made.measure = one->part->measure;
    if (asks_measure(count, made.measure)) {
        add(count, &made);
    }
    if (catalogue->sum != NULL && asks_measure(count, catalogue->sum) &&
        strncmp(one->part->measure, catalogue->sum_of, strlen(catalogue->sum_of)) == 0) {
        made.measure = catalogue->sum;
        add(count, &made);
    }
}

// ---- larger periods ----

static bool is_span(enum ground_type type)
{
    return type != GROUND_DAY && type != GROUND_TO_DATE && type != GROUND_TARGET;
}

// Is a figure of part one of those that whole is made of? *running: as a total to date.
static bool is_part(const struct naive *naive,
                    const char *measure,
                    const struct ground_period *part,
                    const struct ground_period *whole,
                    bool *running)
{
    const struct naive_measure *about = naive_measure(naive, measure);
    const struct naive_form *form = naive_form(naive, about->form);
    if (form == NULL || about->shape == NAIVE_SHARE || about->shape == NAIVE_TARGET ||
        naive_same_period(part, whole)) {
        return false;
    }
    *running = part->type == GROUND_TO_DATE;
    if (*running) {
        return (whole->type == GROUND_TO_DATE || whole->type == GROUND_TERM) &&
               part->begin == whole->begin && part->end <= whole->end;
    }
    return part->type == form->base && is_span(whole->type) && part->begin >= whole->begin &&
           part->end <= whole->end;
}

static bool is_reported(const struct naive *naive, const char *measure, const char *label)
{
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        for (int k = 0; entry->live && k < entry->part_count; k++) {
            if (strcmp(entry->parts[k].measure, measure) == 0 &&
                strcmp(entry->period.label, label) == 0) {
                return true;
            }
        }
    }
    return false;
}

static size_t find_parts(const struct naive *naive,
                         const char *measure,
                         const struct ground_period *whole,
                         const struct naive_entry **parts)
{
    bool base = false;
    size_t count = 0;
    if (is_reported(naive, measure, whole->label)) {
        return 0;
    }
    for (int pass = 0; pass < 2; pass++) { // running totals only when there is nothing else
        for (size_t i = 0; i < naive->count && (pass == 0 || !base); i++) {
            const struct naive_entry *entry = &naive->entries[i];
            bool running = false;
            if (entry->live && entry->part_count == 1 &&
                strcmp(entry->parts[0].measure, measure) == 0 &&
                is_part(naive, measure, &entry->period, whole, &running) &&
                running == (pass == 1)) {
                base = base || !running;
                parts[count++] = entry;
            }
        }
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0 && parts[k]->period.end > parts[k - 1]->period.end; k--) {
            const struct naive_entry *later = parts[k];
            parts[k] = parts[k - 1];
            parts[k - 1] = later;
        }
    }
    return count;
}

// Of a stock, and of totals to date, a figure does not count when the unit, or one above or below
// it, has a later one that does.
static void drop_earlier(const struct naive *naive, const char *measure, struct naive_parts *parts)
{
    const enum naive_shape shape = naive_measure(naive, measure)->shape;
    for (size_t i = 0; i < parts->count; i++) {
        const struct naive_entry *own = parts->of[i];
        const bool last =
            shape == NAIVE_STOCK || shape == NAIVE_N_OF_M || own->period.type == GROUND_TO_DATE;
        parts->counts[i] = true;
        for (size_t k = 0; k < i && last; k++) {
            const struct naive_entry *later = parts->of[k];
            if (parts->counts[k] && later->period.end > own->period.end &&
                strcmp(later->dims, own->dims) == 0 &&
                (naive_counts_for(naive, later, own->unit) ||
                 naive_counts_for(naive, own, later->unit))) {
                parts->counts[i] = false;
            }
        }
    }
}

void naive_find_parts(const struct naive *naive,
                      const char *measure,
                      const struct ground_period *whole,
                      struct naive_parts *parts)
{
    parts->count = find_parts(naive, measure, whole, parts->of);
    drop_earlier(naive, measure, parts);
}

static void compose(struct naive_count *count, const char *measure, const char *label)
{
    static struct naive_parts parts;
    const struct naive *naive = count->naive;
    const struct ground_period whole = ground_period(&naive->ground, label);
    naive_find_parts(naive, measure, &whole, &parts);
    for (size_t i = 0; i < parts.count; i++) {
        const struct naive_entry *entry = parts.of[i];
        add_measures(count,
                     &(struct naive_counted){
                         .entry = entry,
                         .part = &entry->parts[0],
                         .period = whole,
                         .half = ground_half(&naive->ground, entry->unit, &entry->period),
                         .adds = parts.counts[i],
                         .composed = true,
                     });
    }
}

// ---- all ----

void naive_count(struct naive_count *count)
{
    const struct naive *naive = count->naive;
    const struct naive_question *question = count->question;
    count->count = 0;
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->live ||
            !is_among(question->periods, question->period_count, entry->period.label)) {
            continue;
        }
        for (int k = 0; k < entry->part_count; k++) {
            add_measures(count,
                         &(struct naive_counted){
                             .entry = entry,
                             .part = &entry->parts[k],
                             .period = entry->period,
                             .half = ground_half(&naive->ground, entry->unit, &entry->period),
                             .adds = true,
                         });
        }
    }
    for (size_t i = 0; i < naive->catalogue->measure_count; i++) {
        for (size_t k = 0; k < question->period_count; k++) {
            if (k > 0 && is_among(question->periods, k, question->periods[k])) {
                continue; // it was asked for twice
            }
            compose(count, naive->catalogue->measures[i].code, question->periods[k]);
        }
    }
}

bool naive_same_line(const struct naive_counted *a, const struct naive_counted *b)
{
    return strcmp(a->measure, b->measure) == 0 && naive_same_period(&a->period, &b->period) &&
           strcmp(a->kept, b->kept) == 0;
}
