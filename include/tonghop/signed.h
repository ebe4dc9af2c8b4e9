// signed.h - short texts of "name: value" lines whose last line signs all lines before it
//
//      tonghop-receipt: 1 \n
//      province: 93 \n
//      ...                        <- content: every byte up to here is signed
//      key: 4QX7-9TME-2KRA \n     <-
//      signature: ... \n
//
// They are kept, printed and mailed as files, so a reader trusts nothing: every line must stand in
// its place and be spelled as the writer spells it, else a signature could be read two ways.
//
// Pure.

#ifndef TONGHOP_SIGNED_H
#define TONGHOP_SIGNED_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/bytes.h"
#include "tonghop/sign.h"

// Why such a text is not genuine.
enum th_flaw {
    TH_FLAW_NONE,
    TH_FLAW_KIND,      // its first line is that of another text, or of another version
    TH_FLAW_FORM,      // a line is missing, in another place or spelled otherwise
    TH_FLAW_CODE,      // its code does not belong to the rest
    TH_FLAW_KEY,       // signed with another key than this one
    TH_FLAW_SIGNATURE, // a byte was changed after it was signed
};

enum {
    TH_SIGNED_BYTES_MAX = 1024, // a text with its signature
    TH_SIGNED_PROVINCE_BYTES = 44,
    TH_SIGNED_CODE_BYTES = TH_SIGNED_PROVINCE_BYTES + 10, // with TH_SHORT_CODE_BYTES
};

// ---- writing ----

// All of a text but its signature. lines: those behind the code, which is made of them and the
// province; key: of who signs.
void th_signed_write(struct th_writer *writer,
                     const char *kind,
                     const char *province,
                     struct th_bytes lines,
                     const char *key,
                     char code[static TH_SIGNED_CODE_BYTES]);
TH_PRINTF(3, 4)
void th_signed_line(struct th_writer *writer, const char *name, const char *format, ...);
void th_signed_hex(struct th_writer *writer, const char *name, struct th_bytes bytes);
// The signature's line, behind all others.
void th_signed_end(struct th_writer *writer, const uint8_t signature[static TH_SIGN_BYTES]);

// ---- reading ----

// Split a whole text. FORM when its last line is no signature.
TH_MUST_USE enum th_flaw th_signed_split(struct th_bytes text,
                                         struct th_bytes *content,
                                         uint8_t signature[static TH_SIGN_BYTES]);

// The lines one after the other; the first that is not as it should be sets failed, and line
// stays there.
struct th_fields {
    struct th_bytes rest;
    unsigned line; // from 1
    bool failed;
};
struct th_bytes th_fields_take(struct th_fields *fields, const char *name);
uint64_t th_fields_number(struct th_fields *fields, const char *name); // 0 or [1-9][0-9]*
void th_fields_hex(struct th_fields *fields, const char *name, uint8_t *out, size_t size);
void th_fields_copy(struct th_fields *fields, const char *name, char *out, size_t max);
// "first..last", 0 < first <= last.
void th_fields_range(struct th_fields *fields, const char *name, uint64_t *first, uint64_t *last);
// Are two texts the same? If not, *line is where they begin to differ.
TH_MUST_USE bool th_fields_same(struct th_bytes a, struct th_bytes b, unsigned *line);
// A number as in th_fields_number.
TH_MUST_USE bool th_fields_digits(struct th_bytes text, uint64_t *number);
void th_fields_must(struct th_fields *fields, bool good);

// Texts of one kind, "kind: 1" their first line, each read into a struct of its own.
struct th_signed_form {
    const char *kind;
    void (*read)(struct th_fields *fields, void *value);  // the lines behind the first one
    void (*write)(struct th_writer *writer, void *value); // all lines; sets the struct's code
};

/**
 * Read all lines but the signature into value, whose code stands at code.
 *
 * Returns NONE, KIND, FORM with *line (NULL: not wanted), or CODE.
 */
TH_MUST_USE enum th_flaw th_signed_read(const struct th_signed_form *form,
                                        struct th_bytes content,
                                        void *value,
                                        char code[static TH_SIGNED_CODE_BYTES],
                                        unsigned *line);

// Who should have signed.
struct th_signed_by {
    const uint8_t *public_key;
    const char *fingerprint;
};
// What th_signed_read found, then the key that the text names, then the signature.
TH_MUST_USE enum th_flaw th_signed_check(enum th_flaw read,
                                         const char *key,
                                         const struct th_signed_by *by,
                                         struct th_bytes content,
                                         const uint8_t signature[static TH_SIGN_BYTES]);

// ---- codes ----

// Eight characters of Crockford's base 32 from the first 40 bits: 7F3K-92QD.
enum { TH_SHORT_CODE_BYTES = 10 };
char *th_short_code(const uint8_t hash[static 5], char out[static TH_SHORT_CODE_BYTES]);

#endif
