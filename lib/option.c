// option.c - see option.h

#include "tonghop/option.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/number.h"
#include "tonghop/out.h"
#include "tonghop/text.h"

#include "lib/option_part.h"

#ifndef TONGHOP_VERSION
#error "the build defines TONGHOP_VERSION"
#endif

enum { PARSE_MAX = TH_OPTIONS_MAX + TH_COMMON_COUNT + 1, LONG_BASE = 1000 };

static bool is_lang(const char *text, const char *lang)
{
    return text != NULL && strncmp(text, lang, 2) == 0;
}

// --lang wins later; without a wish the language is Vietnamese.
static enum th_lang lang_of_environment(void)
{
    static const char *const NAMES[] = {"TONGHOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < TH_COUNT(NAMES); i++) {
        const char *value = getenv(NAMES[i]); // NOLINT(concurrency-mt-unsafe): before any thread
        if (is_lang(value, "vi")) {
            return TH_LANG_VI;
        }
        if (is_lang(value, "en")) {
            return TH_LANG_EN;
        }
    }
    return TH_LANG_VI;
}

static int say(const char *who, enum th_lang lang, const struct th_verdict *verdict)
{
    char line[TH_SENTENCE_BYTES];
    (void)th_verdict_line(verdict, lang, line, sizeof(line));
    (void)fprintf(stderr,
                  "%s: %s TH%04u: %s\n",
                  who,
                  lang == TH_LANG_VI ? "lỗi" : "error",
                  (unsigned)verdict->code,
                  line);
    const int code = th_message_exit(verdict->code);
    return code != 0 ? code : TH_EXIT_SOFTWARE;
}

int th_call_fail(const struct th_call *call, unsigned code, const char *const *params, size_t count)
{
    struct th_verdict verdict;
    th_verdict_start(&verdict, code, 0, NULL);
    for (size_t i = 0; i < count && i < TH_PARAMS_MAX; i++) {
        th_verdict_add(&verdict, th_bytes_of(params[i]));
    }
    return say(call->program->name, call->lang, &verdict);
}

int th_call_tell(const struct th_call *call, const struct th_verdict *verdict)
{
    return say(call->program->name, call->lang, verdict);
}

static int unknown_word(const struct th_call *call,
                        unsigned code,
                        const char *word,
                        const char *const *names,
                        size_t count,
                        size_t stride)
{
    const char *near = th_text_suggest(th_bytes_of(word), names, count, stride);
    struct th_verdict verdict;
    th_verdict_make(&verdict, code, near != NULL ? 'b' : 0, NULL, word, near, NULL);
    return say(call->program->name, call->lang, &verdict);
}

bool th_duration_parse(const char *text, uint64_t *ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } UNITS[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 24ULL * 3600 * 1000}};
    size_t digits = 0;
    uint64_t number = 0;
    while (isdigit((unsigned char)text[digits]) && digits < 10) {
        number = number * 10 + (uint64_t)(text[digits] - '0');
        digits++;
    }
    for (size_t i = 0; i < TH_COUNT(UNITS) && digits > 0; i++) {
        if (strcmp(text + digits, UNITS[i].unit) == 0) {
            *ms = number * UNITS[i].ms;
            return true;
        }
    }
    return false;
}

static bool is_choice(const char *choices, const char *text)
{
    const size_t size = strlen(text);
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|' ? 1 : 0;
        if (strncmp(at, text, size) == 0 && (at[size] == '|' || at[size] == '\0')) {
            return true;
        }
    }
    return false;
}

// Cut text at commas into the list; the pieces live in a copy for the life of the process.
static bool add_to_list(struct th_value *value, const char *text, bool split)
{
    char *copy = strdup(text);
    char *rest = copy;
    while (copy != NULL && rest != NULL && value->list_count < TH_OPTION_LIST_MAX) {
        char *piece = split ? strsep(&rest, ",") : rest;
        rest = split ? rest : NULL;
        if (*piece != '\0') {
            value->list[value->list_count++] = piece;
        }
    }
    return copy != NULL && rest == NULL;
}

// Take text as the value of option; NULL, or the kind of value that was wanted.
static const char *take(const struct th_option *option, const char *text, struct th_value *value)
{
    uint64_t ms = 0;
    value->text = text;
    switch (option->kind) {
    case TH_OPTION_FLAG:
    case TH_OPTION_TEXT:
        return NULL;
    case TH_OPTION_LIST:
        return add_to_list(value, text, option->letter != 'o') ? NULL : "list";
    case TH_OPTION_NUMBER: {
        char *end = NULL;
        errno = 0;
        value->number = strtoll(text, &end, 10);
        const bool good = errno == 0 && end != text && *end == '\0' &&
                          value->number >= option->min && value->number <= option->max;
        return good ? NULL : "integer";
    }
    case TH_OPTION_MAYBE_DURATION:
    case TH_OPTION_DURATION:
        if (!th_duration_parse(text, &ms) || ms > (uint64_t)INT64_MAX) {
            return "time";
        }
        value->number = (int64_t)ms;
        return value->number >= option->min && value->number <= option->max ? NULL : "time";
    case TH_OPTION_CHOICE:
        return is_choice(option->choices, text) ? NULL : option->choices;
    }
    th_unreachable();
}

struct parse {
    struct option longs[PARSE_MAX];
    char shorts[2 * PARSE_MAX + 2];
    const struct th_option *options[PARSE_MAX];
    struct th_value *values[PARSE_MAX];
    size_t count;
};

static void add_option(struct parse *parse, const struct th_option *option, struct th_value *value)
{
    static const int ARGUMENT[] = {
        [TH_OPTION_FLAG] = no_argument,
        [TH_OPTION_TEXT] = required_argument,
        [TH_OPTION_LIST] = required_argument,
        [TH_OPTION_NUMBER] = required_argument,
        [TH_OPTION_DURATION] = required_argument,
        [TH_OPTION_MAYBE_DURATION] = optional_argument,
        [TH_OPTION_CHOICE] = required_argument,
    };
    th_assert(parse->count < PARSE_MAX - 1);
    parse->longs[parse->count] = (struct option){
        .name = option->name,
        .has_arg = ARGUMENT[option->kind],
        .val = LONG_BASE + (int)parse->count,
    };
    parse->options[parse->count] = option;
    parse->values[parse->count] = value;
    parse->count++;
    if (option->letter != 0) {
        const size_t used = strlen(parse->shorts);
        parse->shorts[used] = option->letter;
        parse->shorts[used + 1] = option->kind == TH_OPTION_FLAG ? '\0' : ':';
    }
}

static size_t option_of(const struct parse *parse, int val)
{
    if (val >= LONG_BASE) {
        return (size_t)(val - LONG_BASE);
    }
    for (size_t i = 0; i < parse->count; i++) {
        if (val != 0 && parse->options[i]->letter == val) {
            return i;
        }
    }
    return parse->count;
}

static int wrong_option(const struct th_call *call, const struct parse *parse, char *const *argv)
{
    const char *word = optind > 1 ? argv[optind - 1] : "";
    if (option_of(parse, optopt) < parse->count) {
        const struct th_option *option = parse->options[option_of(parse, optopt)];
        const char *value = option->value != NULL ? option->value : option->choices;
        struct th_verdict verdict;
        if (option->kind == TH_OPTION_FLAG) {
            th_verdict_make(&verdict, TH_M_OPTION_VALUE, 'b', NULL, option->name, NULL);
        } else {
            th_verdict_make(&verdict, TH_M_OPTION_VALUE, 0, NULL, option->name, value, NULL);
        }
        return th_call_tell(call, &verdict);
    }
    if (strncmp(word, "--", 2) == 0) {
        char name[64];
        (void)snprintf(name, sizeof(name), "%s", word + 2);
        name[strcspn(name, "=")] = '\0';
        return unknown_word(
            call, TH_M_NO_OPTION, name, &parse->longs[0].name, parse->count, sizeof(struct option));
    }
    const char letter[] = {(char)optopt, '\0'};
    return unknown_word(call, TH_M_NO_OPTION, letter, NULL, 0, 0);
}

static int parse_all(struct th_call *call, struct parse *parse, int argc, char **argv)
{
    opterr = 0;
    optind = 1;
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
        const int val = getopt_long(argc, argv, parse->shorts, parse->longs, NULL);
        if (val == -1) {
            break;
        }
        if (val == '?' || val == ':') {
            return wrong_option(call, parse, argv);
        }
        const size_t index = option_of(parse, val);
        const struct th_option *option = parse->options[index];
        struct th_value *value = parse->values[index];
        value->given = true;
        const char *text = optarg != NULL ? optarg : option->fallback;
        const char *wanted = text != NULL ? take(option, text, value) : NULL;
        if (wanted != NULL) {
            const char *params[] = {option->name, wanted};
            return th_call_fail(call, TH_M_OPTION_VALUE, params, TH_COUNT(params));
        }
    }
    call->operands = argv + optind;
    call->operand_count = (size_t)(argc - optind);
    return TH_EXIT_OK;
}

static void take_fallbacks(const struct parse *parse)
{
    for (size_t i = 0; i < parse->count; i++) {
        const struct th_option *option = parse->options[i];
        struct th_value *value = parse->values[i];
        if (!value->given && option->fallback != NULL && option->kind != TH_OPTION_MAYBE_DURATION) {
            th_assert(take(option, option->fallback, value) == NULL);
        }
    }
}

static void take_common(struct th_call *call, const struct th_value *common)
{
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread
    call->dir = common[TH_COMMON_DIR].given ? common[TH_COMMON_DIR].text : getenv("TONGHOP_DIR");
    call->config = common[TH_COMMON_CONFIG].text;
    const struct th_value *overrides = &common[TH_COMMON_OVERRIDE];
    call->override_count =
        overrides->list_count < TH_OVERRIDES_MAX ? overrides->list_count : TH_OVERRIDES_MAX;
    for (size_t i = 0; i < call->override_count; i++) {
        call->overrides[i] = overrides->list[i];
    }
    if (common[TH_COMMON_LANG].given) {
        call->lang = is_lang(common[TH_COMMON_LANG].text, "vi") ? TH_LANG_VI : TH_LANG_EN;
    }
    call->format = common[TH_COMMON_JSON].given ? "json" : common[TH_COMMON_FORMAT].text;
    call->timeout_ms = (uint64_t)common[TH_COMMON_TIMEOUT].number;
    call->quiet = common[TH_COMMON_QUIET].given;
    call->verbose = common[TH_COMMON_VERBOSE].given;
    call->yes = common[TH_COMMON_YES].given;
    call->color = common[TH_COMMON_COLOR].text;
    call->progress = common[TH_COMMON_PROGRESS].text;
}

// --lang must speak already for errors of the other options.
static void lang_first(struct th_call *call, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        if (strncmp(argv[i], "--lang=", 7) == 0) {
            value = argv[i] + 7;
        } else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc) {
            value = argv[i + 1];
        }
        if (is_lang(value, "vi") || is_lang(value, "en")) {
            call->lang = is_lang(value, "vi") ? TH_LANG_VI : TH_LANG_EN;
        }
    }
}

static int run_verb(struct th_call *call, int argc, char **argv)
{
    struct parse parse = {.shorts = ":"};
    struct th_value common[TH_COMMON_COUNT] = {0};
    const struct th_verb *verb = call->verb;
    for (size_t i = 0; i < verb->option_count; i++) {
        add_option(&parse, &verb->options[i], &call->values[i]);
    }
    for (size_t i = 0; i < TH_COMMON_COUNT; i++) {
        add_option(&parse, &th_common_options[i], &common[i]);
    }
    const int wrong = parse_all(call, &parse, argc, argv);
    if (wrong != TH_EXIT_OK) {
        return wrong;
    }
    take_fallbacks(&parse);
    take_common(call, common);
    if (common[TH_COMMON_HELP].given) {
        th_help_verb(call->program, verb, call->lang, stdout);
        return TH_EXIT_OK;
    }
    if (call->operand_count < verb->operands_min) {
        const char *params[] = {verb->operands};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, TH_COUNT(params));
    }
    if (call->operand_count > verb->operands_max) {
        struct th_verdict verdict;
        const char *word = call->operands[verb->operands_max];
        th_verdict_make(&verdict, TH_M_NO_OPTION, 'c', NULL, word, NULL);
        return th_call_tell(call, &verdict);
    }
    return verb->run(call);
}

// Beside this program first: a build tree and an installed one both work.
int th_call_exec(const struct th_call *call, const char *program, char **argv)
{
    static const char *const PLACES[] = {"", "../libexec/tonghop/"};
    char self[PATH_MAX];
    char path[PATH_MAX + 64];
    const ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    th_out_before_exec();
    if (size > 0) {
        self[size] = '\0';
        const char *slash = strrchr(self, '/');
        const int length = slash != NULL ? (int)(slash - self) : 0;
        for (size_t i = 0; i < TH_COUNT(PLACES); i++) {
            (void)snprintf(path, sizeof(path), "%.*s/%s%s", length, self, PLACES[i], program);
            (void)execv(path, argv);
        }
    }
    (void)execvp(program, argv);
    th_out_start();
    const char *params[] = {call->verb->name, program};
    return th_call_fail(call, TH_M_NOT_INSTALLED, params, TH_COUNT(params));
}

static const struct th_verb *find_verb(const struct th_program *program, const char *name)
{
    for (size_t i = 0; i < program->verb_count; i++) {
        if (strcmp(program->verbs[i].name, name) == 0) {
            return &program->verbs[i];
        }
    }
    return NULL;
}

static int no_command(const struct th_call *call, const char *word)
{
    const struct th_program *program = call->program;
    return unknown_word(call,
                        TH_M_NO_COMMAND,
                        word,
                        &program->verbs[0].name,
                        program->verb_count,
                        sizeof(program->verbs[0]));
}

// A program without a verb of that name: help, help VERB, help --all-commands.
static int help(struct th_call *call, int argc, char **argv)
{
    const struct th_program *program = call->program;
    const char *word = argc > 2 ? argv[2] : NULL;
    if (word != NULL && strcmp(word, "--all-commands") == 0) {
        th_program_print(program, stdout);
        return TH_EXIT_OK;
    }
    if (word == NULL || word[0] == '-') {
        th_help_program(program, call->lang, stdout);
        return TH_EXIT_OK;
    }
    const struct th_verb *verb = find_verb(program, word);
    if (verb == NULL) {
        return no_command(call, word);
    }
    th_help_verb(program, verb, call->lang, stdout);
    return TH_EXIT_OK;
}

static int dispatch(struct th_call *call, int argc, char **argv)
{
    const struct th_program *program = call->program;
    const char *word = argc > 1 ? argv[1] : "--help";
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        th_help_program(program, call->lang, stdout);
        return TH_EXIT_OK;
    }
    if (strcmp(word, "--version") == 0) {
        (void)fprintf(stdout, "%s %s\n", program->name, TONGHOP_VERSION);
        return TH_EXIT_OK;
    }
    call->verb = find_verb(program, word);
    if (call->verb == NULL) {
        return strcmp(word, "help") == 0 ? help(call, argc, argv) : no_command(call, word);
    }
    if (call->verb->program != NULL) {
        return th_call_exec(call, call->verb->program, call->verb->nested ? argv + 1 : argv);
    }
    return run_verb(call, argc - 1, argv + 1);
}

// What was printed is part of what was asked for.
static int finish(const struct th_call *call, int code)
{
    errno = 0;
    if (th_out_flush(stdout) == TH_OK || code != TH_EXIT_OK) {
        return code;
    }
    char what[64] = "stdout"; // what failed earlier does not say why any more
    const char *params[] = {what};
    if (errno != 0) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): every other thread has ended
        (void)snprintf(what, sizeof(what), "stdout: %s", strerror(errno));
    }
    return th_call_fail(call, TH_M_WRITE_FAILED, params, TH_COUNT(params));
}

int th_program_main(const struct th_program *program, int argc, char **argv)
{
    static struct th_call call; // large, and one a process
    th_out_start();
    call = (struct th_call){.program = program, .lang = lang_of_environment()};
    lang_first(&call, argc, argv);
    return finish(&call, dispatch(&call, argc, argv));
}

const struct th_value *th_call_value(const struct th_call *call, const char *name)
{
    for (size_t i = 0; i < call->verb->option_count; i++) {
        if (strcmp(call->verb->options[i].name, name) == 0) {
            return &call->values[i];
        }
    }
    th_unreachable();
}

bool th_call_flag(const struct th_call *call, const char *name)
{
    return th_call_value(call, name)->given;
}

const char *th_call_text(const struct th_call *call, const char *name)
{
    return th_call_value(call, name)->text;
}
