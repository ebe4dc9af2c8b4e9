// confirm.c - see confirm.h

#include "nodes/confirm.h"

#include <string.h>

#include "tonghop/fault.h"

#include "nodes/receipts.h"
#include "nodes/roots.h"

// A receipt of ours about what we sent, signed by the province.
static enum th_err receipt_is_ours(struct session *session,
                                   struct outbox *box,
                                   const struct th_signed_receipt *heard,
                                   uint64_t *last,
                                   bool *ours)
{
    struct th_receipt receipt;
    uint8_t own[32];
    *ours = false;
    if (th_receipt_read(heard->content, &receipt, NULL) != TH_FLAW_NONE ||
        receipt.node != box->identity.node || receipt.epoch != box->identity.epoch ||
        strcmp(receipt.lineage, box->identity.lineage) != 0) {
        return TH_OK;
    }
    const enum th_err err = outbox_hash(box, outbox_own(box, receipt.last), own);
    if (err != TH_E_NOT_FOUND) { // of a batch that left our history
        TH_TRY(err);
        if (memcmp(own, receipt.chain, sizeof(own)) != 0) {
            return TH_OK;
        }
    }
    const struct session_verifier *verifier = &session->verifier;
    *ours = verifier->holds == NULL ||
            verifier->holds(verifier->self, heard->content, heard->signature);
    *last = receipt.last;
    return TH_OK;
}

uint64_t confirm_held(const struct session *session, const struct outbox *box)
{
    return session->receipt_epoch == box->identity.epoch ? session->receipt_seq : 0;
}

enum th_err confirm_write(struct session *session, struct outbox *box)
{
    for (size_t i = 0; i < session->receipt_count; i++) {
        const struct session_receipt *held = &session->receipts[i];
        const struct receipts_kept kept = {
            .epoch = box->identity.epoch,
            .last = held->last,
            .store_id = box->store_id,
            .content = {.data = held->content, .size = held->size},
            .signature = {.data = held->signature, .size = sizeof(held->signature)},
        };
        TH_TRY(receipts_keep(box, &kept));
    }
    if (session->receipt_count > 0) {
        session->receipt_count = 0;
        return receipts_through(box, session->receipt_seq);
    }
    return TH_OK;
}

static enum th_err hold_receipt(struct session *session,
                                struct outbox *box,
                                const struct th_signed_receipt *heard,
                                bool *changed)
{
    uint64_t last = 0;
    bool ours = false;
    TH_TRY(receipt_is_ours(session, box, heard, &last, &ours));
    if (!ours) {
        session->receipts_bad = true;
        return TH_OK;
    }
    if (session->receipt_count == SESSION_RECEIPTS_MAX) {
        TH_TRY(confirm_write(session, box));
        *changed = true;
    }
    struct session_receipt *held = &session->receipts[session->receipt_count++];
    held->last = last;
    held->size = heard->content.size;
    memcpy(held->content, heard->content.data, held->size);
    memcpy(held->signature, heard->signature.data, sizeof(held->signature));
    session->receipt_seq = last;
    session->receipts_doubted = false;
    return TH_OK;
}

// ---- roots ----

static enum th_err root_is_ours(struct session *session,
                                struct outbox *box,
                                const struct th_signed_root *heard,
                                struct th_root *root,
                                bool *ours)
{
    uint8_t own[32];
    *ours = false;
    if (th_root_read(heard->content, root, NULL) != TH_FLAW_NONE ||
        strcmp(root->lineage, box->identity.lineage) != 0) {
        return TH_OK;
    }
    const enum th_err err = roots_own_hash(box, heard->proof.epoch, heard->proof.seq, own);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    const struct session_verifier *verifier = &session->verifier;
    *ours = th_root_proves(root, &heard->proof, box->identity.node, own) &&
            (verifier->holds == NULL ||
             verifier->holds(verifier->self, heard->content, heard->signature));
    return TH_OK;
}

static enum th_err keep_root(struct session *session,
                             struct outbox *box,
                             const struct th_signed_root *heard,
                             bool *changed)
{
    struct th_root root;
    bool ours = false;
    if (heard == NULL) {
        return TH_OK;
    }
    TH_TRY(root_is_ours(session, box, heard, &root, &ours));
    session->root_bad = !ours;
    if (!ours || root.day <= session->root_day) {
        return TH_OK;
    }
    session->root_doubted = false;
    const struct roots_kept kept = {
        .day = root.day,
        .store_id = box->store_id,
        .proof = heard->proof,
        .content = heard->content,
        .signature = heard->signature,
    };
    session->root_day = root.day;
    *changed = true; // once a day
    return roots_keep(box, &kept);
}

enum th_err confirm_begin(struct session *session, struct outbox *box)
{
    session->receipt_count = 0;
    session->receipt_epoch = box->identity.epoch;
    TH_TRY(receipts_mark(box, &session->receipt_seq));
    return roots_newest_day(box, &session->root_day);
}

// ---- both ----

enum th_err confirm_keep(struct session *session,
                         struct outbox *box,
                         const struct th_decided *decided,
                         bool *changed)
{
    const uint64_t held = confirm_held(session, box);
    const size_t count = session->receipt_count;
    session->receipt_seq = held;
    session->receipt_epoch = box->identity.epoch;
    if (decided->has_receipts &&
        (decided->receipts_after <= session->receipt_seq || th_mutant(62)) &&
        decided->receipts_through > session->receipt_seq) {
        session->receipts_bad = false;
        for (size_t i = 0; i < decided->receipt_count && !session->receipts_bad; i++) {
            TH_TRY(hold_receipt(session, box, &decided->receipts[i], changed));
        }
        if (!session->receipts_bad) {
            session->receipt_seq = decided->receipts_through;
        }
        const bool moved = session->receipt_seq != held || session->receipt_count != count;
        if (moved && !session->dirty) {
            session->dirty = true;
            session->dirty_at_ms = session->heard_ms;
        }
    }
    session->receipt_hole =
        decided->has_receipts && session->receipt_seq < outbox_wire(box, decided->seq);
    return keep_root(session, box, decided->root, changed);
}

bool confirm_doubts(struct session *session)
{
    const bool receipts = session->receipts_bad && !session->receipts_doubted;
    const bool root =
        session->root_bad && !session->root_doubted && session->verifier.learn != NULL;
    session->receipts_doubted |= receipts;
    session->root_doubted |= root;
    return receipts || root;
}

enum th_err confirm_anew(struct session *session, struct outbox *box)
{
    TH_TRY(confirm_write(session, box)); // they are of the store as it was
    session->receipt_seq = 0;
    session->root_day = 0;
    return receipts_through(box, 0);
}

bool confirm_is_missing(const struct session *session)
{
    return session->receipt_hole && !session->receipts_bad;
}
