// receipt_roots.h - tonghop receipt --roots: the days whose ledger is known to hold our batches

#ifndef NODES_RECEIPT_ROOTS_H
#define NODES_RECEIPT_ROOTS_H

#include "tonghop/key.h"
#include "tonghop/option.h"
#include "tonghop/sign_keys.h"

#include "nodes/outbox.h"

struct receipt_key {
    bool known;
    uint8_t public_key[TH_SIGN_PUBLIC_BYTES];
    char fingerprint[TH_FINGERPRINT_SIZE];
    const struct th_sign_keys *believed; // by this office, instead of one; or NULL
};

// Of the keys this office believes, the one that the text names; if it is none of them, the first:
// it is then said that the text is signed with another.
struct receipt_key receipt_key_for(const struct receipt_key *key, struct th_bytes text);

bool receipt_is_root(struct th_bytes text); // its first line says so
// A root's whole text: shown, or, with --verify, its signature checked. An exit code.
int receipt_show_root(const struct th_call *call,
                      const struct receipt_key *key,
                      const char *name,
                      struct th_bytes text);
// Those kept: listed; with --last the newest shown; with --verify signatures and proofs checked.
int receipt_roots(const struct th_call *call, const struct receipt_key *key, struct outbox *box);

#endif
