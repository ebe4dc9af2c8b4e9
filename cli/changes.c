// changes.c - see changes.h

#include "cli/changes.h"

#include <inttypes.h>
#include <stdio.h>

#include "tonghop/row.h"

#include "cli/known.h"

enum { LIMIT_MAX = 1000000 };

const struct th_option CHANGES_OPTIONS[CHANGES_OPTION_COUNT] = {
    {.name = "since",
     .kind = TH_OPTION_TEXT,
     .value = "VERSION|DATE",
     .help = {"sau phiên bản đó, hoặc sau ngày đó; không ghi thì từ đầu",
              "after that version, or after that day; default from the beginning"}},
    {.name = "until",
     .kind = TH_OPTION_TEXT,
     .value = "VERSION|DATE",
     .help = {"đến phiên bản đó, hoặc hết ngày đó; không ghi thì đến nay",
              "through that version, or that day; default until now"}},
    {.name = "after-close",
     .kind = TH_OPTION_FLAG,
     .help = {"chỉ những lần sửa sau khi khóa kỳ", "only what came after the period was closed"}},
    {.name = "limit",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .min = 1,
     .max = LIMIT_MAX,
     .help = {"chỉ N lần mới nhất", "only the newest N"}},
    TOLD_OPTIONS,
};

static void begin(struct told *told, const struct th_answer *answer)
{
    if (told->form == TOLD_CSV) {
        (void)printf("%s\n", TOLD_HEAD);
    } else if (told->form == TOLD_JSON) {
        (void)fputs("{\"lineage\":", stdout);
        th_row_text(stdout, th_bytes_of(told->viewer.lineage));
        (void)printf(",\"version\":%" PRIu64 ",\"rows\":[", answer->version);
    }
}

static void each(struct told *told, const struct th_change *change)
{
    switch (told->form) {
    case TOLD_TABLE:
        told_where(told, change, stdout);
        (void)fputs(": ", stdout);
        told_was_now(told, change, stdout);
        (void)fputs("\n    ", stdout);
        told_who(told, change, stdout);
        (void)fputs("\n", stdout);
        break;
    case TOLD_CSV:
        told_csv(stdout, change);
        break;
    case TOLD_JSON:
    case TOLD_JSONL:
        (void)fputs(told->form == TOLD_JSONL ? "{" : told->rows > 0 ? ",\n{" : "\n{", stdout);
        told_json(stdout, change);
        (void)fputs(told->form == TOLD_JSONL ? "}\n" : "}", stdout);
        break;
    }
}

static void end(struct told *told, const struct th_answer *answer)
{
    (void)answer;
    if (told->form == TOLD_JSON) {
        (void)fputs("]}\n", stdout);
    } else if (told->form == TOLD_TABLE && told->rows == 0) {
        (void)puts(told->call->lang == TH_LANG_VI ? "không có thay đổi" : "no changes");
    }
}

int changes_run(const struct th_call *call)
{
    static struct told told;
    told = (struct told){.call = call, .begin = begin, .each = each, .end = end};
    told_read(&told);
    told.query.ask = TH_ASK_CHANGES;
    told.query.limit = (uint32_t)th_call_value(call, "limit")->number;
    told.query.after_close = th_call_flag(call, "after-close");
    int code = known_position(call, "--since", th_call_text(call, "since"), &told.query.known_at);
    if (code == TH_EXIT_OK) {
        code = known_position(call, "--until", th_call_text(call, "until"), &told.query.known_to);
    }
    return code == TH_EXIT_OK ? told_ask(&told) : code;
}
