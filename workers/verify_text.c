// verify_text.c - findings as sentences: which row, what is wrong, what to do

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/hash.h"
#include "tonghop/verdict.h"

#include "workers/ledger.h"
#include "workers/verify_body.h"

enum { NAME_BYTES_MAX = 320, HEX_KEY_MAX = 48 };

static size_t
name_total(const struct verify_setup *setup, struct th_bytes key, char *out, size_t max)
{
    struct figure_key at;
    if (key_read_total(key, &at) != TH_OK) {
        return 0;
    }
    char period[TH_PERIOD_TEXT_BYTES];
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(setup->reg, at.uid, at.period, label);
    const int size = snprintf(out,
                              max,
                              "%.*s %s %s %.*s",
                              (int)at.measure.size,
                              (const char *)at.measure.data,
                              th_period_text(at.period, period),
                              label,
                              (int)at.dims.size,
                              (const char *)at.dims.data);
    return size > 0 ? (size_t)size : 0;
}

static size_t
name_coverage(const struct verify_setup *setup, struct th_bytes key, char *out, size_t max)
{
    struct coverage_key at;
    if (key_read_coverage(key, &at) != TH_OK) {
        return 0;
    }
    char period[TH_PERIOD_TEXT_BYTES];
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(setup->reg, at.uid, at.period, label);
    const int size = snprintf(out,
                              max,
                              "%.*s %s %s %.*s",
                              (int)at.scheme.size,
                              (const char *)at.scheme.data,
                              th_period_text(at.period, period),
                              label,
                              (int)at.category.size,
                              (const char *)at.category.data);
    return size > 0 ? (size_t)size : 0;
}

static size_t
name_form(const struct verify_setup *setup, struct th_bytes key, char *out, size_t max)
{
    struct form_key at;
    if (key_read_form(key, &at) != TH_OK) {
        return 0;
    }
    char period[TH_PERIOD_TEXT_BYTES];
    char label[TH_UNIT_REF_MAX + 1];
    th_register_label(setup->reg, at.uid, at.period, label);
    const int size = snprintf(out,
                              max,
                              "%.*s %s %s",
                              (int)at.form.size,
                              (const char *)at.form.data,
                              th_period_text(at.period, period),
                              label);
    return size > 0 ? (size_t)size : 0;
}

static size_t
name_edition(const struct verify_setup *setup, struct th_bytes key, char *out, size_t max)
{
    struct edition_key at;
    char period[TH_PERIOD_TEXT_BYTES];
    char label[TH_UNIT_REF_MAX + 1] = "";
    if (key_read_edition(key, &at) != TH_OK) {
        return 0;
    }
    if (at.table.size == 0) {
        const int size = snprintf(out, max, "%" PRIu32, at.number);
        return size > 0 ? (size_t)size : 0;
    }
    if (at.uid != TH_UNIT_NONE) {
        th_register_label(setup->reg, at.uid, at.period, label);
    }
    const int size = snprintf(out,
                              max,
                              "%.*s %s %" PRIu32 " %s",
                              (int)at.table.size,
                              (const char *)at.table.data,
                              th_period_text(at.period, period),
                              at.number,
                              label);
    return size > 0 ? (size_t)size : 0;
}

static size_t name_entry(struct th_bytes key, char *out, size_t max)
{
    struct ledger_key at;
    if (key_read_ledger(key, &at) != TH_OK) {
        return 0;
    }
    const int size = at.index == LEDGER_HEAD
                         ? snprintf(out, max, "%" PRIu64, at.version)
                         : snprintf(out, max, "%" PRIu64 "/%" PRIu32, at.version, at.index);
    return size > 0 ? (size_t)size : 0;
}

static size_t name_receipt(struct th_bytes key, char *out, size_t max)
{
    struct numbered_key at;
    if (key_read_receipt(key, &at) != TH_OK) {
        return 0;
    }
    const int size =
        snprintf(out, max, "%" PRIu32 " %" PRIu64 "/%" PRIu64, at.node, at.epoch, at.seq);
    return size > 0 ? (size_t)size : 0;
}

static size_t name_day(struct th_bytes key, char *out, size_t max)
{
    char day[TH_DAY_TEXT_BYTES];
    if (key.size != 4 || !th_day_is_calendar((th_day)th_get_u32(key.data))) {
        return 0;
    }
    const int size = snprintf(out, max, "%s", th_day_text((th_day)th_get_u32(key.data), day));
    return size > 0 ? (size_t)size : 0;
}

// A row as people can find it again. Keys with persons are shown as bytes.
static void name_row(const struct verify_setup *setup,
                     const struct verify_finding *finding,
                     char *out,
                     size_t max)
{
    size_t size = 0;
    if (finding->table == TABLE_TOTAL) {
        size = name_total(setup, finding->key, out, max);
    } else if (finding->table == TABLE_COVERAGE) {
        size = name_coverage(setup, finding->key, out, max);
    } else if (finding->table == TABLE_EDITION) {
        size = name_edition(setup, finding->key, out, max);
    } else if (finding->table == TABLE_FORM || finding->table == TABLE_OPENING) {
        size = name_form(setup, finding->key, out, max);
    } else if (finding->table == TABLE_LEDGER) {
        size = name_entry(finding->key, out, max);
    } else if (finding->table == TABLE_RECEIPT) {
        size = name_receipt(finding->key, out, max);
    } else if (finding->table == TABLE_CHAIN) {
        size = name_day(finding->key, out, max);
    }
    if (size == 0) {
        char hex[2 * HEX_KEY_MAX + 1];
        struct th_bytes key = finding->key;
        key.size = key.size < HEX_KEY_MAX ? key.size : HEX_KEY_MAX;
        (void)snprintf(out, max, "%s", th_hex(key, hex));
    }
    size = strlen(out);
    while (size > 0 && out[size - 1] == ' ') {
        out[--size] = '\0';
    }
}

// Nothing is mended here; what helps is always a copy that is whole.
static const char *remedy(enum th_lang lang)
{
    return lang == TH_LANG_VI ? "khôi phục bản sao lưu, các điểm báo cáo sẽ gửi lại phần còn thiếu"
                              : "restore the newest backup; the nodes send again what it lacks";
}

size_t verify_text(const struct verify_setup *setup,
                   const struct verify_finding *finding,
                   enum th_lang lang,
                   char *out,
                   size_t max)
{
    char row[NAME_BYTES_MAX];
    char what[TH_SENTENCE_BYTES];
    struct th_verdict verdict;
    name_row(setup, finding, row, sizeof(row));
    th_verdict_start(&verdict, finding->code, 0, "");
    if (finding->code == TH_M_VERIFY_TOTAL) {
        th_verdict_add(&verdict, th_bytes_of(row));
    }
    if (finding->code == TH_M_VERIFY_HISTORY || finding->code == TH_M_VERIFY_TREE) {
        th_verdict_add(&verdict, th_bytes_of(finding->kept));
    }
    if (finding->code == TH_M_VERIFY_TOTAL || finding->code == TH_M_VERIFY_CHAIN ||
        finding->code == TH_M_VERIFY_RECEIPT) {
        th_verdict_add(&verdict, th_bytes_of(finding->kept));
        th_verdict_add(&verdict, th_bytes_of(finding->counted));
    }
    (void)th_verdict_text(&verdict, lang, what, sizeof(what));
    const int size = snprintf(out,
                              max,
                              "TH%04u %s/%s: %s → %s",
                              finding->code,
                              TABLE_NAMES[finding->table],
                              row,
                              what,
                              remedy(lang));
    return size < 0 ? 0 : (size_t)size < max ? (size_t)size : max - 1;
}
