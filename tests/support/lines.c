// lines.c - see lines.h

#include "tests/support/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"

enum { LIST_MAX = 32, TEXT_BYTES = 256 * 1024, ROWS_MAX = 100000 };

// Views of the parts of a list.
static size_t split(const char *text, struct th_bytes parts[static LIST_MAX])
{
    size_t count = 0;
    while (text != NULL && *text != '\0') {
        const size_t size = strcspn(text, ",");
        assert_true(count < LIST_MAX);
        parts[count++] = (struct th_bytes){.data = text, .size = size};
        text += size + (text[size] == ',' ? 1 : 0);
    }
    return count;
}

struct th_lines *
lines_ask(const struct province *province, const struct question *question, char unknown[64])
{
    struct th_bytes lists[4][LIST_MAX];
    const struct th_query query = {
        .ask = TH_ASK_TOTALS,
        .units = lists[0],
        .unit_count = split(question->units, lists[0]),
        .periods = lists[1],
        .period_count = split(question->periods, lists[1]),
        .measures = lists[2],
        .measure_count = split(question->measures, lists[2]),
        .by = lists[3],
        .by_count = split(question->by, lists[3]),
        .level = th_bytes_of(question->level),
        .missing = question->missing,
    };
    struct th_lines *lines = NULL;
    struct th_bytes what = {0};
    const enum th_err err =
        th_lines_make(&query, province->reg, province->root, province->catalogue, &what, &lines);
    EXPECT(unknown == NULL ? TH_OK : TH_E_NOT_FOUND, err);
    if (unknown != NULL) {
        (void)th_bytes_copy_text(what, unknown, 64);
    }
    return lines;
}

static int put_number(char *out, size_t max, struct th_opt number)
{
    return number.has ? snprintf(out, max, "%" PRId64 ",", number.value) : snprintf(out, max, ",");
}

const char *lines_text(struct th_lines *lines)
{
    static char text[TEXT_BYTES];
    const struct th_line *list = NULL;
    size_t count = 0;
    EXPECT(TH_OK, th_lines_list(lines, ROWS_MAX, &list, &count));
    int at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct th_total *cell = &list[i].cell;
        assert_true(at + 512 < TEXT_BYTES);
        char place[TH_LINE_PLACE_BYTES];
        const struct th_bytes unit = th_line_place(&list[i], place);
        at += snprintf(text + at,
                       512,
                       "%.*s,%.*s,%.*s,%.*s,%s,",
                       (int)unit.size,
                       (const char *)unit.data,
                       (int)list[i].period.size,
                       (const char *)list[i].period.data,
                       (int)list[i].measure.size,
                       (const char *)list[i].measure.data,
                       (int)cell->dims.size,
                       (const char *)cell->dims.data,
                       cell->not_applicable ? "n/a" : th_qualifier_word(cell->qualifier));
        at += put_number(text + at, 32, cell->value);
        at += put_number(text + at, 32, cell->of);
        at += put_number(text + at, 32, cell->before);
        at += put_number(text + at, 32, cell->after);
        if (cell->expected.has) {
            at += snprintf(
                text + at, 64, "%" PRIu64 "/%" PRId64 "\n", cell->reported, cell->expected.value);
        } else {
            at += snprintf(text + at, 64, "-\n");
        }
    }
    return text;
}
