// verb_list.c - tonghop list: the current figures of this office, one line a key

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/csv.h"
#include "tonghop/hash.h"
#include "tonghop/number.h"
#include "tonghop/out.h"
#include "tonghop/sheet.h"

#include "nodes/current.h"
#include "nodes/desk.h"
#include "nodes/verb.h"

enum { ROW_BYTES = 4096, ABSORB_BATCHES = 64, CELLS = 16, PERSON_CHARS = 8 };

static const struct th_sheet_column COLUMNS[CELLS] = {
    {"state", {"trạng thái", "state"}, false},
    {"form", {"biểu", "form"}, false},
    {"unit_code", {"đơn vị", "unit"}, false},
    {"period", {"kỳ", "period"}, false},
    {"measure_or_category", {"chỉ tiêu", "measure"}, false},
    {"dims", {"phân tổ", "dims"}, false},
    {"qualifier", {"mức", "qualifier"}, false},
    {"value", {"giá trị", "value"}, true},
    {"of", {"trên", "of"}, true},
    {"before", {"trước", "before"}, true},
    {"after", {"sau", "after"}, true},
    {"rating", {"mức xếp loại", "rating"}, true},
    {"score", {"điểm", "score"}, true},
    {"revision", {"lần sửa", "revision"}, true},
    {"batch", {"lô", "batch"}, true},
    {"code", {"mã", "code"}, false},
};
enum {
    CELL_STATE,
    CELL_FORM,
    CELL_UNIT,
    CELL_PERIOD,
    CELL_MEASURE,
    CELL_DIMS,
    CELL_QUALIFIER,
    CELL_VALUE,
    CELL_OF,
    CELL_BEFORE,
    CELL_AFTER,
    CELL_RATING,
    CELL_SCORE,
    CELL_REVISION,
    CELL_BATCH,
    CELL_CODE,
};

static const struct th_option OPTIONS[] = {
    {.name = "form",
     .kind = TH_OPTION_CHOICE,
     .value = "evaluation|staffing",
     .choices = "evaluation|staffing",
     .help = {"chỉ biểu này", "only this form"}},
    {.name = "period",
     .kind = TH_OPTION_TEXT,
     .value = "P",
     .help = {"chỉ kỳ này", "only this period"}},
    {.name = "unit",
     .kind = TH_OPTION_TEXT,
     .value = "U",
     .help = {"chỉ đơn vị này", "only this unit"}},
    {.name = "state",
     .kind = TH_OPTION_CHOICE,
     .value = "queued|sent|decided|refused|withdrawn",
     .choices = "queued|sent|decided|refused|withdrawn",
     .help = {"chỉ trạng thái này", "only this state"}},
    {.name = "since",
     .kind = TH_OPTION_TEXT,
     .value = "D",
     .help = {"xếp hàng từ ngày này (YYYY-MM-DD) hoặc trong khoảng này (7d)",
              "queued since this day (YYYY-MM-DD) or within this time (7d)"}},
};

struct list {
    const struct th_call *call;
    struct home *home;
    struct outbox box;
    struct th_arena arena;
    int64_t since; // Unix ms; INT64_MIN: all
    uint64_t shown;
    struct th_sheet *table; // NULL: rows are printed as they come
    // One row.
    char text[CELLS][DESK_NUMBER_BYTES]; // made here
    struct th_bytes cells[CELLS];
};

static void put_text(struct list *list, unsigned cell, const char *text)
{
    (void)snprintf(list->text[cell], sizeof(list->text[cell]), "%s", text);
    list->cells[cell] = th_bytes_of(list->text[cell]);
}

static void put_number(struct list *list, unsigned cell, struct th_opt number, unsigned decimals)
{
    if (number.has) {
        list->cells[cell] = th_bytes_of(th_number_plain(number.value, decimals, list->text[cell]));
    }
}

static const char *state_of(const struct list *list, const struct current *figure, uint32_t op)
{
    if (figure->state == CURRENT_REFUSED) {
        return "refused";
    }
    if (figure->seq <= list->box.decided) {
        return op == TH_OP_WITHDRAW ? "withdrawn" : "decided";
    }
    return figure->seq <= list->box.chained ? "sent" : "queued";
}

static void fill_evaluation(struct list *list, const struct th_evaluation *from)
{
    uint8_t hash[TH_HASH128_BYTES];
    char hex[2 * TH_HASH128_BYTES + 1];
    char dims[sizeof("person=") + PERSON_CHARS];
    th_hash128(hash, (struct th_bytes){0}, &from->person, 1);
    (void)th_hex((struct th_bytes){hash, sizeof(hash)}, hex);
    (void)snprintf(dims, sizeof(dims), "person=%.*s", PERSON_CHARS, hex);
    put_text(list, CELL_FORM, "evaluation");
    put_text(list, CELL_DIMS, dims);
    list->cells[CELL_UNIT] = from->unit;
    list->cells[CELL_PERIOD] = from->period;
    list->cells[CELL_MEASURE] = from->category;
    put_number(list, CELL_RATING, from->rating, 0);
    put_number(list, CELL_SCORE, from->score, TH_SCORE_DECIMALS);
}

static void fill_staffing(struct list *list, const struct th_staffing *from)
{
    put_text(list, CELL_FORM, "staffing");
    list->cells[CELL_UNIT] = from->unit;
    list->cells[CELL_PERIOD] = from->period;
    list->cells[CELL_MEASURE] = from->measure;
    list->cells[CELL_DIMS] = from->dims;
    put_text(list, CELL_QUALIFIER, th_qualifier_word(from->qualifier));
    put_number(list, CELL_VALUE, from->value, from->decimals);
    put_number(list, CELL_OF, from->of, from->decimals);
    put_number(list, CELL_BEFORE, from->before, from->decimals);
    put_number(list, CELL_AFTER, from->after, from->decimals);
    if (from->not_applicable) {
        put_text(list, CELL_VALUE, "n/a");
    }
}

static bool matches(const struct list *list, const char *option, unsigned cell)
{
    const char *wanted = th_call_text(list->call, option);
    return wanted == NULL || th_bytes_equal(list->cells[cell], th_bytes_of(wanted));
}

// unit CODE also finds CODE@DATE.
static bool matches_unit(const struct list *list)
{
    const char *wanted = th_call_text(list->call, "unit");
    if (wanted == NULL || matches(list, "unit", CELL_UNIT)) {
        return true;
    }
    const struct th_bytes unit = list->cells[CELL_UNIT];
    const size_t size = strlen(wanted);
    return unit.size > size && memcmp(unit.data, wanted, size) == 0 &&
           ((const char *)unit.data)[size] == '@';
}

static bool is_recent(struct list *list, uint64_t seq)
{
    struct outbox_extent extent;
    if (list->since == INT64_MIN) {
        return true;
    }
    return outbox_extent_of(&list->box, seq, &extent) == TH_OK &&
           extent.queued_at >= list->since; // what has left the history is older
}

// ---- rows ----

static void print_csv(const struct list *list)
{
    uint8_t room[ROW_BYTES];
    struct th_writer row = TH_WRITER(room);
    for (size_t i = 0; i < CELLS; i++) {
        th_csv_write_cell(&row, list->cells[i]);
    }
    th_csv_write_end(&row);
    (void)fwrite(row.data, 1, row.size, stdout);
}

static void print_json(const struct list *list)
{
    for (size_t i = 0; i < CELLS; i++) {
        (void)printf("%s\"%s\":", i == 0 ? "{" : ",", COLUMNS[i].name);
        if (list->cells[i].size == 0) {
            (void)printf("null");
        } else {
            desk_json_text(stdout, list->cells[i]);
        }
    }
    (void)printf("}");
}

static enum th_err print_row(struct list *list)
{
    const char *format = list->call->format;
    if (list->table != NULL) {
        TH_TRY(th_sheet_add(list->table, list->cells));
    } else if (!desk_is_json(list->call)) {
        print_csv(list);
    } else if (strcmp(format, "jsonl") == 0) {
        print_json(list);
        (void)printf("\n");
    } else {
        (void)printf("%s", list->shown == 0 ? "[" : ",\n");
        print_json(list);
    }
    list->shown++;
    return TH_OK;
}

static enum th_err one_figure(struct list *list, const struct current *figure)
{
    struct th_batch batch;
    th_arena_reset(&list->arena);
    TH_TRY(th_batch_read(figure->update, &list->arena, &batch, NULL));
    const struct th_update *update = &batch.updates[0];
    memset(list->cells, 0, sizeof(list->cells));
    if (update->kind == TH_KIND_EVALUATION) {
        fill_evaluation(list, &update->evaluation);
    } else {
        fill_staffing(list, &update->staffing);
    }
    put_text(list, CELL_STATE, state_of(list, figure, update->op));
    put_number(list, CELL_REVISION, (struct th_opt){true, (int64_t)update->revision}, 0);
    put_number(list, CELL_BATCH, (struct th_opt){true, (int64_t)figure->seq}, 0);
    if (figure->state == CURRENT_REFUSED) {
        char code[16];
        (void)snprintf(code, sizeof(code), "TH%04" PRIu32, figure->code);
        put_text(list, CELL_CODE, code);
    }
    if (matches(list, "form", CELL_FORM) && matches(list, "period", CELL_PERIOD) &&
        matches(list, "state", CELL_STATE) && matches_unit(list) && is_recent(list, figure->seq)) {
        return print_row(list);
    }
    return TH_OK;
}

static enum th_err all_figures(struct list *list)
{
    uint8_t room[TH_STORE_KEY_MAX];
    struct th_bytes key = {room, 0};
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin_read(list->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &list->box));
    for (;;) {
        struct current figure;
        struct th_bytes next;
        const enum th_err err = current_next(&list->box, key, &next, &figure);
        if (err == TH_E_NOT_FOUND) {
            return TH_OK;
        }
        TH_TRY(err);
        memcpy(room, next.data, next.size);
        key.size = next.size;
        TH_TRY(one_figure(list, &figure));
        if (th_out_stopped(stdout)) {
            return TH_OK;
        }
    }
}

// What was queued since the last look is not among the figures yet.
static enum th_err absorb(struct home *home, struct th_arena *arena)
{
    for (bool more = home->box.absorbed < home->box.last; more;) {
        struct outbox box;
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        TH_TRY(th_disk_begin(home->disk, &txn));
        TH_TRY(outbox_load(th_disk_store(&txn), &box));
        TH_TRY(current_absorb(&box, arena, ABSORB_BATCHES, &more));
        TH_TRY(th_disk_commit(&txn));
    }
    return TH_OK;
}

static bool parse_since(struct list *list)
{
    const char *text = th_call_text(list->call, "since");
    uint64_t ms = 0;
    th_day day = 0;
    list->since = INT64_MIN;
    if (text == NULL) {
        return true;
    }
    if (th_day_parse(th_bytes_of(text), &day) == TH_OK) {
        const struct th_province *province = list->home->province;
        const int64_t zone =
            province != NULL ? th_catalogue_settings(province->catalogue)->zone_minutes : 0;
        const int64_t epoch = th_day_of_unix_ms(0, 0);
        list->since = ((int64_t)day - epoch) * 86400000 - zone * 60000;
        return true;
    }
    if (!th_duration_parse(text, &ms) || ms > INT64_MAX / 2) {
        return false;
    }
    list->since = home_wall_ms() - (int64_t)ms;
    return true;
}

static int print_all(struct list *list)
{
    const struct th_call *call = list->call;
    const bool json = desk_is_json(call);
    for (size_t i = 0; !json && list->table == NULL && i < CELLS; i++) {
        (void)printf("%s%s", COLUMNS[i].name, i + 1 < CELLS ? "," : "\n");
    }
    const enum th_err err = all_figures(list);
    if (err != TH_OK) {
        return desk_fail(call, err, "outbox");
    }
    if (list->table != NULL) {
        const enum th_err said = th_sheet_print(list->table, call, stdout);
        (void)said; // th_program_main looks again
        return TH_EXIT_OK;
    }
    if (json && strcmp(call->format, "json") == 0) {
        (void)printf("%s]\n", list->shown == 0 ? "[" : "");
    }
    return TH_EXIT_OK;
}

static int run(const struct th_call *call)
{
    TH_SCOPED(th_sheet_free) struct th_sheet table = th_sheet_of(COLUMNS, CELLS);
    TH_SCOPED(home_close) struct home home = {0};
    TH_SCOPED(th_free_scoped) void *memory = malloc(TH_ARENA_BYTES);
    struct list list = {.call = call, .home = &home};
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
    if (!parse_since(&list)) {
        const char *params[] = {"since", "date"};
        return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
    }
    list.arena = th_arena_of(memory, TH_ARENA_BYTES);
    if (th_sheet_is_table(call, stdout)) {
        list.table = &table;
    }
    const enum th_err err = absorb(&home, &list.arena);
    return err == TH_OK ? print_all(&list) : desk_fail(call, err, "outbox");
}

const struct th_verb VERB_LIST = {
    .name = "list",
    .operands = "",
    .help = {"số liệu hiện có của đơn vị này", "the current figures of this office"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .run = run,
};
