// judge_root.c - a day that is over is closed; nodes get its root with the proof of their own rows

#include <string.h>

#include "tonghop/fault.h"

#include "workers/judge_body.h"
#include "workers/roots.h"

static struct th_bytes lineage_of(const struct judge *judge)
{
    return judge->setup.lineage;
}

enum th_err judge_close_day(struct judge *judge)
{
    struct th_root before;
    const struct ledger *ledger = &judge->ledger;
    judge->closes_day = false;
    if (ledger->commits.count == 0 || !roots_closes(ledger->today, judge->today, NULL)) {
        return TH_OK; // nearly always
    }
    const enum th_err err =
        roots_newest(judge->setup.store, &judge->check, lineage_of(judge), &before);
    if (err != TH_OK && err != TH_E_NOT_FOUND) {
        return err;
    }
    const struct th_root *found = err == TH_OK ? &before : NULL;
    if (!roots_closes(ledger->today, judge->today, found)) {
        return TH_OK;
    }
    const struct roots_names names = {
        .province = th_bytes_of(judge->province),
        .lineage = lineage_of(judge),
        .store_id = judge->setup.store_id,
    };
    const struct roots_end end = {
        .day = ledger->today,
        .version = ledger->version + (th_mutant(63) ? 1 : 0),
        .base = ledger->base,
        .commits = &ledger->commits,
        .chain = ledger->chain,
    };
    const struct th_root root = roots_make(&end, &names, found);
    uint8_t space[ROOTS_BYTES_MAX];
    struct th_writer value = TH_WRITER(space);
    roots_write(&value, &root);
    judge->closes_day = true;
    const struct key key = key_of_day(root.day);
    ledger_tell(&judge->ledger, key_view(&key), th_written(&value));
    return th_check_put(&judge->check, judge->setup.store, TABLE_CHAIN, key_view(&key), &value);
}

enum th_err
judge_list_root(struct judge *judge, const struct seat *seat, struct th_decided *decided)
{
    struct th_root root;
    const bool asked = (seat->due & (DUE_WELCOME | DUE_PONG)) != 0;
    decided->root = NULL;
    if (judge->setup.signer.sign == NULL || (asked ? !seat->keeps_roots : !judge->closes_day)) {
        return TH_OK;
    }
    enum th_err err = roots_newest(judge->setup.store, &judge->check, lineage_of(judge), &root);
    if (err == TH_OK && asked && root.day <= seat->root_day) {
        return TH_OK;
    }
    struct th_signed_root *made = &judge->root;
    if (err == TH_OK) {
        err = roots_prove(judge->setup.store, &judge->check, &root, seat->number, &made->proof);
    }
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err; // it has nothing there yet
    }
    memcpy(root.key, judge->setup.signer.key, sizeof(root.key));
    struct th_writer text = TH_WRITER(judge->root_text);
    th_root_write(&text, &root);
    made->content = th_written(&text);
    made->signature = (struct th_bytes){0};
    decided->root = made;
    decided->root_place = &judge->root_place;
    return TH_OK;
}
