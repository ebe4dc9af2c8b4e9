// show.c - see show.h; one figure by its shape

#include "tonghop/show.h"

#include <inttypes.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/period.h"

static const struct th_bytes PERMILLE_SIGN = {.data = "‰", .size = 3};

struct sentence {
    char *at;
    size_t left;
};

static void add(struct sentence *s, const char *text)
{
    const int size = snprintf(s->at, s->left, "%s", text);
    const size_t wanted = size > 0 ? (size_t)size : 0;
    const size_t taken = wanted < s->left ? wanted : s->left - 1;
    s->at += taken;
    s->left -= taken;
}

// trên, dưới, khoảng before a figure. Of a negative change the word speaks of the size.
static void add_qualifier(struct sentence *s, enum th_lang lang, uint32_t qualifier)
{
    const char *word = th_qualifier_people(lang, qualifier);
    add(s, word);
    add(s, word[0] != '\0' ? " " : "");
}

static void add_plain(struct sentence *s,
                      enum th_lang lang,
                      const struct th_measure *measure,
                      const struct th_total *cell)
{
    char number[TH_NUMBER_TEXT_BYTES];
    add_qualifier(s, lang, cell->qualifier);
    add(s, th_number_people(lang, cell->value.value, measure->decimals, number));
}

// The change itself: −47, +574; of a qualified reduction its size: giảm trên 8.
static void add_difference(struct sentence *s,
                           enum th_lang lang,
                           const struct th_measure *measure,
                           const struct th_total *cell)
{
    char change[TH_NUMBER_TEXT_BYTES];
    const uint32_t decimals = measure->decimals;
    const bool qualified = cell->qualifier > TH_QUALIFIER_EXACT;
    if (qualified && cell->value.value < 0 && cell->value.value > INT64_MIN) {
        // −8 "under" lies below −8: the size is over 8.
        static const uint32_t TURNED[] = {[TH_QUALIFIER_OVER] = TH_QUALIFIER_UNDER,
                                          [TH_QUALIFIER_UNDER] = TH_QUALIFIER_OVER,
                                          [TH_QUALIFIER_ABOUT] = TH_QUALIFIER_ABOUT};
        add(s, lang == TH_LANG_VI ? "giảm " : "down ");
        add_qualifier(s, lang, TURNED[cell->qualifier]);
        add(s, th_number_people(lang, -cell->value.value, decimals, change));
        return;
    }
    add_qualifier(s, lang, cell->qualifier);
    add(s, th_change_people(lang, cell->value.value, decimals, change));
}

static void add_change(struct sentence *s,
                       enum th_lang lang,
                       const struct th_measure *measure,
                       const struct th_total *cell)
{
    char number[TH_NUMBER_TEXT_BYTES];
    const uint32_t decimals = measure->decimals;
    if (!cell->before.has || !cell->after.has) {
        add_difference(s, lang, measure, cell);
        return;
    }
    add(s, th_number_people(lang, cell->before.value, decimals, number));
    add(s, " → ");
    add(s, th_number_people(lang, cell->after.value, decimals, number));
    add(s, " (");
    add_difference(s, lang, measure, cell);
    add(s, ")");
}

static void add_n_of_m(struct sentence *s,
                       enum th_lang lang,
                       const struct th_measure *measure,
                       const struct th_total *cell)
{
    char number[TH_NUMBER_TEXT_BYTES];
    int64_t permille = 0;
    add_plain(s, lang, measure, cell);
    add(s, "/");
    if (!cell->of.has) {
        add(s, "—");
        return;
    }
    add(s, th_number_people(lang, cell->of.value, measure->decimals, number));
    if (th_ratio(cell->value.value, cell->of.value, 1000, &permille)) {
        add(s, " (");
        add(s, th_share_people(lang, permille, number));
        add(s, ")");
    }
}

// " đến hết 2020", " mỗi năm", " mỗi năm, 2018–2021": by when a target holds.
static void add_span(struct sentence *s, enum th_lang lang, struct th_period period)
{
    char text[64];
    const bool vi = lang == TH_LANG_VI;
    if (period.type == TH_PERIOD_DEADLINE) {
        (void)snprintf(text,
                       sizeof(text),
                       vi ? " đến hết %d" : " by end of %d",
                       (int)th_day_date(period.last).year);
        add(s, text);
        return;
    }
    add(s, vi ? " mỗi năm" : " a year");
    if (period.detail == TH_PERIOD_OPEN) {
        return; // neither end is a day of the calendar
    }
    const int first = (int)th_day_date(period.first).year;
    if (period.detail == TH_PERIOD_FROM) {
        (void)snprintf(text, sizeof(text), vi ? ", từ %d" : ", from %d", first);
    } else {
        (void)snprintf(text, sizeof(text), ", %d–%d", first, (int)th_day_date(period.last).year);
    }
    add(s, text);
}

static void add_target(struct sentence *s,
                       enum th_lang lang,
                       const struct th_measure *measure,
                       const struct th_line *line)
{
    char number[TH_NUMBER_TEXT_BYTES];
    struct th_period period;
    const struct th_total *cell = &line->cell;
    add_qualifier(s, lang, cell->qualifier);
    if (th_bytes_equal(measure->unit.vi, PERMILLE_SIGN)) {
        add(s, th_share_people(lang, cell->value.value, number));
    } else {
        add(s, th_number_people(lang, cell->value.value, measure->decimals, number));
    }
    if (th_period_parse(line->period, &period) == TH_OK) {
        add_span(s, lang, period);
    }
}

// The sum of scores is kept; people read the mean and how many were scored.
static void add_mean(struct sentence *s, enum th_lang lang, const struct th_total *cell)
{
    char number[TH_NUMBER_TEXT_BYTES];
    int64_t mean = 0;
    if (!th_ratio(cell->value.value, cell->of.value, 1, &mean)) {
        add(s, "—");
        return;
    }
    add(s, th_score_people(lang, mean, number));
    add(s, " (n = ");
    add(s, th_number_people(lang, cell->of.value, 0, number));
    add(s, ")");
}

// "(có ở 2/4 đơn vị)": how many of the figures that were added have an m, or levels. Of a sum over
// periods or measures the figures are more than the units.
static void add_known(struct sentence *s,
                      enum th_lang lang,
                      const struct th_measure *measure,
                      const struct th_line *line)
{
    char text[96];
    const struct th_total *cell = &line->cell;
    const bool vi = lang == TH_LANG_VI;
    const bool units = !line->derived && line->parts_expected == 0;
    uint64_t known = cell->contributions;
    if (measure->shape == TH_SHAPE_N_OF_M) {
        known = cell->with_of;
    } else if (measure->shape == TH_SHAPE_CHANGE) {
        known = cell->with_levels;
    }
    if (known == 0 || known >= cell->contributions) {
        return; // of all, or of none: then the figure itself says it
    }
    (void)snprintf(text,
                   sizeof(text),
                   vi ? " (có ở %" PRIu64 "/%" PRIu64 " %s)"
                      : " (known for %" PRIu64 " of %" PRIu64 " %s)",
                   known,
                   cell->contributions,
                   units ? (vi ? "đơn vị" : "units") : (vi ? "số liệu" : "figures"));
    add(s, text);
}

static void add_by_shape(struct sentence *s,
                         enum th_lang lang,
                         const struct th_measure *measure,
                         const struct th_line *line)
{
    char number[TH_NUMBER_TEXT_BYTES];
    const struct th_total *cell = &line->cell;
    switch (measure->shape) {
    case TH_SHAPE_CHANGE:
        add_change(s, lang, measure, cell);
        return;
    case TH_SHAPE_N_OF_M:
        add_n_of_m(s, lang, measure, cell);
        return;
    case TH_SHAPE_SHARE:
        add_qualifier(s, lang, cell->qualifier);
        add(s, th_share_people(lang, cell->value.value, number));
        return;
    case TH_SHAPE_TARGET:
        add_target(s, lang, measure, line);
        return;
    case TH_SHAPE_DERIVED:
        if (th_bytes_equal(measure->code, TH_BYTES("EV02"))) {
            add_mean(s, lang, cell);
            return;
        }
        add_plain(s, lang, measure, cell);
        return;
    case TH_SHAPE_STOCK:
    case TH_SHAPE_FLOW:
        add_plain(s, lang, measure, cell);
        return;
    }
    th_unreachable();
}

static const char *absence(enum th_lang lang, const struct th_line *line)
{
    const struct th_total *cell = &line->cell;
    if (line->hidden) {
        return lang == TH_LANG_VI ? "ẩn" : "hidden";
    }
    if (cell->contributions == 0) {
        return lang == TH_LANG_VI ? "chưa báo cáo" : "not reported";
    }
    return lang == TH_LANG_VI ? "không áp dụng" : "n/a";
}

char *th_show_figure(enum th_lang lang,
                     const struct th_measure *measure,
                     const struct th_line *line,
                     char out[static TH_SHOW_FIGURE_BYTES])
{
    struct sentence s = {.at = out, .left = TH_SHOW_FIGURE_BYTES};
    const struct th_total *cell = &line->cell;
    out[0] = '\0';
    if (line->hidden || cell->contributions == 0 || cell->not_applicable) {
        add(&s, absence(lang, line));
    } else {
        add_by_shape(&s, lang, measure, line);
        add_known(&s, lang, measure, line);
    }
    return out;
}

static struct sentence part(struct th_show_parts *parts, size_t index)
{
    return (struct sentence){.at = parts->text[index], .left = TH_SHOW_FIGURE_BYTES};
}

static void change_parts(enum th_lang lang,
                         const struct th_measure *measure,
                         const struct th_line *line,
                         struct th_show_parts *parts)
{
    const struct th_total *cell = &line->cell;
    char number[TH_NUMBER_TEXT_BYTES];
    struct sentence before = part(parts, 0);
    struct sentence after = part(parts, 1);
    struct sentence change = part(parts, 2);
    if (cell->before.has && cell->after.has) {
        add(&before, th_number_people(lang, cell->before.value, measure->decimals, number));
        add(&after, th_number_people(lang, cell->after.value, measure->decimals, number));
    }
    add_difference(&change, lang, measure, cell);
    add_known(&change, lang, measure, line);
}

static void n_of_m_parts(enum th_lang lang,
                         const struct th_measure *measure,
                         const struct th_line *line,
                         struct th_show_parts *parts)
{
    const struct th_total *cell = &line->cell;
    char number[TH_NUMBER_TEXT_BYTES];
    int64_t permille = 0;
    struct sentence met = part(parts, 0);
    struct sentence whole = part(parts, 1);
    struct sentence share = part(parts, 2);
    add_plain(&met, lang, measure, cell);
    if (!cell->of.has) {
        add(&whole, "—");
        add_known(&whole, lang, measure, line);
        return;
    }
    add(&whole, th_number_people(lang, cell->of.value, measure->decimals, number));
    if (th_ratio(cell->value.value, cell->of.value, 1000, &permille)) {
        add(&share, th_share_people(lang, permille, number));
    }
}

void th_show_parts(enum th_lang lang,
                   const struct th_measure *measure,
                   const struct th_line *line,
                   struct th_show_parts *parts)
{
    const struct th_total *cell = &line->cell;
    *parts = (struct th_show_parts){0};
    if (measure->shape != TH_SHAPE_CHANGE && measure->shape != TH_SHAPE_N_OF_M) {
        (void)th_show_figure(lang, measure, line, parts->text[0]);
    } else if (line->hidden || cell->contributions == 0 || cell->not_applicable) {
        struct sentence said = part(parts, measure->shape == TH_SHAPE_CHANGE ? 2 : 0);
        add(&said, absence(lang, line));
    } else if (measure->shape == TH_SHAPE_CHANGE) {
        change_parts(lang, measure, line, parts);
    } else {
        n_of_m_parts(lang, measure, line, parts);
    }
}
