// naive_store.c - the totals of a store beside those of the naive province

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_body.h"
#include "tests/support/test.h"
#include "workers/table.h"

struct th_cell naive_total(const struct naive *naive,
                           struct th_bytes measure_bytes,
                           struct th_period at,
                           uint32_t uid,
                           struct th_bytes dims_bytes)
{
    char measure[16];
    char dims[128];
    char label[TH_PERIOD_TEXT_BYTES];
    th_bytes_copy_text(measure_bytes, measure, sizeof(measure));
    th_bytes_copy_text(dims_bytes, dims, sizeof(dims));
    const struct ground_period period = ground_period(&naive->ground, th_period_text(at, label));
    const int unit = (int)uid; // a ground gives the register's numbers
    const struct naive_sum sum = naive_add_up(naive, measure, &period, unit, dims);
    return (struct th_cell){
        .value = (int64_t)sum.value,
        .of = (int64_t)sum.of,
        .before = (int64_t)sum.before,
        .after = (int64_t)sum.after,
        .exact = sum.exact,
        .over = sum.over,
        .under = sum.under,
        .about = sum.about,
        .not_applicable = sum.not_applicable,
        .with_of = sum.with_of,
        .with_levels = sum.with_levels,
        .reported = naive_is_empty(&sum) ? 0 : naive_reported(naive, measure, &period, unit, dims),
    };
}

static bool same_cell(const struct th_cell *a, const struct th_cell *b)
{
    return a->value == b->value && a->of == b->of && a->before == b->before &&
           a->after == b->after && a->exact == b->exact && a->over == b->over &&
           a->under == b->under && a->about == b->about && a->not_applicable == b->not_applicable &&
           a->with_of == b->with_of && a->with_levels == b->with_levels &&
           a->reported == b->reported;
}

static void compare_total(const struct naive *naive,
                          const struct th_check *check,
                          struct th_bytes key,
                          struct th_bytes value)
{
    struct figure_key at;
    struct th_cell cell;
    uint64_t seq = 0;
    EXPECT(TH_OK, key_read_total(key, &at));
    EXPECT(TH_OK, th_check_open(check, TABLE_TOTAL, key, &value));
    EXPECT(TH_OK, totals_read_cell(value, &cell, &seq));
    const struct th_cell wanted = naive_total(naive, at.measure, at.period, at.uid, at.dims);
    if (!same_cell(&cell, &wanted)) {
        char period[TH_PERIOD_TEXT_BYTES];
        fail_msg("%.*s %s unit %u %.*s: kept %lld reported %llu, recount %lld reported %llu",
                 (int)at.measure.size,
                 (const char *)at.measure.data,
                 th_period_text(at.period, period),
                 at.uid,
                 (int)at.dims.size,
                 (const char *)at.dims.data,
                 (long long)cell.value,
                 (unsigned long long)cell.reported,
                 (long long)wanted.value,
                 (unsigned long long)wanted.reported);
    }
}

// ---- how many there must be ----

// Is this part the first of those that make totals under its key at unit?
static bool is_first(const struct naive *naive, size_t at, const struct naive_part *part, int unit)
{
    const struct naive_entry *own = &naive->entries[at];
    for (size_t i = 0; i < at; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        for (int k = 0; entry->live && k < entry->part_count; k++) {
            if (strcmp(entry->parts[k].measure, part->measure) == 0 &&
                strcmp(entry->parts[k].dims, part->dims) == 0 &&
                naive_same_period(&entry->period, &own->period) &&
                (naive_is_listed(naive, part->measure) ? entry->unit == unit
                                                       : naive_counts_for(naive, entry, unit))) {
                return false;
            }
        }
    }
    return true;
}

static size_t count_totals(const struct naive *naive, const char *measure, const char *period)
{
    size_t count = 0;
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        const int half = ground_half(&naive->ground, entry->unit, &entry->period);
        for (int k = 0; entry->live && k < entry->part_count; k++) {
            const struct naive_part *part = &entry->parts[k];
            if (measure != NULL &&
                (strcmp(part->measure, measure) != 0 || strcmp(entry->period.label, period) != 0)) {
                continue;
            }
            int unit = entry->unit;
            while (unit != GROUND_NOBODY) {
                count += is_first(naive, i, part, unit) ? 1 : 0;
                unit = naive_is_listed(naive, part->measure) ? GROUND_NOBODY
                                                             : naive->ground.parent[half][unit];
            }
        }
    }
    return count;
}

// ---- all of them ----

static size_t compare_from(const struct naive *naive, struct th_bytes prefix)
{
    const struct th_store store = province_store(naive->province);
    const struct th_check check = open_check(naive->province->identity.birth_id);
    struct th_bytes key;
    struct th_bytes value;
    uint8_t copy[TH_STORE_KEY_MAX];
    size_t totals = 0;
    enum th_err err = th_store_seek(store, TABLE_TOTAL, prefix, &key, &value);
    while (err == TH_OK && th_bytes_begins(key, prefix)) {
        memcpy(copy, key.data, key.size);
        compare_total(naive, &check, (struct th_bytes){copy, key.size}, value);
        totals++;
        err = th_store_next(store, TABLE_TOTAL, (struct th_bytes){copy, key.size}, &key, &value);
    }
    assert_true(err == TH_OK || err == TH_E_NOT_FOUND);
    province_end(naive->province);
    return totals;
}

size_t naive_compare(const struct naive *naive)
{
    const size_t totals = compare_from(naive, (struct th_bytes){0});
    assert_int_equal(totals, count_totals(naive, NULL, NULL));
    return totals;
}

size_t naive_compare_topic(const struct naive *naive, const char *measure, const char *period)
{
    struct th_period at;
    EXPECT(TH_OK, th_period_parse(th_bytes_of(period), &at));
    const struct key prefix = key_of_topic(th_bytes_of(measure), at);
    const size_t totals = compare_from(naive, key_view(&prefix));
    assert_int_equal(totals, count_totals(naive, measure, period));
    return totals;
}
