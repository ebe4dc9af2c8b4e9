// verdict.c - see verdict.h

#include "tonghop/verdict.h"

#include <stdarg.h>
#include <string.h>

#include "tonghop/number.h"
#include "tonghop/period.h"

#define M(name, code, variant, exit, params, vi, en, remedy_vi, remedy_en) \
    {code, variant, exit, #name, params, {vi, en}, {remedy_vi, remedy_en}},
#define V(code, variant, exit, params, vi, en, remedy_vi, remedy_en) \
    {code, variant, exit, NULL, params, {vi, en}, {remedy_vi, remedy_en}},

static const struct th_sentence MESSAGES[] = {
#include "tonghop/messages.def"
};
static const struct th_sentence RULES[] = {
#include "tonghop/rules.def"
};

#undef M
#undef V

struct word {
    const char *key;
    const char *text[2]; // by th_lang
};

static const struct word WORDS[] = {
#define W(key, vi, en) {key, {vi, en}},
#include "tonghop/words.def"
#undef W
};

enum {
    RULE_FIRST = TH_V_TEXT,
    RULE_LAST = TH_V_TEXT + 199,
    NAME_BYTES = 24,
    VALUE_BYTES = 512, // a parameter escaped
};

static bool is_rule(unsigned code)
{
    return code >= RULE_FIRST && code <= RULE_LAST;
}

size_t th_message_count(void)
{
    return TH_COUNT(MESSAGES) + TH_COUNT(RULES);
}

// The rules stand between the codes below and above 22nn and 23nn.
static size_t messages_before_rules(void)
{
    size_t count = 0;
    while (MESSAGES[count].code < RULE_FIRST) {
        count++;
    }
    return count;
}

const struct th_sentence *th_message_at(size_t index)
{
    const size_t before = messages_before_rules();
    th_assert(index < th_message_count());
    if (index < before) {
        return &MESSAGES[index];
    }
    const size_t rule = index - before;
    return rule < TH_COUNT(RULES) ? &RULES[rule] : &MESSAGES[index - TH_COUNT(RULES)];
}

const struct th_sentence *th_message_find(unsigned code, char variant)
{
    const struct th_sentence *rows = is_rule(code) ? RULES : MESSAGES;
    const size_t count = is_rule(code) ? TH_COUNT(RULES) : TH_COUNT(MESSAGES);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].code == code && rows[i].variant == variant) {
            return &rows[i];
        }
    }
    return NULL;
}

int th_message_exit(unsigned code)
{
    const struct th_sentence *message = th_message_find(code, 0);
    if (message == NULL) {
        message = th_message_find(code, 'a');
    }
    return message == NULL ? 0 : message->exit;
}

void th_verdict_start(struct th_verdict *verdict, unsigned code, char variant, const char *field)
{
    th_assert(code <= UINT16_MAX);
    *verdict = (struct th_verdict){.code = (uint16_t)code, .variant = variant};
    (void)th_text_cut(th_bytes_of(field), verdict->field, sizeof(verdict->field));
}

void th_verdict_add(struct th_verdict *verdict, struct th_bytes text)
{
    th_assert(verdict->count < TH_PARAMS_MAX);
    (void)th_text_cut(text, verdict->params[verdict->count], TH_PARAM_BYTES);
    verdict->count++;
}

void th_verdict_add_number(struct th_verdict *verdict, int64_t scaled, unsigned decimals)
{
    char text[TH_NUMBER_TEXT_BYTES];
    th_verdict_add(verdict, th_bytes_of(th_number_plain(scaled, decimals, text)));
}

void th_verdict_add_day(struct th_verdict *verdict, th_day day)
{
    char text[TH_DAY_TEXT_BYTES];
    th_verdict_add(verdict, th_bytes_of(th_day_text(day, text)));
}

void th_verdict_make(
    struct th_verdict *verdict, unsigned code, char variant, const char *field, ...)
{
    th_verdict_start(verdict, code, variant, field);
    va_list args;
    va_start(args, field);
    for (const char *text = va_arg(args, const char *); text != NULL;
         text = va_arg(args, const char *)) {
        th_verdict_add(verdict, th_bytes_of(text));
    }
    va_end(args);
}

// The value of one parameter, ready to be put into a sentence.
typedef const char *show_fn(const char *text, enum th_lang lang, char out[static VALUE_BYTES]);

// NOLINTBEGIN(readability-non-const-parameter): all of them are show_fn

static const char *show_number(const char *text, enum th_lang lang, char out[static VALUE_BYTES])
{
    int64_t number = 0;
    if (th_number_parse(th_bytes_of(text), &number) == TH_OK) {
        return th_number_people(lang, number, 0, out);
    }
    if (th_number_parse_scaled(th_bytes_of(text), TH_DECIMALS_MAX, &number) == TH_OK) {
        return th_number_people(lang, number, TH_DECIMALS_MAX, out);
    }
    return NULL;
}

static const char *show_score(const char *text, enum th_lang lang, char out[static VALUE_BYTES])
{
    int64_t score = 0;
    const enum th_err err = th_score_parse(th_bytes_of(text), &score);
    return err == TH_OK ? th_score_people(lang, score, out) : NULL;
}

static const char *show_day(const char *text, enum th_lang lang, char out[static VALUE_BYTES])
{
    th_day day = TH_DAY_NONE;
    const enum th_err err = th_day_parse(th_bytes_of(text), &day);
    return err == TH_OK ? th_day_people(lang, day, out) : NULL;
}

static const char *show_word(const char *text, enum th_lang lang, char out[static VALUE_BYTES])
{
    (void)out;
    for (size_t i = 0; i < TH_COUNT(WORDS); i++) {
        if (strcmp(WORDS[i].key, text) == 0) {
            return WORDS[i].text[lang];
        }
    }
    return NULL;
}

// "month, year" with the names that people use.
static const char *show_types(const char *text, enum th_lang lang, char out[static VALUE_BYTES])
{
    struct th_writer writer = {.data = (uint8_t *)out, .max = VALUE_BYTES};
    while (*text != '\0') {
        const size_t size = strcspn(text, ",");
        enum th_period_type type = TH_PERIOD_DAY;
        const bool is_type = th_period_type_parse((struct th_bytes){text, size}, &type) == TH_OK;
        if (!is_type && strstr(text, "…") == NULL) {
            return NULL;
        }
        th_write_bytes(&writer, th_bytes_of(writer.size > 0 ? ", " : ""));
        th_write_bytes(&writer, th_bytes_of(is_type ? th_period_type_people(lang, type) : "…"));
        text += size;
        text += strspn(text, ", ");
    }
    th_write_u8(&writer, 0);
    return writer.size > 1 && !writer.overflow ? out : NULL;
}

// NOLINTEND(readability-non-const-parameter)

static show_fn *show_of(char type)
{
    switch (type) {
    case 'n':
        return show_number;
    case 's':
        return show_score;
    case 'd':
        return show_day;
    case 't':
        return show_types;
    case 'w':
        return show_word;
    default:
        return NULL;
    }
}

// Looks name up in "name name:type ..."; returns its place, or -1.
static int find_param(const char *spec, struct th_bytes name, char *type)
{
    for (int at = 0; *spec != '\0'; at++) {
        const size_t size = strcspn(spec, " ");
        const size_t bare = strcspn(spec, ": ");
        if (th_bytes_equal((struct th_bytes){spec, bare}, name)) {
            *type = (char)(bare < size ? spec[bare + 1] : '\0');
            return at;
        }
        spec += size;
        spec += strspn(spec, " ");
    }
    return -1;
}

static void write_param(struct th_writer *writer,
                        const struct th_verdict *verdict,
                        enum th_lang lang,
                        const char *spec,
                        struct th_bytes name)
{
    char type = '\0';
    const int at = find_param(spec, name, &type);
    const char *text = "";
    if (at >= 0 && at < verdict->count) {
        text = verdict->params[at];
    } else if (th_bytes_equal(name, TH_BYTES("field"))) {
        text = verdict->field;
    }

    char value[VALUE_BYTES];
    show_fn *show = show_of(type);
    const char *shown = show == NULL || text[0] == '\0' ? NULL : show(text, lang, value);
    if (shown == NULL) {
        (void)th_text_escape(th_bytes_of(text), value, sizeof(value));
        shown = value[0] == '\0' ? "—" : value;
    }
    th_write_bytes(writer, th_bytes_of(shown));
}

// Writes sentence with its {names} replaced.
static void write_sentence(struct th_writer *writer,
                           const struct th_verdict *verdict,
                           enum th_lang lang,
                           const char *spec,
                           const char *sentence)
{
    while (*sentence != '\0') {
        const size_t plain = strcspn(sentence, "{");
        th_write_bytes(writer, (struct th_bytes){sentence, plain});
        sentence += plain;
        if (*sentence == '{') {
            const size_t name = strcspn(sentence + 1, "}");
            write_param(writer, verdict, lang, spec, (struct th_bytes){sentence + 1, name});
            sentence += name + 2;
        }
    }
}

// A code from a newer program: its parameters are better than nothing.
static void
write_unknown(struct th_writer *writer, const struct th_verdict *verdict, enum th_lang lang)
{
    const char *what = lang == TH_LANG_VI ? "mã này chương trình chưa biết: "
                                          : "a code this program does not know: ";
    th_write_bytes(writer, th_bytes_of(what));
    for (unsigned i = 0; i < verdict->count; i++) {
        char value[VALUE_BYTES];
        (void)th_text_escape(th_bytes_of(verdict->params[i]), value, sizeof(value));
        th_write_bytes(writer, th_bytes_of(i > 0 ? ", " : ""));
        th_write_bytes(writer, th_bytes_of(value));
    }
}

static size_t finish(struct th_writer *writer, char *out, size_t max)
{
    return th_text_cut((struct th_bytes){writer->data, writer->size}, out, max);
}

enum { ROOM_BYTES = 4096 }; // any sentence with TH_PARAMS_MAX escaped parameters

static void
write_text(struct th_writer *writer, const struct th_verdict *verdict, enum th_lang lang)
{
    const struct th_sentence *message = th_message_find(verdict->code, verdict->variant);
    if (message == NULL) {
        write_unknown(writer, verdict, lang);
    } else {
        write_sentence(writer, verdict, lang, message->params, message->text[lang]);
    }
}

static void
write_remedy(struct th_writer *writer, const struct th_verdict *verdict, enum th_lang lang)
{
    const struct th_sentence *message = th_message_find(verdict->code, verdict->variant);
    if (message != NULL && message->remedy[lang] != NULL) {
        write_sentence(writer, verdict, lang, message->params, message->remedy[lang]);
    }
}

size_t th_verdict_text(const struct th_verdict *verdict, enum th_lang lang, char *out, size_t max)
{
    uint8_t room[ROOM_BYTES];
    struct th_writer writer = TH_WRITER(room);
    write_text(&writer, verdict, lang);
    return finish(&writer, out, max);
}

size_t th_verdict_remedy(const struct th_verdict *verdict, enum th_lang lang, char *out, size_t max)
{
    uint8_t room[ROOM_BYTES];
    struct th_writer writer = TH_WRITER(room);
    write_remedy(&writer, verdict, lang);
    return finish(&writer, out, max);
}

size_t th_verdict_line(const struct th_verdict *verdict, enum th_lang lang, char *out, size_t max)
{
    uint8_t room[2 * ROOM_BYTES];
    struct th_writer writer = TH_WRITER(room);
    write_text(&writer, verdict, lang);
    if (writer.size > 0 && room[writer.size - 1] != '.') {
        th_write_u8(&writer, '.');
    }
    const size_t size = writer.size;
    th_write_bytes(&writer, TH_BYTES(" → "));
    const size_t with_arrow = writer.size;
    write_remedy(&writer, verdict, lang);
    if (writer.size == with_arrow) {
        writer.size = size; // no remedy, no arrow
    }
    return finish(&writer, out, max);
}
