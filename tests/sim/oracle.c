// oracle.c - see oracle.h

#include "tests/sim/oracle.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/sim/oracle_body.h"

struct oracle *oracle_make(const struct swarm *swarm)
{
    struct oracle *oracle = calloc(1, sizeof(*oracle));
    th_assert(oracle != NULL);
    oracle->swarm = swarm;
    oracle->fold = fold_make(swarm);
    return oracle;
}

void oracle_free(struct oracle *oracle)
{
    fold_free(oracle->fold);
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

struct fold_node *oracle_node(struct oracle *oracle, uint32_t node)
{
    th_assert(node >= 1 && node <= LOAD_NODES_MAX);
    return &oracle->fold->nodes[node];
}

// What an update says, but for the moment it was entered.
uint64_t oracle_hash_of(const struct th_update *update)
{
    struct th_update plain = *update;
    uint8_t hash[TH_HASH256_BYTES];
    static uint8_t space[TH_UPDATE_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    plain.entered_at = 0;
    th_update_write(&writer, &plain);
    const struct th_bytes bytes = th_written(&writer);
    th_hash256(hash, &bytes, 1);
    return th_get_u64(hash);
}

void oracle_entered(struct oracle *oracle,
                    const struct load_batch *batch,
                    uint64_t seq,
                    const uint8_t hash[static 32])
{
    struct fold_node *node = oracle_node(oracle, batch->node);
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
    for (uint32_t i = 0; i < batch->count; i++) {
        struct load_texts texts;
        const struct th_update update = load_update(&batch->items[i], &texts);
        entered.items[i] = oracle_hash_of(&update);
    }
    fold_append(line, &entered);
}

uint64_t oracle_entered_by(const struct oracle *oracle, uint32_t node)
{
    return oracle->fold->nodes[node].lines[oracle->fold->nodes[node].line].count;
}

uint64_t oracle_decided_of(const struct oracle *oracle, uint32_t node)
{
    return oracle->fold->nodes[node].decided;
}

void oracle_restored(struct oracle *oracle, uint32_t node, uint64_t last)
{
    struct fold_node *of = oracle_node(oracle, node);
    th_assert(of->line == 0 && last <= of->lines[0].count);
    of->line = 1;
    of->restored_last = last;
    for (uint64_t seq = 1; seq <= last; seq++) {
        fold_append(&of->lines[1], &of->lines[0].entered[seq - 1]);
    }
}

// Who had nothing to give has nothing to give again: the epoch that began so still does.
static void begin_with_nothing(struct fold_node *of)
{
    const struct fold_epoch *newest =
        of->epoch_count == 0 ? NULL : &of->epochs[of->epoch_count - 1];
    if (newest != NULL && newest->nothing) {
        of->province_epoch = newest->epoch;
        of->folded = newest->base;
        of->decided = newest->base;
        of->decided_line = of->line;
    }
}

void oracle_set_back(struct oracle *oracle, uint32_t province)
{
    memset(oracle->provinces[province].topics, 0, sizeof(oracle->provinces[province].topics));
    fold_forget(oracle->fold, province);
    for (uint32_t node = 1; node <= LOAD_NODES_MAX; node++) {
        if (load_province_of(oracle->swarm, node) == province) {
            oracle_node(oracle, node)->timeless = oracle->provinces[province].lost;
            begin_with_nothing(oracle_node(oracle, node));
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
    if (epoch == 0) { // another store: the first time that a node gives again, nothing is late
        oracle->provinces[province].lost = true;
        oracle_set_back(oracle, province);
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

// ---- the end ----

void oracle_verdict(
    struct oracle *oracle, uint32_t node, uint64_t seq, uint32_t index, uint32_t code)
{
    struct fold_node *of = oracle_node(oracle, node);
    const struct fold_line *line = &of->lines[of->line];
    const bool refused = code >= 2100 && code < 2300; // 21nn: the register does not take it
    struct fold_entered *entered = seq >= 1 && seq <= line->count ? &line->entered[seq - 1] : NULL;
    if (of->line > 0 && (!of->hears || seq <= of->heard_from)) {
        return; // of batches that it may have forgotten
    }
    if (entered == NULL || index >= entered->batch->count || seq > of->folded ||
        (refused && !entered->was_refused[index])) {
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

static void
end_refusals(struct oracle *oracle, uint32_t node, const struct fold_line *line, uint64_t after)
{
    for (uint64_t seq = after + 1; seq <= line->count; seq++) {
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

void oracle_end(struct oracle *oracle, uint32_t node, uint64_t decided)
{
    struct fold_node *of = oracle_node(oracle, node);
    const struct fold_line *line = &of->lines[of->line];
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
    if (of->line == 0 || of->hears) {
        end_refusals(oracle, node, line, of->line == 0 ? 0 : of->heard_from);
    }
}

void oracle_months(struct oracle *oracle,
                   uint32_t province,
                   uint32_t person,
                   uint32_t year,
                   const struct load_sum *months)
{
    const struct load_sum wanted = fold_months(oracle->fold, province, person, year);
    if (months->count != wanted.count || months->sum != wanted.sum) {
        oracle_fail(oracle,
                    "C4: province %" PRIu32 ", person %" PRIu32 ": %" PRIu32 " months with %" PRId64
                    ", recounted %" PRIu32 " with %" PRId64,
                    province,
                    person,
                    months->count,
                    months->sum,
                    wanted.count,
                    wanted.sum);
    }
}

static bool has_epochs(const struct fold_node *node)
{
    return node->epoch_count > 0 || node->province_epoch > 1;
}

void oracle_told(struct oracle *oracle, uint32_t province, const struct oracle_told *told)
{
    const bool known = told->node >= 1 && told->node <= LOAD_NODES_MAX &&
                       load_province_of(oracle->swarm, told->node) == province;
    struct fold_node *node = known ? oracle_node(oracle, told->node) : NULL;
    if (node != NULL && has_epochs(node)) {
        return; // of which epoch a number is, is not told
    }
    if (node == NULL || told->seq < 1 || told->seq > node->folded ||
        told->index >= LOAD_ITEMS_MAX) {
        oracle_fail(oracle, "C11: province %" PRIu32 " tells of what was never decided", province);
        return;
    }
    struct fold_told *sum = &node->batches[told->seq - 1].told[told->index];
    sum->gone += told->pieces.gone;
    sum->come += told->pieces.come;
    sum->was += told->pieces.was;
    sum->now += told->pieces.now;
    sum->late = sum->late || told->pieces.late;
}

static bool is_told(const struct fold_told *told, const struct fold_told *did)
{
    const bool any = did->gone + did->come > 0; // of nothing nothing is told
    return told->gone == did->gone && told->come == did->come && told->was == did->was &&
           told->now == did->now && told->late == (any && did->late);
}

void oracle_told_end(struct oracle *oracle, uint32_t province)
{
    for (uint32_t number = 1; number <= LOAD_NODES_MAX; number++) {
        const struct fold_node *node = oracle_node(oracle, number);
        const bool own = load_province_of(oracle->swarm, number) == province && !has_epochs(node);
        for (size_t i = 0; own && i < node->folded * LOAD_ITEMS_MAX; i++) {
            const struct fold_batch *batch = &node->batches[i / LOAD_ITEMS_MAX];
            const struct fold_told *told = &batch->told[i % LOAD_ITEMS_MAX];
            const struct fold_told *did = &batch->did[i % LOAD_ITEMS_MAX];
            if (!is_told(told, did)) {
                oracle_fail(oracle,
                            "C11: of item %zu of %zu of node %" PRIu32 " is told %" PRIu32
                            "-%" PRIu32 ", %" PRId64 "-%" PRId64 "%s, recounted %" PRIu32
                            "-%" PRIu32 ", %" PRId64 "-%" PRId64 "%s",
                            i % LOAD_ITEMS_MAX,
                            i / LOAD_ITEMS_MAX + 1,
                            number,
                            told->gone,
                            told->come,
                            told->was,
                            told->now,
                            told->late ? " late" : "",
                            did->gone,
                            did->come,
                            did->was,
                            did->now,
                            did->late ? " late" : "");
            }
        }
    }
}
