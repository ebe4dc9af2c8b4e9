// verify_tree.c - the tree over commits, the receipts and the roots of days, from the ledger alone
//
// What each commit hashed is hashed again, so an entry, a head or a receipt that was changed shows
// at its own version; what each day's root says is made again, so a history that was rewritten with
// all its hashes shows against the first root it does not fit.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/fault.h"

#include "workers/issue.h"
#include "workers/roots.h"
#include "workers/tree.h"
#include "workers/verify_body.h"

// What a receipt of the version being read should say.
struct told {
    uint32_t node;
    uint64_t epoch;
    uint64_t first;
    uint64_t last;
    uint8_t chain[TH_HASH256_BYTES];
    struct th_receipt_items items;
    bool counted; // items are known
};

struct trees {
    struct verify *verify;
    bool whole;    // from the first version on
    bool counts;   // batches are read, too
    bool begun;    // a version of the tree was read
    bool known;    // commits is the tree before the version being read
    uint64_t base; // tree.h
    struct th_merkle commits;
    struct th_merkle entries;
    uint8_t told_hash[TH_HASH256_BYTES]; // of what the version told to nodes, so far
    struct told *told;
    size_t told_count;
    size_t told_max;
    bool receives;     // a version with receipts was read: the next ones have them, too
    uint64_t receipts; // rows there should be
    uint64_t roots;
    uint64_t seen; // and are
    uint64_t roots_seen;
    uint64_t root_last;         // last version of the root read last
    struct numbered_key stream; // of the receipt read last
    th_day day;                 // of the head before; TH_DAY_NONE: not known
    uint8_t chain[TH_HASH256_BYTES];
    bool has_before;
    struct th_root before; // the newest root up to here
};

static void found(struct trees *trees, unsigned code, unsigned table, struct th_bytes key)
{
    verify_found(trees->verify,
                 &(struct verify_finding){.code = code, .table = (enum table)table, .key = key});
}

static void wrong_tree(struct trees *trees, struct th_bytes key, uint64_t version)
{
    const struct key first = key_of_ledger(1, LEDGER_HEAD);
    struct verify_finding finding = {.code = TH_M_VERIFY_TREE,
                                     .table = TABLE_LEDGER,
                                     .key = th_mutant(105) ? key_view(&first) : key};
    (void)snprintf(finding.kept, sizeof(finding.kept), "%" PRIu64, version);
    verify_found(trees->verify, &finding);
}

static void wrong_receipt(struct trees *trees, struct th_bytes key, const struct told *told)
{
    struct verify_finding finding = {
        .code = TH_M_VERIFY_RECEIPT, .table = TABLE_RECEIPT, .key = key};
    (void)snprintf(finding.kept, sizeof(finding.kept), "%" PRIu32, told->node);
    (void)snprintf(finding.counted, sizeof(finding.counted), "%" PRIu64, told->last);
    verify_found(trees->verify, &finding);
}

static struct tree_reader reader_of(const struct trees *trees)
{
    return (struct tree_reader){
        .store = trees->verify->setup->store, .check = &trees->verify->check, .base = trees->base};
}

// ---- begin ----

static enum th_err newest_root_before(struct trees *trees, uint64_t version)
{
    const struct verify *verify = trees->verify;
    const struct th_store store = verify->setup->store;
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_prev(store, TABLE_CHAIN, key, &key, &value);
    while (err == TH_OK) {
        if (th_check_open(&verify->check, TABLE_CHAIN, key, &value) == TH_OK &&
            roots_read(key, value, verify->setup->lineage, &trees->before) == TH_OK &&
            trees->before.last <= version) {
            trees->has_before = true;
            return TH_OK;
        }
        err = th_store_prev(store, TABLE_CHAIN, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err verify_tree_begin(struct verify *verify, bool whole, bool counts, struct trees **out)
{
    struct trees *trees = calloc(1, sizeof(*trees));
    if (trees == NULL) {
        return TH_E_NO_MEMORY;
    }
    trees->verify = verify;
    trees->whole = whole;
    trees->counts = counts;
    trees->day = TH_DAY_NONE;
    trees->known = whole;
    th_merkle_start(&trees->entries, TH_TAG_ENTRIES);
    th_merkle_start(&trees->commits, TH_TAG_COMMITS);
    *out = trees;
    const enum th_err err = tree_base(verify->setup->store, &verify->check, &trees->base);
    return err == TH_E_CORRUPT ? TH_OK : err; // the scan of "meta" tells it
}

void verify_tree_free(struct trees *trees)
{
    if (trees != NULL) {
        free(trees->told);
        free(trees);
    }
}

// A quick look believes the head it begins at.
enum th_err verify_tree_tail(struct trees *trees, uint64_t version, const struct ledger_head *head)
{
    const struct tree_reader reader = reader_of(trees);
    trees->day = head->today;
    memcpy(trees->chain, head->chain, sizeof(trees->chain));
    trees->begun = head->layout == LEDGER_HEAD_TREE;
    trees->known = version >= trees->base;
    if (trees->begun) {
        const enum th_err err = tree_load(&reader, version, &trees->commits);
        trees->known = err == TH_OK;
        if (err != TH_OK && err != TH_E_CORRUPT) {
            return err;
        }
    }
    return newest_root_before(trees, version);
}

// ---- entries ----

static struct told *told_to(struct trees *trees, uint32_t node, uint64_t epoch)
{
    for (size_t i = 0; i < trees->told_count; i++) {
        if (trees->told[i].node == node && trees->told[i].epoch == epoch) {
            return &trees->told[i];
        }
    }
    if (trees->told_count == trees->told_max) {
        const size_t max = trees->told_max == 0 ? 64 : 2 * trees->told_max;
        struct told *told = realloc(trees->told, max * sizeof(*told));
        if (told == NULL) {
            return NULL;
        }
        trees->told = told;
        trees->told_max = max;
    }
    struct told *made = &trees->told[trees->told_count++];
    *made = (struct told){.node = node, .epoch = epoch, .counted = true};
    return made;
}

enum th_err verify_tree_entry(struct trees *trees,
                              uint64_t version,
                              uint32_t index,
                              const struct ledger_entry *entry)
{
    uint8_t leaf[TH_HASH256_BYTES];
    ledger_leaf(version, index, &entry->batch, entry->chained, leaf);
    th_merkle_add(&trees->entries, leaf, NULL);
    struct told *told = told_to(trees, entry->batch.node, entry->batch.epoch);
    if (told == NULL) {
        return TH_E_NO_MEMORY;
    }
    told->first = told->first == 0 ? entry->batch.seq : told->first;
    told->last = entry->batch.seq;
    told->counted = told->counted && trees->counts;
    memcpy(told->chain, entry->batch.hash, sizeof(told->chain));
    return TH_OK;
}

enum th_err verify_tree_items(struct trees *trees,
                              const struct ledger_entry *entry,
                              const struct th_batch *batch)
{
    struct told *told = told_to(trees, entry->batch.node, entry->batch.epoch);
    if (told == NULL) {
        return TH_E_NO_MEMORY;
    }
    const enum th_err err = issue_count(batch, entry, &told->items);
    told->counted = told->counted && err == TH_OK;
    return err;
}

void verify_tree_told(struct trees *trees, struct th_bytes key, struct th_bytes row)
{
    ledger_told_add(trees->told_hash, key, row);
}

// ---- receipts ----

static int by_key(const void *a, const void *b)
{
    const struct told *left = a;
    const struct told *right = b;
    const int nodes = (left->node > right->node) - (left->node < right->node);
    return nodes != 0 ? nodes : (left->epoch > right->epoch) - (left->epoch < right->epoch);
}

static bool says(const struct issue *issue,
                 const struct told *told,
                 uint64_t version,
                 const struct ledger_head *head)
{
    return issue->first == told->first && issue->version == version &&
           issue->wall_ms == head->wall_ms &&
           memcmp(issue->chain, told->chain, sizeof(issue->chain)) == 0 &&
           (!told->counted || memcmp(&issue->items, &told->items, sizeof(issue->items)) == 0);
}

// The rows of the version, each as the ledger says, and all of them hashed.
static enum th_err
check_receipts(struct trees *trees, uint64_t version, const struct ledger_head *head)
{
    const struct verify *verify = trees->verify;
    if (trees->told_count > 0) {
        qsort(trees->told, trees->told_count, sizeof(*trees->told), by_key);
    }
    for (size_t i = 0; i < trees->told_count; i++) {
        const struct told *told = &trees->told[i];
        const struct key key = key_of_dead(told->node, told->epoch, told->last);
        struct th_bytes value;
        struct issue issue;
        enum th_err err = th_check_get(
            &verify->check, verify->setup->store, TABLE_RECEIPT, key_view(&key), &value);
        if (err == TH_OK) {
            ledger_told_add(trees->told_hash, key_view(&key), value);
            err = issue_read(value, &issue);
        }
        if (err != TH_OK && err != TH_E_NOT_FOUND && err != TH_E_CORRUPT) {
            return err;
        }
        trees->receives = trees->receives || err != TH_E_NOT_FOUND;
        if (!trees->receives && head->layout == LEDGER_HEAD_PLAIN) {
            continue; // decided before there were receipts
        }
        trees->receipts++;
        if (err == TH_E_NOT_FOUND || (err == TH_OK && !says(&issue, told, version, head))) {
            wrong_receipt(trees, key_view(&key), told);
        }
    }
    return TH_OK;
}

// ---- days ----

static bool same_root(const struct th_root *a, const struct th_root *b)
{
    return a->day == b->day && a->first == b->first && a->last == b->last &&
           a->commits == b->commits && memcmp(a->root, b->root, sizeof(a->root)) == 0 &&
           memcmp(a->chain, b->chain, sizeof(a->chain)) == 0 &&
           memcmp(a->previous, b->previous, sizeof(a->previous)) == 0;
}

// What the commit of version had to close.
static enum th_err check_day(struct trees *trees, uint64_t version, th_day today)
{
    const struct verify *verify = trees->verify;
    const struct th_root *before = trees->has_before ? &trees->before : NULL;
    if (!trees->known || trees->commits.count == 0 || !roots_closes(trees->day, today, before)) {
        return TH_OK;
    }
    const struct roots_end end = {
        .day = trees->day,
        .version = version - 1,
        .base = trees->base,
        .commits = &trees->commits,
        .chain = trees->chain,
    };
    const struct roots_names names = {.lineage = verify->setup->lineage};
    const struct th_root should = roots_make(&end, &names, before);
    const struct key key = key_of_day(trees->day);
    struct th_bytes value;
    struct th_root kept = should;
    trees->roots++;
    enum th_err err =
        th_check_get(&verify->check, verify->setup->store, TABLE_CHAIN, key_view(&key), &value);
    if (err == TH_OK) {
        ledger_told_add(trees->told_hash, key_view(&key), value);
        err = roots_read(key_view(&key), value, verify->setup->lineage, &kept);
    }
    if (err != TH_OK && err != TH_E_NOT_FOUND && err != TH_E_CORRUPT) {
        return err;
    }
    if (err == TH_E_NOT_FOUND || (err == TH_OK && !same_root(&should, &kept))) {
        found(trees, TH_M_VERIFY_ROOT, TABLE_CHAIN, key_view(&key));
    }
    trees->before = kept;
    trees->has_before = true;
    return TH_OK;
}

// ---- heads ----

static void clear_version(struct trees *trees)
{
    trees->told_count = 0;
    memset(trees->told_hash, 0, sizeof(trees->told_hash));
    th_merkle_start(&trees->entries, TH_TAG_ENTRIES);
}

static bool same_nodes(const uint8_t leaf[static TH_HASH256_BYTES],
                       const struct th_merkle_nodes *nodes,
                       struct th_bytes kept)
{
    const size_t above = (size_t)nodes->count * TH_HASH256_BYTES;
    return kept.size == TH_HASH256_BYTES + above &&
           memcmp(kept.data, leaf, TH_HASH256_BYTES) == 0 &&
           memcmp((const uint8_t *)kept.data + TH_HASH256_BYTES, nodes->hashes, above) == 0;
}

static bool leaf_fits(struct trees *trees, uint64_t version, const struct ledger_head *head)
{
    uint8_t root[TH_HASH256_BYTES];
    uint8_t leaf[TH_HASH256_BYTES];
    struct th_merkle_nodes nodes;
    th_merkle_root(&trees->entries, root);
    tree_leaf(version, head, leaf);
    th_merkle_add(&trees->commits, leaf, &nodes);
    return th_mutant(103) || (memcmp(root, head->entries, sizeof(root)) == 0 &&
                              same_nodes(leaf, &nodes, head->nodes));
}

// The tree begins with the version behind base.
static void begin_with(struct trees *trees, struct th_bytes key, uint64_t version)
{
    if (trees->whole && trees->base != version - 1) {
        wrong_tree(trees, key, version);
        trees->base = version - 1;
    }
    trees->begun = true;
    trees->known = trees->base == version - 1;
    th_merkle_start(&trees->commits, TH_TAG_COMMITS);
}

static enum th_err check_leaf(struct trees *trees,
                              struct th_bytes key,
                              uint64_t version,
                              const struct ledger_head *head)
{
    if (!trees->begun) {
        begin_with(trees, key, version);
    } else if (trees->known && trees->commits.count != version - 1 - trees->base) {
        trees->known = false; // versions are missing, which the chain tells
    }
    if (!trees->known) { // go on from what stands there
        const struct tree_reader reader = reader_of(trees);
        const enum th_err err = tree_load(&reader, version - 1, &trees->commits);
        if (err != TH_OK && err != TH_E_CORRUPT) {
            return err;
        }
        trees->known = err == TH_OK;
    }
    TH_TRY(check_receipts(trees, version, head));
    TH_TRY(check_day(trees, version, head->today));
    const bool told = memcmp(trees->told_hash, head->told, sizeof(head->told)) == 0;
    if ((!told && !th_mutant(101)) || (trees->known && !leaf_fits(trees, version, head))) {
        wrong_tree(trees, key, version);
    }
    return TH_OK;
}

enum th_err verify_tree_head(struct trees *trees,
                             struct th_bytes key,
                             uint64_t version,
                             const struct ledger_head *head)
{
    enum th_err err = TH_OK;
    if (head->layout == LEDGER_HEAD_TREE) {
        err = check_leaf(trees, key, version, head);
    } else {
        err = check_receipts(trees, version, head);
    }
    if (head->layout == LEDGER_HEAD_PLAIN && trees->begun) {
        wrong_tree(trees, key, version); // what is in the tree stays in it
        trees->known = false;
    }
    trees->day = head->today;
    memcpy(trees->chain, head->chain, sizeof(trees->chain));
    clear_version(trees);
    return err;
}

void verify_tree_lost(struct trees *trees)
{
    trees->known = false;
    clear_version(trees);
}

// ---- end ----

// The receipts of a node's stream follow each other without a gap.
static enum th_err
follow_receipt(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct trees *trees = verify->trees;
    struct numbered_key at;
    struct issue issue;
    TH_TRY(key_read_receipt(key, &at));
    TH_TRY(issue_read(payload, &issue));
    const bool follows = trees->stream.node == at.node && trees->stream.epoch == at.epoch;
    const bool late = issue.version > verify->result->version;
    if ((follows && issue.first != trees->stream.seq + 1) || issue.first > at.seq || late) {
        const struct told told = {.node = at.node, .last = at.seq};
        wrong_receipt(trees, key, &told);
    }
    trees->stream = at;
    trees->seen++;
    return TH_OK;
}

static enum th_err follow_root(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct trees *trees = verify->trees;
    struct th_root root;
    TH_TRY(roots_read(key, payload, verify->setup->lineage, &root));
    const uint64_t before = trees->roots_seen > 0 ? trees->root_last : trees->base;
    if (root.first != before + 1 || root.last < root.first ||
        root.last >= verify->result->version) {
        found(trees, TH_M_VERIFY_ROOT, TABLE_CHAIN, key);
    }
    trees->root_last = root.last;
    trees->roots_seen++;
    return TH_OK;
}

enum th_err verify_tree_end(struct trees *trees)
{
    struct verify *verify = trees->verify;
    if (!trees->whole || th_mutant(102)) {
        return TH_OK;
    }
    TH_TRY(verify_scan(verify, TABLE_RECEIPT, true, follow_receipt));
    TH_TRY(verify_scan(verify, TABLE_CHAIN, true, follow_root));
    if (trees->seen > trees->receipts) {
        found(trees, TH_M_VERIFY_INDEX, TABLE_RECEIPT, TH_BYTES(""));
    }
    if (trees->roots_seen > trees->roots) {
        found(trees, TH_M_VERIFY_INDEX, TABLE_CHAIN, TH_BYTES(""));
    }
    return TH_OK;
}
