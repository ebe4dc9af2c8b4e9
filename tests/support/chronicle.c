// chronicle.c - see chronicle.h; lives, turns and registers

#include "tests/support/chronicle.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/declaring.h"

enum { TURN_MAX = 3, ALL_EVERY = 40, UPDATES_MAX = 64 };

// ---- comparing ----

static void compare_topics(struct chronicle *c, const struct th_update *update)
{
    static const char *const RATINGS[] = {"EV01", "EV02", "EV03", "EV05"};
    const struct naive *naive = &c->realm.naive;
    const bool body = update->kind == TH_KIND_COLLECTIVE;
    const char *period = body ? update->collective.period.data : update->evaluation.period.data;
    if (update->kind == TH_KIND_STAFFING) {
        c->totals +=
            naive_compare_topic(naive, update->staffing.measure.data, update->staffing.period.data);
    }
    for (size_t i = body ? 3 : 0; i < (body ? 4 : 3); i++) {
        if (body || update->kind == TH_KIND_EVALUATION) {
            c->totals += naive_compare_topic(naive, RATINGS[i], period);
        }
    }
}

static void compare_report(struct chronicle *c, const struct naive_report *report)
{
    char label[GROUND_REF_BYTES];
    (void)ground_label(&c->realm.naive.ground, report->unit, &report->period, label);
    if (ground_resolve(&c->realm.naive.ground, label, &report->period) != report->unit) {
        return; // nobody can ask for it any more
    }
    const struct form_row row =
        form_row_of(c->realm.naive.province, report->form->code, label, report->period.label);
    c->reports++;
    assert_int_equal(row.state, report->exists ? report->state : FORM_STATE_END);
    if (report->exists) {
        assert_int_equal(row.first, report->first);
        assert_int_equal(row.entered, report->entered);
        assert_int_equal(row.declared.revision, report->declared.revision);
        assert_int_equal(row.decided.revision, report->decided.revision);
    }
}

static void compare_reports(struct chronicle *c)
{
    for (size_t i = 0; i < c->realm.naive.report_count; i++) {
        compare_report(c, &c->realm.naive.reports[i]);
    }
}

// ---- one turn ----

static enum chronicle_kind kind_of(const struct th_update *update)
{
    return update->kind == TH_KIND_DESK         ? CHRONICLE_DECISIONS
           : update->kind == TH_KIND_COMPLETION ? CHRONICLE_REPORTS
           : update->op == TH_OP_WITHDRAW       ? CHRONICLE_WITHDRAWALS
           : update->kind == TH_KIND_EVALUATION ? CHRONICLE_PERSONS
           : update->kind == TH_KIND_COLLECTIVE ? CHRONICLE_COLLECTIVES
           : update->kind == TH_KIND_TRANSFER   ? CHRONICLE_TRANSFERS
                                                : CHRONICLE_FIGURES;
}

// The newest verdict on the batch, asked for: an answer may come without it.
static unsigned verdict_of(struct chronicle *c, const struct sent *sent)
{
    struct province *province = c->realm.naive.province;
    struct player *player = &c->players[sent->node];
    unsigned code = 0;
    player->verdict_seq = sent->seq - 1;
    province_ping(province, player);
    province_drain(province);
    const struct th_decided decided = province_decided(province, sent->node, TH_MSG_PONG);
    for (size_t i = 0; i < decided.verdict_count; i++) {
        const struct th_item_verdict *verdict = &decided.verdicts[i];
        code = verdict->seq == sent->seq ? verdict->verdict.code : code;
    }
    return province_undoubted(code);
}

static bool is_applied(unsigned code)
{
    return code == 0 || code == TH_V_MONTHS_MISSING || code == TH_V_NOTHING_TO_WITHDRAW;
}

static void settle(struct chronicle *c, const struct sent *sent)
{
    const unsigned code = verdict_of(c, sent);
    if (c->telling) {
        chronicle_describe(c, sent, code);
    }
    c->refused += is_applied(code) ? 0 : 1;
    if (!naive_knows(code)) {
        return;
    }
    const unsigned wanted = naive_apply(&c->realm.naive, sent->node, &sent->update);
    if (wanted != code) {
        chronicle_describe(c, sent, code);
        fail_msg("the province says %u, the model %u", code, wanted);
    }
    c->applied[kind_of(&sent->update)] += is_applied(code) ? 1 : 0;
}

static void one_turn(struct chronicle *c)
{
    struct province *province = c->realm.naive.province;
    struct player before[REALM_NODES];
    struct sent sent[TURN_MAX];
    const size_t count = rng_chance(&c->rng, 85) ? 1 : 1 + rng_below(&c->rng, TURN_MAX);
    memcpy(before, c->players, sizeof(before));
    for (size_t i = 0; i < count; i++) {
        sent[i].update = realm_says(&c->realm, &sent[i].node);
        province_batch(province, &c->players[sent[i].node], &sent[i].update, 1);
        sent[i].seq = c->players[sent[i].node].seq;
    }
    if (rng_chance(&c->rng, 2)) { // the turn is lost
        memcpy(c->players, before, sizeof(before));
        province_restart(province);
        province_forget(province);
        c->lost++;
        return;
    }
    province_drain(province);
    for (size_t i = 0; i < count; i++) {
        settle(c, &sent[i]);
    }
    for (size_t i = 0; i < count; i++) {
        compare_topics(c, &sent[i].update);
    }
}

// ---- another register ----

// What the last item got; 0: the province is to be opened again with another register.
static unsigned send_change(struct chronicle *c, const struct th_update *updates, size_t count)
{
    struct province *province = c->realm.naive.province;
    struct player *desk = &c->players[0];
    const unsigned exits = province->exits;
    province_batch(province, desk, updates, count);
    if (province->exits == exits) {
        province_drain(province);
    }
    if (province->exits == exits) {
        return verdict_of(c, &(struct sent){.seq = desk->seq, .update = updates[count - 1]});
    }
    assert_int_equal(province->exit_code, JUDGE_EXIT_REOPEN);
    return 0;
}

static void one_change(struct chronicle *c)
{
    static struct ground after;
    static struct ground before;
    struct th_update updates[UPDATES_MAX];
    const size_t count = realm_changes(&c->realm, updates, &after);
    if (count == 0) {
        return;
    }
    before = c->realm.naive.ground;
    const unsigned code = send_change(c, updates, count);
    const unsigned wanted = naive_reform(&c->realm.naive, &after);
    if (c->telling || code != wanted) {
        chronicle_registers(&before, &after);
    }
    if (code != wanted) {
        fail_msg("another register: the province says %u, the model %u", code, wanted);
    }
    if (code == 0) {
        c->applied[CHRONICLE_REGISTERS]++;
        province_restart(c->realm.naive.province);
        return;
    }
    c->refused++;
    updates[count - 1].op = TH_OP_WITHDRAW; // the rows are forgotten
    assert_int_equal(send_change(c, &updates[count - 1], 1), 0);
}

// ---- lives ----

static void one_step(struct chronicle *c)
{
    struct province *province = c->realm.naive.province;
    const bool change = rng_chance(&c->rng, 4);
    if (change) {
        one_change(c);
    } else {
        one_turn(c);
    }
    if (change || c->step % ALL_EVERY == 0) {
        c->totals += naive_compare(&c->realm.naive);
    }
    compare_reports(c);
    chronicle_ask(c);
    province->today += rng_chance(&c->rng, 4) ? 1 : 0;
    province->now_ms += 1000;
    c->steps++;
}

void chronicle_live(struct chronicle *c, uint64_t seed, uint64_t steps)
{
    c->life++;
    c->seed = seed;
    rng_seed(&c->rng, seed);
    realm_make(&c->realm, &c->rng);
    for (uint32_t i = 0; i < REALM_NODES; i++) {
        c->players[i] = player_of(i);
    }
    for (c->step = 1; c->step <= steps; c->step++) {
        one_step(c);
    }
    c->totals += naive_compare(&c->realm.naive);
    province_verify(c->realm.naive.province);
    chronicle_forget(c);
}

void chronicle_forget(struct chronicle *c)
{
    for (size_t i = 0; i < c->memory_count; i++) {
        free(c->memories[i].text);
    }
    c->memory_count = 0;
    realm_end(&c->realm);
}
