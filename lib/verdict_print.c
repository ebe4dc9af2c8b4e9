// verdict_print.c - docs/errors.md from the table; see verdict.h

#include "tonghop/out.h"
#include "tonghop/verdict.h"

// Writes text, which stands in a cell of a Markdown table.
static void print_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|') {
            (void)fputc('\\', out);
        }
        (void)fputc(*text, out);
    }
}

static void print_sentence(FILE *out, const struct th_sentence *message, enum th_lang lang)
{
    (void)fputs(" | ", out);
    if (message->variant != 0) {
        (void)fprintf(out, "(%c) ", message->variant);
    }
    print_cell(out, message->text[lang]);
    if (message->remedy[lang] != NULL) {
        (void)fputs(" → ", out);
        print_cell(out, message->remedy[lang]);
    }
}

enum th_err th_message_print(FILE *out)
{
    (void)fputs(
        "# Error codes\n\n"
        "Printed from the table in the program; do not edit. Codes are the same in both languages"
        " and are never\nreused. The first two digits: 10 command line, 11 YAML, 12 keys,"
        " 20 file, 21 cell and row, 22 a rule as an\nerror, 23 a rule as a warning, 24 notes,"
        " 30 line, 31 stream, 40 start, 41 store, 42 verify, 43 backup,\n50 questions,"
        " 51 HTTP, 90 defects. `tonghop help TH2233` explains one.\n\n"
        "| Code | Exit | English | Tiếng Việt |\n|---|---|---|---|\n",
        out);
    for (size_t i = 0; i < th_message_count(); i++) {
        const struct th_sentence *message = th_message_at(i);
        (void)fprintf(out, "| TH%04u | ", (unsigned)message->code);
        if (message->exit == 0) {
            (void)fputs("–", out);
        } else {
            (void)fprintf(out, "%u", (unsigned)message->exit);
        }
        print_sentence(out, message, TH_LANG_EN);
        print_sentence(out, message, TH_LANG_VI);
        (void)fputs(" |\n", out);
    }
    return th_out_flush(out);
}
