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
    const char *params[] = {name, "version"};
    return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
}
