// naive_report.c - declarations that a form is complete, and what the desk says of them

#include <stdio.h>
#include <string.h>

#include "tests/support/naive_body.h"
#include "tests/support/test.h"
#include "workers/form.h"

enum { LINES_MAX = 32 };

static const char *text_of(struct th_bytes bytes)
{
    return bytes.size == 0 ? "" : bytes.data;
}

// ---- what is held ----

// Another key of a line, which is made when there is none.
static void
add_key(struct naive_line *lines, size_t *count, const struct naive_line *key, size_t max)
{
    size_t at = 0;
    while (at < *count && (strcmp(lines[at].measure, key->measure) != 0 ||
                           strcmp(lines[at].dims, key->dims) != 0)) {
        at++;
    }
    if (at == *count) {
        assert_true(at < max);
        lines[at] = *key;
        (*count)++;
        return;
    }
    lines[at].count += key->count;
    lines[at].sum += key->sum;
}

static struct naive_line line_of(const struct naive_entry *entry)
{
    struct naive_line line = {.count = 1};
    if (!entry->evaluation) {
        (void)snprintf(line.measure, sizeof(line.measure), "%s", entry->measure);
        (void)snprintf(line.dims, sizeof(line.dims), "%s", entry->dims);
        line.sum = entry->parts[0].figure.value;
        return line;
    }
    const struct th_opt score =
        entry->body ? entry->said.collective.score : entry->said.evaluation.score;
    (void)snprintf(line.measure, sizeof(line.measure), "%s", entry->body ? "EV05" : "EV01");
    (void)snprintf(line.dims,
                   sizeof(line.dims),
                   "%s=%s;scheme=%s",
                   entry->body ? "collective_kind" : "category",
                   entry->body ? text_of(entry->said.collective.kind) : entry->dims,
                   entry->measure);
    line.sum = score.has ? score.value : 0;
    return line;
}

static const struct naive_form *form_of_entry(const struct naive *naive,
                                              const struct naive_entry *entry)
{
    return naive_form_of(naive, entry->evaluation ? "EV01" : entry->measure, &entry->period);
}

size_t naive_declared(const struct naive *naive,
                      const struct naive_form *form,
                      int unit,
                      const struct ground_period *period,
                      struct naive_line *lines,
                      size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < naive->count; i++) {
        const struct naive_entry *entry = &naive->entries[i];
        if (entry->live && !entry->transfer && entry->unit == unit &&
            naive_same_period(&entry->period, period) && form_of_entry(naive, entry) == form) {
            const struct naive_line line = line_of(entry);
            add_key(lines, &count, &line, max);
        }
    }
    return count;
}

// Every line is what is held, and everything that is held has a line; one of nothing may stand.
static bool is_right(const struct naive *naive,
                     const struct naive_report *report,
                     const struct th_completion *said)
{
    struct naive_line held[LINES_MAX];
    const size_t count =
        naive_declared(naive, report->form, report->unit, &report->period, held, LINES_MAX);
    size_t met = 0;
    for (size_t i = 0; i < said->line_count; i++) {
        const struct th_completion_line *line = &said->lines[i];
        size_t at = 0;
        while (at < count && (strcmp(held[at].measure, text_of(line->measure)) != 0 ||
                              strcmp(held[at].dims, text_of(line->dims)) != 0)) {
            at++;
        }
        const bool same =
            at == count ? line->count.value == 0 && line->sum.value == 0
                        : line->count.value == held[at].count && line->sum.value == held[at].sum;
        if (!same) {
            return false;
        }
        met += at < count ? 1 : 0;
    }
    return met == count;
}

// ---- rows ----

static size_t report_at(const struct naive *naive,
                        const struct naive_form *form,
                        int unit,
                        const struct ground_period *period)
{
    size_t at = 0;
    while (at < naive->report_count &&
           (naive->reports[at].form != form || naive->reports[at].unit != unit ||
            !naive_same_period(&naive->reports[at].period, period))) {
        at++;
    }
    return at;
}

const struct naive_report *naive_report(const struct naive *naive,
                                        const char *form,
                                        int unit,
                                        const struct ground_period *period)
{
    const size_t at = report_at(naive, naive_form(naive, form), unit, period);
    return at == naive->report_count ? NULL : &naive->reports[at];
}

static struct naive_report *
report_of(struct naive *naive, const char *form, const char *unit, const char *label)
{
    const struct ground_period period = ground_period(&naive->ground, label);
    const struct naive_report fresh = {
        .form = naive_form(naive, form),
        .unit = ground_resolve(&naive->ground, unit, &period),
        .period = period,
        .state = FORM_STATE_END,
        .first = TH_DAY_NONE,
        .entered = TH_DAY_NONE,
        .until = TH_DAY_NONE,
    };
    const size_t at = report_at(naive, fresh.form, fresh.unit, &period);
    if (at == naive->report_count) {
        assert_true(at < NAIVE_REPORTS_MAX);
        naive->reports[naive->report_count++] = fresh;
    }
    return &naive->reports[at];
}

static void enter(struct naive_report *report, unsigned state, th_day today)
{
    report->state = state;
    report->entered = today;
}

void naive_touch(struct naive *naive, const struct naive_entry *entry, int unit)
{
    const size_t at = report_at(naive, form_of_entry(naive, entry), unit, &entry->period);
    if (at < naive->report_count &&
        (naive->reports[at].state == FORM_SUBMITTED || naive->reports[at].state == FORM_ACCEPTED)) {
        enter(&naive->reports[at], FORM_CHANGED, naive->province->today);
    }
}

// ---- closing ----

static bool is_closed(const struct naive *naive,
                      const struct naive_form *form,
                      int unit,
                      const struct ground_period *period)
{
    const th_day today = naive->province->today;
    const th_day opened = naive->province->opened;
    if (form == NULL || form->close_days == 0 || opened == TH_DAY_NONE) {
        return false;
    }
    const th_day last = th_day_of(
        (struct th_date){period->end / 10000, period->end / 100 % 100, period->end % 100});
    if (today <= (opened > last ? opened : last) + form->close_days) {
        return false;
    }
    const size_t at = report_at(naive, form, unit, period);
    if (at == naive->report_count) {
        return true;
    }
    const struct naive_report *report = &naive->reports[at];
    return !(report->opening.revision > 0 && today <= report->until) &&
           !(report->state == FORM_RETURNED && today <= report->entered + form->return_days);
}

bool naive_is_closed(const struct naive *naive, const struct naive_entry *entry, int unit)
{
    return is_closed(naive, form_of_entry(naive, entry), unit, &entry->period);
}

// ---- statements ----

static void mix(uint64_t *hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) {
        *hash = (*hash ^ at[i]) * UINT64_C(0x100000001b3);
    }
    *hash = (*hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static struct naive_said said_of(const struct th_update *update)
{
    struct naive_said said = {.revision = update->revision,
                              .live = update->op != TH_OP_WITHDRAW,
                              .content = UINT64_C(0xcbf29ce484222325)};
    mix(&said.content, &said.live, sizeof(said.live));
    mix(&said.content, text_of(update->note), update->note.size);
    if (update->kind == TH_KIND_DESK) {
        mix(&said.content, text_of(update->desk.decision), update->desk.decision.size);
        mix(&said.content, text_of(update->desk.until), update->desk.until.size);
        mix(&said.content, text_of(update->desk.text), update->desk.text.size);
        return said;
    }
    for (size_t i = 0; said.live && i < update->completion.line_count; i++) {
        const struct th_completion_line *line = &update->completion.lines[i];
        mix(&said.content, text_of(line->measure), line->measure.size);
        mix(&said.content, text_of(line->dims), line->dims.size);
        mix(&said.content, &line->count.value, sizeof(line->count.value));
        mix(&said.content, &line->sum.value, sizeof(line->sum.value));
    }
    return said;
}

// V22: 0 it is newer, 1 the same again, or the code.
static unsigned news(const struct naive_said *kept, const struct naive_said *fresh)
{
    return fresh->revision > kept->revision ? 0 : fresh->content == kept->content ? 1 : 2222;
}

unsigned naive_apply_report(struct naive *naive, const struct th_update *update)
{
    const struct th_completion *completion = &update->completion;
    struct naive_report *report = report_of(
        naive, text_of(completion->form), text_of(completion->unit), text_of(completion->period));
    const struct naive_said said = said_of(update);
    const unsigned old = news(&report->declared, &said);
    const bool was = report->declared.live;
    if (old != 0) {
        return old == 1 ? 0 : old;
    }
    if (is_closed(naive, report->form, report->unit, &report->period)) {
        return 2221;
    }
    if (said.live && !is_right(naive, report, completion)) {
        return 2220;
    }
    report->declared = said;
    report->exists = true;
    if (!said.live) {
        report->first = TH_DAY_NONE;
        enter(report, FORM_OPEN, naive->province->today);
        return was ? 0 : 2338;
    }
    report->first = report->first == TH_DAY_NONE ? naive->province->today : report->first;
    if (report->state != FORM_ACCEPTED) {
        enter(report, FORM_SUBMITTED, naive->province->today);
    }
    return 0;
}

unsigned naive_apply_act(struct naive *naive, const struct th_update *update)
{
    const struct th_desk_act *act = &update->desk;
    struct naive_report *report =
        report_of(naive, text_of(act->form), text_of(act->unit), text_of(act->period));
    const struct naive_said said = said_of(update);
    const bool reopens = act->act == TH_ACT_DESK_REOPEN;
    const bool returns = strcmp(text_of(act->decision), "return") == 0;
    struct naive_said *kept = reopens ? &report->opening : &report->decided;
    const unsigned old = news(kept, &said);
    if (old != 0) {
        return old == 1 ? 0 : old;
    }
    if (!reopens && !(report->declared.live && (returns || report->state == FORM_SUBMITTED))) {
        return 2241;
    }
    *kept = said;
    if (reopens) {
        EXPECT(TH_OK, th_day_parse(act->until, &report->until));
    } else {
        enter(report, returns ? FORM_RETURNED : FORM_ACCEPTED, naive->province->today);
    }
    return 0;
}
