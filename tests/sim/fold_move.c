// fold_move.c - people and bodies that go from commune to commune, and codes that go from unit to
// unit

#include "tonghop/base.h"

#include "tests/sim/fold_body.h"

// ---- people and bodies that go from commune to commune ----

static bool same_place(struct load_place a, struct load_place b)
{
    return a.node == b.node && a.commune == b.commune;
}

// What the code of a commune means: after a change of the register another unit than before.
static struct load_place
unit_of(const struct fold_province *province, struct load_place place, bool later)
{
    const bool other = later && place.commune == 0 && province->renewed[place.node];
    return (struct load_place){place.node, other ? LOAD_COMMUNES : place.commune};
}

// Did transfers lead the person from one unit to the other by the end of the period?
static bool has_moved(const struct fold_province *province,
                      const struct load_item *item,
                      struct load_place from)
{
    static const uint32_t DAYS_BY_THEN[LOAD_PERIODS] = {2, 1, 3, 0}; // of LOAD_DAY_LABELS
    const bool later = item->period == LOAD_LATER;
    struct load_place at = unit_of(province, from, later);
    for (uint32_t day = 0; day < DAYS_BY_THEN[item->period]; day++) {
        const struct fold_transfer *transfer = &province->transfers[item->what][day];
        const bool then = day == LOAD_DAYS - 1;
        if (transfer->said.live && same_place(unit_of(province, transfer->from, then), at)) {
            at = unit_of(province, transfer->to, then);
        }
    }
    return same_place(at, unit_of(province, item->at, later));
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

bool fold_movable(struct fold *fold, struct fold_province *province, const struct load_item *item)
{
    struct fold_commune *own = &fold->nodes[item->at.node].communes[item->at.commune];
    struct fold_standing *standing = &own->movables[item->what][item->period];
    struct load_place *place = &province->movables[item->what][item->period];
    const bool elsewhere = place->commune != LOAD_COMMUNES && !same_place(*place, item->at);
    const enum news news = fold_news_of(standing, item, fold_same_words(standing, item));
    if (news != NEWER) {
        return news == REPEATED;
    }
    if (elsewhere && !item->withdraw) {
        const struct load_place from = *place;
        struct fold_standing *there =
            &fold->nodes[from.node].communes[from.commune].movables[item->what][item->period];
        if (item->again && from.node == item->at.node && item->revision < there->revision) {
            return true;
        }
        if (!may_take(province, item, from, there) ||
            !fold_is_open(fold, from, LOAD_RATED, item->period) ||
            !fold_is_open(fold, item->at, LOAD_RATED, item->period)) {
            return false;
        }
        fold_count(fold, item, from, -1, there);
        fold_tell(fold, there, NULL);
        *there = (struct fold_standing){0};
        fold_touch(fold, from, LOAD_RATED, item->period);
    } else if (!fold_is_open(fold, item->at, LOAD_RATED, item->period)) {
        return false;
    }
    fold_count(fold, item, item->at, -1, standing);
    if (standing->live || !item->withdraw) {
        *place = item->withdraw ? FOLD_NOWHERE : item->at;
    }
    fold_replace(fold, standing, item);
    fold_count(fold, item, item->at, 1, standing);
    fold_touch(fold, item->at, LOAD_RATED, item->period);
    return true;
}

bool fold_transfer_said(struct fold *fold, uint32_t node, const struct load_item *item)
{
    struct fold_province *province = &fold->provinces[load_province_of(fold->swarm, node)];
    struct fold_transfer *standing = &province->transfers[item->what][item->day];
    const bool same = fold_same_words(&standing->said, item) &&
                      (item->withdraw || (same_place(standing->from, item->at) &&
                                          same_place(standing->to, item->to)));
    if (standing->said.live && standing->from.node != node) {
        return false;
    }
    const enum news news = fold_news_of(&standing->said, item, same);
    if (news == NEWER) {
        fold_replace(fold, &standing->said, item);
        standing->from = item->at;
        standing->to = item->to;
    }
    return news != REFUSED;
}

// ---- the register ----

// A transfer of later days from or to the unit that ends would be of nobody's.
static bool may_renew(const struct fold_province *province, struct load_place place)
{
    bool may = true;
    for (size_t person = 0; person < LOAD_MOVABLE_PEOPLE; person++) {
        const struct fold_transfer *last = &province->transfers[person][LOAD_DAYS - 1];
        may = may && (!last->said.live ||
                      (!same_place(last->from, place) && !same_place(last->to, place)));
    }
    return may;
}

// What was said of later periods is carried to the new unit as it is.
static void tell_of_all(struct fold *fold, const struct fold_commune *commune)
{
    for (size_t i = 0; i < LOAD_MEASURES; i++) {
        fold_tell(fold, &commune->figures[i][LOAD_LATER], &commune->figures[i][LOAD_LATER]);
    }
    for (size_t i = 0; i < LOAD_PERSONS; i++) {
        fold_tell(fold, &commune->persons[i][LOAD_LATER], &commune->persons[i][LOAD_LATER]);
    }
    for (size_t i = 0; i < LOAD_MOVABLES; i++) {
        fold_tell(fold, &commune->movables[i][LOAD_LATER], &commune->movables[i][LOAD_LATER]);
    }
}

bool fold_register(struct fold *fold, uint32_t node, const struct load_item *item)
{
    struct fold_province *province = &fold->provinces[load_province_of(fold->swarm, node)];
    const bool renewed = province->renewed[item->at.node];
    switch ((enum load_step)item->what) {
    case LOAD_FORGET:
        province->rows = 0;
        return true;
    case LOAD_ENDS:
    case LOAD_BEGINS:
        province->rows++;
        return true;
    case LOAD_APPLY:
        if (province->rows == 0 || item->value != province->rows ||
            (!renewed && !may_renew(province, item->at))) {
            return false;
        }
        if (!renewed) {
            tell_of_all(fold, &fold->nodes[item->at.node].communes[item->at.commune]);
        }
        province->renewed[item->at.node] = true;
        province->rows = 0;
        return true;
    case LOAD_STEPS:
        break;
    }
    th_unreachable();
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
