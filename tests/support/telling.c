// telling.c - see telling.h

#include "tests/support/telling.h"

#include "tests/support/test.h"

// What a cell has of something, 0 when it has nothing.
static int64_t value_of(const struct th_total *cell)
{
    return cell->value.has ? cell->value.value : 0;
}

static bool has_all(struct th_opt (*part)(const struct th_total *), const struct th_change *change)
{
    return (!change->has_was || part(&change->was).has) &&
           (!change->has_now || part(&change->now).has);
}

static struct th_opt of_part(const struct th_total *cell)
{
    return cell->of;
}

static struct th_opt after_part(const struct th_total *cell)
{
    return cell->after;
}

static uint64_t grown(struct th_opt (*part)(const struct th_total *),
                      const struct th_change *change)
{
    return (uint64_t)(change->has_now ? part(&change->now).value : 0) -
           (uint64_t)(change->has_was ? part(&change->was).value : 0);
}

// The updates told below a line make its difference.
static void adds_up(const struct th_change *line, size_t rows)
{
    struct th_opt (*const parts[])(const struct th_total *) = {of_part, after_part};
    uint64_t value = 0; // sums may pass 64 bits on their way, and come right again
    int64_t contributions = 0;
    for (size_t i = 1; i <= rows; i++) {
        value += (uint64_t)value_of(&line[i].now) - (uint64_t)value_of(&line[i].was);
        contributions += (int64_t)line[i].now.contributions - (int64_t)line[i].was.contributions;
        assert_true(line[i].why > 0 && (line[i].revision > 0 || line[i].why == TH_WHY_STRUCTURE));
    }
    assert_true(value == (uint64_t)value_of(&line->now) - (uint64_t)value_of(&line->was));
    assert_int_equal(contributions,
                     (int64_t)line->now.contributions - (int64_t)line->was.contributions);
    for (size_t p = 0; p < TH_COUNT(parts); p++) {
        bool all = true;
        uint64_t sum = 0;
        for (size_t i = 0; i <= rows; i++) {
            all = all && has_all(parts[p], &line[i]);
            sum += i > 0 ? grown(parts[p], &line[i]) : 0;
        }
        assert_true(!all || sum == grown(parts[p], line));
    }
}

size_t telling_adds_up(const struct th_change *changes, size_t count)
{
    size_t lines = 0;
    for (size_t i = 0; i < count; lines++) {
        size_t rows = 0;
        assert_int_equal(changes[i].version, 0);
        while (i + rows + 1 < count && changes[i + rows + 1].version > 0) {
            rows++;
        }
        assert_true(rows > 0);
        adds_up(&changes[i], rows);
        i += rows + 1;
    }
    return lines;
}

bool telling_same_key(const struct th_change *a, const struct th_change *b)
{
    return a->kind == b->kind && th_bytes_equal(a->unit, b->unit) &&
           th_bytes_equal(a->period, b->period) && th_bytes_equal(a->measure, b->measure) &&
           th_bytes_equal(a->dims, b->dims) && th_bytes_equal(a->person, b->person);
}

int64_t telling_follows(const struct th_change *changes, size_t count)
{
    int64_t left = 0;
    for (size_t i = 0; i < count; i++) {
        const struct th_change *change = &changes[i];
        size_t before = i;
        left += change->has_now - change->has_was;
        if (change->kind != TH_KIND_STAFFING && change->kind != TH_KIND_EVALUATION) {
            continue; // what it tells does not name its key
        }
        while (before > 0 && !telling_same_key(&changes[before - 1], change)) {
            before--;
        }
        if (before == 0) {
            assert_false(change->has_was);
            continue;
        }
        const struct th_change *found = &changes[before - 1];
        assert_int_equal(found->has_now, change->has_was);
        assert_int_equal(value_of(&found->now), value_of(&change->was));
        assert_true(!change->has_was || th_bytes_equal(found->now.dims, change->was.dims));
    }
    return left;
}
