// diff.c - see diff.h

#include "cli/diff.h"

#include <inttypes.h>
#include <stdio.h>

#include "tonghop/row.h"

#include "cli/known.h"

const struct th_option DIFF_OPTIONS[DIFF_OPTION_COUNT] = {
    {.name = "by",
     .kind = TH_OPTION_LIST,
     .value = "LIST",
     .help = {"unit, children, leaf, dims, hoặc tên phân tổ",
              "unit, children, leaf, dims, or names of dimensions"}},
    {.name = "level",
     .kind = TH_OPTION_TEXT,
     .value = "L",
     .help = {"chỉ đơn vị cấp này", "only units of this level"}},
    TOLD_OPTIONS,
};

static void begin(struct told *told, const struct th_answer *answer)
{
    if (told->form == TOLD_CSV) {
        (void)printf("line,%s\n", TOLD_HEAD);
    } else if (told->form == TOLD_JSON) {
        (void)fputs("{\"lineage\":", stdout);
        th_row_text(stdout, th_bytes_of(told->viewer.lineage));
        (void)fputs(",\"from\":", stdout);
        th_row_text(stdout, told->query.known_at);
        (void)fputs(",\"to\":", stdout);
        th_row_text(stdout, told->query.known_to);
        (void)printf(",\"version\":%" PRIu64 ",\"totals\":[", answer->version);
    }
}

static void each_in_table(struct told *told, const struct th_change *change)
{
    if (change->version == 0) {
        told_where(told, change, stdout);
        (void)fputs(": ", stdout);
        told_was_now(told, change, stdout);
        (void)fputs("\n", stdout);
        return;
    }
    (void)fputs("    ", stdout);
    told_where(told, change, stdout);
    (void)fputs(": ", stdout);
    told_was_now(told, change, stdout);
    (void)fputs("\n        ", stdout);
    told_who(told, change, stdout);
    (void)fputs("\n", stdout);
}

// A line, and within it the updates.
static void each_in_json(struct told *told, const struct th_change *change)
{
    const bool line = change->version == 0;
    if (line) {
        (void)fputs(told->lines > 1 ? "]},\n{" : "\n{", stdout);
    } else {
        (void)fputs(told->open ? ",\n {" : "\n {", stdout);
    }
    told_json(stdout, change);
    (void)fputs(line ? ",\"changes\":[" : "}", stdout);
    told->open = !line;
}

static void each(struct told *told, const struct th_change *change)
{
    switch (told->form) {
    case TOLD_TABLE:
        each_in_table(told, change);
        break;
    case TOLD_CSV:
        (void)printf("%" PRIu64 ",", told->lines);
        told_csv(stdout, change);
        break;
    case TOLD_JSON:
        each_in_json(told, change);
        break;
    case TOLD_JSONL:
        (void)printf("{\"line\":%" PRIu64 ",", told->lines);
        told_json(stdout, change);
        (void)fputs("}\n", stdout);
        break;
    }
}

static void end(struct told *told, const struct th_answer *answer)
{
    (void)answer;
    if (told->form == TOLD_JSON) {
        (void)fputs(told->lines > 0 ? "]}]}\n" : "]}\n", stdout);
    } else if (told->form == TOLD_TABLE && told->lines == 0) {
        (void)puts(told->call->lang == TH_LANG_VI ? "không khác nhau" : "no difference");
    }
}

int diff_run(const struct th_call *call)
{
    static struct told told;
    told = (struct told){.call = call, .begin = begin, .each = each, .end = end};
    told_read(&told);
    told.query.ask = TH_ASK_DIFF;
    told.query.by = told.filter.by;
    told.query.by_count = told_views(call, "by", told.filter.by);
    told.query.level = th_bytes_of(th_call_text(call, "level"));
    int code = known_position(call, "A", call->operands[0], &told.query.known_at);
    if (code == TH_EXIT_OK) {
        code = known_position(call, "B", call->operands[1], &told.query.known_to);
    }
    if (code == TH_EXIT_OK) {
        code = told_ask(&told);
    }
    return code == TH_EXIT_OK && told.lines > 0 ? TH_EXIT_NO : code;
}
