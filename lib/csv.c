// csv.c - bytes to records, the only file that knows libcsv; see csv.h

#include "tonghop/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <csv.h>

#include "lib/csv_reading.h"

enum {
    PIECE_BYTES = 4096,
    BUFFER_BYTES = TH_CSV_CELL_BYTES_MAX + 1024, // libcsv's room for one cell
};

typedef void record_fn(void *self);

// libcsv with what it does not do: lines, records, a bound for cells.
struct cutter {
    struct csv_parser parser;
    struct csv_record *record;
    record_fn *on_record;
    void *self;
    uint32_t line;  // where the next record begins
    uint32_t inner; // newlines inside quotes since then
    bool last_cr;
};

static int no_space(unsigned char c)
{
    (void)c;
    return 0;
}

static void *bounded_realloc(void *memory, size_t size)
{
    return size > BUFFER_BYTES ? NULL : realloc(memory, size);
}

static uint32_t count_lines(const char *text, size_t size)
{
    uint32_t lines = 0;
    for (size_t i = 0; i < size; i++) {
        const bool is_crlf = text[i] == '\r' && i + 1 < size && text[i + 1] == '\n';
        lines += text[i] == '\n' || (text[i] == '\r' && !is_crlf) ? 1 : 0;
    }
    return lines;
}

static void on_cell(void *text, size_t size, void *data)
{
    struct cutter *cutter = data;
    struct csv_record *record = cutter->record;
    if (record->count == 0) {
        record->line = cutter->line;
        record->size = 0;
        record->is_too_long = false;
    }
    cutter->inner += count_lines(text, size);
    cutter->last_cr = false;
    const bool fits = size <= sizeof(record->bytes) - record->size;
    record->is_too_long = record->is_too_long || !fits;
    if (record->count < TH_CSV_COLUMNS_MAX) {
        struct th_bytes copy = {record->bytes + record->size, size};
        if (fits && size > 0) {
            memcpy(record->bytes + record->size, text, size);
        }
        record->cells[record->count] = fits ? copy : (struct th_bytes){0};
        record->size += fits ? size : 0;
    }
    record->count++;
}

static void on_end(int c, void *data)
{
    struct cutter *cutter = data;
    struct csv_record *record = cutter->record;
    if (c == '\n' && cutter->last_cr && record->count == 0) {
        cutter->last_cr = false; // the second half of CRLF
        return;
    }
    if (record->count > 0) {
        cutter->on_record(cutter->self);
    }
    cutter->line += cutter->inner + 1;
    cutter->inner = 0;
    cutter->last_cr = c == '\r';
    record->count = 0;
}

static bool cutter_start(struct cutter *cutter, char delimiter)
{
    const unsigned char options = CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_REPALL_NL;
    if (csv_init(&cutter->parser, options) != 0) {
        return false;
    }
    csv_set_delim(&cutter->parser, (unsigned char)delimiter);
    csv_set_space_func(&cutter->parser, no_space);
    csv_set_realloc_func(&cutter->parser, bounded_realloc);
    cutter->line = 1;
    cutter->record->count = 0;
    return true;
}

static bool cutter_feed(struct cutter *cutter, struct th_bytes piece)
{
    return csv_parse(&cutter->parser, piece.data, piece.size, on_cell, on_end, cutter) ==
           piece.size;
}

static bool cutter_end(struct cutter *cutter)
{
    return csv_fini(&cutter->parser, on_cell, on_end, cutter) == 0;
}

struct first {
    const struct csv_record *found;
    struct csv_record *record;
    struct csv_record *out;
};

static void keep_first(void *self)
{
    struct first *first = self;
    if (first->found == NULL && !csv_is_blank(first->record)) {
        *first->out = *first->record;
        for (size_t i = 0; i < TH_CSV_COLUMNS_MAX && i < first->record->count; i++) {
            const uint8_t *cell = first->record->cells[i].data;
            first->out->cells[i].data =
                cell == NULL ? NULL : first->out->bytes + (cell - first->record->bytes);
        }
        first->found = first->out;
    }
}

enum th_err csv_first_record(struct th_bytes head, char delimiter, struct csv_record *record)
{
    TH_SCOPED(th_free_scoped) struct csv_record *cut = calloc(1, sizeof(*cut));
    struct first first = {.record = cut, .out = record};
    struct cutter cutter = {.record = cut, .on_record = keep_first, .self = &first};
    if (cut == NULL || !cutter_start(&cutter, delimiter)) {
        return TH_E_NO_MEMORY;
    }
    bool good = true;
    for (size_t at = 0; good && first.found == NULL && at < head.size; at++) {
        good = cutter_feed(&cutter, (struct th_bytes){(const char *)head.data + at, 1});
    }
    const bool is_whole = head.size < CSV_HEAD_BYTES;
    if (good && first.found == NULL && is_whole) {
        good = cutter_end(&cutter); // a header without newline
    }
    csv_free(&cutter.parser);
    if (first.found != NULL) {
        return TH_OK;
    }
    return good ? TH_E_NOT_FOUND : TH_E_MALFORMED;
}

void csv_refuse(struct csv_reading *reading,
                uint32_t line,
                uint32_t column,
                const struct th_verdict *verdict)
{
    th_findings_error(reading->findings, line, column, verdict, (struct th_bytes){0});
}

void csv_refuse_number(struct csv_reading *reading, unsigned code, char variant, int64_t number)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, code, variant, NULL);
    if (number >= 0) {
        th_verdict_add_number(&verdict, number, 0);
    }
    csv_refuse(reading, 0, 0, &verdict);
    reading->err = TH_E_REFUSED;
}

static void on_record(void *self)
{
    struct csv_reading *reading = self;
    if (reading->err != TH_OK || csv_is_blank(&reading->record)) {
        return;
    }
    if (!reading->has_header) {
        reading->has_header = true; // csv_choose has read it
        return;
    }
    csv_take_row(reading);
}

// Where bytes come from: memory, or a descriptor.
struct source {
    int fd; // < 0: memory
    struct th_bytes left;
    uint8_t *buffer; // CSV_HEAD_BYTES
    bool is_end;
    int error;
};

static void fill(struct source *source)
{
    size_t size = 0;
    while (size < CSV_HEAD_BYTES && !source->is_end) {
        const ssize_t got = read(source->fd, source->buffer + size, CSV_HEAD_BYTES - size);
        if (got > 0) {
            size += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            source->is_end = true;
            source->error = got == 0 ? 0 : errno;
        }
    }
    source->left = (struct th_bytes){source->buffer, size};
}

static struct th_bytes next_piece(struct source *source)
{
    if (source->left.size == 0 && source->fd >= 0 && !source->is_end) {
        fill(source);
    }
    const size_t size = source->left.size < PIECE_BYTES ? source->left.size : PIECE_BYTES;
    const struct th_bytes piece = {source->left.data, size};
    source->left.size -= size;
    if (size > 0) {
        source->left.data = (const char *)source->left.data + size;
    }
    return piece;
}

// libcsv stopped: quotes out of place, or a cell beyond its bound. A quote that is never closed
// swallows lines until the bound is reached.
static void refuse_record(struct csv_reading *reading, const struct cutter *cutter)
{
    const struct csv_parser *parser = &cutter->parser;
    const char *text = (const char *)parser->entry_buf;
    const bool is_open = parser->quoted != 0 && count_lines(text, parser->entry_pos) > 0;
    const bool is_bound =
        parser->status == CSV_ENOMEM && parser->entry_pos >= TH_CSV_CELL_BYTES_MAX;
    struct th_verdict verdict;
    if (parser->status == CSV_ENOMEM && !is_bound) {
        reading->err = TH_E_NO_MEMORY;
        return;
    }
    th_verdict_start(&verdict, is_bound && !is_open ? TH_M_CELL_LENGTH : TH_M_QUOTE, 0, NULL);
    if (is_bound && !is_open) {
        th_verdict_add_number(&verdict, TH_CSV_CELL_BYTES_MAX, 0);
    }
    csv_refuse(reading, cutter->line, (uint32_t)cutter->record->count + 1, &verdict);
    reading->err = TH_E_REFUSED;
}

static void feed_all(struct csv_reading *reading, struct cutter *cutter, struct source *source)
{
    const uint64_t given = reading->options->bytes_max;
    const uint64_t bytes_max = given > 0 ? given : TH_CSV_FILE_BYTES_MAX;
    for (struct th_bytes piece = next_piece(source); piece.size > 0; piece = next_piece(source)) {
        reading->summary->bytes += piece.size;
        if (reading->summary->bytes > bytes_max) {
            csv_refuse_number(reading, TH_M_FILE_LIMIT, 'b', (int64_t)bytes_max);
        } else if (!cutter_feed(cutter, piece)) {
            refuse_record(reading, cutter);
        }
        if (reading->err != TH_OK) {
            return;
        }
    }
    if (!cutter_end(cutter)) {
        refuse_record(reading, cutter);
    }
    reading->summary->is_whole = reading->err == TH_OK && source->error == 0;
}

static void refuse_source(struct csv_reading *reading, const struct source *source)
{
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_FILE_UNREADABLE, 0, NULL, strerrordesc_np(source->error), NULL);
    csv_refuse(reading, 0, 0, &verdict);
    reading->err = TH_E_REFUSED;
}

static void skip_bom(struct csv_reading *reading, struct source *source)
{
    const struct th_bytes bom = TH_BYTES("\xEF\xBB\xBF");
    if (th_bytes_begins(source->left, bom)) {
        reading->summary->has_bom = true;
        reading->summary->bytes = bom.size;
        source->left.data = (const char *)source->left.data + bom.size;
        source->left.size -= bom.size;
    }
}

static void read_rows(struct csv_reading *reading, struct source *source)
{
    struct cutter cutter = {.record = &reading->record, .on_record = on_record, .self = reading};
    if (!cutter_start(&cutter, reading->summary->delimiter)) {
        reading->err = TH_E_NO_MEMORY;
        return;
    }
    feed_all(reading, &cutter, source);
    csv_free(&cutter.parser);
}

static void note_trimmed(struct csv_reading *reading)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_M_NOTE_TRIMMED, 0, NULL);
    th_verdict_add_number(&verdict, (int64_t)reading->summary->trimmed, 0);
    th_findings_add(reading->findings, TH_SEVERITY_NOTE, 0, 0, &verdict, (struct th_bytes){0});
}

static enum th_err read_source(struct csv_reading *reading, struct source *source)
{
    skip_bom(reading, source);
    if (source->error == 0) {
        struct th_bytes head = source->left;
        head.size = head.size < CSV_HEAD_BYTES ? head.size : CSV_HEAD_BYTES;
        TH_TRY(csv_choose(reading, head));
        read_rows(reading, source);
    }
    if (source->error != 0) {
        refuse_source(reading, source);
    }
    const bool may_be_empty = reading->options->may_be_empty;
    if (reading->err == TH_OK && reading->summary->rows == 0 && !may_be_empty) {
        csv_refuse_number(reading, TH_M_NO_ROWS, 0, -1);
    }
    if (reading->summary->trimmed > 0) {
        note_trimmed(reading);
    }
    const bool has_errors = reading->findings->total[TH_SEVERITY_ERROR] > reading->errors_before;
    return reading->err == TH_OK && has_errors ? TH_E_REFUSED : reading->err;
}

static struct csv_reading reading_of(const struct th_csv_options *options,
                                     struct th_findings *findings,
                                     th_csv_row_fn *on_row,
                                     void *self,
                                     struct th_csv_summary *summary)
{
    return (struct csv_reading){.options = options,
                                .findings = findings,
                                .on_row = on_row,
                                .self = self,
                                .summary = summary,
                                .errors_before = findings->total[TH_SEVERITY_ERROR]};
}

enum th_err th_csv_read(struct th_bytes bytes,
                        const struct th_csv_options *options,
                        struct th_findings *findings,
                        th_csv_row_fn *on_row,
                        void *self,
                        struct th_csv_summary *summary)
{
    TH_SCOPED(th_free_scoped) struct csv_reading *reading = malloc(sizeof(*reading));
    if (reading == NULL) {
        return TH_E_NO_MEMORY;
    }
    *summary = (struct th_csv_summary){0};
    *reading = reading_of(options, findings, on_row, self, summary);
    struct source source = {.fd = -1, .left = bytes};
    return read_source(reading, &source);
}

enum th_err th_csv_read_fd(int fd,
                           const struct th_csv_options *options,
                           struct th_findings *findings,
                           th_csv_row_fn *on_row,
                           void *self,
                           struct th_csv_summary *summary)
{
    TH_SCOPED(th_free_scoped) struct csv_reading *reading = malloc(sizeof(*reading));
    TH_SCOPED(th_free_scoped) uint8_t *buffer = malloc(CSV_HEAD_BYTES);
    if (reading == NULL || buffer == NULL) {
        return TH_E_NO_MEMORY;
    }
    *summary = (struct th_csv_summary){0};
    *reading = reading_of(options, findings, on_row, self, summary);
    struct source source = {.fd = fd, .buffer = buffer};
    fill(&source);
    return read_source(reading, &source);
}
