// oracle_total.c - totals as they were seen, against the recount

#include <inttypes.h>

#include "tests/sim/oracle_body.h"

static void add_sum(struct fold_sum *to, const struct fold_sum *from)
{
    to->value += from->value;
    to->contributions += from->contributions;
    for (size_t i = 0; i < TH_COUNT(to->by_qualifier); i++) {
        to->by_qualifier[i] += from->by_qualifier[i];
    }
}

// A code of the load taken apart: P1, D3, C3-1.
struct unit {
    char kind;
    uint32_t number;
    uint32_t commune;
};

static uint32_t digits(struct th_bytes code, size_t *at)
{
    const char *text = code.data;
    uint32_t number = 0;
    while (*at < code.size && text[*at] >= '0' && text[*at] <= '9' && number < 1000) {
        number = number * 10 + (uint32_t)(text[*at] - '0');
        (*at)++;
    }
    return number;
}

static bool take_apart(struct th_bytes code, struct unit *unit)
{
    size_t at = 1;
    if (code.size < 2) {
        return false;
    }
    unit->kind = *(const char *)code.data;
    unit->number = digits(code, &at);
    unit->commune = LOAD_COMMUNES;
    if (unit->kind == 'C') {
        at++;
        unit->commune = digits(code, &at);
    }
    const bool known = unit->kind == 'P' || unit->kind == 'D' ||
                       (unit->kind == 'C' && unit->commune < LOAD_COMMUNES);
    return known && at == code.size;
}

// What a total must be.
struct wanted {
    struct fold_sum sum;
    uint64_t reported;
};

// unit: a commune, or LOAD_COMMUNES for the district.
static void add_node(struct wanted *wanted, const struct fold_node *node, size_t unit, size_t cell)
{
    add_sum(&wanted->sum,
            unit == LOAD_COMMUNES ? &node->sums[cell] : &node->communes[unit].sums[cell]);
    for (size_t commune = 0; commune < LOAD_COMMUNES; commune++) {
        if (unit == LOAD_COMMUNES || unit == commune) {
            wanted->reported += fold_is_covered(&node->communes[commune], cell) ? 1 : 0;
        }
    }
}

// What a unit's sum must be; false when there is no such unit in the province.
static bool sum_of(struct oracle *oracle,
                   uint32_t province,
                   struct th_bytes code,
                   size_t cell,
                   struct wanted *wanted)
{
    struct unit unit;
    *wanted = (struct wanted){.reported = 0};
    if (!take_apart(code, &unit)) {
        return false;
    }
    if (unit.kind != 'P') {
        if (unit.number < 1 || unit.number > oracle->swarm->nodes ||
            load_province_of(oracle->swarm, unit.number) != province) {
            return false;
        }
        add_node(wanted, &oracle->fold->nodes[unit.number], unit.commune, cell);
        return true;
    }
    for (uint32_t node = 1; node <= oracle->swarm->nodes; node++) {
        if (load_province_of(oracle->swarm, node) == province) {
            add_node(wanted, &oracle->fold->nodes[node], LOAD_COMMUNES, cell);
        }
    }
    return unit.number == province;
}

// All exact: exact. Any about, or over with under: about.
static uint32_t qualifier_of(const struct fold_sum *sum)
{
    const uint64_t *by = sum->by_qualifier;
    if (by[TH_QUALIFIER_ABOUT] > 0 || (by[TH_QUALIFIER_OVER] > 0 && by[TH_QUALIFIER_UNDER] > 0)) {
        return TH_QUALIFIER_ABOUT;
    }
    if (by[TH_QUALIFIER_OVER] > 0) {
        return TH_QUALIFIER_OVER;
    }
    return by[TH_QUALIFIER_UNDER] > 0 ? TH_QUALIFIER_UNDER : TH_QUALIFIER_EXACT;
}

static void compare(struct oracle *oracle,
                    const char *check,
                    uint32_t province,
                    const struct oracle_total *total)
{
    size_t topic = 0;
    size_t cell = 0;
    struct wanted wanted;
    if (!fold_topic_named(total->measure, total->period, &topic) ||
        !fold_cell_named(topic, total->dims, &cell) ||
        !sum_of(oracle, province, total->unit, cell, &wanted)) {
        oracle_fail(oracle, "%s: a total of nobody's in province %" PRIu32, check, province);
        return;
    }
    const struct fold_sum *sum = &wanted.sum;
    const bool same = sum->value == total->value && sum->contributions == total->contributions &&
                      (sum->contributions == 0 || (wanted.reported == total->reported &&
                                                   qualifier_of(sum) == total->qualifier));
    if (!same) {
        oracle_fail(oracle,
                    "%s: province %" PRIu32 ", %.*s, %.*s %s %.*s: %" PRId64 " of %" PRIu64
                    " (%" PRIu64 " reported), recounted %" PRId64 " of %" PRIu64 " (%" PRIu64 ")",
                    check,
                    province,
                    (int)total->unit.size,
                    (const char *)total->unit.data,
                    (int)total->measure.size,
                    (const char *)total->measure.data,
                    LOAD_PERIOD_LABELS[topic % LOAD_PERIODS],
                    (int)total->dims.size,
                    (const char *)total->dims.data,
                    total->value,
                    total->contributions,
                    total->reported,
                    sum->value,
                    sum->contributions,
                    wanted.reported);
    }
}

// ---- the totals of a store, or of a viewer ----

void oracle_totals_begin(struct oracle *oracle, uint32_t province, const char *check)
{
    oracle->provinces[province].check = check;
    oracle->provinces[province].seen = 0;
}

void oracle_total(struct oracle *oracle, uint32_t province, const struct oracle_total *total)
{
    oracle->provinces[province].seen++;
    if (total->contributions == 0) {
        oracle_fail(oracle,
                    "%s: a total of nothing in province %" PRIu32,
                    oracle->provinces[province].check,
                    province);
    }
    compare(oracle, oracle->provinces[province].check, province, total);
}

void oracle_totals_end(struct oracle *oracle, uint32_t province)
{
    size_t wanted = 0;
    for (size_t cell = 0; cell < FOLD_CELLS; cell++) {
        bool root = false;
        for (uint32_t node = 1; node <= oracle->swarm->nodes; node++) {
            if (load_province_of(oracle->swarm, node) != province) {
                continue;
            }
            const struct fold_node *of = &oracle->fold->nodes[node];
            for (size_t unit = 0; unit < LOAD_COMMUNES; unit++) {
                wanted += of->communes[unit].sums[cell].contributions > 0 ? 1 : 0;
            }
            wanted += of->sums[cell].contributions > 0 ? 1 : 0;
            root = root || of->sums[cell].contributions > 0;
        }
        wanted += root ? 1 : 0;
    }
    if (wanted != oracle->provinces[province].seen) {
        oracle_fail(oracle,
                    "%s: province %" PRIu32 " has %zu totals, recounted %zu",
                    oracle->provinces[province].check,
                    province,
                    oracle->provinces[province].seen,
                    wanted);
    }
}

// ---- reports ----

void oracle_report(struct oracle *oracle,
                   uint32_t province,
                   const struct load_item *report,
                   unsigned state)
{
    const struct fold_report *of = &oracle->fold->nodes[report->at.node]
                                        .communes[report->at.commune]
                                        .reports[report->what][report->period];
    oracle->provinces[province].seen++;
    if (!of->exists || of->state != (enum fold_state)state) {
        oracle_fail(oracle,
                    "C4: province %" PRIu32 ", C%" PRIu32 "-%" PRIu32 ", %s %s: report in state %u"
                    ", recounted %u",
                    province,
                    report->at.node,
                    report->at.commune,
                    LOAD_FORM_CODES[report->what],
                    LOAD_PERIOD_LABELS[report->period],
                    state,
                    (unsigned)of->state);
    }
}

static size_t reports_of(const struct fold_node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < (size_t)LOAD_COMMUNES * LOAD_FORMS * LOAD_PERIODS; i++) {
        const struct fold_commune *commune = &node->communes[i % LOAD_COMMUNES];
        const size_t rest = i / LOAD_COMMUNES;
        count += commune->reports[rest % LOAD_FORMS][rest / LOAD_FORMS].exists ? 1 : 0;
    }
    return count;
}

void oracle_reports_end(struct oracle *oracle, uint32_t province)
{
    size_t wanted = 0;
    for (uint32_t node = 1; node <= oracle->swarm->nodes; node++) {
        if (load_province_of(oracle->swarm, node) == province) {
            wanted += reports_of(&oracle->fold->nodes[node]);
        }
    }
    if (wanted != oracle->provinces[province].seen) {
        oracle_fail(oracle,
                    "C4: province %" PRIu32 " has %zu reports, recounted %zu",
                    province,
                    oracle->provinces[province].seen,
                    wanted);
    }
}

// ---- what is published ----

void oracle_published(struct oracle *oracle, uint32_t province, const struct th_delta *delta)
{
    struct oracle_province *of = &oracle->provinces[province];
    size_t topic = 0;
    if (!fold_topic_named(delta->measure, delta->period, &topic)) {
        oracle_fail(oracle, "C6: province %" PRIu32 " publishes a topic of nobody's", province);
        return;
    }
    if (delta->topic_seq <= of->topics[topic]) {
        oracle_fail(oracle,
                    "C6: province %" PRIu32 " numbers a delta %" PRIu64 " after %" PRIu64,
                    province,
                    delta->topic_seq,
                    of->topics[topic]);
    }
    of->topics[topic] = delta->topic_seq;
    for (size_t i = 0; i < delta->count; i++) {
        const struct th_total *cell = &delta->cells[i];
        const struct oracle_total total = {.measure = delta->measure,
                                           .period = delta->period,
                                           .unit = cell->unit,
                                           .dims = cell->dims,
                                           .value = cell->value.has ? cell->value.value : 0,
                                           .contributions = cell->contributions,
                                           .reported = cell->reported,
                                           .qualifier = cell->qualifier};
        compare(oracle, "C6", province, &total);
    }
}
