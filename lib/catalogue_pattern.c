// catalogue_pattern.c - patterns of open measures: POSIX extended expressions over whole codes
//
// A catalogue travels to every node, so a pattern must not be able to stop one: back-references and
// large repetitions, whose cost has no bound, are refused, although the C library would take them.

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/text.h"

#include "lib/catalogue_body.h"

enum { REPEAT_MAX = TH_MEASURE_CODE_MAX, REPEATS_MAX = 2 };

// {m}, {m,} or {m,n} after at: counts of at most REPEAT_MAX.
static bool repeat_is_small(const char *at)
{
    unsigned number = 0;
    for (at++; *at != '\0' && *at != '}'; at++) {
        number = isdigit((unsigned char)*at) ? number * 10 + (unsigned)(*at - '0') : 0;
        if (number > REPEAT_MAX) {
            return false;
        }
    }
    return true;
}

static bool is_bounded(const char *text)
{
    unsigned repeats = 0;
    unsigned stars = 0;
    for (const char *at = text; *at != '\0'; at++) {
        const bool printable = *at > ' ' && *at < 0x7f;
        const bool reference = *at == '\\' && isdigit((unsigned char)at[1]);
        repeats += *at == '{' ? 1 : 0;
        stars += *at == '*' || *at == '+' ? 1 : 0;
        if (!printable || reference || (*at == '{' && !repeat_is_small(at))) {
            return false;
        }
    }
    return repeats <= REPEATS_MAX && stars <= 16;
}

enum th_err catalogue_pattern_compile(struct th_bytes text, struct catalogue_pattern *pattern)
{
    char plain[CATALOGUE_PATTERN_MAX + 1];
    char anchored[CATALOGUE_PATTERN_MAX + 8];
    if (text.size == 0 || text.size > CATALOGUE_PATTERN_MAX) {
        return TH_E_INVALID;
    }
    (void)th_bytes_copy_text(text, plain, sizeof(plain));
    if (!is_bounded(plain)) {
        return TH_E_INVALID;
    }

    // Alone first: "a)|(b" would be an expression once it stands in brackets.
    if (regcomp(&pattern->regex, plain, REG_EXTENDED | REG_NOSUB) != 0) {
        return TH_E_INVALID;
    }
    regfree(&pattern->regex);
    (void)snprintf(anchored, sizeof(anchored), "^(%s)$", plain);
    if (regcomp(&pattern->regex, anchored, REG_EXTENDED | REG_NOSUB) != 0) {
        return TH_E_INVALID;
    }
    pattern->compiled = true;
    return TH_OK;
}

void catalogue_pattern_free(struct catalogue_pattern *pattern)
{
    if (pattern->compiled) {
        regfree(&pattern->regex);
        pattern->compiled = false;
    }
}

bool catalogue_pattern_matches(const struct catalogue_pattern *pattern, struct th_bytes code)
{
    char text[TH_MEASURE_CODE_MAX + 1];
    if (pattern->any) {
        return true;
    }
    return regexec(&pattern->regex, th_bytes_copy_text(code, text, sizeof(text)), 0, NULL, 0) == 0;
}
