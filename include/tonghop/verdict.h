// verdict.h - what is wrong, as a code with parameters, and the sentences for it
//
// A verdict is decided once, by node or worker, and travels as numbers and short texts; the
// sentence is made where it is read, in the language of the reader. All sentences stand in
// messages.def and rules.def.
//
//      rule ──make──> {2203, 'b', 376, 2025-06-30, ...} ──text──> "Đơn vị 376 kết thúc …"
//
//   C1  A code keeps its meaning, and its parameters their order, for ever.
//   C2  Each sentence names the same parameters in both languages.

#ifndef TONGHOP_VERDICT_H
#define TONGHOP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tonghop/bytes.h"
#include "tonghop/day.h"
#include "tonghop/text.h"

enum {
    TH_PARAMS_MAX = 5,
    TH_PARAM_BYTES = 65, // with the NUL
    TH_FIELD_BYTES = 33,
    TH_SENTENCE_BYTES = 1024, // room for any sentence with its remedy
};

// The codes by name: TH_M_... of the programs, TH_V_... of the rules.
enum th_code {
    TH_CODE_NONE = 0,
#define M(name, code, ...) TH_M_##name = (code),
#define V(...)
#include "tonghop/messages.def"
#undef M
#define M(name, code, ...) TH_##name = (code),
#include "tonghop/rules.def"
#undef M
#undef V
};

struct th_verdict {
    uint16_t code; // 0: nothing is wrong
    char variant;  // 'a', 'b', ...; 0 when the code has one sentence
    uint8_t count; // of params
    char field[TH_FIELD_BYTES];
    char params[TH_PARAMS_MAX]
               [TH_PARAM_BYTES]; // in the order of the table; dates and numbers plain
};

/**
 * Fill *verdict. field is the field or column it is about ("" or NULL for none); the parameters
 * follow as texts in the order of the table, ended by NULL. A longer text is cut with "…"; more
 * than TH_PARAMS_MAX is a bug and asserts.
 */
void th_verdict_make(struct th_verdict *verdict,
                     unsigned code,
                     char variant,
                     const char *field,
                     ...) __attribute__((sentinel));

// The same without parameters, and parameters one by one.
void th_verdict_start(struct th_verdict *verdict, unsigned code, char variant, const char *field);
void th_verdict_add(struct th_verdict *verdict, struct th_bytes text);
void th_verdict_add_number(struct th_verdict *verdict, int64_t scaled, unsigned decimals);
void th_verdict_add_day(struct th_verdict *verdict, th_day day);

// The sentence of a verdict, without remedy, as a C string in out; returns its length. Texts from
// outside come out escaped; a parameter that is missing or empty is "—"; a code this program does
// not know is said to be that, with its parameters.
size_t th_verdict_text(const struct th_verdict *verdict, enum th_lang lang, char *out, size_t max);
// What to do about it, or "".
size_t
th_verdict_remedy(const struct th_verdict *verdict, enum th_lang lang, char *out, size_t max);
// Both: "WHAT. → REMEDY".
size_t th_verdict_line(const struct th_verdict *verdict, enum th_lang lang, char *out, size_t max);

// Exit code of a program that ends because of code; 0 for notes, warnings and unknown codes.
int th_message_exit(unsigned code);

// One row of the table, for documents. Texts are sentences with {names}.
struct th_sentence {
    uint16_t code;
    char variant;
    uint8_t exit;
    const char *name;      // as in messages.def; NULL for a further variant
    const char *params;    // "name name:type", see messages.def
    const char *text[2];   // by th_lang
    const char *remedy[2]; // NULL when there is none
};

size_t th_message_count(void);
const struct th_sentence *th_message_at(size_t index);                  // in order of code
const struct th_sentence *th_message_find(unsigned code, char variant); // NULL
// docs/errors.md: all codes as a table in both languages.
TH_MUST_USE enum th_err th_message_print(FILE *out);

#endif
