// register_write.c - the canonical files of a register, and their digest

#include "tonghop/csv.h"
#include "tonghop/hash.h"

#include "lib/register_body.h"

enum { ROW_BYTES_MAX = 2048 }; // eight cells within their bounds, quoted

static const char UNITS_HEADER[] = "code,name,type,level,parent,valid_from,valid_to,basis\n";
static const char SUCCESSORS_HEADER[] = "old_code,new_code,effective,kind,basis\n";

// Rows go to a writer or into a hash.
struct sink {
    struct th_writer *writer;
    struct th_hash_run *hash;
};

static void put(const struct sink *sink, struct th_bytes bytes)
{
    if (sink->writer != NULL) {
        th_write_bytes(sink->writer, bytes);
    } else {
        th_hash_run_add(sink->hash, bytes);
    }
}

static void put_row(const struct sink *sink, const struct th_bytes *cells, size_t count)
{
    uint8_t room[ROW_BYTES_MAX];
    struct th_writer row = TH_WRITER(room);
    for (size_t i = 0; i < count; i++) {
        th_csv_write_cell(&row, cells[i]);
    }
    th_csv_write_end(&row);
    put(sink, th_written(&row));
}

static void put_unit(const struct sink *sink, const struct th_unit *unit)
{
    char from[TH_DAY_TEXT_BYTES];
    char until[TH_DAY_TEXT_BYTES];
    const struct th_bytes cells[] = {
        unit->code,
        unit->name,
        unit->type,
        unit->level,
        unit->parent,
        th_bytes_of(th_day_text(unit->from, from)),
        th_bytes_of(th_day_text(unit->until, until)),
        unit->basis,
    };
    put_row(sink, cells, TH_COUNT(cells));
}

static void put_successor(const struct sink *sink, const struct th_successor *row)
{
    static const char *const KINDS[] = {
        [TH_SUCCESSOR_FULL] = "full",
        [TH_SUCCESSOR_PARTIAL] = "partial",
        [TH_SUCCESSOR_RECODE] = "recode",
    };
    char effective[TH_DAY_TEXT_BYTES];
    const struct th_bytes cells[] = {
        row->old_code,
        row->new_code,
        th_bytes_of(th_day_text(row->effective, effective)),
        th_bytes_of(KINDS[row->kind]),
        row->basis,
    };
    put_row(sink, cells, TH_COUNT(cells));
}

static void put_units(const struct th_register *reg, const struct sink *sink)
{
    put(sink, th_bytes_of(UNITS_HEADER));
    for (size_t row = 0; row < reg->version_count; row++) {
        put_unit(sink, &reg->versions[reg->by_row[row]].unit);
    }
}

static void put_successors(const struct th_register *reg, const struct sink *sink)
{
    put(sink, th_bytes_of(SUCCESSORS_HEADER));
    for (size_t i = 0; i < reg->successor_count; i++) {
        put_successor(sink, &reg->successors[i]);
    }
}

void th_register_digest(const struct th_register *reg, uint8_t out[static 32])
{
    struct th_hash_run hash;
    const struct sink sink = {.hash = &hash};
    th_hash_run_start(&hash);
    put_units(reg, &sink);
    th_hash_run_add(&hash, (struct th_bytes){.data = "", .size = 1});
    put_successors(reg, &sink);
    th_hash_run_end(&hash, out);
}

size_t th_register_text_max(const struct th_register *reg)
{
    size_t units = sizeof(UNITS_HEADER);
    for (size_t i = 0; i < reg->version_count; i++) {
        const struct th_unit *unit = &reg->versions[i].unit;
        // Every byte of a text may be a quote; separators, quotes around and two days beside them.
        units += 2 * (unit->code.size + unit->name.size + unit->type.size + unit->level.size +
                      unit->parent.size + unit->basis.size) +
                 48;
    }
    size_t successors = sizeof(SUCCESSORS_HEADER);
    for (size_t i = 0; i < reg->successor_count; i++) {
        const struct th_successor *row = &reg->successors[i];
        successors += 2 * (row->old_code.size + row->new_code.size + row->basis.size) + 48;
    }
    return units > successors ? units : successors;
}

enum th_err th_register_write(const struct th_register *reg,
                              struct th_writer *units,
                              struct th_writer *successors)
{
    put_units(reg, &(struct sink){.writer = units});
    put_successors(reg, &(struct sink){.writer = successors});
    return units->overflow || successors->overflow ? TH_E_TOO_LARGE : TH_OK;
}
