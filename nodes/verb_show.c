// verb_show.c - tonghop show: one item with everything that was said about it
//
// An item is named by the cells of its line in `list`: unit, period, measure or category, dims.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/out.h"
#include "tonghop/show.h"

#include "nodes/desk.h"
#include "nodes/listing.h"
#include "nodes/revisions.h"
#include "nodes/verb.h"
#include "nodes/verdicts.h"
#include "nodes/wording.h"

enum { SAID_BYTES = 4096, OPERAND_UNIT = 0, OPERAND_PERIOD, OPERAND_MEASURE, OPERAND_DIMS };

static const struct th_option OPTIONS[] = {
    {.name = "form",
     .kind = TH_OPTION_CHOICE,
     .value = "evaluation|staffing|collective|transfer|completion|desk",
     .choices = "evaluation|staffing|collective|transfer|completion|desk",
     .help = {"chỉ biểu này", "only this form"}},
    {.name = "person",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"người có mã này, như trong tệp đã nhập",
              "the person with this id, as in the file that was imported"}},
    {.name = "collective",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tập thể có mã này", "the collective with this id"}},
};

struct show {
    const struct th_call *call;
    struct home *home;
    struct outbox box;
    struct th_arena arena;
    struct wording with;
    struct revisions revisions;
    struct listing row;
    uint64_t printed;
    char said[SAID_BYTES];
};

static const char *operand(const struct show *show, size_t index)
{
    return index < show->call->operand_count ? show->call->operands[index] : NULL;
}

// ---- which items ----

// Is every pair of wanted among the pairs of dims? "-" is none at all.
static bool has_pairs(struct th_bytes dims, struct th_bytes wanted)
{
    if (th_bytes_equal(wanted, TH_BYTES("-"))) {
        return dims.size == 0;
    }
    for (size_t at = 0; at < wanted.size;) {
        const char *text = (const char *)wanted.data + at;
        const char *end = memchr(text, ';', wanted.size - at);
        const size_t size = end != NULL ? (size_t)(end - text) : wanted.size - at;
        const char *found = NULL;
        for (size_t from = 0; from + size <= dims.size && found == NULL; from++) {
            const char *here = (const char *)dims.data + from;
            const bool begins = from == 0 || here[-1] == ';';
            const bool ends = from + size == dims.size || here[size] == ';';
            found = begins && ends && memcmp(here, text, size) == 0 ? here : NULL;
        }
        if (found == NULL) {
            return false;
        }
        at += size + 1;
    }
    return true;
}

static bool is_cell(const struct show *show, enum listing_cell cell, const char *wanted)
{
    return wanted == NULL || th_bytes_equal(show->row.cells[cell], th_bytes_of(wanted));
}

// Persons travel under another id than the office wrote: that of the province, or of the unit.
static bool is_person(const struct show *show, const struct th_update *update, const char *id)
{
    const bool rated = update->kind == TH_KIND_EVALUATION;
    if (!rated && update->kind != TH_KIND_TRANSFER) {
        return false;
    }
    const struct th_bytes person = rated ? update->evaluation.person : update->transfer.person;
    const struct th_bytes unit = rated ? update->evaluation.unit : update->transfer.from_unit;
    if (th_bytes_equal(person, th_bytes_of(id))) {
        return true;
    }
    if (!show->home->has_person_key) {
        return false;
    }
    const struct th_bytes key = {show->home->person_key, sizeof(show->home->person_key)};
    const char *at = memchr(unit.data, '@', unit.size);
    const struct th_bytes code = {unit.data,
                                  at != NULL ? (size_t)(at - (const char *)unit.data) : unit.size};
    char hashed[33];
    th_person_pseudonym(key, (struct th_bytes){0}, th_bytes_of(id), hashed);
    if (th_bytes_equal(person, th_bytes_of(hashed))) {
        return true;
    }
    th_person_pseudonym(key, code, th_bytes_of(id), hashed);
    return th_bytes_equal(person, th_bytes_of(hashed));
}

static bool is_wanted(const struct show *show, const struct th_update *update)
{
    const char *person = th_call_text(show->call, "person");
    const char *collective = th_call_text(show->call, "collective");
    const char *dims = operand(show, OPERAND_DIMS);
    const bool of_collective = collective == NULL || (update->kind == TH_KIND_COLLECTIVE &&
                                                      th_bytes_equal(update->collective.collective,
                                                                     th_bytes_of(collective)));
    return listing_is_of_unit(&show->row, operand(show, OPERAND_UNIT)) &&
           is_cell(show, LISTING_PERIOD, operand(show, OPERAND_PERIOD)) &&
           is_cell(show, LISTING_MEASURE, operand(show, OPERAND_MEASURE)) &&
           is_cell(show, LISTING_FORM, th_call_text(show->call, "form")) && of_collective &&
           (dims == NULL || has_pairs(show->row.cells[LISTING_DIMS], th_bytes_of(dims))) &&
           (person == NULL || is_person(show, update, person));
}

static enum th_err find_items(struct show *show)
{
    uint8_t room[TH_STORE_KEY_MAX];
    struct th_bytes key = {room, 0};
    for (;;) {
        struct current figure;
        struct th_bytes next;
        struct th_batch batch;
        const enum th_err err = current_next(&show->box, key, &next, &figure);
        if (err == TH_E_NOT_FOUND) {
            return TH_OK;
        }
        TH_TRY(err);
        memcpy(room, next.data, next.size);
        key.size = next.size;
        th_arena_reset(&show->arena);
        TH_TRY(th_batch_read(figure.update, &show->arena, &batch, NULL));
        listing_fill(&show->row, &batch.updates[0]);
        if (is_wanted(show, &batch.updates[0])) {
            revisions_add(&show->revisions, key, &figure);
        }
    }
}

// ---- what the province said ----

// comment: what the desk wrote; empty.
static void add_said(struct show *show,
                     const struct th_verdict *verdict,
                     struct th_bytes comment,
                     enum th_lang lang)
{
    char text[TH_SENTENCE_BYTES];
    char safe[2 * TH_COMMENT_MAX];
    const size_t used = strlen(show->said);
    (void)th_verdict_text(verdict, lang, text, sizeof(text));
    (void)th_text_escape(comment, safe, sizeof(safe));
    (void)snprintf(show->said + used,
                   sizeof(show->said) - used,
                   "%sTH%04u: %s%s%s%s",
                   used > 0 ? "\n" : "",
                   (unsigned)verdict->code,
                   text,
                   comment.size > 0 ? " “" : "",
                   safe,
                   comment.size > 0 ? "”" : "");
}

// All sentences about item (seq, index), a line each. *refused: one of them refuses it.
static enum th_err
gather_said(struct show *show, uint64_t seq, uint32_t index, enum th_lang lang, bool *refused)
{
    struct th_item_verdict item;
    show->said[0] = '\0';
    const enum th_err err = verdicts_from(&show->box, seq, index, &item);
    if (err != TH_OK && err != TH_E_NOT_FOUND) {
        return err;
    }
    if (err == TH_OK && item.seq == seq && item.index == index) {
        add_said(show, &item.verdict, (struct th_bytes){0}, lang);
        *refused = *refused || verdicts_refuses(item.verdict.code);
    }
    for (uint64_t number = 0;; number++) {
        struct th_notice notice;
        const enum th_err next = verdicts_notice_from(&show->box, number, &notice);
        if (next != TH_OK) {
            return next == TH_E_NOT_FOUND ? TH_OK : next;
        }
        number = notice.number;
        if (notice.item.seq == seq && notice.item.index == index) {
            add_said(show, &notice.item.verdict, notice.text, lang);
        }
    }
}

// ---- printing ----

static int32_t zone_of(const struct show *show)
{
    return show->with.catalogue != NULL ? th_catalogue_settings(show->with.catalogue)->zone_minutes
                                        : 0;
}

static void print_title(const struct show *show)
{
    char unit[WORDING_BYTES];
    char what[TH_SHOW_WHAT_BYTES];
    char people[TH_PERIOD_PEOPLE_BYTES];
    struct th_period period;
    const struct listing *row = &show->row;
    const struct th_bytes label = row->cells[LISTING_PERIOD];
    (void)th_bytes_copy_text(label, people, sizeof(people));
    if (th_period_parse(label, &period) == TH_OK) {
        (void)th_period_people(show->call->lang, period, people);
    }
    (void)wording_unit(&show->with, row->cells[LISTING_UNIT], label, unit);
    const struct th_bytes measure = row->cells[LISTING_MEASURE];
    const struct th_bytes dims = row->cells[LISTING_DIMS];
    if (show->with.catalogue != NULL) {
        (void)th_show_what(show->call->lang, show->with.catalogue, measure, dims, what);
    } else {
        (void)snprintf(what,
                       sizeof(what),
                       "%.*s %.*s",
                       (int)measure.size,
                       (const char *)measure.data,
                       (int)dims.size,
                       dims.size > 0 ? (const char *)dims.data : "");
    }
    (void)printf("%s%s · %s · %s\n", show->printed > 0 ? "\n" : "", unit, people, what);
}

static const char *state_people(enum th_lang lang, const char *state)
{
    static const struct {
        const char *state;
        struct th_help people;
    } WORDS[] = {
        {"queued", {"đang chờ gửi", "queued"}},
        {"sent", {"đã gửi, chờ tỉnh", "sent, not decided"}},
        {"decided", {"tỉnh đã nhận", "accepted"}},
        {"withdrawn", {"tỉnh đã nhận", "accepted"}},
        {"refused", {"tỉnh từ chối", "refused"}},
    };
    for (size_t i = 0; i < TH_COUNT(WORDS); i++) {
        if (strcmp(WORDS[i].state, state) == 0) {
            return lang == TH_LANG_VI ? WORDS[i].people.vi : WORDS[i].people.en;
        }
    }
    return state;
}

static void print_text(const struct show *show, enum listing_cell cell)
{
    char safe[2048];
    const struct th_help *people = &LISTING_COLUMNS[cell].people;
    if (show->row.cells[cell].size > 0) {
        (void)th_text_escape(show->row.cells[cell], safe, sizeof(safe));
        (void)printf(
            "      %s: %s\n", show->call->lang == TH_LANG_VI ? people->vi : people->en, safe);
    }
}

static void print_people(struct show *show, const struct th_update *update, int64_t entered)
{
    char says[WORDING_BYTES];
    char time[TH_TIME_TEXT_BYTES] = "";
    const bool vi = show->call->lang == TH_LANG_VI;
    const struct listing *row = &show->row;
    if (entered != 0) {
        (void)th_time_people(show->call->lang, entered, zone_of(show), time);
    }
    (void)printf(vi ? "  bản sửa %s · lô %s%s%s · %s: %s\n"
                    : "  revision %s · batch %s%s%s · %s: %s\n",
                 row->text[LISTING_REVISION],
                 row->text[LISTING_BATCH],
                 time[0] != '\0' ? " · " : "",
                 time,
                 state_people(show->call->lang, row->text[LISTING_STATE]),
                 wording_of(&show->with, update, says));
    print_text(show, LISTING_BASIS);
    print_text(show, LISTING_NOTE);
    for (char *line = show->said; *line != '\0';) {
        const size_t size = strcspn(line, "\n");
        (void)printf("      %.*s\n", (int)size, line);
        line += line[size] == '\n' ? size + 1 : size;
    }
}

static void print_program(struct show *show)
{
    const char *format = show->call->format;
    for (char *line = show->said; *line != '\0'; line++) {
        *line = (char)(*line == '\n' ? ' ' : *line);
    }
    show->row.cells[LISTING_SAID] = th_bytes_of(show->said);
    if (!desk_is_json(show->call)) {
        listing_csv(&show->row, stdout, LISTING_ALL);
        return;
    }
    const bool lines = strcmp(format, "jsonl") == 0;
    (void)printf("%s", lines ? "" : show->printed == 0 ? "[" : ",\n");
    listing_json(&show->row, stdout, LISTING_ALL);
    (void)printf("%s", lines ? "\n" : "");
}

static enum th_err print_one(struct show *show,
                             const struct th_update *update,
                             const struct revision *revision,
                             bool first)
{
    const bool people = th_sheet_is_table(show->call, stdout);
    const struct revisions_item *item = &show->revisions.items[revision->item];
    struct outbox_extent extent;
    const bool newest = revision->seq == item->seq && revision->index == item->index;
    bool refused = newest && item->state == CURRENT_REFUSED;
    TH_TRY(gather_said(
        show, revision->seq, revision->index, people ? show->call->lang : TH_LANG_EN, &refused));
    listing_fill(&show->row, update);
    listing_put(
        &show->row, LISTING_STATE, listing_state(&show->box, revision->seq, refused, update->op));
    listing_put_number(&show->row, LISTING_BATCH, revision->seq);
    int64_t entered = update->entered_at;
    if (entered == 0 && outbox_extent_of(&show->box, revision->seq, &extent) == TH_OK) {
        entered = extent.queued_at;
    }
    if (entered != 0) {
        (void)th_time_utc(entered, show->row.text[LISTING_ENTERED]);
        show->row.cells[LISTING_ENTERED] = th_bytes_of(show->row.text[LISTING_ENTERED]);
    }
    if (refused) {
        char code[16] = "";
        if (newest && item->code != 0) {
            (void)snprintf(code, sizeof(code), "TH%04" PRIu32, item->code);
        } else {
            (void)snprintf(code, sizeof(code), "%.6s", show->said);
        }
        listing_put(&show->row, LISTING_CODE, code);
    }
    if (people && first) {
        print_title(show);
    }
    if (people) {
        print_people(show, update, entered);
    } else {
        print_program(show);
    }
    show->printed++;
    return TH_OK;
}

// The newest update of an item whose batch has left the history.
static enum th_err print_kept(struct show *show, uint32_t index)
{
    const struct revisions_item *item = &show->revisions.items[index];
    struct current figure;
    struct th_batch batch;
    TH_TRY(current_get(&show->box, (struct th_bytes){item->key, item->key_size}, &figure));
    th_arena_reset(&show->arena);
    TH_TRY(th_batch_read(figure.update, &show->arena, &batch, NULL));
    const struct revision revision = {.item = index, .seq = item->seq, .index = item->index};
    return print_one(show, &batch.updates[0], &revision, true);
}

static enum th_err print_item(struct show *show, uint32_t index)
{
    bool first = true;
    if (show->revisions.items[index].seq < show->box.kept_from) {
        TH_TRY(print_kept(show, index));
        first = false;
    }
    for (size_t i = 0; i < show->revisions.count; i++) {
        const struct revision *revision = &show->revisions.found[i];
        struct th_bytes body;
        struct th_batch batch;
        if (revision->item != index) {
            continue;
        }
        TH_TRY(outbox_body(&show->box, revision->seq, &body));
        th_arena_reset(&show->arena);
        TH_TRY(th_batch_read(body, &show->arena, &batch, NULL));
        if (revision->index >= batch.count) {
            return TH_E_CORRUPT;
        }
        TH_TRY(print_one(show, &batch.updates[revision->index], revision, first));
        first = false;
    }
    return TH_OK;
}

// ---- the verb ----

static enum th_err show_all(struct show *show)
{
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(show->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &show->box));
    TH_TRY(find_items(show));
    TH_TRY(revisions_find(&show->revisions, &show->box));
    if (!th_sheet_is_table(show->call, stdout) && !desk_is_json(show->call) &&
        show->revisions.item_count > 0) {
        listing_csv_head(stdout, LISTING_ALL);
    }
    for (uint32_t i = 0; i < show->revisions.item_count && !th_out_stopped(stdout); i++) {
        TH_TRY(print_item(show, i));
    }
    return TH_OK;
}

static int say_end(struct show *show)
{
    const struct th_call *call = show->call;
    if (call->format != NULL && strcmp(call->format, "json") == 0) {
        (void)printf("%s]\n", show->printed == 0 ? "[" : "");
    }
    if (th_out_flush(stdout) != TH_OK) {
        return desk_fail(call, TH_E_IO, "stdout");
    }
    if (show->revisions.item_count == 0) {
        return th_call_fail(call, TH_M_NO_ITEM, NULL, 0);
    }
    if (show->revisions.left_out > 0) {
        char number[24];
        const char *params[] = {number};
        (void)snprintf(number, sizeof(number), "%" PRIu64, show->revisions.left_out);
        return th_call_fail(call, TH_M_CUT, params, TH_COUNT(params));
    }
    return TH_EXIT_OK;
}

static int run(const struct th_call *call)
{
    TH_SCOPED(home_close) struct home home = {0};
    TH_SCOPED(th_free_scoped) void *memory = malloc(TH_ARENA_BYTES);
    static struct show show;
    struct th_verdict why;
    const int code = desk_open(call, &home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (memory == NULL) {
        return desk_fail(call, TH_E_NO_MEMORY, "");
    }
    if (home_load(&home, &why) != TH_OK) {
        th_province_free(&home.province); // figures are shown as they were sent
    }
    show = (struct show){.call = call, .home = &home, .with = {.lang = call->lang}};
    show.arena = th_arena_of(memory, TH_ARENA_BYTES);
    if (home.province != NULL) {
        show.with.reg = home.province->reg;
        show.with.catalogue = home.province->catalogue;
    }
    enum th_err err = home_absorb(&home, &show.arena);
    if (err == TH_OK) {
        err = show_all(&show);
    }
    const int ended = err == TH_OK ? say_end(&show) : desk_fail(call, err, "outbox");
    revisions_free(&show.revisions);
    return ended;
}

const struct th_verb VERB_SHOW = {
    .name = "show",
    .operands = "UNIT PERIOD [MEASURE [DIMS]]",
    .help = {"mọi bản sửa của một số liệu, và tỉnh trả lời gì",
             "every revision of one figure, and what the province said"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .operands_min = 2,
    .operands_max = 4,
    .run = run,
};
