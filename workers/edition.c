// edition.c - see edition.h

#include "workers/edition.h"

#include <string.h>

enum { ROW_VERSION = 1, MARKS_BYTES = TH_SUPPRESS_MARKS * 2 };

const char *const EDITION_MADE_WORDS[EDITION_MADE_END] = {
    [EDITION_BEGUN] = "begun",
    [EDITION_TIMELY] = "timely",
    [EDITION_LATE] = "late",
    [EDITION_BY_HAND] = "by-hand",
};

static enum th_err whole(const struct th_reader *reader)
{
    return th_read_done(reader) ? TH_OK : TH_E_CORRUPT;
}

static void read_version(struct th_reader *reader)
{
    if (th_read_u8(reader) != ROW_VERSION) {
        reader->failed = true;
    }
}

// ---- heads ----

void edition_write_head(struct th_writer *writer, const struct edition_head *head)
{
    th_write_u8(writer, ROW_VERSION);
    th_write_zigzag(writer, head->moment_ms);
    th_write_varint(writer, head->version);
    th_write_u8(writer, (uint8_t)head->made);
    th_write_varint(writer, head->renewed);
    th_write_varint(writer, head->same);
    th_write_varint(writer, head->kept);
    th_write_varint(writer, head->waiting);
    th_write_varint(writer, head->closed);
    th_write_varint(writer, head->shown);
    th_write_varint(writer, head->hidden);
}

static enum th_err read_head(struct th_bytes payload, struct edition_head *head)
{
    struct th_reader reader = th_reader_of(payload);
    read_version(&reader);
    head->moment_ms = th_read_zigzag(&reader);
    head->version = th_read_varint(&reader);
    const uint8_t made = th_read_u8(&reader);
    head->made = (enum edition_made)made;
    head->renewed = (uint32_t)th_read_varint(&reader);
    head->same = (uint32_t)th_read_varint(&reader);
    head->kept = (uint32_t)th_read_varint(&reader);
    head->waiting = (uint32_t)th_read_varint(&reader);
    head->closed = (uint32_t)th_read_varint(&reader);
    head->shown = th_read_varint(&reader);
    head->hidden = th_read_varint(&reader);
    return made < EDITION_MADE_END ? whole(&reader) : TH_E_CORRUPT;
}

static enum th_err take_head(const struct th_check *check,
                             struct th_bytes key,
                             struct th_bytes value,
                             struct edition_head *head)
{
    struct edition_key at;
    TH_TRY(key_read_edition(key, &at));
    TH_TRY(th_check_open(check, TABLE_EDITION, key, &value));
    head->number = at.number;
    return at.table.size == 0 ? read_head(value, head) : TH_E_NOT_FOUND;
}

enum th_err
edition_newest(struct th_store store, const struct th_check *check, struct edition_head *head)
{
    const struct key behind = key_of_edition_head(UINT32_MAX);
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_prev(store, TABLE_EDITION, key_view(&behind), &key, &value));
    return take_head(check, key, value, head);
}

enum th_err edition_head_of(struct th_store store,
                            const struct th_check *check,
                            uint32_t number,
                            struct edition_head *head)
{
    const struct key key = key_of_edition_head(number);
    struct th_bytes value;
    TH_TRY(th_store_get(store, TABLE_EDITION, key_view(&key), &value));
    return take_head(check, key_view(&key), value, head);
}

// ---- tables ----

static void write_members(struct th_writer *writer, const struct public_dim *dim)
{
    th_write_u8(writer, dim->count);
    for (uint8_t i = 0; i < dim->count; i++) {
        th_write_block(writer, dim->members[i]);
    }
}

void edition_write_layout(struct th_writer *writer, const struct public_groups *groups)
{
    write_members(writer, &groups->spec.category);
    write_members(writer, &groups->spec.level);
    th_write_varint(writer, groups->kind_count);
    for (uint32_t i = 0; i < groups->kind_count; i++) {
        const struct public_kind *kind = &groups->kinds[i];
        th_write_u8(writer, kind->category);
        th_write_u8(writer, kind->is_sum ? (uint8_t)PUBLIC_ANY : kind->level);
        th_write_u8(writer, kind->state);
    }
    th_write_varint(writer, groups->group_count);
    for (uint32_t i = 0; i < groups->group_count; i++) {
        const struct public_group *about = &groups->about[i];
        th_write_u8(writer, (uint8_t)about->measure);
        th_write_u8(writer, (uint8_t)groups->groups[i].rule);
        th_write_u8(writer, about->category);
        th_write_u8(writer, about->level);
    }
}

void edition_write_renewal(struct th_writer *writer, const struct edition_renewal *renewal)
{
    th_write_u8(writer, ROW_VERSION);
    th_write_varint(writer, renewal->threshold);
    th_write_varint(writer, renewal->share_base);
    th_write_block(writer, renewal->layout);
}

enum th_err edition_read_renewal(struct th_bytes payload, struct edition_renewal *renewal)
{
    struct th_reader reader = th_reader_of(payload);
    read_version(&reader);
    renewal->threshold = (uint32_t)th_read_varint(&reader);
    renewal->share_base = (uint32_t)th_read_varint(&reader);
    renewal->layout = th_read_block(&reader);
    return whole(&reader);
}

// ---- units ----

static bool has_marks(const uint16_t *marks)
{
    bool any = false;
    for (size_t i = 0; i < TH_SUPPRESS_MARKS && !any; i++) {
        any = marks[i] != 0;
    }
    return any;
}

static void write_people(struct th_writer *writer, const int64_t *people, uint32_t kinds)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < kinds; i++) {
        count += people[i] != 0 ? 1 : 0;
    }
    th_write_varint(writer, count);
    for (uint32_t i = 0; i < kinds; i++) {
        if (people[i] != 0) {
            th_write_varint(writer, i);
            th_write_varint(writer, (uint64_t)people[i]);
        }
    }
}

static void write_marks(struct th_writer *writer, const uint16_t *marks, uint32_t sums)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < sums; i++) {
        count += has_marks(marks + (size_t)i * TH_SUPPRESS_MARKS) ? 1 : 0;
    }
    th_write_varint(writer, count);
    for (uint32_t i = 0; i < sums; i++) {
        const uint16_t *of = marks + (size_t)i * TH_SUPPRESS_MARKS;
        if (!has_marks(of)) {
            continue;
        }
        th_write_varint(writer, i);
        for (size_t m = 0; m < TH_SUPPRESS_MARKS; m++) {
            th_write_u16(writer, of[m]);
        }
    }
}

void edition_write_unit(struct th_writer *writer,
                        const struct public_groups *groups,
                        const struct edition_unit *unit)
{
    uint8_t bits[TH_SUPPRESS_GROUPS_MAX / 8] = {0};
    for (uint32_t i = 0; i < groups->group_count; i++) {
        bits[i / 8] = (uint8_t)(bits[i / 8] | (unit->shown[i] != 0 ? 1U << (i % 8) : 0U));
    }
    th_write_u8(writer, ROW_VERSION);
    th_write_varint(writer, unit->parent);
    write_people(writer, unit->people, groups->kind_count);
    write_marks(writer, unit->marks, groups->sum_count);
    th_write_block(writer, (struct th_bytes){bits, (groups->group_count + 7) / 8});
}

static void read_people(struct th_reader *reader, uint32_t kinds, int64_t *people)
{
    const uint64_t count = th_read_varint(reader);
    uint64_t next = 0;
    if (people != NULL) {
        memset(people, 0, kinds * sizeof(*people));
    }
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        const uint64_t kind = th_read_varint(reader);
        const uint64_t number = th_read_varint(reader);
        reader->failed = reader->failed || kind < next || kind >= kinds || number > INT64_MAX;
        next = kind + 1;
        if (!reader->failed && people != NULL) {
            people[kind] = (int64_t)number;
        }
    }
}

static void read_marks(struct th_reader *reader, uint32_t sums, uint16_t *marks)
{
    const uint64_t count = th_read_varint(reader);
    uint64_t next = 0;
    if (marks != NULL) {
        memset(marks, 0, (size_t)sums * MARKS_BYTES);
    }
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        const uint64_t sum = th_read_varint(reader);
        reader->failed = reader->failed || sum < next || sum >= sums;
        next = sum + 1;
        for (size_t m = 0; m < TH_SUPPRESS_MARKS && !reader->failed; m++) {
            const uint16_t mark = th_read_u16(reader);
            if (!reader->failed && marks != NULL) {
                marks[sum * TH_SUPPRESS_MARKS + m] = mark;
            }
        }
    }
}

enum th_err edition_read_unit(struct th_bytes payload,
                              const struct public_groups *groups,
                              struct edition_unit *unit)
{
    struct th_reader reader = th_reader_of(payload);
    read_version(&reader);
    const uint64_t parent = th_read_varint(&reader);
    read_people(&reader, groups->kind_count, unit->people);
    read_marks(&reader, groups->sum_count, unit->marks);
    const struct th_bytes bits = th_read_block(&reader);
    if (!th_read_done(&reader) || parent > UINT32_MAX ||
        bits.size != (groups->group_count + 7) / 8) {
        return TH_E_CORRUPT;
    }
    unit->parent = (uint32_t)parent;
    for (uint32_t i = 0; i < groups->group_count && unit->shown != NULL; i++) {
        unit->shown[i] = ((const uint8_t *)bits.data)[i / 8] >> (i % 8) & 1;
    }
    return TH_OK;
}
