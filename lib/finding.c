// finding.c - see finding.h

#include "tonghop/finding.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tonghop/number.h"
#include "tonghop/out.h"

struct th_findings th_findings_of(struct th_finding *kept, size_t max, const char *file)
{
    return (struct th_findings){.kept = kept, .max = max, .file = file};
}

static void count_code(struct th_findings *findings, uint16_t code, enum th_severity severity)
{
    size_t at = 0;
    while (at < findings->code_count && findings->codes[at].code != code) {
        at++;
    }
    if (at == TH_FINDING_CODES_MAX) {
        return; // more codes than there are: the totals still hold
    }
    if (at == findings->code_count) {
        findings->codes[at].code = code;
        findings->code_count++;
    }
    findings->codes[at].count++;
    findings->codes[at].notes += severity == TH_SEVERITY_NOTE ? 1 : 0;
}

// The place of a finding of lower severity that this one may take (F2), NULL when there is none.
static struct th_finding *find_lower(struct th_findings *findings, enum th_severity severity)
{
    for (unsigned lower = 0; lower < severity; lower++) {
        struct th_finding *last = NULL;
        const size_t count = findings->kept_of[lower] > 0 ? findings->count : 0;
        for (size_t i = 0; i < count; i++) {
            struct th_finding *at = &findings->kept[i];
            if (at->severity == lower && (last == NULL || at->order > last->order)) {
                last = at;
            }
        }
        if (last != NULL) {
            findings->kept_of[lower]--;
            findings->is_mixed = true;
            return last;
        }
    }
    return NULL;
}

void th_findings_add(struct th_findings *findings,
                     enum th_severity severity,
                     uint32_t line,
                     uint32_t column,
                     const struct th_verdict *verdict,
                     struct th_bytes value)
{
    uint64_t order = 0;
    for (size_t i = 0; i < TH_SEVERITY_COUNT; i++) {
        order += findings->total[i];
    }
    findings->total[severity]++;
    count_code(findings, verdict->code, severity);

    struct th_finding *place = findings->count < findings->max ? &findings->kept[findings->count++]
                                                               : find_lower(findings, severity);
    if (place == NULL) {
        return;
    }
    findings->kept_of[severity]++;
    *place = (struct th_finding){.file = findings->file,
                                 .line = line,
                                 .column = column,
                                 .severity = severity,
                                 .order = order,
                                 .verdict = *verdict};
    (void)th_text_cut(value, place->value, sizeof(place->value));
}

void th_findings_error(struct th_findings *findings,
                       uint32_t line,
                       uint32_t column,
                       const struct th_verdict *verdict,
                       struct th_bytes value)
{
    th_findings_add(findings, TH_SEVERITY_ERROR, line, column, verdict, value);
}

enum th_err th_findings_result(const struct th_findings *findings)
{
    return findings->total[TH_SEVERITY_ERROR] > 0 ? TH_E_REFUSED : TH_OK;
}

static int by_order(const void *a, const void *b)
{
    const struct th_finding *x = a;
    const struct th_finding *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static void sort(struct th_findings *findings)
{
    if (findings->is_mixed) {
        qsort(findings->kept, findings->count, sizeof(findings->kept[0]), by_order);
        findings->is_mixed = false;
    }
}

const struct th_finding *th_findings_at(struct th_findings *findings, size_t index)
{
    th_assert(index < findings->count);
    sort(findings);
    return &findings->kept[index];
}

const char *th_severity_text(enum th_lang lang, enum th_severity severity)
{
    static const char *const words[TH_SEVERITY_COUNT][2] = {
        {"ghi chú", "note"}, {"lưu ý", "warning"}, {"lỗi", "error"}};
    return words[severity][lang];
}

size_t th_finding_text(const struct th_finding *finding, enum th_lang lang, char *out, size_t max)
{
    char where[288];
    char place[32] = "";
    char line[TH_SENTENCE_BYTES];
    char text[TH_FINDING_TEXT_BYTES];
    (void)th_text_escape(th_bytes_of(finding->file), where, sizeof(where) - sizeof(place));
    if (finding->line > 0 && finding->column > 0) {
        (void)snprintf(
            place, sizeof(place), ":%" PRIu32 ":%" PRIu32, finding->line, finding->column);
    } else if (finding->line > 0) {
        (void)snprintf(place, sizeof(place), ":%" PRIu32, finding->line);
    }
    (void)th_verdict_line(&finding->verdict, lang, line, sizeof(line));
    (void)snprintf(text,
                   sizeof(text),
                   "%s%s%s%s TH%04u: %s",
                   where,
                   place,
                   where[0] == '\0' && place[0] == '\0' ? "" : ": ",
                   th_severity_text(lang, finding->severity),
                   (unsigned)finding->verdict.code,
                   line);
    return th_text_cut(th_bytes_of(text), out, max);
}

// ---- for people ----

static bool is_shown(const struct th_finding *finding, bool notes)
{
    return notes || finding->severity != TH_SEVERITY_NOTE;
}

// How many findings of a code are not among the first kept ones, up to end.
static uint64_t rest_of(const struct th_findings *findings, size_t at, size_t end, bool notes)
{
    uint64_t count = findings->codes[at].count - (notes ? 0 : findings->codes[at].notes);
    for (size_t i = 0; i < end; i++) {
        const struct th_finding *kept = &findings->kept[i];
        const bool is_it = kept->verdict.code == findings->codes[at].code;
        count -= is_it && is_shown(kept, notes) ? 1 : 0;
    }
    return count;
}

static uint64_t total_of(const struct th_findings *findings, bool notes)
{
    uint64_t total = 0;
    for (size_t i = 0; i < TH_SEVERITY_COUNT; i++) {
        total += i != TH_SEVERITY_NOTE || notes ? findings->total[i] : 0;
    }
    return total;
}

static void print_rest(
    const struct th_findings *findings, enum th_lang lang, uint64_t rest, size_t end, FILE *out)
{
    char number[TH_NUMBER_TEXT_BYTES];
    (void)th_number_people(lang, (int64_t)rest, 0, number);
    (void)fprintf(out, lang == TH_LANG_VI ? "… và %s nữa:" : "… and %s more:", number);
    const char *comma = " ";
    for (size_t at = 0; at < findings->code_count; at++) {
        const uint64_t count = rest_of(findings, at, end, !findings->no_notes);
        if (count > 0) {
            (void)th_number_people(lang, (int64_t)count, 0, number);
            (void)fprintf(out, "%sTH%04u %s", comma, (unsigned)findings->codes[at].code, number);
            comma = ", ";
        }
    }
    (void)fputc('\n', out);
}

enum th_err
th_findings_print(struct th_findings *findings, enum th_lang lang, size_t lines, FILE *out)
{
    sort(findings);
    size_t shown = 0;
    size_t end = 0; // of what was looked at
    while (end < findings->count && shown < lines) {
        const struct th_finding *finding = &findings->kept[end++];
        if (is_shown(finding, !findings->no_notes)) {
            char text[TH_FINDING_TEXT_BYTES];
            (void)th_finding_text(finding, lang, text, sizeof(text));
            (void)fprintf(out, "%s\n", text);
            shown++;
        }
    }
    const uint64_t total = total_of(findings, !findings->no_notes);
    if (total > shown) {
        print_rest(findings, lang, total - shown, end, out);
    }
    return th_out_flush(out);
}

// ---- for programs ----

static void report_text(FILE *out, const char *name, struct th_bytes text)
{
    char escaped[2 * TH_SENTENCE_BYTES];
    (void)th_text_json(text, escaped, sizeof(escaped));
    (void)fprintf(out, ",\"%s\":\"%s\"", name, escaped);
}

static void report_finding(FILE *out, const struct th_finding *finding)
{
    char text[TH_SENTENCE_BYTES];
    char file[2 * TH_SENTENCE_BYTES];
    (void)th_text_json(th_bytes_of(finding->file), file, sizeof(file));
    (void)fprintf(out,
                  "{\"file\":\"%s\",\"row\":%" PRIu32 ",\"column\":%" PRIu32 ",\"code\":\"TH%04u\"",
                  file,
                  finding->line,
                  finding->column,
                  (unsigned)finding->verdict.code);
    const char *severity = th_severity_text(TH_LANG_EN, finding->severity);
    report_text(out, "severity", th_bytes_of(severity));
    (void)th_verdict_line(&finding->verdict, TH_LANG_VI, text, sizeof(text));
    report_text(out, "text_vi", th_bytes_of(text));
    (void)th_verdict_line(&finding->verdict, TH_LANG_EN, text, sizeof(text));
    report_text(out, "text_en", th_bytes_of(text));
    report_text(out, "value", th_bytes_of(finding->value));
    (void)fputs("}\n", out);
}

enum th_err th_findings_report(struct th_findings *findings, FILE *out)
{
    sort(findings);
    for (size_t i = 0; i < findings->count; i++) {
        report_finding(out, &findings->kept[i]);
    }
    if (total_of(findings, true) > findings->count) {
        const char *comma = "{\"more\":{";
        for (size_t at = 0; at < findings->code_count; at++) {
            const uint64_t count = rest_of(findings, at, findings->count, true);
            if (count > 0) {
                const unsigned code = findings->codes[at].code;
                (void)fprintf(out, "%s\"TH%04u\":%" PRIu64, comma, code, count);
                comma = ",";
            }
        }
        (void)fputs("}}\n", out);
    }
    return th_out_flush(out);
}
