// naive_move.c - where transfers lead, and the months of a year, by their definitions

#include <string.h>

#include "tests/support/naive_body.h"
#include "tests/support/test.h"

enum { MONTHS = 12, LEFT_MAX = 32, LATE = 30000000 };

static bool of_person(const struct naive_entry *entry, const struct naive_entry *wanted)
{
    return entry->live && strcmp(entry->person, wanted->person) == 0;
}

// The person's live transfer under scheme (NULL: any) with the lowest day above after.
static const struct naive_entry *next_transfer(const struct naive *naive,
                                               const struct naive_entry *wanted,
                                               const char *scheme,
                                               int after)
{
    const struct naive_entry *found = NULL;
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (entry->transfer && of_person(entry, wanted) && entry->effective > after &&
            (scheme == NULL || strcmp(entry->measure, scheme) == 0) &&
            (found == NULL || entry->effective < found->effective)) {
            found = entry;
        }
    }
    return found;
}

bool naive_moved(const struct naive *naive,
                 const struct naive_entry *entry,
                 const struct naive_entry *wanted)
{
    int at = entry->unit;
    int day = 0;
    for (;;) {
        const struct naive_entry *next = next_transfer(naive, wanted, wanted->measure, day);
        if (next == NULL || next->effective > wanted->period.end) {
            return at == wanted->unit;
        }
        at = next->unit == at ? next->to : at;
        day = next->effective;
    }
}

// ---- months ----

struct left {
    const struct naive_entry *all[LEFT_MAX]; // transfers of the year, one for each unit and day
    size_t count;
};

// Of two schemes' transfers of one unit and day, the one that brings more.
static void add_left(struct left *left, const struct naive_entry *entry)
{
    for (size_t i = 0; i < left->count; i++) {
        if (left->all[i]->unit == entry->unit && left->all[i]->effective == entry->effective) {
            const bool more = entry->said.transfer.scored_months.value >
                              left->all[i]->said.transfer.scored_months.value;
            left->all[i] = more ? entry : left->all[i];
            return;
        }
    }
    assert_true(left->count < LEFT_MAX);
    left->all[left->count++] = entry;
}

static bool in_year(int day, const struct naive_entry *rating)
{
    return day >= rating->period.begin && day <= rating->period.end;
}

// Is a record in the place where it is found before another one of the same month? Schemes and
// categories have an order; under a scheme that counts by unit the rating's own unit comes first,
// then those that were left, by day.
static size_t
rank(const struct naive_entry *rating, const struct left *left, const struct naive_entry *record)
{
    size_t unit = 0;
    if (strcmp(record->measure, "UC") == 0 && record->unit != rating->unit) {
        int first = LATE;
        for (size_t i = 0; i < left->count; i++) {
            if (left->all[i]->unit == record->unit && left->all[i]->effective < first) {
                first = left->all[i]->effective;
            }
        }
        if (first == LATE) {
            return SIZE_MAX;
        }
        unit = 1 + (size_t)first;
    }
    const size_t scheme = strcmp(record->measure, "SC") == 0 ? 0 : 1;
    const size_t category = strcmp(record->dims, "cadre") == 0 ? 0 : 1;
    return ((scheme * 2) + category) * LATE + unit;
}

static const struct naive_entry *record_of(const struct naive *naive,
                                           const struct naive_entry *rating,
                                           const struct left *left,
                                           int month)
{
    const struct naive_entry *found = NULL;
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (!entry->evaluation || entry->body || !of_person(entry, rating) ||
            entry->period.type != GROUND_MONTH || !in_year(entry->period.begin, rating) ||
            entry->period.begin / 100 % 100 != month || !entry->said.evaluation.score.has ||
            rank(rating, left, entry) == SIZE_MAX) {
            continue;
        }
        if (found == NULL || rank(rating, left, entry) < rank(rating, left, found)) {
            found = entry;
        }
    }
    return found;
}

// Does the record belong to what the unit of this transfer gave since the person left it before?
static bool is_behind(const struct left *left, size_t at, const struct naive_entry *record)
{
    const struct naive_entry *transfer = left->all[at];
    if (record == NULL || record->unit != transfer->unit ||
        record->period.begin >= transfer->effective) {
        return false;
    }
    for (size_t i = 0; i < left->count; i++) {
        const struct naive_entry *other = left->all[i];
        if (other->unit == transfer->unit && other->effective < transfer->effective &&
            record->period.begin < other->effective) {
            return false;
        }
    }
    return true;
}

uint32_t naive_months(const struct naive *naive, const struct naive_entry *rating)
{
    struct left left = {.count = 0};
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (entry->transfer && of_person(entry, rating) && in_year(entry->effective, rating)) {
            add_left(&left, entry);
        }
    }
    uint32_t known = 0;
    uint32_t behind[LEFT_MAX] = {0};
    for (int month = 1; month <= MONTHS; month++) {
        const struct naive_entry *record = record_of(naive, rating, &left, month);
        size_t at = 0;
        while (at < left.count && !is_behind(&left, at, record)) {
            at++;
        }
        if (at < left.count) {
            behind[at]++;
        } else {
            known += record != NULL ? 1 : 0;
        }
    }
    for (size_t i = 0; i < left.count; i++) {
        const uint32_t brought = (uint32_t)left.all[i]->said.transfer.scored_months.value;
        known += brought > behind[i] ? brought : behind[i];
    }
    return known;
}
