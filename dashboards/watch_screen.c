// watch_screen.c - see watch_screen.h

#include "dashboards/watch_screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/day.h"
#include "tonghop/hash.h"
#include "tonghop/number.h"
#include "tonghop/show.h"

enum {
    PICTURE_MS = 250,
    AGE_MS = 1000, // the age in the first line goes on when nothing happens
    MARK_MS = 3000,
    MARKS_MAX = 4096,
    COLUMNS_MAX = 400,
    LINE_BYTES = COLUMNS_MAX * 4 + 64,
};

static const char ENTER[] = "\033[?1049h\033[?25l";
static const char LEAVE[] = "\033[?25h\033[?1049l";
static const char HOME[] = "\033[H";
static const char CLEAR_LINE[] = "\033[K";
static const char BELOW[] = "\n\033[J";
static const char BOLD[] = "\033[1m";
static const char DIM[] = "\033[2m";
static const char MARKED[] = "\033[7m";
static const char PLAIN[] = "\033[0m";

struct mark {
    uint64_t line; // hash of its key
    uint64_t until_ms;
};

struct screen {
    struct screen_setup setup;
    struct termios before;
    bool raw;
    bool colours;
    unsigned rows, columns;
    size_t top;   // first line of the table that is seen
    size_t lines; // of the last picture
    uint64_t drawn_ms;
    bool due; // something is different from the last picture
    uint64_t version;
    bool live;
    int64_t stale_wall_ms; // since when
    struct mark marks[MARKS_MAX];
    size_t mark_next;
};

// ---- the terminal ----

static void look_at_size(struct screen *screen)
{
    enum { ROWS = 24, COLUMNS = 80 };
    struct winsize size = {0};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    screen->rows = known ? size.ws_row : (unsigned)ROWS;
    screen->columns = known && size.ws_col > 0 ? size.ws_col : (unsigned)COLUMNS;
    if (screen->columns > COLUMNS_MAX) {
        screen->columns = COLUMNS_MAX;
    }
}

static bool wants_colours(const struct th_call *call)
{
    const char *term = getenv("TERM"); // NOLINT(concurrency-mt-unsafe): one thread
    if (call->color != NULL && strcmp(call->color, "always") == 0) {
        return true;
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    const bool refused = getenv("NO_COLOR") != NULL || (term != NULL && strcmp(term, "dumb") == 0);
    return !refused && (call->color == NULL || strcmp(call->color, "never") != 0);
}

static bool make_raw(struct screen *screen)
{
    if (tcgetattr(STDIN_FILENO, &screen->before) != 0) {
        return false;
    }
    struct termios raw = screen->before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

enum th_err screen_open(const struct screen_setup *setup, struct screen **out)
{
    struct screen *screen = calloc(1, sizeof(*screen));
    if (screen == NULL) {
        return TH_E_NO_MEMORY;
    }
    screen->setup = *setup;
    screen->colours = wants_colours(setup->call);
    screen->raw = make_raw(screen);
    screen->due = true;
    look_at_size(screen);
    (void)fputs(ENTER, stdout);
    *out = screen;
    return TH_OK;
}

void screen_close(struct screen **screen)
{
    struct screen *gone = *screen;
    if (gone == NULL) {
        return;
    }
    (void)fputs(LEAVE, stdout);
    (void)fflush(stdout);
    if (gone->raw) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &gone->before);
    }
    free(gone);
    *screen = NULL;
}

void screen_resize(struct screen *screen)
{
    look_at_size(screen);
    screen->due = true;
}

static void scroll(struct screen *screen, int by)
{
    const size_t page = screen->rows > 1 ? screen->rows - 1 : 1;
    const size_t last = screen->lines > page ? screen->lines - page : 0;
    const size_t size = (size_t)(by < 0 ? -by : by);
    if (by < 0) {
        screen->top = screen->top > size ? screen->top - size : 0;
    } else {
        screen->top = screen->top + size < last ? screen->top + size : last;
    }
    screen->due = true;
}

// How far the key behind ESC [ moves the table; 0 for any other.
static int movement(const struct screen *screen, char key)
{
    const int page = screen->rows > 2 ? (int)screen->rows - 2 : 1;
    switch (key) {
    case 'A':
        return -1;
    case 'B':
        return 1;
    case '5':
        return -page;
    case '6':
        return page;
    default:
        return 0;
    }
}

bool screen_hear_keys(struct screen *screen)
{
    char keys[64];
    const ssize_t size = read(STDIN_FILENO, keys, sizeof(keys));
    if (size == 0) {
        return true; // the terminal has gone
    }
    for (ssize_t i = 0; i < size; i++) {
        if (keys[i] == 'q' || keys[i] == 'Q') {
            return true;
        }
        if (keys[i] == '\033' && i + 2 < size && keys[i + 1] == '[') {
            scroll(screen, movement(screen, keys[i + 2]));
            i += 2;
        }
    }
    return false;
}

// ---- marks ----

static uint64_t hash_of(const struct th_line *line)
{
    static const uint8_t SEED[16] = {0}; // of what this process shows, nothing else
    const struct th_bytes gap = TH_BYTES("\n");
    const struct th_bytes parts[] = {
        line->cell.unit, gap, line->period, gap, line->measure, gap, line->cell.dims};
    return th_hash64(SEED, parts, TH_COUNT(parts));
}

void screen_mark(struct screen *screen, const struct th_line *line, uint64_t now)
{
    screen->marks[screen->mark_next % MARKS_MAX] =
        (struct mark){.line = hash_of(line), .until_ms = now + MARK_MS};
    screen->mark_next++;
    screen->due = true;
}

static bool is_marked(const struct screen *screen, const struct th_line *line, uint64_t now)
{
    const uint64_t hash = hash_of(line);
    const size_t count = screen->mark_next < MARKS_MAX ? screen->mark_next : (size_t)MARKS_MAX;
    for (size_t i = 0; i < count; i++) {
        if (screen->marks[i].line == hash && screen->marks[i].until_ms > now) {
            return true;
        }
    }
    return false;
}

static bool has_marks(const struct screen *screen, uint64_t now)
{
    const size_t last = (screen->mark_next + MARKS_MAX - 1) % MARKS_MAX;
    return screen->mark_next > 0 && screen->marks[last].until_ms > now;
}

// ---- the picture ----

static enum th_err print_table(const struct screen_setup *setup,
                               const struct screen *screen, // NULL: nothing is marked
                               const struct screen_view *view,
                               FILE *out)
{
    const struct th_province *province = setup->viewer->province;
    const struct th_show_setup show_setup = {
        .lang = setup->call->lang,
        .reg = province->reg,
        .catalogue = province->catalogue,
        .name = province->name,
        .root_code = province->root_code,
        .marks = screen != NULL,
    };
    TH_SCOPED(th_show_free) struct th_show *show = NULL;
    const uint64_t now = th_now_ms();
    const bool marks = screen != NULL && has_marks(screen, now);
    TH_TRY(th_show_make(&show_setup, &show));
    for (size_t i = 0; i < view->count; i++) {
        TH_TRY(th_show_add(show, &view->lines[i]));
        if (marks && is_marked(screen, &view->lines[i], now)) {
            th_show_mark(show);
        }
    }
    return th_show_print(show, view->version, out);
}

enum th_err screen_print(const struct screen_setup *setup,
                         const struct th_line *lines,
                         size_t count,
                         uint64_t version,
                         FILE *out)
{
    const struct screen_view view = {.lines = lines, .count = count, .version = version};
    return print_table(setup, NULL, &view, out);
}

static void
status_line(struct screen *screen, const struct screen_view *view, char *out, size_t max)
{
    char version[TH_NUMBER_TEXT_BYTES];
    char age[TH_NUMBER_TEXT_BYTES];
    char time[TH_TIME_TEXT_BYTES];
    const enum th_lang lang = screen->setup.call->lang;
    const bool vi = lang == TH_LANG_VI;
    const struct th_catalogue *catalogue = screen->setup.viewer->province->catalogue;
    const int64_t tenths = (int64_t)(th_now_ms() - view->heard_ms) / 100;
    if (view->live && view->begun) {
        (void)snprintf(out,
                       max,
                       vi ? "● trực tiếp · phiên bản %s · %s giây trước"
                          : "● live · version %s · %s s ago",
                       th_number_people(lang, (int64_t)view->version, 0, version),
                       th_number_people(lang, tenths, 1, age));
    } else if (view->begun) {
        (void)snprintf(
            out,
            max,
            vi ? "○ số liệu lúc %s, đang nối lại" : "○ figures of %s, reconnecting",
            th_time_people(
                lang, screen->stale_wall_ms, th_catalogue_settings(catalogue)->zone_minutes, time));
    } else {
        (void)snprintf(out, max, "%s", vi ? "○ đang nối với tỉnh" : "○ connecting to the province");
    }
}

// One line of the picture, cut to the columns there are.
static void put_line(const struct screen *screen, const char *style, const char *text, size_t size)
{
    char shown[LINE_BYTES];
    const struct th_bytes bytes = {.data = text, .size = size};
    if (th_text_width(bytes) > screen->columns) {
        (void)th_text_pad(bytes, screen->columns, shown, sizeof(shown));
    } else {
        (void)th_bytes_copy_text(bytes, shown, sizeof(shown));
    }
    (void)fputs(CLEAR_LINE, stdout); // first: behind a full line it would take the last character
    (void)fputs(style, stdout);
    (void)fputs(shown, stdout);
    (void)fputs(style[0] != '\0' ? PLAIN : "", stdout);
}

static const char *style_of(const struct screen *screen, const char *line, bool live)
{
    if (!screen->colours) {
        return "";
    }
    if (strncmp(line, TH_SHOW_MARK, sizeof(TH_SHOW_MARK) - 1) == 0) {
        return MARKED;
    }
    return live ? "" : DIM;
}

static void put_table(struct screen *screen, const char *table, bool live)
{
    size_t number = 0;
    unsigned row = 1;
    for (const char *line = table; *line != '\0';) {
        const char *end = strchr(line, '\n');
        const size_t size = end != NULL ? (size_t)(end - line) : strlen(line);
        if (number >= screen->top && row < screen->rows) {
            (void)fputc('\n', stdout);
            put_line(screen, style_of(screen, line, live), line, size);
            row++;
        }
        number++;
        line += size + (end != NULL ? 1 : 0);
    }
    screen->lines = number;
    if (row < screen->rows) {
        (void)fputs(BELOW, stdout);
    }
}

static enum th_err put_picture(struct screen *screen, const struct screen_view *view)
{
    TH_SCOPED(th_free_scoped) char *table = NULL;
    size_t size = 0;
    char status[256];
    FILE *out = open_memstream(&table, &size);
    if (out == NULL) {
        return TH_E_NO_MEMORY;
    }
    const enum th_err err = view->begun ? print_table(&screen->setup, screen, view, out) : TH_OK;
    if (fclose(out) != 0 || err != TH_OK) {
        return err != TH_OK ? err : TH_E_NO_MEMORY;
    }
    status_line(screen, view, status, sizeof(status));
    (void)fputs(HOME, stdout);
    put_line(screen, screen->colours ? BOLD : "", status, strlen(status));
    put_table(screen, table, view->live);
    return TH_OK;
}

uint64_t screen_due(const struct screen *screen)
{
    return screen->drawn_ms + (screen->due ? PICTURE_MS : AGE_MS);
}

enum th_err screen_draw(struct screen *screen, const struct screen_view *view)
{
    if (screen->live && !view->live) {
        screen->stale_wall_ms = th_wall_ms();
    }
    screen->due = screen->due || screen->live != view->live || screen->version != view->version;
    screen->live = view->live;
    screen->version = view->version;
    if (th_now_ms() < screen_due(screen)) {
        return TH_OK;
    }
    TH_TRY(put_picture(screen, view));
    screen->drawn_ms = th_now_ms();
    screen->due = has_marks(screen, screen->drawn_ms);
    return TH_OK;
}
