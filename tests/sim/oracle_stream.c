// oracle_stream.c - the batches of a node: in which order they are decided, and what is given again

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "tests/sim/oracle_body.h"

// ---- stream epochs ----

static const struct fold_epoch FIRST = {.epoch = 1};

// How a node numbers what it says in an epoch. NULL: it was never seen in it.
static const struct fold_epoch *epoch_of(const struct fold_node *of, uint64_t epoch)
{
    for (size_t i = 0; i < of->epoch_count; i++) {
        if (of->epochs[i].epoch == epoch) {
            return &of->epochs[i];
        }
    }
    return epoch == 1 ? &FIRST : NULL;
}

static uint64_t own_of(const struct fold_epoch *epoch, uint64_t seq)
{
    return epoch->base + (seq > epoch->lead ? seq - epoch->lead : 0);
}

uint64_t oracle_epoch_of(const struct oracle *oracle, uint32_t node)
{
    const struct fold_node *of = &oracle->fold->nodes[node];
    return of->epoch_count == 0 ? 1 : of->epochs[of->epoch_count - 1].epoch;
}

// The province is in this epoch, too.
static void enter_epoch(struct fold_node *of, uint64_t epoch)
{
    const struct fold_epoch *known = epoch_of(of, epoch);
    if (epoch <= of->province_epoch) {
        return;
    }
    of->province_epoch = epoch;
    of->given_count = 0;
    if (known != NULL) {
        of->folded = known->base;
        of->decided = known->base;
    }
}

// ---- what is given again ----

static bool same_subject(const struct load_item *a, const struct load_item *b)
{
    const bool placed = a->kind != LOAD_TRANSFER && a->kind != LOAD_MOVABLE;
    return a->kind == b->kind && a->what == b->what &&
           (a->kind == LOAD_TRANSFER ? a->day == b->day : a->period == b->period) &&
           (!placed || (a->at.node == b->at.node && a->at.commune == b->at.commune));
}

static bool is_given(const struct fold_node *of, const struct load_item *item)
{
    for (size_t i = 0; i < of->given_count; i++) {
        if (same_subject(of->given[i], item) && of->given[i]->revision >= item->revision) {
            return true;
        }
    }
    return false;
}

// Everything that the node knew to be accepted.
static void check_whole(struct oracle *oracle, uint32_t node, uint64_t base)
{
    const struct fold_node *of = oracle_node(oracle, node);
    const struct fold_line *line = &of->lines[of->line];
    for (uint64_t seq = 1; seq <= base && seq <= line->count; seq++) {
        const struct fold_entered *entered = &line->entered[seq - 1];
        for (uint32_t i = 0; i < entered->batch->count; i++) {
            const struct load_item *item = &entered->batch->items[i];
            if (!entered->was_refused[i] && item->kind != LOAD_CHANGE && !is_given(of, item)) {
                oracle_fail(oracle,
                            "C2: node %" PRIu32 " did not give again item %" PRIu32 " of %" PRIu64,
                            node,
                            i,
                            seq);
                return;
            }
        }
    }
}

// Which of what was entered an update is, and what became of that. entered NULL: none of it.
struct trace {
    struct fold_entered *entered;
    uint32_t index;
};

static struct trace trace_of(struct fold_node *of, const struct th_update *update)
{
    const uint64_t hash = oracle_hash_of(update);
    struct trace trace = {.entered = NULL};
    for (size_t i = 0; i < of->lines[0].count + of->lines[1].count; i++) {
        const bool first = i < of->lines[0].count;
        struct fold_entered *entered =
            first ? &of->lines[0].entered[i] : &of->lines[1].entered[i - of->lines[0].count];
        for (uint32_t item = 0; item < entered->batch->count; item++) {
            if (entered->items[item] == hash && (trace.entered == NULL || entered->taken[item])) {
                trace = (struct trace){.entered = entered, .index = item};
            }
        }
    }
    return trace;
}

static void give(struct fold_node *of, const struct load_item *item)
{
    if (of->given_count == of->given_max) {
        of->given_max = of->given_max * 2 + 64;
        of->given = realloc(of->given, of->given_max * sizeof(struct load_item *));
        th_assert(of->given != NULL);
    }
    of->given[of->given_count++] = item;
}

static void take_again(struct oracle *oracle, uint32_t node, struct th_bytes body)
{
    static uint8_t space[TH_ARENA_BYTES];
    struct th_arena arena = th_arena_of(space, sizeof(space));
    struct fold_node *of = oracle_node(oracle, node);
    struct th_batch batch;
    if (th_batch_read(body, &arena, &batch, NULL) != TH_OK) {
        oracle_fail(oracle, "C9: what node %" PRIu32 " gave again cannot be read", node);
        return;
    }
    for (size_t i = 0; i < batch.count; i++) {
        const struct trace trace = trace_of(of, &batch.updates[i]);
        if (trace.entered == NULL || !trace.entered->taken[trace.index]) {
            oracle_fail(oracle,
                        "C3: node %" PRIu32 " gave again what was never %s",
                        node,
                        trace.entered == NULL ? "entered" : "accepted");
            return;
        }
        const struct load_item *item = &trace.entered->batch->items[trace.index];
        give(of, item);
        (void)fold_again(oracle->fold, node, item, of->timeless);
        trace.entered->refused[trace.index] = false; // if it is now, a notice says so
    }
}

void oracle_next_epoch(
    struct oracle *oracle, uint32_t node, uint64_t epoch, uint64_t base, uint64_t lead)
{
    struct fold_node *of = oracle_node(oracle, node);
    const bool strange = of->line == 0 || base > of->restored_last || base > of->decided;
    if (of->epoch_count == FOLD_EPOCHS_MAX || epoch <= oracle_epoch_of(oracle, node) ||
        base > of->lines[of->line].count || (!of->lost && strange)) {
        oracle_fail(oracle,
                    "C2: node %" PRIu32 " goes on in epoch %" PRIu64 " behind %" PRIu64
                    ", and should not",
                    node,
                    epoch,
                    base);
        return;
    }
    of->epochs[of->epoch_count++] = (struct fold_epoch){.epoch = epoch, .base = base, .lead = lead};
    if (of->line == 1 && !of->hears) {
        of->hears = true;
        of->heard_from = base;
    }
    if (lead == 0 && of->lost && of->folded == 0 && epoch > of->province_epoch) {
        of->epochs[of->epoch_count - 1].nothing = true;
        of->province_epoch = epoch;
    }
    if (of->province_epoch == epoch) { // it was given again, and took it up at once
        of->folded = base;
        of->decided = base;
        of->decided_line = of->line;
        if (lead > 0) {
            check_whole(oracle, node, base);
        }
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

void oracle_ledger(struct oracle *oracle,
                   uint32_t province,
                   const struct oracle_seq *batch,
                   struct th_bytes body)
{
    uint8_t hash[TH_HASH256_BYTES];
    const bool known = batch->node >= 1 && batch->node <= LOAD_NODES_MAX && batch->seq > 0 &&
                       load_province_of(oracle->swarm, batch->node) == province;
    struct fold_node *of = known ? oracle_node(oracle, batch->node) : NULL;
    size_t line = TH_COUNT(of->lines);
    uint64_t seq = 0;
    th_hash256(hash, &body, 1);
    if (known && batch->epoch >= of->province_epoch) {
        enter_epoch(of, batch->epoch);
        const struct fold_epoch *epoch = epoch_of(of, batch->epoch);
        if (epoch == NULL || batch->seq <= epoch->lead) {
            take_again(oracle, batch->node, body);
            return;
        }
        seq = own_of(epoch, batch->seq);
        line = line_of(of, seq, hash);
    }
    if (line == TH_COUNT(of->lines) || seq != of->folded + 1) {
        oracle_fail(oracle,
                    "C3: province %" PRIu32 " decided %" PRIu64 " (epoch %" PRIu64
                    ") of node %" PRIu32 ", who never entered that, or not now",
                    province,
                    batch->seq,
                    batch->epoch,
                    batch->node);
        return;
    }
    of->decided_line = line;
    fold_next(oracle->fold, batch->node, line);
}

void oracle_decided(struct oracle *oracle, uint32_t province, const struct oracle_seq *through)
{
    struct fold_node *of = oracle_node(oracle, through->node);
    enter_epoch(of, through->epoch);
    if (of->lost && through->epoch < of->province_epoch) {
        return; // it has nothing of what was given, since there was nothing to give
    }
    const struct fold_epoch *epoch = epoch_of(of, through->epoch == 0 ? 1 : through->epoch);
    if (epoch == NULL) {
        of->timeless = false; // it has given again what it had
        return;
    }
    const uint64_t seq = own_of(epoch, through->seq);
    if (load_province_of(oracle->swarm, through->node) != province || seq != of->folded) {
        oracle_fail(oracle,
                    "C3: province %" PRIu32 " has decided %" PRIu64 " of node %" PRIu32
                    ", its ledger %" PRIu64,
                    province,
                    seq,
                    through->node,
                    of->folded);
        return;
    }
    if (seq < of->decided) {
        oracle_fail(oracle,
                    "C1: province %" PRIu32 " went back to %" PRIu64 " of node %" PRIu32
                    " from %" PRIu64,
                    province,
                    seq,
                    through->node,
                    of->decided);
    }
    of->decided = seq;
}

void oracle_answered(struct oracle *oracle, uint32_t province, const struct oracle_seq *through)
{
    const struct fold_node *of = oracle_node(oracle, through->node);
    const struct fold_epoch *epoch = epoch_of(of, through->epoch);
    if (through->seq == 0 || (epoch == NULL && through->epoch == of->province_epoch)) {
        return;
    }
    const uint64_t seq = epoch == NULL ? UINT64_MAX : own_of(epoch, through->seq);
    if (through->epoch != of->province_epoch || seq > of->decided) {
        oracle_fail(oracle,
                    "C1: province %" PRIu32 " says %" PRIu64 " (epoch %" PRIu64 ") of node %" PRIu32
                    " is decided, its disk has %" PRIu64,
                    province,
                    through->seq,
                    through->epoch,
                    through->node,
                    of->decided);
    }
}
