// tree.c - see tree.h

#include "workers/tree.h"

#include <string.h>

static const struct th_bytes BASE_MARK = {.data = "tree", .size = 4};

// ---- base ----

enum th_err tree_base(struct th_store store, const struct th_check *check, uint64_t *base)
{
    struct th_bytes value;
    *base = 0;
    const enum th_err err = th_check_get(check, store, TABLE_META, BASE_MARK, &value);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    if (value.size != sizeof(*base)) {
        return TH_E_CORRUPT;
    }
    *base = th_get_u64(value.data);
    return TH_OK;
}

enum th_err tree_set_base(struct th_store store, const struct th_check *check, uint64_t base)
{
    uint8_t space[32];
    struct th_writer value = TH_WRITER(space);
    th_write_u64(&value, base);
    return th_check_put(check, store, TABLE_META, BASE_MARK, &value);
}

// ---- commits ----

void tree_leaf(uint64_t version,
               const struct ledger_head *head,
               uint8_t out[static TH_HASH256_BYTES])
{
    const struct th_root_commit commit = {
        .version = version,
        .batches = head->batches,
        .today = head->today,
        .wall_ms = head->wall_ms,
        .entries = head->entries,
        .told = head->told,
        .chain = head->chain,
    };
    th_root_commit_leaf(&commit, out);
}

static enum th_err
head_of(const struct tree_reader *reader, uint64_t version, struct ledger_head *head)
{
    const struct key key = key_of_ledger(version, LEDGER_HEAD);
    struct th_bytes value;
    const enum th_err err =
        th_check_get(reader->check, reader->store, TABLE_LEDGER, key_view(&key), &value);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_E_CORRUPT : err; // versions are dense
    }
    TH_TRY(ledger_read_head(value, head));
    return head->layout >= LEDGER_HEAD_TREE ? TH_OK : TH_E_CORRUPT;
}

// The root of the full tree of 2^level leaves that ends with leaf end - 1.
static enum th_err full(const struct tree_reader *reader,
                        unsigned level,
                        uint64_t end,
                        uint8_t out[static TH_HASH256_BYTES])
{
    struct ledger_head head;
    TH_TRY(head_of(reader, reader->base + end, &head));
    if (head.nodes.size <= (size_t)level * TH_HASH256_BYTES) {
        return TH_E_CORRUPT;
    }
    const uint8_t *nodes = head.nodes.data;
    memcpy(out, nodes + (size_t)level * TH_HASH256_BYTES, TH_HASH256_BYTES);
    return TH_OK;
}

// The full trees of leaves from .. from + tree->count - 1, from the largest on.
static enum th_err
load_peaks(const struct tree_reader *reader, uint64_t from, struct th_merkle *tree)
{
    uint64_t end = from;
    for (unsigned i = TH_MERKLE_LEVELS; i > 0; i--) {
        const unsigned level = i - 1;
        if ((tree->count >> level & 1) != 0) {
            end += UINT64_C(1) << level;
            TH_TRY(full(reader, level, end, tree->peaks[level]));
        }
    }
    return TH_OK;
}

enum th_err tree_load(const struct tree_reader *reader, uint64_t version, struct th_merkle *tree)
{
    if (version < reader->base) {
        return TH_E_CORRUPT;
    }
    th_merkle_start(tree, TH_TAG_COMMITS);
    tree->count = version - reader->base;
    return load_peaks(reader, 0, tree);
}

static enum th_err
range_of_commits(void *self, uint64_t from, uint64_t until, uint8_t out[static TH_HASH256_BYTES])
{
    const struct tree_reader *reader = self;
    struct th_merkle tree;
    th_merkle_start(&tree, TH_TAG_COMMITS);
    tree.count = until - from;
    TH_TRY(load_peaks(reader, from, &tree));
    th_merkle_root(&tree, out);
    return TH_OK;
}

// ---- entries of one version ----

struct entries {
    const struct tree_reader *reader;
    uint64_t version;
};

static enum th_err
entry_at(const struct entries *entries, uint64_t index, struct ledger_entry *entry)
{
    const struct key key = key_of_ledger(entries->version, (uint32_t)index);
    struct th_bytes value;
    TH_TRY(th_check_get(
        entries->reader->check, entries->reader->store, TABLE_LEDGER, key_view(&key), &value));
    return ledger_read(value, entry);
}

static enum th_err
range_of_entries(void *self, uint64_t from, uint64_t until, uint8_t out[static TH_HASH256_BYTES])
{
    const struct entries *entries = self;
    struct th_merkle tree;
    th_merkle_start(&tree, TH_TAG_ENTRIES);
    for (uint64_t index = from; index < until; index++) {
        struct ledger_entry entry;
        uint8_t leaf[TH_HASH256_BYTES];
        TH_TRY(entry_at(entries, index, &entry));
        ledger_leaf(entries->version, (uint32_t)index, &entry.batch, entry.chained, leaf);
        th_merkle_add(&tree, leaf, NULL);
    }
    th_merkle_root(&tree, out);
    return TH_OK;
}

static bool is_asked(const struct tree_question *question, const struct ledger_batch *batch)
{
    return batch->node == question->node && batch->epoch == question->epoch &&
           batch->seq == question->seq;
}

static enum th_err find(const struct entries *entries,
                        const struct tree_question *question,
                        uint32_t batches,
                        struct th_root_proof *proof)
{
    for (uint32_t index = 0; index < batches; index++) {
        struct ledger_entry entry;
        TH_TRY(entry_at(entries, index, &entry));
        if (is_asked(question, &entry.batch)) {
            proof->index = index;
            th_hash256(proof->entry, &entry.chained, 1);
            return TH_OK;
        }
    }
    return TH_E_NOT_FOUND;
}

enum th_err tree_prove(const struct tree_reader *reader,
                       const struct tree_question *question,
                       struct th_root_proof *proof)
{
    struct ledger_head head;
    struct tree_reader commits = *reader;
    struct entries entries = {.reader = reader, .version = question->version};
    if (question->version <= reader->base || question->version > question->last) {
        return TH_E_NOT_FOUND;
    }
    TH_TRY(head_of(reader, question->version, &head));
    *proof = (struct th_root_proof){
        .epoch = question->epoch,
        .seq = question->seq,
        .version = question->version,
        .batches = head.batches,
        .today = head.today,
        .wall_ms = head.wall_ms,
    };
    memcpy(proof->told, head.told, sizeof(proof->told));
    memcpy(proof->chain, head.chain, sizeof(proof->chain));
    TH_TRY(find(&entries, question, head.batches, proof));
    TH_TRY(
        th_merkle_prove(proof->index, head.batches, range_of_entries, &entries, &proof->entries));
    return th_merkle_prove(question->version - reader->base - 1,
                           question->last - reader->base,
                           range_of_commits,
                           &commits,
                           &proof->commits);
}
