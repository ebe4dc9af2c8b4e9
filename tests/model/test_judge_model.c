// test_judge_model.c - after any history, totals and coverage equal a recount from nothing
//
// Random statements of several nodes: first ones, corrections, withdrawals, revivals, stale and
// repeated ones, in batches that come once, twice, too early or from a forked outbox, in turns that
// are committed or lost, with restarts in between. The naive model knows which verdict each must
// get. A subscriber that only hears deltas and beats must end with the same totals.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/naive.h"
#include "tests/support/statements.h"
#include "tests/support/test.h"
#include "workers/table.h"

enum { NODES = 5, TURNS = 220, BATCHES_MAX = 4, ITEMS_MAX = 6, HISTORIES = 12, COPIES_MAX = 8192 };

static const char *const ROSTER[] = {"D1", "D2", "D3;A1", "P"};

// What a subscriber holds: the newest cells of each topic.
struct copy {
    char measure[16];
    struct th_period period;
    uint32_t uid;
    char dims[128];
    struct th_total cell;
};

struct history {
    struct rng rng;
    struct province *province;
    struct naive naive;
    struct player players[NODES];
    struct copy copies[COPIES_MAX];
    size_t copy_count;
    uint64_t judged;
    uint64_t refused;
    uint64_t lost;
};

// ---- a subscriber ----

static void keep_copy(struct history *h, const struct th_delta *delta, const struct th_total *cell)
{
    struct copy fresh = {.uid = cell->uid, .cell = *cell};
    th_bytes_copy_text(delta->measure, fresh.measure, sizeof(fresh.measure));
    th_bytes_copy_text(cell->dims, fresh.dims, sizeof(fresh.dims));
    EXPECT(TH_OK, th_period_parse(delta->period, &fresh.period));
    size_t at = 0;
    while (at < h->copy_count &&
           (h->copies[at].uid != fresh.uid || strcmp(h->copies[at].measure, fresh.measure) != 0 ||
            strcmp(h->copies[at].dims, fresh.dims) != 0 ||
            !th_period_equal(h->copies[at].period, fresh.period))) {
        at++;
    }
    assert_true(at < COPIES_MAX);
    h->copy_count += at == h->copy_count ? 1 : 0;
    h->copies[at] = fresh;
}

static void hear_delta(struct history *h, const struct heard *heard)
{
    struct th_delta delta;
    struct th_malformed why;
    th_arena_reset(&h->province->arena);
    EXPECT(TH_OK,
           th_delta_read(
               (struct th_bytes){heard->body, heard->size}, &h->province->arena, &delta, &why));
    for (size_t i = 0; i < delta.count; i++) {
        keep_copy(h, &delta, &delta.cells[i]);
    }
}

static void hear_all(struct history *h)
{
    for (size_t i = 0; i < h->province->heard_count; i++) {
        const struct heard *heard = &h->province->heard[i];
        if (heard->published && heard->topic[0] == 't') {
            hear_delta(h, heard);
        }
    }
}

// Every total in the store is what the subscriber holds, and the subscriber holds nothing else.
static void compare_copies(struct history *h)
{
    size_t live = 0;
    for (size_t i = 0; i < h->copy_count; i++) {
        live += h->copies[i].cell.contributions > 0 ? 1 : 0;
    }
    assert_int_equal(live, naive_compare(&h->naive));
    for (size_t i = 0; i < h->copy_count; i++) {
        const struct th_total *cell = &h->copies[i].cell;
        const struct copy *copy = &h->copies[i];
        const struct th_cell wanted = naive_total(&h->naive,
                                                  th_bytes_of(copy->measure),
                                                  copy->period,
                                                  copy->uid,
                                                  th_bytes_of(copy->dims));
        assert_int_equal(cell->contributions, th_cell_contributions(&wanted));
        assert_int_equal(cell->reported, wanted.reported);
        const struct th_figure shown = th_cell_figure(&wanted);
        assert_true(!cell->value.has || cell->value.value == shown.value);
        assert_int_equal(cell->not_applicable, shown.not_applicable);
        assert_true(!cell->expected.has || (uint64_t)cell->expected.value >= cell->reported);
    }
}

// ---- turns ----

// One batch that was sent in this turn.
struct sent {
    uint32_t node;
    uint64_t seq;
    struct th_update updates[ITEMS_MAX];
    size_t count;
};

static void describe(const struct th_update *update)
{
    const bool rated = update->kind == TH_KIND_EVALUATION;
    if (update->kind == TH_KIND_TRANSFER) {
        const struct th_transfer *moved = &update->transfer;
        print_error("transfer %s revision %llu %s %s: %s to %s on %s\n",
                    update->op == TH_OP_SET ? "set" : "withdraw",
                    (unsigned long long)update->revision,
                    (const char *)moved->scheme.data,
                    (const char *)moved->person.data,
                    (const char *)moved->from_unit.data,
                    (const char *)moved->to_unit.data,
                    (const char *)moved->effective.data);
        return;
    }
    if (update->kind == TH_KIND_COLLECTIVE) {
        const struct th_collective *body = &update->collective;
        print_error("collective %s revision %llu %s %s %s %s\n",
                    update->op == TH_OP_SET ? "set" : "withdraw",
                    (unsigned long long)update->revision,
                    (const char *)body->unit.data,
                    (const char *)body->period.data,
                    (const char *)body->scheme.data,
                    (const char *)body->collective.data);
        return;
    }
    const struct th_evaluation *evaluation = &update->evaluation;
    const struct th_staffing *staffing = &update->staffing;
    print_error("%s %s revision %llu %s %s %s %s %s\n",
                rated ? "evaluation" : "figure",
                update->op == TH_OP_SET ? "set" : "withdraw",
                (unsigned long long)update->revision,
                (const char *)(rated ? evaluation->unit.data : staffing->unit.data),
                (const char *)(rated ? evaluation->period.data : staffing->period.data),
                (const char *)(rated ? evaluation->scheme.data : staffing->measure.data),
                (const char *)(rated ? evaluation->category.data
                                     : (staffing->dims.size > 0 ? staffing->dims.data : "-")),
                (const char *)(rated ? evaluation->person.data : ""));
}

// What each item got must be what the model says. Verdicts of rules that need no state are taken as
// given: those items are not counted.
static void check_verdicts(struct history *h, const struct sent *sent)
{
    struct province *p = h->province;
    struct player *player = &h->players[sent->node];
    player->verdict_seq = sent->seq - 1;
    province_ping(p, player);
    province_drain(p);
    const struct th_decided decided = province_decided(p, sent->node, TH_MSG_PONG);
    for (size_t i = 0; i < sent->count; i++) {
        unsigned code = 0;
        for (size_t v = 0; v < decided.verdict_count; v++) {
            const struct th_item_verdict *verdict = &decided.verdicts[v];
            code = verdict->seq == sent->seq && verdict->index == i ? verdict->verdict.code : code;
        }
        code = province_undoubted(code);
        h->judged++;
        h->refused += code != 0 ? 1 : 0;
        if (naive_knows(code)) {
            const unsigned wanted = naive_apply(&h->naive, sent->node, &sent->updates[i]);
            if (wanted != code) {
                describe(&sent->updates[i]);
                fail_msg("node %u batch %llu item %zu: %u, the model says %u",
                         sent->node,
                         (unsigned long long)sent->seq,
                         i,
                         code,
                         wanted);
            }
        }
    }
}

static void disturb(struct history *h)
{
    struct province *p = h->province;
    const struct player *player = &h->players[rng_below(&h->rng, NODES)];
    uint8_t wrong[32];
    rng_bytes(&h->rng, wrong, sizeof(wrong));
    switch (rng_below(&h->rng, 4)) {
    case 0: // an old one again
        if (player->seq > 0) {
            province_send_batch(p,
                                player,
                                (uint64_t)rng_between(&h->rng, 1, (int64_t)player->seq),
                                player->hash,
                                player_body());
        }
        break;
    case 1: // one too early
        province_send_batch(p, player, player->seq + 2, wrong, player_body());
        break;
    case 2: // the next one, of another history
        province_send_batch(p, player, player->seq + 1, wrong, player_body());
        break;
    default:
        province_hello(p, player);
        break;
    }
}

static void one_turn(struct history *h)
{
    struct province *p = h->province;
    struct sent sent[BATCHES_MAX];
    struct player before[NODES];
    memcpy(before, h->players, sizeof(before));
    const size_t count = 1 + rng_below(&h->rng, BATCHES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct sent *batch = &sent[i];
        batch->node = rng_below(&h->rng, NODES);
        batch->count = 1 + rng_below(&h->rng, ITEMS_MAX);
        for (size_t u = 0; u < batch->count; u++) {
            batch->updates[u] = statement_random(&h->rng, &h->naive);
        }
        province_batch(p, &h->players[batch->node], batch->updates, batch->count);
        batch->seq = h->players[batch->node].seq;
        if (rng_chance(&h->rng, 20)) {
            disturb(h);
        }
    }
    const bool dies = rng_chance(&h->rng, 6);
    if (dies || rng_chance(&h->rng, 6)) { // the turn is lost
        memcpy(h->players, before, sizeof(before));
        h->lost++;
        if (dies) {
            province_restart(p);
        } else {
            p->fail = TH_E_FULL;
            province_drain(p);
            p->now_ms += JUDGE_PROBE_MS;
            province_event(p, TH_EV_TICK);
        }
        province_forget(p);
        return;
    }
    province_drain(p);
    hear_all(h);
    for (size_t i = 0; i < count; i++) {
        check_verdicts(h, &sent[i]);
    }
}

static void run(uint64_t seed, bool small_pool)
{
    struct history *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    rng_seed(&h->rng, seed);
    h->province = province_make();
    naive_start_small(&h->naive, h->province);
    if (small_pool) { // sums are written in the middle of turns, and their deltas left out
        h->province->limits.totals.cells = TOTALS_ITEM_SLOTS + 8;
        province_restart(h->province);
    }
    province_roster(h->province, ROSTER, TH_COUNT(ROSTER));
    for (uint32_t i = 0; i < NODES; i++) {
        h->players[i] = player_of(i);
    }
    for (int turn = 0; turn < TURNS; turn++) {
        one_turn(h);
        if (turn % 10 == 9) {
            (void)naive_compare(&h->naive);
        }
        if (turn % 50 == 49) {
            province_verify(h->province);
        }
    }
    if (!small_pool) {
        compare_copies(h);
    }
    print_message("seed %llu: %llu items, %llu refused, %llu turns lost, %llu live, %zu totals\n",
                  (unsigned long long)seed,
                  (unsigned long long)h->judged,
                  (unsigned long long)h->refused,
                  (unsigned long long)h->lost,
                  (unsigned long long)naive_live(&h->naive),
                  naive_compare(&h->naive));
    province_verify(h->province);
    province_free(h->province);
    free(h);
}

static void totals_equal_a_recount_after_any_history(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int i = 0; i < HISTORIES; i++) {
        run(rng_next(&rng), false);
    }
}

static void a_pool_that_fills_up_changes_no_total(void **state)
{
    (void)state;
    struct rng rng;
    rng_start(&rng);
    for (int i = 0; i < HISTORIES / 4; i++) {
        run(rng_next(&rng), true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(totals_equal_a_recount_after_any_history),
        cmocka_unit_test(a_pool_that_fills_up_changes_no_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
