// record.c - see record.h

#include "workers/record.h"

#include <string.h>

// Which fields of an evaluation's content are there. A collective is an evaluation with a kind.
enum {
    HAS_SCORE = 1,
    HAS_COMMON = 2,
    HAS_RESULT = 4,
    HAS_BONUS = 8,
    HAS_RATING = 16,
    HAS_MONTHS = 32,
    HAS_LEADER = 64,
    IS_LEADER = 128,
    IS_BELOW_BAND = 256,
    HAS_KIND = 512,
};

// And of a figure's.
enum { HAS_VALUE = 1, HAS_OF = 2, HAS_LEVELS = 4, NOT_APPLICABLE = 8 };

static uint64_t texts_hash(const struct th_check *check, const struct th_update *update)
{
    const struct th_bytes parts[] = {update->basis, {.data = "", .size = 1}, update->note};
    return th_hash64(check->key, parts, TH_COUNT(parts));
}

static uint64_t flag(bool has, uint64_t bit)
{
    return has ? bit : 0;
}

static void write_opt(struct th_writer *writer, struct th_opt number)
{
    if (number.has) {
        th_write_zigzag(writer, number.value);
    }
}

static void write_evaluation(struct th_writer *writer, const struct th_judged *judged)
{
    const struct th_evaluation *said = &judged->update->evaluation;
    const bool leads = said->leader.has && said->leader.value != 0;
    th_write_varint(
        writer,
        flag(said->score.has, HAS_SCORE) | flag(said->score_common.has, HAS_COMMON) |
            flag(said->score_result.has, HAS_RESULT) | flag(said->score_bonus.has, HAS_BONUS) |
            flag(said->rating.has, HAS_RATING) | flag(said->months_scored.has, HAS_MONTHS) |
            flag(said->leader.has, HAS_LEADER) | flag(leads, IS_LEADER) |
            flag(judged->below_band, IS_BELOW_BAND));
    write_opt(writer, said->score);
    write_opt(writer, said->score_common);
    write_opt(writer, said->score_result);
    write_opt(writer, said->score_bonus);
    write_opt(writer, said->rating);
    write_opt(writer, said->months_scored);
    th_write_varint(writer, said->reason);
    th_write_block(writer, said->managed_by);
    th_write_block(writer, said->job_group);
    th_write_block(writer, said->derived_from);
    th_write_block(writer, said->person);
}

static void write_collective(struct th_writer *writer, const struct th_judged *judged)
{
    const struct th_collective *said = &judged->update->collective;
    th_write_varint(writer,
                    flag(said->score.has, HAS_SCORE) | flag(said->rating.has, HAS_RATING) |
                        flag(judged->below_band, IS_BELOW_BAND) | HAS_KIND);
    write_opt(writer, said->score);
    write_opt(writer, said->rating);
    th_write_varint(writer, said->reason);
    th_write_block(writer, (struct th_bytes){0}); // managed_by, job_group, derived_from
    th_write_block(writer, (struct th_bytes){0});
    th_write_block(writer, (struct th_bytes){0});
    th_write_block(writer, said->collective);
    th_write_varint(writer, judged->collective_kind);
}

static void write_staffing(struct th_writer *writer, const struct th_judged *judged)
{
    const bool none = judged->update->staffing.not_applicable;
    th_write_varint(writer,
                    flag(judged->has_value, HAS_VALUE) | flag(judged->has_of, HAS_OF) |
                        flag(judged->has_before, HAS_LEVELS) | flag(none, NOT_APPLICABLE));
    th_write_varint(writer, none ? (uint64_t)TH_QUALIFIER_NONE : judged->qualifier);
    if (judged->has_value) {
        th_write_zigzag(writer, judged->value);
    }
    if (judged->has_of) {
        th_write_zigzag(writer, judged->of);
    }
    if (judged->has_before) {
        th_write_zigzag(writer, judged->before);
        th_write_zigzag(writer, judged->after);
    }
}

static void write_transfer(struct th_writer *writer, const struct th_judged *judged)
{
    const struct th_transfer *said = &judged->update->transfer;
    th_write_varint(writer, judged->uid);
    th_write_varint(writer, judged->to_uid);
    th_write_zigzag(writer, said->score_sum.value);
    th_write_varint(writer, (uint64_t)said->scored_months.value);
    th_write_block(writer, said->person);
}

static void write_content(struct th_writer *writer, const struct th_judged *judged)
{
    switch (judged->update->kind) {
    case TH_KIND_EVALUATION:
        write_evaluation(writer, judged);
        return;
    case TH_KIND_STAFFING:
        write_staffing(writer, judged);
        return;
    case TH_KIND_COLLECTIVE:
        write_collective(writer, judged);
        return;
    case TH_KIND_TRANSFER:
        write_transfer(writer, judged);
        return;
    case TH_KIND_NONE:
    case TH_KIND_COMPLETION:
    case TH_KIND_DESK:
        break;
    }
    th_unreachable();
}

void record_write(struct th_writer *writer,
                  const struct th_check *check,
                  const struct th_judged *judged,
                  const struct origin *source)
{
    uint8_t space[RECORD_BYTES_MAX];
    struct th_writer content = TH_WRITER(space);
    if (!judged->withdraw) {
        write_content(&content, judged);
    }
    th_write_u64(&content, texts_hash(check, judged->update));

    th_write_u8(writer, RECORD_VERSION);
    th_write_u8(writer, judged->withdraw ? TH_OP_WITHDRAW : TH_OP_SET);
    th_write_block(writer, th_written(&content));
    th_write_varint(writer, judged->revision);
    th_write_varint(writer, source->node);
    th_write_varint(writer, source->epoch);
    th_write_varint(writer, source->seq);
    th_write_varint(writer, source->index);
}

static struct th_opt read_opt(struct th_reader *reader, bool has)
{
    return (struct th_opt){.has = has, .value = has ? th_read_zigzag(reader) : 0};
}

static void read_evaluation(struct th_reader *reader, struct record *record)
{
    const uint64_t flags = th_read_varint(reader);
    record->score = read_opt(reader, (flags & HAS_SCORE) != 0);
    (void)read_opt(reader, (flags & HAS_COMMON) != 0);
    (void)read_opt(reader, (flags & HAS_RESULT) != 0);
    (void)read_opt(reader, (flags & HAS_BONUS) != 0);
    record->rating = read_opt(reader, (flags & HAS_RATING) != 0);
    (void)read_opt(reader, (flags & HAS_MONTHS) != 0);
    record->reason = (uint32_t)th_read_varint(reader);
    record->below_band = (flags & IS_BELOW_BAND) != 0;
    record->leader.has = (flags & HAS_LEADER) != 0;
    record->leader.value = (flags & IS_LEADER) != 0 ? 1 : 0;
    record->managed_by = th_read_block(reader);
    record->job_group = th_read_block(reader);
    (void)th_read_block(reader); // derived_from: compared, not counted
    record->person = th_read_block(reader);
    record->collective_kind = (flags & HAS_KIND) != 0 ? (uint32_t)th_read_varint(reader) : 0;
}

static void read_staffing(struct th_reader *reader, struct record *record)
{
    const uint64_t flags = th_read_varint(reader);
    struct th_figure *figure = &record->figure;
    figure->qualifier = (uint32_t)th_read_varint(reader);
    figure->value = (flags & HAS_VALUE) != 0 ? th_read_zigzag(reader) : 0;
    figure->has_of = (flags & HAS_OF) != 0;
    figure->of = figure->has_of ? th_read_zigzag(reader) : 0;
    figure->has_levels = (flags & HAS_LEVELS) != 0;
    figure->before = figure->has_levels ? th_read_zigzag(reader) : 0;
    figure->after = figure->has_levels ? th_read_zigzag(reader) : 0;
    figure->not_applicable = (flags & NOT_APPLICABLE) != 0;
}

static void read_transfer(struct th_reader *reader, struct record *record)
{
    record->from_uid = (uint32_t)th_read_varint(reader);
    record->to_uid = (uint32_t)th_read_varint(reader);
    record->score_sum = th_read_zigzag(reader);
    record->scored_months = (uint32_t)th_read_varint(reader);
    record->person = th_read_block(reader);
}

// A number that stands for a word. What stands for none was never written by this program.
static bool are_words(const struct record *record, unsigned table)
{
    const struct th_figure *figure = &record->figure;
    if (table == TABLE_STAFFING) {
        return figure->not_applicable ? figure->qualifier == TH_QUALIFIER_NONE
                                      : figure->qualifier >= TH_QUALIFIER_EXACT &&
                                            figure->qualifier <= TH_QUALIFIER_ABOUT;
    }
    return record->reason <= TH_REASON_OTHER && record->collective_kind <= TH_COLLECTIVE_MASS_ORG;
}

// The head of every record: all but what its content says.
static enum th_err read_head(struct th_bytes value, uint8_t *op, struct record *record)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    *op = th_read_u8(&reader);
    record->content = th_read_block(&reader);
    record->revision = (uint32_t)th_read_varint(&reader);
    record->source.node = (uint32_t)th_read_varint(&reader);
    record->source.epoch = th_read_varint(&reader);
    record->source.seq = th_read_varint(&reader);
    record->source.index = (uint32_t)th_read_varint(&reader);
    return th_read_done(&reader) && version == RECORD_VERSION &&
                   (*op == TH_OP_SET || *op == TH_OP_WITHDRAW)
               ? TH_OK
               : TH_E_CORRUPT;
}

enum th_err record_read_source(struct th_bytes value, struct origin *source)
{
    struct record record;
    uint8_t op = 0;
    TH_TRY(read_head(value, &op, &record));
    *source = record.source;
    return TH_OK;
}

enum th_err record_read(unsigned table, struct th_bytes value, struct record *record)
{
    *record = (struct record){.live = false};
    uint8_t op = 0;
    TH_TRY(read_head(value, &op, record));
    record->live = op == TH_OP_SET;
    struct th_reader content = th_reader_of(record->content);
    if (record->live && table == TABLE_EVALUATION) {
        read_evaluation(&content, record);
    } else if (record->live && table == TABLE_TRANSFER) {
        read_transfer(&content, record);
    } else if (record->live) {
        read_staffing(&content, record);
    }
    (void)th_read_u64(&content); // texts
    const bool known = !record->live || are_words(record, table);
    return th_read_done(&content) && known ? TH_OK : TH_E_CORRUPT;
}

bool record_same_content(const struct record *a, const struct record *b)
{
    return a->live == b->live && th_bytes_equal(a->content, b->content);
}

static void hash_record(uint8_t out[static TH_HASH128_BYTES],
                        unsigned table,
                        struct th_bytes key,
                        const struct record *record)
{
    const uint8_t number = (uint8_t)table;
    uint8_t tail[16];
    struct th_writer revision = TH_WRITER(tail);
    th_write_varint(&revision, record->revision);
    const struct th_bytes parts[] = {
        {.data = &number, .size = 1}, key, record->content, th_written(&revision)};
    th_hash128(out, (struct th_bytes){0}, parts, TH_COUNT(parts));
}

void digest_add_hash(struct digest *digest, const uint8_t hash[static TH_HASH128_BYTES])
{
    unsigned carry = 0;
    for (size_t i = TH_HASH128_BYTES; i > 0; i--) {
        carry += (unsigned)digest->sum[i - 1] + hash[i - 1];
        digest->sum[i - 1] = (uint8_t)carry;
        carry >>= 8;
    }
    digest->count++;
}

void digest_take_hash(struct digest *digest, const uint8_t hash[static TH_HASH128_BYTES])
{
    int borrow = 0;
    for (size_t i = TH_HASH128_BYTES; i > 0; i--) {
        const int left = (int)digest->sum[i - 1] - (int)hash[i - 1] - borrow;
        borrow = left < 0 ? 1 : 0;
        digest->sum[i - 1] = (uint8_t)(left & 0xff);
    }
    digest->count--;
}

void digest_add(struct digest *digest,
                unsigned table,
                struct th_bytes key,
                const struct record *record)
{
    uint8_t hash[TH_HASH128_BYTES];
    hash_record(hash, table, key, record);
    digest_add_hash(digest, hash);
}

void digest_take(struct digest *digest,
                 unsigned table,
                 struct th_bytes key,
                 const struct record *record)
{
    uint8_t hash[TH_HASH128_BYTES];
    hash_record(hash, table, key, record);
    digest_take_hash(digest, hash);
}
