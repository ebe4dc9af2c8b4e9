// number_vi.c - numbers as a Vietnamese sheet writes them: 1.273 and 36,4; see number.h

#include <string.h>

#include "tonghop/number.h"

enum { GROUP = 3 };

// What of a number was taken so far.
struct taken {
    char plain[TH_NUMBER_TEXT_BYTES]; // the same number with a point, and no groups
    size_t size;
    unsigned groups; // behind the first one
    unsigned digits; // of the present group
    bool has_comma;
};

static bool is_whole_group(const struct taken *taken)
{
    return taken->groups > 0 ? taken->digits == GROUP
                             : taken->digits >= 1 && taken->digits <= GROUP;
}

static bool take(struct taken *taken, char c)
{
    if (c == '.') {
        if (taken->has_comma || !is_whole_group(taken)) {
            return false;
        }
        taken->groups++;
        taken->digits = 0;
        return true;
    }
    if (c == ',') {
        if (taken->has_comma || (taken->groups > 0 && !is_whole_group(taken))) {
            return false;
        }
        taken->has_comma = true;
    } else if (c >= '0' && c <= '9') {
        taken->digits += taken->has_comma ? 0 : 1;
    } else if (c != '-' || taken->size > 0) {
        return false;
    }
    taken->plain[taken->size++] = (char)(c == ',' ? '.' : c);
    return taken->size + 1 < sizeof(taken->plain);
}

// The plain spelling of text; false when its points and comma are not where they belong.
static bool to_plain(struct th_bytes text, struct taken *taken)
{
    const char *chars = text.data;
    *taken = (struct taken){0};
    for (size_t i = 0; i < text.size; i++) {
        if (!take(taken, chars[i])) {
            return false;
        }
    }
    taken->plain[taken->size] = '\0';
    return taken->groups == 0 || is_whole_group(taken);
}

// 1.273 of something with three decimals may be a thousand and more, or one and a little.
static bool is_ambiguous(const struct taken *taken, unsigned decimals)
{
    return taken->groups == 1 && !taken->has_comma && decimals >= GROUP;
}

enum th_err th_number_parse_vi(struct th_bytes text, unsigned decimals, int64_t *scaled)
{
    struct taken taken;
    if (!to_plain(text, &taken) || is_ambiguous(&taken, decimals)) {
        return TH_E_MALFORMED;
    }
    return th_number_parse_scaled(th_bytes_of(taken.plain), decimals, scaled);
}

enum th_err th_score_parse_vi(struct th_bytes text, int64_t *hundredths)
{
    struct taken taken;
    return to_plain(text, &taken) ? th_score_parse(th_bytes_of(taken.plain), hundredths)
                                  : TH_E_MALFORMED;
}

static void swap_points(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)(*text == '.' ? ',' : *text == ',' ? '.' : *text);
    }
}

char *
th_number_hint_vi(struct th_bytes text, unsigned decimals, char out[static TH_NUMBER_HINT_BYTES])
{
    struct taken taken;
    char swapped[TH_NUMBER_HINT_BYTES];
    int64_t number = 0;
    const bool fits = text.size < sizeof(swapped);
    if (fits && !(to_plain(text, &taken) && is_ambiguous(&taken, decimals))) {
        memcpy(swapped, text.data, text.size);
        swapped[text.size] = '\0';
        swap_points(swapped);
        (void)th_number_hint(th_bytes_of(swapped), decimals, out);
        swap_points(out);
        if (th_number_parse_vi(th_bytes_of(out), decimals, &number) == TH_OK) {
            return out;
        }
    }
    const char *word = decimals > 0 ? "decimal-number-vi" : "whole-number-vi";
    (void)th_bytes_copy_text(th_bytes_of(word), out, TH_NUMBER_HINT_BYTES);
    return out;
}
