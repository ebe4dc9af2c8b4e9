// public_groups.c - see public_groups.h

#include "workers/public_groups.h"

#include "tonghop/base.h"

enum { AXIS_LEVEL = 1, AXIS_CATEGORY = 2 };

// ---- kinds ----

static bool add_kind(struct public_groups *out, struct public_kind kind)
{
    if (out->kind_count == TH_SUPPRESS_KINDS_MAX) {
        return false;
    }
    out->kinds[out->kind_count++] = kind;
    return true;
}

static uint8_t with_others(const struct public_dim *dim)
{
    return (uint8_t)(dim->count + (dim->others ? 1 : 0));
}

static uint8_t member_at(const struct public_dim *dim, uint8_t index)
{
    return index < dim->count ? index : (uint8_t)PUBLIC_OTHER;
}

static uint8_t categories_of(const struct public_spec *spec)
{
    const uint8_t count = with_others(&spec->category);
    return count > 0 ? count : 1; // without the dimension all are others
}

static bool add_kinds(struct public_groups *out)
{
    const struct public_spec *spec = &out->spec;
    bool room = true;
    for (uint8_t c = 0; c < categories_of(spec); c++) {
        for (uint8_t l = 0; l < with_others(&spec->level); l++) {
            const struct public_kind kind = {
                member_at(&spec->category, c), member_at(&spec->level, l), PUBLIC_UNSCORED, false};
            const bool below = l < spec->level.count && (spec->below_levels >> l & 1) != 0;
            const uint8_t states =
                !spec->scored ? 1 : (uint8_t)(below ? 2 + PUBLIC_REASONS_MAX : 2);
            for (uint8_t state = 0; state < states; state++) {
                struct public_kind one = kind;
                one.state = state;
                room = room && add_kind(out, one);
            }
        }
    }
    for (uint8_t c = 0; spec->scored && c < categories_of(spec); c++) {
        room = room && add_kind(out,
                                (struct public_kind){.category = member_at(&spec->category, c),
                                                     .is_sum = true});
        out->sum_count++;
    }
    return room;
}

uint32_t
public_kind_find(const struct public_groups *groups, uint8_t category, uint8_t level, uint8_t state)
{
    uint32_t i = 0;
    while (i < groups->kind_count &&
           (groups->kinds[i].is_sum || groups->kinds[i].category != category ||
            groups->kinds[i].level != level || groups->kinds[i].state != state)) {
        i++;
    }
    return i;
}

uint32_t public_sum_find(const struct public_groups *groups, uint8_t category)
{
    uint32_t i = groups->kind_count - groups->sum_count;
    while (i < groups->kind_count && groups->kinds[i].category != category) {
        i++;
    }
    return i;
}

uint8_t public_member(const struct public_dim *dim, struct th_bytes member)
{
    for (uint8_t i = 0; i < dim->count; i++) {
        if (th_bytes_equal(dim->members[i], member)) {
            return i;
        }
    }
    return PUBLIC_OTHER;
}

// ---- groups ----

static bool is_of(uint8_t wanted, uint8_t member)
{
    return wanted == PUBLIC_ANY || wanted == member;
}

// Does the group have the kind?
static bool has_kind(const struct public_group *about, const struct public_kind *kind, bool sum)
{
    if (kind->is_sum != sum || !is_of(about->category, kind->category)) {
        return false;
    }
    if (sum) {
        return true;
    }
    switch (about->measure) {
    case PUBLIC_PEOPLE:
        return is_of(about->level, kind->level);
    case PUBLIC_SCORES:
        return kind->state != PUBLIC_UNSCORED;
    case PUBLIC_REASONS:
        return kind->state >= PUBLIC_BELOW &&
               is_of(about->level, (uint8_t)(kind->state - PUBLIC_BELOW));
    }
    th_unreachable();
}

static bool
add_group(struct public_groups *out, struct public_group about, enum th_suppress_rule rule)
{
    if (out->group_count == TH_SUPPRESS_GROUPS_MAX) {
        return false;
    }
    const uint32_t number = out->group_count;
    struct th_suppress_group *group = &out->groups[number];
    *group = (struct th_suppress_group){.rule = rule, .base = number};
    group->axes = (uint8_t)((about.level != PUBLIC_ANY ? AXIS_LEVEL : 0) |
                            (about.category != PUBLIC_ANY ? AXIS_CATEGORY : 0));
    for (uint32_t kind = 0; kind < out->kind_count; kind++) {
        if (has_kind(&about, &out->kinds[kind], rule == TH_SUPPRESS_SUM)) {
            group->kinds.bits[kind / 64] |= (uint64_t)1 << (kind % 64);
        }
    }
    out->about[out->group_count++] = about;
    return true;
}

uint32_t public_group_find(const struct public_groups *groups, struct public_group about)
{
    uint32_t i = 0;
    while (i < groups->group_count &&
           (groups->groups[i].rule == TH_SUPPRESS_REST ||
            groups->groups[i].rule == TH_SUPPRESS_SUM ||
            groups->about[i].measure != about.measure ||
            groups->about[i].category != about.category || groups->about[i].level != about.level)) {
        i++;
    }
    return i;
}

// How many members a measure's people fall into, and may there be others?
static uint8_t levels_of(const struct public_spec *spec, enum public_measure measure, bool *others)
{
    *others = measure == PUBLIC_PEOPLE && spec->level.others;
    switch (measure) {
    case PUBLIC_PEOPLE:
        return spec->level.count;
    case PUBLIC_REASONS:
        return PUBLIC_REASONS_MAX;
    case PUBLIC_SCORES:
        return 0;
    }
    th_unreachable();
}

// A zero speaks about the people of the same category, or of the unit.
static void set_bases(struct public_groups *out)
{
    for (uint32_t i = 0; i < out->group_count; i++) {
        const struct public_group about = out->about[i];
        const struct public_group everybody = {PUBLIC_PEOPLE, PUBLIC_ANY, PUBLIC_ANY};
        struct public_group base = {PUBLIC_PEOPLE, about.category, PUBLIC_ANY};
        const bool plain = about.measure == PUBLIC_PEOPLE && about.level == PUBLIC_ANY;
        if (out->groups[i].rule == TH_SUPPRESS_COUNT) {
            out->groups[i].base = public_group_find(out, plain ? everybody : base);
        }
    }
}

// All groups of a measure: everybody, categories, levels, both.
static bool add_groups(struct public_groups *out, enum public_measure measure)
{
    bool others = false;
    const uint8_t categories = out->spec.category.count;
    const uint8_t levels = levels_of(&out->spec, measure, &others);
    const enum th_suppress_rule rule =
        measure == PUBLIC_SCORES ? TH_SUPPRESS_SCORED : TH_SUPPRESS_COUNT;
    bool room = add_group(out, (struct public_group){measure, PUBLIC_ANY, PUBLIC_ANY}, rule);
    for (uint8_t c = 0; c < categories; c++) {
        room = room && add_group(out, (struct public_group){measure, c, PUBLIC_ANY}, rule);
    }
    for (uint8_t l = 0; l < levels; l++) {
        room = room && add_group(out, (struct public_group){measure, PUBLIC_ANY, l}, rule);
    }
    for (uint8_t c = 0; c < categories; c++) {
        for (uint8_t l = 0; l < levels; l++) {
            room = room && add_group(out, (struct public_group){measure, c, l}, rule);
        }
    }
    return room;
}

// The sums, each behind its number of people.
static bool add_sums(struct public_groups *out)
{
    const uint32_t people = out->group_count;
    bool room = true;
    for (uint32_t i = 0; i < people && room; i++) {
        if (out->groups[i].rule == TH_SUPPRESS_SCORED) {
            room = add_group(out, out->about[i], TH_SUPPRESS_SUM);
            out->groups[out->group_count - 1].twin = i;
        }
    }
    return room;
}

// ---- lines ----

static bool begin_line(struct public_groups *out, uint32_t total, bool levels)
{
    if (out->line_count == PUBLIC_LINES_MAX) {
        return false;
    }
    out->lines[out->line_count++] =
        (struct th_suppress_line){.total = total, .first = out->part_count, .levels = levels};
    return true;
}

static bool add_part(struct public_groups *out, uint32_t group)
{
    if (out->part_count == PUBLIC_PARTS_MAX) {
        return false;
    }
    out->parts[out->part_count++] = group;
    out->lines[out->line_count - 1].count++;
    return true;
}

// What is in the total of the last line and in none of its parts: nobody can ask for it.
static bool add_rest(struct public_groups *out)
{
    const struct th_suppress_line *line = &out->lines[out->line_count - 1];
    if (out->group_count == TH_SUPPRESS_GROUPS_MAX) {
        return false;
    }
    struct th_suppress_group rest = {
        .kinds = out->groups[line->total].kinds,
        .rule = TH_SUPPRESS_REST,
        .base = out->group_count,
    };
    for (uint32_t i = 0; i < line->count; i++) {
        const struct th_suppress_kinds *part = &out->groups[out->parts[line->first + i]].kinds;
        for (size_t word = 0; word < TH_COUNT(rest.kinds.bits); word++) {
            rest.kinds.bits[word] &= ~part->bits[word];
        }
    }
    out->about[out->group_count] = out->about[line->total];
    out->groups[out->group_count] = rest;
    return add_part(out, out->group_count++);
}

static bool split_by_level(struct public_groups *out, struct public_group total)
{
    bool others = false;
    const uint8_t levels = levels_of(&out->spec, total.measure, &others);
    if (levels == 0) {
        return true;
    }
    bool room = begin_line(out, public_group_find(out, total), true);
    for (uint8_t l = 0; l < levels && room; l++) {
        const struct public_group part = {total.measure, total.category, l};
        room = add_part(out, public_group_find(out, part));
    }
    return room && (!others || add_rest(out));
}

static bool split_by_category(struct public_groups *out, struct public_group total)
{
    const struct public_dim *categories = &out->spec.category;
    if (categories->count == 0) {
        return true;
    }
    bool room = begin_line(out, public_group_find(out, total), false);
    for (uint8_t c = 0; c < categories->count && room; c++) {
        const struct public_group part = {total.measure, c, total.level};
        room = add_part(out, public_group_find(out, part));
    }
    return room && (!categories->others || add_rest(out));
}

static bool add_lines(struct public_groups *out, enum public_measure measure)
{
    bool others = false;
    const uint8_t levels = levels_of(&out->spec, measure, &others);
    const struct public_group everybody = {measure, PUBLIC_ANY, PUBLIC_ANY};
    bool room = split_by_level(out, everybody) && split_by_category(out, everybody);
    for (uint8_t c = 0; c < out->spec.category.count; c++) {
        room = room && split_by_level(out, (struct public_group){measure, c, PUBLIC_ANY});
    }
    for (uint8_t l = 0; l < levels; l++) {
        room = room && split_by_category(out, (struct public_group){measure, PUBLIC_ANY, l});
    }
    return room;
}

// Sums fall into categories as their people do.
static bool add_sum_line(struct public_groups *out)
{
    const uint32_t first = out->group_count - out->sum_groups;
    if (out->spec.category.count == 0 || !begin_line(out, first, false)) {
        return out->spec.category.count == 0;
    }
    bool room = true;
    for (uint8_t c = 0; c < out->spec.category.count && room; c++) {
        room = add_part(out, first + 1 + c);
    }
    return room && (!out->spec.category.others || add_rest(out));
}

// Those who are in one measure and not in the next, by category.
static bool add_between(struct public_groups *out, enum public_measure all, enum public_measure of)
{
    bool room = true;
    for (int c = -1; c < out->spec.category.count && room; c++) {
        const uint8_t category = c < 0 ? (uint8_t)PUBLIC_ANY : (uint8_t)c;
        const struct public_group total = {all, category, PUBLIC_ANY};
        const struct public_group part = {of, category, PUBLIC_ANY};
        room = begin_line(out, public_group_find(out, total), false) &&
               add_part(out, public_group_find(out, part)) && add_rest(out);
    }
    return room;
}

// A group without kinds is a zero that everybody knows.
static bool has_reasons(const struct public_spec *spec)
{
    return spec->scored && spec->below_levels != 0;
}

enum th_err public_groups_make(const struct public_spec *spec, struct public_groups *out)
{
    *out = (struct public_groups){.spec = *spec};
    bool room = add_kinds(out) && add_groups(out, PUBLIC_PEOPLE);
    if (spec->scored) {
        room = room && add_groups(out, PUBLIC_SCORES) &&
               (!has_reasons(spec) || add_groups(out, PUBLIC_REASONS));
        const uint32_t people = out->group_count;
        room = room && add_sums(out);
        out->sum_groups = out->group_count - people;
        room = room && add_sum_line(out);
    }
    set_bases(out);
    room = room && add_lines(out, PUBLIC_PEOPLE);
    if (spec->scored) {
        room =
            room && add_lines(out, PUBLIC_SCORES) && add_between(out, PUBLIC_PEOPLE, PUBLIC_SCORES);
    }
    if (has_reasons(spec)) {
        room = room && add_lines(out, PUBLIC_REASONS) &&
               add_between(out, PUBLIC_SCORES, PUBLIC_REASONS);
    }
    return room ? TH_OK : TH_E_TOO_LARGE;
}
