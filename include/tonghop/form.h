// form.h - until when a form is to be reported, and from when its period is closed
//
//      last day of the period     due                close
//      or day the province opened
//      ────────┼───────────────────┼───────────────────┼──────────> days
//              └──── due_days ─────┘                   │
//              └──────────── close_days ───────────────┘
//
// A province cannot have been late, or have closed anything, before it existed: what ended before
// it opened counts from the day it opened, so that figures of earlier years can be entered.
//
//   D1  due and close are the last days on which a report is in time, or is taken at all without a
//       grant; TH_DAY_MAX: there is no such day.
//   D2  A period with an open end has neither.
//   D3  A yearly evaluation is due on the deadline of its scheme in that year, unless that was
//       before the province opened. Of several schemes the latest deadline counts.
//   D4  Without a day of opening nothing is ever closed.

#ifndef TONGHOP_FORM_H
#define TONGHOP_FORM_H

#include <stdbool.h>

#include "tonghop/catalogue.h"
#include "tonghop/day.h"
#include "tonghop/period.h"

struct th_form_days {
    th_day due;
    th_day close;
};

// scheme: that of th_form_scheme; opened: TH_DAY_NONE when it is not known.
struct th_form_days th_form_days(const struct th_form *form,
                                 const struct th_scheme *scheme,
                                 struct th_period period,
                                 th_day opened);

// The scheme by whose deadline a form of evaluations is due for a period (D3); NULL.
const struct th_scheme *th_form_scheme(const struct th_catalogue *catalogue,
                                       const struct th_form *form,
                                       struct th_period period);

// The last day of the time for which a report returned on day is open again.
th_day th_form_open_until(const struct th_form *form, th_day returned);

#endif
