// indicator_show.c - indicators as people read them, and their marks as words

#include <inttypes.h>
#include <stdio.h>

#include "lib/indicator_body.h"

static unsigned decimals_of(uint32_t scale)
{
    unsigned decimals = 0;
    for (uint32_t rest = scale; rest >= 10; rest /= 10) {
        decimals++;
    }
    return decimals;
}

static char *add(char *at, const char *end, const char *text)
{
    const int size = snprintf(at, (size_t)(end - at), "%s", text);
    const size_t wanted = size > 0 ? (size_t)size : 0;
    const size_t room = (size_t)(end - at) - 1;
    return at + (wanted < room ? wanted : room);
}

bool th_indicator_is_percent(const struct th_indicator *indicator)
{
    return indicator_is_share(indicator) && indicator->scale == 1000;
}

static char *share_text(enum th_lang lang,
                        const struct th_indicator_row *row,
                        char out[static TH_NUMBER_TEXT_BYTES])
{
    const uint32_t scale = row->indicator->scale;
    if (!indicator_is_share(row->indicator) || scale == 1) {
        return th_number_people(lang, row->value.value, row->people_decimals, out);
    }
    return th_indicator_is_percent(row->indicator)
               ? th_share_people(lang, row->value.value, out)
               : th_number_people(lang, row->value.value, decimals_of(scale), out);
}

static char *add_number(
    char *at, const char *end, enum th_lang lang, const struct th_opt *number, uint32_t decimals)
{
    char text[TH_NUMBER_TEXT_BYTES];
    return add(at, end, number->has ? th_number_people(lang, number->value, decimals, text) : "—");
}

char *th_indicator_value_people(enum th_lang lang,
                                const struct th_indicator_row *row,
                                char out[static TH_INDICATOR_TEXT_BYTES])
{
    char number[TH_NUMBER_TEXT_BYTES];
    const char *end = out + TH_INDICATOR_TEXT_BYTES;
    const char *word = row->value.has ? th_qualifier_people(lang, row->qualifier) : "";
    char *at = out;
    *at = '\0';
    if ((row->marks & TH_MARK_HIDDEN) != 0) {
        (void)add(at, end, lang == TH_LANG_VI ? "ẩn" : "hidden");
    } else if (row->n_of_m && row->num.has) {
        at = add(add(at, end, word), end, word[0] != '\0' ? " " : "");
        at = add_number(at, end, lang, &row->num, row->num_decimals);
        at = add_number(add(at, end, "/"), end, lang, &row->den, row->den_decimals);
        if (row->value.has) {
            (void)add(add(add(at, end, " ("), end, share_text(lang, row, number)), end, ")");
        }
    } else if (row->value.has) {
        at = add(add(at, end, word), end, word[0] != '\0' ? " " : "");
        (void)add(at, end, share_text(lang, row, number));
    } else {
        (void)add(at, end, "—");
    }
    return out;
}

// ---- marks ----

struct mark {
    unsigned bit;
    const char *word;
    const char *people[2]; // by th_lang
};

static const struct mark MARKS[] = {
    {TH_MARK_FROM_REGISTER, "from-register", {"theo danh mục đơn vị", "from the register"}},
    {TH_MARK_CAP_EXCEEDED, "cap-exceeded", {"vượt trần", "cap exceeded"}},
    {TH_MARK_OUTSTANDING, "outstanding", {"tập thể xuất sắc", "outstanding unit"}},
    {TH_MARK_REACHED, "reached", {"đã đạt", "reached"}},
    {TH_MARK_ON_TRACK, "on-track", {"kịp tiến độ", "on track"}},
    {TH_MARK_BEHIND, "behind", {"chậm tiến độ", "behind"}},
    {TH_MARK_OVERDUE, "overdue", {"quá hạn", "overdue"}},
    {TH_MARK_UNBALANCED, "unbalanced", {"chưa cân đối", "not balanced"}},
    {TH_MARK_HIDDEN, "hidden", {NULL, NULL}}, // people read it in place of the value
};

static char *add_mark(char *out, char *at, const char *end, const char *text)
{
    return add(add(at, end, at > out ? "; " : ""), end, text);
}

char *th_indicator_marks_people(enum th_lang lang,
                                const struct th_indicator_row *row,
                                char out[static TH_INDICATOR_TEXT_BYTES])
{
    const char *end = out + TH_INDICATOR_TEXT_BYTES;
    const bool vi = lang == TH_LANG_VI;
    char number[TH_NUMBER_TEXT_BYTES];
    char text[96];
    char *at = out;
    *at = '\0';
    for (size_t i = 0; i < TH_COUNT(MARKS); i++) {
        if ((row->marks & MARKS[i].bit) != 0 && MARKS[i].people[lang] != NULL) {
            at = add_mark(out, at, end, MARKS[i].people[lang]);
        }
    }
    if (row->pace.has_span) {
        (void)snprintf(text,
                       sizeof(text),
                       vi ? "đến nay phải đạt %s" : "due by now %s",
                       th_number_people(lang, row->pace.due, row->num_decimals, number));
        at = add_mark(out, at, end, text);
    }
    if (row->pace.needed > 0) {
        (void)snprintf(text,
                       sizeof(text),
                       vi ? "cần %s mỗi 30 ngày" : "%s needed per 30 days",
                       th_number_people(lang, row->pace.needed, row->num_decimals, number));
        (void)add_mark(out, at, end, text);
    }
    return out;
}

static size_t word_of(char out[static TH_INDICATOR_WORD_BYTES], const char *text)
{
    return (size_t)snprintf(out, TH_INDICATOR_WORD_BYTES, "%s", text);
}

size_t th_indicator_mark_word(const struct th_indicator_row *row,
                              size_t index,
                              char out[static TH_INDICATOR_WORD_BYTES])
{
    static const char *const QUALIFIERS[] = {[TH_QUALIFIER_OVER] = "over",
                                             [TH_QUALIFIER_UNDER] = "under",
                                             [TH_QUALIFIER_ABOUT] = "about"};
    size_t at = 0;
    out[0] = '\0';
    if (row->value.has && row->qualifier >= TH_QUALIFIER_OVER && at++ == index) {
        return word_of(out, QUALIFIERS[row->qualifier]);
    }
    for (size_t i = 0; i < TH_COUNT(MARKS); i++) {
        if ((row->marks & MARKS[i].bit) != 0 && at++ == index) {
            return word_of(out, MARKS[i].word);
        }
    }
    char number[TH_NUMBER_TEXT_BYTES];
    if (row->pace.has_span && at++ == index) {
        (void)th_number_plain(row->pace.due, row->num_decimals, number);
        return (size_t)snprintf(out, TH_INDICATOR_WORD_BYTES, "due=%.40s", number);
    }
    if (row->pace.needed > 0 && at++ == index) {
        (void)th_number_plain(row->pace.needed, row->num_decimals, number);
        return (size_t)snprintf(out, TH_INDICATOR_WORD_BYTES, "needed=%.40s", number);
    }
    return 0;
}
