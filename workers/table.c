// table.c - see table.h

#include "workers/table.h"

#include <string.h>

const char *const TABLE_NAMES[TABLE_COUNT] = {
#define X(number, constant, name, what) [constant] = (name),
    TABLES(X)
#undef X
};

struct th_bytes key_view(const struct key *key)
{
    return (struct th_bytes){.data = key->bytes, .size = key->size};
}

// A key is written through a writer over its own bytes. Every part has a bound and the longest key
// fits, so overflow is a bug.
static struct th_writer writer_of(struct key *key)
{
    return (struct th_writer){.data = key->bytes, .max = sizeof(key->bytes)};
}

static void done(struct key *key, const struct th_writer *writer)
{
    key->size = th_written(writer).size;
}

static void write_period(struct th_writer *writer, struct th_period period)
{
    uint8_t packed[TH_PERIOD_KEY_BYTES];
    th_period_pack(period, packed);
    th_write_bytes(writer, (struct th_bytes){.data = packed, .size = sizeof(packed)});
}

static struct th_period read_period(struct th_reader *reader)
{
    struct th_period period = {0};
    const struct th_bytes packed = th_read_bytes(reader, TH_PERIOD_KEY_BYTES);
    if (!reader->failed && th_period_unpack(packed.data, &period) != TH_OK) {
        reader->failed = true;
    }
    return period;
}

struct key key_of_node(uint32_t node)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_u32(&writer, node);
    done(&key, &writer);
    return key;
}

struct key key_of_record(uint32_t uid,
                         struct th_period period,
                         struct th_bytes scheme,
                         struct th_bytes category,
                         const uint8_t *person)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_u32(&writer, uid);
    write_period(&writer, period);
    if (scheme.size > 0) {
        th_write_text0(&writer, scheme);
    }
    if (category.size > 0) {
        th_write_text0(&writer, category);
    }
    if (person != NULL) {
        th_write_bytes(&writer, (struct th_bytes){.data = person, .size = PERSON_BYTES});
    }
    done(&key, &writer);
    return key;
}

struct key key_of_figures(uint32_t uid, struct th_period period, struct th_bytes measure)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_u32(&writer, uid);
    write_period(&writer, period);
    th_write_text0(&writer, measure);
    done(&key, &writer);
    return key;
}

struct key
key_of_figure(uint32_t uid, struct th_period period, struct th_bytes measure, struct th_bytes dims)
{
    struct key key = key_of_figures(uid, period, measure);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_text0(&writer, dims);
    done(&key, &writer);
    return key;
}

static struct key named(struct th_bytes name, struct th_period period)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_text0(&writer, name);
    write_period(&writer, period);
    done(&key, &writer);
    return key;
}

struct key key_of_categories(struct th_bytes scheme, struct th_period period)
{
    return named(scheme, period);
}

struct key key_of_person(struct th_bytes scheme,
                         struct th_period period,
                         struct th_bytes category,
                         const uint8_t person[static PERSON_BYTES])
{
    struct key key = named(scheme, period);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_text0(&writer, category);
    th_write_bytes(&writer, (struct th_bytes){.data = person, .size = PERSON_BYTES});
    done(&key, &writer);
    return key;
}

struct key key_of_coverage(struct th_bytes scheme,
                           struct th_period period,
                           struct th_bytes category,
                           uint32_t uid)
{
    struct key key = named(scheme, period);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_text0(&writer, category);
    th_write_u32(&writer, uid);
    done(&key, &writer);
    return key;
}

struct key key_of_totals(struct th_bytes measure, struct th_period period, uint32_t uid)
{
    struct key key = named(measure, period);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_u32(&writer, uid);
    done(&key, &writer);
    return key;
}

struct key
key_of_total(struct th_bytes measure, struct th_period period, uint32_t uid, struct th_bytes dims)
{
    struct key key = key_of_totals(measure, period, uid);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_text0(&writer, dims);
    done(&key, &writer);
    return key;
}

struct key key_of_transfers(struct th_bytes scheme, const uint8_t person[static PERSON_BYTES])
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_text0(&writer, scheme);
    th_write_bytes(&writer, (struct th_bytes){.data = person, .size = PERSON_BYTES});
    done(&key, &writer);
    return key;
}

struct key
key_of_transfer(struct th_bytes scheme, const uint8_t person[static PERSON_BYTES], th_day effective)
{
    th_assert(effective >= TH_DAY_FIRST && effective <= TH_DAY_LAST);
    struct key key = key_of_transfers(scheme, person);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_u16(&writer, (uint16_t)effective);
    done(&key, &writer);
    return key;
}

struct key key_of_topic(struct th_bytes measure, struct th_period period)
{
    return named(measure, period);
}

struct key key_of_delta(struct th_bytes topic_key, uint64_t seq)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_bytes(&writer, topic_key);
    th_write_u64(&writer, seq);
    done(&key, &writer);
    return key;
}

struct key key_of_form(struct th_bytes form, struct th_period period, uint32_t uid)
{
    struct key key = named(form, period);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_u32(&writer, uid);
    done(&key, &writer);
    return key;
}

struct key key_of_ledger(uint64_t version, uint32_t index)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_u64(&writer, version);
    th_write_u32(&writer, index);
    done(&key, &writer);
    return key;
}

struct key key_of_stage(uint32_t node, uint32_t piece)
{
    struct key key = key_of_node(node);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_u32(&writer, piece);
    done(&key, &writer);
    return key;
}

struct key key_of_dead(uint32_t node, uint64_t epoch, uint64_t seq)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_u32(&writer, node);
    th_write_u64(&writer, epoch);
    th_write_u64(&writer, seq);
    done(&key, &writer);
    return key;
}

struct key key_of_day(th_day day)
{
    return key_of_node((uint32_t)day);
}

struct key key_of_change(uint32_t row)
{
    return key_of_node(row);
}

struct key key_of_bundle(uint64_t version, uint32_t piece)
{
    return key_of_ledger(version, piece);
}

struct key key_of_edition_head(uint32_t number)
{
    struct key key = {.size = 0};
    struct th_writer writer = writer_of(&key);
    th_write_text0(&writer, (struct th_bytes){0});
    th_write_u32(&writer, number);
    done(&key, &writer);
    return key;
}

struct key key_of_editions(struct th_bytes table, struct th_period period)
{
    return named(table, period);
}

struct key
key_of_edition(struct th_bytes table, struct th_period period, uint32_t number, uint32_t uid)
{
    struct key key = named(table, period);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_u32(&writer, number);
    th_write_u32(&writer, uid);
    done(&key, &writer);
    return key;
}

struct key key_of_reject(uint32_t node, uint64_t epoch, uint64_t seq, uint32_t index)
{
    struct key key = key_of_dead(node, epoch, seq);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_u32(&writer, index);
    done(&key, &writer);
    return key;
}

struct key key_of_notice(uint32_t node, uint64_t number)
{
    struct key key = key_of_node(node);
    struct th_writer writer = writer_of(&key);
    writer.size = key.size;
    th_write_u64(&writer, number);
    done(&key, &writer);
    return key;
}

static enum th_err read_whole(const struct th_reader *reader)
{
    return th_read_done(reader) ? TH_OK : TH_E_CORRUPT;
}

enum th_err key_read_record(struct th_bytes key, struct record_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->uid = th_read_u32(&reader);
    parts->period = read_period(&reader);
    parts->scheme = th_read_text0(&reader);
    parts->category = th_read_text0(&reader);
    parts->person = th_read_bytes(&reader, PERSON_BYTES).data;
    return read_whole(&reader);
}

enum th_err key_read_figure(struct th_bytes key, struct figure_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->uid = th_read_u32(&reader);
    parts->period = read_period(&reader);
    parts->measure = th_read_text0(&reader);
    parts->dims = th_read_text0(&reader);
    return read_whole(&reader);
}

enum th_err key_read_total(struct th_bytes key, struct figure_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->measure = th_read_text0(&reader);
    parts->period = read_period(&reader);
    parts->uid = th_read_u32(&reader);
    parts->dims = th_read_text0(&reader);
    return read_whole(&reader);
}

enum th_err key_read_coverage(struct th_bytes key, struct coverage_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->scheme = th_read_text0(&reader);
    parts->period = read_period(&reader);
    parts->category = th_read_text0(&reader);
    parts->uid = th_read_u32(&reader);
    parts->person = NULL;
    return read_whole(&reader);
}

enum th_err key_read_person(struct th_bytes key, struct coverage_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->scheme = th_read_text0(&reader);
    parts->period = read_period(&reader);
    parts->category = th_read_text0(&reader);
    parts->person = th_read_bytes(&reader, PERSON_BYTES).data;
    parts->uid = 0;
    return read_whole(&reader);
}

enum th_err key_read_transfer(struct th_bytes key, struct transfer_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->scheme = th_read_text0(&reader);
    parts->person = th_read_bytes(&reader, PERSON_BYTES).data;
    parts->effective = th_read_u16(&reader);
    return read_whole(&reader);
}

enum th_err key_read_topic(struct th_bytes key, struct topic_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->measure = th_read_text0(&reader);
    parts->period = read_period(&reader);
    parts->seq = 0;
    return read_whole(&reader);
}

enum th_err key_read_delta(struct th_bytes key, struct topic_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->measure = th_read_text0(&reader);
    parts->period = read_period(&reader);
    parts->seq = th_read_u64(&reader);
    return read_whole(&reader);
}

enum th_err key_read_reject(struct th_bytes key, struct numbered_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->node = th_read_u32(&reader);
    parts->epoch = th_read_u64(&reader);
    parts->seq = th_read_u64(&reader);
    parts->index = th_read_u32(&reader);
    return read_whole(&reader);
}

enum th_err key_read_notice(struct th_bytes key, struct numbered_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->node = th_read_u32(&reader);
    parts->epoch = 0;
    parts->seq = th_read_u64(&reader);
    parts->index = 0;
    return read_whole(&reader);
}

enum th_err key_read_receipt(struct th_bytes key, struct numbered_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->node = th_read_u32(&reader);
    parts->epoch = th_read_u64(&reader);
    parts->seq = th_read_u64(&reader);
    parts->index = 0;
    return read_whole(&reader);
}

enum th_err key_read_form(struct th_bytes key, struct form_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->form = th_read_text0(&reader);
    parts->period = read_period(&reader);
    parts->uid = th_read_u32(&reader);
    return read_whole(&reader);
}

enum th_err key_read_ledger(struct th_bytes key, struct ledger_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    parts->version = th_read_u64(&reader);
    parts->index = th_read_u32(&reader);
    return read_whole(&reader);
}

enum th_err key_read_edition(struct th_bytes key, struct edition_key *parts)
{
    struct th_reader reader = th_reader_of(key);
    *parts = (struct edition_key){.table = th_read_text0(&reader)};
    if (parts->table.size > 0) {
        parts->period = read_period(&reader);
        parts->number = th_read_u32(&reader);
        parts->uid = th_read_u32(&reader);
    } else {
        parts->number = th_read_u32(&reader);
    }
    return read_whole(&reader);
}
