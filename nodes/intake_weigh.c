// intake_weigh.c - what a judged row changes, and under which revision it is sent

#include <string.h>

#include "nodes/intake_part.h"

// What is known of a key: from this file, or from the figures.
struct earlier {
    bool is_known;
    bool in_file;
    bool refused;   // by the province: counts as not sent
    bool withdrawn; // the newest is a withdrawal
    bool same;      // content equals ours
    uint32_t revision;
    uint32_t line;
};

struct content {
    uint8_t room[TH_UPDATE_BYTES_MAX];
    struct th_bytes bytes; // the update without revision and time
};

static bool encode(const struct th_update *update, uint64_t revision, struct content *content)
{
    struct th_update plain = *update;
    struct th_writer out = TH_WRITER(content->room);
    plain.revision = revision;
    plain.entered_at = 0;
    th_update_write(&out, &plain);
    content->bytes = (struct th_bytes){content->room, out.size};
    return !out.overflow;
}

// Does the newest update of a figure say what update says?
static enum th_err same_as_figure(struct intake *intake,
                                  const struct th_update *update,
                                  struct th_bytes ours,
                                  const struct current *figure,
                                  struct earlier *earlier)
{
    struct content theirs;
    struct th_batch batch;
    if (encode(update, figure->revision_known, &theirs) &&
        th_bytes_equal(theirs.bytes, figure->update)) {
        earlier->same = true;
        earlier->withdrawn = update->op == TH_OP_WITHDRAW;
        return TH_OK;
    }
    th_arena_reset(&intake->arena);
    TH_TRY(th_batch_read(figure->update, &intake->arena, &batch, NULL));
    const struct th_update *stored = &batch.updates[0];
    earlier->withdrawn = stored->op == TH_OP_WITHDRAW;
    earlier->same = encode(stored, 0, &theirs) && th_bytes_equal(ours, theirs.bytes);
    return TH_OK;
}

static enum th_err look_up(struct intake *intake,
                           const struct th_update *update,
                           struct th_bytes ours,
                           struct th_bytes key,
                           struct earlier *earlier)
{
    struct current figure;
    if (!intake->has_figures) {
        return TH_OK;
    }
    if (intake->txn.mdb == NULL) { // a draft was written meanwhile
        TH_TRY(th_disk_begin_read(intake->home->disk, &intake->txn));
        TH_TRY(outbox_load(th_disk_store(&intake->txn), &intake->box));
    }
    const enum th_err err = current_get(&intake->box, key, &figure);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : err;
    }
    earlier->is_known = true;
    earlier->refused = figure.state == CURRENT_REFUSED;
    earlier->revision =
        figure.revision_known < UINT32_MAX ? (uint32_t)figure.revision_known : UINT32_MAX;
    return same_as_figure(intake, update, ours, &figure, earlier);
}

static void complain_revision(struct intake *intake, uint64_t revision)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_REVISION, 'b', "revision");
    th_verdict_add_number(&verdict, (int64_t)revision, 0);
    intake_complain(intake, intake_column(intake, "revision"), &verdict);
}

void intake_complain_twice(struct intake *intake, uint32_t other)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_DUPLICATE_ROW, 0, NULL);
    th_verdict_add_number(&verdict, intake->row->line, 0);
    th_verdict_add_number(&verdict, other, 0);
    intake_complain(intake, TH_CSV_COLUMNS_MAX, &verdict);
}

static void warn_skipped(struct intake *intake, uint64_t revision, uint32_t stored)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, TH_V_REVISION_SKIPPED, 0, "revision");
    th_verdict_add_number(&verdict, (int64_t)revision, 0);
    th_verdict_add_number(&verdict, stored, 0);
    intake->result->skipped++;
    intake_warn(intake, &verdict);
}

// Decides whether the row is sent, and under which revision.
static bool
is_to_be_sent(struct intake *intake, const struct earlier *earlier, struct th_update *update)
{
    if (!earlier->is_known) {
        update->revision = intake->counting ? 1 : update->revision;
        return true;
    }
    if (earlier->in_file && !intake->journal) {
        intake->result->repeated += earlier->same ? 1 : 0;
        if (!earlier->same) {
            intake_complain_twice(intake, earlier->line);
        }
        return false;
    }
    if (intake->counting) {
        if (earlier->same && !earlier->refused && !intake->options->anew) {
            intake->result->unchanged++;
            return false;
        }
        if (earlier->revision == UINT32_MAX) {
            complain_revision(intake, UINT32_MAX);
            return false;
        }
        update->revision = (uint64_t)earlier->revision + 1;
        return true;
    }
    if (update->revision > earlier->revision) {
        return true;
    }
    if (earlier->same && !earlier->refused) {
        intake->result->unchanged++;
        return false;
    }
    if (update->revision < earlier->revision) {
        warn_skipped(intake, update->revision, earlier->revision);
        return false;
    }
    if (earlier->refused) {
        return true; // the same revision again: the province did not take it
    }
    complain_revision(intake, update->revision);
    return false;
}

static void
count_change(struct intake *intake, const struct earlier *earlier, const struct th_update *update)
{
    struct intake_result *result = intake->result;
    if (update->op == TH_OP_WITHDRAW) {
        result->withdrawn++;
    } else if (earlier->is_known && !earlier->refused && !earlier->withdrawn) {
        result->changed++;
    } else {
        result->fresh++;
    }
}

static enum th_err send(struct intake *intake, struct th_update *update, struct th_bytes key)
{
    const bool refused = intake->findings->total[TH_SEVERITY_ERROR] > 0 && !intake->sifted;
    if (refused || intake->sifting || intake->options->dry_run) {
        return TH_OK; // nothing of this file will be queued, or not yet
    }
    update->entered_at = intake->now_ms;
    const uint32_t line = intake->row != NULL ? intake->row->line : 0;
    return sealer_add(&intake->sealer, update, key, line);
}

// What later rows of this file find of the key.
static void remember(struct intake *intake,
                     struct known *slot,
                     const struct known *now,
                     const struct earlier *earlier,
                     bool sent)
{
    if (sent) {
        *slot = *now;
    } else if (slot->key == 0 && earlier->same) {
        *slot = *now;
        slot->revision = earlier->revision;
    } else if (slot->key == 0) {
        known_forget(&intake->known, slot); // the figure is still what counts
    }
}

enum th_err intake_weigh(struct intake *intake, struct th_update *update, struct th_bytes key)
{
    struct earlier earlier = {0};
    struct known *slot = NULL;
    struct content content;
    bool held = false;
    TH_TRY(intake_is_held(intake, key, &held));
    if (held) {
        return TH_OK;
    }
    if (!encode(update, 0, &content)) {
        return TH_E_TOO_LARGE;
    }
    struct known now = {
        .key = known_hash(&intake->known, key),
        .content = known_hash(&intake->known, content.bytes),
        .line = intake->row != NULL ? intake->row->line & INT32_MAX : 0,
        .withdrawn = update->op == TH_OP_WITHDRAW,
    };
    TH_TRY(known_slot(&intake->known, now.key, &slot));
    if (slot->key != 0) {
        earlier = (struct earlier){.is_known = true,
                                   .in_file = true,
                                   .withdrawn = slot->withdrawn,
                                   .same = slot->content == now.content,
                                   .revision = slot->revision,
                                   .line = slot->line};
    } else {
        TH_TRY(look_up(intake, update, content.bytes, key, &earlier));
    }
    const bool sent = is_to_be_sent(intake, &earlier, update);
    now.revision = (uint32_t)update->revision;
    remember(intake, slot, &now, &earlier, sent);
    intake->result->good += intake->bad ? 0 : intake->rows;
    intake->result->merged += intake->bad ? 0 : intake->rows - 1;
    if (!sent) {
        return intake->bad ? intake_hold_key(intake, key) : TH_OK;
    }
    count_change(intake, &earlier, update);
    return send(intake, update, key);
}
