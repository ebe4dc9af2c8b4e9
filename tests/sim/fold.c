// fold.c - see fold.h: sums, revisions, figures, reports

#include <stdlib.h>
#include <string.h>

#include "tonghop/base.h"

#include "tests/sim/fold_body.h"

struct fold *fold_make(const struct swarm *swarm)
{
    struct fold *fold = calloc(1, sizeof(*fold));
    th_assert(fold != NULL);
    fold->swarm = swarm;
    for (uint32_t province = 1; province <= swarm->provinces; province++) {
        fold_forget(fold, province);
    }
    return fold;
}

void fold_free(struct fold *fold)
{
    for (size_t i = 0; i < TH_COUNT(fold->nodes); i++) {
        free(fold->nodes[i].lines[0].entered);
        free(fold->nodes[i].lines[1].entered);
        free(fold->nodes[i].batches);
        free(fold->nodes[i].given);
    }
    free(fold);
}

void fold_append(struct fold_line *line, const struct fold_entered *entered)
{
    if (line->count == line->max) {
        line->max = line->max * 2 + 16;
        line->entered = realloc(line->entered, line->max * sizeof(*line->entered));
        th_assert(line->entered != NULL);
    }
    line->entered[line->count++] = *entered;
}

const struct load_place FOLD_NOWHERE = {.commune = LOAD_COMMUNES};

void fold_forget(struct fold *fold, uint32_t province)
{
    for (uint32_t number = 1; number <= LOAD_NODES_MAX; number++) {
        struct fold_node *node = &fold->nodes[number];
        if (load_province_of(fold->swarm, number) == province) {
            node->decided = 0;
            node->folded = 0;
            node->province_epoch = 1;
            node->given_count = 0;
            node->lost = true;
            memset(node->communes, 0, sizeof(node->communes));
            memset(node->sums, 0, sizeof(node->sums));
        }
    }
    struct fold_province *of = &fold->provinces[province];
    *of = (struct fold_province){0};
    for (size_t i = 0; i < LOAD_MOVABLES; i++) {
        for (size_t period = 0; period < LOAD_PERIODS; period++) {
            of->movables[i][period] = FOLD_NOWHERE;
        }
    }
}

// ---- sums ----

static void
add(struct fold *fold, struct load_place at, size_t cell, int64_t sign, struct fold_standing what)
{
    struct fold_node *node = &fold->nodes[at.node];
    struct fold_sum *const sums[] = {&node->communes[at.commune].sums[cell], &node->sums[cell]};
    for (size_t i = 0; i < TH_COUNT(sums); i++) {
        sums[i]->value += sign * what.value;
        sums[i]->contributions += (uint64_t)sign;
        sums[i]->by_qualifier[what.qualifier] += (uint64_t)sign;
    }
}

// A rating counts as one of its level, and its score beside it; a body only as the first.
void fold_count(struct fold *fold,
                const struct load_item *item,
                struct load_place at,
                int64_t sign,
                const struct fold_standing *what)
{
    const bool wide = item->kind == LOAD_MOVABLE;
    const struct fold_standing one = {.value = 1, .qualifier = TH_QUALIFIER_EXACT};
    if (!what->live) {
        return;
    }
    if (item->kind == LOAD_FIGURE) {
        add(fold, at, fold_cell_of_figure(item->what, item->period), sign, *what);
        return;
    }
    if (wide && item->what >= LOAD_MOVABLE_PEOPLE) {
        const uint32_t body = item->what - LOAD_MOVABLE_PEOPLE;
        add(fold, at, fold_cell_of_body(body, what->qualifier, item->period), sign, one);
        return;
    }
    add(fold, at, fold_cell_of_level(wide, what->qualifier, item->period), sign, one);
    if (what->value >= 0) {
        const struct fold_standing score = {.value = what->value, .qualifier = TH_QUALIFIER_EXACT};
        add(fold, at, fold_cell_of_score(wide, item->period), sign, score);
    }
}

// ---- the rule of revisions ----

// Newer is applied, the same again is nothing, anything else is refused.
enum news
fold_news_of(const struct fold_standing *standing, const struct load_item *item, bool same)
{
    if (item->revision > standing->revision) {
        return NEWER;
    }
    if (item->again && item->revision < standing->revision) {
        return REPEATED;
    }
    return standing->revision > 0 && same ? REPEATED : REFUSED;
}

bool fold_same_words(const struct fold_standing *standing, const struct load_item *item)
{
    return standing->live == !item->withdraw &&
           (item->withdraw ||
            (standing->value == item->value && standing->qualifier == item->qualifier));
}

static struct fold_standing standing_of(const struct load_item *item)
{
    return (struct fold_standing){
        .revision = item->revision,
        .live = !item->withdraw,
        .value = item->withdraw ? 0 : item->value,
        .qualifier = item->withdraw ? 0 : item->qualifier,
    };
}

// ---- what is told of it ----

void fold_tell(struct fold *fold, const struct fold_standing *was, const struct fold_standing *now)
{
    struct fold_told *told = &fold->telling;
    if (was != NULL && was->live) {
        told->gone++;
        told->was += was->value > 0 ? was->value : 0;
    }
    if (now != NULL && now->live) {
        told->come++;
        told->now += now->value > 0 ? now->value : 0;
    }
}

// A new statement takes the place of what stands.
void fold_replace(struct fold *fold, struct fold_standing *standing, const struct load_item *item)
{
    const struct fold_standing fresh = standing_of(item);
    fold_tell(fold, standing, &fresh);
    fold->telling.late = item->kind != LOAD_TRANSFER && item->period == LOAD_CLOSED;
    *standing = fresh;
}

// ---- forms ----

static struct fold_report *
report_of(struct fold *fold, struct load_place at, uint32_t form, uint32_t period)
{
    return &fold->nodes[at.node].communes[at.commune].reports[form][period];
}

bool fold_is_open(struct fold *fold, struct load_place at, uint32_t form, uint32_t period)
{
    const struct fold_report *report = report_of(fold, at, form, period);
    return period != LOAD_CLOSED || fold->timeless || report->reopened.live ||
           report->state == FOLD_RETURNED;
}

void fold_touch(struct fold *fold, struct load_place at, uint32_t form, uint32_t period)
{
    struct fold_report *report = report_of(fold, at, form, period);
    if (report->state == FOLD_SUBMITTED || report->state == FOLD_ACCEPTED) {
        report->state = FOLD_CHANGED;
    }
}

// ---- figures, and people of one commune ----

static bool simple(struct fold *fold,
                   const struct load_item *item,
                   struct fold_standing *standing,
                   uint32_t form)
{
    const enum news news = fold_news_of(standing, item, fold_same_words(standing, item));
    if (news != NEWER) {
        return news == REPEATED;
    }
    if (!fold_is_open(fold, item->at, form, item->period)) {
        return false;
    }
    fold_count(fold, item, item->at, -1, standing);
    fold_replace(fold, standing, item);
    fold_count(fold, item, item->at, 1, standing);
    fold_touch(fold, item->at, form, item->period);
    return true;
}

// ---- reports ----

static void line_of(struct load_sum *line, const struct fold_standing *standing)
{
    line->count += standing->live ? 1 : 0;
    line->sum += standing->live && standing->value > 0 ? standing->value : 0;
}

void fold_lines(const struct fold_node *node,
                uint32_t commune,
                uint32_t form,
                uint32_t period,
                struct load_sum lines[static LOAD_LINES])
{
    const struct fold_commune *of = &node->communes[commune];
    memset(lines, 0, LOAD_LINES * sizeof(*lines));
    for (size_t i = 0; form == LOAD_POSTS && i < LOAD_MEASURES; i++) {
        line_of(&lines[i], &of->figures[i][period]);
    }
    for (size_t i = 0; form == LOAD_RATED && i < LOAD_PERSONS; i++) {
        line_of(&lines[LOAD_MEASURES], &of->persons[i][period]);
    }
    for (size_t i = 0; form == LOAD_RATED && i < LOAD_MOVABLES; i++) {
        const size_t body = i < LOAD_MOVABLE_PEOPLE ? 0 : 1 + i - LOAD_MOVABLE_PEOPLE;
        line_of(&lines[LOAD_MEASURES + 1 + body], &of->movables[i][period]);
    }
}

static bool same_lines(const struct load_sum *a, const struct load_sum *b)
{
    bool same = true;
    for (size_t i = 0; i < LOAD_LINES; i++) {
        same = same && a[i].count == b[i].count && (a[i].count == 0 || a[i].sum == b[i].sum);
    }
    return same;
}

static bool completion(struct fold *fold, const struct load_item *item)
{
    struct fold_report *report = report_of(fold, item->at, item->what, item->period);
    const bool same = report->declared.live == !item->withdraw &&
                      (item->withdraw || same_lines(report->lines, item->lines));
    const enum news news = fold_news_of(&report->declared, item, same);
    if (news != NEWER) {
        return news == REPEATED;
    }
    if (!fold_is_open(fold, item->at, item->what, item->period)) {
        return false;
    }
    if (!item->withdraw) {
        struct load_sum held[LOAD_LINES];
        const struct fold_node *node = &fold->nodes[item->at.node];
        fold_lines(node, item->at.commune, item->what, item->period, held);
        if (!same_lines(held, item->lines)) {
            return false;
        }
        memcpy(report->lines, item->lines, sizeof(report->lines));
        report->state = report->state == FOLD_ACCEPTED ? FOLD_ACCEPTED : FOLD_SUBMITTED;
    } else {
        report->state = FOLD_OPEN;
    }
    report->exists = true;
    report->declared = standing_of(item);
    return true;
}

static bool decision(struct fold *fold, const struct load_item *item)
{
    struct fold_report *report = report_of(fold, item->at, item->what, item->period);
    struct load_item said = *item;
    said.qualifier = item->returns ? 1 : 0;
    const enum news news =
        fold_news_of(&report->decided, &said, fold_same_words(&report->decided, &said));
    if (news != NEWER) {
        return news == REPEATED;
    }
    if (!report->declared.live || (!item->returns && report->state != FOLD_SUBMITTED)) {
        return false;
    }
    report->state = item->returns ? FOLD_RETURNED : FOLD_ACCEPTED;
    report->decided = standing_of(&said);
    return true;
}

static bool reopening(struct fold *fold, const struct load_item *item)
{
    struct fold_report *report = report_of(fold, item->at, item->what, item->period);
    const enum news news =
        fold_news_of(&report->reopened, item, fold_same_words(&report->reopened, item));
    if (news == NEWER) {
        report->reopened = standing_of(item);
    }
    return news != REFUSED;
}

// ---- one item, one batch ----

bool fold_item(struct fold *fold, uint32_t node, const struct load_item *item)
{
    struct fold_province *province = &fold->provinces[load_province_of(fold->swarm, node)];
    if (item->wrong) {
        return false;
    }
    struct fold_commune *commune = &fold->nodes[item->at.node].communes[item->at.commune];
    switch (item->kind) {
    case LOAD_FIGURE:
        return simple(fold, item, &commune->figures[item->what][item->period], LOAD_POSTS);
    case LOAD_PERSON:
        return simple(fold, item, &commune->persons[item->what][item->period], LOAD_RATED);
    case LOAD_MOVABLE:
        return fold_movable(fold, province, item);
    case LOAD_TRANSFER:
        return fold_transfer_said(fold, node, item);
    case LOAD_COMPLETION:
        return completion(fold, item);
    case LOAD_DECISION:
        return decision(fold, item);
    case LOAD_REOPENING:
        return reopening(fold, item);
    case LOAD_CHANGE:
        return fold_register(fold, node, item);
    }
    th_unreachable();
}

bool fold_again(struct fold *fold, uint32_t node, const struct load_item *item, bool timeless)
{
    struct load_item again = *item;
    again.again = true;
    fold->timeless = timeless;
    fold->telling = (struct fold_told){0};
    const bool taken = fold_item(fold, node, &again);
    fold->timeless = false;
    return taken;
}

static struct fold_batch *add_batch(struct fold_node *node)
{
    if (node->folded >= node->batches_max) {
        const uint64_t before = node->batches_max;
        node->batches_max = node->folded * 2 + 16;
        node->batches = realloc(node->batches, node->batches_max * sizeof(*node->batches));
        th_assert(node->batches != NULL);
        memset(node->batches + before, 0, (node->batches_max - before) * sizeof(*node->batches));
    }
    struct fold_batch *batch = &node->batches[node->folded++];
    *batch = (struct fold_batch){0};
    return batch;
}

void fold_next(struct fold *fold, uint32_t node, size_t line)
{
    struct fold_node *of = &fold->nodes[node];
    th_assert(of->folded < of->lines[line].count);
    struct fold_entered *entered = &of->lines[line].entered[of->folded];
    struct fold_batch *batch = add_batch(of);
    for (uint32_t i = 0; i < entered->batch->count; i++) {
        fold->telling = (struct fold_told){0};
        entered->refused[i] = !fold_item(fold, node, &entered->batch->items[i]);
        batch->did[i] = fold->telling;
        entered->taken[i] = entered->taken[i] || !entered->refused[i];
        entered->was_refused[i] = entered->was_refused[i] || entered->refused[i];
    }
}
