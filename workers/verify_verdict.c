// verify_verdict.c - verdicts that nothing gave: which of them has no such item in the ledger?

#include "workers/issue.h"
#include "workers/ledger.h"
#include "workers/verify_body.h"

// What the ledger says became of an item; LEDGER_APPLIED when it knows no such item.
static enum th_err
outcome_of(const struct verify *verify, const struct numbered_key *at, uint64_t *outcome)
{
    const struct th_store store = verify->setup->store;
    const struct key from = key_of_dead(at->node, at->epoch, at->seq);
    struct issue issue;
    struct th_bytes key;
    struct th_bytes value;
    *outcome = LEDGER_APPLIED;
    TH_TRY(th_store_seek(store, TABLE_RECEIPT, key_view(&from), &key, &value));
    TH_TRY(th_check_open(&verify->check, TABLE_RECEIPT, key, &value));
    TH_TRY(issue_read(value, &issue));
    for (uint32_t index = 0;; index++) {
        const struct key place = key_of_ledger(issue.version, index);
        struct ledger_entry entry;
        TH_TRY(th_check_get(&verify->check, store, TABLE_LEDGER, key_view(&place), &value));
        TH_TRY(ledger_read(value, &entry));
        if (entry.batch.node != at->node || entry.batch.epoch != at->epoch ||
            entry.batch.seq != at->seq) {
            continue;
        }
        struct th_reader outcomes = th_reader_of(entry.outcomes);
        for (uint32_t i = 0; i <= at->index && at->index < entry.items; i++) {
            *outcome = th_read_varint(&outcomes);
        }
        return TH_OK;
    }
}

static enum th_err name_verdict(struct verify *verify, struct th_bytes key, struct th_bytes payload)
{
    struct numbered_key at;
    uint64_t outcome = LEDGER_APPLIED;
    (void)payload;
    TH_TRY(key_read_reject(key, &at));
    const enum th_err err = outcome_of(verify, &at, &outcome);
    if (err != TH_OK && err != TH_E_NOT_FOUND && err != TH_E_CORRUPT) {
        return err;
    }
    if (outcome <= LEDGER_DUPLICATE) {
        verify_found(
            verify,
            &(struct verify_finding){.code = TH_M_VERIFY_INDEX, .table = TABLE_REJECT, .key = key});
    }
    return TH_OK;
}

enum th_err verify_verdicts(struct verify *verify)
{
    return verify_scan(verify, TABLE_REJECT, false, name_verdict);
}
