// roots.c - see roots.h

#include "workers/roots.h"

#include <string.h>

#include "workers/issue.h"
#include "workers/tree.h"

static struct th_bytes hash_view(const uint8_t *hash)
{
    return (struct th_bytes){.data = hash, .size = TH_HASH256_BYTES};
}

void roots_write(struct th_writer *writer, const struct th_root *root)
{
    th_write_u8(writer, ROOTS_VERSION);
    th_write_varint(writer, root->first);
    th_write_varint(writer, root->last);
    th_write_varint(writer, root->commits);
    th_write_bytes(writer, hash_view(root->root));
    th_write_bytes(writer, hash_view(root->chain));
    th_write_bytes(writer, hash_view(root->previous));
    th_write_u64(writer, root->store_id);
    th_write_text0(writer, th_bytes_of(root->province));
}

enum th_err roots_read(struct th_bytes key,
                       struct th_bytes value,
                       struct th_bytes lineage,
                       struct th_root *root)
{
    struct th_reader reader = th_reader_of(value);
    *root = (struct th_root){.commits = 0};
    const uint8_t version = th_read_u8(&reader);
    root->first = th_read_varint(&reader);
    root->last = th_read_varint(&reader);
    root->commits = th_read_varint(&reader);
    const struct th_bytes hash = th_read_bytes(&reader, sizeof(root->root));
    const struct th_bytes chain = th_read_bytes(&reader, sizeof(root->chain));
    const struct th_bytes previous = th_read_bytes(&reader, sizeof(root->previous));
    root->store_id = th_read_u64(&reader);
    const struct th_bytes province = th_read_text0(&reader);
    if (!th_read_done(&reader) || version != ROOTS_VERSION || key.size != 4 ||
        province.size >= sizeof(root->province) || lineage.size >= sizeof(root->lineage) ||
        root->commits > root->last) {
        return TH_E_CORRUPT;
    }
    root->day = (th_day)th_get_u32(key.data);
    if (!th_day_is_calendar(root->day)) {
        return TH_E_CORRUPT;
    }
    memcpy(root->root, hash.data, sizeof(root->root));
    memcpy(root->chain, chain.data, sizeof(root->chain));
    memcpy(root->previous, previous.data, sizeof(root->previous));
    (void)th_bytes_copy_text(province, root->province, sizeof(root->province));
    (void)th_bytes_copy_text(lineage, root->lineage, sizeof(root->lineage));
    return TH_OK;
}

enum th_err roots_newest(struct th_store store,
                         const struct th_check *check,
                         struct th_bytes lineage,
                         struct th_root *root)
{
    struct th_bytes key;
    struct th_bytes value;
    TH_TRY(th_store_prev(store, TABLE_CHAIN, (struct th_bytes){0}, &key, &value));
    TH_TRY(th_check_open(check, TABLE_CHAIN, key, &value));
    return roots_read(key, value, lineage, root);
}

bool roots_closes(th_day head_day, th_day today, const struct th_root *before)
{
    return head_day != TH_DAY_NONE && today > head_day &&
           (before == NULL || before->day < head_day);
}

struct th_root roots_make(const struct roots_end *end,
                          const struct roots_names *names,
                          const struct th_root *before)
{
    struct th_root root = {
        .store_id = names->store_id,
        .day = end->day,
        .first = before != NULL ? before->last + 1 : end->base + 1,
        .last = end->version,
        .commits = end->commits->count,
    };
    (void)th_bytes_copy_text(names->province, root.province, sizeof(root.province));
    (void)th_bytes_copy_text(names->lineage, root.lineage, sizeof(root.lineage));
    th_merkle_root(end->commits, root.root);
    memcpy(root.chain, end->chain, sizeof(root.chain));
    if (before != NULL) {
        th_root_hash(before, root.previous);
    }
    return root;
}

// ---- proofs ----

// The newest receipt of node that the root covers.
static enum th_err find_receipt(struct th_store store,
                                const struct th_check *check,
                                const struct th_root *root,
                                uint32_t node,
                                struct tree_question *question)
{
    struct key from = key_of_dead(node, UINT64_MAX, UINT64_MAX);
    struct th_bytes key = key_view(&from);
    struct th_bytes value;
    enum th_err err = th_store_prev(store, TABLE_RECEIPT, key, &key, &value);
    while (err == TH_OK) {
        struct numbered_key at;
        struct issue issue;
        TH_TRY(key_read_receipt(key, &at));
        if (at.node != node) {
            return TH_E_NOT_FOUND;
        }
        TH_TRY(th_check_open(check, TABLE_RECEIPT, key, &value));
        TH_TRY(issue_read(value, &issue));
        if (issue.version <= root->last) {
            *question = (struct tree_question){
                .node = node,
                .epoch = at.epoch,
                .seq = at.seq,
                .version = issue.version,
                .last = root->last,
            };
            return TH_OK;
        }
        err = th_store_prev(store, TABLE_RECEIPT, key, &key, &value);
    }
    return err;
}

enum th_err roots_prove(struct th_store store,
                        const struct th_check *check,
                        const struct th_root *root,
                        uint32_t node,
                        struct th_root_proof *proof)
{
    struct tree_question question;
    struct tree_reader reader = {.store = store, .check = check};
    TH_TRY(find_receipt(store, check, root, node, &question));
    reader.base = root->last - root->commits;
    return tree_prove(&reader, &question, proof);
}
