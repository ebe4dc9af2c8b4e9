// number.h - numbers as files write them, and as people read them
//
// Input is never guessed, rounded, cut or wrapped: 1.273 may be a thousand or a little more than
// one, so it is refused with the plain form as remedy. A number with decimals is an int64 scaled by
// 10^decimals: 87.5 with two decimals is 8750. Ratios are made where they are shown, half-up, in
// 128 bits.
//
//                 CSV, JSON       vi              en
//   number        -1273           −1.273          −1,273         (U+2212)
//   score 8750    87.5            87,50           87.50
//   share 364     364             36,4%           36.4%

#ifndef TONGHOP_NUMBER_H
#define TONGHOP_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/text.h"

enum {
    TH_DECIMALS_MAX = 9,
    TH_NUMBER_TEXT_BYTES = 48, // room for any number in any form, with its NUL
    TH_NUMBER_HINT_BYTES = 32,
    TH_SCORE_DECIMALS = 2,
};

/**
 * A whole number: 0 or -?[1-9][0-9]{0,18} within ±(2^63 - 1), nothing else.
 *
 * Errors: TH_E_MALFORMED for any other spelling; TH_E_INVALID when it is larger.
 */
TH_MUST_USE enum th_err th_number_parse(struct th_bytes text, int64_t *number);

// The same with a point and up to decimals digits after it, as number * 10^decimals. More digits
// are TH_E_MALFORMED.
TH_MUST_USE enum th_err
th_number_parse_scaled(struct th_bytes text, unsigned decimals, int64_t *scaled);

// A score, (0|[1-9][0-9]{0,4})([.,][0-9]{1,2})?, in hundredths. Errors: TH_E_MALFORMED.
TH_MUST_USE enum th_err th_score_parse(struct th_bytes text, int64_t *hundredths);

/**
 * The same as a Vietnamese sheet has them: points only between whole groups of three (1.273), a
 * comma before decimals (36,4). The plain spelling of a whole number is one of these.
 *
 * Errors: TH_E_MALFORMED also where both ways of writing would do and differ: 1.273 of something
 *         with three decimals; TH_E_INVALID.
 */
TH_MUST_USE enum th_err
th_number_parse_vi(struct th_bytes text, unsigned decimals, int64_t *scaled);
TH_MUST_USE enum th_err th_score_parse_vi(struct th_bytes text, int64_t *hundredths);

/**
 * How a wrong number should have been written: 1273 for "1.273", 5 for "005" or "5.0".
 *
 * Where it cannot be told: the word whole-number, or decimal-number when decimals > 0, which
 * messages put into the reader's language. Returns out.
 */
char *
th_number_hint(struct th_bytes text, unsigned decimals, char out[static TH_NUMBER_HINT_BYTES]);

// The same for a Vietnamese sheet: 1273,5 for "1,273.5"; the words end in -vi.
char *
th_number_hint_vi(struct th_bytes text, unsigned decimals, char out[static TH_NUMBER_HINT_BYTES]);

// Each writes a C string and returns out.
char *th_number_plain(int64_t scaled, unsigned decimals, char out[static TH_NUMBER_TEXT_BYTES]);
char *th_number_people(enum th_lang lang,
                       int64_t scaled,
                       unsigned decimals,
                       char out[static TH_NUMBER_TEXT_BYTES]);
// With its sign, also a plus: −47, +574, 0.
char *th_change_people(enum th_lang lang,
                       int64_t scaled,
                       unsigned decimals,
                       char out[static TH_NUMBER_TEXT_BYTES]);
char *th_score_people(enum th_lang lang,
                      int64_t hundredths,
                      char out[static TH_NUMBER_TEXT_BYTES]); // two decimals
char *th_share_people(enum th_lang lang,
                      int64_t permille,
                      char out[static TH_NUMBER_TEXT_BYTES]); // one decimal and %

/**
 * number * scale / by, rounded half-up away from zero. scale 1000 gives permille, 1 a mean.
 *
 * Returns false, and leaves *result, when by is not above 0 or the result passes 64 bits.
 */
bool th_ratio(int64_t number, int64_t by, int64_t scale, int64_t *result);

// trên, dưới, khoảng; over, under, about; "" for an exact figure. qualifier by its stored number:
// 2 over, 3 under, 4 about.
const char *th_qualifier_people(enum th_lang lang, uint32_t qualifier);

#endif
