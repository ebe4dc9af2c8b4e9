// catalogue_reporters.c - who reports a form on a day

#include "tonghop/catalogue.h"

static bool listed(const struct th_form *form, struct th_bytes word)
{
    for (size_t i = 0; i < form->reporter_count; i++) {
        if (th_bytes_equal(form->reporter_list[i], word)) {
            return true;
        }
    }
    return false;
}

static bool is_leaf(const struct th_register *reg, uint32_t uid, th_day day)
{
    return th_register_child(reg, uid, day, 0) == TH_UNIT_NONE;
}

static bool in_tree(const struct th_register *reg, uint32_t root, uint32_t uid, th_day day)
{
    return uid == root || th_register_is_below(reg, uid, root, day);
}

bool th_form_is_reporter(const struct th_form *form,
                         const struct th_register *reg,
                         uint32_t root,
                         uint32_t uid,
                         th_day day)
{
    struct th_unit unit;
    if (th_register_on(reg, uid, day, &unit) != TH_OK) {
        return false;
    }
    if (form == NULL || form->reporters == TH_REPORT_LEAVES) {
        return in_tree(reg, root, uid, day) && is_leaf(reg, uid, day);
    }
    if (form->reporters == TH_REPORT_LEVELS) {
        return th_register_parent(reg, uid, day) == root && listed(form, unit.level);
    }
    return in_tree(reg, root, uid, day) && listed(form, unit.code);
}

// The depth of a register is bounded (G3), and so is this walk.
// NOLINTNEXTLINE(misc-no-recursion)
static uint32_t leaves(const struct th_register *reg, uint32_t uid, th_day day)
{
    uint32_t count = 0;
    struct th_children children = th_register_children(reg, uid, day);
    uint32_t child = th_children_next(reg, &children);
    if (child == TH_UNIT_NONE) {
        return 1;
    }
    while (child != TH_UNIT_NONE) {
        count += leaves(reg, child, day);
        child = th_children_next(reg, &children);
    }
    return count;
}

static uint32_t reporting_children(const struct th_form *form,
                                   const struct th_register *reg,
                                   uint32_t root,
                                   th_day day)
{
    uint32_t count = 0;
    struct th_children children = th_register_children(reg, root, day);
    uint32_t child = th_children_next(reg, &children);
    while (child != TH_UNIT_NONE) {
        count += th_form_is_reporter(form, reg, root, child, day) ? 1 : 0;
        child = th_children_next(reg, &children);
    }
    return count;
}

static uint32_t
listed_units(const struct th_form *form, const struct th_register *reg, uint32_t top, th_day day)
{
    uint32_t count = 0;
    for (size_t i = 0; i < form->reporter_count; i++) {
        const uint32_t uid = th_register_find(reg, form->reporter_list[i], day);
        count += uid != TH_UNIT_NONE && in_tree(reg, top, uid, day) ? 1 : 0;
    }
    return count;
}

uint32_t th_form_reporters(const struct th_form *form,
                           const struct th_register *reg,
                           uint32_t root,
                           uint32_t uid,
                           th_day day)
{
    struct th_unit unit;
    if (th_register_on(reg, uid, day, &unit) != TH_OK || !in_tree(reg, root, uid, day)) {
        return 0;
    }
    if (form == NULL || form->reporters == TH_REPORT_LEAVES) {
        return leaves(reg, uid, day);
    }
    if (form->reporters == TH_REPORT_UNITS) {
        return listed_units(form, reg, uid, day);
    }
    if (uid == root) {
        return reporting_children(form, reg, root, day);
    }
    return th_form_is_reporter(form, reg, root, uid, day) ? 1 : 0;
}
