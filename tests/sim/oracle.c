// oracle.c - see oracle.h

#include "tests/sim/oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/fold.h"

struct province {
    uint64_t epoch;
    const char *check; // of this look
    size_t seen;       // totals in it
    uint64_t topics[FOLD_TOPICS];
};

struct oracle {
    const struct swarm *swarm;
    struct fold_node nodes[SWARM_NODES_MAX + 1];
    struct province provinces[SWARM_PROVINCES_MAX + 1];
    char failure[400];
};

struct oracle *oracle_make(const struct swarm *swarm)
{
    struct oracle *oracle = calloc(1, sizeof(*oracle));
    th_assert(oracle != NULL);
    oracle->swarm = swarm;
    return oracle;
}

void oracle_free(struct oracle *oracle)
{
    for (uint32_t i = 0; i <= SWARM_NODES_MAX; i++) {
        free(oracle->nodes[i].lines[0].entered);
        free(oracle->nodes[i].lines[1].entered);
    }
    free(oracle);
}

const char *oracle_failure(const struct oracle *oracle)
{
    return oracle->failure[0] == '\0' ? NULL : oracle->failure;
}

void oracle_fail(struct oracle *oracle, const char *format, ...)
{
    if (oracle->failure[0] != '\0') {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(oracle->failure, sizeof(oracle->failure), format, args);
    va_end(args);
}

static struct fold_node *node_of(struct oracle *oracle, uint32_t node)
{
    th_assert(node >= 1 && node <= SWARM_NODES_MAX);
    return &oracle->nodes[node];
}

void oracle_entered(struct oracle *oracle,
                    const struct load_batch *batch,
                    uint64_t seq,
                    const uint8_t hash[static 32])
{
    struct fold_node *node = node_of(oracle, batch->node);
    struct fold_line *line = &node->lines[node->line];
    if (seq != line->count + 1) {
        oracle_fail(oracle,
                    "C2: node %" PRIu32 " gave number %" PRIu64 " after %" PRIu64,
                    batch->node,
                    seq,
                    line->count);
        return;
    }
    struct fold_entered entered = {.batch = batch};
    memcpy(entered.hash, hash, sizeof(entered.hash));
    fold_append(line, &entered);
}

uint64_t oracle_entered_by(const struct oracle *oracle, uint32_t node)
{
    return oracle->nodes[node].lines[oracle->nodes[node].line].count;
}

uint64_t oracle_decided_of(const struct oracle *oracle, uint32_t node)
{
    return oracle->nodes[node].decided;
}

void oracle_restored(struct oracle *oracle, uint32_t node, uint64_t last)
{
    struct fold_node *of = node_of(oracle, node);
    th_assert(of->line == 0 && last <= of->lines[0].count);
    of->line = 1;
    of->restored_last = last;
    for (uint64_t seq = 1; seq <= last; seq++) {
        fold_append(&of->lines[1], &of->lines[0].entered[seq - 1]);
    }
}

void oracle_set_back(struct oracle *oracle, uint32_t province)
{
    memset(oracle->provinces[province].topics, 0, sizeof(oracle->provinces[province].topics));
    for (uint32_t node = 1; node <= oracle->swarm->nodes; node++) {
        if (load_province_of(oracle->swarm, node) == province) {
            oracle->nodes[node].decided = 0;
        }
    }
}

void oracle_opened(struct oracle *oracle, uint32_t province, uint64_t epoch)
{
    if (epoch <= oracle->provinces[province].epoch && epoch > 0) {
        oracle_fail(oracle,
                    "C7: store epoch %" PRIu64 " after %" PRIu64,
                    epoch,
                    oracle->provinces[province].epoch);
    }
    oracle->provinces[province].epoch = epoch;
}

void oracle_passed(struct oracle *oracle, const struct oracle_passage *passage)
{
    if (passage->sender != passage->named) {
        oracle_fail(oracle,
                    "C8: node %" PRIu32 " passes as node %" PRIu32,
                    passage->sender,
                    passage->named);
    }
    if (passage->revoked) {
        oracle_fail(oracle, "C8: node %" PRIu32 " was revoked and is heard", passage->sender);
    }
    if (passage->epoch < passage->epoch_before) {
        oracle_fail(oracle,
                    "C8: the broker goes back from epoch %" PRIu64 " to %" PRIu64,
                    passage->epoch_before,
                    passage->epoch);
    }
}

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
    add_sum(&wanted->sum, &node->sums[unit][cell]);
    for (size_t commune = 0; commune < LOAD_COMMUNES; commune++) {
        if (unit == LOAD_COMMUNES || unit == commune) {
            wanted->reported += fold_is_covered(node, commune, cell) ? 1 : 0;
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
        add_node(wanted, &oracle->nodes[unit.number], unit.commune, cell);
        return true;
    }
    for (uint32_t node = 1; node <= oracle->swarm->nodes; node++) {
        if (load_province_of(oracle->swarm, node) == province) {
            add_node(wanted, &oracle->nodes[node], LOAD_COMMUNES, cell);
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

// ---- what is seen of a province ----

// The line on which seq has this hash; 2 when there is none.
static size_t line_of(const struct fold_node *node, uint64_t seq, const uint8_t *hash)
{
    for (size_t i = 0; i < TH_COUNT(node->lines); i++) {
        const struct fold_line *line = &node->lines[node->line ^ i];
        if (seq == 0 ||
            (seq <= line->count && memcmp(line->entered[seq - 1].hash, hash, 32) == 0)) {
            return node->line ^ i;
        }
    }
    return TH_COUNT(node->lines);
}

void oracle_decided(struct oracle *oracle,
                    uint32_t province,
                    uint32_t node,
                    uint64_t seq,
                    const uint8_t hash[static 32])
{
    struct fold_node *of = node_of(oracle, node);
    const size_t line = line_of(of, seq, hash);
    if (load_province_of(oracle->swarm, node) != province || line == TH_COUNT(of->lines)) {
        oracle_fail(oracle,
                    "C3: province %" PRIu32 " decided %" PRIu64 " of node %" PRIu32
                    ", who never entered that",
                    province,
                    seq,
                    node);
        return;
    }
    if (seq < of->decided) {
        oracle_fail(oracle,
                    "C1: province %" PRIu32 " went back to %" PRIu64 " of node %" PRIu32
                    " from %" PRIu64,
                    province,
                    seq,
                    node,
                    of->decided);
    }
    of->decided = seq;
    fold_through(of, line, seq);
}

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
            for (size_t unit = 0; unit <= LOAD_COMMUNES; unit++) {
                const bool some = oracle->nodes[node].sums[unit][cell].contributions > 0;
                wanted += some ? 1 : 0;
                root = root || some;
            }
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

void oracle_answered(struct oracle *oracle, uint32_t province, uint32_t node, uint64_t seq)
{
    const struct fold_node *of = node_of(oracle, node);
    if (seq > of->decided) {
        oracle_fail(oracle,
                    "C1: province %" PRIu32 " says %" PRIu64 " of node %" PRIu32
                    " is decided, its disk has %" PRIu64,
                    province,
                    seq,
                    node,
                    of->decided);
    }
}

void oracle_published(struct oracle *oracle, uint32_t province, const struct th_delta *delta)
{
    struct province *of = &oracle->provinces[province];
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

// ---- the end ----

void oracle_verdict(
    struct oracle *oracle, uint32_t node, uint64_t seq, uint32_t index, uint32_t code)
{
    struct fold_node *of = node_of(oracle, node);
    const struct fold_line *line = &of->lines[of->line];
    const bool refused = code >= 2200 && code < 2300;
    struct fold_entered *entered = seq >= 1 && seq <= line->count ? &line->entered[seq - 1] : NULL;
    if (of->line > 0) {
        return; // of batches that it may have forgotten
    }
    if (entered == NULL || index >= entered->batch->count || seq > of->folded ||
        (refused && !entered->refused[index])) {
        oracle_fail(oracle,
                    "C3: node %" PRIu32 " heard %" PRIu32 " about item %" PRIu32 " of %" PRIu64,
                    node,
                    code,
                    index,
                    seq);
        return;
    }
    entered->heard[index] = entered->heard[index] || refused;
}

static void end_refusals(struct oracle *oracle, uint32_t node, const struct fold_line *line)
{
    for (uint64_t seq = 1; seq <= line->count; seq++) {
        const struct fold_entered *entered = &line->entered[seq - 1];
        for (uint32_t i = 0; i < entered->batch->count; i++) {
            if (entered->refused[i] && !entered->heard[i]) {
                oracle_fail(oracle,
                            "C2: node %" PRIu32 " never heard that item %" PRIu32 " of %" PRIu64
                            " was refused",
                            node,
                            i,
                            seq);
                return;
            }
        }
    }
}

void oracle_end(struct oracle *oracle, uint32_t node, uint64_t decided, bool knows_fork)
{
    struct fold_node *of = node_of(oracle, node);
    const struct fold_line *line = &of->lines[of->line];
    if (knows_fork) {
        if (of->line == 0 || of->lines[0].count == of->restored_last) {
            oracle_fail(oracle, "C2: node %" PRIu32 " sees a fork where there is none", node);
        }
        return; // the desk decides
    }
    const bool other = of->decided > of->restored_last && of->decided_line != of->line;
    if (decided != line->count || of->decided != line->count || other) {
        oracle_fail(oracle,
                    "C2: node %" PRIu32 " entered %" PRIu64 ", believes %" PRIu64
                    " decided, the province has %" PRIu64 "%s",
                    node,
                    line->count,
                    decided,
                    of->decided,
                    other ? " of what was forgotten" : "");
        return;
    }
    if (of->line == 0) {
        end_refusals(oracle, node, line);
    }
}
