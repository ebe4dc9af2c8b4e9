// naive_lines.c - how lines are written, the same for both sides

#include "tests/support/naive_lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/line.h"

#include "tests/support/test.h"

TH_PRINTF(2, 3) static void append(char *line, const char *format, ...)
{
    const size_t used = strlen(line);
    va_list args;
    va_start(args, format);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_start above
    (void)vsnprintf(line + used, NAIVE_LINE_BYTES - used, format, args);
    va_end(args);
}

static void append_number(char *line, bool has, naive_wide value)
{
    if (has) {
        append(line, "%" PRId64, (int64_t)value);
    }
    append(line, ",");
}

// All exact: exact. Any about, or over beside under: about.
static const char *qualifier_of(const struct naive_sum *sum)
{
    const bool over = sum->over > 0;
    const bool under = sum->under > 0;
    return sum->about > 0 || (over && under) ? "about" : over ? "over" : under ? "under" : "exact";
}

void naive_put(struct naive_lines *lines, const struct naive_row *row)
{
    const struct naive_sum *sum = &row->sum;
    const uint64_t valued = sum->exact + sum->over + sum->under + sum->about;
    assert_true(lines->count < NAIVE_LINES_MAX);
    char *line = lines->lines[lines->count++];
    line[0] = '\0';
    lines->over = lines->over || sum->value > INT64_MAX || sum->value < INT64_MIN;
    append(line, "%s,%s,%s,%s,", row->place, row->period, row->measure, row->kept);
    append(line, "%s,", valued == 0 ? "n/a" : qualifier_of(sum));
    append_number(line, valued > 0, sum->value);
    append_number(line, valued > 0 && sum->with_of == valued, sum->of);
    append_number(line, valued > 0 && sum->with_levels == valued, sum->before);
    append_number(line, valued > 0 && sum->with_levels == valued, sum->after);
    if (row->covered) {
        append(line, "%d/%d,", row->reported, row->expected);
    } else {
        append(line, "-,");
    }
    if (row->parts_expected > 0) {
        append(line, "%d/%d", row->parts, row->parts_expected);
    }
}

// By the first four columns, each as bytes.
static int compare_lines(const void *left, const void *right)
{
    const char *a = left;
    const char *b = right;
    int order = 0;
    for (int column = 0; column < 4 && order == 0; column++) {
        const size_t a_size = strcspn(a, ",");
        const size_t b_size = strcspn(b, ",");
        order = memcmp(a, b, a_size < b_size ? a_size : b_size);
        order = order != 0 ? order : (a_size > b_size) - (a_size < b_size);
        a += a_size + 1;
        b += b_size + 1;
    }
    return order;
}

char *naive_join(struct naive_lines *lines)
{
    size_t size = 1;
    qsort(lines->lines, lines->count, sizeof(lines->lines[0]), compare_lines);
    for (size_t i = 0; i < lines->count; i++) {
        size += strlen(lines->lines[i]) + 1;
    }
    char *text = calloc(1, size);
    assert_non_null(text);
    size_t used = 0;
    for (size_t i = 0; i < lines->count; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s\n", lines->lines[i]);
    }
    return text;
}

static void opt(char *line, struct th_opt number)
{
    append_number(line, number.has, number.value);
}

char *naive_answer_of(const struct th_line *list, size_t count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        const struct th_line *line = &list[i];
        const struct th_total *cell = &line->cell;
        char numbers[NAIVE_LINE_BYTES] = "";
        char place[TH_LINE_PLACE_BYTES];
        const struct th_bytes at = th_line_place(line, place);
        opt(numbers, cell->value);
        opt(numbers, cell->of);
        opt(numbers, cell->before);
        opt(numbers, cell->after);
        if (cell->expected.has) {
            append(numbers, "%d/%d,", (int)cell->reported, (int)cell->expected.value);
        } else {
            append(numbers, "-,");
        }
        if (line->parts_expected > 0) {
            append(numbers, "%u/%u", line->parts, line->parts_expected);
        }
        (void)fprintf(out,
                      "%.*s,%.*s,%.*s,%.*s,%s,%s\n",
                      (int)at.size,
                      (const char *)at.data,
                      (int)line->period.size,
                      (const char *)line->period.data,
                      (int)line->measure.size,
                      (const char *)line->measure.data,
                      (int)cell->dims.size,
                      cell->dims.size == 0 ? "" : (const char *)cell->dims.data,
                      cell->not_applicable ? "n/a" : th_qualifier_word(cell->qualifier),
                      numbers);
    }
    assert_int_equal(fclose(out), 0);
    return text;
}
