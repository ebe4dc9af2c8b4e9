// receipts.c - see receipts.h

#include "tests/sim/receipts.h"

#include <string.h>

#include "nodes/receipts.h"
#include "nodes/roots.h"

static void sign(void *self, struct th_bytes content, uint8_t signature[TH_SIGN_BYTES])
{
    (void)self;
    th_hash256(signature, &content, 1);
    memcpy(signature + TH_HASH256_BYTES, signature, TH_HASH256_BYTES);
}

static bool holds(void *self, struct th_bytes content, struct th_bytes signature)
{
    uint8_t own[TH_SIGN_BYTES];
    sign(self, content, own);
    return signature.size == sizeof(own) && memcmp(own, signature.data, sizeof(own)) == 0;
}

struct judge_signer receipts_signer(void)
{
    return (struct judge_signer){.sign = sign, .key = "TEST-TEST-TEST"};
}

struct session_verifier receipts_verifier(void)
{
    return (struct session_verifier){.holds = holds};
}

bool receipts_are_held(struct run *run, struct actor *actor)
{
    struct outbox box;
    uint64_t seq = 0;
    return outbox_load(th_store_memory_ops(actor->disk), &box) == TH_OK &&
           receipts_mark(&box, &seq) == TH_OK &&
           seq == outbox_wire(&box, oracle_entered_by(run->oracle, actor->number));
}

// A province that lost commits signs again what it decides again: the first receipt stays.
static bool follows(struct outbox *box, const struct receipts_kept *kept, uint64_t covered)
{
    struct th_receipt receipt;
    uint8_t own[TH_HASH256_BYTES];
    if (th_receipt_read(kept->content, &receipt, NULL) != TH_FLAW_NONE ||
        !holds(NULL, kept->content, kept->signature)) {
        return false;
    }
    const enum th_err err = kept->epoch == box->identity.epoch
                                ? outbox_hash(box, outbox_own(box, kept->last), own)
                                : TH_E_NOT_FOUND;
    return receipt.last == kept->last && receipt.node == box->identity.node &&
           receipt.first <= covered + 1 && receipt.version > 0 &&
           (err == TH_E_NOT_FOUND || memcmp(own, receipt.chain, sizeof(own)) == 0);
}

// Every root that the node keeps proves a batch of its own.
static void ask_roots(struct run *run, struct actor *actor, struct outbox *box)
{
    struct roots_kept kept = {.day = 0};
    enum th_err err = roots_behind(box, &kept);
    for (; err == TH_OK; err = roots_behind(box, &kept)) {
        struct th_root root;
        uint8_t own[TH_HASH256_BYTES];
        if (th_root_read(kept.content, &root, NULL) != TH_FLAW_NONE ||
            !holds(NULL, kept.content, kept.signature) ||
            roots_own_hash(box, kept.proof.epoch, kept.proof.seq, own) != TH_OK ||
            !th_root_proves(&root, &kept.proof, box->identity.node, own)) {
            oracle_fail(run->oracle, "C2: node %u: a root proves nothing", actor->number);
        }
    }
    if (err != TH_E_NOT_FOUND) {
        oracle_fail(run->oracle, "C2: node %u: its roots cannot be read", actor->number);
    }
}

void receipts_ask(struct run *run, struct actor *actor)
{
    struct outbox box;
    struct receipts_kept kept = {.last = 0};
    uint64_t covered = 0;
    uint64_t epoch = 0;
    enum th_err err = outbox_load(th_store_memory_ops(actor->disk), &box);
    while (err == TH_OK) {
        err = receipts_behind(&box, &kept);
        if (err != TH_OK) {
            break;
        }
        covered = kept.epoch == epoch ? covered : 0;
        epoch = kept.epoch;
        if (!follows(&box, &kept, covered)) {
            oracle_fail(run->oracle,
                        "C2: node %u: the receipt of batch %llu is wrong",
                        actor->number,
                        (unsigned long long)kept.last);
        }
        covered = kept.last > covered ? kept.last : covered;
    }
    covered = epoch == box.identity.epoch ? covered : 0;
    if (err != TH_E_NOT_FOUND || covered != outbox_wire(&box, box.decided)) {
        oracle_fail(run->oracle,
                    "C2: node %u: receipts reach to batch %llu of %llu",
                    actor->number,
                    (unsigned long long)covered,
                    (unsigned long long)outbox_wire(&box, box.decided));
    }
    ask_roots(run, actor, &box);
}
