// show.h - totals as people read them: one line by its shape, and tables of many
//
//   stock, flow   1.273                       change   139 → 92 (−47)   without levels −8, +574
//   n of m        282/539 (52,3%)   10/—      share    36,4%
//   target        −112 đến hết 2020           score    87,50
//
// A qualifier stands in front (trên, dưới, khoảng; over, under, about); of a negative change the
// word speaks of the size. What is not reported is said in words, never 0; so is what is hidden
// from the public (ẩn, hidden).

#ifndef TONGHOP_SHOW_H
#define TONGHOP_SHOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tonghop/catalogue.h"
#include "tonghop/codec.h"
#include "tonghop/err.h"
#include "tonghop/register.h"
#include "tonghop/text.h"

enum { TH_SHOW_FIGURE_BYTES = 256 };

// One figure, by the shape of its measure, without its unit and coverage. Returns out.
char *th_show_figure(enum th_lang lang,
                     const struct th_measure *measure,
                     const struct th_line *line,
                     char out[static TH_SHOW_FIGURE_BYTES]);

// The names of dims' members, "cán bộ, hoàn thành xuất sắc"; a pair as it stands where the
// catalogue has no name for it. Returns out.
char *th_show_dims(enum th_lang lang,
                   const struct th_catalogue *catalogue,
                   struct th_bytes dims,
                   char *out,
                   size_t max);

// The same in the columns of a table: a change is before, after, change; n of m is met, whole,
// share; anything else is one text.
enum { TH_SHOW_PARTS = 3 };
struct th_show_parts {
    char text[TH_SHOW_PARTS][TH_SHOW_FIGURE_BYTES];
};
void th_show_parts(enum th_lang lang,
                   const struct th_measure *measure,
                   const struct th_line *line,
                   struct th_show_parts *parts);

// "CP05 bí thư chi bộ kiêm trưởng ấp · cán bộ, hoàn thành xuất sắc": a figure's measure and
// dimensions, by their names where the catalogue has any. Returns out.
enum { TH_SHOW_WHAT_BYTES = 512 };
char *th_show_what(enum th_lang lang,
                   const struct th_catalogue *catalogue,
                   struct th_bytes code,
                   struct th_bytes dims,
                   char out[static TH_SHOW_WHAT_BYTES]);

struct th_show_setup {
    enum th_lang lang;
    const struct th_register *reg;
    const struct th_catalogue *catalogue;
    const char *name; // of the province
    const char *root_code;
    bool marks; // every line begins with room for a mark
    // Of lines in the structure of another day: where its units are found, and the day.
    const struct th_register *wide;
};

#define TH_SHOW_MARK "▸ "

struct th_show;

// Ownership: *out is the caller's (th_show_free); what setup names must outlive it.
TH_MUST_USE enum th_err th_show_make(const struct th_show_setup *setup, struct th_show **out);
void th_show_free(struct th_show **show); // scoped

// The lines stand in the structure of this day, not as reported.
void th_show_on(struct th_show *show, th_day day);

// The lines are those of this edition of the public figures (Unix time; 0: there was none yet).
void th_show_edition(struct th_show *show, int64_t edition_ms);

// "Huyện Kim Sơn (376, đến 30/06/2025)": the unit that had a code on a day, as seen from the target
// day. Its code alone when reg does not know it. Returns out.
enum { TH_SHOW_UNIT_BYTES = 512 };
char *th_show_unit(enum th_lang lang,
                   const struct th_register *reg,
                   struct th_bytes ref,
                   th_day target,
                   char out[static TH_SHOW_UNIT_BYTES]);

// Lines are copied. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err th_show_add(struct th_show *show, const struct th_line *line);

// Mark the line added last.
void th_show_mark(struct th_show *show);

// Everything added: by period, in blocks of one kind of figure each. TH_E_IO.
TH_MUST_USE enum th_err th_show_print(struct th_show *show, uint64_t version, FILE *out);

#endif
