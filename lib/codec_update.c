// codec_update.c - batches and their updates
//
// What an update says is judged by the rules, item by item, so nothing of it is refused here but
// what the pre-scan refuses: numbers of enums and kinds that are not known are passed on.

#include "lib/codec_internal.h"

enum { BATCH_UPDATES = 1 }; // field of Batch

static const struct codec_kind BATCH = {
    &tonghop__v1__batch__descriptor, TH_BATCH_BYTES_MAX, CODEC_TEXT_MAX};

static void read_evaluation(const Tonghop__V1__Evaluation *from, struct th_evaluation *to)
{
    *to = (struct th_evaluation){
        .scheme = codec_view(from->scheme),
        .period = codec_view(from->period),
        .unit = codec_view(from->unit),
        .category = codec_view(from->category),
        .person = codec_view(from->person),
        .score = CODEC_OPT(from, score),
        .score_common = CODEC_OPT(from, score_common),
        .score_result = CODEC_OPT(from, score_result),
        .score_bonus = CODEC_OPT(from, score_bonus),
        .rating = CODEC_OPT(from, rating),
        .months_scored = CODEC_OPT(from, months_scored),
        .leader = CODEC_OPT(from, leader),
        .reason = (uint32_t)from->reason,
        .managed_by = codec_view(from->managed_by),
        .job_group = codec_view(from->job_group),
        .derived_from = codec_view(from->derived_from),
    };
}

static void read_staffing(const Tonghop__V1__Staffing *from, struct th_staffing *to)
{
    *to = (struct th_staffing){
        .measure = codec_view(from->measure),
        .unit = codec_view(from->unit),
        .period = codec_view(from->period),
        .dims = codec_view(from->dims),
        .qualifier = (uint32_t)from->qualifier,
        .value = CODEC_OPT(from, value),
        .of = CODEC_OPT(from, of),
        .before = CODEC_OPT(from, before),
        .after = CODEC_OPT(from, after),
        .decimals = from->decimals,
        .not_applicable = from->not_applicable,
    };
}

static enum th_kind kind_of(Tonghop__V1__Update__KindCase member)
{
    switch (member) {
    case TONGHOP__V1__UPDATE__KIND_EVALUATION:
        return TH_KIND_EVALUATION;
    case TONGHOP__V1__UPDATE__KIND_STAFFING:
        return TH_KIND_STAFFING;
    case TONGHOP__V1__UPDATE__KIND_COLLECTIVE:
        return TH_KIND_COLLECTIVE;
    case TONGHOP__V1__UPDATE__KIND_TRANSFER:
        return TH_KIND_TRANSFER;
    case TONGHOP__V1__UPDATE__KIND_COMPLETION:
        return TH_KIND_COMPLETION;
    case TONGHOP__V1__UPDATE__KIND_DESK_ACT:
        return TH_KIND_DESK;
    case TONGHOP__V1__UPDATE__KIND__NOT_SET:
    case _TONGHOP__V1__UPDATE__KIND__CASE_IS_INT_SIZE:
    default:
        return TH_KIND_NONE; // none, or one of a later version
    }
}

static enum th_err read_update(const Tonghop__V1__Update *from,
                               struct th_arena *arena,
                               struct th_update *to,
                               struct th_malformed *why)
{
    to->kind = kind_of(from->kind_case);
    to->op = (uint32_t)from->op;
    to->revision = from->revision;
    to->basis = codec_view(from->basis);
    to->note = codec_view(from->note);
    to->entered_at = from->entered_at;
    switch (to->kind) {
    case TH_KIND_EVALUATION:
        read_evaluation(from->evaluation, &to->evaluation);
        return TH_OK;
    case TH_KIND_STAFFING:
        read_staffing(from->staffing, &to->staffing);
        return TH_OK;
    case TH_KIND_COLLECTIVE:
        codec_collective_read(from->collective, &to->collective);
        return TH_OK;
    case TH_KIND_TRANSFER:
        codec_transfer_read(from->transfer, &to->transfer);
        return TH_OK;
    case TH_KIND_COMPLETION:
        return codec_completion_read(from->completion, arena, &to->completion, why);
    case TH_KIND_DESK:
        codec_desk_read(from->desk_act, &to->desk);
        return TH_OK;
    case TH_KIND_NONE:
        break;
    }
    return TH_OK;
}

enum th_err th_batch_read(struct th_bytes bytes,
                          struct th_arena *arena,
                          struct th_batch *batch,
                          struct th_malformed *why)
{
    CODEC_UNPACK(Tonghop__V1__Batch, message, &BATCH);
    if (message->n_updates == 0) {
        return codec_malformed(why, 0, "no update");
    }
    if (message->n_updates > TH_BATCH_UPDATES_MAX) {
        return codec_too_large(why, 0, "too many updates");
    }
    CODEC_LIST(struct th_update, updates, message->n_updates);
    for (size_t i = 0; i < message->n_updates; i++) {
        TH_TRY(read_update(message->updates[i], arena, &updates[i], why));
    }
    *batch = (struct th_batch){.updates = updates, .count = message->n_updates};
    return TH_OK;
}

static Tonghop__V1__Evaluation evaluation_message(const struct th_evaluation *from)
{
    Tonghop__V1__Evaluation to = TONGHOP__V1__EVALUATION__INIT;
    CODEC_SET_BYTES(&to, scheme, from->scheme);
    CODEC_SET_BYTES(&to, period, from->period);
    CODEC_SET_BYTES(&to, unit, from->unit);
    CODEC_SET_BYTES(&to, category, from->category);
    CODEC_SET_BYTES(&to, person, from->person);
    CODEC_SET_OPT(&to, score, from->score);
    CODEC_SET_OPT(&to, score_common, from->score_common);
    CODEC_SET_OPT(&to, score_result, from->score_result);
    CODEC_SET_OPT(&to, score_bonus, from->score_bonus);
    to.has_rating = from->rating.has;
    to.rating = (uint32_t)from->rating.value;
    to.has_months_scored = from->months_scored.has;
    to.months_scored = (uint32_t)from->months_scored.value;
    to.has_leader = from->leader.has;
    to.leader = from->leader.value != 0;
    CODEC_SET_NONZERO(&to, reason, (Tonghop__V1__Reason)from->reason);
    CODEC_SET_BYTES(&to, managed_by, from->managed_by);
    CODEC_SET_BYTES(&to, job_group, from->job_group);
    CODEC_SET_BYTES(&to, derived_from, from->derived_from);
    return to;
}

static Tonghop__V1__Staffing staffing_message(const struct th_staffing *from)
{
    Tonghop__V1__Staffing to = TONGHOP__V1__STAFFING__INIT;
    CODEC_SET_BYTES(&to, measure, from->measure);
    CODEC_SET_BYTES(&to, unit, from->unit);
    CODEC_SET_BYTES(&to, period, from->period);
    CODEC_SET_BYTES(&to, dims, from->dims);
    CODEC_SET_NONZERO(&to, qualifier, (Tonghop__V1__Qualifier)from->qualifier);
    CODEC_SET_OPT(&to, value, from->value);
    CODEC_SET_OPT(&to, of, from->of);
    CODEC_SET_OPT(&to, before, from->before);
    CODEC_SET_OPT(&to, after, from->after);
    CODEC_SET_NONZERO(&to, decimals, from->decimals);
    CODEC_SET_NONZERO(&to, not_applicable, from->not_applicable);
    return to;
}

void th_update_write(struct th_writer *writer, const struct th_update *update)
{
    const size_t start = writer->size;
    Tonghop__V1__Update message = TONGHOP__V1__UPDATE__INIT;
    Tonghop__V1__Evaluation evaluation;
    Tonghop__V1__Staffing staffing;
    th_assert(update->revision <= UINT32_MAX);
    CODEC_SET_NONZERO(&message, op, (Tonghop__V1__Op)update->op);
    CODEC_SET_NONZERO(&message, revision, (uint32_t)update->revision);
    CODEC_SET_BYTES(&message, basis, update->basis);
    CODEC_SET_BYTES(&message, note, update->note);
    CODEC_SET_NONZERO(&message, entered_at, update->entered_at);
    if (update->kind == TH_KIND_EVALUATION) {
        evaluation = evaluation_message(&update->evaluation);
        message.kind_case = TONGHOP__V1__UPDATE__KIND_EVALUATION;
        message.evaluation = &evaluation;
    } else if (update->kind == TH_KIND_STAFFING) {
        staffing = staffing_message(&update->staffing);
        message.kind_case = TONGHOP__V1__UPDATE__KIND_STAFFING;
        message.staffing = &staffing;
    }
    codec_pack(writer, &message.base);
    codec_kind_write(writer, update);
    codec_wrap(writer, BATCH_UPDATES, start);
}

void th_batch_write(struct th_writer *writer, const struct th_batch *batch)
{
    if (batch->count > TH_BATCH_UPDATES_MAX) {
        writer->overflow = true;
        return;
    }
    for (size_t i = 0; i < batch->count; i++) {
        th_update_write(writer, &batch->updates[i]);
    }
}
