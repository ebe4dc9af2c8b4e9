// ledger.c - see ledger.h

#include "workers/ledger.h"

#include <string.h>

#include "tonghop/root.h"

#include "workers/tree.h"

enum {
    OUTCOME_BYTES_MAX = TH_BATCH_UPDATES_MAX * 4,
    WARNING_FIRST = 2300,
    WARNING_LAST = 2399,
    HEAD_BYTES_MAX = 192 + (TH_MERKLE_LEVELS + 1) * TH_HASH256_BYTES,
};

size_t ledger_memory(void)
{
    return OUTCOME_BYTES_MAX + LEDGER_OLD_BYTES_MAX + LEDGER_VALUE_BYTES_MAX + 3 * 16;
}

static enum th_err room(struct th_arena *memory, size_t size, struct th_writer *writer)
{
    *writer = (struct th_writer){.data = th_arena_take(memory, size), .max = size};
    return writer->data != NULL ? TH_OK : TH_E_NO_MEMORY;
}

enum th_err ledger_init(struct ledger *ledger,
                        struct th_store store,
                        const struct th_check *check,
                        struct th_arena *memory)
{
    *ledger = (struct ledger){.store = store, .check = check};
    TH_TRY(room(memory, OUTCOME_BYTES_MAX, &ledger->outcomes));
    TH_TRY(room(memory, LEDGER_OLD_BYTES_MAX, &ledger->replaced));
    return room(memory, LEDGER_VALUE_BYTES_MAX, &ledger->value);
}

void ledger_chain_start(const struct th_check *check, uint8_t chain[static TH_HASH256_BYTES])
{
    const struct th_bytes seed = {.data = check->key, .size = sizeof(check->key)};
    th_hash256(chain, &seed, 1);
}

void ledger_chain_entry(uint8_t chain[static TH_HASH256_BYTES],
                        uint64_t version,
                        struct th_bytes chained)
{
    uint8_t number[8];
    th_put_u64(number, version);
    const struct th_bytes parts[] = {
        {.data = chain, .size = TH_HASH256_BYTES}, {.data = number, .size = 8}, chained};
    uint8_t next[TH_HASH256_BYTES];
    th_hash256(next, parts, TH_COUNT(parts));
    memcpy(chain, next, sizeof(next));
}

void ledger_chain_head(uint8_t chain[static TH_HASH256_BYTES], uint64_t version, uint32_t batches)
{
    uint8_t count[4];
    th_put_u32(count, batches);
    ledger_chain_entry(chain, version, (struct th_bytes){.data = count, .size = sizeof(count)});
}

void ledger_leaf(uint64_t version,
                 uint32_t index,
                 const struct ledger_batch *batch,
                 struct th_bytes chained,
                 uint8_t out[static TH_HASH256_BYTES])
{
    uint8_t entry[TH_HASH256_BYTES];
    th_hash256(entry, &chained, 1);
    const struct th_root_entry leaf = {
        .version = version,
        .index = index,
        .node = batch->node,
        .epoch = batch->epoch,
        .seq = batch->seq,
        .chain = batch->hash,
        .entry = entry,
    };
    th_root_entry_leaf(&leaf, out);
}

void ledger_told_add(uint8_t told[static TH_HASH256_BYTES],
                     struct th_bytes key,
                     struct th_bytes row)
{
    uint8_t next[TH_HASH256_BYTES];
    const struct th_bytes parts[] = {{.data = told, .size = TH_HASH256_BYTES}, key, row};
    th_hash256(next, parts, TH_COUNT(parts));
    memcpy(told, next, sizeof(next));
}

static void begin_turn(struct ledger *ledger)
{
    ledger->batches = 0;
    memcpy(ledger->turn_chain, ledger->chain, sizeof(ledger->chain));
    memset(ledger->told, 0, sizeof(ledger->told));
    th_merkle_start(&ledger->entries, TH_TAG_ENTRIES);
}

static enum th_err open_tree(struct ledger *ledger, unsigned layout)
{
    ledger->base_is_new = layout == LEDGER_HEAD_PLAIN;
    if (ledger->base_is_new) {
        ledger->base = ledger->version;
    } else {
        TH_TRY(tree_base(ledger->store, ledger->check, &ledger->base));
    }
    const struct tree_reader reader = {
        .store = ledger->store, .check = ledger->check, .base = ledger->base};
    return tree_load(&reader, ledger->version, &ledger->commits);
}

enum th_err ledger_open(struct ledger *ledger)
{
    ledger->version = 0;
    ledger->today = TH_DAY_NONE;
    ledger_chain_start(ledger->check, ledger->chain);
    struct th_bytes key;
    struct th_bytes value;
    const enum th_err err =
        th_store_prev(ledger->store, TABLE_LEDGER, (struct th_bytes){0}, &key, &value);
    if (err == TH_E_NOT_FOUND) {
        begin_turn(ledger);
        return open_tree(ledger, LEDGER_HEAD_TREE);
    }
    TH_TRY(err);
    struct ledger_key at;
    struct ledger_head head;
    TH_TRY(key_read_ledger(key, &at));
    TH_TRY(th_check_open(ledger->check, TABLE_LEDGER, key, &value));
    if (at.index != LEDGER_HEAD) {
        return TH_E_CORRUPT; // L1: a version ends with its head
    }
    TH_TRY(ledger_read_head(value, &head));
    ledger->version = at.version;
    ledger->today = head.today;
    memcpy(ledger->chain, head.chain, sizeof(head.chain));
    begin_turn(ledger);
    return open_tree(ledger, head.layout);
}

void ledger_begin(struct ledger *ledger)
{
    ledger->items = 0;
    ledger->olds = 0;
    ledger->outcomes.size = 0;
    ledger->replaced.size = 0;
}

void ledger_replaced(struct ledger *ledger,
                     uint32_t index,
                     unsigned table,
                     struct th_bytes key,
                     struct th_bytes value)
{
    th_write_varint(&ledger->replaced, index);
    th_write_u8(&ledger->replaced, (uint8_t)table);
    th_write_block(&ledger->replaced, key);
    th_write_block(&ledger->replaced, value);
    ledger->olds++;
    // An item replaces at most two records and two rows of forms, each bounded.
    th_assert(!ledger->replaced.overflow);
}

void ledger_item(struct ledger *ledger, unsigned outcome)
{
    th_write_varint(&ledger->outcomes, outcome);
    ledger->items++;
    th_assert(!ledger->outcomes.overflow);
}

enum th_err
ledger_end(struct ledger *ledger, const struct ledger_batch *batch, struct th_bytes body)
{
    struct th_writer *value = &ledger->value;
    value->size = 0;
    th_write_u8(value, LEDGER_VERSION);
    th_write_varint(value, batch->node);
    th_write_varint(value, batch->epoch);
    th_write_varint(value, batch->seq);
    th_write_bytes(value, (struct th_bytes){.data = batch->hash, .size = sizeof(batch->hash)});
    th_write_zigzag(value, batch->today);
    th_write_zigzag(value, batch->wall_ms);
    th_write_varint(value, ledger->items);
    th_write_block(value, th_written(&ledger->outcomes));
    th_write_varint(value, ledger->olds);
    th_write_block(value, th_written(&ledger->replaced));
    uint8_t leaf[TH_HASH256_BYTES];
    ledger_chain_entry(ledger->turn_chain, ledger->version + 1, th_written(value));
    ledger_leaf(ledger->version + 1, ledger->batches, batch, th_written(value), leaf);
    th_merkle_add(&ledger->entries, leaf, NULL);
    th_write_bytes(value, body);

    const struct key key = key_of_ledger(ledger->version + 1, ledger->batches);
    ledger->batches++;
    return th_check_put(ledger->check, ledger->store, TABLE_LEDGER, key_view(&key), value);
}

void ledger_tell(struct ledger *ledger, struct th_bytes key, struct th_bytes row)
{
    ledger_told_add(ledger->told, key, row);
}

static void write_hash(struct th_writer *value, const uint8_t *hash)
{
    th_write_bytes(value, (struct th_bytes){.data = hash, .size = TH_HASH256_BYTES});
}

enum th_err ledger_close(struct ledger *ledger, th_day today, int64_t wall_ms)
{
    const uint64_t version = ledger->version + 1;
    struct ledger_head head = {
        .layout = LEDGER_HEAD_TREE,
        .batches = ledger->batches,
        .today = today,
        .wall_ms = wall_ms,
    };
    uint8_t leaf[TH_HASH256_BYTES];
    struct th_merkle_nodes nodes;
    ledger_chain_head(ledger->turn_chain, version, ledger->batches);
    memcpy(head.chain, ledger->turn_chain, sizeof(head.chain));
    memcpy(head.told, ledger->told, sizeof(head.told));
    th_merkle_root(&ledger->entries, head.entries);
    tree_leaf(version, &head, leaf);
    ledger->turn_commits = ledger->commits;
    th_merkle_add(&ledger->turn_commits, leaf, &nodes);
    if (ledger->base_is_new) {
        TH_TRY(tree_set_base(ledger->store, ledger->check, ledger->base));
    }
    uint8_t space[HEAD_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    th_write_u8(&value, LEDGER_HEAD_TREE);
    th_write_varint(&value, head.batches);
    th_write_zigzag(&value, head.today);
    th_write_zigzag(&value, head.wall_ms);
    write_hash(&value, head.chain);
    write_hash(&value, head.entries);
    write_hash(&value, head.told);
    write_hash(&value, leaf);
    for (unsigned i = 0; i < nodes.count; i++) {
        write_hash(&value, nodes.hashes[i]);
    }
    ledger->closing = today;
    const struct key key = key_of_ledger(version, LEDGER_HEAD);
    return th_check_put(ledger->check, ledger->store, TABLE_LEDGER, key_view(&key), &value);
}

void ledger_committed(struct ledger *ledger)
{
    ledger->version++;
    ledger->today = ledger->closing;
    ledger->base_is_new = false;
    ledger->commits = ledger->turn_commits;
    memcpy(ledger->chain, ledger->turn_chain, sizeof(ledger->chain));
    begin_turn(ledger);
}

struct ledger_entry ledger_open_entry(const struct ledger *ledger)
{
    return (struct ledger_entry){
        .items = ledger->items,
        .outcomes = th_written(&ledger->outcomes),
        .olds = ledger->olds,
        .replaced = th_written(&ledger->replaced),
    };
}

enum th_err ledger_read(struct th_bytes value, struct ledger_entry *entry)
{
    struct th_reader reader = th_reader_of(value);
    const uint8_t version = th_read_u8(&reader);
    entry->batch.node = (uint32_t)th_read_varint(&reader);
    entry->batch.epoch = th_read_varint(&reader);
    entry->batch.seq = th_read_varint(&reader);
    const struct th_bytes hash = th_read_bytes(&reader, sizeof(entry->batch.hash));
    entry->batch.today = (th_day)th_read_zigzag(&reader);
    entry->batch.wall_ms = th_read_zigzag(&reader);
    entry->items = (uint32_t)th_read_varint(&reader);
    entry->outcomes = th_read_block(&reader);
    entry->olds = (uint32_t)th_read_varint(&reader);
    entry->replaced = th_read_block(&reader);
    entry->chained =
        (struct th_bytes){.data = value.data, .size = value.size - th_reader_left(&reader)};
    entry->body = th_read_rest(&reader);
    if (!th_read_done(&reader) || version != LEDGER_VERSION) {
        return TH_E_CORRUPT;
    }
    memcpy(entry->batch.hash, hash.data, sizeof(entry->batch.hash));
    return TH_OK;
}

// A head of layout 1 ends behind the chain.
static bool read_tree(struct th_reader *reader, struct ledger_head *head)
{
    const struct th_bytes entries = th_read_bytes(reader, sizeof(head->entries));
    const struct th_bytes told = th_read_bytes(reader, sizeof(head->told));
    head->nodes = th_read_rest(reader);
    if (reader->failed || head->nodes.size == 0 || head->nodes.size % TH_HASH256_BYTES != 0 ||
        head->nodes.size > (size_t)TH_MERKLE_LEVELS * TH_HASH256_BYTES) {
        return false;
    }
    memcpy(head->entries, entries.data, sizeof(head->entries));
    memcpy(head->told, told.data, sizeof(head->told));
    return true;
}

enum th_err ledger_read_head(struct th_bytes value, struct ledger_head *head)
{
    struct th_reader reader = th_reader_of(value);
    *head = (struct ledger_head){.layout = th_read_u8(&reader)};
    head->batches = (uint32_t)th_read_varint(&reader);
    head->today = (th_day)th_read_zigzag(&reader);
    head->wall_ms = th_read_zigzag(&reader);
    const struct th_bytes chain = th_read_bytes(&reader, sizeof(head->chain));
    if (head->layout == LEDGER_HEAD_TREE && !reader.failed && !read_tree(&reader, head)) {
        return TH_E_CORRUPT;
    }
    const bool known = head->layout == LEDGER_HEAD_PLAIN || head->layout == LEDGER_HEAD_TREE;
    if (!th_read_done(&reader) || !known) {
        return TH_E_CORRUPT;
    }
    memcpy(head->chain, chain.data, sizeof(head->chain));
    return TH_OK;
}

bool ledger_is_accepted(uint64_t outcome)
{
    return outcome == LEDGER_APPLIED || (outcome >= WARNING_FIRST && outcome <= WARNING_LAST);
}

bool ledger_is_statement(enum th_kind kind)
{
    return kind == TH_KIND_EVALUATION || kind == TH_KIND_STAFFING || kind == TH_KIND_COLLECTIVE ||
           kind == TH_KIND_TRANSFER;
}
