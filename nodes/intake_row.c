// intake_row.c - one row: its cells, its judgement, and what it changes

#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/number.h"

#include "nodes/intake_part.h"

// ---- cells ----

struct th_bytes intake_cell(const struct intake *intake, unsigned column)
{
    return intake->row->cells[column].text;
}

struct th_bytes intake_filled(const struct intake *intake, unsigned column, const char *given)
{
    const struct th_csv_cell *cell = &intake->row->cells[column];
    return cell->column == 0 && given != NULL ? th_bytes_of(given) : cell->text;
}

static uint32_t file_column(const struct intake *intake, unsigned column)
{
    return intake->row != NULL && column < TH_CSV_COLUMNS_MAX ? intake->row->cells[column].column
                                                              : 0;
}

void intake_complain(struct intake *intake, unsigned column, const struct th_verdict *verdict)
{
    const struct th_csv_form *csv = intake->form != NULL ? intake->form->csv : NULL;
    const bool shown = csv != NULL && column < csv->count && !csv->columns[column].is_personal;
    const struct th_bytes value = shown ? intake_cell(intake, column) : (struct th_bytes){0};
    intake->bad = true;
    th_findings_error(intake->findings,
                      intake->row != NULL ? intake->row->line : 0,
                      file_column(intake, column),
                      verdict,
                      value);
}

void intake_complain_word(struct intake *intake, unsigned column)
{
    struct th_verdict verdict;
    const char *name = intake->form->csv->columns[column].name;
    th_verdict_make(&verdict, TH_V_KIND, 0, name, name, NULL);
    intake_complain(intake, column, &verdict);
}

struct th_bytes intake_needed(struct intake *intake, unsigned column, const char *given)
{
    const struct th_bytes text = intake_filled(intake, column, given);
    if (text.size == 0) {
        struct th_verdict verdict;
        const char *name = intake->form->csv->columns[column].name;
        th_verdict_make(&verdict, TH_M_CELL_EMPTY, 0, name, name, NULL);
        intake_complain(intake, column, &verdict);
    }
    return text;
}

static void complain_number(struct intake *intake, unsigned column, unsigned decimals)
{
    char hint[TH_NUMBER_HINT_BYTES];
    struct th_verdict verdict;
    const struct th_bytes text = intake_cell(intake, column);
    th_verdict_start(&verdict, TH_V_NUMBER, 0, intake->form->csv->columns[column].name);
    th_verdict_add(&verdict, text);
    th_verdict_add(&verdict, th_bytes_of(th_number_hint(text, decimals, hint)));
    intake_complain(intake, column, &verdict);
}

void intake_decimal(struct intake *intake, unsigned column, unsigned decimals, struct th_opt *to)
{
    const struct th_bytes text = intake_cell(intake, column);
    if (text.size == 0) {
        return;
    }
    if (th_number_parse_scaled(text, decimals, &to->value) != TH_OK) {
        complain_number(intake, column, decimals);
        return;
    }
    to->has = true;
}

void intake_number(struct intake *intake, unsigned column, struct th_opt *number)
{
    intake_decimal(intake, column, 0, number);
}

const struct th_measure *intake_measure(struct intake *intake, struct th_bytes code)
{
    if (code.size == 0 || code.size > TH_MEASURE_CODE_MAX) {
        return NULL;
    }
    if (!intake->measure_known || !th_bytes_equal(code, th_bytes_of(intake->measure_code))) {
        (void)th_bytes_copy_text(code, intake->measure_code, sizeof(intake->measure_code));
        intake->measure_known = th_catalogue_measure(intake->home->province->catalogue,
                                                     th_bytes_of(intake->measure_code),
                                                     &intake->measure) == TH_OK;
    }
    return intake->measure_known ? &intake->measure : NULL;
}

// ---- judgement ----

static unsigned column_of(const struct intake *intake, const char *field)
{
    if (intake->form == NULL || intake->row == NULL) {
        return TH_CSV_COLUMNS_MAX;
    }
    for (size_t i = 0; i < intake->form->field_count; i++) {
        if (strcmp(intake->form->fields[i].field, field) == 0) {
            return intake->form->fields[i].column;
        }
    }
    return (unsigned)th_csv_column_find(intake->form->csv, field);
}

static void
complete_evaluation(struct intake *intake, struct th_update *update, struct th_judged *judged)
{
    struct th_evaluation *evaluation = &update->evaluation;
    const struct th_catalogue *catalogue = intake->home->province->catalogue;
    evaluation->scheme = judged->scheme->code;
    if (th_catalogue_settings(catalogue)->person_ids != TH_PERSON_HASHED) {
        return;
    }
    const char *at = memchr(evaluation->unit.data, '@', evaluation->unit.size);
    const struct th_bytes code = {evaluation->unit.data,
                                  at != NULL ? (size_t)(at - (const char *)evaluation->unit.data)
                                             : evaluation->unit.size};
    th_person_pseudonym(
        (struct th_bytes){intake->home->person_key, sizeof(intake->home->person_key)},
        judged->person_scope_unit ? code : (struct th_bytes){0},
        evaluation->person,
        intake->pseudonym);
    evaluation->person = th_bytes_of(intake->pseudonym);
    th_hash128(judged->person, (struct th_bytes){0}, &evaluation->person, 1);
}

// What the rules completed is sealed, so that one figure has one spelling.
static void complete_staffing(struct th_update *update, const struct th_judged *judged)
{
    struct th_staffing *staffing = &update->staffing;
    staffing->dims = th_bytes_of(judged->dims);
    if (judged->withdraw || staffing->not_applicable) {
        return;
    }
    staffing->qualifier = judged->qualifier;
    staffing->value = (struct th_opt){.has = judged->has_value, .value = judged->value};
    staffing->of = (struct th_opt){.has = judged->has_of, .value = judged->of};
}

// A withdrawal is its key, basis and note.
static void strip_withdrawal(struct th_update *update)
{
    if (update->kind == TH_KIND_EVALUATION) {
        const struct th_evaluation *whole = &update->evaluation;
        update->evaluation = (struct th_evaluation){
            .scheme = whole->scheme,
            .period = whole->period,
            .unit = whole->unit,
            .category = whole->category,
            .person = whole->person,
        };
    } else {
        const struct th_staffing *whole = &update->staffing;
        update->staffing = (struct th_staffing){
            .measure = whole->measure,
            .unit = whole->unit,
            .period = whole->period,
            .dims = whole->dims,
        };
    }
}

// ---- what it changes ----

// What is known of a key: from this file, or from the figures.
struct earlier {
    bool is_known;
    bool in_file;
    bool refused;   // by the province: counts as not sent
    bool withdrawn; // the newest is a withdrawal
    bool same;      // content equals ours
    uint32_t revision;
    uint32_t line;
};

struct content {
    uint8_t room[TH_UPDATE_BYTES_MAX];
    struct th_bytes bytes; // the update without revision and time
};

static bool encode(const struct th_update *update, uint64_t revision, struct content *content)
{
    struct th_update plain = *update;
    struct th_writer out = TH_WRITER(content->room);
    plain.revision = revision;
    plain.entered_at = 0;
    th_update_write(&out, &plain);
    content->bytes = (struct th_bytes){content->room, out.size};
    return !out.overflow;
}

// Does the newest update of a figure say what update says?
static enum th_err same_as_figure(struct intake *intake,
                                  const struct th_update *update,
                                  struct th_bytes ours,
                                  const struct current *figure,
                                  struct earlier *earlier)
{
    struct content theirs;
    struct th_batch batch;
    if (encode(update, figure->revision_known, &theirs) &&
        th_bytes_equal(theirs.bytes, figure->update)) {
        earlier->same = true;
        earlier->withdrawn = update->op == TH_OP_WITHDRAW;
        return TH_OK;
    }
    th_arena_reset(&intake->arena);
    TH_TRY(th_batch_read(figure->update, &intake->arena, &batch, NULL));
    const struct th_update *stored = &batch.updates[0];
    earlier->withdrawn = stored->op == TH_OP_WITHDRAW;
    earlier->same = encode(stored, 0, &theirs) && th_bytes_equal(ours, theirs.bytes);
    return TH_OK;
}

static enum th_err look_up(struct intake *intake,
                           const struct th_update *update,
                           struct th_bytes ours,
                           struct th_bytes key,
                           struct earlier *earlier)
{
    struct current figure;
    if (!intake->has_figures) {
        return TH_OK;
    }
    if (intake->txn.mdb == NULL) { // a draft was written meanwhile
        TH_TRY(th_disk_begin_read(intake->home->disk, &intake->txn));
        TH_TRY(outbox_load(th_disk_store(&intake->txn), &intake->box));
    }
    const enum th_err err = current_get(&intake->box, key, &figure);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    earlier->is_known = true;
    earlier->refused = figure.state == CURRENT_REFUSED;
    earlier->revision =
        figure.revision_known < UINT32_MAX ? (uint32_t)figure.revision_known : UINT32_MAX;
    return same_as_figure(intake, update, ours, &figure, earlier);
}

static void complain_revision(struct intake *intake, uint64_t revision)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_REVISION, 'b', "revision");
    th_verdict_add_number(&verdict, (int64_t)revision, 0);
    intake_complain(intake, column_of(intake, "revision"), &verdict);
}

static void complain_twice(struct intake *intake, uint32_t other)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_DUPLICATE_ROW, 0, NULL);
    th_verdict_add_number(&verdict, intake->row->line, 0);
    th_verdict_add_number(&verdict, other, 0);
    intake_complain(intake, TH_CSV_COLUMNS_MAX, &verdict);
}

static void warn_skipped(struct intake *intake, uint64_t revision, uint32_t stored)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_REVISION_SKIPPED, 0, "revision");
    th_verdict_add_number(&verdict, (int64_t)revision, 0);
    th_verdict_add_number(&verdict, stored, 0);
    intake->result->skipped++;
    th_findings_add(intake->findings,
                    TH_SEVERITY_WARNING,
                    intake->row != NULL ? intake->row->line : 0,
                    file_column(intake, column_of(intake, "revision")),
                    &verdict,
                    (struct th_bytes){0});
}

// Decides whether the row is sent, and under which revision.
static bool
is_to_be_sent(struct intake *intake, const struct earlier *earlier, struct th_update *update)
{
    if (!earlier->is_known) {
        update->revision = intake->counting ? 1 : update->revision;
        return true;
    }
    if (earlier->in_file && !intake->journal) {
        intake->result->repeated += earlier->same ? 1 : 0;
        if (!earlier->same) {
            complain_twice(intake, earlier->line);
        }
        return false;
    }
    if (intake->counting) {
        if (earlier->same && !earlier->refused) {
            intake->result->unchanged++;
            return false;
        }
        if (earlier->revision == UINT32_MAX) {
            complain_revision(intake, UINT32_MAX);
            return false;
        }
        update->revision = (uint64_t)earlier->revision + 1;
        return true;
    }
    if (update->revision > earlier->revision) {
        return true;
    }
    if (earlier->same && !earlier->refused) {
        intake->result->unchanged++;
        return false;
    }
    if (update->revision < earlier->revision) {
        warn_skipped(intake, update->revision, earlier->revision);
        return false;
    }
    if (earlier->refused) {
        return true; // the same revision again: the province did not take it
    }
    complain_revision(intake, update->revision);
    return false;
}

static void
count_change(struct intake *intake, const struct earlier *earlier, const struct th_update *update)
{
    struct intake_result *result = intake->result;
    if (update->op == TH_OP_WITHDRAW) {
        result->withdrawn++;
    } else if (earlier->is_known && !earlier->refused && !earlier->withdrawn) {
        result->changed++;
    } else {
        result->fresh++;
    }
}

static enum th_err send(struct intake *intake, struct th_update *update, struct th_bytes key)
{
    if (intake->findings->total[TH_SEVERITY_ERROR] > 0) {
        return TH_OK; // nothing of this file will be queued
    }
    if (intake->options->dry_run) {
        return TH_OK;
    }
    update->entered_at = intake->now_ms;
    const uint32_t line = intake->row != NULL ? intake->row->line : 0;
    return sealer_add(&intake->sealer, update, key, line);
}

// What later rows of this file find of the key.
static void remember(struct intake *intake,
                     struct known *slot,
                     const struct known *now,
                     const struct earlier *earlier,
                     bool sent)
{
    if (sent) {
        *slot = *now;
    } else if (slot->key == 0 && earlier->same) {
        *slot = *now;
        slot->revision = earlier->revision;
    } else if (slot->key == 0) {
        known_forget(&intake->known, slot); // the figure is still what counts
    }
}

static enum th_err weigh(struct intake *intake, struct th_update *update, struct th_bytes key)
{
    struct earlier earlier = {0};
    struct known *slot = NULL;
    struct content content;
    if (!encode(update, 0, &content)) {
        return TH_E_TOO_LARGE;
    }
    struct known now = {
        .key = known_hash(&intake->known, key),
        .content = known_hash(&intake->known, content.bytes),
        .line = intake->row != NULL ? intake->row->line & INT32_MAX : 0,
        .withdrawn = update->op == TH_OP_WITHDRAW,
    };
    TH_TRY(known_slot(&intake->known, now.key, &slot));
    if (slot->key != 0) {
        earlier = (struct earlier){.is_known = true,
                                   .in_file = true,
                                   .withdrawn = slot->withdrawn,
                                   .same = slot->content == now.content,
                                   .revision = slot->revision,
                                   .line = slot->line};
    } else {
        TH_TRY(look_up(intake, update, content.bytes, key, &earlier));
    }
    const bool sent = is_to_be_sent(intake, &earlier, update);
    now.revision = (uint32_t)update->revision;
    remember(intake, slot, &now, &earlier, sent);
    intake->result->good += intake->bad ? 0 : 1;
    if (!sent) {
        return TH_OK;
    }
    count_change(intake, &earlier, update);
    return send(intake, update, key);
}

enum th_err intake_take(struct intake *intake, struct th_update *update)
{
    struct th_judged judged;
    struct th_verdict verdict;
    const enum th_err err = th_rules_judge(&intake->home->province->rules,
                                           &intake->home->grant,
                                           intake->today,
                                           update,
                                           &judged,
                                           &verdict);
    if (err == TH_E_REFUSED) {
        intake_complain(intake, column_of(intake, verdict.field), &verdict);
        return TH_OK;
    }
    TH_TRY(err);
    if (update->kind == TH_KIND_EVALUATION) {
        complete_evaluation(intake, update, &judged);
    } else {
        complete_staffing(update, &judged);
    }
    if (judged.withdraw) {
        strip_withdrawal(update);
    }
    uint8_t key[CURRENT_KEY_MAX];
    return weigh(intake, update, current_key(&judged, key));
}
