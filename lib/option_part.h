// option_part.h - what option.c and option_help.c share

#ifndef LIB_OPTION_PART_H
#define LIB_OPTION_PART_H

#include "tonghop/option.h"

// The options every verb takes, with the index each has here.
enum th_common {
    TH_COMMON_DIR,
    TH_COMMON_CONFIG,
    TH_COMMON_OVERRIDE,
    TH_COMMON_LANG,
    TH_COMMON_FORMAT,
    TH_COMMON_JSON,
    TH_COMMON_TIMEOUT,
    TH_COMMON_QUIET,
    TH_COMMON_VERBOSE,
    TH_COMMON_COLOR,
    TH_COMMON_PROGRESS,
    TH_COMMON_YES,
    TH_COMMON_HELP,
    TH_COMMON_VERSION,
    TH_COMMON_COUNT
};

extern const struct th_option th_common_options[TH_COMMON_COUNT];

enum { TH_HELP_OPTION_BYTES = 80 };

// "-o, --output FILE", "--wait[=D]"
void th_help_option(const struct th_option *option, char out[static TH_HELP_OPTION_BYTES]);

const char *th_help_text(struct th_help help, enum th_lang lang);
void th_help_program(const struct th_program *program, enum th_lang lang, FILE *out);
void th_help_verb(const struct th_program *program,
                  const struct th_verb *verb,
                  enum th_lang lang,
                  FILE *out);

#endif
