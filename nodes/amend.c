// amend.c - see amend.h

#include "nodes/amend.h"

#include <stdlib.h>
#include <string.h>

#include "nodes/bundle.h"
#include "nodes/desk.h"
#include "nodes/enter.h"
#include "nodes/wait.h"

void amend_free(struct amend *amend)
{
    home_close(&amend->home);
    th_register_free(&amend->made);
    free(amend->updates);
    free(amend->days);
}

int amend_refuse(const struct th_call *call, struct th_findings *findings)
{
    const enum th_err said = th_findings_print(findings, call->lang, TH_FINDINGS_SHOWN, stderr);
    (void)said; // stderr is closed: there is nobody to tell
    return TH_EXIT_DATA;
}

// ---- what comes of them ----

static int check(struct amend *amend)
{
    const struct th_call *call = amend->call;
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), amend->what);
    struct th_bytes moved = {0};
    const struct th_province *province = amend->home.province;
    const enum th_err err =
        th_register_change(province->reg, &amend->change, &findings, &moved, &amend->made);
    if (err == TH_E_REFUSED) {
        return amend_refuse(call, &findings);
    }
    if (err == TH_E_INVALID) {
        struct th_verdict why;
        th_verdict_start(&why, TH_M_REGISTER_JOINED, 0, NULL);
        th_verdict_add(&why, moved);
        return th_call_tell(call, &why);
    }
    if (err != TH_OK) {
        return desk_fail(call, err, amend->what);
    }
    th_register_digest(amend->made, amend->digest);
    desk_say(
        call,
        "%s: %zu dòng đơn vị, %zu dòng kế thừa; danh mục mới có %u đơn vị (thêm %u).\n",
        "%s: %zu unit rows, %zu successor rows; the new register has %u units (%u more).\n",
        amend->what,
        amend->change.unit_count,
        amend->change.successor_count,
        (unsigned)th_register_unit_count(amend->made),
        (unsigned)(th_register_unit_count(amend->made) - th_register_unit_count(province->reg)));
    return TH_EXIT_OK;
}

// ---- the acts ----

static struct th_update act_of(enum th_act act)
{
    return (struct th_update){.kind = TH_KIND_DESK, .op = TH_OP_SET, .desk = {.act = act}};
}

static struct th_update unit_act(const struct th_unit *unit, char days[2][TH_DAY_TEXT_BYTES])
{
    struct th_update update = act_of(TH_ACT_DESK_UNIT);
    update.desk.code = unit->code;
    update.desk.name = unit->name;
    update.desk.type = unit->type;
    update.desk.level = unit->level;
    update.desk.parent = unit->parent;
    update.desk.valid_from = th_bytes_of(th_day_text(unit->from, days[0]));
    update.desk.valid_to = th_bytes_of(th_day_text(unit->until, days[1]));
    update.desk.basis = unit->basis;
    return update;
}

static struct th_update successor_act(const struct th_successor *successor,
                                      char days[2][TH_DAY_TEXT_BYTES])
{
    static const char *const KINDS[] = {
        [TH_SUCCESSOR_FULL] = "full",
        [TH_SUCCESSOR_PARTIAL] = "partial",
        [TH_SUCCESSOR_RECODE] = "recode",
    };
    struct th_update update = act_of(TH_ACT_DESK_SUCCESSOR);
    update.desk.code = successor->old_code;
    update.desk.new_code = successor->new_code;
    update.desk.effective = th_bytes_of(th_day_text(successor->effective, days[0]));
    update.desk.successor = th_bytes_of(KINDS[successor->kind]);
    update.desk.basis = successor->basis;
    return update;
}

// Rows of a change that was never applied are forgotten first; the act that applies comes last.
static int send(struct amend *amend)
{
    const struct th_register_change *change = &amend->change;
    const size_t rows = change->unit_count + change->successor_count;
    amend->updates = calloc(rows + 2, sizeof(*amend->updates));
    amend->days = calloc(rows + 1, sizeof(*amend->days));
    if (amend->updates == NULL || amend->days == NULL) {
        return desk_fail(amend->call, TH_E_NO_MEMORY, "units");
    }
    size_t count = 0;
    amend->updates[count] = act_of(TH_ACT_DESK_REGISTER);
    amend->updates[count++].op = TH_OP_WITHDRAW;
    for (size_t i = 0; i < rows; i++, count++) {
        amend->updates[count] =
            i < change->unit_count
                ? unit_act(&change->units[i], amend->days[i])
                : successor_act(&change->successors[i - change->unit_count], amend->days[i]);
    }
    struct th_update *last = &amend->updates[count++];
    *last = act_of(TH_ACT_DESK_REGISTER);
    last->desk.rows = (struct th_opt){.has = true, .value = (int64_t)rows};
    last->desk.digest = (struct th_bytes){amend->digest, sizeof(amend->digest)};
    const struct enter enter = {.call = amend->call,
                                .home = &amend->home,
                                .anew = true,
                                .deadline_ms = enter_deadline(amend->call, true)};
    return enter_updates(&enter, amend->updates, count);
}

// ---- until the desk holds what comes of it ----

static bool read_held(const struct home *home, uint8_t digest[static TH_HASH256_BYTES])
{
    uint64_t bytes = 0;
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    return th_disk_begin_read(home->disk, &txn) == TH_OK &&
           outbox_load(th_disk_store(&txn), &box) == TH_OK &&
           bundle_held(&box, digest, &bytes) == TH_OK;
}

static bool holds_it(void *context, struct home *home, const struct beacon *beacon)
{
    (void)beacon;
    const struct amend *amend = context;
    uint8_t digest[TH_HASH256_BYTES];
    return read_held(home, digest) && memcmp(digest, amend->bundle, sizeof(digest)) != 0;
}

// The next change is checked against this one's register: it is fetched before the verb ends.
static int settle(struct amend *amend)
{
    struct wait wait = {.home = &amend->home,
                        .deadline_ms = enter_deadline(amend->call, true),
                        .done = holds_it,
                        .context = amend};
    const enum th_err err = wait_run(&wait);
    return err == TH_OK ? TH_EXIT_OK : desk_fail_agent(amend->call, &amend->home, err);
}

int amend_run(struct amend *amend)
{
    int code = check(amend);
    if (code != TH_EXIT_OK || th_call_flag(amend->call, "dry-run")) {
        return code;
    }
    if (!read_held(&amend->home, amend->bundle)) {
        memset(amend->bundle, 0, sizeof(amend->bundle));
    }
    code = send(amend);
    return code == TH_EXIT_OK ? settle(amend) : code;
}
