// update.c - the words of qualifiers, reasons and kinds of collectives, as files and answers spell
// them

#include "tonghop/update.h"

struct word {
    const char *text;
    uint32_t number;
};

static const char *const QUALIFIER_WORDS[] = {
    [TH_QUALIFIER_NONE] = "",
    [TH_QUALIFIER_EXACT] = "exact",
    [TH_QUALIFIER_OVER] = "over",
    [TH_QUALIFIER_UNDER] = "under",
    [TH_QUALIFIER_ABOUT] = "about",
};

static const char *const REASON_WORDS[] = {
    [TH_REASON_NONE] = "",
    [TH_REASON_CAP] = "cap",
    [TH_REASON_DISCIPLINE] = "discipline",
    [TH_REASON_CRITERIA] = "criteria",
    [TH_REASON_COLLECTIVE] = "collective",
    [TH_REASON_OTHER] = "other",
};

static const char *const COLLECTIVE_WORDS[] = {
    [TH_COLLECTIVE_NONE] = "",
    [TH_COLLECTIVE_PARTY_ORG] = "party_org",
    [TH_COLLECTIVE_CELL] = "cell",
    [TH_COLLECTIVE_GOVERNMENT] = "government",
    [TH_COLLECTIVE_AGENCY] = "agency",
    [TH_COLLECTIVE_FRONT] = "front",
    [TH_COLLECTIVE_MASS_ORG] = "mass_org",
};

// Spreadsheets write signs; every output and the wire use the words.
static const struct word QUALIFIER_SIGNS[] = {
    {"=", TH_QUALIFIER_EXACT},
    {">", TH_QUALIFIER_OVER},
    {"<", TH_QUALIFIER_UNDER},
    {"~", TH_QUALIFIER_ABOUT},
};

static bool find_word(const char *const *words, uint32_t count, struct th_bytes word, uint32_t *out)
{
    for (uint32_t number = 1; number < count; number++) {
        if (th_bytes_equal(word, th_bytes_of(words[number]))) {
            *out = number;
            return true;
        }
    }
    return false;
}

const char *th_qualifier_word(uint32_t qualifier)
{
    return qualifier < TH_COUNT(QUALIFIER_WORDS) ? QUALIFIER_WORDS[qualifier] : "";
}

const char *th_reason_word(uint32_t reason)
{
    return reason < TH_COUNT(REASON_WORDS) ? REASON_WORDS[reason] : "";
}

bool th_qualifier_parse(struct th_bytes word, uint32_t *qualifier)
{
    for (size_t i = 0; i < TH_COUNT(QUALIFIER_SIGNS); i++) {
        if (th_bytes_equal(word, th_bytes_of(QUALIFIER_SIGNS[i].text))) {
            *qualifier = QUALIFIER_SIGNS[i].number;
            return true;
        }
    }
    return find_word(QUALIFIER_WORDS, TH_COUNT(QUALIFIER_WORDS), word, qualifier);
}

bool th_reason_parse(struct th_bytes word, uint32_t *reason)
{
    return find_word(REASON_WORDS, TH_COUNT(REASON_WORDS), word, reason);
}

const char *th_collective_kind_word(uint32_t kind)
{
    return kind < TH_COUNT(COLLECTIVE_WORDS) ? COLLECTIVE_WORDS[kind] : "";
}

bool th_collective_kind_parse(struct th_bytes word, uint32_t *kind)
{
    return find_word(COLLECTIVE_WORDS, TH_COUNT(COLLECTIVE_WORDS), word, kind);
}
