// form.c - see form.h

#include "tonghop/form.h"

static th_day later(th_day day, uint32_t days)
{
    return day > TH_DAY_MAX - (th_day)days ? TH_DAY_MAX : day + (th_day)days;
}

static th_day deadline_of(const struct th_scheme *scheme, struct th_period period)
{
    return th_day_of((struct th_date){
        th_day_date(period.last).year, scheme->deadline.month, scheme->deadline.day});
}

struct th_form_days th_form_days(const struct th_form *form,
                                 const struct th_scheme *scheme,
                                 struct th_period period,
                                 th_day opened)
{
    struct th_form_days days = {.due = TH_DAY_MAX, .close = TH_DAY_MAX};
    if (th_period_is_open(period)) {
        return days;
    }
    const bool existed = opened == TH_DAY_NONE || opened <= period.last;
    const th_day from = existed ? period.last : opened;
    if (form->has_due) {
        days.due = later(from, form->due_days);
    }
    if (scheme != NULL && scheme->deadline.month != 0 && period.type == TH_PERIOD_YEAR) {
        const th_day deadline = deadline_of(scheme, period);
        const bool was_there = opened == TH_DAY_NONE || opened <= deadline;
        days.due = was_there ? deadline : days.due;
    }
    if (form->has_close && opened != TH_DAY_NONE) {
        days.close = later(from, form->close_days);
    }
    return days;
}

const struct th_scheme *th_form_scheme(const struct th_catalogue *catalogue,
                                       const struct th_form *form,
                                       struct th_period period)
{
    const struct th_scheme *found = NULL;
    th_day latest = TH_DAY_MIN;
    if (!form->evaluation || period.type != TH_PERIOD_YEAR) {
        return NULL;
    }
    for (size_t i = 0; i < th_catalogue_scheme_count(catalogue); i++) {
        const struct th_scheme *scheme = th_catalogue_scheme_at(catalogue, i);
        const bool in_force = period.last >= scheme->valid_from &&
                              period.last < scheme->valid_until &&
                              (scheme->period_types & th_period_bit(TH_PERIOD_YEAR)) != 0;
        if (in_force && scheme->deadline.month != 0 && deadline_of(scheme, period) > latest) {
            found = scheme;
            latest = deadline_of(scheme, period);
        }
    }
    return found;
}

th_day th_form_open_until(const struct th_form *form, th_day returned)
{
    return later(returned, form->return_days);
}
