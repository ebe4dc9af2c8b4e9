// indicators.c - see indicators.h

#include "cli/indicators.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/day.h"
#include "tonghop/out.h"

#include "cli/indicators_part.h"
#include "cli/known.h"
#include "cli/structure.h"

const struct th_option INDICATORS_OPTIONS[INDICATORS_OPTION_COUNT] = {
    TH_FILTER_OPTIONS,
    {.name = "indicator",
     .kind = TH_OPTION_LIST,
     .value = "I",
     .help = {"chỉ số; không ghi thì tất cả", "indicators; default all"}},
    {.name = "rank",
     .kind = TH_OPTION_FLAG,
     .help = {"xếp hạng các đơn vị (mặc định: các đơn vị trực thuộc)",
              "rank the units (default those directly below)"}},
    {.name = "min-base",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .max = INT64_MAX,
     .help = {"mẫu số nhỏ hơn thì không xếp hạng", "a smaller denominator is not ranked"}},
    {.name = "on",
     .kind = TH_OPTION_TEXT,
     .value = "DATE",
     .help = {"tiến độ chỉ tiêu tính đến ngày này; không ghi thì hôm nay",
              "the day to which targets are measured; default today"}},
    {.name = "as-known-at",
     .kind = TH_OPTION_TEXT,
     .value = "VERSION|DATE",
     .help = {"như đã biết ở phiên bản đó, hoặc cuối ngày đó",
              "as known at that version, or at the end of that day"}},
    {.name = "audience",
     .kind = TH_OPTION_CHOICE,
     .value = "internal|public",
     .choices = "internal|public",
     .fallback = "internal",
     .help = {"số liệu nội bộ, hay như kỳ công bố mới nhất cho mọi người xem",
              "internal figures, or what the newest edition shows the public"}},
    {.name = "structure",
     .kind = TH_OPTION_TEXT,
     .value = "as-reported|current|as-of:DATE",
     .help = {"theo báo cáo, hoặc chuyển về các đơn vị của hôm nay hay của một ngày",
              "as reported, or restated to the units of today or of a day"}},
};

enum {
    REGISTERS_MAX = 3,  // that may follow one another while we ask
    ROWS_MAX = 1000000, // in one page
};

struct asking {
    const struct th_call *call;
    struct th_viewer viewer;
    struct th_filter filter;
    struct th_bytes codes[TH_OPTION_LIST_MAX];
    struct th_query query; // as for totals
    struct th_bytes known_at;
    struct th_bytes structure;      // empty: as reported
    char restated[TH_UNIT_REF_MAX]; // "as-of:2025-07-01", of the answer
    bool faulty;                    // the sum over the structure is not the sum as reported
    char fault[TH_PARAM_BYTES];
    th_day on; // TH_DAY_NONE: the day of the answer
    bool ranked;
    struct th_indicators *indicators;
    uint64_t version;
    int64_t wall_ms;
    bool behind;              // the answer comes from another register than ours
    struct th_opt edition_ms; // it is for the public
    char public_at[24];       // version that such an answer shows
};

static void asking_free(struct asking *asking)
{
    th_indicators_free(&asking->indicators);
    th_viewer_close(&asking->viewer);
}

static const struct th_register *register_of(const struct asking *asking)
{
    const struct th_province *province = asking->viewer.province;
    return asking->structure.size > 0 && province->wide != NULL ? province->wide : province->reg;
}

static void begin(struct asking *asking, const struct th_answer *answer)
{
    asking->version = answer->version;
    asking->wall_ms = answer->wall_ms;
    asking->edition_ms = answer->edition_ms;
    if (answer->edition_ms.has) {
        th_indicators_for_public(asking->indicators);
    }
    asking->faulty = answer->conservation == TH_NOT_CONSERVED;
    (void)th_bytes_copy_text(answer->detail, asking->fault, sizeof(asking->fault));
    (void)th_bytes_copy_text(answer->structure, asking->restated, sizeof(asking->restated));
    th_indicators_restated(asking->indicators, structure_day(answer->structure));
    structure_note_missing(asking->call, register_of(asking), answer);
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct asking *asking = context;
    const uint8_t *digest = answer->has_bundle ? answer->bundle_digest : NULL;
    if (answer->edition_ms.has) { // shown with the register of its version
        (void)snprintf(asking->public_at, sizeof(asking->public_at), "%" PRIu64, answer->version);
        asking->viewer.known_at = th_bytes_of(asking->public_at);
    }
    asking->behind = th_viewer_is_behind(&asking->viewer, digest);
    if (asking->behind) {
        return TH_E_BUSY; // only part 0 names a digest
    }
    if (answer->part == 0) {
        begin(asking, answer);
    }
    for (size_t i = 0; i < answer->line_count; i++) {
        TH_TRY(th_indicators_add(asking->indicators, &answer->lines[i]));
    }
    return TH_OK;
}

static enum th_err on_forms(void *context, const struct th_answer *answer)
{
    struct asking *asking = context;
    const uint8_t *digest = answer->has_bundle ? answer->bundle_digest : NULL;
    asking->behind = th_viewer_is_behind(&asking->viewer, digest);
    if (asking->behind) {
        return TH_E_BUSY;
    }
    asking->version = answer->version;
    asking->wall_ms = answer->wall_ms;
    for (size_t i = 0; i < answer->form_count; i++) {
        TH_TRY(th_indicators_add_form(asking->indicators, &answer->forms[i]));
    }
    return TH_OK;
}

// ---- the question ----

static int unknown_word(const struct asking *asking, struct th_bytes word)
{
    struct th_verdict verdict;
    struct th_asker_end end = {.code = TH_M_UNKNOWN_WORD};
    const struct th_value *codes = th_call_value(asking->call, "indicator");
    (void)th_bytes_copy_text(word, end.detail, sizeof(end.detail));
    for (size_t i = 0; i < codes->list_count; i++) {
        if (strcmp(codes->list[i], end.detail) == 0) {
            th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'i', NULL, end.detail, NULL);
            return th_call_tell(asking->call, &verdict);
        }
    }
    return th_viewer_fail(asking->call, asking->viewer.dir, &asking->query, TH_E_REFUSED, &end);
}

// Units are ranked against their like: those directly below, where nothing else is said.
static void rank_children(struct asking *asking)
{
    static const char *const PLACES[] = {"unit", "children", "leaf"};
    struct th_query *query = &asking->query;
    bool placed = query->level.size > 0 || query->unit_count > 1;
    for (size_t i = 0; i < query->by_count; i++) {
        for (size_t k = 0; k < TH_COUNT(PLACES); k++) {
            placed = placed || th_bytes_equal(query->by[i], th_bytes_of(PLACES[k]));
        }
    }
    if (asking->ranked && !placed && query->by_count < TH_OPTION_LIST_MAX) {
        asking->filter.by[query->by_count++] = TH_BYTES("children");
    }
}

static bool is_for_public(const struct asking *asking)
{
    return strcmp(th_call_text(asking->call, "audience"), "public") == 0;
}

static int make(struct asking *asking)
{
    const struct th_province *province = asking->viewer.province;
    const struct th_value *codes = th_call_value(asking->call, "indicator");
    struct th_bytes unknown = {0};
    for (size_t i = 0; i < codes->list_count; i++) {
        asking->codes[i] = th_bytes_of(codes->list[i]);
    }
    asking->query = th_viewer_query(asking->call, &asking->viewer, &asking->filter);
    asking->query.known_at = asking->known_at;
    asking->query.structure = asking->structure;
    asking->query.audience = is_for_public(asking) ? TH_BYTES("public") : (struct th_bytes){0};
    rank_children(asking);
    const struct th_indicators_ask ask = {.query = &asking->query,
                                          .codes = asking->codes,
                                          .code_count = codes->list_count,
                                          .for_public = is_for_public(asking)};
    th_indicators_free(&asking->indicators);
    const enum th_err err = th_indicators_make(&ask,
                                               register_of(asking),
                                               province->root,
                                               province->catalogue,
                                               &unknown,
                                               &asking->indicators);
    if (err == TH_E_NOT_FOUND) {
        return unknown_word(asking, unknown);
    }
    if (err == TH_E_REFUSED) {
        char code[64];
        const char *params[] = {th_bytes_copy_text(unknown, code, sizeof(code))};
        return th_call_fail(asking->call, TH_M_NOT_PUBLIC, params, TH_COUNT(params));
    }
    return err == TH_OK ? TH_EXIT_OK : th_call_fail(asking->call, TH_M_NO_MEMORY, NULL, 0);
}

static int print(struct asking *asking)
{
    const struct th_call *call = asking->call;
    const struct th_province *province = asking->viewer.province;
    const int64_t min_base = th_call_value(call, "min-base")->number;
    struct th_indicator_row *rows = NULL;
    struct indicators_page page = {
        .call = call,
        .province = province,
        .reg = register_of(asking),
        .structure = asking->restated,
        .structure_day = structure_day(th_bytes_of(asking->restated)),
        .lineage = asking->viewer.lineage,
        .version = asking->version,
        .wall_ms = asking->wall_ms,
        .on = asking->on,
        .ranked = asking->ranked,
        .edition_ms = asking->edition_ms,
    };
    if (page.on == TH_DAY_NONE) {
        page.on = th_province_today(province, asking->wall_ms);
    }
    enum th_err err = th_indicators_list(asking->indicators, page.on, ROWS_MAX, &rows, &page.count);
    if (err == TH_E_TOO_LARGE) {
        const char *params[] = {"1000000"};
        return th_call_fail(call, TH_M_ANSWER_TOO_LARGE, params, TH_COUNT(params));
    }
    if (err == TH_OK && asking->ranked) {
        th_indicators_rank(rows, page.count, min_base);
    }
    page.rows = rows;
    err = err == TH_OK ? indicators_print(&page) : err;
    if (err == TH_E_NO_MEMORY) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    if (err != TH_OK && !th_out_stopped(stdout)) {
        return TH_EXIT_IO;
    }
    const char *params[] = {asking->fault};
    return asking->faulty ? th_call_fail(call, TH_M_NOT_CONSERVED, params, TH_COUNT(params))
                          : TH_EXIT_OK;
}

static int ask_one(struct asking *asking,
                   struct th_asker *asker,
                   const struct th_query *query,
                   th_asker_part part)
{
    const struct th_call *call = asking->call;
    struct th_asker_end end = {0};
    const enum th_err err = th_asker_ask(asker, query, call->timeout_ms, part, asking, &end);
    if (err == TH_E_BUSY && asking->behind) {
        return TH_EXIT_TEMPORARY;
    }
    if (err == TH_E_REFUSED && end.code == TH_M_UNKNOWN_WORD) {
        return unknown_word(asking, th_bytes_of(end.detail));
    }
    return err == TH_OK ? TH_EXIT_OK : th_viewer_fail(call, asking->viewer.dir, query, err, &end);
}

// Completeness first: the other question can name its version, so that a page is of one.
static int ask(struct asking *asking)
{
    const struct th_call *call = asking->call;
    const struct th_viewer *viewer = &asking->viewer;
    struct th_query query;
    char version[24];
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    int code = th_viewer_asker(call, viewer->dir, viewer->config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const bool forms = th_indicators_form_query(asking->indicators, &query);
    code = forms ? ask_one(asking, asker, &query, on_forms) : TH_EXIT_OK;
    if (code == TH_EXIT_OK && th_indicators_query(asking->indicators, &query) != TH_OK) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    if (forms) {
        (void)snprintf(version, sizeof(version), "%" PRIu64, asking->version);
        query.known_at = th_bytes_of(version);
    }
    if (code == TH_EXIT_OK && (!forms || query.ask == TH_ASK_TOTALS)) {
        code = ask_one(asking, asker, &query, on_part);
    }
    return code == TH_EXIT_OK ? print(asking) : code;
}

// ---- the verb ----

static int read_day(struct asking *asking)
{
    const char *text = th_call_text(asking->call, "on");
    asking->on = TH_DAY_NONE;
    if (text == NULL || th_day_parse(th_bytes_of(text), &asking->on) == TH_OK) {
        return TH_EXIT_OK;
    }
    const char *params[] = {"on", "date"};
    return th_call_fail(asking->call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
}

static int open_viewer(struct asking *asking)
{
    const struct th_call *call = asking->call;
    const struct th_value *units = th_call_value(call, "unit");
    const char *unit = units->list_count > 0 ? units->list[0] : NULL;
    int code = read_day(asking);
    if (code == TH_EXIT_OK) {
        const char *known = th_call_text(call, "as-known-at");
        code = known_position(call, "--as-known-at", known, &asking->known_at);
    }
    code = code == TH_EXIT_OK ? structure_option(call, &asking->structure) : code;
    return code == TH_EXIT_OK
               ? th_viewer_open_on(
                     call, th_call_text(call, "lineage"), unit, asking->structure, &asking->viewer)
               : code;
}

static int refresh(struct asking *asking)
{
    struct th_verdict why;
    th_indicators_free(&asking->indicators); // it holds the old register
    const enum th_err err = th_viewer_refresh(&asking->viewer, asking->call->timeout_ms, &why);
    return err == TH_OK ? TH_EXIT_OK : th_call_tell(asking->call, &why);
}

static int busy(const struct th_call *call)
{
    const char *params[] = {"1"};
    return th_call_fail(call, TH_M_LINE_BUSY, params, TH_COUNT(params));
}

int indicators_run(const struct th_call *call)
{
    TH_SCOPED(asking_free)
    struct asking asking = {.call = call, .ranked = th_call_flag(call, "rank")};
    int code = open_viewer(&asking);
    asking.viewer.known_at = asking.known_at;
    for (int i = 0; code == TH_EXIT_OK && i < REGISTERS_MAX; i++) {
        code = asking.behind ? refresh(&asking) : TH_EXIT_OK;
        if (code == TH_EXIT_OK) {
            code = make(&asking);
        }
        if (code == TH_EXIT_OK) {
            code = ask(&asking);
        }
        if (!asking.behind) {
            return code;
        }
        code = code == TH_EXIT_TEMPORARY ? TH_EXIT_OK : code;
    }
    return code == TH_EXIT_OK ? busy(call) : code;
}
