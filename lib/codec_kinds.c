// codec_kinds.c - the updates that are neither a person's rating nor a figure
//
// A completion has a list inside, so these are packed from the inside out: the kind's message, then
// its field in the update.

#include "lib/codec_internal.h"

enum { COMPLETION_LINES = 4 }; // field of Completion

// ---- reading ----

void codec_collective_read(const Tonghop__V1__Collective *from, struct th_collective *to)
{
    *to = (struct th_collective){
        .scheme = codec_view(from->scheme),
        .period = codec_view(from->period),
        .collective = codec_view(from->collective),
        .kind = codec_view(from->kind),
        .unit = codec_view(from->unit),
        .score = CODEC_OPT(from, score),
        .rating = CODEC_OPT(from, rating),
        .reason = (uint32_t)from->reason,
    };
}

void codec_transfer_read(const Tonghop__V1__Transfer *from, struct th_transfer *to)
{
    *to = (struct th_transfer){
        .scheme = codec_view(from->scheme),
        .year = codec_view(from->year),
        .person = codec_view(from->person),
        .effective = codec_view(from->effective),
        .from_unit = codec_view(from->from_unit),
        .to_unit = codec_view(from->to_unit),
        .score_sum = CODEC_OPT(from, score_sum),
        .scored_months = CODEC_OPT(from, scored_months),
    };
}

enum th_err codec_completion_read(const Tonghop__V1__Completion *from,
                                  struct th_arena *arena,
                                  struct th_completion *to,
                                  struct th_malformed *why)
{
    if (from->n_lines > TH_COMPLETION_LINES_MAX) {
        return codec_too_large(why, 0, "too many lines of a completion");
    }
    *to = (struct th_completion){
        .form = codec_view(from->form),
        .unit = codec_view(from->unit),
        .period = codec_view(from->period),
        .digest = codec_view(from->digest),
    };
    if (from->n_lines == 0) {
        return TH_OK;
    }
    CODEC_LIST(struct th_completion_line, lines, from->n_lines);
    for (size_t i = 0; i < from->n_lines; i++) {
        const Tonghop__V1__CompletionLine *line = from->lines[i];
        lines[i] = (struct th_completion_line){
            .measure = codec_view(line->measure),
            .dims = codec_view(line->dims),
            .count = CODEC_OPT(line, count),
            .sum = CODEC_OPT(line, sum),
        };
        if (line->has_count && line->count > INT64_MAX) {
            return codec_malformed(why, 0, "a count above 2^63");
        }
    }
    to->lines = lines;
    to->line_count = from->n_lines;
    return TH_OK;
}

static void read_unit(const Tonghop__V1__UnitVersion *from, struct th_desk_act *to)
{
    to->code = codec_view(from->code);
    to->name = codec_view(from->name);
    to->type = codec_view(from->type);
    to->level = codec_view(from->level);
    to->parent = codec_view(from->parent);
    to->valid_from = codec_view(from->valid_from);
    to->valid_to = codec_view(from->valid_to);
    to->basis = codec_view(from->basis);
}

static void read_successor(const Tonghop__V1__UnitSuccessor *from, struct th_desk_act *to)
{
    to->code = codec_view(from->old_code);
    to->new_code = codec_view(from->new_code);
    to->effective = codec_view(from->effective);
    to->successor = codec_view(from->kind);
    to->basis = codec_view(from->basis);
}

static void read_reopen(const Tonghop__V1__ReopenGrant *from, struct th_desk_act *to)
{
    to->unit = codec_view(from->unit);
    to->form = codec_view(from->form);
    to->period = codec_view(from->period);
    to->until = codec_view(from->until);
    to->text = codec_view(from->reason);
    to->granted_by = codec_view(from->granted_by);
}

static void read_decision(const Tonghop__V1__ReportDecision *from, struct th_desk_act *to)
{
    to->unit = codec_view(from->unit);
    to->form = codec_view(from->form);
    to->period = codec_view(from->period);
    to->decision = codec_view(from->decision);
    to->text = codec_view(from->comment);
}

static void read_share(const Tonghop__V1__ShareTable *from, struct th_desk_act *to)
{
    to->code = codec_view(from->old_unit);
    to->new_code = codec_view(from->new_unit);
    to->effective = codec_view(from->effective);
    to->permille = CODEC_OPT(from, permille);
    to->basis = codec_view(from->basis);
}

void codec_desk_read(const Tonghop__V1__DeskAct *from, struct th_desk_act *to)
{
    *to = (struct th_desk_act){.act = (enum th_act)from->act_case};
    switch (from->act_case) {
    case TONGHOP__V1__DESK_ACT__ACT_UNIT_VERSION:
        read_unit(from->unit_version, to);
        return;
    case TONGHOP__V1__DESK_ACT__ACT_UNIT_SUCCESSOR:
        read_successor(from->unit_successor, to);
        return;
    case TONGHOP__V1__DESK_ACT__ACT_REOPEN:
        read_reopen(from->reopen, to);
        return;
    case TONGHOP__V1__DESK_ACT__ACT_DECISION:
        read_decision(from->decision, to);
        return;
    case TONGHOP__V1__DESK_ACT__ACT_SHARE_TABLE:
        read_share(from->share_table, to);
        return;
    case TONGHOP__V1__DESK_ACT__ACT_REVOCATION:
        to->node = CODEC_OPT(from->revocation, node);
        to->text = codec_view(from->revocation->reason);
        return;
    case TONGHOP__V1__DESK_ACT__ACT_REGISTER_CHANGE:
        to->rows = CODEC_OPT(from->register_change, rows);
        to->digest = codec_view(from->register_change->digest);
        return;
    case TONGHOP__V1__DESK_ACT__ACT_ENROLMENT:
        to->node = CODEC_OPT(from->enrolment, node);
        to->text = codec_view(from->enrolment->reason);
        return;
    case TONGHOP__V1__DESK_ACT__ACT__NOT_SET:
    case _TONGHOP__V1__DESK_ACT__ACT__CASE_IS_INT_SIZE:
    default:
        to->act = TH_ACT_DESK_NONE; // or one of a later version
        return;
    }
}

// ---- writing ----

static void write_collective(struct th_writer *writer, const struct th_collective *from)
{
    Tonghop__V1__Collective to = TONGHOP__V1__COLLECTIVE__INIT;
    CODEC_SET_BYTES(&to, scheme, from->scheme);
    CODEC_SET_BYTES(&to, period, from->period);
    CODEC_SET_BYTES(&to, collective, from->collective);
    CODEC_SET_BYTES(&to, kind, from->kind);
    CODEC_SET_BYTES(&to, unit, from->unit);
    CODEC_SET_OPT(&to, score, from->score);
    to.has_rating = from->rating.has;
    to.rating = (uint32_t)from->rating.value;
    CODEC_SET_NONZERO(&to, reason, (Tonghop__V1__Reason)from->reason);
    codec_pack(writer, &to.base);
}

static void write_transfer(struct th_writer *writer, const struct th_transfer *from)
{
    Tonghop__V1__Transfer to = TONGHOP__V1__TRANSFER__INIT;
    CODEC_SET_BYTES(&to, scheme, from->scheme);
    CODEC_SET_BYTES(&to, year, from->year);
    CODEC_SET_BYTES(&to, person, from->person);
    CODEC_SET_BYTES(&to, effective, from->effective);
    CODEC_SET_BYTES(&to, from_unit, from->from_unit);
    CODEC_SET_BYTES(&to, to_unit, from->to_unit);
    CODEC_SET_OPT(&to, score_sum, from->score_sum);
    to.has_scored_months = from->scored_months.has;
    to.scored_months = (uint32_t)from->scored_months.value;
    codec_pack(writer, &to.base);
}

// The digest, whose number is above that of the lines, comes last, as protoc writes it.
static void write_completion(struct th_writer *writer, const struct th_completion *from)
{
    Tonghop__V1__Completion head = TONGHOP__V1__COMPLETION__INIT;
    CODEC_SET_BYTES(&head, form, from->form);
    CODEC_SET_BYTES(&head, unit, from->unit);
    CODEC_SET_BYTES(&head, period, from->period);
    codec_pack(writer, &head.base);
    th_assert(from->line_count <= TH_COMPLETION_LINES_MAX);
    for (size_t i = 0; i < from->line_count; i++) {
        const struct th_completion_line *line = &from->lines[i];
        Tonghop__V1__CompletionLine to = TONGHOP__V1__COMPLETION_LINE__INIT;
        CODEC_SET_BYTES(&to, measure, line->measure);
        CODEC_SET_BYTES(&to, dims, line->dims);
        to.has_count = line->count.has;
        to.count = (uint64_t)line->count.value;
        CODEC_SET_OPT(&to, sum, line->sum);
        codec_pack_field(writer, COMPLETION_LINES, &to.base);
    }
    Tonghop__V1__Completion tail = TONGHOP__V1__COMPLETION__INIT;
    CODEC_SET_BYTES(&tail, digest, from->digest);
    codec_pack(writer, &tail.base);
}

static void write_unit(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__UnitVersion to = TONGHOP__V1__UNIT_VERSION__INIT;
    CODEC_SET_BYTES(&to, code, from->code);
    CODEC_SET_BYTES(&to, name, from->name);
    CODEC_SET_BYTES(&to, type, from->type);
    CODEC_SET_BYTES(&to, level, from->level);
    CODEC_SET_BYTES(&to, parent, from->parent);
    CODEC_SET_BYTES(&to, valid_from, from->valid_from);
    CODEC_SET_BYTES(&to, valid_to, from->valid_to);
    CODEC_SET_BYTES(&to, basis, from->basis);
    codec_pack(writer, &to.base);
}

static void write_successor(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__UnitSuccessor to = TONGHOP__V1__UNIT_SUCCESSOR__INIT;
    CODEC_SET_BYTES(&to, old_code, from->code);
    CODEC_SET_BYTES(&to, new_code, from->new_code);
    CODEC_SET_BYTES(&to, effective, from->effective);
    CODEC_SET_BYTES(&to, kind, from->successor);
    CODEC_SET_BYTES(&to, basis, from->basis);
    codec_pack(writer, &to.base);
}

static void write_reopen(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__ReopenGrant to = TONGHOP__V1__REOPEN_GRANT__INIT;
    CODEC_SET_BYTES(&to, unit, from->unit);
    CODEC_SET_BYTES(&to, form, from->form);
    CODEC_SET_BYTES(&to, period, from->period);
    CODEC_SET_BYTES(&to, until, from->until);
    CODEC_SET_BYTES(&to, reason, from->text);
    CODEC_SET_BYTES(&to, granted_by, from->granted_by);
    codec_pack(writer, &to.base);
}

static void write_decision(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__ReportDecision to = TONGHOP__V1__REPORT_DECISION__INIT;
    CODEC_SET_BYTES(&to, unit, from->unit);
    CODEC_SET_BYTES(&to, form, from->form);
    CODEC_SET_BYTES(&to, period, from->period);
    CODEC_SET_BYTES(&to, decision, from->decision);
    CODEC_SET_BYTES(&to, comment, from->text);
    codec_pack(writer, &to.base);
}

static void write_share(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__ShareTable to = TONGHOP__V1__SHARE_TABLE__INIT;
    CODEC_SET_BYTES(&to, old_unit, from->code);
    CODEC_SET_BYTES(&to, new_unit, from->new_code);
    CODEC_SET_BYTES(&to, effective, from->effective);
    to.has_permille = from->permille.has;
    to.permille = (uint32_t)from->permille.value;
    CODEC_SET_BYTES(&to, basis, from->basis);
    codec_pack(writer, &to.base);
}

static void write_revocation(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__Revocation to = TONGHOP__V1__REVOCATION__INIT;
    to.has_node = from->node.has;
    to.node = (uint32_t)from->node.value;
    CODEC_SET_BYTES(&to, reason, from->text);
    codec_pack(writer, &to.base);
}

static void write_enrolment(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__Enrolment to = TONGHOP__V1__ENROLMENT__INIT;
    to.has_node = from->node.has;
    to.node = (uint32_t)from->node.value;
    CODEC_SET_BYTES(&to, reason, from->text);
    codec_pack(writer, &to.base);
}

static void write_register(struct th_writer *writer, const struct th_desk_act *from)
{
    Tonghop__V1__RegisterChange to = TONGHOP__V1__REGISTER_CHANGE__INIT;
    to.has_rows = from->rows.has;
    to.rows = (uint32_t)from->rows.value;
    CODEC_SET_BYTES(&to, digest, from->digest);
    codec_pack(writer, &to.base);
}

static void write_desk(struct th_writer *writer, const struct th_desk_act *from)
{
    static void (*const WRITERS[])(struct th_writer *, const struct th_desk_act *) = {
        [TH_ACT_DESK_UNIT] = write_unit,
        [TH_ACT_DESK_SUCCESSOR] = write_successor,
        [TH_ACT_DESK_REOPEN] = write_reopen,
        [TH_ACT_DESK_DECISION] = write_decision,
        [TH_ACT_DESK_SHARE] = write_share,
        [TH_ACT_DESK_REVOCATION] = write_revocation,
        [TH_ACT_DESK_REGISTER] = write_register,
        [TH_ACT_DESK_ENROLMENT] = write_enrolment,
    };
    if (from->act == TH_ACT_DESK_NONE || from->act >= TH_COUNT(WRITERS)) {
        return;
    }
    const size_t start = writer->size;
    WRITERS[from->act](writer, from);
    codec_wrap(writer, (uint32_t)from->act, start);
}

void codec_kind_write(struct th_writer *writer, const struct th_update *update)
{
    static const uint32_t FIELDS[] = {
        [TH_KIND_COLLECTIVE] = 12,
        [TH_KIND_TRANSFER] = 13,
        [TH_KIND_COMPLETION] = 14,
        [TH_KIND_DESK] = 15,
    };
    const size_t start = writer->size;
    switch (update->kind) {
    case TH_KIND_COLLECTIVE:
        write_collective(writer, &update->collective);
        break;
    case TH_KIND_TRANSFER:
        write_transfer(writer, &update->transfer);
        break;
    case TH_KIND_COMPLETION:
        write_completion(writer, &update->completion);
        break;
    case TH_KIND_DESK:
        write_desk(writer, &update->desk);
        break;
    case TH_KIND_NONE:
    case TH_KIND_EVALUATION:
    case TH_KIND_STAFFING:
        return;
    }
    codec_wrap(writer, FIELDS[update->kind], start);
}
