// naive_body.h - the inside of the naive province, for its own files

#ifndef TESTS_SUPPORT_NAIVE_BODY_H
#define TESTS_SUPPORT_NAIVE_BODY_H

#include "tests/support/naive.h"

bool naive_same_period(const struct ground_period *a, const struct ground_period *b);
const struct naive_measure *naive_measure(const struct naive *naive, const char *code);
const struct naive_form *naive_form(const struct naive *naive, const char *code);
// The form that a measure is reported with in a period; NULL: none.
const struct naive_form *
naive_form_of(const struct naive *naive, const char *measure, const struct ground_period *period);
bool naive_is_rating(const char *measure); // EV01, EV02, EV03, EV05
bool naive_is_listed(const struct naive *naive, const char *measure);
bool naive_is_covered(const struct naive *naive, const char *measure); // has coverage at all
// Is unit a reporter of form (NULL: none) in a half?
bool naive_reports(const struct naive *naive, const struct naive_form *form, int unit, int half);

// What a live statement counts for, filled in once.
void naive_fill_parts(const struct naive *naive, struct naive_entry *entry);

void naive_add(struct naive_sum *sum, const struct naive_sum *more);
bool naive_is_empty(const struct naive_sum *sum);

// Does what is said count for unit, too?
bool naive_counts_for(const struct naive *naive, const struct naive_entry *entry, int unit);
struct naive_sum naive_add_up(const struct naive *naive,
                              const char *measure,
                              const struct ground_period *period,
                              int unit,
                              const char *dims);
uint64_t naive_reported(const struct naive *naive,
                        const char *measure,
                        const struct ground_period *period,
                        int unit,
                        const char *dims);

// Do live transfers lead wanted's person from entry's unit to wanted's? naive_move.c
bool naive_moved(const struct naive *naive,
                 const struct naive_entry *entry,
                 const struct naive_entry *wanted);
// How many months of the year of a rating are known. naive_move.c
uint32_t naive_months(const struct naive *naive, const struct naive_entry *rating);

// Is the period of its form closed for unit?
bool naive_is_closed(const struct naive *naive, const struct naive_entry *entry, int unit);
// A rating or figure of the form of a report changed. naive_report.c
void naive_touch(struct naive *naive, const struct naive_entry *entry, int unit);
unsigned naive_apply_report(struct naive *naive, const struct th_update *update);
unsigned naive_apply_act(struct naive *naive, const struct th_update *update);

#endif
