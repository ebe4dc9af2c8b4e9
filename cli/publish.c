// publish.c - see publish.h

#include "cli/publish.h"

#include <inttypes.h>
#include <stdio.h>

#include "tonghop/day.h"
#include "tonghop/sheet.h"
#include "tonghop/viewer.h"

#include "cli/place.h"

enum { LIMIT_USUAL = 20, LIMIT_MAX = 1000, PUBLISH_WAIT_MS = 10 * 60 * 1000 };

const struct th_option PUBLISH_OPTIONS[PUBLISH_OPTION_COUNT] = {
    {.name = "list",
     .kind = TH_OPTION_FLAG,
     .help = {"chỉ liệt kê các kỳ công bố, không làm kỳ mới",
              "list the editions alone; make none"}},
    {.name = "anew",
     .kind = TH_OPTION_FLAG,
     .help = {"dù kho được khôi phục từ bản sao và có thể đã quên kỳ công bố",
              "although the store was put back from a copy and may have forgotten editions"}},
    {.name = "limit",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .min = 1,
     .max = LIMIT_MAX,
     .help = {"N kỳ mới nhất; không ghi thì 20", "the newest N; default 20"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, when the directory has several"}},
};

static const struct th_sheet_column COLUMNS[] = {
    {"number", {"kỳ", "edition"}, true},
    {"time", {"lúc", "time"}, false},
    {"version", {"phiên bản", "version"}, true},
    {"made", {"do", "made"}, false},
    {"renewed", {"bảng mới", "renewed"}, true},
    {"same", {"không đổi", "same"}, true},
    {"kept", {"giữ nguyên", "kept"}, true},
    {"waiting", {"chờ", "waiting"}, true},
    {"closed", {"đóng", "closed"}, true},
    {"shown", {"ô hiện", "shown"}, true},
    {"hidden", {"ô ẩn", "hidden"}, true},
};

struct publishing {
    const struct th_call *call;
    struct th_viewer viewer;
    struct th_sheet sheet;
    bool is_table;
};

static void publishing_free(struct publishing *publishing)
{
    th_sheet_free(&publishing->sheet);
    th_viewer_close(&publishing->viewer);
}

// Why it was made, for people.
static struct th_bytes made_people(const struct publishing *publishing, struct th_bytes made)
{
    static const struct {
        const char *word;
        struct th_help people;
    } WORDS[] = {
        {"begun", {"bắt đầu", "the beginning"}},
        {"timely", {"đúng giờ", "at its time"}},
        {"late", {"bù", "made up"}},
        {"by-hand", {"lệnh publish", "publish"}},
    };
    for (size_t i = 0; publishing->is_table && i < TH_COUNT(WORDS); i++) {
        if (th_bytes_equal(made, th_bytes_of(WORDS[i].word))) {
            return th_bytes_of(publishing->call->lang == TH_LANG_VI ? WORDS[i].people.vi
                                                                    : WORDS[i].people.en);
        }
    }
    return made;
}

static enum th_err add(struct publishing *publishing, const struct th_edition *edition)
{
    enum { NUMBERS = 9 };
    const uint64_t numbers[NUMBERS] = {edition->number,
                                       edition->version,
                                       edition->renewed,
                                       edition->same,
                                       edition->kept,
                                       edition->waiting,
                                       edition->closed,
                                       edition->shown,
                                       edition->hidden};
    char texts[NUMBERS][24];
    char time[TH_TIME_TEXT_BYTES];
    const int32_t zone =
        th_catalogue_settings(publishing->viewer.province->catalogue)->zone_minutes;
    for (size_t i = 0; i < NUMBERS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%" PRIu64, numbers[i]);
    }
    const char *when = publishing->is_table
                           ? th_time_people(publishing->call->lang, edition->moment_ms, zone, time)
                           : th_time_utc(edition->moment_ms, time);
    const struct th_bytes cells[] = {
        th_bytes_of(texts[0]),
        th_bytes_of(when),
        th_bytes_of(texts[1]),
        made_people(publishing, edition->made),
        th_bytes_of(texts[2]),
        th_bytes_of(texts[3]),
        th_bytes_of(texts[4]),
        th_bytes_of(texts[5]),
        th_bytes_of(texts[6]),
        th_bytes_of(texts[7]),
        th_bytes_of(texts[8]),
    };
    return th_sheet_add(&publishing->sheet, cells);
}

static enum th_err on_part(void *context, const struct th_answer *answer)
{
    struct publishing *publishing = context;
    for (size_t i = 0; i < answer->edition_count; i++) {
        TH_TRY(add(publishing, &answer->editions[i]));
    }
    return TH_OK;
}

static int ask(struct publishing *publishing)
{
    const struct th_call *call = publishing->call;
    const struct th_viewer *viewer = &publishing->viewer;
    const bool list = th_call_flag(call, "list");
    const int64_t limit = th_call_value(call, "limit")->number;
    TH_SCOPED(th_asker_close) struct th_asker *asker = NULL;
    struct th_asker_end end = {0};
    const struct th_query query = {
        .ask = list ? TH_ASK_EDITIONS : TH_ASK_PUBLISH,
        .lineage = th_bytes_of(viewer->lineage),
        .anew = th_call_flag(call, "anew"),
        .limit = limit > 0 ? (uint32_t)limit : (uint32_t)LIMIT_USUAL,
    };
    const int code = th_viewer_asker(call, viewer->dir, viewer->config, &asker);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const bool waits = !list && call->timeout_ms < PUBLISH_WAIT_MS;
    const enum th_err err = th_asker_ask(asker,
                                         &query,
                                         waits ? (uint64_t)PUBLISH_WAIT_MS : call->timeout_ms,
                                         on_part,
                                         publishing,
                                         &end);
    if (err != TH_OK) {
        return th_viewer_fail(call, viewer->dir, &query, err, &end);
    }
    return place_fail(call, th_sheet_print(&publishing->sheet, call, stdout), "stdout");
}

int publish_run(const struct th_call *call)
{
    TH_SCOPED(publishing_free)
    struct publishing publishing = {
        .call = call,
        .sheet = th_sheet_of(COLUMNS, TH_COUNT(COLUMNS)),
        .is_table = th_sheet_is_table(call, stdout),
    };
    const int code = th_viewer_open(call, th_call_text(call, "lineage"), NULL, &publishing.viewer);
    return code == TH_EXIT_OK ? ask(&publishing) : code;
}
