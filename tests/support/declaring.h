// declaring.h - declarations of forms and acts of the desk for tests of the province of province.h

#ifndef TESTS_SUPPORT_DECLARING_H
#define TESTS_SUPPORT_DECLARING_H

#include "tests/support/province.h"
#include "workers/form.h"

enum { DECLARED_LINES = 8 };

struct declared_line {
    const char *measure, *dims;
    int64_t count, sum;
};

struct declared {
    struct th_completion_line lines[DECLARED_LINES];
    struct th_update update;
};

// "2026-11-24"
th_day day_of(const char *text);

// where: "form unit period". Returns &declared->update, under revision 1.
struct th_update *declare(struct declared *declared,
                          const char *where,
                          const struct declared_line *lines,
                          size_t count);

// What the desk says about form "f", under revision 1.
struct th_update desk_act(enum th_act act, const char *unit, const char *form, const char *period);
struct th_update desk_accepts(const char *unit, const char *period);
struct th_update desk_returns(const char *unit, const char *period, const char *comment);
struct th_update desk_opens(const char *unit, const char *period, const char *until);

// The row of a form as it stands; state FORM_STATE_END: there is none.
struct form_row
form_row_of(struct province *p, const char *form, const char *unit, const char *period);
enum form_state form_state_of(struct province *p, const char *unit, const char *period); // of "f"

// Node 1, which has sent two figures of form "f" for D1 and one of no form, and what is to be said
// about the two.
extern const struct declared_line DECLARED_BOTH[2];
struct player office_with_figures(struct province *p, const char *period);

#endif
