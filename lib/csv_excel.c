// csv_excel.c - rows for a double click in a Vietnamese Excel; see csv.h

#include <string.h>

#include "tonghop/csv.h"

static bool is_number(struct th_bytes text)
{
    const char *at = text.data;
    bool digits = false;
    for (size_t i = 0; i < text.size; i++) {
        const bool digit = at[i] >= '0' && at[i] <= '9';
        const bool sign = i == 0 && (at[i] == '-' || at[i] == '+');
        if (!digit && !sign && at[i] != '.' && at[i] != ',') {
            return false;
        }
        digits = digits || digit;
    }
    return digits;
}

static bool is_formula(struct th_bytes text)
{
    return text.size > 0 && strchr("=+-@", *(const char *)text.data) != NULL && !is_number(text);
}

void th_csv_excel_text(struct th_writer *row, struct th_bytes text)
{
    const char *at = text.data;
    const bool guarded = is_formula(text);
    bool quoted = text.size > 0 && (at[0] == ' ' || at[text.size - 1] == ' ');
    for (size_t i = 0; i < text.size; i++) {
        quoted = quoted || strchr(";\"\r\n", at[i]) != NULL;
    }
    th_write_bytes(row, quoted ? TH_BYTES("\"") : TH_BYTES(""));
    th_write_bytes(row, guarded ? TH_BYTES("'") : TH_BYTES(""));
    for (size_t i = 0; i < text.size; i++) {
        if (at[i] == '"') {
            th_write_u8(row, '"');
        }
        th_write_u8(row, (uint8_t)at[i]);
    }
    th_write_bytes(row, quoted ? TH_BYTES("\";") : TH_BYTES(";"));
}

void th_csv_excel_number(struct th_writer *row, struct th_bytes plain)
{
    const char *at = plain.data;
    for (size_t i = 0; i < plain.size; i++) {
        th_write_u8(row, (uint8_t)(at[i] == '.' ? ',' : at[i]));
    }
    th_write_u8(row, ';');
}

void th_csv_excel_end(struct th_writer *row)
{
    if (row->overflow || row->size == 0 || row->data[row->size - 1] != ';') {
        return; // no cells, or no room: the caller sees overflow
    }
    row->size--;
    th_write_bytes(row, TH_BYTES("\r\n"));
}
