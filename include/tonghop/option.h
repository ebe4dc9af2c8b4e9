// option.h - one table per program: verbs, options, help, and the parsing that follows from it
//
// Parsing (getopt_long), --help, suggestions for misspelt words and docs/commands.md all come from
// the same table, so they cannot drift apart. Options that every verb takes are added here.
//
// Exit codes are those of sysexits.h where the meaning is the same (interface: exit codes).

#ifndef TONGHOP_OPTION_H
#define TONGHOP_OPTION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tonghop/base.h"
#include "tonghop/verdict.h"

enum th_exit {
    TH_EXIT_OK = 0,
    TH_EXIT_NO = 1,
    TH_EXIT_USAGE = 64,
    TH_EXIT_DATA = 65,
    TH_EXIT_NO_INPUT = 66,
    TH_EXIT_UNAVAILABLE = 69,
    TH_EXIT_SOFTWARE = 70,
    TH_EXIT_CANT_CREATE = 73,
    TH_EXIT_IO = 74,
    TH_EXIT_TEMPORARY = 75, // queued here, safe, not yet acknowledged
    TH_EXIT_NO_PERMISSION = 77,
    TH_EXIT_CONFIG = 78,
};

enum th_option_kind {
    TH_OPTION_FLAG,           // --strict
    TH_OPTION_TEXT,           // --unit CODE
    TH_OPTION_LIST,           // may be repeated, and commas separate: --unit A,B --unit C
    TH_OPTION_NUMBER,         // whole number in [min, max]
    TH_OPTION_DURATION,       // 500ms, 30s, 5m, 2h, 7d -> milliseconds
    TH_OPTION_MAYBE_DURATION, // --wait or --wait=30s
    TH_OPTION_CHOICE,         // one of choices, "a|b|c"
};

struct th_help {
    const char *vi;
    const char *en;
};

struct th_option {
    const char *name; // without --
    char letter;      // 0: none
    enum th_option_kind kind;
    const char *value;    // shown in help: CODE, FILE, D
    const char *choices;  // TH_OPTION_CHOICE
    const char *fallback; // used when not given; NULL: none
    int64_t min, max;     // NUMBER; DURATION in ms
    struct th_help help;
};

struct th_call;

struct th_verb {
    const char *name;
    const char *operands; // shown in help: "DIR", "FILE..."
    struct th_help help;  // one line
    const struct th_option *options;
    size_t option_count;
    unsigned operands_min, operands_max;
    int (*run)(const struct th_call *call); // an exit code
    const char *program;                    // run by this program instead (execv), run is then NULL
    bool nested;                            // of that program: its verbs follow ("node run")
};

struct th_program {
    const char *name; // tonghop, tonghop-node, ...
    struct th_help help;
    const struct th_verb *verbs;
    size_t verb_count;
};

enum { TH_OPTIONS_MAX = 48, TH_OPTION_LIST_MAX = 256, TH_OVERRIDES_MAX = 64 };

struct th_value {
    bool given;
    const char *text; // as written, or the fallback
    int64_t number;   // NUMBER, DURATION in ms
    const char *list[TH_OPTION_LIST_MAX];
    size_t list_count;
};

// What every verb gets. Texts live as long as the process.
struct th_call {
    const struct th_program *program;
    const struct th_verb *verb;
    char *const *operands;
    size_t operand_count;

    const char *dir;                         // --dir, $TONGHOP_DIR, or NULL
    const char *config;                      // --config, or NULL
    const char *overrides[TH_OVERRIDES_MAX]; // -o SECTION.KEY=VALUE
    size_t override_count;
    enum th_lang lang;
    const char *format; // table, csv, json, jsonl; NULL: by what stdout is
    uint64_t timeout_ms;
    bool quiet, verbose, yes;
    const char *color;    // auto, always, never
    const char *progress; // auto, never

    struct th_value values[TH_OPTIONS_MAX]; // by index in verb->options
};

// The value of the option called name; asserts that the verb has it.
const struct th_value *th_call_value(const struct th_call *call, const char *name);
bool th_call_flag(const struct th_call *call, const char *name);
const char *th_call_text(const struct th_call *call, const char *name); // NULL when not given

/**
 * Parse, help, suggest, dispatch: the whole main of a program.
 *
 * A first word that is no verb: TH1001 with a suggestion. `help`, `--help`, `--version` are
 * answered; a program without a verb `help` of its own knows `help VERB` and `help --all-commands`
 * too. Verbs of other programs are run from the directory of this one, libexec/tonghop beside
 * it, then PATH. Pipes are as out.h says; a verb that returns TH_EXIT_OK has nothing to flush: what
 * could not be written is TH4103 here.
 */
int th_program_main(const struct th_program *program, int argc, char **argv);

// Print one error line on stderr in the call's language and return its exit code.
int th_call_fail(const struct th_call *call,
                 unsigned code,
                 const char *const *params,
                 size_t count);

// The same for a verdict with a variant.
int th_call_tell(const struct th_call *call, const struct th_verdict *verdict);

// printf in the call's language, on stdout for people; nothing with --quiet.
void th_call_say(const struct th_call *call, const char *vi, const char *en, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
void th_call_say_list(const struct th_call *call, const char *vi, const char *en, va_list args)
    __attribute__((format(printf, 2, 0), format(printf, 3, 0)));

// Become another program of ours, found beside this one, in libexec/tonghop, or in PATH. Returns
// only when that failed: TH1005 was said, and the result is its exit code.
int th_call_exec(const struct th_call *call, const char *program, char **argv);

// docs/commands.md, printed from the tables in both languages: what holds for all programs, and the
// chapter of one. Every program prints its own with `help --all-commands`.
void th_program_print_common(FILE *out);
void th_program_print(const struct th_program *program, FILE *out);

// "30s" -> 30000. False when it is not a duration.
bool th_duration_parse(const char *text, uint64_t *ms);

#endif
