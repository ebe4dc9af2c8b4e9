// intake_rating.c - levels by number, word, label or name, and reasons for a lower one

#include <string.h>

#include "tonghop/text.h"

#include "nodes/intake_part.h"

static bool same_word(struct th_bytes text, const char *word)
{
    const char *chars = text.data;
    if (text.size != strlen(word)) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        const bool upper = chars[i] >= 'A' && chars[i] <= 'Z';
        const int lower = upper ? chars[i] - 'A' + 'a' : chars[i];
        if ((chars[i] == '-' ? '_' : lower) != word[i]) {
            return false;
        }
    }
    return true;
}

bool intake_rating_word(struct th_bytes text, int64_t *rating)
{
    static const struct {
        const char *word;
        int64_t rating;
    } WORDS[] = {
        {"excellent", 4},
        {"good", 3},
        {"completed", 2},
        {"not_completed", 1},
        {"unrated", 0},
        {"not_rated", 0},
        {"not_evaluated", 0},
    };
    const char *chars = text.data;
    if (text.size == 1 && chars[0] >= '0' && chars[0] <= '9') {
        *rating = chars[0] - '0';
        return true;
    }
    for (size_t i = 0; i < TH_COUNT(WORDS); i++) {
        if (same_word(text, WORDS[i].word)) {
            *rating = WORDS[i].rating;
            return true;
        }
    }
    return false;
}

// The scheme that a row means; NULL when that cannot be told (the rules will say so).
static const struct th_scheme *
scheme_of(struct intake *intake, struct th_bytes code, struct th_bytes category)
{
    const struct th_catalogue *catalogue = intake->home->province->catalogue;
    char list[65];
    struct th_period period;
    if (code.size > 0) {
        return th_catalogue_scheme(catalogue, code);
    }
    const struct th_bytes label = intake_filled(intake, COLUMN_PERIOD, intake->options->period);
    if (th_period_parse(label, &period) != TH_OK) {
        return NULL;
    }
    return th_catalogue_default_scheme(catalogue, period, category, list);
}

static bool is_level(const struct th_level *level, struct th_bytes text)
{
    return (level->label.size > 0 && th_text_same_label(level->label, text)) ||
           (level->name.vi.size > 0 && th_text_same_label(level->name.vi, text)) ||
           (level->name.en.size > 0 && th_text_same_label(level->name.en, text));
}

void intake_rating(struct intake *intake,
                   unsigned column,
                   struct th_bytes code,
                   struct th_bytes category,
                   struct th_opt *rating)
{
    const struct th_bytes text = intake_cell(intake, column);
    if (text.size == 0) {
        return;
    }
    rating->has = intake_rating_word(text, &rating->value);
    const struct th_scheme *scheme = rating->has ? NULL : scheme_of(intake, code, category);
    for (size_t i = 0; scheme != NULL && i < scheme->level_count && !rating->has; i++) {
        if (is_level(&scheme->levels[i], text)) {
            *rating = (struct th_opt){.has = true, .value = scheme->levels[i].rating};
        }
    }
    if (!rating->has) {
        struct th_verdict verdict;
        th_verdict_start(&verdict, TH_M_CELL_RATING, 0, "rating");
        th_verdict_add(&verdict, text);
        intake_complain(intake, column, &verdict);
    }
}

uint32_t intake_reason(struct intake *intake, unsigned column)
{
    const struct th_bytes word = intake_cell(intake, column);
    uint32_t reason = TH_REASON_NONE;
    if (word.size > 0 && !th_reason_parse(word, &reason)) {
        intake_complain_word(intake, column);
    }
    return reason;
}
