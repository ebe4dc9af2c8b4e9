// test_recount_model.c - after each of many random steps every aggregate equals a naive recount
//
// A random province (realm.h) lives for some hundreds of steps, and then another one. A step is a
// turn with one or a few statements, a change of the register by the desk, a turn that is lost or a
// process that dies. After each, what the step touched is compared with what the naive province
// counts from the list of statements that were taken (naive.h): totals, their coverage, reports,
// and an answer; now and then everything.
//
//   TONGHOP_TEST_SEED=N     the same again
//   TONGHOP_STEPS=N         so many steps (3000)

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/declaring.h"
#include "tests/support/naive_answer.h"
#include "tests/support/realm.h"

enum { STEPS = 3000, LIFE_MIN = 200, LIFE_MAX = 900, TURN_MAX = 3, ALL_EVERY = 40 };

enum counted { PERSONS, BODIES, TRANSFERS, FIGURES, WITHDRAWN, REPORTS, ACTS, REGISTERS, COUNTED };

struct run {
    struct rng rng;
    struct realm realm;
    struct player players[REALM_NODES];
    uint64_t steps, life, step; // step of this life
    uint64_t said[COUNTED];     // that were applied
    uint64_t refused, lost, repeated;
    uint64_t comparisons, answers;
    bool tracing;
};

static struct run *run;

// ---- one turn ----

struct sent {
    uint32_t node;
    uint64_t seq;
    struct th_update update;
};

static enum counted kind_of(const struct th_update *update)
{
    return update->kind == TH_KIND_DESK         ? ACTS
           : update->kind == TH_KIND_COMPLETION ? REPORTS
           : update->op == TH_OP_WITHDRAW       ? WITHDRAWN
           : update->kind == TH_KIND_EVALUATION ? PERSONS
           : update->kind == TH_KIND_COLLECTIVE ? BODIES
           : update->kind == TH_KIND_TRANSFER   ? TRANSFERS
                                                : FIGURES;
}

// "a node says what of whom": enough to follow a history.
static void describe(const struct sent *sent, unsigned code)
{
    const struct th_update *update = &sent->update;
    const struct th_evaluation *person = &update->evaluation;
    const struct th_collective *body = &update->collective;
    const struct th_staffing *figure = &update->staffing;
    const struct th_completion *report = &update->completion;
    const struct th_transfer *moved = &update->transfer;
    const struct th_desk_act *act = &update->desk;
    const struct th_bytes words[6][5] = {
        [TH_KIND_EVALUATION] =
            {person->unit, person->period, person->scheme, person->category, person->person},
        [TH_KIND_STAFFING] = {figure->unit, figure->period, figure->measure, figure->dims},
        [TH_KIND_COLLECTIVE] = {body->unit, body->period, body->scheme, body->collective},
        [TH_KIND_TRANSFER] =
            {moved->from_unit, moved->to_unit, moved->effective, moved->scheme, moved->person},
        [TH_KIND_COMPLETION] = {report->unit, report->period, report->form},
    };
    print_message("%" PRIu64 "/%" PRIu64 " node %u %s %" PRIu64,
                  run->life,
                  run->step,
                  sent->node,
                  update->op == TH_OP_WITHDRAW ? "withdraws" : "says",
                  update->revision);
    for (size_t i = 0; i < 5; i++) {
        const struct th_bytes word = update->kind == TH_KIND_DESK ? (i == 0   ? act->unit
                                                                     : i == 1 ? act->period
                                                                     : i == 2 ? act->form
                                                                     : i == 3 ? act->decision
                                                                              : act->until)
                                                                  : words[update->kind][i];
        print_message(" %.*s", (int)word.size, word.size == 0 ? "" : (const char *)word.data);
    }
    print_message(": %u\n", code);
}

static unsigned verdict_of(const struct sent *sent)
{
    struct province *province = run->realm.naive.province;
    struct player *player = &run->players[sent->node];
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

static void compare_topics(const struct th_update *update)
{
    static const char *const RATINGS[] = {"EV01", "EV02", "EV03", "EV05"};
    const struct naive *naive = &run->realm.naive;
    if (update->kind == TH_KIND_STAFFING) {
        run->comparisons +=
            naive_compare_topic(naive, update->staffing.measure.data, update->staffing.period.data);
        return;
    }
    const bool body = update->kind == TH_KIND_COLLECTIVE;
    if (body || update->kind == TH_KIND_EVALUATION) {
        for (size_t i = body ? 3 : 0; i < (body ? 4 : 3); i++) {
            run->comparisons += naive_compare_topic(naive,
                                                    RATINGS[i],
                                                    body ? update->collective.period.data
                                                         : update->evaluation.period.data);
        }
    }
}

static void compare_report(const struct naive_report *report)
{
    struct province *province = run->realm.naive.province;
    char label[GROUND_REF_BYTES];
    const struct form_row row =
        form_row_of(province,
                    report->form->code,
                    ground_label(&run->realm.naive.ground, report->unit, &report->period, label),
                    report->period.label);
    run->comparisons++;
    assert_int_equal(row.state, report->exists ? report->state : FORM_STATE_END);
    if (report->exists) {
        assert_int_equal(row.first, report->first);
        assert_int_equal(row.entered, report->entered);
        assert_int_equal(row.declared.revision, report->declared.revision);
        assert_int_equal(row.decided.revision, report->decided.revision);
    }
}

static void compare_reports(void)
{
    const struct naive *naive = &run->realm.naive;
    for (size_t i = 0; i < naive->report_count; i++) {
        char label[GROUND_REF_BYTES];
        const struct naive_report *report = &naive->reports[i];
        (void)ground_label(&naive->ground, report->unit, &report->period, label);
        if (ground_resolve(&naive->ground, label, &report->period) == report->unit) {
            compare_report(report);
        }
    }
}

static void settle(const struct sent *sent)
{
    const unsigned code = verdict_of(sent);
    if (run->tracing) {
        describe(sent, code);
    }
    run->refused += code != 0 && code != 2317 && code != 2338 ? 1 : 0;
    if (!naive_knows(code)) {
        return;
    }
    const unsigned wanted = naive_apply(&run->realm.naive, sent->node, &sent->update);
    if (wanted != code) {
        describe(sent, code);
        fail_msg("the province says %u, the model %u", code, wanted);
    }
    run->said[kind_of(&sent->update)] += code == 0 || code == 2317 || code == 2338 ? 1 : 0;
}

static void one_turn(void)
{
    struct province *province = run->realm.naive.province;
    struct player before[REALM_NODES];
    struct sent sent[TURN_MAX];
    const size_t count = rng_chance(&run->rng, 85) ? 1 : 1 + rng_below(&run->rng, TURN_MAX);
    memcpy(before, run->players, sizeof(before));
    for (size_t i = 0; i < count; i++) {
        sent[i].update = realm_says(&run->realm, &sent[i].node);
        province_batch(province, &run->players[sent[i].node], &sent[i].update, 1);
        sent[i].seq = run->players[sent[i].node].seq;
    }
    if (rng_chance(&run->rng, 2)) {
        memcpy(run->players, before, sizeof(before));
        province_restart(province);
        province_forget(province);
        run->lost++;
        return;
    }
    province_drain(province);
    for (size_t i = 0; i < count; i++) {
        settle(&sent[i]);
    }
    for (size_t i = 0; i < count; i++) {
        compare_topics(&sent[i].update);
    }
}

// ---- questions ----

static const char *random_measure(void)
{
    static const char *const MEASURES[] = {"m.st",
                                           "m.fl",
                                           "m.ow",
                                           "ch",
                                           "nm",
                                           "sh",
                                           "tg",
                                           "yr",
                                           "lf",
                                           "o.x",
                                           "EV07",
                                           "EV01",
                                           "EV02",
                                           "EV03",
                                           "EV05",
                                           "all"};
    return MEASURES[rng_below(&run->rng, TH_COUNT(MEASURES))];
}

// Of a sum it is not said of how many parts it is when some were months and some running totals.
static void leave_out_sums(struct naive_question *question)
{
    bool running = false;
    for (size_t i = 0; i < question->period_count; i++) {
        running = running || question->periods[i][0] == 'T';
    }
    for (size_t i = 0; i < question->measure_count && running; i++) {
        if (strcmp(question->measures[i], "all") == 0) {
            question->measures[i] = "m.st";
        }
    }
    if (running && question->measure_count == 0) {
        question->measures[question->measure_count++] = random_measure();
        leave_out_sums(question);
    }
}

static struct naive_question random_question(void)
{
    static const char *const NAMES[] = {"rating", "category", "post", "scheme", "reason"};
    struct rng *rng = &run->rng;
    struct naive_question question = {
        .by_unit = rng_chance(rng, 75),
        .by_dims = rng_chance(rng, 50),
        .half = rng_chance(rng, 60) ? NAIVE_AS_REPORTED : (int)rng_below(rng, GROUND_HALVES),
    };
    if (rng_chance(rng, 70)) {
        question.measure_count = 1 + rng_below(rng, 3);
        for (size_t i = 0; i < question.measure_count; i++) {
            question.measures[i] = random_measure();
        }
    }
    if (rng_chance(rng, 70)) {
        question.period_count = 1 + rng_below(rng, 3);
        for (size_t i = 0; i < question.period_count; i++) {
            question.periods[i] = rng_chance(rng, 60)
                                      ? REALM_SPANS[rng_below(rng, (uint32_t)REALM_SPAN_COUNT)]
                                      : run->realm.periods[rng_below(rng, REALM_PERIODS)];
        }
    }
    if (!question.by_dims && rng_chance(rng, 60)) {
        question.name_count = 1 + rng_below(rng, 2);
        for (size_t i = 0; i < question.name_count; i++) {
            question.names[i] = NAMES[rng_below(rng, TH_COUNT(NAMES))];
        }
        question.name_count = question.names[0] == question.names[1] ? 1 : question.name_count;
    }
    leave_out_sums(&question);
    return question;
}

static char *ask(const struct naive_question *question, const char *known_at)
{
    struct th_bytes lists[3][NAIVE_ASKED + 2];
    char structure[32] = "";
    char day[12];
    size_t by = 0;
    for (size_t i = 0; i < question->period_count; i++) {
        lists[0][i] = th_bytes_of(question->periods[i]);
    }
    for (size_t i = 0; i < question->measure_count; i++) {
        lists[1][i] = th_bytes_of(question->measures[i]);
    }
    if (question->by_unit) {
        lists[2][by++] = TH_BYTES("unit");
    }
    if (question->by_dims) {
        lists[2][by++] = TH_BYTES("dims");
    }
    for (size_t i = 0; i < question->name_count; i++) {
        lists[2][by++] = th_bytes_of(question->names[i]);
    }
    if (question->half != NAIVE_AS_REPORTED) {
        (void)snprintf(structure,
                       sizeof(structure),
                       "as-of:%s",
                       ground_first_day(&run->realm.naive.ground, question->half, day));
    }
    const struct th_query query = {
        .ask = TH_ASK_TOTALS,
        .periods = lists[0],
        .period_count = question->period_count,
        .measures = lists[1],
        .measure_count = question->measure_count,
        .by = lists[2],
        .by_count = by,
        .structure = th_bytes_of(structure),
        .known_at = th_bytes_of(known_at),
    };
    struct answer answer = province_answer(run->realm.naive.province, &query);
    char *text = NULL;
    if (answer.head.code == 0) {
        assert_int_not_equal(answer.head.conservation, TH_NOT_CONSERVED);
        text = naive_answer_of(answer.list, answer.line_count);
    } else {
        assert_int_equal(answer.head.code, TH_V_OVERFLOW);
    }
    answer_free(&answer);
    return text;
}

static void tell_question(const struct naive_question *question)
{
    print_error("totals");
    for (size_t i = 0; i < question->measure_count; i++) {
        print_error(" %s", question->measures[i]);
    }
    print_error(" of");
    for (size_t i = 0; i < question->period_count; i++) {
        print_error(" %s", question->periods[i]);
    }
    print_error(" by%s%s", question->by_unit ? " unit" : "", question->by_dims ? " dims" : "");
    for (size_t i = 0; i < question->name_count; i++) {
        print_error(" %s", question->names[i]);
    }
    print_error(" in half %d\n", question->half);
}

// The first line that differs.
static void fail_answer(const struct naive_question *question, const char *got, const char *wanted)
{
    tell_question(question);
    if (getenv("DUMP")) {
        const struct naive *naive = &run->realm.naive;
        char units[GROUND_TEXT_BYTES];
        char successors[GROUND_TEXT_BYTES];
        ground_write(&naive->ground, units, successors);
        print_error("%s%s", units, successors);
        for (size_t i = 0; i < naive->count; i++) {
            const struct naive_entry *e = &naive->entries[i];
            char l[GROUND_REF_BYTES];
            if (e->live)
                print_error("entry %s %s %s %s %s %lld %d\n",
                            ground_label(&naive->ground, e->unit, &e->period, l),
                            e->period.label,
                            e->measure,
                            e->dims,
                            e->person,
                            e->part_count > 0 ? (long long)e->parts[0].figure.value : 0,
                            e->unit);
        }
        print_error("---\n%s---\n%s---\n", got, wanted);
    }
    while (*got != '\0' && *wanted != '\0') {
        const size_t a = strcspn(got, "\n");
        const size_t b = strcspn(wanted, "\n");
        if (a != b || memcmp(got, wanted, a) != 0) {
            break;
        }
        got += a + 1;
        wanted += b + 1;
    }
    fail_msg("the province answers\n  %.*s\nand the model\n  %.*s",
             (int)strcspn(got, "\n"),
             got,
             (int)strcspn(wanted, "\n"),
             wanted);
}

static void compare_answer(void)
{
    const struct naive_question question = random_question();
    char *wanted = naive_answer(&run->realm.naive, &question);
    char *got = ask(&question, "");
    run->answers++;
    for (const char *at = wanted; at != NULL && *at != '\0'; at++) {
        run->comparisons += *at == '\n' ? 1 : 0;
    }
    if (got == NULL || wanted == NULL ? got != wanted : strcmp(got, wanted) != 0) {
        fail_answer(&question, got == NULL ? "" : got, wanted == NULL ? "" : wanted);
    }
    free(got);
    free(wanted);
}

// ---- another register ----

// What the last item got; 0: the province is to be opened again with another register.
static unsigned change_register(const struct th_update *updates, size_t count)
{
    struct province *province = run->realm.naive.province;
    struct player *desk = &run->players[0];
    const unsigned exits = province->exits;
    province_batch(province, desk, updates, count);
    if (province->exits == exits) {
        province_drain(province);
    }
    if (province->exits == exits) {
        return verdict_of(&(struct sent){.seq = desk->seq, .update = updates[count - 1]});
    }
    assert_int_equal(province->exit_code, JUDGE_EXIT_REOPEN);
    return 0;
}

static void one_change(void)
{
    static struct ground after;
    struct th_update updates[64];
    struct province *province = run->realm.naive.province;
    const size_t count = realm_changes(&run->realm, updates, &after);
    if (count == 0) {
        return;
    }
    const unsigned code = change_register(updates, count);
    const unsigned wanted = naive_reform(&run->realm.naive, &after);
    if (code != wanted) {
        char units[GROUND_TEXT_BYTES];
        char successors[GROUND_TEXT_BYTES];
        ground_write(&run->realm.naive.ground, units, successors);
        print_error("%s%s---\n", units, successors);
        ground_write(&after, units, successors);
        print_error("%s%s", units, successors);
        fail_msg("another register: the province says %u, the model %u", code, wanted);
    }
    if (run->tracing) {
        print_message("%" PRIu64 "/%" PRIu64 " another register: %u\n", run->life, run->step, code);
    }
    run->said[REGISTERS] += code == 0 ? 1 : 0;
    run->refused += code == 0 ? 0 : 1;
    if (code == 0) {
        province_restart(province);
    } else {
        updates[count - 1].op = TH_OP_WITHDRAW;
        assert_int_equal(change_register(&updates[count - 1], 1), 0);
    }
}

// ---- lives ----

static void compare_all(void)
{
    run->comparisons += naive_compare(&run->realm.naive);
    compare_reports();
}

static void one_step(void)
{
    struct province *province = run->realm.naive.province;
    if (rng_chance(&run->rng, 3)) {
        one_change();
        compare_all();
    } else {
        one_turn();
        compare_reports();
    }
    compare_answer();
    province->today += rng_chance(&run->rng, 4) ? 1 : 0;
    province->now_ms += 1000;
    if (run->step % ALL_EVERY == 0) {
        compare_all();
    }
}

static void one_life(uint64_t steps)
{
    realm_make(&run->realm, &run->rng);
    for (uint32_t i = 0; i < REALM_NODES; i++) {
        run->players[i] = player_of(i);
    }
    for (run->step = 1; run->step <= steps; run->step++) {
        one_step();
        run->steps++;
    }
    compare_all();
    province_verify(run->realm.naive.province);
    realm_end(&run->realm);
}

static void every_aggregate_equals_a_recount_after_each_step(void **state)
{
    (void)state;
    const char *wanted = getenv("TONGHOP_STEPS");
    const uint64_t steps = wanted == NULL ? STEPS : strtoull(wanted, NULL, 10);
    run->tracing = getenv("TONGHOP_TRACE") != NULL;
    rng_start(&run->rng);
    while (run->steps < steps) {
        const uint64_t left = steps - run->steps;
        const uint64_t life = (uint64_t)rng_between(&run->rng, LIFE_MIN, LIFE_MAX);
        run->life++;
        one_life(life < left ? life : left);
    }
    print_message("%" PRIu64 " steps in %" PRIu64 " provinces: persons %" PRIu64
                  ", collectives %" PRIu64 ", transfers %" PRIu64 ", figures %" PRIu64
                  ", withdrawals %" PRIu64 ", reports %" PRIu64 ", decisions %" PRIu64
                  ", registers %" PRIu64 "; refused %" PRIu64 ", turns lost %" PRIu64
                  "; comparisons %" PRIu64 ", differences 0\n",
                  run->steps,
                  run->life,
                  run->said[PERSONS],
                  run->said[BODIES],
                  run->said[TRANSFERS],
                  run->said[FIGURES],
                  run->said[WITHDRAWN],
                  run->said[REPORTS],
                  run->said[ACTS],
                  run->said[REGISTERS],
                  run->refused,
                  run->lost,
                  run->comparisons);
}

static int setup(void **state)
{
    (void)state;
    run = calloc(1, sizeof(*run));
    return run == NULL ? 1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    if (run->realm.naive.province != NULL) {
        print_error("in step %" PRIu64 " of life %" PRIu64 "\n", run->step, run->life);
        realm_end(&run->realm);
    }
    free(run);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_aggregate_equals_a_recount_after_each_step, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
