// fold.c - see fold.h

#include "tests/sim/fold.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/base.h"

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

static const struct load_place NOWHERE = {.commune = LOAD_COMMUNES};

void fold_forget(struct fold *fold, uint32_t province)
{
    for (uint32_t number = 1; number <= LOAD_NODES_MAX; number++) {
        struct fold_node *node = &fold->nodes[number];
        if (load_province_of(fold->swarm, number) == province) {
            node->decided = 0;
            node->folded = 0;
            memset(node->communes, 0, sizeof(node->communes));
            memset(node->sums, 0, sizeof(node->sums));
        }
    }
    struct fold_province *of = &fold->provinces[province];
    *of = (struct fold_province){0};
    for (size_t i = 0; i < LOAD_MOVABLES; i++) {
        for (size_t period = 0; period < LOAD_PERIODS; period++) {
            of->movables[i][period] = NOWHERE;
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
static void count(struct fold *fold,
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

enum news { NEWER, REPEATED, REFUSED };

// Newer is applied, the same again is nothing, anything else is refused.
static enum news
news_of(const struct fold_standing *standing, const struct load_item *item, bool same)
{
    if (item->revision > standing->revision) {
        return NEWER;
    }
    return standing->revision > 0 && same ? REPEATED : REFUSED;
}

static bool same_words(const struct fold_standing *standing, const struct load_item *item)
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

// ---- forms ----

static struct fold_report *
report_of(struct fold *fold, struct load_place at, uint32_t form, uint32_t period)
{
    return &fold->nodes[at.node].communes[at.commune].reports[form][period];
}

static bool is_open(struct fold *fold, struct load_place at, uint32_t form, uint32_t period)
{
    const struct fold_report *report = report_of(fold, at, form, period);
    return period != LOAD_CLOSED || report->reopened.live || report->state == FOLD_RETURNED;
}

static void touch(struct fold *fold, struct load_place at, uint32_t form, uint32_t period)
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
    const enum news news = news_of(standing, item, same_words(standing, item));
    if (news != NEWER) {
        return news == REPEATED;
    }
    if (!is_open(fold, item->at, form, item->period)) {
        return false;
    }
    count(fold, item, item->at, -1, standing);
    *standing = standing_of(item);
    count(fold, item, item->at, 1, standing);
    touch(fold, item->at, form, item->period);
    return true;
}

// ---- people and bodies that go from commune to commune ----

static bool same_place(struct load_place a, struct load_place b)
{
    return a.node == b.node && a.commune == b.commune;
}

// Did transfers lead the person from one commune to the other by the end of the period?
static bool has_moved(const struct fold_province *province,
                      const struct load_item *item,
                      struct load_place from)
{
    static const uint32_t DAYS_BY_THEN[LOAD_PERIODS] = {2, 1, 3, 0}; // of LOAD_DAY_LABELS
    struct load_place at = from;
    for (uint32_t day = 0; day < DAYS_BY_THEN[item->period]; day++) {
        const struct fold_transfer *transfer = &province->transfers[item->what][day];
        if (transfer->said.live && same_place(transfer->from, at)) {
            at = transfer->to;
        }
    }
    return same_place(at, item->at);
}

// Who may write both communes corrects the record; a commune that the person came to by a transfer
// takes it over under numbers of its own; nobody else has it.
static bool may_take(const struct fold_province *province,
                     const struct load_item *item,
                     struct load_place from,
                     const struct fold_standing *there)
{
    if (from.node == item->at.node) {
        return item->revision > there->revision;
    }
    return item->what < LOAD_MOVABLE_PEOPLE && has_moved(province, item, from);
}

static bool movable(struct fold *fold, struct fold_province *province, const struct load_item *item)
{
    struct fold_commune *own = &fold->nodes[item->at.node].communes[item->at.commune];
    struct fold_standing *standing = &own->movables[item->what][item->period];
    struct load_place *place = &province->movables[item->what][item->period];
    const bool elsewhere = place->commune != LOAD_COMMUNES && !same_place(*place, item->at);
    const enum news news = news_of(standing, item, same_words(standing, item));
    if (news != NEWER) {
        return news == REPEATED;
    }
    if (elsewhere && !item->withdraw) {
        const struct load_place from = *place;
        struct fold_standing *there =
            &fold->nodes[from.node].communes[from.commune].movables[item->what][item->period];
        if (!may_take(province, item, from, there) ||
            !is_open(fold, from, LOAD_RATED, item->period) ||
            !is_open(fold, item->at, LOAD_RATED, item->period)) {
            return false;
        }
        count(fold, item, from, -1, there);
        *there = (struct fold_standing){0};
        touch(fold, from, LOAD_RATED, item->period);
    } else if (!is_open(fold, item->at, LOAD_RATED, item->period)) {
        return false;
    }
    count(fold, item, item->at, -1, standing);
    if (standing->live || !item->withdraw) {
        *place = item->withdraw ? NOWHERE : item->at;
    }
    *standing = standing_of(item);
    count(fold, item, item->at, 1, standing);
    touch(fold, item->at, LOAD_RATED, item->period);
    return true;
}

static bool transfer(struct fold_province *province, uint32_t node, const struct load_item *item)
{
    struct fold_transfer *standing = &province->transfers[item->what][item->day];
    const bool same = same_words(&standing->said, item) &&
                      (item->withdraw || (same_place(standing->from, item->at) &&
                                          same_place(standing->to, item->to)));
    if (standing->said.live && standing->from.node != node) {
        return false;
    }
    const enum news news = news_of(&standing->said, item, same);
    if (news == NEWER) {
        *standing =
            (struct fold_transfer){.said = standing_of(item), .from = item->at, .to = item->to};
    }
    return news != REFUSED;
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
    const enum news news = news_of(&report->declared, item, same);
    if (news != NEWER) {
        return news == REPEATED;
    }
    if (!is_open(fold, item->at, item->what, item->period)) {
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
    const enum news news = news_of(&report->decided, &said, same_words(&report->decided, &said));
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
    const enum news news = news_of(&report->reopened, item, same_words(&report->reopened, item));
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
        return movable(fold, province, item);
    case LOAD_TRANSFER:
        return transfer(province, node, item);
    case LOAD_COMPLETION:
        return completion(fold, item);
    case LOAD_DECISION:
        return decision(fold, item);
    case LOAD_REOPENING:
        return reopening(fold, item);
    }
    th_unreachable();
}

void fold_batch(struct fold *fold, uint32_t node, size_t line)
{
    struct fold_node *of = &fold->nodes[node];
    th_assert(of->folded < of->lines[line].count);
    struct fold_entered *entered = &of->lines[line].entered[of->folded++];
    for (uint32_t i = 0; i < entered->batch->count; i++) {
        entered->refused[i] = !fold_item(fold, node, &entered->batch->items[i]);
        entered->was_refused[i] = entered->was_refused[i] || entered->refused[i];
    }
}

// ---- months ----

// Of the months only July 2018 is rated. A unit that was left brought months along: they, or its
// July, whichever are more.
struct load_sum
fold_months(const struct fold *fold, uint32_t province, uint32_t person, uint32_t year)
{
    enum { JULY = 1 };
    const struct fold_province *of = &fold->provinces[province];
    const struct load_place at = of->movables[person][JULY];
    const struct fold_standing *july =
        at.commune < LOAD_COMMUNES
            ? &fold->nodes[at.node].communes[at.commune].movables[person][JULY]
            : NULL;
    bool known = year == 0 && july != NULL && july->value >= 0;
    struct load_sum months = {0};
    for (uint32_t day = year == 0 ? 0 : 2; day < (year == 0 ? 2 : LOAD_DAYS); day++) {
        const struct fold_transfer *left = &of->transfers[person][day];
        const bool behind = known && day == 1 && same_place(left->from, at);
        if (left->said.live && left->said.qualifier > (behind ? 1U : 0U)) {
            known = known && !behind;
            months.count += left->said.qualifier;
            months.sum += left->said.value;
        }
    }
    months.count += known ? 1 : 0;
    months.sum += known ? july->value : 0;
    return months;
}
