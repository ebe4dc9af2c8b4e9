// blank.h - a blank form: the rows an office has to fill in, with its units and the period
//
//   unit_code,period,measure,dims,value,of,qualifier,basis,note
//   935,2022-09-14,CP05,,,,,,
//
// What comes out can be imported once it is filled in. A row that stays empty is refused by the
// import (TH2231, TH2112): nobody can tell "not yet" from "forgotten"; it is to be deleted.
//
// Rows: for each reporter at or below the office's units (or those units themselves) and each
// measure of the form, with a row for each member of a dimension that must be there. Ratings: a row
// for each category and scheme in force.

#ifndef NODES_BLANK_H
#define NODES_BLANK_H

#include <stdio.h>

#include "nodes/home.h"

enum blank_kind {
    BLANK_FIGURES, // staffing
    BLANK_PEOPLE,  // evaluation
    BLANK_COUNTS,
    BLANK_COLLECTIVES,
    BLANK_TRANSFERS,
};

enum { BLANK_UNITS_MAX = 4096, BLANK_ROWS_MAX = 1000 * 1000 };

struct blank {
    enum blank_kind kind;
    const struct th_form *form; // NULL: none; of figures: those without one
    struct th_period period;
    const char *label; // of it, as it was written
    bool names;        // with a column "name" that the import is to ignore
    bool excel;
    enum th_lang lang;    // of names
    uint64_t rows, units; // out
};

/**
 * Write it to out.
 *
 * Errors: TH_E_NOT_FOUND: none of the office's units lives in the period; TH_E_TOO_LARGE;
 *         TH_E_NO_MEMORY; TH_E_IO.
 */
TH_MUST_USE enum th_err blank_write(const struct home *home, struct blank *blank, FILE *out);

#endif
