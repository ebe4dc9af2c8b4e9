// merkle.c - see merkle.h

#include "tonghop/merkle.h"

#include <string.h>

void th_merkle_start(struct th_merkle *tree, uint8_t tag)
{
    tree->tag = tag;
    tree->count = 0;
}

void th_merkle_node(uint8_t tag,
                    const uint8_t left[static TH_HASH256_BYTES],
                    const uint8_t right[static TH_HASH256_BYTES],
                    uint8_t out[static TH_HASH256_BYTES])
{
    uint8_t hash[TH_HASH256_BYTES];
    const struct th_bytes parts[] = {{.data = &tag, .size = 1},
                                     {.data = left, .size = TH_HASH256_BYTES},
                                     {.data = right, .size = TH_HASH256_BYTES}};
    th_hash256(hash, parts, TH_COUNT(parts));
    memcpy(out, hash, sizeof(hash));
}

// As a binary number grows by one: two full trees of one size are one of the next.
void th_merkle_add(struct th_merkle *tree,
                   const uint8_t leaf[static TH_HASH256_BYTES],
                   struct th_merkle_nodes *nodes)
{
    uint8_t hash[TH_HASH256_BYTES];
    unsigned level = 0;
    memcpy(hash, leaf, sizeof(hash));
    for (; (tree->count >> level & 1) != 0; level++) {
        th_merkle_node(tree->tag, tree->peaks[level], hash, hash);
        if (nodes != NULL) {
            memcpy(nodes->hashes[level], hash, sizeof(hash));
        }
    }
    th_assert(level < TH_MERKLE_LEVELS);
    memcpy(tree->peaks[level], hash, sizeof(hash));
    tree->count++;
    if (nodes != NULL) {
        nodes->count = level;
    }
}

void th_merkle_root(const struct th_merkle *tree, uint8_t out[static TH_HASH256_BYTES])
{
    bool begun = false;
    memset(out, 0, TH_HASH256_BYTES);
    for (unsigned level = 0; level < TH_MERKLE_LEVELS; level++) {
        if ((tree->count >> level & 1) == 0) {
            continue;
        }
        if (begun) {
            th_merkle_node(tree->tag, tree->peaks[level], out, out);
        } else {
            memcpy(out, tree->peaks[level], TH_HASH256_BYTES);
        }
        begun = true;
    }
}

// The largest power of two below count, which is at least 2.
static uint64_t left_of(uint64_t count)
{
    return UINT64_C(1) << (63 - __builtin_clzll(count - 1));
}

enum th_err th_merkle_prove(
    uint64_t index, uint64_t count, th_merkle_range *range, void *self, struct th_merkle_path *path)
{
    uint64_t from = 0;
    uint64_t until = count;
    unsigned depth = 0;
    th_assert(index < count);
    // From the root down; the path is wanted from below.
    while (until - from > 1) {
        const uint64_t middle = from + left_of(until - from);
        const bool left = index < middle;
        th_assert(depth < TH_MERKLE_PATH_MAX);
        TH_TRY(range(self, left ? middle : from, left ? until : middle, path->hashes[depth]));
        from = left ? from : middle;
        until = left ? middle : until;
        depth++;
    }
    for (unsigned low = 0, high = depth; low + 1 < high; low++) {
        uint8_t other[TH_HASH256_BYTES];
        high--;
        memcpy(other, path->hashes[low], sizeof(other));
        memcpy(path->hashes[low], path->hashes[high], sizeof(other));
        memcpy(path->hashes[high], other, sizeof(other));
    }
    path->count = depth;
    return TH_OK;
}

bool th_merkle_climb(uint8_t tag,
                     uint64_t index,
                     uint64_t count,
                     const struct th_merkle_path *path,
                     uint8_t hash[static TH_HASH256_BYTES])
{
    if (index >= count || path->count > TH_MERKLE_PATH_MAX) {
        return false;
    }
    uint64_t last = count - 1;
    for (unsigned i = 0; i < path->count; i++) {
        if (last == 0) {
            return false; // longer than the tree is high
        }
        if ((index & 1) != 0 || index == last) {
            th_merkle_node(tag, path->hashes[i], hash, hash);
            while ((index & 1) == 0 && index != 0) { // levels where it stood alone
                index >>= 1;
                last >>= 1;
            }
        } else {
            th_merkle_node(tag, hash, path->hashes[i], hash);
        }
        index >>= 1;
        last >>= 1;
    }
    return last == 0;
}
