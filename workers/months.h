// months.h - the monthly scores of one person in one year, wherever in the province they were given
//
// A yearly rating rests on the months that were scored. A month is known by a live monthly record
// with a score, in any unit, or because the person brought it along: the transfer of a unit says
// how many months it scored, and their sum. Both may be there, for the unit may have reported its
// months itself:
//
//      unit A   1 2 3 4 . . . . . . . .     records of A          ┐ those of the two that are more,
//      A → B            ^ "4 months, sum"   the transfer          ┘ never both
//      unit B           5 6 7 8 9 ...       records of B
//
//   N1  A month counts once, whichever schemes and categories scored it.
//   N2  Of a unit that was left, the months begun since the person last left it and before this
//       transfer count once: as its records, or as its transfer's count and sum where that is more.
//
// The average is (2 sum + n) / (2 n) over the n known months, computed where it is shown.
//
// Pure: reads in the open transaction.

#ifndef WORKERS_MONTHS_H
#define WORKERS_MONTHS_H

#include "tonghop/catalogue.h"
#include "tonghop/check.h"
#include "tonghop/register.h"
#include "tonghop/rules.h"
#include "tonghop/store.h"

#include "workers/table.h"

enum { MONTHS = 12, MONTHS_BROUGHT_MAX = 24 };

struct months_source {
    struct th_store store;
    const struct th_check *check;
    const struct th_catalogue *catalogue;
    enum th_person_scope person_scope;
};

struct months_question {
    const uint8_t *person;          // 16 bytes, as keys use it
    struct th_period year;          // a year
    const struct th_scheme *scheme; // NULL: any that rates months
    uint32_t uid;                   // the only unit, beside those left, whose records are looked at
                                    //   under schemes that count persons unit by unit;
                                    //   TH_UNIT_NONE: all
};

// A month known by a record.
struct month {
    bool has;
    uint32_t uid;
    int64_t score; // hundredths
};

// Months known by a transfer alone.
struct months_brought {
    uint32_t uid; // the unit that was left
    th_day effective;
    uint32_t count;
    int64_t sum;
};

struct months {
    struct month month[MONTHS]; // January first
    struct months_brought brought[MONTHS_BROUGHT_MAX];
    size_t brought_count; // by day
    uint32_t count;       // n
    int64_t sum;          // hundredths
};

/**
 * Find the months. Transfers above MONTHS_BROUGHT_MAX in one year are not looked at.
 *
 * Errors: the store's.
 */
TH_MUST_USE enum th_err months_find(const struct months_source *source,
                                    const struct months_question *question,
                                    struct months *months);

#endif
