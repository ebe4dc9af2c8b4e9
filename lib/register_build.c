// register_build.c - from rows to an indexed register: sorting, joining and numbering

#include <stdlib.h>

#include "lib/register_body.h"

struct th_register *register_new(void)
{
    return calloc(1, sizeof(struct th_register));
}

void th_register_free(struct th_register **reg)
{
    if (*reg == NULL) {
        return;
    }
    th_pool_free(&(*reg)->texts);
    free((*reg)->versions);
    free((*reg)->successors);
    free((*reg)->by_new);
    free((*reg)->codes);
    free((*reg)->children);
    free((*reg)->by_row);
    free((*reg)->spans);
    free((*reg)->lives);
    free(*reg);
    *reg = NULL;
}

// Room for one more of items that are size bytes each. TH_E_NO_MEMORY leaves all as it was.
static enum th_err grow(void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return TH_OK;
    }
    const size_t wanted = *room == 0 ? 64 : *room * 2;
    void *grown = reallocarray(*items, wanted, size);
    if (grown == NULL) {
        return TH_E_NO_MEMORY;
    }
    *items = grown;
    *room = wanted;
    return TH_OK;
}

enum th_err register_add_version(struct th_register *reg, const struct th_unit *unit, uint32_t line)
{
    if (reg->version_count >= REGISTER_VERSIONS_MAX) {
        return TH_E_TOO_LARGE;
    }
    void *items = reg->versions;
    TH_TRY(grow(&items, reg->version_count, &reg->version_room, sizeof(*reg->versions)));
    reg->versions = items;

    struct register_version version = {
        .unit = *unit, .row = (uint32_t)reg->version_count, .line = line};
    TH_TRY(th_pool_copy(&reg->texts, unit->code, &version.unit.code));
    TH_TRY(th_pool_copy(&reg->texts, unit->name, &version.unit.name));
    TH_TRY(th_pool_copy(&reg->texts, unit->type, &version.unit.type));
    TH_TRY(th_pool_copy(&reg->texts, unit->level, &version.unit.level));
    TH_TRY(th_pool_copy(&reg->texts, unit->parent, &version.unit.parent));
    TH_TRY(th_pool_copy(&reg->texts, unit->basis, &version.unit.basis));
    reg->versions[reg->version_count++] = version;
    return TH_OK;
}

enum th_err register_add_successor(struct th_register *reg, const struct th_successor *successor)
{
    if (reg->successor_count >= REGISTER_VERSIONS_MAX) {
        return TH_E_TOO_LARGE;
    }
    void *items = reg->successors;
    TH_TRY(grow(&items, reg->successor_count, &reg->successor_room, sizeof(*reg->successors)));
    reg->successors = items;

    struct th_successor copy = *successor;
    TH_TRY(th_pool_copy(&reg->texts, successor->old_code, &copy.old_code));
    TH_TRY(th_pool_copy(&reg->texts, successor->new_code, &copy.new_code));
    TH_TRY(th_pool_copy(&reg->texts, successor->basis, &copy.basis));
    reg->successors[reg->successor_count++] = copy;
    return TH_OK;
}

static int compare_days(th_day a, th_day b)
{
    return (a > b) - (a < b);
}

static int compare_versions(const void *left, const void *right)
{
    const struct register_version *a = left;
    const struct register_version *b = right;
    int order = th_bytes_compare(a->unit.code, b->unit.code);
    if (order == 0) {
        order = compare_days(a->unit.from, b->unit.from);
    }
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static int compare_successors(const void *left, const void *right)
{
    const struct th_successor *a = left;
    const struct th_successor *b = right;
    int order = th_bytes_compare(a->old_code, b->old_code);
    if (order == 0) {
        order = compare_days(a->effective, b->effective);
    }
    if (order == 0) {
        order = th_bytes_compare(a->new_code, b->new_code);
    }
    if (order == 0) {
        order = (a->kind > b->kind) - (a->kind < b->kind);
    }
    return order != 0 ? order : th_bytes_compare(a->basis, b->basis);
}

static int compare_spans(const void *left, const void *right)
{
    const struct register_span *a = left;
    const struct register_span *b = right;
    const int order = (a->uid > b->uid) - (a->uid < b->uid);
    return order != 0 ? order : compare_days(a->from, b->from);
}

static enum th_err index_codes(struct th_register *reg)
{
    reg->codes = calloc(reg->version_count + 1, sizeof(*reg->codes));
    if (reg->codes == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < reg->version_count; i++) {
        struct register_version *version = &reg->versions[i];
        if (i == 0 || !th_bytes_equal(version->unit.code, version[-1].unit.code)) {
            reg->codes[reg->code_count++] =
                (struct register_code){.text = version->unit.code, .versions = {.first = i}};
        }
        version->code = reg->code_count - 1;
        reg->codes[version->code].versions.count++;
    }
    return TH_OK;
}

static enum th_err index_children(struct th_register *reg)
{
    reg->children = calloc(reg->version_count + 1, sizeof(*reg->children));
    if (reg->children == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t i = 0; i < reg->version_count; i++) {
        struct register_version *version = &reg->versions[i];
        version->parent = register_code_of(reg, version->unit.parent);
        if (version->parent != REGISTER_NO_CODE) {
            reg->codes[version->parent].children.count++;
        }
    }
    uint32_t first = 0;
    for (uint32_t code = 0; code < reg->code_count; code++) {
        reg->codes[code].children.first = first;
        first += reg->codes[code].children.count;
        reg->codes[code].children.count = 0;
    }
    for (uint32_t i = 0; i < reg->version_count; i++) {
        if (reg->versions[i].parent != REGISTER_NO_CODE) {
            struct register_run *run = &reg->codes[reg->versions[i].parent].children;
            reg->children[run->first + run->count++] = i;
        }
    }
    return TH_OK;
}

static void remember_newest(struct th_register *reg, th_day day)
{
    if (day != TH_DAY_MIN && day != TH_DAY_MAX &&
        (reg->newest == TH_DAY_NONE || day > reg->newest)) {
        reg->newest = day;
    }
}

enum th_err register_index(struct th_register *reg)
{
    if (reg->version_count > 0) {
        qsort(reg->versions, reg->version_count, sizeof(*reg->versions), compare_versions);
    }
    if (reg->successor_count > 0) {
        qsort(reg->successors, reg->successor_count, sizeof(*reg->successors), compare_successors);
    }
    reg->by_row = calloc(reg->version_count + 1, sizeof(*reg->by_row));
    if (reg->by_row == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < reg->version_count; i++) {
        reg->by_row[reg->versions[i].row] = i;
    }
    TH_TRY(register_index_successors(reg));
    TH_TRY(index_codes(reg));
    TH_TRY(index_children(reg));
    reg->newest = TH_DAY_NONE;
    for (size_t i = 0; i < reg->version_count; i++) {
        remember_newest(reg, reg->versions[i].unit.from);
        remember_newest(reg, reg->versions[i].unit.until);
    }
    if (reg->newest == TH_DAY_NONE) {
        reg->newest = TH_DAY_LAST; // nothing ever changes: any day shows the structure
    }
    return TH_OK;
}

// ---- which versions are one unit ----

// While joining, the uid of a version is the number of another of the same unit, or its own: a
// forest. The one that comes first in the file is the root, so that numbering needs one pass.
static uint32_t root_of(struct th_register *reg, uint32_t version)
{
    while (reg->versions[version].unit.uid != version) {
        const uint32_t above = reg->versions[version].unit.uid;
        reg->versions[version].unit.uid = reg->versions[above].unit.uid;
        version = above;
    }
    return version;
}

static void join(struct th_register *reg, uint32_t a, uint32_t b)
{
    const uint32_t root_a = root_of(reg, a);
    const uint32_t root_b = root_of(reg, b);
    if (reg->versions[root_a].row < reg->versions[root_b].row) {
        reg->versions[root_b].unit.uid = root_a;
    } else {
        reg->versions[root_a].unit.uid = root_b;
    }
}

// Only the type changed: the same name and parent, no gap, and no row of the successors.
static bool goes_on(const struct th_register *reg, const struct th_unit *a, const struct th_unit *b)
{
    return th_bytes_equal(a->code, b->code) && a->until == b->from &&
           th_bytes_equal(a->name, b->name) && th_bytes_equal(a->parent, b->parent) &&
           register_successors(reg, a->code, b->from).count == 0;
}

static void join_recoded(struct th_register *reg, const struct th_successor *row)
{
    const struct register_version *before =
        register_code_on(reg, register_code_of(reg, row->old_code), row->effective - 1);
    const struct register_version *after =
        register_code_on(reg, register_code_of(reg, row->new_code), row->effective);
    if (before != NULL && after != NULL) {
        join(reg, (uint32_t)(before - reg->versions), (uint32_t)(after - reg->versions));
    }
}

enum th_err register_join(struct th_register *reg)
{
    for (uint32_t i = 0; i < reg->version_count; i++) {
        reg->versions[i].unit.uid = i;
    }
    for (uint32_t i = 1; i < reg->version_count; i++) {
        if (goes_on(reg, &reg->versions[i - 1].unit, &reg->versions[i].unit)) {
            join(reg, i - 1, i);
        }
    }
    for (size_t i = 0; i < reg->successor_count; i++) {
        if (reg->successors[i].kind == TH_SUCCESSOR_RECODE) {
            join_recoded(reg, &reg->successors[i]);
        }
    }
    return TH_OK;
}

// ---- numbers ----

static enum th_err number_units(struct th_register *reg)
{
    const size_t count = reg->version_count;
    TH_SCOPED(th_free_scoped) uint32_t *uids = calloc(count + 1, sizeof(*uids));
    if (uids == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (size_t row = 0; row < count; row++) {
        const uint32_t version = reg->by_row[row];
        const uint32_t root = root_of(reg, version);
        uids[version] = root == version ? ++reg->unit_count : uids[root];
    }
    for (size_t i = 0; i < count; i++) {
        reg->versions[i].unit.uid = uids[i];
    }
    return TH_OK;
}

enum th_err register_number(struct th_register *reg)
{
    TH_TRY(number_units(reg));
    reg->spans = calloc(reg->version_count + 1, sizeof(*reg->spans));
    reg->lives = calloc((size_t)reg->unit_count + 1, sizeof(*reg->lives));
    if (reg->spans == NULL || reg->lives == NULL) {
        return TH_E_NO_MEMORY;
    }
    for (uint32_t i = 0; i < reg->version_count; i++) {
        const struct th_unit *unit = &reg->versions[i].unit;
        reg->spans[i] = (struct register_span){.uid = unit->uid, .version = i, .from = unit->from};
    }
    qsort(reg->spans, reg->version_count, sizeof(*reg->spans), compare_spans);
    for (uint32_t i = 0; i < reg->version_count; i++) {
        const struct th_unit *unit = &reg->versions[reg->spans[i].version].unit;
        struct register_life *life = &reg->lives[unit->uid - 1];
        if (life->spans.count == 0) {
            life->spans.first = i;
            life->from = unit->from;
        }
        life->spans.count++;
        life->until = unit->until;
    }
    return TH_OK;
}

enum th_err register_finish(struct th_register *reg, struct th_findings *findings)
{
    TH_TRY(register_index(reg));
    if (!register_check(reg, findings)) {
        return TH_E_REFUSED;
    }
    TH_TRY(register_join(reg));
    TH_TRY(register_number(reg));
    return register_check_units(reg, findings) ? TH_OK : TH_E_REFUSED;
}
