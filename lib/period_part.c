// period_part.c - periods that lie inside another one

#include "tonghop/period.h"

static bool is_span(enum th_period_type type)
{
    return type == TH_PERIOD_MONTH || type == TH_PERIOD_QUARTER || type == TH_PERIOD_HALF ||
           type == TH_PERIOD_YEAR || type == TH_PERIOD_RANGE || type == TH_PERIOD_TERM;
}

bool th_period_is_part(struct th_period part, struct th_period whole)
{
    return !th_period_equal(part, whole) && is_span(whole.type) && part.first >= whole.first &&
           part.last <= whole.last;
}

bool th_period_is_same_term(struct th_period earlier, struct th_period later)
{
    return earlier.type == TH_PERIOD_TERM_TO_DATE &&
           (later.type == TH_PERIOD_TERM_TO_DATE || later.type == TH_PERIOD_TERM) &&
           earlier.first == later.first && earlier.last <= later.last &&
           (later.type == TH_PERIOD_TERM || earlier.detail == later.detail);
}

// Months of a part of this type; 0: such parts do not tile a calendar.
static int32_t part_months(enum th_period_type type)
{
    switch (type) {
    case TH_PERIOD_MONTH:
        return 1;
    case TH_PERIOD_QUARTER:
        return 3;
    case TH_PERIOD_HALF:
        return 6;
    case TH_PERIOD_YEAR:
        return 12;
    case TH_PERIOD_DAY:
    case TH_PERIOD_RANGE:
    case TH_PERIOD_DEADLINE:
    case TH_PERIOD_YEARLY:
    case TH_PERIOD_TERM:
    case TH_PERIOD_TERM_TO_DATE:
    case TH_PERIOD_TYPE_END:
        break;
    }
    return 0;
}

uint32_t th_period_part_count(struct th_period whole, enum th_period_type type)
{
    const int32_t step = part_months(type);
    if (step == 0 || !is_span(whole.type)) {
        return 0;
    }
    // Months counted from year 0: the first whole one, and the first one that is not inside.
    const struct th_date first = th_day_date(whole.first);
    const struct th_date behind = th_day_date(whole.last + 1);
    const int32_t begin = first.year * 12 + first.month - 1 + (first.day > 1 ? 1 : 0);
    const int32_t end = behind.year * 12 + behind.month - 1;
    const int32_t from = (begin + step - 1) / step;
    const int32_t until = end / step;
    return until > from ? (uint32_t)(until - from) : 0;
}
