// log.c - see log.h
//
// The caller's format says where values are: every conversion is put between two marks before it is
// printed. A value that contains a mark itself would blur that; then there are more marks than
// conversions, and the whole message becomes one value.

#include "tonghop/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/log_line.h"

enum { MESSAGE_MAX = 2048, VALUE_BEGINS = 1, VALUE_ENDS = 2, TIME_BYTES_MAX = 40 };

static const struct {
    const char *name;
    int level;
} LEVELS[] = {
    {"error", LOG_ERR},
    {"warning", LOG_WARNING},
    {"notice", LOG_NOTICE},
    {"info", LOG_INFO},
    {"debug", LOG_DEBUG},
};

static const char *const FORMATS[] = {
    [TH_LOG_AUTO] = "auto",
    [TH_LOG_JOURNAL] = "journal",
    [TH_LOG_TEXT] = "text",
    [TH_LOG_JSON] = "json",
};

static atomic_int least_level = LOG_INFO;
static enum th_log_format line_format = TH_LOG_TEXT;
static int line_descriptor = STDERR_FILENO;
static atomic_uint_fast64_t lines[LOG_DEBUG + 1];
static atomic_uint_fast64_t lost;

// systemd says in JOURNAL_STREAM which device and inode its journal reads from.
static bool is_journal(int descriptor)
{
    const char *stream = getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): at start
    struct stat about;
    char wanted[64];
    if (stream == NULL || fstat(descriptor, &about) != 0) {
        return false;
    }
    (void)snprintf(
        wanted, sizeof(wanted), "%ju:%ju", (uintmax_t)about.st_dev, (uintmax_t)about.st_ino);
    return strcmp(stream, wanted) == 0;
}

void th_log_start(const struct th_log_options *options)
{
    line_descriptor = options->descriptor;
    line_format = options->format;
    if (line_format == TH_LOG_AUTO) {
        line_format = is_journal(options->descriptor) ? TH_LOG_JOURNAL : TH_LOG_TEXT;
    }
    th_log_level_set(options->level);
}

void th_log_level_set(int level)
{
    th_assert(level >= LOG_ERR && level <= LOG_DEBUG);
    atomic_store(&least_level, level);
}

bool th_log_wants(int level)
{
    return level <= atomic_load_explicit(&least_level, memory_order_relaxed);
}

bool th_log_level_parse(const char *name, int *level)
{
    for (size_t i = 0; i < TH_COUNT(LEVELS); i++) {
        if (strcmp(name, LEVELS[i].name) == 0) {
            *level = LEVELS[i].level;
            return true;
        }
    }
    return false;
}

bool th_log_format_parse(const char *name, enum th_log_format *format)
{
    for (size_t i = 0; i < TH_COUNT(FORMATS); i++) {
        if (strcmp(name, FORMATS[i]) == 0) {
            *format = (enum th_log_format)i;
            return true;
        }
    }
    return false;
}

const char *th_log_level_name(int level)
{
    th_assert(level >= LOG_ERR && level <= LOG_DEBUG);
    return LEVELS[level - LOG_ERR].name;
}

uint64_t th_log_lines(int level)
{
    th_assert(level >= LOG_ERR && level <= LOG_DEBUG);
    return atomic_load(&lines[level]);
}

uint64_t th_log_lost(void)
{
    return atomic_load(&lost);
}

// The length of the conversion that begins with the % at text.
static size_t conversion_size(const char *text)
{
    const size_t options = strspn(text + 1, "#0- +'*.0123456789hlLqjzt");
    return text[1 + options] == '\0' ? 1 + options : 2 + options;
}

// Copy format with a mark before and after each conversion. False when it does not fit.
static bool mark_values(const char *format, char *out, size_t max, size_t *marks)
{
    size_t size = 0;
    *marks = 0;
    while (*format != '\0') {
        const size_t taken = *format == '%' ? conversion_size(format) : 1;
        const bool is_value = *format == '%' && format[1] != '%';
        if (size + taken + 3 > max) {
            return false;
        }
        if (is_value) {
            out[size++] = VALUE_BEGINS;
            ++*marks;
        }
        memcpy(out + size, format, taken);
        size += taken;
        if (is_value) {
            out[size++] = VALUE_ENDS;
            ++*marks;
        }
        format += taken;
    }
    out[size] = '\0';
    return true;
}

static bool is_mark(char byte)
{
    return byte == VALUE_BEGINS || byte == VALUE_ENDS;
}

static size_t count_marks(struct th_bytes text)
{
    size_t marks = 0;
    for (size_t i = 0; i < text.size; i++) {
        marks += is_mark(((const char *)text.data)[i]) ? 1 : 0;
    }
    return marks;
}

// vsnprintf with a format that was made of a checked one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static struct th_bytes print(char *out, size_t max, const char *format, va_list values)
{
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): th_log started it
    const int size = vsnprintf(out, max, format, values);
    const size_t printed = size < 0 ? 0 : (size_t)size;
    return (struct th_bytes){.data = out, .size = printed < max ? printed : max - 1};
}
#pragma GCC diagnostic pop

// The end of the part that begins at text: a space outside of the marks.
static const char *part_end(const char *text, const char *end)
{
    bool in_value = false;
    while (text < end && (in_value || *text != ' ')) {
        in_value = *text == VALUE_BEGINS || (in_value && *text != VALUE_ENDS);
        text++;
    }
    return text;
}

// Where the key of a part ends: at the first '=' before any value.
static const char *key_end(const char *text, const char *end)
{
    while (text < end && *text != '=' && *text != VALUE_BEGINS) {
        text++;
    }
    return text < end && *text == '=' ? text : NULL;
}

static void add_part(struct log_line *line, const char *text, const char *end)
{
    char value[MESSAGE_MAX];
    size_t size = 0;
    const char *equals = key_end(text, end);
    for (const char *at = equals == NULL ? text : equals + 1; at < end; at++) {
        if (!is_mark(*at)) {
            value[size++] = *at;
        }
    }
    const struct th_bytes key = {.data = text,
                                 .size = equals == NULL ? 0 : (size_t)(equals - text)};
    if (equals == NULL && size == 0) {
        return; // th_log(level, event, "%s", ""): an event that says all
    }
    log_line_field(line,
                   equals == NULL ? TH_BYTES("text") : key,
                   (struct th_bytes){.data = value, .size = size});
}

static void add_parts(struct log_line *line, struct th_bytes message)
{
    const char *at = message.data;
    const char *end = at + message.size;
    while (at < end) {
        const char *stop = part_end(at, end);
        if (stop > at) {
            add_part(line, at, stop);
        }
        at = stop < end ? stop + 1 : end;
    }
}

static void add_message(struct log_line *line, const char *format, va_list values)
{
    char marked[MESSAGE_MAX];
    char printed[MESSAGE_MAX];
    size_t marks = 0;
    va_list again;
    va_copy(again, values);
    struct th_bytes message = {0};
    bool clear = mark_values(format, marked, sizeof(marked), &marks);
    if (clear) {
        message = print(printed, sizeof(printed), marked, again);
        clear = message.size < sizeof(printed) - 1 && count_marks(message) == marks;
    }
    va_end(again);
    if (clear) {
        add_parts(line, message);
    } else { // too long to be sure, or a value has marks of its own
        log_line_field(line, TH_BYTES("text"), print(printed, sizeof(printed), format, values));
    }
}

static struct th_bytes time_text(char out[static TIME_BYTES_MAX])
{
    struct timespec now;
    struct tm date;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &date);
    const size_t size = strftime(out, TIME_BYTES_MAX, "%Y-%m-%dT%H:%M:%S", &date);
    (void)snprintf(out + size, TIME_BYTES_MAX - size, ".%03ldZ", now.tv_nsec / 1000000);
    return th_bytes_of(out);
}

static void begin_line(struct log_line *line, int level, const char *event)
{
    char when[TIME_BYTES_MAX];
    const char *name = th_log_level_name(level);
    switch (line_format) {
    case TH_LOG_JOURNAL: {
        const char priority[] = {'<', (char)('0' + level), '>', '\0'};
        log_line_raw(line, th_bytes_of(priority));
        log_line_raw(line, th_bytes_of(event));
        break;
    }
    case TH_LOG_AUTO:
    case TH_LOG_TEXT:
        log_line_raw(line, time_text(when));
        log_line_raw(line, TH_BYTES(" "));
        log_line_raw(line, th_bytes_of(name));
        log_line_raw(line, TH_BYTES(" "));
        log_line_raw(line, th_bytes_of(event));
        break;
    case TH_LOG_JSON:
        line->json = true;
        log_line_raw(line, TH_BYTES("{\"time\":\""));
        log_line_raw(line, time_text(when));
        log_line_raw(line, TH_BYTES("\",\"level\":\""));
        log_line_raw(line, th_bytes_of(name));
        log_line_raw(line, TH_BYTES("\""));
        log_line_field(line, TH_BYTES("event"), th_bytes_of(event));
        break;
    }
}

static void write_line(int level, const struct log_line *line)
{
    ssize_t written = 0;
    do {
        written = write(line_descriptor, line->bytes, line->size);
    } while (written < 0 && errno == EINTR);
    if (written == (ssize_t)line->size) {
        atomic_fetch_add_explicit(&lines[level], 1, memory_order_relaxed);
    } else {
        atomic_fetch_add_explicit(&lost, 1, memory_order_relaxed);
    }
}

void th_log(int level, const char *event, const char *format, ...)
{
    th_assert(level >= LOG_ERR && level <= LOG_DEBUG);
    if (!th_log_wants(level)) {
        return;
    }
    const int saved = errno; // a caller may log on its way to look at errno
    struct log_line line = {0};
    begin_line(&line, level, event);
    va_list values;
    va_start(values, format);
    add_message(&line, format, values);
    va_end(values);
    log_line_end(&line);
    write_line(level, &line);
    errno = saved;
}
