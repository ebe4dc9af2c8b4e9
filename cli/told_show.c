// told_show.c - one update for people

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tonghop/day.h"
#include "tonghop/number.h"
#include "tonghop/show.h"

#include "cli/told.h"

static const char *say(const struct told *told, const char *vi, const char *en)
{
    return told->call->lang == TH_LANG_VI ? vi : en;
}

// printf in the call's language.
static void put(const struct told *told, FILE *out, const char *vi, const char *en, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));

static void put(const struct told *told, FILE *out, const char *vi, const char *en, ...)
{
    va_list words;
    va_start(words, en);
    (void)vfprintf(out, told->call->lang == TH_LANG_VI ? vi : en, words);
    va_end(words);
}

// ---- figures ----

static void show_rating(const struct told *told, const struct th_total *cell, FILE *out)
{
    char level[TH_SHOW_FIGURE_BYTES];
    char score[TH_NUMBER_TEXT_BYTES];
    const enum th_lang lang = told->call->lang;
    (void)fputs(
        th_show_dims(lang, told->viewer.province->catalogue, cell->dims, level, sizeof(level)),
        out);
    if (cell->value.has) {
        (void)fprintf(out, " (%s)", th_score_people(lang, cell->value.value, score));
    }
}

static void show_transfer(const struct told *told, const struct th_total *cell, FILE *out)
{
    char score[TH_NUMBER_TEXT_BYTES];
    put(told,
        out,
        "%s điểm trong %" PRId64 " tháng",
        "%s points in %" PRId64 " months",
        th_score_people(told->call->lang, cell->value.value, score),
        cell->of.value);
}

static void show_cell(const struct told *told, const struct th_change *change, bool now, FILE *out)
{
    static const struct th_bytes RATING = {.data = "rating=", .size = 7};
    const struct th_total *cell = now ? &change->now : &change->was;
    char text[TH_SHOW_FIGURE_BYTES];
    struct th_measure measure;
    if (!(now ? change->has_now : change->has_was)) {
        (void)fputs(say(told, "chưa báo cáo", "not reported"), out);
    } else if (change->kind == TH_KIND_TRANSFER) {
        show_transfer(told, cell, out);
    } else if (th_bytes_begins(cell->dims, RATING)) {
        show_rating(told, cell, out);
    } else if (th_catalogue_measure(told->viewer.province->catalogue, change->measure, &measure) ==
               TH_OK) {
        const struct th_line line = {.measure = change->measure,
                                     .period = change->period,
                                     .cell = *cell,
                                     .decimals = change->decimals};
        (void)fputs(th_show_figure(told->call->lang, &measure, &line, text), out);
    }
}

static bool is_of_coverage_alone(const struct th_change *change)
{
    return change->version > 0 && !change->has_was && !change->has_now;
}

static void show_coverage(const struct told *told, const struct th_change *change, FILE *out)
{
    const struct th_total *was = &change->was;
    const struct th_total *now = &change->now;
    if (change->version == 0 && change->has_was && change->has_now && now->expected.has &&
        (was->reported != now->reported || was->expected.value != now->expected.value)) {
        put(told,
            out,
            " · độ phủ %" PRIu64 "/%" PRId64 " → %" PRIu64 "/%" PRId64,
            " · coverage %" PRIu64 "/%" PRId64 " → %" PRIu64 "/%" PRId64,
            was->reported,
            was->expected.value,
            now->reported,
            now->expected.value);
    }
}

void told_was_now(const struct told *told, const struct th_change *change, FILE *out)
{
    if (is_of_coverage_alone(change)) {
        (void)fputs(say(told, "chỉ đổi độ phủ", "coverage alone"), out);
        return;
    }
    show_cell(told, change, false, out);
    (void)fputs(" → ", out);
    show_cell(told, change, true, out);
    show_coverage(told, change, out);
}

// ---- where and who ----

void told_where(const struct told *told, const struct th_change *change, FILE *out)
{
    const struct th_province *province = told->viewer.province;
    const uint32_t uid =
        change->has_now || change->now.uid != 0 ? change->now.uid : change->was.uid;
    char what[TH_SHOW_WHAT_BYTES];
    char escaped[TH_SHOW_WHAT_BYTES];
    struct th_period period;
    struct th_unit unit;
    (void)th_text_escape(change->unit, escaped, sizeof(escaped));
    (void)fputs(escaped, out);
    if (uid != TH_UNIT_NONE && th_period_parse(change->period, &period) == TH_OK &&
        th_register_on(
            province->reg, uid, th_register_structure_day(province->reg, uid, period), &unit) ==
            TH_OK) {
        (void)th_text_escape(unit.name, escaped, sizeof(escaped));
        (void)fprintf(out, " %s", escaped);
    }
    (void)th_text_escape(change->period, escaped, sizeof(escaped));
    (void)fprintf(out, " · %s · ", escaped);
    if (change->kind == TH_KIND_TRANSFER) {
        (void)th_text_escape(change->dims, escaped, sizeof(escaped));
        (void)fprintf(out, "%s %s", say(told, "chuyển đi", "transfer"), escaped);
    } else {
        (void)fputs(th_show_what(
                        told->call->lang, province->catalogue, change->measure, change->dims, what),
                    out);
    }
    if (change->person.size > 0) {
        (void)th_text_escape(change->person, escaped, sizeof(escaped));
        (void)fprintf(out, " · %s", escaped);
    }
}

static const char *why_people(const struct told *told, uint32_t why)
{
    switch ((enum th_why)why) {
    case TH_WHY_NEW:
        return say(told, "mới", "new");
    case TH_WHY_CORRECTION:
        return say(told, "sửa", "correction");
    case TH_WHY_WITHDRAWAL:
        return say(told, "rút", "withdrawal");
    case TH_WHY_AFTER_CLOSE:
        return say(told, "sau khóa kỳ", "after closing");
    case TH_WHY_STRUCTURE:
        return say(told, "đổi đơn vị", "units changed");
    }
    return "";
}

static void show_text(struct th_bytes text, FILE *out)
{
    char escaped[4096];
    if (text.size > 0) {
        (void)th_text_escape(text, escaped, sizeof(escaped));
        (void)fprintf(out, " · %s", escaped);
    }
}

void told_who(const struct told *told, const struct th_change *change, FILE *out)
{
    const enum th_lang lang = told->call->lang;
    const int32_t zone = th_catalogue_settings(told->viewer.province->catalogue)->zone_minutes;
    char number[TH_NUMBER_TEXT_BYTES];
    char time[TH_TIME_TEXT_BYTES];
    (void)fprintf(out,
                  "%s %s",
                  say(told, "phiên bản", "version"),
                  th_number_people(lang, (int64_t)change->version, 0, number));
    if (change->time_ms > 0) {
        (void)fprintf(out, " · %s", th_time_people(lang, change->time_ms, zone, time));
    }
    if (change->seq > 0) {
        put(told,
            out,
            " · nút %" PRIu32 ", lô %" PRIu64 ", mục %" PRIu32,
            " · node %" PRIu32 ", batch %" PRIu64 ", item %" PRIu32,
            change->node,
            change->seq,
            change->index);
    }
    (void)fprintf(out, " · %s", why_people(told, change->why));
    if (change->revision > 0) {
        put(told, out, ", bản sửa %" PRIu32, ", revision %" PRIu32, change->revision);
    }
    show_text(change->basis, out);
    show_text(change->note, out);
}
