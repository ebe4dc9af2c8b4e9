// receipt_show.h - receipts for people and programs: a row, a page, an object

#ifndef NODES_RECEIPT_SHOW_H
#define NODES_RECEIPT_SHOW_H

#include "tonghop/option.h"
#include "tonghop/receipt.h"
#include "tonghop/sheet.h"

enum { RECEIPT_COLUMNS = 9 };
extern const struct th_sheet_column RECEIPT_SHEET[RECEIPT_COLUMNS];

TH_MUST_USE enum th_err receipt_row(struct th_sheet *sheet, const struct th_receipt *receipt);
// {"code":...}, without a newline. text: the whole of it, signed.
void receipt_json(const struct th_receipt *receipt, struct th_bytes text, FILE *out);
// Half a page for the paper file; zone as minutes east of UTC.
void receipt_page(const struct th_call *call,
                  const struct th_receipt *receipt,
                  struct th_bytes text,
                  int32_t zone,
                  FILE *out);
// What was found of it: "93-7F3K-92QD is genuine: ...".
void receipt_say_genuine(const struct th_call *call, const struct th_receipt *receipt);
// Why it is not; file names it. An exit code.
int receipt_say_flaw(const struct th_call *call,
                     const char *file,
                     enum th_flaw flaw,
                     const struct th_receipt *receipt,
                     unsigned line,
                     const char *fingerprint);

#endif
