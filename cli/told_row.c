// told_row.c - one update as data: CSV and JSON

#include <inttypes.h>
#include <stdio.h>

#include "tonghop/csv.h"
#include "tonghop/day.h"
#include "tonghop/number.h"
#include "tonghop/row.h"

#include "cli/told.h"

enum { ROW_BYTES_MAX = 8 * 1024 };

const char TOLD_HEAD[] = "version,time,node,batch,item,kind,unit_code,period,measure,dims,person,"
                         "was_qualifier,was_value,was_of,was_before,was_after,was_rating,"
                         "now_qualifier,now_value,now_of,now_before,now_after,now_rating,"
                         "why,revision,basis,note";

static const char *kind_word(const struct th_change *change)
{
    static const char *const WORDS[] = {
        [TH_KIND_NONE] = "total",
        [TH_KIND_EVALUATION] = "evaluation",
        [TH_KIND_STAFFING] = "staffing",
        [TH_KIND_COLLECTIVE] = "collective",
        [TH_KIND_TRANSFER] = "transfer",
        [TH_KIND_COMPLETION] = "completion",
        [TH_KIND_DESK] = "register",
    };
    return change->kind < TH_COUNT(WORDS) ? WORDS[change->kind] : "";
}

static const char *why_word(uint32_t why)
{
    static const char *const WORDS[] = {
        [0] = "",
        [TH_WHY_NEW] = "new",
        [TH_WHY_CORRECTION] = "correction",
        [TH_WHY_WITHDRAWAL] = "withdrawal",
        [TH_WHY_AFTER_CLOSE] = "after-close",
        [TH_WHY_STRUCTURE] = "structure",
    };
    return why < TH_COUNT(WORDS) ? WORDS[why] : "";
}

// The level that the dims of a rating's cell name.
static struct th_bytes rating_of(const struct th_total *cell)
{
    static const struct th_bytes RATING = {.data = "rating=", .size = 7};
    if (!th_bytes_begins(cell->dims, RATING)) {
        return (struct th_bytes){0};
    }
    return (struct th_bytes){.data = (const char *)cell->dims.data + RATING.size,
                             .size = cell->dims.size - RATING.size};
}

// ---- CSV ----

static void put_count(struct th_writer *row, bool has, uint64_t count)
{
    char text[24] = "";
    if (has) {
        (void)snprintf(text, sizeof(text), "%" PRIu64, count);
    }
    th_csv_write_cell(row, th_bytes_of(text));
}

static void put_number(struct th_writer *row, struct th_opt number, uint32_t decimals)
{
    char text[TH_NUMBER_TEXT_BYTES] = "";
    if (number.has) {
        (void)th_number_plain(number.value, decimals, text);
    }
    th_csv_write_cell(row, th_bytes_of(text));
}

static void put_cell(struct th_writer *row,
                     const struct th_change *change,
                     bool has,
                     const struct th_total *cell)
{
    static const struct th_total none = {.uid = 0};
    // The months of a transfer are no scores.
    const uint32_t of_decimals = change->kind == TH_KIND_TRANSFER ? 0 : change->decimals;
    const struct th_total *is = has ? cell : &none;
    th_csv_write_cell(row, th_bytes_of(th_qualifier_word(is->qualifier)));
    if (is->not_applicable) {
        th_csv_write_cell(row, TH_BYTES("n/a"));
    } else {
        put_number(row, is->value, change->decimals);
    }
    put_number(row, is->of, of_decimals);
    put_number(row, is->before, change->decimals);
    put_number(row, is->after, change->decimals);
    th_csv_write_cell(row, rating_of(is));
}

void told_csv(FILE *out, const struct th_change *change)
{
    uint8_t room[ROW_BYTES_MAX];
    char time[TH_TIME_TEXT_BYTES] = "";
    struct th_writer row = TH_WRITER(room);
    const bool update = change->version > 0;
    const bool said = change->node > 0 || change->seq > 0; // by a batch
    if (update && change->time_ms > 0) {
        (void)th_time_utc(change->time_ms, time);
    }
    put_count(&row, update, change->version);
    th_csv_write_cell(&row, th_bytes_of(time));
    put_count(&row, said, change->node);
    put_count(&row, said, change->seq);
    put_count(&row, said, change->index);
    const struct th_bytes texts[] = {th_bytes_of(kind_word(change)),
                                     change->unit,
                                     change->period,
                                     change->measure,
                                     change->dims,
                                     change->person};
    for (size_t i = 0; i < TH_COUNT(texts); i++) {
        th_csv_write_cell(&row, texts[i]);
    }
    put_cell(&row, change, change->has_was, &change->was);
    put_cell(&row, change, change->has_now, &change->now);
    th_csv_write_cell(&row, th_bytes_of(why_word(change->why)));
    put_count(&row, change->revision > 0, change->revision);
    th_csv_write_cell(&row, change->basis);
    th_csv_write_cell(&row, change->note);
    th_csv_write_end(&row);
    th_assert(!row.overflow);
    (void)fwrite(room, 1, row.size, out);
}

// ---- JSON ----

static void member(FILE *out, const char *name, struct th_bytes text)
{
    (void)fprintf(out, ",\"%s\":", name);
    th_row_text(out, text);
}

static void number(FILE *out, const char *name, struct th_opt value)
{
    if (value.has) {
        (void)fprintf(out, ",\"%s\":%" PRId64, name, value.value);
    } else {
        (void)fprintf(out, ",\"%s\":null", name);
    }
}

static void cell_json(FILE *out, const char *name, bool has, const struct th_total *cell)
{
    const struct th_bytes rating = rating_of(cell);
    if (!has) {
        (void)fprintf(out, ",\"%s\":null", name);
        return;
    }
    (void)fprintf(out, ",\"%s\":{\"qualifier\":", name);
    if (cell->qualifier == TH_QUALIFIER_NONE) {
        (void)fputs("null", out);
    } else {
        (void)fprintf(out, "\"%s\"", th_qualifier_word(cell->qualifier));
    }
    number(out, "value", cell->value);
    number(out, "of", cell->of);
    number(out, "before", cell->before);
    number(out, "after", cell->after);
    if (rating.size > 0) {
        member(out, "rating", rating);
    }
    if (cell->expected.has) {
        (void)fprintf(out,
                      ",\"reported\":%" PRIu64 ",\"expected\":%" PRId64,
                      cell->reported,
                      cell->expected.value);
    }
    (void)fputs(cell->not_applicable ? ",\"not_applicable\":true}" : "}", out);
}

static void update_json(FILE *out, const struct th_change *change)
{
    char time[TH_TIME_TEXT_BYTES];
    (void)fprintf(out, ",\"version\":%" PRIu64, change->version);
    if (change->time_ms > 0) {
        (void)fprintf(out, ",\"time\":\"%s\"", th_time_utc(change->time_ms, time));
    }
    if (change->seq > 0) {
        (void)fprintf(out,
                      ",\"node\":%" PRIu32 ",\"batch\":%" PRIu64 ",\"item\":%" PRIu32,
                      change->node,
                      change->seq,
                      change->index);
    }
    if (change->revision > 0) {
        (void)fprintf(out, ",\"revision\":%" PRIu32, change->revision);
    }
    (void)fprintf(out, ",\"why\":\"%s\"", why_word(change->why));
    if (change->person.size > 0) {
        member(out, "person", change->person);
    }
    member(out, "basis", change->basis);
    member(out, "note", change->note);
}

void told_json(FILE *out, const struct th_change *change)
{
    (void)fprintf(out, "\"kind\":\"%s\"", kind_word(change));
    member(out, "unit", change->unit);
    member(out, "period", change->period);
    member(out, "measure", change->measure);
    member(out, "dims", change->dims);
    cell_json(out, "was", change->has_was, &change->was);
    cell_json(out, "now", change->has_now, &change->now);
    if (change->decimals > 0) {
        (void)fprintf(out, ",\"decimals\":%" PRIu32, change->decimals);
    }
    if (change->version > 0) {
        update_json(out, change);
    }
}
