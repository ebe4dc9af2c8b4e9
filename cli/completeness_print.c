// completeness_print.c - completeness as a table, CSV, JSON or JSON lines

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/day.h"
#include "tonghop/number.h"
#include "tonghop/row.h"
#include "tonghop/sheet.h"

#include "cli/completeness_part.h"

enum { NUMBER_BYTES = 24, UNITS_LINE = 12 };

// ---- what is counted ----

bool completed_is(const struct th_form_state *state)
{
    return th_bytes_equal(state->state, TH_BYTES("submitted")) ||
           th_bytes_equal(state->state, TH_BYTES("accepted"));
}

static bool is_returned(const struct th_form_state *state)
{
    return th_bytes_equal(state->state, TH_BYTES("returned"));
}

struct completed completed_next(const struct completeness *completeness, size_t *at)
{
    struct completed completed = {.rows = &completeness->rows[*at]};
    const struct th_form_state *first = completed.rows;
    for (; *at < completeness->count; *at += 1) {
        const struct th_form_state *row = &completeness->rows[*at];
        if (!th_bytes_equal(row->form, first->form) ||
            !th_bytes_equal(row->period, first->period)) {
            break;
        }
        completed.count++;
        completed.returned += is_returned(row) ? 1 : 0;
        if (row->expected) {
            completed.expected++;
            completed.complete += completed_is(row) ? 1 : 0;
            completed.on_time += row->on_time ? 1 : 0;
            completed.late += row->late_days > 0 ? 1 : 0;
        }
    }
    return completed;
}

struct th_bytes completed_name(const struct completeness *completeness,
                               const struct th_form_state *state)
{
    const struct th_register *reg = completeness->viewer.province->reg;
    struct th_period period;
    struct th_unit unit;
    if (th_period_parse(state->period, &period) != TH_OK || state->uid == TH_UNIT_NONE ||
        state->uid > th_register_unit_count(reg)) {
        return (struct th_bytes){0};
    }
    const th_day day = th_register_structure_day(reg, state->uid, period);
    return th_register_on(reg, state->uid, day, &unit) == TH_OK ? unit.name : (struct th_bytes){0};
}

// ---- one line a unit ----

static const struct th_sheet_column UNIT_COLUMNS[] = {
    {"form", {"biểu", "form"}, false},
    {"period", {"kỳ", "period"}, false},
    {"unit_code", {"đơn vị", "unit"}, false},
    {"state", {"trạng thái", "state"}, false},
    {"expected", {"phải nộp", "expected"}, true},
    {"first", {"nộp lần đầu", "first"}, false},
    {"since", {"từ ngày", "since"}, false},
    {"due", {"hạn", "due"}, false},
    {"close", {"khóa", "close"}, false},
    {"on_time", {"đúng hạn", "on time"}, true},
    {"late_days", {"chậm (ngày)", "days late"}, true},
    {"closed", {"đã khóa", "closed"}, true},
    {"grant_until", {"mở lại đến", "open until"}, false},
    {"figures", {"số liệu", "figures"}, true},
    {"comment", {"nhận xét", "comment"}, false},
    {"version", {"phiên bản", "version"}, true},
};

static struct th_bytes number(uint64_t value, char out[static NUMBER_BYTES])
{
    (void)snprintf(out, NUMBER_BYTES, "%" PRIu64, value);
    return th_bytes_of(out);
}

static struct th_bytes flag(bool set)
{
    return set ? TH_BYTES("1") : TH_BYTES("0");
}

static enum th_err add_unit(struct th_sheet *sheet,
                            const struct completeness *completeness,
                            const struct th_form_state *row)
{
    char days[NUMBER_BYTES];
    char figures[NUMBER_BYTES];
    char version[NUMBER_BYTES];
    const struct th_bytes cells[TH_COUNT(UNIT_COLUMNS)] = {
        row->form,
        row->period,
        row->unit,
        row->state,
        flag(row->expected),
        row->first,
        row->since,
        row->due,
        row->close,
        flag(row->on_time),
        number(row->late_days, days),
        flag(row->closed),
        row->grant_until,
        number(row->figures, figures),
        row->comment,
        number(completeness->version, version),
    };
    return th_sheet_add(sheet, cells);
}

static enum th_err print_units(const struct completeness *completeness)
{
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(UNIT_COLUMNS, TH_COUNT(UNIT_COLUMNS));
    const bool late = th_call_flag(completeness->call, "late");
    for (size_t i = 0; i < completeness->count; i++) {
        if (!late || completeness->rows[i].late_days > 0) {
            TH_TRY(add_unit(&sheet, completeness, &completeness->rows[i]));
        }
    }
    return th_sheet_print(&sheet, completeness->call, stdout);
}

// ---- JSON: one object a form and period ----

static void json_member(const char *name, struct th_bytes text)
{
    (void)printf(",\"%s\":", name);
    if (text.size == 0) {
        (void)fputs("null", stdout);
    } else {
        th_row_text(stdout, text);
    }
}

static void
json_units(const struct completeness *completeness, const struct completed *completed, bool late)
{
    bool first = true;
    (void)printf(",\"%s\":[", late ? "late" : "returned");
    for (size_t i = 0; i < completed->count; i++) {
        const struct th_form_state *row = &completed->rows[i];
        if (late ? row->late_days == 0 : !is_returned(row)) {
            continue;
        }
        (void)fputs(first ? "{\"unit\":" : ",{\"unit\":", stdout);
        th_row_text(stdout, row->unit);
        json_member("name", completed_name(completeness, row));
        json_member("state", row->state);
        if (late) {
            json_member("due", row->due);
            (void)printf(",\"days\":%" PRIu32, row->late_days);
        } else {
            json_member("until", row->grant_until);
            json_member("comment", row->comment);
        }
        (void)fputs("}", stdout);
        first = false;
    }
    (void)fputs("]", stdout);
}

static void json_counts(const struct completeness *completeness, const struct completed *completed)
{
    (void)printf("\"form\":");
    th_row_text(stdout, completed->rows[0].form);
    json_member("period", completed->rows[0].period);
    json_member("due", completed->rows[0].due);
    json_member("close", completed->rows[0].close);
    (void)printf(",\"expected\":%" PRIu64 ",\"reported\":%" PRIu64 ",\"on_time\":%" PRIu64,
                 completed->expected,
                 completed->complete,
                 completed->on_time);
    json_units(completeness, completed, true);
    json_units(completeness, completed, false);
}

// Of one form and period asked for by name it is the object itself.
static enum th_err print_json(const struct completeness *completeness)
{
    const struct th_value *periods = th_call_value(completeness->call, "period");
    const bool one = th_call_text(completeness->call, "form") != NULL && periods->list_count == 1 &&
                     strchr(periods->list[0], '*') == NULL && completeness->count > 0;
    size_t at = 0;
    (void)printf("{\"version\":%" PRIu64 ",", completeness->version);
    if (one) {
        const struct completed completed = completed_next(completeness, &at);
        json_counts(completeness, &completed);
        (void)fputs("}\n", stdout);
        return TH_OK;
    }
    (void)fputs("\"forms\":[", stdout);
    while (at < completeness->count) {
        (void)fputs(at == 0 ? "\n{" : ",\n{", stdout);
        const struct completed completed = completed_next(completeness, &at);
        json_counts(completeness, &completed);
        (void)fputs("}", stdout);
    }
    (void)fputs("]}\n", stdout);
    return TH_OK;
}

// ---- for people ----

static const struct th_sheet_column REPORT_COLUMNS[] = {
    {"form", {"Biểu", "Form"}, false},
    {"period", {"Kỳ", "Period"}, false},
    {"due", {"Hạn", "Due"}, false},
    {"complete", {"Đã nộp đủ", "Complete"}, true},
    {"share", {"Tỷ lệ", "Share"}, true},
    {"on_time", {"Đúng hạn", "On time"}, true},
    {"late", {"Chậm", "Late"}, true},
    {"returned", {"Trả lại", "Returned"}, true},
};

static struct th_bytes people_day(const struct completeness *completeness,
                                  struct th_bytes text,
                                  char out[static TH_DAY_TEXT_BYTES])
{
    th_day day = TH_DAY_NONE;
    return th_day_parse(text, &day) == TH_OK
               ? th_bytes_of(th_day_people(completeness->call->lang, day, out))
               : TH_BYTES("—");
}

static enum th_err add_report(struct th_sheet *sheet,
                              const struct completeness *completeness,
                              const struct completed *completed)
{
    char due[TH_DAY_TEXT_BYTES];
    char complete[2 * NUMBER_BYTES];
    char share[NUMBER_BYTES] = "—";
    char on_time[NUMBER_BYTES];
    char late[NUMBER_BYTES];
    char returned[NUMBER_BYTES];
    (void)snprintf(complete,
                   sizeof(complete),
                   "%" PRIu64 "/%" PRIu64,
                   completed->complete,
                   completed->expected);
    if (completed->expected > 0) { // permille, half up
        const uint64_t tenths =
            (2000 * completed->complete + completed->expected) / (2 * completed->expected);
        (void)snprintf(share,
                       sizeof(share),
                       completeness->call->lang == TH_LANG_VI ? "%" PRIu64 ",%" PRIu64 "%%"
                                                              : "%" PRIu64 ".%" PRIu64 "%%",
                       tenths / 10,
                       tenths % 10);
    }
    const struct th_bytes cells[TH_COUNT(REPORT_COLUMNS)] = {
        completed->rows[0].form,
        completed->rows[0].period,
        people_day(completeness, completed->rows[0].due, due),
        th_bytes_of(complete),
        th_bytes_of(share),
        number(completed->on_time, on_time),
        number(completed->late, late),
        number(completed->returned, returned),
    };
    return th_sheet_add(sheet, cells);
}

static void say_unit(const struct completeness *completeness, const struct th_form_state *row)
{
    const bool vi = completeness->call->lang == TH_LANG_VI;
    const struct th_bytes name = completed_name(completeness, row);
    char comment[6 * TH_COMMENT_MAX];
    char day[TH_DAY_TEXT_BYTES];
    (void)printf("  %.*s %.*s: ",
                 (int)row->unit.size,
                 (const char *)row->unit.data,
                 (int)name.size,
                 (const char *)name.data);
    if (is_returned(row)) {
        (void)th_text_escape(row->comment, comment, sizeof(comment));
        const struct th_bytes until = people_day(completeness, row->grant_until, day);
        (void)printf(vi ? "trả lại, mở đến %.*s: “%s”\n" : "returned, open until %.*s: “%s”\n",
                     (int)until.size,
                     (const char *)until.data,
                     comment);
        return;
    }
    const struct th_bytes first = people_day(completeness, row->first, day);
    if (row->first.size > 0) {
        (void)printf(vi ? "chậm %" PRIu32 " ngày (nộp %.*s)\n" : "%" PRIu32 " days late (%.*s)\n",
                     row->late_days,
                     (int)first.size,
                     (const char *)first.data);
    } else {
        (void)printf(vi ? "chưa nộp, quá hạn %" PRIu32 " ngày\n"
                        : "not submitted, %" PRIu32 " days overdue\n",
                     row->late_days);
    }
}

// Below the table: who is late, and what was returned.
static void say_units(const struct completeness *completeness, const struct completed *completed)
{
    size_t named = 0;
    const bool all = th_call_flag(completeness->call, "late");
    for (size_t i = 0; i < completed->count; i++) {
        const struct th_form_state *row = &completed->rows[i];
        if (row->late_days == 0 && !is_returned(row)) {
            continue;
        }
        if (named == 0) {
            (void)printf("\n%.*s · %.*s\n",
                         (int)row->form.size,
                         (const char *)row->form.data,
                         (int)row->period.size,
                         (const char *)row->period.data);
        }
        if (named++ < UNITS_LINE || all) {
            say_unit(completeness, row);
        }
    }
    if (named > UNITS_LINE && !all) {
        (void)printf(completeness->call->lang == TH_LANG_VI ? "  … và %zu đơn vị nữa: --late\n"
                                                            : "  … and %zu more: --late\n",
                     named - UNITS_LINE);
    }
}

static enum th_err print_people(const struct completeness *completeness)
{
    TH_SCOPED(th_sheet_free)
    struct th_sheet sheet = th_sheet_of(REPORT_COLUMNS, TH_COUNT(REPORT_COLUMNS));
    if (completeness->count == 0) {
        (void)puts(completeness->call->lang == TH_LANG_VI ? "chưa có báo cáo nào"
                                                          : "no reports yet");
        return TH_OK;
    }
    for (size_t at = 0; at < completeness->count;) {
        const struct completed completed = completed_next(completeness, &at);
        TH_TRY(add_report(&sheet, completeness, &completed));
    }
    TH_TRY(th_sheet_print(&sheet, completeness->call, stdout));
    for (size_t at = 0; at < completeness->count;) {
        const struct completed completed = completed_next(completeness, &at);
        say_units(completeness, &completed);
    }
    return TH_OK;
}

enum th_err completeness_print(const struct completeness *completeness)
{
    const char *format = completeness->call->format;
    if (th_sheet_is_table(completeness->call, stdout)) {
        return print_people(completeness);
    }
    return format != NULL && strcmp(format, "json") == 0 ? print_json(completeness)
                                                         : print_units(completeness);
}
