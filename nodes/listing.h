// listing.h - one update of this office as the cells of a row: what `list` and `show` print
//
// The cells unit_code, period, measure_or_category and dims name the item: with them, `show` finds
// it again. Persons are the first 8 hex digits of their hash.
//
//   form         period     measure_or_category  dims                         value, score
//   evaluation   period     category             person=1b31629f              rating, score
//   staffing     period     measure              as sent                      value, of, before,
//   after collective   period     collective           collective=ID;kind=cell      rating, score
//   transfer     effective  scheme               person=1b31629f;to=31450     months, sum of scores
//   completion   period     form                 (none)                       lines
//   desk         period     act                  form=..., new=...

#ifndef NODES_LISTING_H
#define NODES_LISTING_H

#include <stdio.h>

#include "tonghop/sheet.h"
#include "tonghop/update.h"

#include "nodes/current.h"

enum listing_cell {
    LISTING_STATE,
    LISTING_FORM,
    LISTING_UNIT,
    LISTING_PERIOD,
    LISTING_MEASURE,
    LISTING_DIMS,
    LISTING_QUALIFIER,
    LISTING_VALUE,
    LISTING_OF,
    LISTING_BEFORE,
    LISTING_AFTER,
    LISTING_RATING,
    LISTING_SCORE,
    LISTING_REVISION,
    LISTING_BATCH,
    LISTING_CODE,
    LISTING_CELLS, // `list` has those above, `show` also those below
    LISTING_ENTERED = LISTING_CELLS,
    LISTING_BASIS,
    LISTING_NOTE,
    LISTING_SAID, // by the province
    LISTING_ALL
};

enum { LISTING_TEXT_BYTES = 192 };

extern const struct th_sheet_column LISTING_COLUMNS[LISTING_ALL];

struct listing {
    struct th_bytes cells[LISTING_ALL];
    char text[LISTING_ALL][LISTING_TEXT_BYTES]; // made here; other cells view the update
};

// Empty cells, then everything that update itself says.
void listing_fill(struct listing *row, const struct th_update *update);
void listing_put(struct listing *row, enum listing_cell cell, const char *text);
void listing_put_number(struct listing *row, enum listing_cell cell, uint64_t number);

// queued, sent, decided, refused, withdrawn: where item seq stands.
const char *listing_state(const struct outbox *box, uint64_t seq, bool refused, uint32_t op);

// Does the row belong to unit (CODE also finds CODE@DATE)? NULL: any.
bool listing_is_of_unit(const struct listing *row, const char *unit);

// The first count cells as a row of CSV or the members of a JSON object, with braces.
void listing_csv_head(FILE *out, size_t count);
void listing_csv(const struct listing *row, FILE *out, size_t count);
// For a double click in a Vietnamese Excel; row NULL: the head.
void listing_excel(const struct listing *row, FILE *out, size_t count);
void listing_json(const struct listing *row, FILE *out, size_t count);

#endif
