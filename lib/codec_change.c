// codec_change.c - what updates did, in answers

#include "lib/codec_internal.h"

enum { ANSWER_CHANGES = 21 }; // field of Answer

static enum th_err read_cell(const Tonghop__V1__Cell *cell,
                             bool *has,
                             struct th_total *total,
                             struct th_malformed *why)
{
    *has = cell != NULL;
    return cell == NULL ? TH_OK : codec_total_read(cell, total, why);
}

static enum th_err
read_change(const Tonghop__V1__Change *from, struct th_change *to, struct th_malformed *why)
{
    CODEC_NEED(from, unit, why);
    CODEC_NEED(from, period, why);
    CODEC_NEED(from, measure, why);
    *to = (struct th_change){
        .version = from->version,
        .time_ms = from->time_ms,
        .node = from->node,
        .seq = from->seq,
        .index = from->index,
        .kind = from->kind,
        .unit = codec_view(from->unit),
        .period = codec_view(from->period),
        .measure = codec_view(from->measure),
        .dims = codec_view(from->dims),
        .why = (uint32_t)from->why,
        .revision = from->revision,
        .basis = codec_view(from->basis),
        .note = codec_view(from->note),
        .person = codec_view(from->person),
        .decimals = from->decimals,
    };
    const struct th_bytes texts[] = {
        to->unit, to->period, to->measure, to->dims, to->basis, to->note, to->person};
    for (size_t i = 0; i < TH_COUNT(texts); i++) {
        TH_TRY(codec_text(texts[i], why));
    }
    TH_TRY(read_cell(from->was, &to->has_was, &to->was, why));
    return read_cell(from->now, &to->has_now, &to->now, why);
}

enum th_err codec_changes_read(const Tonghop__V1__Answer *message,
                               struct th_arena *arena,
                               struct th_answer *answer,
                               struct th_malformed *why)
{
    CODEC_LIST(struct th_change, changes, message->n_changes);
    for (size_t i = 0; i < message->n_changes; i++) {
        TH_TRY(read_change(message->changes[i], &changes[i], why));
    }
    answer->changes = changes;
    answer->change_count = message->n_changes;
    return TH_OK;
}

void codec_changes_write(struct th_writer *writer, const struct th_answer *answer)
{
    for (size_t i = 0; i < answer->change_count && !writer->overflow; i++) {
        const struct th_change *from = &answer->changes[i];
        Tonghop__V1__Cell was = codec_total_cell(&from->was);
        Tonghop__V1__Cell now = codec_total_cell(&from->now);
        Tonghop__V1__Change change = TONGHOP__V1__CHANGE__INIT;
        CODEC_SET_NONZERO(&change, version, from->version);
        CODEC_SET_NONZERO(&change, time_ms, from->time_ms);
        CODEC_SET_NONZERO(&change, node, from->node);
        CODEC_SET_NONZERO(&change, seq, from->seq);
        CODEC_SET_NONZERO(&change, index, from->index);
        CODEC_SET_NONZERO(&change, kind, from->kind);
        CODEC_SET(&change, unit, codec_data(from->unit));
        CODEC_SET(&change, period, codec_data(from->period));
        CODEC_SET(&change, measure, codec_data(from->measure));
        CODEC_SET_BYTES(&change, dims, from->dims);
        change.was = from->has_was ? &was : NULL;
        change.now = from->has_now ? &now : NULL;
        CODEC_SET_NONZERO(&change, why, (Tonghop__V1__Why)from->why);
        CODEC_SET_NONZERO(&change, revision, from->revision);
        CODEC_SET_BYTES(&change, basis, from->basis);
        CODEC_SET_BYTES(&change, note, from->note);
        CODEC_SET_BYTES(&change, person, from->person);
        CODEC_SET_NONZERO(&change, decimals, from->decimals);
        codec_pack_field(writer, ANSWER_CHANGES, &change.base);
    }
}
