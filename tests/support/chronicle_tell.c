// chronicle_tell.c - what happened to a random province, as texts

#include <inttypes.h>

#include "tests/support/chronicle.h"

enum { WORDS = 5 };

static void act_words(const struct th_desk_act *act, struct th_bytes words[static WORDS])
{
    words[0] = act->unit;
    words[1] = act->period;
    words[2] = act->form;
    words[3] = act->decision;
    words[4] = act->until;
}

static void take_words(const struct th_update *update, struct th_bytes words[static WORDS])
{
    const struct th_evaluation *person = &update->evaluation;
    const struct th_collective *body = &update->collective;
    const struct th_staffing *figure = &update->staffing;
    const struct th_completion *report = &update->completion;
    const struct th_transfer *moved = &update->transfer;
    const struct th_bytes all[][WORDS] = {
        [TH_KIND_EVALUATION] =
            {person->unit, person->period, person->scheme, person->category, person->person},
        [TH_KIND_STAFFING] = {figure->unit, figure->period, figure->measure, figure->dims},
        [TH_KIND_COLLECTIVE] = {body->unit, body->period, body->scheme, body->collective},
        [TH_KIND_TRANSFER] =
            {moved->from_unit, moved->to_unit, moved->effective, moved->scheme, moved->person},
        [TH_KIND_COMPLETION] = {report->unit, report->period, report->form},
    };
    for (size_t i = 0; i < WORDS && update->kind != TH_KIND_DESK; i++) {
        words[i] = all[update->kind][i];
    }
}

void chronicle_describe(const struct chronicle *c, const struct sent *sent, unsigned code)
{
    const struct th_update *update = &sent->update;
    struct th_bytes words[WORDS] = {{0}};
    if (update->kind == TH_KIND_DESK) {
        act_words(&update->desk, words);
    } else {
        take_words(update, words);
    }
    print_message("%" PRIu64 "/%" PRIu64 " node %u %s %" PRIu64,
                  c->life,
                  c->step,
                  sent->node,
                  update->op == TH_OP_WITHDRAW ? "withdraws" : "says",
                  update->revision);
    for (size_t i = 0; i < WORDS; i++) {
        print_message(
            " %.*s", (int)words[i].size, words[i].size == 0 ? "" : (const char *)words[i].data);
    }
    print_message(": %u\n", code);
}

void chronicle_question(const struct naive_question *question)
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

void chronicle_registers(const struct ground *before, const struct ground *after)
{
    static char units[GROUND_TEXT_BYTES];
    static char successors[GROUND_TEXT_BYTES];
    ground_write(before, units, successors);
    print_message("from\n%s%s", units, successors);
    ground_write(after, units, successors);
    print_message("to\n%s%s", units, successors);
}

void chronicle_figures(const struct chronicle *c)
{
    static const char *const KINDS[] = {"persons",
                                        "collectives",
                                        "transfers",
                                        "figures",
                                        "withdrawals",
                                        "reports",
                                        "decisions",
                                        "registers"};
    print_message("%" PRIu64 " steps in %" PRIu64 " provinces:", c->steps, c->life);
    for (size_t i = 0; i < CHRONICLE_KINDS; i++) {
        print_message(" %s %" PRIu64 ",", KINDS[i], c->applied[i]);
    }
    print_message(" refused %" PRIu64 ", turns lost %" PRIu64 "; %" PRIu64
                  " comparisons: totals %" PRIu64 ", lines %" PRIu64 ", reports %" PRIu64
                  ", earlier answers %" PRIu64 "; differences 0\n",
                  c->refused,
                  c->lost,
                  c->totals + c->lines + c->reports + c->again,
                  c->totals,
                  c->lines,
                  c->reports,
                  c->again);
}
