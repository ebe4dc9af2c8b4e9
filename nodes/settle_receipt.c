// settle_receipt.c - see settle_receipt.h

#include "nodes/settle_receipt.h"

#include <inttypes.h>
#include <stdio.h>

#include "tonghop/clock.h"

#include "nodes/receipts.h"

enum { WAIT_MS = 2000 };

static bool are_held(void *context, struct home *home, const struct beacon *beacon)
{
    const uint64_t *last = context;
    struct outbox box;
    uint64_t seq = 0;
    (void)beacon;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    return th_disk_begin_read(home->disk, &txn) == TH_OK &&
           outbox_load(th_disk_store(&txn), &box) == TH_OK && receipts_mark(&box, &seq) == TH_OK &&
           seq >= outbox_wire(&box, *last);
}

enum th_err settle_receipt_wait(struct settle *settle)
{
    uint64_t last = settle->result->last_batch;
    if (are_held(&last, settle->home, NULL)) {
        return TH_OK;
    }
    const uint64_t soon = th_now_ms() + WAIT_MS;
    struct wait wait = {
        .home = settle->home,
        .deadline_ms = soon < settle->deadline_ms ? soon : settle->deadline_ms,
        .done = are_held,
        .context = &last,
    };
    return wait_run(&wait); // a province that gives none is no error
}

// Calls take for each receipt of the batches, in their order.
static enum th_err
each(const struct settle *settle, void (*take)(void *self, const char *code), void *self)
{
    struct outbox box;
    struct receipts_kept kept = {.last = 0};
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(settle->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    kept.epoch = box.identity.epoch;
    kept.last = outbox_wire(&box, settle->result->first_batch - 1);
    kept.store_id = UINT64_MAX;
    for (;;) {
        struct th_receipt receipt;
        const enum th_err err = receipts_behind(&box, &kept);
        if (err != TH_OK || kept.epoch != box.identity.epoch) {
            return err == TH_E_NOT_FOUND ? TH_OK : err;
        }
        if (kept.store_id != box.store_id ||
            th_receipt_read(kept.content, &receipt, NULL) != TH_FLAW_NONE) {
            continue;
        }
        if (receipt.first > outbox_wire(&box, settle->result->last_batch)) {
            return TH_OK;
        }
        take(self, receipt.code);
    }
}

struct codes {
    char last[TH_RECEIPT_CODE_BYTES];
    uint64_t count;
    bool print;
};

static void take_code(void *self, const char *code)
{
    struct codes *codes = self;
    if (codes->print) {
        (void)printf("%s\"%s\"", codes->count > 0 ? "," : "", code);
    }
    codes->count++;
    (void)snprintf(codes->last, sizeof(codes->last), "%s", code);
}

char *settle_receipt_text(const struct settle *settle, char out[static SETTLE_RECEIPT_BYTES])
{
    struct codes codes = {.count = 0};
    const bool vi = settle->call->lang == TH_LANG_VI;
    out[0] = '\0';
    if (each(settle, take_code, &codes) != TH_OK || codes.count == 0) {
        return out;
    }
    if (codes.count == 1) {
        (void)snprintf(
            out, SETTLE_RECEIPT_BYTES, vi ? " Biên nhận: %s." : " Receipt: %s.", codes.last);
    } else {
        (void)snprintf(out,
                       SETTLE_RECEIPT_BYTES,
                       vi ? " Biên nhận: %s và %" PRIu64 " biên nhận trước."
                          : " Receipts: %s and %" PRIu64 " before it.",
                       codes.last,
                       codes.count - 1);
    }
    return out;
}

void settle_receipt_json(const struct settle *settle)
{
    struct codes codes = {.print = true};
    (void)printf("\"receipts\":[");
    if (settle->decided && settle->result->first_batch > 0) {
        const enum th_err err = each(settle, take_code, &codes);
        (void)err; // what cannot be read is not listed
    }
    (void)printf("],\"receipt\":");
    (void)printf(codes.count > 0 ? "\"%s\"" : "null", codes.last);
}
