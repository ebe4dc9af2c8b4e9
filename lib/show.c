// show.c - see show.h; one figure by its shape

#include "tonghop/show.h"

#include <inttypes.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/period.h"

static struct th_bytes PERMILLE_SIGN = {.data = "‰", .size = 3};

struct sentence {
    char *at;
    size_t left;
};

static void add(struct sentence *s, const char *text)
{
    const int size = snprintf(s->at, s->left, "%s", text);
    const size_t taken = size > 0 && (size_t)size < s->left ? (size_t)size : s->left - 1;
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

static void add_change(struct sentence *s,
                       enum th_lang lang,
                       const struct th_measure *measure,
                       const struct th_total *cell)
{
    char before[TH_NUMBER_TEXT_BYTES];
    char after[TH_NUMBER_TEXT_BYTES];
    char change[TH_NUMBER_TEXT_BYTES];
    const uint32_t decimals = measure->decimals;
    const bool qualified = cell->qualifier > TH_QUALIFIER_EXACT;
    if (cell->before.has && cell->after.has) {
        add(s, th_number_people(lang, cell->before.value, decimals, before));
        add(s, " → ");
        add(s, th_number_people(lang, cell->after.value, decimals, after));
        add(s, " (");
        add(s, th_change_people(lang, cell->value.value, decimals, change));
        add(s, ")");
        return;
    }
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
    const struct th_date first = th_day_date(period.first);
    const struct th_date last = th_day_date(period.last);
    if (period.type == TH_PERIOD_DEADLINE) {
        (void)snprintf(text, sizeof(text), vi ? " đến hết %d" : " by end of %d", (int)last.year);
        add(s, text);
        return;
    }
    add(s, vi ? " mỗi năm" : " a year");
    if (period.detail == TH_PERIOD_OPEN) {
        return;
    }
    if (period.detail == TH_PERIOD_FROM) {
        (void)snprintf(text, sizeof(text), vi ? ", từ %d" : ", from %d", (int)first.year);
    } else {
        (void)snprintf(text, sizeof(text), ", %d–%d", (int)first.year, (int)last.year);
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

static void add_known(struct sentence *s,
                      enum th_lang lang,
                      const struct th_measure *measure,
                      const struct th_total *cell)
{
    char text[96];
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
                   lang == TH_LANG_VI ? " (có ở %" PRIu64 "/%" PRIu64 " đơn vị)"
                                      : " (known for %" PRIu64 "/%" PRIu64 " units)",
                   known,
                   cell->contributions);
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

char *th_show_figure(enum th_lang lang,
                     const struct th_measure *measure,
                     const struct th_line *line,
                     char out[static TH_SHOW_FIGURE_BYTES])
{
    struct sentence s = {.at = out, .left = TH_SHOW_FIGURE_BYTES};
    const struct th_total *cell = &line->cell;
    out[0] = '\0';
    if (cell->contributions == 0) {
        add(&s, lang == TH_LANG_VI ? "chưa báo cáo" : "not reported");
    } else if (cell->not_applicable) {
        add(&s, lang == TH_LANG_VI ? "không áp dụng" : "n/a");
    } else {
        add_by_shape(&s, lang, measure, line);
        add_known(&s, lang, measure, cell);
    }
    return out;
}
