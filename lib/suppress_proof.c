// suppress_proof.c - is a figure safe? Other tables that agree with everything published say so
//
//   classes   People of one class may stand anywhere in it. A figure that contains some of its
//             variables and not others takes as many further values as the class has people;
//             where the class reaches over several units one stays in each, because it is known
//             that somebody is there.
//   ways      One person comes to (or leaves) a place of the figure, another one leaves (or comes
//             to) the same row, a third the column of that, and so on until all rows and columns
//             are as before (suppress_graph.c). Every way found gives one more value.
//
// Each alone is a proof; what one uses is not counted by the other.

#include <string.h>

#include "tonghop/base.h"

#include "lib/suppress_body.h"

enum { RETRIES_MAX = 6, FAILED_MAX = 64 };

// ---- classes ----

static bool is_free(const struct suppress_variable *variable)
{
    return variable->sign.a == 0 && variable->sign.b == 0;
}

static void count(struct suppress *s, uint32_t v, bool plus)
{
    const uint32_t number = s->variables[v].class;
    struct suppress_class *class = &s->classes[number];
    if (class->stamp != s->stamp) {
        class->stamp = s->stamp;
        class->plus = class->minus = 0;
        s->touched[s->touched_count++] = number;
    }
    if (plus) {
        class->plus++;
    } else {
        class->minus++;
    }
}

// Count the figure's variables by class. True when no published cell contains one of them: it can
// then take any value.
static bool count_all(struct suppress *s, const struct suppress_figure *figure)
{
    const struct th_suppress_group *group = &s->frame->groups[figure->group];
    const uint32_t *now = s->variable_of + (size_t)figure->at * s->atoms;
    const bool change = figure->before != SUPPRESS_NONE;
    const uint32_t *then = s->variable_of + (change ? (size_t)figure->before * s->atoms : 0);
    s->stamp++;
    s->touched_count = 0;
    for (uint32_t leaf = s->leaf_from[figure->node]; leaf < s->leaf_to[figure->node]; leaf++) {
        for (uint32_t kind = 0; kind < s->kinds; kind++) {
            const uint32_t atom = leaf * s->kinds + kind;
            if (!suppress_has(group, kind) || (change && now[atom] == then[atom])) {
                continue;
            }
            if (is_free(&s->variables[now[atom]]) ||
                (change && is_free(&s->variables[then[atom]]))) {
                return true;
            }
            count(s, now[atom], true);
            if (change) {
                count(s, then[atom], false);
            }
        }
    }
    return false;
}

static int64_t values_by_class(const struct suppress *s)
{
    int64_t values = 0;
    for (uint32_t i = 0; i < s->touched_count; i++) {
        const struct suppress_class *class = &s->classes[s->touched[i]];
        const bool some = (class->plus > 0 && class->plus < class->size) ||
                          (class->minus > 0 && class->minus < class->size);
        const int64_t stay = class->leaves > 1 ? class->leaves : 0;
        if (some && class->people > stay) {
            values += class->people - stay;
        }
    }
    return values;
}

// ---- ways ----

struct way {
    struct suppress *s;
    const struct suppress_figure *figure;
    const struct suppress_graph *graph;
    bool up;
};

// What one person more at the place does to the figure.
static int part_of(const struct way *way, uint32_t place)
{
    const struct suppress *s = way->s;
    const struct suppress_figure *figure = way->figure;
    const struct suppress_place *about = &s->places[place];
    const uint32_t leaf = about->atom / s->kinds;
    if (leaf < s->leaf_from[figure->node] || leaf >= s->leaf_to[figure->node] ||
        !suppress_has(&s->frame->groups[figure->group], about->atom % s->kinds)) {
        return 0;
    }
    const int plus = about->from <= figure->at && figure->at <= about->to ? 1 : 0;
    const int minus = figure->before != SUPPRESS_NONE && about->from <= figure->before &&
                              figure->before <= about->to
                          ? 1
                          : 0;
    return plus - minus;
}

static bool may_add(const struct way *way, uint32_t place)
{
    const int part = part_of(way, place);
    return way->s->barred[place] != way->s->search && (way->up ? part >= 0 : part <= 0);
}

static bool has_people(const struct suppress *s, uint32_t place)
{
    const struct suppress_place *about = &s->places[place];
    for (uint32_t edition = about->from; edition <= about->to;) {
        const uint32_t v = s->variable_of[(size_t)edition * s->atoms + about->atom];
        if (s->variables[v].people - s->moved[v] <= 0) {
            return false;
        }
        edition = s->variables[v].to + 1u;
    }
    return true;
}

static bool may_take(const struct way *way, uint32_t place)
{
    const int part = part_of(way, place);
    return way->s->barred[place] != way->s->search && (way->up ? part <= 0 : part >= 0) &&
           has_people(way->s, place);
}

static void move_variable(struct suppress *s, uint32_t v, int32_t people)
{
    if (s->moved_listed[v] == 0) {
        s->moved_listed[v] = 1;
        s->moved_list[s->moved_count++] = v;
    }
    s->moved[v] -= people;
}

static void move_leaf(struct suppress *s, uint32_t at, int32_t people)
{
    if (s->gone_listed[at] == 0) {
        s->gone_listed[at] = 1;
        s->gone_list[s->gone_count++] = at;
    }
    s->gone[at] -= people;
}

static void move(struct suppress *s, uint32_t place, int32_t people)
{
    const struct suppress_place *about = &s->places[place];
    const bool is_sum = about->atom % s->kinds >= s->people_kinds;
    for (uint32_t edition = about->from; edition <= about->to; edition++) {
        const uint32_t v = s->variable_of[(size_t)edition * s->atoms + about->atom];
        if (s->variables[v].from == edition) {
            move_variable(s, v, people);
        }
        if (!is_sum) {
            move_leaf(s, edition * s->leaves + about->atom / s->kinds, people);
        }
    }
}

static void forget_moves(struct suppress *s)
{
    while (s->moved_count > 0) {
        const uint32_t v = s->moved_list[--s->moved_count];
        s->moved[v] = 0;
        s->moved_listed[v] = 0;
    }
    while (s->gone_count > 0) {
        const uint32_t at = s->gone_list[--s->gone_count];
        s->gone[at] = 0;
        s->gone_listed[at] = 0;
    }
}

// After a way was gone: nobody is missing at the place, and somebody is left in its unit.
static bool is_whole(const struct suppress *s, uint32_t place)
{
    const struct suppress_place *about = &s->places[place];
    const uint32_t leaf = about->atom / s->kinds;
    for (uint32_t edition = about->from; edition <= about->to; edition++) {
        const uint32_t v = s->variable_of[(size_t)edition * s->atoms + about->atom];
        if (s->variables[v].people - s->moved[v] < 0 ||
            suppress_value(s, edition, s->leaf_node[leaf], 0) -
                    s->gone[edition * s->leaves + leaf] <
                1) {
            return false;
        }
    }
    return true;
}

static void reach(struct suppress *s, uint32_t point, uint32_t by, uint32_t from, uint32_t *count)
{
    if (s->seen[point] != s->visit) {
        s->seen[point] = s->visit;
        s->came_by[point] = by;
        s->came_from[point] = from;
        s->queue[(*count)++] = point;
    }
}

// The shortest way from start to goal. Leaving a row adds a person, leaving a column takes one.
static bool find_way(const struct way *way, uint32_t start, uint32_t goal)
{
    struct suppress *s = way->s;
    const struct suppress_graph *graph = way->graph;
    uint32_t count_reached = 0;
    s->visit++;
    reach(s, start, SUPPRESS_NONE, SUPPRESS_NONE, &count_reached);
    for (uint32_t i = 0; i < count_reached && s->seen[goal] != s->visit; i++) {
        const uint32_t point = s->queue[i];
        for (uint32_t k = graph->first[point]; k < graph->first[point + 1]; k++) {
            const uint32_t place = graph->list[k];
            if (graph->row[place] == point && s->seen[graph->column[place]] != s->visit &&
                may_add(way, place)) {
                reach(s, graph->column[place], place, point, &count_reached);
            } else if (graph->column[place] == point && s->seen[graph->row[place]] != s->visit &&
                       may_take(way, place)) {
                reach(s, graph->row[place], place, point, &count_reached);
            }
        }
    }
    return s->seen[goal] == s->visit;
}

// Go the way that was found, or back. Adds from a row, takes from a column.
static void go(const struct way *way, uint32_t goal, bool back)
{
    struct suppress *s = way->s;
    for (uint32_t point = goal; s->came_by[point] != SUPPRESS_NONE; point = s->came_from[point]) {
        const uint32_t place = s->came_by[point];
        const bool adds = way->graph->row[place] == s->came_from[point];
        move(s, place, adds != back ? 1 : -1);
    }
}

// A place of the way at which somebody is missing; SUPPRESS_NONE: it can be gone.
static uint32_t find_missing(const struct way *way, uint32_t goal)
{
    const struct suppress *s = way->s;
    for (uint32_t point = goal; s->came_by[point] != SUPPRESS_NONE; point = s->came_from[point]) {
        if (!is_whole(s, s->came_by[point])) {
            return s->came_by[point];
        }
    }
    return SUPPRESS_NONE;
}

// One more value by adding (taking) a person at the place, with a way that makes up for it.
static bool go_around(const struct way *way, uint32_t place, bool adds)
{
    struct suppress *s = way->s;
    const uint32_t start = adds ? way->graph->column[place] : way->graph->row[place];
    const uint32_t goal = adds ? way->graph->row[place] : way->graph->column[place];
    for (int i = 0; i < RETRIES_MAX && find_way(way, start, goal); i++) {
        go(way, goal, false);
        move(s, place, adds ? 1 : -1);
        uint32_t missing = find_missing(way, goal);
        if (missing == SUPPRESS_NONE && is_whole(s, place)) {
            return true;
        }
        go(way, goal, true);
        move(s, place, adds ? -1 : 1);
        if (missing == SUPPRESS_NONE) {
            return false;
        }
        s->barred[missing] = s->search;
    }
    return false;
}

// Looking for a figure's next value.
struct look {
    uint32_t at; // place
    bool adds;   // or takes, there
    struct {
        uint32_t row, column;
        bool adds;
    } failed[FAILED_MAX]; // ways between these were looked for in vain
    uint32_t failed_count;
};

// Is there no way that could make up for a person more (fewer) at the place?
static bool is_vain(const struct way *way, const struct look *look)
{
    const struct suppress *s = way->s;
    const struct suppress_graph *graph = way->graph;
    const struct suppress_place *place = &s->places[look->at];
    const uint32_t row = graph->row[look->at];
    const uint32_t column = graph->column[look->at];
    bool vain = graph->part[row] != graph->part[column] ||
                !(look->adds ? may_add(way, look->at) : may_take(way, look->at)) ||
                s->variables[s->variable_of[(size_t)place->from * s->atoms + place->atom]].fixed;
    for (uint32_t i = 0; i < look->failed_count && !vain; i++) {
        vain = look->failed[i].row == row && look->failed[i].column == column &&
               look->failed[i].adds == look->adds;
    }
    return vain;
}

// One more value, by any of the figure's places from look->at on; false when there is none.
static bool find_value(const struct way *way, struct look *look)
{
    const struct suppress *s = way->s;
    const struct suppress_figure *figure = way->figure;
    const uint32_t end = s->place_of[s->leaf_to[figure->node] * s->kinds];
    for (; look->at < end && look->failed_count < FAILED_MAX; look->at++) {
        const int part = part_of(way, look->at);
        look->adds = (part > 0) == way->up;
        if (part == 0 || is_vain(way, look)) {
            continue;
        }
        if (go_around(way, look->at, look->adds)) {
            return true; // and may do so again
        }
        look->failed[look->failed_count].row = way->graph->row[look->at];
        look->failed[look->failed_count].column = way->graph->column[look->at];
        look->failed[look->failed_count++].adds = look->adds;
    }
    return false;
}

static int64_t values_by_ways(struct suppress *s,
                              const struct suppress_figure *figure,
                              const struct suppress_graph *graph,
                              int64_t wanted)
{
    int64_t values = 0;
    for (int up = 0; up < 2; up++) {
        const struct way way = {.s = s, .figure = figure, .graph = graph, .up = up != 0};
        struct look look = {.at = s->place_of[s->leaf_from[figure->node] * s->kinds]};
        s->search++;
        while (values < wanted && find_value(&way, &look)) {
            values++;
        }
        forget_moves(s);
    }
    return values;
}

bool suppress_is_safe(struct suppress *s, const struct suppress_figure *figure, int64_t wanted)
{
    if (count_all(s, figure) || values_by_class(s) >= wanted) {
        return true;
    }
    for (uint32_t i = 0; i < s->depths * SUPPRESS_CUTS; i++) {
        if (values_by_ways(s, figure, &s->graphs[i], wanted) >= wanted) {
            return true;
        }
    }
    return false;
}
