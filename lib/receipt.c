// receipt.c - see receipt.h

#include "tonghop/receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tonghop/day.h"

enum { ITEM_WORDS = 5 };

static const char KIND[] = "tonghop-receipt";

// ---- writing ----

static void write_items(struct th_writer *writer, const struct th_receipt_items *items)
{
    char unchanged[40] = "";
    if (items->unchanged > 0) {
        (void)snprintf(unchanged, sizeof(unchanged), ", unchanged %" PRIu64, items->unchanged);
    }
    th_signed_line(writer,
                   "items",
                   "new %" PRIu64 ", changed %" PRIu64 ", withdrawn %" PRIu64 ", refused %" PRIu64
                   "%s",
                   items->fresh,
                   items->changed,
                   items->withdrawn,
                   items->refused,
                   unchanged);
}

// The lines that the code is made of.
static void write_body(struct th_writer *writer, const struct th_receipt *receipt)
{
    char sum[2 * TH_HASH128_BYTES + 1];
    char time[TH_TIME_TEXT_BYTES];
    th_signed_line(writer, "province", "%s", receipt->province);
    th_signed_line(writer, "lineage", "%s", receipt->lineage);
    th_signed_line(writer, "unit", "%s", receipt->unit);
    th_signed_line(writer, "node", "%" PRIu32, receipt->node);
    th_signed_line(writer, "epoch", "%" PRIu64, receipt->epoch);
    th_signed_line(writer, "batches", "%" PRIu64 "..%" PRIu64, receipt->first, receipt->last);
    th_signed_hex(
        writer, "chain", (struct th_bytes){.data = receipt->chain, .size = sizeof(receipt->chain)});
    (void)th_hex((struct th_bytes){.data = receipt->sum, .size = sizeof(receipt->sum)}, sum);
    th_signed_line(writer, "records", "%" PRIu64 " %s", receipt->records, sum);
    write_items(writer, &receipt->items);
    th_signed_line(writer, "version", "%" PRIu64, receipt->version);
    th_signed_line(writer, "time", "%s", th_time_utc(receipt->time_ms, time));
}

void th_receipt_write(struct th_writer *writer, struct th_receipt *receipt)
{
    uint8_t room[TH_RECEIPT_BYTES_MAX];
    struct th_writer body = TH_WRITER(room);
    write_body(&body, receipt);
    th_signed_write(
        writer, KIND, receipt->province, th_written(&body), receipt->key, receipt->code);
}

// ---- reading ----

static bool read_records(struct th_bytes value, struct th_receipt *receipt)
{
    const char *space = value.size > 0 ? memchr(value.data, ' ', value.size) : NULL;
    if (space == NULL) {
        return false;
    }
    const size_t size = (size_t)(space - (const char *)value.data);
    const struct th_bytes sum = {.data = space + 1, .size = value.size - size - 1};
    return th_fields_digits((struct th_bytes){.data = value.data, .size = size},
                            &receipt->records) &&
           th_unhex(sum, receipt->sum, sizeof(receipt->sum)) == TH_OK;
}

// "new 3, changed 0, ...": a word and a number each; that all is as written is seen by writing it
// again.
static bool read_items(struct th_bytes value, struct th_receipt_items *items)
{
    uint64_t numbers[ITEM_WORDS] = {0};
    size_t count = 0;
    while (value.size > 0) {
        const char *at = value.data;
        const char *comma = memchr(at, ',', value.size);
        const size_t size = comma == NULL ? value.size : (size_t)(comma - at);
        const char *space = memchr(at, ' ', size);
        if (space == NULL || count == ITEM_WORDS) {
            return false;
        }
        const size_t word = (size_t)(space - at) + 1;
        if (!th_fields_digits((struct th_bytes){.data = at + word, .size = size - word},
                              &numbers[count])) {
            return false;
        }
        count++;
        const size_t used = comma == NULL ? size : size + 2;
        if (used > value.size) {
            return false;
        }
        value = (struct th_bytes){.data = at + used, .size = value.size - used};
    }
    *items = (struct th_receipt_items){.fresh = numbers[0],
                                       .changed = numbers[1],
                                       .withdrawn = numbers[2],
                                       .refused = numbers[3],
                                       .unchanged = numbers[4]};
    return true;
}

static void read_lines(struct th_fields *fields, void *value)
{
    struct th_receipt *receipt = value;
    th_fields_copy(fields, "code", receipt->code, sizeof(receipt->code));
    th_fields_copy(fields, "province", receipt->province, sizeof(receipt->province));
    th_fields_copy(fields, "lineage", receipt->lineage, sizeof(receipt->lineage));
    th_fields_copy(fields, "unit", receipt->unit, sizeof(receipt->unit));
    const uint64_t node = th_fields_number(fields, "node");
    th_fields_must(fields, node <= UINT32_MAX);
    receipt->node = (uint32_t)node;
    receipt->epoch = th_fields_number(fields, "epoch");
    th_fields_range(fields, "batches", &receipt->first, &receipt->last);
    th_fields_hex(fields, "chain", receipt->chain, sizeof(receipt->chain));
    th_fields_must(fields, read_records(th_fields_take(fields, "records"), receipt));
    th_fields_must(fields, read_items(th_fields_take(fields, "items"), &receipt->items));
    receipt->version = th_fields_number(fields, "version");
    th_fields_must(fields,
                   th_time_parse(th_fields_take(fields, "time"), &receipt->time_ms) == TH_OK);
    th_fields_copy(fields, "key", receipt->key, sizeof(receipt->key));
}

static void write_lines(struct th_writer *writer, void *value)
{
    th_receipt_write(writer, value);
}

static const struct th_signed_form FORM = {.kind = KIND, .read = read_lines, .write = write_lines};

enum th_flaw th_receipt_read(struct th_bytes content, struct th_receipt *receipt, unsigned *line)
{
    *receipt = (struct th_receipt){.node = 0};
    return th_signed_read(&FORM, content, receipt, receipt->code, line);
}

enum th_flaw th_receipt_check(struct th_bytes text,
                              const uint8_t public_key[static TH_SIGN_PUBLIC_BYTES],
                              const char *fingerprint,
                              struct th_receipt *receipt,
                              unsigned *line)
{
    uint8_t signature[TH_SIGN_BYTES];
    struct th_bytes content;
    struct th_fields fields = {.rest = text};
    *receipt = (struct th_receipt){.node = 0};
    const struct th_bytes kind = th_fields_take(&fields, KIND);
    if (fields.failed || !th_bytes_equal(kind, TH_BYTES("1"))) {
        return TH_FLAW_KIND;
    }
    if (th_signed_split(text, &content, signature) != TH_FLAW_NONE) {
        if (line != NULL) {
            *line = 0;
        }
        return TH_FLAW_FORM;
    }
    const enum th_flaw flaw = th_receipt_read(content, receipt, line);
    const struct th_signed_by by = {.public_key = public_key, .fingerprint = fingerprint};
    return th_signed_check(flaw, receipt->key, &by, content, signature);
}
