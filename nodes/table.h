// table.h - the tables of a node's store; exact bytes in docs/outbox.md
//
// Numbers are part of the format (check hashes cover them): never renumber.

#ifndef NODES_TABLE_H
#define NODES_TABLE_H

enum node_table {
    NODE_MARK = 0,    // "identity", "intake", "session", "bundle"
    NODE_BODY = 1,    // draft u64, index u32 -> sealed batch body
    NODE_ITEMS = 2,   // draft u64, index u32 -> keys of the items of that body
    NODE_EXTENT = 3,  // first seq u64 -> draft, count: which bodies are queued under which numbers
    NODE_CHAIN = 4,   // seq u64 -> h(seq)
    NODE_CURRENT = 5, // key of a figure -> the newest update of it, and what became of it
    NODE_VERDICT = 6, // seq u64, index u32 -> verdict
    NODE_NOTICE = 7,  // number u64 -> notice
    NODE_BUNDLE = 8,  // digest 16, offset u64 -> part of a register bundle
    NODE_RECEIPT = 9, // stream epoch u64, last seq u64, store id u64 -> a receipt, signed
    NODE_ROOT = 10,   // day u32, store id u64 -> a root, signed, and what it proves
    NODE_ACCEPTED = 11, // key of a figure -> what the province has taken of it
    NODE_TABLES
};

#define NODE_TABLE_NAMES                                                                      \
    {                                                                                         \
        "mark", "body", "items", "extent", "chain", "current", "verdict", "notice", "bundle", \
            "receipt", "root", "accepted"                                                     \
    }

#endif
