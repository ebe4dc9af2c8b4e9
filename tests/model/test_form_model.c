// test_form_model.c - reports of forms through any history: what is taken, and what becomes of them
//
// Two units and five periods, of which some close while we look: figures, declarations that are
// right or wrong, decisions and grants of the desk, repeated and stale ones, days that pass, turns
// that are lost. The naive model knows the verdict of each, and each report's state.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/test.h"

enum { HISTORIES = 8, STEPS = 400, MEASURES = 2, CLOSE_DAYS = 60, RETURN_DAYS = 14, OF = 100 };

static const char *const ROSTER[] = {"D1;D2"};
static const char *const UNITS[] = {"D1", "D2"};
static const char *const CODES[MEASURES] = {"N1", "W1"};
// With the last day of each; the province opened in 2026, so that 2025 closes 60 days after that.
static const struct {
    const char *label, *from;
} PERIODS[] = {{"2025", "2026-01-01"},
               {"2026-06", "2026-06-30"},
               {"2026-07", "2026-07-31"},
               {"2026-08", "2026-08-31"},
               {"2026-09-01", "2026-09-01"}};
static const char *const TEXTS[] = {"look again", "an inspection", "it is the same as last year's"};

struct kept {
    uint64_t revision; // 0: never said
    bool live;
    int64_t content;
};

struct report {
    struct kept figures[MEASURES];
    struct kept declared, decided, opening;
    enum form_state state; // FORM_STATE_END: never declared
    th_day first, entered, until;
};

struct model {
    struct rng rng;
    struct province *p;
    struct player players[2]; // the desk, the office
    struct report reports[TH_COUNT(UNITS)][TH_COUNT(PERIODS)];
    unsigned closed, refused, lost;
};

// One step: what is said, and what it would make of the report.
struct step {
    struct th_update update;
    struct declared said;
    char until[TH_DAY_TEXT_BYTES];
    size_t unit, period;
    bool by_desk;
    unsigned wanted;
    struct report after;
};

// ---- the naive model ----

static bool is_closed(const struct model *m, const struct step *step)
{
    const struct report *report = &step->after;
    const th_day today = m->p->today;
    const bool granted = report->opening.revision > 0 && today <= report->until;
    const bool returned = report->state == FORM_RETURNED && today <= report->entered + RETURN_DAYS;
    return today > day_of(PERIODS[step->period].from) + CLOSE_DAYS && !granted && !returned;
}

// V22: 0 newer, 1 the same again, or the code.
static unsigned news(const struct kept *kept, const struct kept *fresh)
{
    if (fresh->revision > kept->revision) {
        return 0;
    }
    const bool same =
        fresh->live == kept->live && (!fresh->live || fresh->content == kept->content);
    return same ? 1 : TH_V_REVISION;
}

// A revision: mostly the next one.
static uint64_t pick_revision(struct model *m, const struct kept *kept)
{
    const uint64_t next = kept->revision + 1;
    if (kept->revision == 0 || rng_chance(&m->rng, 80)) {
        return next + (rng_chance(&m->rng, 10) ? 3 : 0);
    }
    return (uint64_t)rng_between(&m->rng, 1, (int64_t)kept->revision);
}

static void enter(struct report *report, enum form_state state, th_day today)
{
    report->state = state;
    report->entered = today;
}

static void say_figure(struct model *m, struct step *step)
{
    struct report *report = &step->after;
    const size_t at = rng_below(&m->rng, MEASURES);
    struct kept *kept = &report->figures[at];
    const struct kept fresh = {.revision = pick_revision(m, kept),
                               .live = !rng_chance(&m->rng, 20),
                               .content = rng_between(&m->rng, 1, 3)};
    step->update = figure(UNITS[step->unit], PERIODS[step->period].label, CODES[at], fresh.content);
    if (at == 0) {
        step->update.staffing.of = (struct th_opt){true, OF};
    }
    step->update = fresh.live ? revised(step->update, (uint32_t)fresh.revision)
                              : withdraw(step->update, (uint32_t)fresh.revision);
    const unsigned old = news(kept, &fresh);
    if (old != 0 || is_closed(m, step)) {
        step->wanted = old == 1 ? 0 : old != 0 ? old : TH_V_CLOSED;
        return;
    }
    step->wanted = !fresh.live && !kept->live ? TH_V_NOTHING_TO_WITHDRAW : 0;
    *kept = fresh;
    if (report->state == FORM_SUBMITTED || report->state == FORM_ACCEPTED) {
        enter(report, FORM_CHANGED, m->p->today);
    }
}

// Lines of what is held, or not quite. Returns a number that stands for them.
static int64_t make_lines(struct model *m, struct step *step, bool *right)
{
    const struct report *report = &step->after;
    struct declared_line lines[MEASURES];
    size_t count = 0;
    char where[48];
    int64_t content = 0;
    for (size_t i = 0; i < MEASURES; i++) {
        if (report->figures[i].live) {
            lines[count++] = (struct declared_line){CODES[i], "", 1, report->figures[i].content};
        }
    }
    *right = !rng_chance(&m->rng, 25);
    if (!*right && count == 0) {
        lines[count++] = (struct declared_line){"W1", "", 1, 2};
    } else if (!*right && rng_chance(&m->rng, 50)) {
        count--;
    } else if (!*right) {
        lines[rng_below(&m->rng, (uint32_t)count)].sum += 5;
    }
    for (size_t i = 0; i < count; i++) {
        content = content * 100 + lines[i].sum * 2 + (lines[i].measure[0] == 'N' ? 1 : 0);
    }
    (void)snprintf(where, sizeof(where), "f %s %s", UNITS[step->unit], PERIODS[step->period].label);
    step->update = *declare(&step->said, where, lines, count);
    return content;
}

static void say_completion(struct model *m, struct step *step)
{
    struct report *report = &step->after;
    struct kept *kept = &report->declared;
    bool right = true;
    struct kept fresh = {.revision = pick_revision(m, kept), .live = !rng_chance(&m->rng, 10)};
    fresh.content = make_lines(m, step, &right);
    step->update.revision = fresh.revision;
    step->update.op = fresh.live ? TH_OP_SET : TH_OP_WITHDRAW;
    const unsigned old = news(kept, &fresh);
    if (old != 0 || is_closed(m, step)) {
        step->wanted = old == 1 ? 0 : old != 0 ? old : TH_V_CLOSED;
        return;
    }
    if (!fresh.live) {
        step->wanted = kept->live ? 0 : TH_V_NOTHING_TO_WITHDRAW;
        *kept = fresh;
        report->first = TH_DAY_NONE;
        enter(report, FORM_OPEN, m->p->today);
        return;
    }
    if (!right) {
        step->wanted = TH_V_CONTROL_TOTAL;
        return;
    }
    step->wanted = 0;
    *kept = fresh;
    report->first = report->first == TH_DAY_NONE ? m->p->today : report->first;
    if (report->state != FORM_ACCEPTED) {
        enter(report, FORM_SUBMITTED, m->p->today);
    }
}

static void say_decision(struct model *m, struct step *step)
{
    struct report *report = &step->after;
    struct kept *kept = &report->decided;
    const bool returns = rng_chance(&m->rng, 50);
    const size_t text = rng_below(&m->rng, TH_COUNT(TEXTS));
    const struct kept fresh = {.revision = pick_revision(m, kept),
                               .live = true,
                               .content = 2 * (int64_t)text + (returns ? 1 : 0)};
    step->by_desk = true;
    step->update = returns
                       ? desk_returns(UNITS[step->unit], PERIODS[step->period].label, TEXTS[text])
                       : desk_accepts(UNITS[step->unit], PERIODS[step->period].label);
    step->update.desk.text = th_bytes_of(TEXTS[text]);
    step->update.revision = fresh.revision;
    const unsigned old = news(kept, &fresh);
    const bool may =
        returns ? report->declared.live : report->declared.live && report->state == FORM_SUBMITTED;
    if (old != 0 || !may) {
        step->wanted = old == 1 ? 0 : old != 0 ? old : TH_V_FORM_STATE;
        return;
    }
    step->wanted = 0;
    *kept = fresh;
    enter(report, returns ? FORM_RETURNED : FORM_ACCEPTED, m->p->today);
}

static void say_opening(struct model *m, struct step *step)
{
    struct report *report = &step->after;
    struct kept *kept = &report->opening;
    const th_day until = m->p->today + (th_day)rng_between(&m->rng, -1, 6);
    const struct kept fresh = {.revision = pick_revision(m, kept), .live = true, .content = until};
    step->by_desk = true;
    step->update =
        desk_opens(UNITS[step->unit], PERIODS[step->period].label, th_day_text(until, step->until));
    step->update.revision = fresh.revision;
    const unsigned old = until < m->p->today ? TH_V_KIND : news(kept, &fresh);
    step->wanted = old == 1 ? 0 : old;
    if (old == 0) {
        *kept = fresh;
        report->until = until;
    }
}

// ---- steps ----

static void compare(const struct model *m, size_t unit, size_t period)
{
    const struct report *report = &m->reports[unit][period];
    const struct form_row row = form_row_of(m->p, "f", UNITS[unit], PERIODS[period].label);
    assert_int_equal(row.state, report->state);
    if (report->state != FORM_STATE_END) {
        assert_int_equal(row.first, report->first);
        assert_int_equal(row.entered, report->entered);
        assert_int_equal(row.declared.revision, report->declared.revision);
        assert_int_equal(row.decided.revision, report->decided.revision);
    }
}

// The turn is lost: as if nobody had said anything.
static void lose(struct model *m, struct step *step)
{
    struct player *player = &m->players[step->by_desk ? 0 : 1];
    const struct player before = *player;
    province_batch(m->p, player, &step->update, 1);
    if (rng_chance(&m->rng, 50)) {
        province_restart(m->p);
    } else {
        m->p->fail = TH_E_FULL;
        province_drain(m->p);
        m->p->now_ms += JUDGE_PROBE_MS;
        province_event(m->p, TH_EV_TICK);
    }
    *player = before;
    province_forget(m->p);
    m->lost++;
}

// The verdict of the newest batch's only item, asked for: an answer may come without it.
static unsigned say(struct model *m, const struct step *step)
{
    struct player *player = &m->players[step->by_desk ? 0 : 1];
    unsigned code = 0;
    province_batch(m->p, player, &step->update, 1);
    province_drain(m->p);
    player->verdict_seq = player->seq - 1;
    province_ping(m->p, player);
    province_drain(m->p);
    const struct th_decided decided = province_decided(m->p, player->number, TH_MSG_PONG);
    assert_int_equal(decided.seq, player->seq);
    for (size_t i = 0; i < decided.verdict_count; i++) {
        const struct th_item_verdict *verdict = &decided.verdicts[i];
        code = verdict->seq == player->seq ? verdict->verdict.code : code;
    }
    return province_undoubted(code);
}

static void one_step(struct model *m)
{
    static void (*const SAY[])(struct model *, struct step *) = {
        say_figure, say_figure, say_completion, say_completion, say_decision, say_opening};
    struct step step = {.unit = rng_below(&m->rng, TH_COUNT(UNITS)),
                        .period = rng_below(&m->rng, TH_COUNT(PERIODS)),
                        .by_desk = rng_chance(&m->rng, 15)};
    struct report *report = &m->reports[step.unit][step.period];
    step.after = *report;
    const size_t kind = rng_below(&m->rng, TH_COUNT(SAY));
    SAY[kind](m, &step);
    if (rng_chance(&m->rng, 4)) {
        lose(m, &step);
        return;
    }
    const unsigned code = say(m, &step);
    if (code != step.wanted) {
        fail_msg("%s %s kind %zu: %u, the model says %u",
                 UNITS[step.unit],
                 PERIODS[step.period].label,
                 kind,
                 code,
                 step.wanted);
    }
    *report = step.after;
    m->closed += code == TH_V_CLOSED ? 1 : 0;
    m->refused += code != 0 ? 1 : 0;
    compare(m, step.unit, step.period);
}

static void run(uint64_t seed)
{
    struct model *m = calloc(1, sizeof(*m));
    assert_non_null(m);
    rng_seed(&m->rng, seed);
    m->p = province_make();
    m->p->opened = day_of("2026-01-01");
    m->p->today = day_of("2026-09-15");
    province_restart(m->p);
    province_roster(m->p, ROSTER, TH_COUNT(ROSTER));
    m->players[0] = player_of(0);
    m->players[1] = player_of(1);
    for (size_t i = 0; i < TH_COUNT(UNITS) * TH_COUNT(PERIODS); i++) {
        struct report *report = &m->reports[i / TH_COUNT(PERIODS)][i % TH_COUNT(PERIODS)];
        *report = (struct report){.state = FORM_STATE_END, .first = TH_DAY_NONE};
    }
    for (int i = 0; i < STEPS; i++) {
        one_step(m);
        m->p->today += rng_chance(&m->rng, 10) ? (th_day)rng_between(&m->rng, 1, 4) : 0;
        if (i % 100 == 99) {
            province_verify(m->p);
        }
    }
    print_message("seed %llu: %u refused, %u of them closed, %u turns lost\n",
                  (unsigned long long)seed,
                  m->refused,
                  m->closed,
                  m->lost);
    assert_true(m->closed > 0);
    province_free(m->p);
    free(m);
}

static void reports_are_what_was_decided_after_any_history(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int i = 0; i < HISTORIES; i++) {
        run(rng_next(&rng));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_are_what_was_decided_after_any_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
