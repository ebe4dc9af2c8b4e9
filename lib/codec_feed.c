// codec_feed.c - deltas and beats, and the totals that answers carry too

#include "lib/codec_internal.h"

enum { DELTA_CELLS = 6, BEAT_TOPICS = 6 }; // fields of Delta and Beat

static const struct codec_kind DELTA = {
    &tonghop__v1__delta__descriptor, TH_FRAME_BYTES_MAX, CODEC_TEXT_MAX};
static const struct codec_kind BEAT = {
    &tonghop__v1__beat__descriptor, TH_FRAME_BYTES_MAX, CODEC_TEXT_MAX};

// ---- totals and topics ----

enum th_err
codec_total_read(const Tonghop__V1__Cell *cell, struct th_total *total, struct th_malformed *why)
{
    CODEC_NEED(cell, uid, why);
    *total = (struct th_total){
        .unit = codec_view(cell->unit),
        .uid = cell->uid,
        .dims = codec_view(cell->dims),
        .qualifier = (uint32_t)cell->qualifier,
        .value = CODEC_OPT(cell, value),
        .of = CODEC_OPT(cell, of),
        .before = CODEC_OPT(cell, before),
        .after = CODEC_OPT(cell, after),
        .not_applicable = cell->not_applicable,
        .reported = cell->reported,
        .expected = CODEC_OPT(cell, expected),
        .contributions = cell->contributions,
        .with_of = cell->with_of,
        .with_levels = cell->with_levels,
    };
    TH_TRY(codec_text(total->unit, why));
    return codec_text(total->dims, why);
}

Tonghop__V1__Cell codec_total_cell(const struct th_total *total)
{
    Tonghop__V1__Cell cell = TONGHOP__V1__CELL__INIT;
    CODEC_SET_BYTES(&cell, unit, total->unit);
    CODEC_SET(&cell, uid, total->uid);
    CODEC_SET_BYTES(&cell, dims, total->dims);
    CODEC_SET_NONZERO(&cell, qualifier, (Tonghop__V1__Qualifier)total->qualifier);
    CODEC_SET_OPT(&cell, value, total->value);
    CODEC_SET_OPT(&cell, of, total->of);
    CODEC_SET_OPT(&cell, before, total->before);
    CODEC_SET_OPT(&cell, after, total->after);
    CODEC_SET_NONZERO(&cell, not_applicable, total->not_applicable);
    CODEC_SET_NONZERO(&cell, reported, total->reported);
    cell.has_expected = total->expected.has;
    cell.expected = (uint64_t)total->expected.value;
    CODEC_SET(&cell, contributions, total->contributions);
    CODEC_SET_NONZERO(&cell, with_of, total->with_of);
    CODEC_SET_NONZERO(&cell, with_levels, total->with_levels);
    return cell;
}

enum th_err codec_topics_read(Tonghop__V1__TopicSeq *const *from,
                              size_t count,
                              struct th_arena *arena,
                              const struct th_topic_seq **topics,
                              struct th_malformed *why)
{
    CODEC_LIST(struct th_topic_seq, read, count);
    for (size_t i = 0; i < count; i++) {
        CODEC_NEED(from[i], measure, why);
        CODEC_NEED(from[i], period, why);
        CODEC_NEED(from[i], seq, why);
        read[i] = (struct th_topic_seq){
            .measure = codec_view(from[i]->measure),
            .period = codec_view(from[i]->period),
            .seq = from[i]->seq,
        };
        TH_TRY(codec_text(read[i].measure, why));
        TH_TRY(codec_text(read[i].period, why));
    }
    *topics = read;
    return TH_OK;
}

void codec_topics_write(struct th_writer *writer,
                        uint32_t number,
                        const struct th_topic_seq *topics,
                        size_t count)
{
    for (size_t i = 0; i < count && !writer->overflow; i++) {
        Tonghop__V1__TopicSeq topic = TONGHOP__V1__TOPIC_SEQ__INIT;
        CODEC_SET(&topic, measure, codec_data(topics[i].measure));
        CODEC_SET(&topic, period, codec_data(topics[i].period));
        CODEC_SET(&topic, seq, topics[i].seq);
        codec_pack_field(writer, number, &topic.base);
    }
}

// ---- Delta ----

enum th_err th_delta_read(struct th_bytes bytes,
                          struct th_arena *arena,
                          struct th_delta *delta,
                          struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Delta, message, &DELTA);
    CODEC_NEED(message, store_id, why);
    CODEC_NEED(message, store_epoch, why);
    CODEC_NEED(message, version, why);
    CODEC_NEED(message, topic_seq, why);
    CODEC_NEED(message, measure, why);
    CODEC_NEED(message, period, why);
    TH_TRY(codec_text(codec_view(message->measure), why));
    TH_TRY(codec_text(codec_view(message->period), why));
    CODEC_LIST(struct th_total, cells, message->n_cells);
    for (size_t i = 0; i < message->n_cells; i++) {
        TH_TRY(codec_total_read(message->cells[i], &cells[i], why));
    }
    *delta = (struct th_delta){
        .store_id = message->store_id,
        .store_epoch = message->store_epoch,
        .version = message->version,
        .topic_seq = message->topic_seq,
        .measure = codec_view(message->measure),
        .period = codec_view(message->period),
        .cells = cells,
        .count = message->n_cells,
    };
    return TH_OK;
}

void th_delta_write(struct th_writer *writer, const struct th_delta *delta)
{
    codec_check_list(writer, delta->count);
    Tonghop__V1__Delta head = TONGHOP__V1__DELTA__INIT;
    CODEC_SET(&head, store_id, delta->store_id);
    CODEC_SET(&head, version, delta->version);
    CODEC_SET(&head, topic_seq, delta->topic_seq);
    CODEC_SET(&head, measure, codec_data(delta->measure));
    CODEC_SET(&head, period, codec_data(delta->period));
    codec_pack(writer, &head.base);
    for (size_t i = 0; i < delta->count && !writer->overflow; i++) {
        const Tonghop__V1__Cell cell = codec_total_cell(&delta->cells[i]);
        codec_pack_field(writer, DELTA_CELLS, &cell.base);
    }
    Tonghop__V1__Delta tail = TONGHOP__V1__DELTA__INIT;
    CODEC_SET(&tail, store_epoch, delta->store_epoch);
    codec_pack(writer, &tail.base);
}

// ---- Beat ----

enum th_err th_beat_read(struct th_bytes bytes,
                         struct th_arena *arena,
                         struct th_beat *beat,
                         struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Beat, message, &BEAT);
    CODEC_NEED(message, store_id, why);
    CODEC_NEED(message, store_epoch, why);
    CODEC_NEED(message, number, why);
    CODEC_NEED(message, version, why);
    struct th_beat read = {
        .store_id = message->store_id,
        .store_epoch = message->store_epoch,
        .number = message->number,
        .version = message->version,
        .wall_ms = message->wall_ms,
        .count = message->n_topics,
    };
    TH_TRY(codec_topics_read(message->topics, message->n_topics, arena, &read.topics, why));
    *beat = read;
    return TH_OK;
}

void th_beat_write(struct th_writer *writer, const struct th_beat *beat)
{
    codec_check_list(writer, beat->count);
    Tonghop__V1__Beat head = TONGHOP__V1__BEAT__INIT;
    CODEC_SET(&head, store_id, beat->store_id);
    CODEC_SET(&head, store_epoch, beat->store_epoch);
    CODEC_SET(&head, number, beat->number);
    CODEC_SET(&head, version, beat->version);
    CODEC_SET_NONZERO(&head, wall_ms, beat->wall_ms);
    codec_pack(writer, &head.base);
    codec_topics_write(writer, BEAT_TOPICS, beat->topics, beat->count);
}
