// known.c - see known.h

#include "cli/known.h"

#include "tonghop/day.h"
#include "tonghop/number.h"

int known_position(const struct th_call *call,
                   const char *name,
                   const char *text,
                   struct th_bytes *position)
{
    th_day day = TH_DAY_NONE;
    int64_t number = 0;
    *position = th_bytes_of(text == NULL ? "" : text);
    const bool version = th_number_parse(*position, &number) == TH_OK && number >= 0;
    if (text == NULL || version || th_day_parse(*position, &day) == TH_OK) {
        return TH_EXIT_OK;
    }
    struct th_verdict verdict;
    th_verdict_make(&verdict, TH_M_OPTION_VALUE, 'c', NULL, name, "version", NULL);
    return th_call_tell(call, &verdict);
}
