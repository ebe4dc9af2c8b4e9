// merkle.h - a hash over a list that grows, of which one entry can be proved without the others
//
// The tree of RFC 6962 (Certificate Transparency) over BLAKE2b-256: the left side of a node is the
// largest full tree that is smaller than the whole, so what was hashed once is never hashed again
// when the list grows, and the hash of the first n entries can be asked for at any time.
//
//                  root             7 entries: three full trees (4, 2, 1), the peaks
//           ┌───────┴───────┐       the path of entry 4, from below: [5, 6, 0-3]
//          0-3             4-6
//       ┌───┴───┐       ┌───┴───┐
//      0-1     2-3     4-5      6
//     ┌─┴─┐   ┌─┴─┐   ┌─┴─┐
//     0   1   2   3   4   5
//
// node = H(tag | left | right). Tags keep apart what is hashed for different lists and levels: a
// leaf begins with another tag, so that no leaf passes for a node.
//
// Pure.

#ifndef TONGHOP_MERKLE_H
#define TONGHOP_MERKLE_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/hash.h"

enum { TH_MERKLE_LEVELS = 64, TH_MERKLE_PATH_MAX = 64 };

struct th_merkle {
    uint8_t tag;    // of nodes
    uint64_t count; // of leaves
    // Of the full tree of 2^k leaves at bit k of count; others mean nothing.
    uint8_t peaks[TH_MERKLE_LEVELS][TH_HASH256_BYTES];
};

// The nodes that a leaf completes: of 2, 4, 8, ... leaves.
struct th_merkle_nodes {
    unsigned count;
    uint8_t hashes[TH_MERKLE_LEVELS][TH_HASH256_BYTES];
};

void th_merkle_start(struct th_merkle *tree, uint8_t tag);
void th_merkle_node(uint8_t tag,
                    const uint8_t left[static TH_HASH256_BYTES],
                    const uint8_t right[static TH_HASH256_BYTES],
                    uint8_t out[static TH_HASH256_BYTES]);
// nodes may be NULL.
void th_merkle_add(struct th_merkle *tree,
                   const uint8_t leaf[static TH_HASH256_BYTES],
                   struct th_merkle_nodes *nodes);
// Of all leaves; of none it is 32 zeros.
void th_merkle_root(const struct th_merkle *tree, uint8_t out[static TH_HASH256_BYTES]);

// The hashes beside the way from a leaf up to the root, the lowest first.
struct th_merkle_path {
    unsigned count;
    uint8_t hashes[TH_MERKLE_PATH_MAX][TH_HASH256_BYTES];
};

/**
 * The path of leaf index among count leaves. range gives the root of leaves from .. until - 1.
 *
 * Errors: those of range.
 */
typedef enum th_err
th_merkle_range(void *self, uint64_t from, uint64_t until, uint8_t out[static TH_HASH256_BYTES]);
TH_MUST_USE enum th_err th_merkle_prove(uint64_t index,
                                        uint64_t count,
                                        th_merkle_range *range,
                                        void *self,
                                        struct th_merkle_path *path);

// The root that a path leads to; false: it is not a path of leaf index among count.
TH_MUST_USE bool th_merkle_climb(uint8_t tag,
                                 uint64_t index,
                                 uint64_t count,
                                 const struct th_merkle_path *path,
                                 uint8_t hash[static TH_HASH256_BYTES]); // in: of the leaf

#endif
