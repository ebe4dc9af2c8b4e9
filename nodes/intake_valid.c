// intake_valid.c - good rows go although others are wrong: which ones stay behind
//
// Two rows of one key are a figure and its correction, or a contradiction. When one of them is
// wrong, the other must not be sent under a revision that was the first one's, nor may one of a
// contradiction be picked. So the file is read twice: once for the keys of wrong rows, as far as
// they can be told, and once for the rows of all other keys.

#include <unistd.h>

#include "tonghop/hash.h"

#include "nodes/intake_part.h"

enum th_err intake_hold_key(struct intake *intake, struct th_bytes key)
{
    struct known *slot = NULL;
    if (!intake->sifting) {
        return TH_OK;
    }
    TH_TRY(known_slot(&intake->held, known_hash(&intake->held, key), &slot));
    if (slot->key == 0) {
        slot->key = known_hash(&intake->held, key);
        slot->line = intake->row->line & INT32_MAX;
    }
    return TH_OK;
}

// Without its content a row is a withdrawal: if that is right, its key is known. If not, the row
// means no figure that another row could mean.
enum th_err intake_hold(struct intake *intake, const struct th_update *update)
{
    struct th_judged judged;
    struct th_verdict verdict;
    struct th_update bare = *update;
    uint8_t key[TH_SUBJECT_MAX];
    if (!intake->sifting) {
        return TH_OK;
    }
    bare.op = TH_OP_WITHDRAW;
    bare.revision = 1;
    bare.basis = (struct th_bytes){0};
    bare.note = (struct th_bytes){0};
    intake_strip(&bare);
    const enum th_err err = intake_judge(intake, &bare, &judged, &verdict);
    if (err != TH_OK) {
        return err == TH_E_REFUSED ? TH_OK : err;
    }
    return intake_hold_key(intake, th_subject(&judged, key));
}

enum th_err intake_is_held(struct intake *intake, struct th_bytes key, bool *held)
{
    struct known *slot = NULL;
    *held = false;
    if (!intake->sifted || intake->held.count == 0) {
        return TH_OK;
    }
    TH_TRY(known_slot(&intake->held, known_hash(&intake->held, key), &slot));
    if (slot->key == 0) {
        known_forget(&intake->held, slot);
        return TH_OK;
    }
    *held = true;
    if (slot->line != (intake->row->line & INT32_MAX)) { // that one was said to be wrong
        struct th_verdict verdict;
        th_verdict_start(&verdict, TH_M_ROW_HELD, 0, NULL);
        th_verdict_add_number(&verdict, slot->line, 0);
        th_findings_error(intake->told, intake->row->line, 0, &verdict, (struct th_bytes){0});
    }
    return TH_OK;
}

// What the first reading counted and remembered is of no use to the second.
static void begin_again(struct intake *intake)
{
    intake->sifted = true;
    intake->findings = &intake->muted;
    intake->muted = th_findings_of(NULL, 0, intake->told->file);
    intake->form = NULL;
    intake->row = NULL;
    intake->next_progress = 0;
    *intake->result = (struct intake_result){0};
    known_free(&intake->known);
    th_random(intake->known.secret, sizeof(intake->known.secret));
}

enum th_err
intake_twice(struct intake *intake, int fd, enum th_err (*read)(struct intake *intake, int fd))
{
    struct intake_result *result = intake->result;
    intake->told = intake->findings;
    th_random(intake->held.secret, sizeof(intake->held.secret));
    intake->sifting = true;
    enum th_err err = read(intake, fd);
    intake->sifting = false;
    const bool is_rows = err == TH_OK || (err == TH_E_REFUSED && result->file.is_whole);
    if (!is_rows || result->good == 0) {
        return err;
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return TH_E_IO;
    }
    begin_again(intake);
    err = read(intake, fd);
    intake->findings = intake->told;
    if (err != TH_OK && err != TH_E_REFUSED) {
        return err;
    }
    result->left_out = result->file.rows - result->good;
    return result->good > 0 ? TH_OK : TH_E_REFUSED;
}
