// line_structure.c - lines of figures that stand in the structure of another day

#include <string.h>

#include "lib/line_body.h"

size_t line_path(const struct th_lines *lines, uint32_t uid, uint32_t path[static LINE_PATH_MAX])
{
    size_t depth = th_register_path(lines->reg, uid, lines->structure.day, path);
    path[depth++] = TH_UNIT_NONE; // above all roots
    return depth;
}

void line_code_on(const struct th_lines *lines, uint32_t uid, char out[static TH_UNIT_REF_MAX + 1])
{
    struct th_unit unit = {0};
    if (uid != TH_UNIT_NONE) {
        const enum th_err err = th_register_on(lines->reg, uid, lines->structure.day, &unit);
        th_assert(err == TH_OK); // figures stand at units of that day only
    }
    (void)th_bytes_copy_text(unit.code, out, TH_UNIT_REF_MAX + 1);
}

bool th_lines_asks_unallocated(const struct th_lines *lines)
{
    return lines->by_unallocated;
}

enum th_err th_lines_keep(struct th_lines *lines,
                          const struct th_measure *measure,
                          struct th_bytes dims,
                          struct th_bytes *kept)
{
    uint32_t from = 0;
    uint32_t to = LINE_NONE;
    TH_TRY(line_text(&lines->texts, dims, &from));
    TH_TRY(line_keep(lines, measure->marginal == TH_MARGINAL_SUM && !lines->by_dims, from, &to));
    if (to == LINE_NONE) {
        return TH_E_NOT_FOUND;
    }
    *kept = lines->texts.items[to];
    return TH_OK;
}

bool th_lines_lists(const struct th_lines *lines, struct th_bytes measure, struct th_bytes period)
{
    return line_asks_measure(lines, measure) && line_asks_period(lines, period);
}

enum th_err th_lines_set_parts(struct th_lines *lines,
                               struct th_bytes measure,
                               struct th_bytes period,
                               uint32_t uid,
                               uint32_t parts,
                               uint32_t parts_expected)
{
    uint32_t topic = 0;
    TH_TRY(line_topic_of(lines, measure, period, &topic));
    lines->topics.items[topic].composed = true;
    lines->topics.items[topic].parts_expected = parts_expected;
    if (parts == 0) {
        return TH_OK;
    }
    uint32_t *fewest = line_map_put(&lines->part_map, (struct line_key){topic, uid, LINE_NONE});
    if (fewest == NULL) {
        return TH_E_NO_MEMORY;
    }
    *fewest = *fewest == 0 || parts < *fewest ? parts : *fewest;
    return TH_OK;
}

void th_lines_hear_spans(struct th_lines *lines, th_lines_span_fn *fn, void *self)
{
    lines->span_fn = fn;
    lines->span_self = self;
}

enum th_err
th_lines_each_made(const struct th_lines *lines, uint32_t uid, th_lines_made_fn *fn, void *self)
{
    for (size_t i = 0; i < lines->entries.count; i++) {
        const struct line_entry *entry = &lines->entries.items[i];
        if (entry->made && entry->uid == uid && !th_cell_is_empty(&entry->cell)) {
            const struct line_topic *topic = &lines->topics.items[entry->topic];
            TH_TRY(fn(self,
                      lines->texts.items[topic->measure_text],
                      topic->period,
                      lines->texts.items[entry->dims],
                      &entry->cell));
        }
    }
    return TH_OK;
}

enum th_err th_lines_know(struct th_lines *lines, struct th_bytes measure, struct th_bytes period)
{
    uint32_t topic = 0;
    TH_TRY(line_topic_of(lines, measure, period, &topic));
    lines->topics.items[topic].named = true;
    return TH_OK;
}

enum th_err th_lines_set_unallocated(struct th_lines *lines,
                                     const struct th_lines_unallocated *part,
                                     const struct th_cell *cell)
{
    uint8_t room[TH_UNIT_REF_MAX + 1 + TH_DIMS_MAX];
    struct th_writer both = TH_WRITER(room);
    struct line_key key = {.b = part->uid};
    uint32_t text = 0;
    th_write_bytes(&both, part->source);
    th_write_u8(&both, '\n');
    th_write_bytes(&both, part->dims);
    if (both.overflow) {
        return TH_E_INVALID;
    }
    TH_TRY(line_topic_of(lines, part->measure, part->period, &key.a));
    TH_TRY(line_text(&lines->texts, part->source, &text));
    TH_TRY(line_text(&lines->texts, th_written(&both), &key.c));
    return line_set(lines, key, text, cell);
}

struct th_bytes th_line_place(const struct th_line *line, char out[static TH_LINE_PLACE_BYTES])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = TH_LINE_PLACE_BYTES};
    th_write_bytes(&writer, line->cell.unit);
    if (line->unallocated.size > 0) {
        th_write_u8(&writer, '/');
        th_write_bytes(&writer, line->unallocated);
    }
    return th_written(&writer);
}

int line_compare_units(const struct th_line *a, const struct th_line *b)
{
    char left[TH_LINE_PLACE_BYTES];
    char right[TH_LINE_PLACE_BYTES];
    if (a->unallocated.size == 0 && b->unallocated.size == 0) {
        return th_bytes_compare(a->cell.unit, b->cell.unit);
    }
    return th_bytes_compare(th_line_place(a, left), th_line_place(b, right));
}
