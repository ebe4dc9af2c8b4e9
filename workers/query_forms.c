// query_forms.c - how far each unit is with its forms
//
// Asked for are forms, periods and units; a period that is not named is looked at when there is
// anything of it: a figure, a declaration or a grant. Of each form and period every reporter has
// its line, and so has every other unit that declared it.

#include <stdlib.h>
#include <string.h>

#include "workers/form.h"
#include "workers/query_body.h"
#include "workers/record.h"

// A form in a period.
struct report {
    const struct th_form *form;
    struct th_period period;
};

struct reports {
    struct reading *reading;
    const struct th_province *province;
    const struct th_form *only; // NULL: every form
    th_day today;
    struct report *items;
    size_t count;
    size_t max;
    // The present one.
    struct report at;
    struct th_form_days days;
    th_day structure;
};

static void reports_free(struct reports *reports)
{
    free(reports->items);
}

// ---- which reports ----

static bool period_wanted(const struct reports *reports, struct th_period period)
{
    const struct th_query *query = reports->reading->query;
    char text[TH_PERIOD_TEXT_BYTES];
    const struct th_bytes label = th_bytes_of(th_period_text(period, text));
    bool wanted = query->period_count == 0;
    for (size_t i = 0; i < query->period_count && !wanted; i++) {
        wanted = th_text_matches(label, query->periods[i]);
    }
    return wanted;
}

static enum th_err
add_report(struct reports *reports, const struct th_form *form, struct th_period period)
{
    if (form == NULL || (reports->only != NULL && form != reports->only) ||
        !period_wanted(reports, period)) {
        return TH_OK;
    }
    void *items = reports->items;
    TH_TRY(answer_room(
        reports->reading->answer, &items, reports->count, &reports->max, sizeof(*reports->items)));
    reports->items = items;
    reports->items[reports->count++] = (struct report){form, period};
    return TH_OK;
}

// Labels without a pattern are asked for whether there is anything or not.
static enum th_err add_named(struct reports *reports)
{
    const struct th_query *query = reports->reading->query;
    const struct th_catalogue *catalogue = reports->province->catalogue;
    for (size_t i = 0; i < query->period_count; i++) {
        struct th_period period;
        if (th_period_parse(query->periods[i], &period) != TH_OK) {
            if (memchr(query->periods[i].data, '*', query->periods[i].size) == NULL) {
                answer_refuse(reports->reading->answer, TH_M_UNKNOWN_WORD, query->periods[i]);
                return TH_E_REFUSED;
            }
            continue;
        }
        for (size_t k = 0; k < th_catalogue_form_count(catalogue); k++) {
            const struct th_form *form = th_catalogue_form_at(catalogue, k);
            if ((form->period_types & th_period_bit(period.type)) != 0) {
                TH_TRY(add_report(reports, form, period));
            }
        }
    }
    return TH_OK;
}

// Forms of the figures that are there: a topic is a measure in a period.
static enum th_err add_of_topics(struct reports *reports)
{
    const struct reading *reading = reports->reading;
    const struct th_catalogue *catalogue = reports->province->catalogue;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err =
        th_store_seek(reading->store, TABLE_TOPIC, (struct th_bytes){0}, &key, &value);
    for (; err == TH_OK; err = th_store_next(reading->store, TABLE_TOPIC, key, &key, &value)) {
        struct topic_key at;
        struct th_measure measure;
        TH_TRY(key_read_topic(key, &at));
        if (th_group_is(at.measure)) {
            TH_TRY(
                add_report(reports, th_catalogue_evaluation_form(catalogue, at.period), at.period));
        } else if (th_catalogue_measure(catalogue, at.measure, &measure) == TH_OK) {
            TH_TRY(add_report(reports, measure.form, at.period));
        }
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err add_of_table(struct reports *reports, unsigned table)
{
    const struct reading *reading = reports->reading;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(reading->store, table, (struct th_bytes){0}, &key, &value);
    for (; err == TH_OK; err = th_store_next(reading->store, table, key, &key, &value)) {
        struct form_key at;
        TH_TRY(key_read_form(key, &at));
        TH_TRY(add_report(
            reports, th_catalogue_form(reports->province->catalogue, at.form), at.period));
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// In the order of the catalogue, then by period as keys sort.
static int compare_reports(const void *a, const void *b)
{
    const struct report *left = a;
    const struct report *right = b;
    uint8_t keys[2][TH_PERIOD_KEY_BYTES];
    if (left->form != right->form) {
        return left->form < right->form ? -1 : 1;
    }
    th_period_pack(left->period, keys[0]);
    th_period_pack(right->period, keys[1]);
    return memcmp(keys[0], keys[1], sizeof(keys[0]));
}

static enum th_err find_reports(struct reports *reports)
{
    TH_TRY(add_named(reports));
    TH_TRY(add_of_topics(reports));
    TH_TRY(add_of_table(reports, TABLE_FORM));
    TH_TRY(add_of_table(reports, TABLE_OPENING));
    if (reports->count > 0) {
        qsort(reports->items, reports->count, sizeof(*reports->items), compare_reports);
    }
    return TH_OK;
}

// ---- one unit ----

// Has the unit itself a live record of the form?
static enum th_err has_figure(const struct reports *reports, uint32_t uid, bool *has)
{
    const struct reading *reading = reports->reading;
    const struct th_catalogue *catalogue = reports->province->catalogue;
    const struct th_bytes none = {0};
    const struct key prefix = key_of_record(uid, reports->at.period, none, none, NULL);
    const bool rates =
        th_catalogue_evaluation_form(catalogue, reports->at.period) == reports->at.form;
    static const unsigned TABLES[] = {TABLE_STAFFING, TABLE_EVALUATION};
    *has = false;
    for (size_t i = 0; i < (rates ? TH_COUNT(TABLES) : 1); i++) {
        struct th_bytes key;
        struct th_bytes value;
        enum th_err err = th_store_seek(reading->store, TABLES[i], key_view(&prefix), &key, &value);
        while (err == TH_OK && th_bytes_begins(key, key_view(&prefix))) {
            struct record record;
            struct figure_key at;
            struct th_measure measure = {.form = reports->at.form};
            TH_TRY(th_check_open(&reading->check, TABLES[i], key, &value));
            TH_TRY(record_read(TABLES[i], value, &record));
            if (TABLES[i] == TABLE_STAFFING) {
                TH_TRY(key_read_figure(key, &at));
                if (th_catalogue_measure(catalogue, at.measure, &measure) != TH_OK) {
                    measure.form = NULL;
                }
            }
            if (record.live && measure.form == reports->at.form) {
                *has = true;
                return TH_OK;
            }
            err = th_store_next(reading->store, TABLES[i], key, &key, &value);
        }
        if (err != TH_OK && err != TH_E_NOT_FOUND) {
            return err;
        }
    }
    return TH_OK;
}

// What the two tables say of a unit; the defaults when they say nothing.
static enum th_err read_rows(
    const struct reports *reports, uint32_t uid, struct form_row *row, bool *has, th_day *until)
{
    const struct reading *reading = reports->reading;
    const struct key key = key_of_form(reports->at.form->code, reports->at.period, uid);
    struct th_bytes value;
    struct opening_row opening;
    *row = (struct form_row){.first = TH_DAY_NONE, .entered = TH_DAY_NONE};
    *until = TH_DAY_NONE;
    enum th_err err =
        th_check_get(&reading->check, reading->store, TABLE_OPENING, key_view(&key), &value);
    if (err == TH_OK) {
        TH_TRY(opening_read(value, &opening));
        *until = opening.until >= reports->today ? opening.until : TH_DAY_NONE;
    } else if (err != TH_E_NOT_FOUND) {
        return err;
    }
    err = th_check_get(&reading->check, reading->store, TABLE_FORM, key_view(&key), &value);
    *has = err == TH_OK;
    return err == TH_OK ? form_read(value, row) : err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err hold_day(struct answer *answer, th_day day, struct th_bytes *held)
{
    char text[TH_DAY_TEXT_BYTES];
    return answer_hold(answer, th_bytes_of(th_day_text(day, text)), held);
}

// On time, or so many days late: from the first declaration, or until today while there is none.
static void
take_times(const struct reports *reports, const struct form_row *row, struct th_form_state *state)
{
    const th_day due = reports->days.due;
    const th_day reached = row->first != TH_DAY_NONE ? row->first : reports->today;
    state->on_time = row->first != TH_DAY_NONE && row->first <= due;
    state->late_days = state->expected && reached > due ? (uint32_t)(reached - due) : 0;
}

static const char *state_word(const struct form_row *row, bool has_row, bool has_figure)
{
    if (has_row && row->state != FORM_OPEN) {
        return FORM_STATE_WORDS[row->state];
    }
    return has_figure ? FORM_STATE_WORDS[FORM_OPEN] : "none";
}

static enum th_err hold_texts(const struct reports *reports,
                              const struct form_row *row,
                              uint32_t uid,
                              struct th_form_state *state)
{
    struct answer *answer = reports->reading->answer;
    char period[TH_PERIOD_TEXT_BYTES];
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(reports->province->reg, uid, reports->at.period, label);
    TH_TRY(answer_hold(answer, reports->at.form->code, &state->form));
    TH_TRY(answer_hold(
        answer, th_bytes_of(th_period_text(reports->at.period, period)), &state->period));
    TH_TRY(answer_hold(answer, th_bytes_of(label), &state->unit));
    TH_TRY(hold_day(answer, row->first, &state->first));
    TH_TRY(hold_day(answer, row->entered, &state->since));
    TH_TRY(hold_day(answer, reports->days.due, &state->due));
    TH_TRY(hold_day(answer, reports->days.close, &state->close));
    return answer_hold(answer, row->comment, &state->comment);
}

static enum th_err add_unit(struct reports *reports, uint32_t uid, bool expected)
{
    struct answer *answer = reports->reading->answer;
    struct form_row row;
    bool has_row = false;
    bool figure = false;
    th_day until = TH_DAY_NONE;
    TH_TRY(read_rows(reports, uid, &row, &has_row, &until));
    TH_TRY(has_figure(reports, uid, &figure));
    if (row.state == FORM_RETURNED) {
        const th_day again = th_form_open_until(reports->at.form, row.entered);
        until = again >= reports->today && (until == TH_DAY_NONE || again > until) ? again : until;
    }
    void *list = answer->forms;
    TH_TRY(
        answer_room(answer, &list, answer->form_count, &answer->form_max, sizeof(*answer->forms)));
    answer->forms = list;
    struct th_form_state *state = &answer->forms[answer->form_count];
    *state = (struct th_form_state){
        .uid = uid,
        .state = th_bytes_of(state_word(&row, has_row, figure)),
        .expected = expected,
        .closed = reports->today > reports->days.close && until == TH_DAY_NONE,
        .figures = row.keys,
    };
    take_times(reports, &row, state);
    TH_TRY(hold_texts(reports, &row, uid, state));
    TH_TRY(hold_day(answer, until, &state->grant_until));
    answer->form_count++;
    return TH_OK;
}

// ---- which units ----

static bool unit_wanted(const struct reports *reports, uint32_t uid)
{
    const struct th_query *query = reports->reading->query;
    const struct th_province *province = reports->province;
    bool wanted = query->unit_count == 0;
    for (size_t i = 0; i < query->unit_count && !wanted; i++) {
        const struct th_resolved resolved =
            th_register_resolve(province->reg, query->units[i], reports->at.period, true);
        wanted = resolved.result == TH_RESOLVED &&
                 (uid == resolved.uid ||
                  th_register_is_below(province->reg, uid, resolved.uid, reports->structure));
    }
    return wanted;
}

// The depth of a register is bounded, and so is this walk.
// NOLINTNEXTLINE(misc-no-recursion)
static enum th_err add_reporters(struct reports *reports, uint32_t uid)
{
    const struct th_province *province = reports->province;
    if (th_form_is_reporter(
            reports->at.form, province->reg, province->root, uid, reports->structure) &&
        unit_wanted(reports, uid)) {
        TH_TRY(add_unit(reports, uid, true));
    }
    struct th_children children = th_register_children(province->reg, uid, reports->structure);
    for (uint32_t child = th_children_next(province->reg, &children); child != TH_UNIT_NONE;
         child = th_children_next(province->reg, &children)) {
        TH_TRY(add_reporters(reports, child));
    }
    return TH_OK;
}

// Who declared it although nobody expects that.
static enum th_err add_others(struct reports *reports)
{
    const struct reading *reading = reports->reading;
    const struct th_province *province = reports->province;
    const struct key first = key_of_form(reports->at.form->code, reports->at.period, 0);
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(reading->store, TABLE_FORM, key_view(&first), &key, &value);
    for (; err == TH_OK; err = th_store_next(reading->store, TABLE_FORM, key, &key, &value)) {
        struct form_key at;
        TH_TRY(key_read_form(key, &at));
        if (!th_bytes_equal(at.form, reports->at.form->code) ||
            !th_period_equal(at.period, reports->at.period)) {
            return TH_OK;
        }
        if (!th_form_is_reporter(
                reports->at.form, province->reg, province->root, at.uid, reports->structure) &&
            unit_wanted(reports, at.uid)) {
            TH_TRY(add_unit(reports, at.uid, false));
        }
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err take_report(struct reports *reports, const struct report *report)
{
    const struct th_province *province = reports->province;
    reports->at = *report;
    reports->days = th_form_days(report->form,
                                 th_form_scheme(province->catalogue, report->form, report->period),
                                 report->period,
                                 province->closes ? province->opened : TH_DAY_NONE);
    reports->structure = th_register_structure_day(province->reg, province->root, report->period);
    TH_TRY(add_reporters(reports, province->root));
    return add_others(reports);
}

// ---- the question ----

static enum th_err read_question(struct reports *reports)
{
    const struct th_query *query = reports->reading->query;
    struct answer *answer = reports->reading->answer;
    if (query->form.size > 0) {
        reports->only = th_catalogue_form(reports->province->catalogue, query->form);
        if (reports->only == NULL) {
            answer_refuse(answer, TH_M_UNKNOWN_WORD, query->form);
            return TH_E_REFUSED;
        }
    }
    for (size_t i = 0; i < query->unit_count; i++) {
        struct th_bytes code;
        th_day day = TH_DAY_NONE;
        uint32_t uid = TH_UNIT_NONE;
        if (th_unit_ref_parse(query->units[i], &code, &day) != TH_OK ||
            th_register_with_code(reports->province->reg, code, &uid, 1) == 0) {
            answer_refuse(answer, TH_M_UNKNOWN_WORD, query->units[i]);
            return TH_E_REFUSED;
        }
    }
    return TH_OK;
}

enum th_err query_forms(struct reading *reading)
{
    TH_SCOPED(reports_free)
    struct reports reports = {
        .reading = reading,
        .province = reading->answer->province.province,
        .today = th_province_today(reading->answer->province.province, reading->now_ms),
    };
    TH_TRY(read_question(&reports));
    TH_TRY(find_reports(&reports));
    for (size_t i = 0; i < reports.count; i++) {
        if (i == 0 || compare_reports(&reports.items[i - 1], &reports.items[i]) != 0) {
            TH_TRY(take_report(&reports, &reports.items[i]));
        }
    }
    return TH_OK;
}
