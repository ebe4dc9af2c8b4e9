// line_rated.c - how many reporting units stand behind a line of ratings that adds several keys up
//
// The reported of a rating's total is not of its key alone: it counts the units that rated anybody
// under that scheme and category, in whatever level. So units are found again scheme by scheme and
// category by category: of a unit whose reported is more than what the units below it carried up,
// some ratings are its own. It stands behind each line, of itself and above, that has a key of that
// scheme and category.
//
// A unit that rated but gave no score, or nobody below their band, has no total of EV02 or EV03
// that could carry its rating up. EV01 has one of everybody, so units are found there
// (th_lines_needs).

#include <stdlib.h>

#include "tonghop/fault.h"

#include "lib/line_body.h"

struct rated { // what one unit has of one scheme and category
    uint32_t uid, group;
    uint64_t reported;
    uint64_t carried; // of it, by units below
    uint32_t sums;    // the newest of its sums; LINE_NONE
    bool own;         // fed one by one, some are its own
};

struct rated_sum { // one line that has a key of it
    uint32_t sum, next;
};

struct rating {
    struct th_lines *lines;
    uint32_t topic;                // of the lines
    uint32_t from;                 // where units are found
    struct line_map map;           // (unit, group, 0): number + 1 of its row
    struct line_map seen;          // (sum, unit, 0): counted there
    LINE_ARRAY(struct rated) rows; // deepest unit first
    LINE_ARRAY(struct rated_sum) sums;
};

static void rating_free(struct rating *rating)
{
    line_map_free(&rating->map);
    line_map_free(&rating->seen);
    free(rating->rows.items);
    free(rating->sums.items);
}

// Scheme and category of a key, as one text. Of EV05 all keys have one category, which they do not
// name.
static enum th_err group_of(struct th_lines *lines, struct th_bytes dims, uint32_t *group)
{
    uint8_t room[TH_DIMS_MAX + 1];
    struct th_writer writer = TH_WRITER(room);
    struct th_bytes rest = dims;
    struct th_bytes pair;
    struct th_bytes key;
    while (line_pair_next(&rest, &pair, &key)) {
        if (th_bytes_equal(key, TH_BYTES("category")) || th_bytes_equal(key, TH_BYTES("scheme"))) {
            th_write_u8(&writer, ';');
            th_write_bytes(&writer, pair);
        }
    }
    return writer.overflow ? TH_E_INVALID : line_text(&lines->texts, th_written(&writer), group);
}

static struct rated *row_of(const struct rating *rating, uint32_t uid, uint32_t group)
{
    const uint32_t found = line_map_get(&rating->map, (struct line_key){uid, group, 0});
    return found == 0 ? NULL : &rating->rows.items[found - 1];
}

static enum th_err
make_row(struct rating *rating, uint32_t uid, uint32_t group, struct rated **made)
{
    uint32_t *number = line_map_put(&rating->map, (struct line_key){uid, group, 0});
    if (number == NULL || !LINE_ROOM(&rating->rows)) {
        return TH_E_NO_MEMORY;
    }
    if (*number == 0) {
        rating->rows.items[rating->rows.count++] =
            (struct rated){.uid = uid, .group = group, .sums = LINE_NONE};
        *number = (uint32_t)rating->rows.count;
    }
    *made = &rating->rows.items[*number - 1];
    return TH_OK;
}

static enum th_err
row_for(struct rating *rating, const struct line_entry *entry, struct rated **row)
{
    uint32_t group = 0;
    TH_TRY(group_of(rating->lines, rating->lines->texts.items[entry->dims], &group));
    return make_row(rating, entry->uid, group, row);
}

static enum th_err add_unit(struct rating *rating, const struct line_entry *entry)
{
    struct rated *row = NULL;
    TH_TRY(row_for(rating, entry, &row));
    row->reported = entry->cell.reported > row->reported ? entry->cell.reported : row->reported;
    row->own = row->own || entry->own == LINE_OWN_SOME;
    return TH_OK;
}

static enum th_err add_sum(struct rating *rating, const struct line_entry *entry)
{
    struct th_lines *lines = rating->lines;
    struct rated *row = NULL;
    TH_TRY(row_for(rating, entry, &row));
    const uint32_t sum =
        line_map_get(&lines->sum_map, (struct line_key){rating->topic, entry->uid, entry->kept});
    if (sum == 0) {
        return TH_OK; // the unit is not asked for
    }
    if (!LINE_ROOM(&rating->sums)) {
        return TH_E_NO_MEMORY;
    }
    rating->sums.items[rating->sums.count] = (struct rated_sum){.sum = sum - 1, .next = row->sums};
    row->sums = (uint32_t)rating->sums.count++;
    return TH_OK;
}

// The unit uid, a reporter, stands behind the lines of row, once behind each.
static enum th_err mark(struct rating *rating, const struct rated *row, uint32_t uid)
{
    for (uint32_t at = row->sums; at != LINE_NONE; at = rating->sums.items[at].next) {
        const uint32_t sum = rating->sums.items[at].sum;
        uint32_t *seen = line_map_put(&rating->seen, (struct line_key){sum, uid, 0});
        if (seen == NULL) {
            return TH_E_NO_MEMORY;
        }
        rating->lines->sums.items[sum].covered += *seen == 0 ? 1 : 0;
        *seen = 1;
    }
    return TH_OK;
}

// Is the unit path[0] one of the reporters of path[at], on the days of both?
static enum th_err
counts_for(const struct rating *rating, const uint32_t *path, size_t at, th_day day, bool *counts)
{
    struct th_lines *lines = rating->lines;
    const struct line_topic *topic = &lines->topics.items[rating->topic];
    struct line_place *above = NULL;
    TH_TRY(line_place_of(lines, topic, path[at], &above));
    *counts = at == 0 || above->day == day ||
              (th_register_is_below(lines->reg, path[0], path[at], above->day) &&
               th_form_is_reporter(topic->form, lines->reg, lines->root, path[0], above->day));
    return TH_OK;
}

static enum th_err spread(struct rating *rating, uint32_t uid, uint32_t group)
{
    struct th_lines *lines = rating->lines;
    struct line_place *place = NULL;
    uint32_t path[TH_UNIT_DEPTH_MAX];
    TH_TRY(line_place_of(lines, &lines->topics.items[rating->topic], uid, &place));
    const th_day day = place->day;
    const size_t depth = th_register_path(lines->reg, uid, day, path);
    for (size_t i = 0; i < depth; i++) {
        struct rated *row = row_of(rating, path[i], group);
        bool counts = false;
        if (row == NULL) {
            continue;
        }
        TH_TRY(counts_for(rating, path, i, day, &counts));
        if (counts) {
            row->carried += i > 0 ? 1 : 0;
            TH_TRY(mark(rating, row, uid));
        }
    }
    return TH_OK;
}

// EV01 of the same period, when it was fed; EV05 has its own.
static uint32_t units_from(const struct th_lines *lines, uint32_t topic)
{
    const struct line_topic *own = &lines->topics.items[topic];
    if (th_bytes_equal(own->measure.code, TH_BYTES("EV05")) || th_mutant(71)) {
        return topic;
    }
    for (uint32_t at = 0; at < lines->topics.count; at++) {
        const struct line_topic *other = &lines->topics.items[at];
        if (other->period_text == own->period_text && other->live > 0 &&
            th_bytes_equal(other->measure.code, TH_BYTES("EV01"))) {
            return at;
        }
    }
    return topic;
}

static enum th_err add_units(struct rating *rating)
{
    TH_SCOPED(line_order_free) struct line_order order = {0};
    TH_TRY(line_rank(rating->lines, rating->from, false, &order));
    for (size_t i = 0; i < order.count; i++) {
        TH_TRY(add_unit(rating, &rating->lines->entries.items[order.entries[i]]));
    }
    return TH_OK;
}

static enum th_err add_all_sums(struct rating *rating)
{
    TH_SCOPED(line_order_free) struct line_order order = {0};
    TH_TRY(line_rank(rating->lines, rating->topic, true, &order));
    for (size_t i = 0; i < order.count; i++) {
        TH_TRY(add_sum(rating, &rating->lines->entries.items[order.entries[i]]));
    }
    return TH_OK;
}

// Has the unit of row, a reporter, some of its own? Those below have carried already.
static bool has_own(const struct rating *rating, const struct rated *row)
{
    const struct th_lines *lines = rating->lines;
    const struct line_topic *from = &lines->topics.items[rating->from];
    if (!from->counted) {
        return row->reported > row->carried;
    }
    const th_day day = th_register_structure_day(lines->reg, row->uid, from->period);
    return row->own && th_form_is_reporter(from->form, lines->reg, lines->root, row->uid, day);
}

enum th_err line_cover_rated(struct th_lines *lines, uint32_t topic)
{
    TH_SCOPED(rating_free)
    struct rating rating = {.lines = lines, .topic = topic, .from = units_from(lines, topic)};
    TH_TRY(add_units(&rating));
    TH_TRY(add_all_sums(&rating));
    for (size_t i = 0; i < rating.rows.count; i++) {
        const struct rated row = rating.rows.items[i];
        if (has_own(&rating, &row)) {
            TH_TRY(spread(&rating, row.uid, row.group));
        }
    }
    return TH_OK;
}
