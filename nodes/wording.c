// wording.c - see wording.h

#include "nodes/wording.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/show.h"

#include "nodes/desk.h"

struct sentence {
    const struct wording *with;
    char *out; // WORDING_BYTES
};

static void add(const struct sentence *s, const char *vi, const char *en)
{
    const size_t used = strlen(s->out);
    (void)snprintf(
        s->out + used, WORDING_BYTES - used, "%s", s->with->lang == TH_LANG_VI ? vi : en);
}

static void add_text(const struct sentence *s, const char *text)
{
    add(s, text, text);
}

static void add_bytes(const struct sentence *s, struct th_bytes text)
{
    char safe[WORDING_BYTES];
    (void)th_text_escape(text, safe, sizeof(safe));
    add_text(s, safe);
}

// ---- figures ----

static struct th_line line_of(const struct th_staffing *from)
{
    return (struct th_line){
        .measure = from->measure,
        .period = from->period,
        .decimals = from->decimals,
        .cell = {.dims = from->dims,
                 .qualifier = from->qualifier,
                 .value = from->value,
                 .of = from->of,
                 .before = from->before,
                 .after = from->after,
                 .not_applicable = from->not_applicable,
                 .contributions = 1,
                 .with_of = from->of.has ? 1 : 0,
                 .with_levels = from->before.has ? 1 : 0},
    };
}

static void say_staffing(const struct sentence *s, const struct th_staffing *from)
{
    char text[TH_SHOW_FIGURE_BYTES];
    struct th_measure measure;
    const struct th_line line = line_of(from);
    if (s->with->catalogue == NULL ||
        th_catalogue_measure(s->with->catalogue, from->measure, &measure) != TH_OK) {
        measure = (struct th_measure){.shape = from->before.has ? TH_SHAPE_CHANGE
                                               : from->of.has   ? TH_SHAPE_N_OF_M
                                                                : TH_SHAPE_STOCK,
                                      .decimals = from->decimals};
    }
    if (!from->value.has && !from->not_applicable) {
        add(s, "không có giá trị", "no value"); // refused as it stands
        return;
    }
    add_text(s, th_show_figure(s->with->lang, &measure, &line, text));
}

// ---- ratings ----

static void add_level(const struct sentence *s, struct th_bytes code, struct th_opt rating)
{
    const bool vi = s->with->lang == TH_LANG_VI;
    char number[TH_NUMBER_TEXT_BYTES];
    char member[2] = {(char)('0' + rating.value % 10), '\0'};
    const struct th_scheme *scheme =
        s->with->catalogue != NULL ? th_catalogue_scheme(s->with->catalogue, code) : NULL;
    const struct th_level *level =
        scheme != NULL ? th_scheme_level(scheme, (uint32_t)rating.value) : NULL;
    struct th_bytes name = {0};
    if (level != NULL) {
        name = vi ? level->name.vi : level->name.en;
    }
    const struct th_dim *dim = s->with->catalogue != NULL
                                   ? th_catalogue_dim(s->with->catalogue, TH_BYTES("rating"))
                                   : NULL;
    for (size_t i = 0; name.size == 0 && dim != NULL && i < dim->member_count; i++) {
        if (th_bytes_equal(dim->members[i].code, th_bytes_of(member))) {
            name = vi ? dim->members[i].name.vi : dim->members[i].name.en;
        }
    }
    add(s, "mức ", "level ");
    add_text(s, th_number_plain(rating.value, 0, number));
    if (name.size > 0) {
        add_text(s, " ");
        add_bytes(s, name);
    }
}

static void add_rated(const struct sentence *s,
                      struct th_bytes scheme,
                      struct th_opt rating,
                      struct th_opt score,
                      uint32_t reason)
{
    char number[TH_NUMBER_TEXT_BYTES];
    if (rating.has && rating.value != 0) {
        add_level(s, scheme, rating);
    } else {
        add(s, "chưa xếp loại", "not rated");
    }
    if (score.has) {
        add(s, ", điểm ", ", score ");
        add_text(s, th_score_people(s->with->lang, score.value, number));
    }
    if (reason != TH_REASON_NONE) {
        add(s, ", lý do ", ", reason ");
        add_text(s, th_reason_word(reason));
    }
    add_text(s, " (");
    add_bytes(s, scheme);
    add_text(s, ")");
}

// ---- other kinds ----

static void say_collective(const struct sentence *s, const struct th_collective *from)
{
    add_rated(s, from->scheme, from->rating, from->score, from->reason);
    add_text(s, ", ");
    add_bytes(s, from->kind);
}

static void say_transfer(const struct sentence *s, const struct th_transfer *from)
{
    char number[TH_NUMBER_TEXT_BYTES];
    add(s, "đến ", "to ");
    add_bytes(s, from->to_unit);
    add_text(s, ", ");
    add_text(s, th_number_people(s->with->lang, from->scored_months.value, 0, number));
    add(s, " tháng, tổng điểm ", " months, scores ");
    add_text(s, th_score_people(s->with->lang, from->score_sum.value, number));
}

static void say_completion(const struct sentence *s, const struct th_completion *from)
{
    char number[TH_NUMBER_TEXT_BYTES];
    add(s, "bảng kiểm ", "");
    add_text(s, th_number_people(s->with->lang, (int64_t)from->line_count, 0, number));
    add(s, " dòng", from->line_count == 1 ? " control total" : " control totals");
}

static void say_desk(const struct sentence *s, const struct th_desk_act *from)
{
    const struct th_bytes parts[] = {from->decision, from->until, from->new_code, from->text};
    const char *between = "";
    for (size_t i = 0; i < TH_COUNT(parts); i++) {
        if (parts[i].size > 0) {
            add_text(s, between);
            add_bytes(s, parts[i]);
            between = ", ";
        }
    }
}

char *wording_of(const struct wording *with,
                 const struct th_update *update,
                 char out[static WORDING_BYTES])
{
    const struct sentence s = {with, out};
    out[0] = '\0';
    if (update->op == TH_OP_WITHDRAW) {
        add(&s, "rút lại", "withdrawn");
        return out;
    }
    switch (update->kind) {
    case TH_KIND_EVALUATION: {
        const struct th_evaluation *e = &update->evaluation;
        add_rated(&s, e->scheme, e->rating, e->score, e->reason);
        return out;
    }
    case TH_KIND_STAFFING:
        say_staffing(&s, &update->staffing);
        return out;
    case TH_KIND_COLLECTIVE:
        say_collective(&s, &update->collective);
        return out;
    case TH_KIND_TRANSFER:
        say_transfer(&s, &update->transfer);
        return out;
    case TH_KIND_COMPLETION:
        say_completion(&s, &update->completion);
        return out;
    case TH_KIND_DESK:
        say_desk(&s, &update->desk);
        return out;
    case TH_KIND_NONE:
        break;
    }
    return out;
}

char *wording_unit(const struct wording *with,
                   struct th_bytes ref,
                   struct th_bytes period,
                   char out[static WORDING_BYTES])
{
    const struct sentence s = {with, out};
    struct th_period when;
    struct th_unit unit;
    out[0] = '\0';
    add_bytes(&s, ref);
    if (with->reg == NULL || th_period_parse(period, &when) != TH_OK) {
        return out;
    }
    const struct th_resolved resolved = th_register_resolve(with->reg, ref, when, true);
    if (resolved.result == TH_RESOLVED &&
        th_register_on(with->reg, resolved.uid, resolved.day, &unit) == TH_OK) {
        add_text(&s, " ");
        add_bytes(&s, unit.name);
    }
    return out;
}
