// verify_chain.c - the ledger: each node's chain, the chain over commits, and the watermarks

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"
#include "tonghop/fault.h"

#include "workers/joined.h"
#include "workers/judge.h"
#include "workers/ledger.h"
#include "workers/verify_body.h"

// Where a node's chain stands.
struct link {
    uint32_t node;
    uint64_t epoch;
    uint64_t seq;
    uint8_t hash[TH_HASH256_BYTES];
    int64_t wall_ms;    // of the newest batch
    uint64_t unmatched; // sum of what was said and of what stands (verify_history.c)
};

struct chains {
    struct verify *verify;
    struct link *links;
    size_t count;
    size_t max;
    bool whole; // from the first batch on
    uint64_t version;
    uint32_t index;
    bool known; // commits is the chain before version
    uint64_t verdicts;
    uint8_t commits[TH_HASH256_BYTES];
    struct history history; // NULL arena: only the whole ledger tells it
};

static void
broken_in(struct verify *verify, enum table table, uint32_t node, uint64_t seq, struct th_bytes key)
{
    struct verify_finding finding = {.code = TH_M_VERIFY_CHAIN, .table = table, .key = key};
    (void)snprintf(finding.kept, sizeof(finding.kept), "%" PRIu32, node);
    (void)snprintf(finding.counted, sizeof(finding.counted), "%" PRIu64, seq);
    verify_found(verify, &finding);
}

static void broken(struct verify *verify, uint32_t node, uint64_t seq, struct th_bytes key)
{
    broken_in(verify, TABLE_LEDGER, node, seq, key);
}

static struct link *link_of(struct chains *chains, uint32_t node)
{
    for (size_t i = 0; i < chains->count; i++) {
        if (chains->links[i].node == node) {
            return &chains->links[i];
        }
    }
    if (chains->count == chains->max) {
        const size_t max = chains->max == 0 ? 64 : 2 * chains->max;
        struct link *links = realloc(chains->links, max * sizeof(*links));
        if (links == NULL) {
            return NULL;
        }
        chains->links = links;
        chains->max = max;
    }
    struct link *link = &chains->links[chains->count++];
    *link = (struct link){.node = node};
    return link;
}

static enum th_err get_row(struct verify *verify, uint32_t node, struct node_row *row)
{
    const struct key key = key_of_node(node);
    struct th_bytes value;
    TH_TRY(th_check_get(&verify->check, verify->setup->store, TABLE_NODE, key_view(&key), &value));
    return node_row_read(value, row);
}

// What spoke under the number in an epoch: now, or before it was enrolled again.
static enum th_err incarnation_of(struct verify *verify,
                                  const struct ledger_batch *batch,
                                  uint8_t incarnation[static 16])
{
    struct node_row row;
    struct joined_row joined;
    const struct key key = key_of_node(batch->node);
    struct th_bytes value;
    TH_TRY(get_row(verify, batch->node, &row));
    memcpy(incarnation, row.incarnation, sizeof(row.incarnation));
    if (th_check_get(&verify->check, verify->setup->store, TABLE_JOINED, key_view(&key), &value) ==
            TH_OK &&
        joined_read(value, &joined) == TH_OK) {
        const uint8_t *past = joined_incarnation(&joined, batch->epoch);
        memcpy(incarnation, past != NULL ? past : row.incarnation, sizeof(row.incarnation));
    }
    return TH_OK;
}

// The first batch we see of a node's epoch: h(0) when the ledger is read from its beginning,
// otherwise what the batch itself says.
static void begin_link(struct chains *chains, struct link *link, const struct ledger_batch *batch)
{
    uint8_t incarnation[16];
    link->epoch = batch->epoch;
    link->seq = batch->seq - 1;
    if (chains->whole && incarnation_of(chains->verify, batch, incarnation) == TH_OK) {
        link->seq = 0;
        th_chain_start(
            link->hash, chains->verify->setup->lineage, incarnation, batch->node, batch->epoch);
    }
}

static enum th_err
check_batch(struct chains *chains, struct th_bytes key, const struct ledger_entry *entry)
{
    const struct ledger_batch *batch = &entry->batch;
    struct link *link = link_of(chains, batch->node);
    if (link == NULL) {
        return TH_E_NO_MEMORY;
    }
    const bool first = link->epoch != batch->epoch;
    if (first) {
        begin_link(chains, link, batch);
    }
    uint8_t hash[TH_HASH256_BYTES];
    th_chain_next(hash, link->hash, batch->node, batch->epoch, batch->seq, entry->body);
    const bool judged = !first || chains->whole; // the tail's first batch has nothing before it
    if (batch->seq != link->seq + 1 || (judged && memcmp(hash, batch->hash, sizeof(hash)) != 0)) {
        broken(chains->verify, batch->node, batch->seq, key);
    }
    link->seq = batch->seq;
    link->wall_ms = batch->wall_ms;
    memcpy(link->hash, batch->hash, sizeof(link->hash));
    return TH_OK;
}

// Each item whose outcome is a code has its verdict.
static enum th_err check_verdicts(struct chains *chains, const struct ledger_entry *entry)
{
    const struct ledger_batch *batch = &entry->batch;
    struct th_reader outcomes = th_reader_of(entry->outcomes);
    for (uint32_t i = 0; i < entry->items; i++) {
        if (th_read_varint(&outcomes) <= LEDGER_DUPLICATE) {
            continue;
        }
        const struct key reject = key_of_reject(batch->node, batch->epoch, batch->seq, i);
        struct th_bytes value;
        const enum th_err err = th_check_get(&chains->verify->check,
                                             chains->verify->setup->store,
                                             TABLE_REJECT,
                                             key_view(&reject),
                                             &value);
        chains->verdicts++;
        if (err == TH_OK) {
            verify_tree_told(chains->verify->trees, key_view(&reject), value);
        } else if (err == TH_E_NOT_FOUND) {
            verify_found(chains->verify,
                         &(struct verify_finding){.code = TH_M_VERIFY_INDEX,
                                                  .table = TABLE_REJECT,
                                                  .key = key_view(&reject)});
        } else if (err != TH_E_CORRUPT) { // which the scan of the table tells
            return err;
        }
    }
    return th_read_done(&outcomes) ? TH_OK : TH_E_CORRUPT;
}

static enum th_err
check_head(struct chains *chains, struct th_bytes key, struct th_bytes payload, uint64_t version)
{
    struct ledger_head head;
    TH_TRY(ledger_read_head(payload, &head));
    ledger_chain_head(chains->commits, version, chains->index);
    const bool dense =
        chains->version == 0 || version == chains->version + 1 || version == chains->version;
    if (!dense || head.batches != chains->index ||
        (chains->known && memcmp(head.chain, chains->commits, sizeof(head.chain)) != 0)) {
        broken(chains->verify, 0, version, key);
    }
    memcpy(chains->commits, head.chain, sizeof(chains->commits));
    chains->known = true;
    chains->index = 0;
    chains->version = version;
    return verify_tree_head(chains->verify->trees, key, version, &head);
}

static enum th_err check_entry(struct chains *chains, struct th_bytes key, struct th_bytes value)
{
    struct ledger_key at;
    struct ledger_entry entry;
    TH_TRY(th_check_open(&chains->verify->check, TABLE_LEDGER, key, &value));
    TH_TRY(key_read_ledger(key, &at));
    if (at.index == LEDGER_HEAD) {
        return check_head(chains, key, value, at.version);
    }
    TH_TRY(ledger_read(value, &entry));
    ledger_chain_entry(chains->commits, at.version, entry.chained);
    if (at.index != chains->index || (chains->known && at.version != chains->version + 1)) {
        broken(chains->verify, entry.batch.node, entry.batch.seq, key);
    }
    chains->index = at.index + 1;
    chains->verify->result->batches++;
    TH_TRY(verify_tree_entry(chains->verify->trees, at.version, at.index, &entry));
    TH_TRY(check_verdicts(chains, &entry));
    TH_TRY(check_batch(chains, key, &entry));
    return chains->history.arena.base == NULL ? TH_OK : history_batch(&chains->history, &entry);
}

// The head before the newest VERIFY_QUICK_BATCHES batches, where a quick look begins.
static enum th_err find_tail(const struct verify *verify, struct key *from)
{
    struct th_bytes key = {0};
    struct th_bytes value;
    size_t batches = 0;
    *from = (struct key){.size = 0};
    enum th_err err = th_store_prev(verify->setup->store, TABLE_LEDGER, key, &key, &value);
    while (err == TH_OK) {
        struct ledger_key at;
        TH_TRY(key_read_ledger(key, &at));
        batches += at.index == LEDGER_HEAD ? 0 : 1;
        if (at.index == LEDGER_HEAD && batches >= VERIFY_QUICK_BATCHES) {
            *from = key_of_ledger(at.version, at.index);
            return TH_OK;
        }
        err = th_store_prev(verify->setup->store, TABLE_LEDGER, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// The head a quick look begins at is believed: what follows stands on its chain.
static enum th_err begin_tail(struct chains *chains, struct th_bytes key, struct th_bytes value)
{
    struct ledger_key at;
    struct ledger_head head;
    TH_TRY(key_read_ledger(key, &at));
    TH_TRY(th_check_open(&chains->verify->check, TABLE_LEDGER, key, &value));
    TH_TRY(ledger_read_head(value, &head));
    chains->known = true;
    chains->version = at.version;
    memcpy(chains->commits, head.chain, sizeof(chains->commits));
    return verify_tree_tail(chains->verify->trees, at.version, &head);
}

static enum th_err walk(struct chains *chains, const struct key *from)
{
    const struct th_store store = chains->verify->setup->store;
    struct th_bytes key;
    struct th_bytes value;
    enum th_err err = th_store_seek(store, TABLE_LEDGER, key_view(from), &key, &value);
    bool first = from->size > 0;
    while (err == TH_OK) {
        const enum th_err each =
            first ? begin_tail(chains, key, value) : check_entry(chains, key, value);
        first = false;
        if (each == TH_E_CORRUPT) {
            verify_found(chains->verify,
                         &(struct verify_finding){
                             .code = TH_M_VERIFY_RECORD, .table = TABLE_LEDGER, .key = key});
            chains->index++;
            chains->known = false;
            verify_tree_lost(chains->verify->trees);
        } else if (each != TH_OK) {
            return each;
        }
        err = th_store_next(store, TABLE_LEDGER, key, &key, &value);
    }
    if (err == TH_E_NOT_FOUND && chains->index > 0) { // L1: a version ends with its head
        const struct key head = key_of_ledger(chains->version + 1, LEDGER_HEAD);
        broken(chains->verify, 0, chains->version + 1, key_view(&head));
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

static enum th_err
check_watermark(struct chains *chains, struct th_bytes key, struct th_bytes value)
{
    struct node_row row;
    if (key.size != 4 || th_check_open(&chains->verify->check, TABLE_NODE, key, &value) != TH_OK ||
        node_row_read(value, &row) != TH_OK) {
        verify_found(
            chains->verify,
            &(struct verify_finding){.code = TH_M_VERIFY_RECORD, .table = TABLE_NODE, .key = key});
        return TH_OK;
    }
    chains->verify->result->nodes++;
    const uint32_t node = th_get_u32(key.data);
    struct link *link = link_of(chains, node);
    if (link == NULL) {
        return TH_E_NO_MEMORY;
    }
    const bool seen = link->epoch == row.epoch;
    const bool same = link->seq == row.seq && link->wall_ms == row.contact_ms &&
                      memcmp(link->hash, row.hash, sizeof(row.hash)) == 0;
    if ((seen && !same) || (!seen && chains->whole && row.seq > 0)) {
        broken_in(chains->verify, TABLE_NODE, node, row.seq, key);
    }
    link->node = node;
    link->epoch = row.epoch;
    return TH_OK;
}

static enum th_err check_watermarks(struct chains *chains)
{
    const struct th_store store = chains->verify->setup->store;
    struct th_bytes key;
    struct th_bytes value;
    const size_t linked = chains->count;
    enum th_err err = th_store_seek(store, TABLE_NODE, (struct th_bytes){0}, &key, &value);
    while (err == TH_OK) {
        TH_TRY(check_watermark(chains, key, value));
        err = th_store_next(store, TABLE_NODE, key, &key, &value);
    }
    for (size_t i = 0; i < linked && err == TH_E_NOT_FOUND; i++) {
        struct node_row row;
        if (get_row(chains->verify, chains->links[i].node, &row) != TH_OK) {
            const struct key lost = key_of_node(chains->links[i].node);
            broken_in(chains->verify,
                      TABLE_NODE,
                      chains->links[i].node,
                      chains->links[i].seq,
                      key_view(&lost));
        }
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// And there is no verdict without such an item.
static enum th_err check_verdict_count(struct chains *chains)
{
    uint64_t count = 0;
    TH_TRY(th_store_count(chains->verify->setup->store, TABLE_REJECT, &count));
    if (count <= chains->verdicts || th_mutant(104)) {
        return TH_OK;
    }
    const uint64_t before = chains->verify->result->findings;
    TH_TRY(verify_verdicts(chains->verify));
    if (chains->verify->result->findings == before) {
        verify_found(chains->verify,
                     &(struct verify_finding){
                         .code = TH_M_VERIFY_INDEX, .table = TABLE_REJECT, .key = TH_BYTES("")});
    }
    return TH_OK;
}

// ---- nothing that was said is lost ----

enum th_err history_add(struct history *history, uint32_t node, uint64_t hash)
{
    struct link *link = link_of(history->chains, node);
    if (link == NULL) {
        return TH_E_NO_MEMORY;
    }
    link->unmatched += hash;
    return TH_OK;
}

static enum th_err check_history(struct chains *chains)
{
    TH_TRY(verify_form_rows(chains->verify));
    TH_TRY(history_records(&chains->history));
    for (size_t i = 0; i < chains->count; i++) {
        const struct link *link = &chains->links[i];
        if (link->unmatched != 0) {
            const struct key key = key_of_node(link->node);
            struct verify_finding finding = {
                .code = TH_M_VERIFY_HISTORY, .table = TABLE_LEDGER, .key = key_view(&key)};
            (void)snprintf(finding.kept, sizeof(finding.kept), "%" PRIu32, link->node);
            verify_found(chains->verify, &finding);
        }
    }
    return TH_OK;
}

static enum th_err walk_and_check(struct chains *chains, const struct key *from)
{
    TH_TRY(walk(chains, from));
    chains->verify->result->version = chains->version;
    TH_TRY(verify_tree_end(chains->verify->trees));
    TH_TRY(check_watermarks(chains));
    if (chains->whole) {
        TH_TRY(check_verdict_count(chains));
    }
    return chains->history.arena.base == NULL ? TH_OK : check_history(chains);
}

enum th_err verify_ledger(struct verify *verify, bool whole)
{
    struct chains chains = {.verify = verify, .whole = whole};
    chains.history = (struct history){.verify = verify, .chains = &chains};
    void *space = whole ? malloc(TH_ARENA_BYTES) : NULL;
    if (whole && space == NULL) {
        return TH_E_NO_MEMORY;
    }
    chains.history.arena = th_arena_of(space, space == NULL ? 0 : TH_ARENA_BYTES);
    struct key from = {.size = 0};
    enum th_err err = TH_OK;
    if (!whole) {
        err = find_tail(verify, &from);
        chains.whole = from.size == 0; // the ledger is shorter than a quick look
    }
    if (chains.whole || whole) {
        ledger_chain_start(&verify->check, chains.commits);
        chains.known = true;
    }
    if (err == TH_OK) {
        err = verify_tree_begin(verify, chains.whole, whole, &verify->trees);
    }
    if (err == TH_OK) {
        err = walk_and_check(&chains, &from);
    }
    verify->result->version = chains.version;
    verify_tree_free(verify->trees);
    verify->trees = NULL;
    free(chains.links);
    free(space);
    return err;
}
