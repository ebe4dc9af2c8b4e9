// form_step.c - what becomes of the row of a form: for who decides, and for who recounts

#include <string.h>

#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "workers/form.h"

enum { SAID_BYTES_MAX = 2048 };

// ---- what was said ----

static bool is_withdrawn(const struct th_update *update)
{
    return update->op == TH_OP_WITHDRAW;
}

static void add_line(struct th_hash_run *run, const struct th_completion_line *line)
{
    uint8_t space[SAID_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    th_write_block(&writer, line->measure);
    th_write_block(&writer, line->dims);
    th_write_zigzag(&writer, line->count.value);
    th_write_zigzag(&writer, line->sum.value);
    th_hash_run_add(run, th_written(&writer));
}

static void hash_completion(const struct th_update *update, uint8_t out[static FORM_CONTENT_BYTES])
{
    const struct th_completion *said = &update->completion;
    const bool withdrawn = is_withdrawn(update);
    uint8_t hash[TH_HASH256_BYTES];
    uint8_t space[SAID_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    struct th_hash_run run;
    th_hash_run_start(&run);
    for (size_t i = 0; i < said->line_count && !withdrawn; i++) {
        add_line(&run, &said->lines[i]);
    }
    th_write_u8(&writer, withdrawn ? 1 : 0);
    th_write_block(&writer, withdrawn ? (struct th_bytes){0} : said->digest);
    th_write_block(&writer, update->basis);
    th_write_block(&writer, update->note);
    th_hash_run_add(&run, th_written(&writer));
    th_hash_run_end(&run, hash);
    memcpy(out, hash, FORM_CONTENT_BYTES);
}

static void hash_act(const struct th_update *update, uint8_t out[static FORM_CONTENT_BYTES])
{
    const struct th_desk_act *act = &update->desk;
    uint8_t space[SAID_BYTES_MAX];
    struct th_writer writer = TH_WRITER(space);
    th_write_block(&writer, act->decision);
    th_write_block(&writer, act->until);
    th_write_block(&writer, act->granted_by);
    th_write_block(&writer, act->text);
    th_write_block(&writer, update->basis);
    th_write_block(&writer, update->note);
    const struct th_bytes whole = th_written(&writer);
    th_hash128(out, (struct th_bytes){0}, &whole, 1);
}

struct form_said form_said_of(const struct th_update *update, const struct origin *source)
{
    struct form_said said = {
        .live = !is_withdrawn(update),
        .revision = (uint32_t)update->revision,
        .source = *source,
    };
    if (update->kind == TH_KIND_COMPLETION) {
        hash_completion(update, said.content);
    } else {
        hash_act(update, said.content);
    }
    return said;
}

// ---- what becomes of the row ----

struct form_row form_row_none(void)
{
    return (struct form_row){
        .first = TH_DAY_NONE, .entered = TH_DAY_NONE, .decided_on = TH_DAY_NONE};
}

static void undecide(struct form_row *row)
{
    row->decision = FORM_UNDECIDED;
    row->comment = (struct th_bytes){0};
}

void form_declare(struct form_row *row,
                  const struct form_said *said,
                  const struct th_completion *lines,
                  th_day today)
{
    row->declared = *said;
    row->lines = (uint32_t)lines->line_count;
    row->keys = 0;
    for (size_t i = 0; i < lines->line_count; i++) {
        row->keys += (uint64_t)lines->lines[i].count.value;
    }
    row->first = row->first == TH_DAY_NONE ? today : row->first;
    if (row->state != FORM_ACCEPTED) { // nothing changed since then: it stays accepted
        row->state = FORM_SUBMITTED;
        row->entered = today;
        undecide(row);
    }
}

void form_take_back(struct form_row *row, const struct form_said *said, th_day today)
{
    row->declared = *said;
    row->state = FORM_OPEN;
    row->first = TH_DAY_NONE;
    row->entered = today;
    row->lines = 0;
    row->keys = 0;
    undecide(row);
}

bool form_touch(struct form_row *row, th_day today)
{
    if (row->state != FORM_SUBMITTED && (row->state != FORM_ACCEPTED || th_mutant(78))) {
        return false;
    }
    row->state = FORM_CHANGED;
    row->entered = today;
    return true;
}

void form_decide(struct form_row *row,
                 const struct form_said *said,
                 const struct th_desk_act *act,
                 th_day today)
{
    const bool returns = th_bytes_equal(act->decision, TH_BYTES("return"));
    row->state = returns ? FORM_RETURNED : FORM_ACCEPTED;
    row->entered = today;
    row->decided = *said;
    row->decision = returns ? FORM_RETURN : FORM_ACCEPT;
    row->decided_on = today;
    row->comment = act->text;
}

struct opening_row
form_opening(const struct form_said *said, const struct th_desk_act *act, th_day today)
{
    struct opening_row row = {
        .granted = today,
        .said = *said,
        .granted_by = act->granted_by,
        .reason = act->text,
    };
    if (th_day_parse(act->until, &row.until) != TH_OK) {
        row.until = TH_DAY_NONE; // the rules pass no such
    }
    return row;
}
