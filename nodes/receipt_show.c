// receipt_show.c - see receipt_show.h

#include "nodes/receipt_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/day.h"
#include "tonghop/hash.h"
#include "tonghop/number.h"

#include "nodes/desk.h"

enum { RANGE_BYTES = 48, CHAIN_SHOWN = 16 };

const struct th_sheet_column RECEIPT_SHEET[RECEIPT_COLUMNS] = {
    {.name = "code", .people = {"mã", "code"}},
    {.name = "batches", .people = {"lô", "batches"}},
    {.name = "new", .people = {"mới", "new"}, .is_number = true},
    {.name = "changed", .people = {"sửa", "changed"}, .is_number = true},
    {.name = "withdrawn", .people = {"rút", "withdrawn"}, .is_number = true},
    {.name = "refused", .people = {"từ chối", "refused"}, .is_number = true},
    {.name = "unchanged", .people = {"không đổi", "unchanged"}, .is_number = true},
    {.name = "version", .people = {"phiên bản", "version"}, .is_number = true},
    {.name = "time", .people = {"giờ UTC", "time UTC"}},
};

static char *range_of(const struct th_receipt *receipt, char out[static RANGE_BYTES])
{
    (void)snprintf(out, RANGE_BYTES, "%" PRIu64 "..%" PRIu64, receipt->first, receipt->last);
    return out;
}

enum th_err receipt_row(struct th_sheet *sheet, const struct th_receipt *receipt)
{
    enum { FIRST_NUMBER = 2, NUMBERS = 6 };
    const uint64_t numbers[NUMBERS] = {receipt->items.fresh,
                                       receipt->items.changed,
                                       receipt->items.withdrawn,
                                       receipt->items.refused,
                                       receipt->items.unchanged,
                                       receipt->version};
    char texts[NUMBERS][TH_NUMBER_TEXT_BYTES];
    char range[RANGE_BYTES];
    char time[TH_TIME_TEXT_BYTES];
    struct th_bytes cells[RECEIPT_COLUMNS] = {th_bytes_of(receipt->code),
                                              th_bytes_of(range_of(receipt, range))};
    for (size_t i = 0; i < NUMBERS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "%" PRIu64, numbers[i]);
        cells[FIRST_NUMBER + i] = th_bytes_of(texts[i]);
    }
    cells[FIRST_NUMBER + NUMBERS] = th_bytes_of(th_time_utc(receipt->time_ms, time));
    return th_sheet_add(sheet, cells);
}

void receipt_json(const struct th_receipt *receipt, struct th_bytes text, FILE *out)
{
    char hex[2 * TH_HASH256_BYTES + 1];
    char time[TH_TIME_TEXT_BYTES];
    const struct th_receipt_items *items = &receipt->items;
    (void)fprintf(out, "{\"code\":");
    desk_json_text(out, th_bytes_of(receipt->code));
    (void)fprintf(out, ",\"province\":");
    desk_json_text(out, th_bytes_of(receipt->province));
    (void)fprintf(out, ",\"lineage\":");
    desk_json_text(out, th_bytes_of(receipt->lineage));
    (void)fprintf(out, ",\"unit\":");
    desk_json_text(out, th_bytes_of(receipt->unit));
    (void)fprintf(out,
                  ",\"node\":%" PRIu32 ",\"epoch\":%" PRIu64 ",\"batches\":[%" PRIu64 ",%" PRIu64
                  "],\"chain\":\"%s\"",
                  receipt->node,
                  receipt->epoch,
                  receipt->first,
                  receipt->last,
                  th_hex((struct th_bytes){receipt->chain, sizeof(receipt->chain)}, hex));
    (void)fprintf(out,
                  ",\"records\":%" PRIu64 ",\"new\":%" PRIu64 ",\"changed\":%" PRIu64
                  ",\"withdrawn\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"unchanged\":%" PRIu64
                  ",\"version\":%" PRIu64 ",\"time\":\"%s\",\"key\":",
                  receipt->records,
                  items->fresh,
                  items->changed,
                  items->withdrawn,
                  items->refused,
                  items->unchanged,
                  receipt->version,
                  th_time_utc(receipt->time_ms, time));
    desk_json_text(out, th_bytes_of(receipt->key));
    (void)fprintf(out, ",\"text\":");
    desk_json_text(out, text);
    (void)fprintf(out, "}");
}

// ---- for people ----

static void say_items(const struct th_call *call, const struct th_receipt *receipt, FILE *out)
{
    const bool vi = call->lang == TH_LANG_VI;
    const struct {
        const char *vi;
        const char *en;
        uint64_t count;
        bool always;
    } parts[] = {
        {"mới", "new", receipt->items.fresh, true},
        {"sửa", "changed", receipt->items.changed, true},
        {"rút", "withdrawn", receipt->items.withdrawn, true},
        {"bị từ chối", "refused", receipt->items.refused, true},
        {"không đổi", "unchanged", receipt->items.unchanged, false},
    };
    const char *before = "";
    for (size_t i = 0; i < TH_COUNT(parts); i++) {
        char number[DESK_NUMBER_BYTES];
        if (parts[i].always || parts[i].count > 0) {
            (void)fprintf(out,
                          "%s%s %s",
                          before,
                          vi ? parts[i].vi : parts[i].en,
                          desk_number(call, parts[i].count, number));
            before = ", ";
        }
    }
}

// The end of the text as lines of at most 72 bytes: a signature does not fit one.
static void print_signature(struct th_bytes text, FILE *out)
{
    enum { LINE = 44 };
    const size_t size = TH_SIGN_TEXT_BYTES - 1;
    const char *at = (const char *)text.data + text.size - size - 1;
    for (size_t i = 0; i < size; i += LINE) {
        const size_t left = size - i;
        (void)fprintf(out, "  %.*s\n", (int)(left < LINE ? left : LINE), at + i);
    }
}

void receipt_page(const struct th_call *call,
                  const struct th_receipt *receipt,
                  struct th_bytes text,
                  int32_t zone,
                  FILE *out)
{
    const bool vi = call->lang == TH_LANG_VI;
    char hex[2 * TH_HASH256_BYTES + 1];
    char time[TH_TIME_TEXT_BYTES];
    char version[DESK_NUMBER_BYTES];
    char records[DESK_NUMBER_BYTES];
    char range[RANGE_BYTES];
    (void)th_hex((struct th_bytes){receipt->chain, sizeof(receipt->chain)}, hex);
    (void)fprintf(out, "%s  %s\n\n", vi ? "BIÊN NHẬN SỐ LIỆU" : "RECEIPT", receipt->code);
    (void)fprintf(out,
                  vi ? "Tỉnh %s (%s) đã nhận và quyết định các lô %s\n"
                       "của đơn vị %s, nút %" PRIu32 ", lúc %s%s.\n\n"
                     : "Province %s (%s) has received and decided batches %s\n"
                       "of unit %s, node %" PRIu32 ", on %s%s.\n\n",
                  receipt->province,
                  receipt->lineage,
                  range_of(receipt, range),
                  receipt->unit,
                  receipt->node,
                  th_time_people(call->lang, receipt->time_ms, zone, time),
                  zone == 0 ? " UTC" : "");
    (void)fprintf(out, "%s: ", vi ? "Mục" : "Items");
    say_items(call, receipt, out);
    (void)fprintf(out,
                  vi ? "\nBản ghi hiện có của nút này tại tỉnh: %s. Phiên bản %s.\n"
                     : "\nRecords of this node at the province: %s. Version %s.\n",
                  desk_number(call, receipt->records, records),
                  desk_number(call, receipt->version, version));
    (void)fprintf(out,
                  "%s:\n  %.*s\n  %s\n%s %s, %s:\n",
                  vi ? "Dấu của mọi lô đến đây" : "Mark of all batches up to here",
                  TH_HASH256_BYTES,
                  hex,
                  hex + TH_HASH256_BYTES,
                  vi ? "Khóa ký" : "Signing key",
                  receipt->key,
                  vi ? "chữ ký" : "signature");
    print_signature(text, out);
    (void)fprintf(out,
                  vi ? "\nKiểm tệp biên nhận này, không cần mạng:\n"
                       "  tonghop receipt TỆP --verify --key sign.public\n"
                     : "\nTo check the file of this receipt, without a network:\n"
                       "  tonghop receipt FILE --verify --key sign.public\n");
}

void receipt_say_genuine(const struct th_call *call, const struct th_receipt *receipt)
{
    char range[RANGE_BYTES];
    desk_say(call,
             "Biên nhận %s là thật: tỉnh %s, nút %" PRIu32 ", lô %s, phiên bản %" PRIu64
             ", khóa %s.\n",
             "Receipt %s is genuine: province %s, node %" PRIu32 ", batches %s, version %" PRIu64
             ", key %s.\n",
             receipt->code,
             receipt->province,
             receipt->node,
             range_of(receipt, range),
             receipt->version,
             receipt->key);
}

int receipt_say_flaw(const struct th_call *call,
                     const char *file,
                     enum th_flaw flaw,
                     const struct th_receipt *receipt,
                     unsigned line,
                     const char *fingerprint)
{
    char number[16];
    struct th_verdict why;
    (void)snprintf(number, sizeof(number), "%u", line);
    switch (flaw) {
    case TH_FLAW_NONE:
        return TH_EXIT_OK;
    case TH_FLAW_KIND:
        th_verdict_make(&why, TH_M_RECEIPT_KIND, 0, NULL, file, NULL);
        break;
    case TH_FLAW_FORM:
        th_verdict_make(&why, TH_M_RECEIPT_FORM, 0, NULL, file, number, NULL);
        break;
    case TH_FLAW_CODE:
        th_verdict_make(&why, TH_M_RECEIPT_CODE, 0, NULL, file, receipt->code, NULL);
        break;
    case TH_FLAW_KEY:
        th_verdict_make(&why, TH_M_RECEIPT_KEY, 0, NULL, file, receipt->key, fingerprint, NULL);
        break;
    case TH_FLAW_SIGNATURE:
        th_verdict_make(&why, TH_M_RECEIPT_SIGNATURE, 0, NULL, file, NULL);
        break;
    }
    return th_call_tell(call, &why);
}
