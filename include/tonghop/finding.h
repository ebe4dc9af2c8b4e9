// finding.h - everything that is wrong with a file, at once, with its place, and bounded
//
//      reader ──add──> findings ──print──> xep-loai.csv:17:5: lỗi TH2107: … → …
//                         └─────report───> JSON lines
//
//   F1  Every finding is counted, per severity and per code.
//   F2  At most max are kept whole: the first ones, but an error takes the place of the last
//       warning or note, and a warning that of the last note.
//   F3  They are printed in the order in which they were added.

#ifndef TONGHOP_FINDING_H
#define TONGHOP_FINDING_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tonghop/bytes.h"
#include "tonghop/text.h"
#include "tonghop/verdict.h"

enum {
    TH_FINDINGS_SHOWN = 20,       // lines people get unless they ask for more
    TH_FINDINGS_KEPT_MAX = 10000, // lines of a report
    TH_FINDING_CODES_MAX = 192,
    TH_FINDING_VALUE_BYTES = 65,
};

enum th_severity {
    TH_SEVERITY_NOTE,    // ghi chú
    TH_SEVERITY_WARNING, // lưu ý
    TH_SEVERITY_ERROR,   // lỗi: the file is refused
    TH_SEVERITY_COUNT
};

struct th_finding {
    const char *file; // or the program
    uint32_t line;    // where the record begins, from 1; 0 = the whole file
    uint32_t column;  // cell of a CSV file, character of a YAML file, from 1; 0 = the whole line
    enum th_severity severity;
    uint64_t order;
    struct th_verdict verdict;
    char value[TH_FINDING_VALUE_BYTES]; // what stood there, cut; empty for personal data
};

struct th_findings {
    struct th_finding *kept;
    size_t max;
    size_t count;     // of kept
    const char *file; // named in findings from now on; must outlive the findings
    uint64_t total[TH_SEVERITY_COUNT];
    size_t kept_of[TH_SEVERITY_COUNT];
    struct {
        uint16_t code;
        uint64_t count;
        uint64_t notes;            // of count
    } codes[TH_FINDING_CODES_MAX]; // in the order of their first finding
    size_t code_count;
    bool no_notes; // th_findings_print leaves them out (--quiet); a report has them
    bool is_mixed; // a place was taken: to be sorted before it is read
};

// An empty collector that keeps up to max findings (0 is allowed: all are only counted).
// Ownership: kept stays the caller's.
struct th_findings th_findings_of(struct th_finding *kept, size_t max, const char *file);

void th_findings_add(struct th_findings *findings,
                     enum th_severity severity,
                     uint32_t line,
                     uint32_t column,
                     const struct th_verdict *verdict,
                     struct th_bytes value);
// The same for an error.
void th_findings_error(struct th_findings *findings,
                       uint32_t line,
                       uint32_t column,
                       const struct th_verdict *verdict,
                       struct th_bytes value);

// TH_E_REFUSED when there is an error among the findings, else TH_OK.
TH_MUST_USE enum th_err th_findings_result(const struct th_findings *findings);

// The kept finding number index in the order of F3.
const struct th_finding *th_findings_at(struct th_findings *findings, size_t index);

// One finding as a line without newline; returns its length.
size_t th_finding_text(const struct th_finding *finding, enum th_lang lang, char *out, size_t max);
enum { TH_FINDING_TEXT_BYTES = 1536 };

// Up to lines lines, then one with the rest counted per code. Errors: TH_E_IO.
TH_MUST_USE enum th_err
th_findings_print(struct th_findings *findings, enum th_lang lang, size_t lines, FILE *out);

// JSON lines: {"file","row","column","code","severity","text_vi","text_en","value"}, then
// {"more":{"TH2233":59980}} when not all were kept. Errors: TH_E_IO.
TH_MUST_USE enum th_err th_findings_report(struct th_findings *findings, FILE *out);

// lỗi, lưu ý, ghi chú; error, warning, note.
const char *th_severity_text(enum th_lang lang, enum th_severity severity);

#endif
