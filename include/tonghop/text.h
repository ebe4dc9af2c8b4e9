// text.h - what a text may contain, how it is cleaned, and how it is shown; the door to utf8proc
//
// Texts come from spreadsheets, editors and peers. Stored and sent they are UTF-8 in NFC without
// control characters; shown they must not be able to move the cursor or turn the line around.
//
//      file ──tidy──> stored text ──escape, cut──> terminal, log, message
//
// Nothing here allocates: results go into the caller's memory. Texts longer than
// TH_TEXT_BYTES_MAX are refused where they would have to be normalised.

#ifndef TONGHOP_TEXT_H
#define TONGHOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tonghop/bytes.h"

enum {
    TH_TEXT_BYTES_MAX = 4096, // longest text that is normalised: a cell of a file
    TH_LABEL_BYTES_MAX = 256, // longest text that th_text_same_label compares
    TH_SUGGEST_DISTANCE = 2,  // typing errors a suggestion forgives
};

// Language of what people read. Data are the same in both.
enum th_lang { TH_LANG_VI, TH_LANG_EN };

bool th_text_is_utf8(struct th_bytes text);     // well-formed: no surrogate, nothing overlong
bool th_text_is_nfc(struct th_bytes text);      // false too when not UTF-8 or too long
bool th_text_has_control(struct th_bytes text); // C0, DEL, C1; text is UTF-8

// Rule V01: UTF-8, NFC, no control character, at most bytes_max bytes.
bool th_text_is_plain(struct th_bytes text, size_t bytes_max);
// [A-Za-z0-9][A-Za-z0-9._-]*, at most bytes_max bytes.
bool th_text_is_code(struct th_bytes text, size_t bytes_max);

// What th_text_tidy had to do.
enum th_text_change {
    TH_TEXT_TRIMMED = 1, // blanks around the text were removed
    TH_TEXT_FOLDED = 2,  // a special blank inside became a space
    TH_TEXT_COMPOSED = 4 // the text was not NFC
};

/**
 * Clean a text that a person entered: remove blanks around it, turn special blanks inside
 * (no-break, thin, ideographic, zero-width, line separator) into a space, bring it to NFC.
 *
 * With lines, tab and newlines count as special blanks; otherwise they are left for V01 to refuse.
 * *tidy views text when nothing had to change inside, else out; *changes holds th_text_change bits.
 * Errors: TH_E_MALFORMED when not UTF-8; TH_E_TOO_LARGE above TH_TEXT_BYTES_MAX or when it does not
 *         fit out.
 */
TH_MUST_USE enum th_err th_text_tidy(struct th_bytes text,
                                     bool lines,
                                     struct th_writer *out,
                                     struct th_bytes *tidy,
                                     unsigned *changes);

/**
 * Write text in NFC behind what is in out, and view it in *nfc.
 *
 * Errors: as th_text_tidy.
 */
TH_MUST_USE enum th_err
th_text_nfc(struct th_bytes text, struct th_writer *out, struct th_bytes *nfc);

struct th_bytes th_text_trim(struct th_bytes text); // a view without blanks, special ones too

// Are two labels the same but for case and the way accents are composed? Both <=
// TH_LABEL_BYTES_MAX.
bool th_text_same_label(struct th_bytes a, struct th_bytes b);

// Does text match pattern, in which * stands for any text?
bool th_text_matches(struct th_bytes text, struct th_bytes pattern);

// Columns of a terminal that text takes; bytes that are not UTF-8 count one each.
size_t th_text_width(struct th_bytes text);

// The four functions below write a C string into out (max >= 8 bytes with its NUL), cut to whole
// characters with "…" at the end when it does not fit. They return its length.

// text with control, format and bidirectional characters as \u{202E}, other bytes as \x{FF}.
size_t th_text_escape(struct th_bytes text, char *out, size_t max);
size_t th_text_cut(struct th_bytes text, char *out, size_t max);
// text as the inside of a JSON string: quotes, backslashes and controls escaped, bad bytes as
// U+FFFD.
size_t th_text_json(struct th_bytes text, char *out, size_t max);
// text filled up with spaces to width columns, or cut to it.
size_t th_text_pad(struct th_bytes text, size_t width, char *out, size_t max);

// Typing errors (insert, delete, replace, swap neighbours) between a and b; max + 1 when more than
// max or when either is longer than 64 bytes.
unsigned th_text_distance(struct th_bytes a, struct th_bytes b, unsigned max);

/**
 * The name nearest to word, or NULL when none is within TH_SUGGEST_DISTANCE typing errors (and less
 * than half of word). names is the first of count char pointers that lie stride bytes apart: an
 * array of names, or the name member of an array of structs. NULL names are passed over.
 */
const char *
th_text_suggest(struct th_bytes word, const char *const *names, size_t count, size_t stride);

#endif
