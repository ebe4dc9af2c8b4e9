// realm_unit.c - what becomes of the units of a random province

#include <stdio.h>
#include <string.h>

#include "tests/support/realm.h"

enum { CODES_MAX = 99, CHILDREN_MAX = 24 };

// ---- rows ----

// Room for a few more rows?
static bool has_room(const struct realm *realm, const struct ground *ground)
{
    return ground->version_count < GROUND_VERSIONS_MAX - CHILDREN_MAX &&
           ground->row_count < GROUND_ROWS_MAX - CHILDREN_MAX && realm->codes < CODES_MAX &&
           ground->units < GROUND_UNITS_MAX - CHILDREN_MAX;
}

static bool begins_later(const struct ground *ground, const char *code, int half)
{
    for (int i = 0; i < ground->version_count; i++) {
        if (strcmp(ground->versions[i].code, code) == 0 && ground->versions[i].from >= half) {
            return true;
        }
    }
    return false;
}

// A version below the root that lives through the boundary before half, and nothing of its code
// begins behind it; -1.
static int pick(struct realm *realm, const struct ground *ground, int half, const char *level)
{
    for (int tries = 0; tries < 20; tries++) {
        const int at = (int)rng_below(realm->rng, (uint32_t)ground->version_count);
        const struct ground_version *version = &ground->versions[at];
        if (version->from < half && version->until == GROUND_HALVES && version->parent[0] != '\0' &&
            !begins_later(ground, version->code, half) &&
            (level == NULL || strcmp(version->level, level) == 0)) {
            return at;
        }
    }
    return -1;
}

static struct ground_version *add_version(struct ground *ground, struct ground_version version)
{
    ground->versions[ground->version_count] = version;
    return &ground->versions[ground->version_count++];
}

static void
add_row(struct ground *ground, const char *old, const char *new, int half, enum ground_kind kind)
{
    int at = 0;
    while (at < ground->row_count &&
           (ground->rows[at].half != half || strcmp(ground->rows[at].old_code, old) != 0 ||
            strcmp(ground->rows[at].new_code, new) != 0)) {
        at++;
    }
    ground->row_count += at == ground->row_count ? 1 : 0;
    struct ground_row *row = &ground->rows[at];
    *row = (struct ground_row){.half = half, .kind = kind};
    (void)snprintf(row->old_code, sizeof(row->old_code), "%s", old);
    (void)snprintf(row->new_code, sizeof(row->new_code), "%s", new);
}

// From half on the version goes on as a row of its own.
static struct ground_version *cut(struct ground *ground, int at, int half)
{
    struct ground_version next = ground->versions[at];
    next.from = half;
    ground->versions[at].until = half;
    return add_version(ground, next);
}

static void new_code(struct realm *realm, char out[static 8], char letter)
{
    (void)snprintf(out, 8, "%c%02d", letter, realm->codes++ % 100);
}

// What was below old stands below new from half on, as the same units.
static void move_children(struct ground *ground, const char *old, const char *new, int half)
{
    const int count = ground->version_count;
    char from[8];
    (void)snprintf(from, sizeof(from), "%s", old);
    for (int i = 0; i < count; i++) {
        struct ground_version *child = &ground->versions[i];
        if (strcmp(child->parent, from) == 0 && child->from < half && half < child->until) {
            struct ground_version *next = cut(ground, i, half);
            (void)snprintf(next->parent, sizeof(next->parent), "%s", new);
            add_row(ground, next->code, next->code, half, GROUND_RECODE);
        } else if (strcmp(child->parent, from) == 0 && child->from >= half) {
            (void)snprintf(child->parent, sizeof(child->parent), "%s", new);
        }
    }
}

// ---- what may happen ----

static bool merge(struct realm *realm, struct ground *ground, int half)
{
    const int at = pick(realm, ground, half, NULL);
    const int into = at < 0 ? -1 : pick(realm, ground, half, ground->versions[at].level);
    if (into < 0 || into == at) {
        return false;
    }
    const struct ground_version gone = ground->versions[at];
    const struct ground_version heir = ground->versions[into];
    ground->versions[at].until = half;
    add_row(ground,
            gone.code,
            heir.code,
            half,
            rng_chance(realm->rng, 85) ? GROUND_FULL : GROUND_PARTIAL);
    if (rng_chance(realm->rng, 95)) {
        move_children(ground, gone.code, heir.code, half);
    }
    return true;
}

static bool close_it(struct realm *realm, struct ground *ground, int half)
{
    const int at = pick(realm, ground, half, "commune");
    if (at >= 0) {
        ground->versions[at].until = half;
    }
    return at >= 0;
}

static bool split(struct realm *realm, struct ground *ground, int half)
{
    const int at = pick(realm, ground, half, "commune");
    if (at < 0) {
        return false;
    }
    const enum ground_kind kind = rng_chance(realm->rng, 70) ? GROUND_PARTIAL : GROUND_FULL;
    const bool stays = rng_chance(realm->rng, 30);
    struct ground_version part = ground->versions[at];
    part.from = half;
    part.until = GROUND_HALVES;
    if (stays) {
        add_row(ground, part.code, part.code, half, kind);
        (void)cut(ground, at, half);
    } else {
        ground->versions[at].until = half;
    }
    const struct ground_version whole = ground->versions[at];
    for (int i = stays ? 1 : 0; i < 2; i++) {
        new_code(realm, part.code, 'N');
        (void)snprintf(part.name, sizeof(part.name), "New %.8s", part.code);
        (void)add_version(ground, part);
        add_row(ground, whole.code, part.code, half, kind);
    }
    return true;
}

static bool recode(struct realm *realm, struct ground *ground, int half)
{
    const int at = pick(realm, ground, half, NULL);
    if (at < 0) {
        return false;
    }
    struct ground_version next = ground->versions[at];
    const char old_letter = next.code[0];
    char old[8];
    (void)snprintf(old, sizeof(old), "%s", next.code);
    ground->versions[at].until = half;
    next.from = half;
    new_code(realm, next.code, old_letter);
    (void)add_version(ground, next);
    add_row(ground, old, next.code, half, GROUND_RECODE);
    move_children(ground, old, next.code, half);
    return true;
}

static bool move(struct realm *realm, struct ground *ground, int half)
{
    const int at = pick(realm, ground, half, "commune");
    const int above = pick(realm, ground, half, "district");
    if (at < 0 || above < 0) {
        return false;
    }
    struct ground_version *next = cut(ground, at, half);
    (void)snprintf(next->parent, sizeof(next->parent), "%s", ground->versions[above].code);
    if (rng_chance(realm->rng, 70)) {
        add_row(ground, next->code, next->code, half, GROUND_RECODE);
    }
    return true;
}

static bool rename_it(struct realm *realm, struct ground *ground, int half)
{
    const int at = pick(realm, ground, half, NULL);
    if (at < 0) {
        return false;
    }
    struct ground_version *next = cut(ground, at, half);
    if (rng_chance(realm->rng, 80)) {
        (void)snprintf(next->name, sizeof(next->name), "Also %.8s", next->code);
    } else {
        (void)snprintf(next->level, sizeof(next->level), "other"); // the same unit
    }
    return true;
}

static bool found(struct realm *realm, struct ground *ground, int half)
{
    const int above = pick(realm, ground, half, "district");
    if (above < 0) {
        return false;
    }
    struct ground_version fresh = {.from = half, .until = GROUND_HALVES};
    new_code(realm, fresh.code, 'C');
    (void)snprintf(fresh.name, sizeof(fresh.name), "Fresh %.8s", fresh.code);
    (void)snprintf(fresh.level, sizeof(fresh.level), "commune");
    (void)snprintf(fresh.parent, sizeof(fresh.parent), "%s", ground->versions[above].code);
    (void)add_version(ground, fresh);
    return true;
}

// Nobody is above it.
static bool spoil(struct realm *realm, struct ground *ground, int half)
{
    const int at = pick(realm, ground, half, "commune");
    if (at >= 0) {
        struct ground_version *next = cut(ground, at, half);
        (void)snprintf(next->parent, sizeof(next->parent), "NONE");
    }
    return at >= 0;
}

bool realm_edit(struct realm *realm, struct ground *ground)
{
    static bool (*const EDITS[])(struct realm *, struct ground *, int) = {merge,
                                                                          merge,
                                                                          merge,
                                                                          split,
                                                                          split,
                                                                          recode,
                                                                          recode,
                                                                          move,
                                                                          move,
                                                                          move,
                                                                          rename_it,
                                                                          rename_it,
                                                                          close_it,
                                                                          found};
    const int half = (int)rng_between(realm->rng, 1, GROUND_HALVES - 1);
    if (!has_room(realm, ground)) {
        return false;
    }
    return rng_chance(realm->rng, 3)
               ? spoil(realm, ground, half)
               : EDITS[rng_below(realm->rng, TH_COUNT(EDITS))](realm, ground, half);
}

// Two figures of one key come to stand above each other.
static bool collide(struct realm *realm, struct ground *ground)
{
    const struct naive *naive = &realm->naive;
    for (int tries = 0; tries < 200 && naive->count > 0 && has_room(realm, ground); tries++) {
        const struct naive_entry *a =
            &naive->entries[rng_below(realm->rng, (uint32_t)naive->count)];
        const struct naive_entry *b =
            &naive->entries[rng_below(realm->rng, (uint32_t)naive->count)];
        const int half = ground_half(ground, a->unit, &a->period);
        const int at = ground->version_of[half][a->unit];
        const int above = ground->version_of[half][b->unit];
        if (a->live && b->live && !a->evaluation && !a->transfer && a->unit != b->unit &&
            strcmp(a->measure, b->measure) == 0 && strcmp(a->dims, b->dims) == 0 &&
            strcmp(a->period.label, b->period.label) == 0 && at >= 0 && above >= 0 && half > 0 &&
            strcmp(ground->versions[at].level, "commune") == 0 &&
            strcmp(ground->versions[above].level, "district") == 0 &&
            ground->versions[at].from < half) {
            struct ground_version *next = cut(ground, at, half);
            (void)snprintf(next->parent, sizeof(next->parent), "%s", ground->versions[above].code);
            if (rng_chance(realm->rng, 60)) {
                add_row(ground, next->code, next->code, half, GROUND_RECODE);
            }
            return true;
        }
    }
    return false;
}

// ---- acts of the desk ----

static struct th_update act_of(enum th_act act)
{
    return (struct th_update){
        .kind = TH_KIND_DESK, .op = TH_OP_SET, .revision = 1, .desk = {.act = act}};
}

static struct th_update
unit_act(struct realm *realm, const struct ground *ground, const struct ground_version *version)
{
    struct th_update update = act_of(TH_ACT_DESK_UNIT);
    char days[2][12] = {"", ""};
    update.desk.code = realm_word(realm, version->code);
    update.desk.name = realm_word(realm, version->name);
    update.desk.type = realm_word(realm, version->level);
    update.desk.parent = realm_word(realm, version->parent);
    update.desk.valid_from = realm_word(
        realm, version->from == 0 ? "" : ground_first_day(ground, version->from, days[0]));
    update.desk.valid_to = realm_word(
        realm,
        version->until == GROUND_HALVES ? "" : ground_first_day(ground, version->until, days[1]));
    return update;
}

static struct th_update
successor_act(struct realm *realm, const struct ground *ground, const struct ground_row *row)
{
    static const char *const KINDS[] = {"full", "partial", "recode"};
    struct th_update update = act_of(TH_ACT_DESK_SUCCESSOR);
    char day[12];
    update.desk.code = realm_word(realm, row->old_code);
    update.desk.new_code = realm_word(realm, row->new_code);
    update.desk.effective = realm_word(realm, ground_first_day(ground, row->half, day));
    update.desk.successor = th_bytes_of(KINDS[row->kind]);
    return update;
}

static bool same_version(const struct ground_version *a, const struct ground_version *b)
{
    return a->from == b->from && a->until == b->until && strcmp(a->code, b->code) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->level, b->level) == 0 &&
           strcmp(a->parent, b->parent) == 0;
}

size_t realm_changes(struct realm *realm, struct th_update *updates, struct ground *after)
{
    const struct ground *before = &realm->naive.ground;
    size_t count = 0;
    *after = *before;
    const bool collides = rng_chance(realm->rng, 15) && collide(realm, after);
    if (!collides && !realm_edit(realm, after)) {
        return 0;
    }
    for (int i = 0; i < after->version_count; i++) {
        if (i >= before->version_count ||
            !same_version(&before->versions[i], &after->versions[i])) {
            updates[count++] = unit_act(realm, after, &after->versions[i]);
        }
    }
    for (int i = 0; i < after->row_count; i++) {
        if (i >= before->row_count || before->rows[i].kind != after->rows[i].kind) {
            updates[count++] = successor_act(realm, after, &after->rows[i]);
        }
    }
    updates[count] = act_of(TH_ACT_DESK_REGISTER);
    updates[count].desk.rows = (struct th_opt){.has = true, .value = (int64_t)count};
    return count + 1;
}
