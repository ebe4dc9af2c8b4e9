// verb_list.c - tonghop list: the current figures of this office, one line a key

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/clock.h"
#include "tonghop/out.h"

#include "nodes/desk.h"
#include "nodes/listing.h"
#include "nodes/news.h"
#include "nodes/verb.h"

static const struct th_option OPTIONS[] = {
    {.name = "form",
     .kind = TH_OPTION_CHOICE,
     .value = "evaluation|staffing|collective|transfer|completion|desk",
     .choices = "evaluation|staffing|collective|transfer|completion|desk",
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
    {.name = "excel",
     .kind = TH_OPTION_FLAG,
     .help = {"CSV mở bằng Excel tiếng Việt: có BOM, chấm phẩy, dấu phẩy thập phân",
              "CSV for a Vietnamese Excel: mark of UTF-8, semicolons, decimal commas"}},
};

struct list {
    const struct th_call *call;
    struct home *home;
    struct outbox box;
    struct th_arena arena;
    int64_t since; // Unix ms; INT64_MIN: all
    uint64_t shown;
    bool excel;
    struct th_sheet *table; // NULL: rows are printed as they come
    struct listing row;
};

static bool matches(const struct list *list, const char *option, enum listing_cell cell)
{
    const char *wanted = th_call_text(list->call, option);
    return wanted == NULL || th_bytes_equal(list->row.cells[cell], th_bytes_of(wanted));
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

static enum th_err print_row(struct list *list)
{
    const char *format = list->call->format;
    if (list->excel) {
        listing_excel(&list->row, stdout, LISTING_CELLS);
    } else if (list->table != NULL) {
        TH_TRY(th_sheet_add(list->table, list->row.cells));
    } else if (!desk_is_json(list->call)) {
        listing_csv(&list->row, stdout, LISTING_CELLS);
    } else if (strcmp(format, "jsonl") == 0) {
        listing_json(&list->row, stdout, LISTING_CELLS);
        (void)printf("\n");
    } else {
        (void)printf("%s", list->shown == 0 ? "[" : ",\n");
        listing_json(&list->row, stdout, LISTING_CELLS);
    }
    list->shown++;
    return TH_OK;
}

// Why it was refused; of a declaration, what the desk decided about it.
static enum th_err
put_code(struct list *list, const struct current *figure, const struct th_update *update)
{
    char code[16];
    struct th_notice notice;
    uint32_t number = figure->state == CURRENT_REFUSED ? figure->code : 0;
    if (number == 0 && update->kind == TH_KIND_COMPLETION) {
        const enum th_err err = news_about(&list->box, figure->seq, figure->index, &notice);
        if (err != TH_OK && err != TH_E_NOT_FOUND) {
            return err;
        }
        number = err == TH_OK ? notice.item.verdict.code : 0;
    }
    if (number != 0) {
        (void)snprintf(code, sizeof(code), "TH%04" PRIu32, number);
        listing_put(&list->row, LISTING_CODE, code);
    }
    return TH_OK;
}

static enum th_err one_figure(struct list *list, const struct current *figure)
{
    struct th_batch batch;
    th_arena_reset(&list->arena);
    TH_TRY(th_batch_read(figure->update, &list->arena, &batch, NULL));
    const struct th_update *update = &batch.updates[0];
    struct listing *row = &list->row;
    const bool refused = figure->state == CURRENT_REFUSED;
    listing_fill(row, update);
    listing_put(row, LISTING_STATE, listing_state(&list->box, figure->seq, refused, update->op));
    if (figure->seq > 0) { // 0: the province told us (heal.h)
        listing_put_number(row, LISTING_BATCH, figure->seq);
    }
    TH_TRY(put_code(list, figure, update));
    if (matches(list, "form", LISTING_FORM) && matches(list, "period", LISTING_PERIOD) &&
        matches(list, "state", LISTING_STATE) &&
        listing_is_of_unit(row, th_call_text(list->call, "unit")) && is_recent(list, figure->seq)) {
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
    list->since = th_wall_ms() - (int64_t)ms;
    return true;
}

static int print_all(struct list *list)
{
    const struct th_call *call = list->call;
    const bool json = desk_is_json(call) && !list->excel;
    if (list->excel) {
        listing_excel(NULL, stdout, LISTING_CELLS);
    } else if (!json && list->table == NULL) {
        listing_csv_head(stdout, LISTING_CELLS);
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

// What the desk wrote about reports that it returned stands beside the list.
static int say_returned(const struct list *list)
{
    const char *form = th_call_text(list->call, "form");
    if (form != NULL && strcmp(form, "completion") != 0) {
        return TH_EXIT_OK;
    }
    const enum th_err err = news_say_returned(list->call, list->home, stderr);
    return err == TH_OK ? TH_EXIT_OK : desk_fail(list->call, err, "outbox");
}

static int run(const struct th_call *call)
{
    TH_SCOPED(th_sheet_free) struct th_sheet table = th_sheet_of(LISTING_COLUMNS, LISTING_CELLS);
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
    list.excel = th_call_flag(call, "excel");
    if (!list.excel && th_sheet_is_table(call, stdout)) {
        list.table = &table;
    }
    const enum th_err err = home_absorb(&home, &list.arena);
    if (err != TH_OK) {
        return desk_fail(call, err, "outbox");
    }
    const int printed = print_all(&list);
    return printed == TH_EXIT_OK ? say_returned(&list) : printed;
}

const struct th_verb VERB_LIST = {
    .name = "list",
    .operands = "",
    .help = {"số liệu hiện có của đơn vị này", "the current figures of this office"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .run = run,
};
