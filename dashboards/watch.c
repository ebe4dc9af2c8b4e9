// watch.c - see watch.h
//
//   feed_link ──news──> rows ──differences, at most one list an interval──> events or screen

#include "dashboards/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/out.h"
#include "tonghop/row.h"

#include "dashboards/feed_link.h"
#include "dashboards/rows.h"
#include "dashboards/watch_events.h"
#include "dashboards/watch_screen.h"

const struct th_option WATCH_OPTIONS[WATCH_OPTION_COUNT] = {
    TH_FILTER_OPTIONS,
    {.name = "interval",
     .kind = TH_OPTION_DURATION,
     .value = "D",
     .fallback = "250ms",
     .min = 1,
     .max = 3600000,
     .help = {"gộp các thay đổi trong khoảng này", "changes within this are told as one"}},
    {.name = "once",
     .kind = TH_OPTION_FLAG,
     .help = {"số liệu lúc này rồi kết thúc", "the totals of now, then the end"}},
    {.name = "from",
     .kind = TH_OPTION_NUMBER,
     .value = "VERSION",
     .fallback = "0",
     .min = 0,
     .max = INT64_MAX,
     .help = {"chờ đến phiên bản này rồi mới bắt đầu", "begin only with this version"}},
};

enum { REFRESH_MS = 5000 }; // how long a running view waits for a new register

enum form { FORM_EVENTS, FORM_CSV, FORM_TABLE, FORM_SCREEN };

struct watch {
    const struct th_call *call;
    struct th_viewer viewer;
    struct th_viewer_doors doors;
    struct th_filter filter;
    struct th_query query;
    struct th_bytes fed[TH_OPTION_LIST_MAX + 1]; // measures that the lines are made of
    struct subscriber_setup setup;
    struct rows *rows;
    struct feed_link *link;
    struct screen *screen; // FORM_SCREEN
    enum form form;
    bool once;
    uint64_t interval_ms;
    uint64_t from;

    bool begun;        // the first list is out
    bool snapshot_due; // a snapshot is whole, and not out yet
    bool changed;      // since the list was made
    bool over;
    bool behind;        // the snapshot is of another register than ours: nothing of it is taken
    uint64_t listed_ms; // when the list was made
    uint64_t version;   // as last told
    enum th_err err;    // of what the ear did
    struct th_asker_end refusal;
    int code; // when over
};

static void watch_free(struct watch *watch)
{
    screen_close(&watch->screen);
    feed_link_close(&watch->link);
    rows_free(&watch->rows);
    th_viewer_forget(&watch->doors);
    th_viewer_close(&watch->viewer);
}

static void note_err(struct watch *watch, enum th_err err)
{
    watch->err = watch->err == TH_OK ? err : watch->err;
}

// The terminal is given back before anything is said on it.
static int fail(struct watch *watch, enum th_err err, const struct th_asker_end *end)
{
    screen_close(&watch->screen);
    return th_viewer_fail(watch->call, watch->viewer.dir, &watch->query, err, end);
}

// ---- what is told ----

static uint64_t shown_version(const struct watch *watch)
{
    return feed_link_subscriber(watch->link)->shown.version;
}

static void tell_change(void *self, const struct th_line *now, struct th_opt was)
{
    struct watch *watch = self;
    if (watch->form == FORM_SCREEN) {
        screen_mark(watch->screen, now, th_now_ms());
        return;
    }
    const struct holding *held = feed_link_subscriber(watch->link)->shown.held;
    const uint32_t topic = holding_find(held, now->measure, now->period);
    events_change(
        stdout, watch->version, topic != HOLDING_NONE ? held->topics[topic].seq : 0, now, was);
}

static void print_csv(const struct watch *watch, const struct th_line *lines, size_t count)
{
    (void)fputs(TH_ROW_CSV_HEAD, stdout);
    for (size_t i = 0; i < count; i++) {
        th_row_csv(stdout, &lines[i], watch->version);
    }
}

// The whole list: at first, and after each loss.
static void tell_all(struct watch *watch)
{
    size_t count = 0;
    const struct th_line *lines = rows_list(watch->rows, &count);
    watch->version = shown_version(watch);
    if (watch->version < watch->from) {
        return; // rows_refresh makes the list again when that version is there
    }
    watch->begun = true;
    if (watch->form == FORM_EVENTS) {
        events_snapshot(stdout, watch->version, lines, count);
        events_live(stdout, watch->version, th_wall_ms());
    } else if (watch->form == FORM_CSV) {
        print_csv(watch, lines, count);
    } else if (watch->form == FORM_TABLE) {
        const struct screen_setup setup = {.call = watch->call, .viewer = &watch->viewer};
        note_err(watch, screen_print(&setup, lines, count, watch->version, stdout));
    }
    watch->over = watch->once;
}

// Make the list anew, and tell what is different; the whole of it when nothing was told before.
static void refresh(struct watch *watch)
{
    const bool whole = watch->snapshot_due || !watch->begun;
    watch->snapshot_due = watch->changed = false;
    watch->listed_ms = th_now_ms();
    watch->version = shown_version(watch);
    // A screen marks what a snapshot brought; programs get its rows.
    rows_change *change =
        whole && (watch->form != FORM_SCREEN || !watch->begun) ? NULL : tell_change;
    note_err(watch, rows_refresh(watch->rows, change, watch));
    if (watch->err == TH_OK && whole) {
        tell_all(watch);
    }
}

// ---- what the subscriber says ----

static void on_stale(struct watch *watch, const struct subscriber_news *news)
{
    if (watch->changed) {
        refresh(watch); // what was proved before
    }
    if (watch->form == FORM_EVENTS && watch->begun) {
        events_stale(stdout, news->version, subscriber_loss_word(news->loss), th_wall_ms());
    }
}

static void on_news(void *self, const struct subscriber_news *news)
{
    struct watch *watch = self;
    if (news->kind == SUBSCRIBER_SNAPSHOT) {
        watch->behind = th_viewer_is_behind(&watch->viewer, news->bundle);
    }
    if (watch->behind) {
        return;
    }
    switch (news->kind) {
    case SUBSCRIBER_SNAPSHOT:
        note_err(watch, rows_restart(watch->rows));
        return;
    case SUBSCRIBER_ROW:
        note_err(watch, rows_set(watch->rows, news->measure, news->period, news->now));
        return;
    case SUBSCRIBER_IS_LIVE:
        watch->snapshot_due = true;
        return;
    case SUBSCRIBER_CHANGE:
        note_err(watch, rows_set(watch->rows, news->measure, news->period, news->now));
        watch->changed = true;
        return;
    case SUBSCRIBER_IS_STALE:
        on_stale(watch, news);
        return;
    case SUBSCRIBER_REFUSAL:
        watch->refusal.code = news->code;
        (void)th_bytes_copy_text(
            news->detail, watch->refusal.detail, sizeof(watch->refusal.detail));
        note_err(watch, TH_E_REFUSED);
        return;
    }
}

static void look_for_doors(void *self)
{
    struct watch *watch = self;
    th_viewer_look(watch->viewer.dir, watch->viewer.config, &watch->doors);
}

// ---- rows and link ----

static int make_rows(struct watch *watch)
{
    struct th_bytes unknown = {0};
    struct th_asker_end end = {.code = TH_M_UNKNOWN_WORD};
    const enum th_err err =
        rows_make(&watch->query, watch->viewer.province, &unknown, &watch->rows);
    (void)th_bytes_copy_text(unknown, end.detail, sizeof(end.detail));
    const bool is_unknown = err == TH_E_NOT_FOUND || err == TH_E_INVALID;
    return err == TH_OK ? TH_EXIT_OK : fail(watch, is_unknown ? TH_E_REFUSED : err, &end);
}

// Those asked for, and what their coverage is found in.
static size_t choose_measures(struct watch *watch)
{
    const struct th_query *query = &watch->query;
    size_t count = query->measure_count;
    for (size_t i = 0; i < count; i++) {
        watch->fed[i] = query->measures[i];
    }
    if (count > 0 && rows_need_levels(watch->rows)) {
        watch->fed[count++] = TH_BYTES("EV01");
    }
    return count;
}

static int open_link(struct watch *watch)
{
    const struct th_query *query = &watch->query;
    watch->setup = (struct subscriber_setup){
        .limits = &SUBSCRIBER_LIMITS,
        .lineage = query->lineage,
        .measures = watch->fed,
        .measure_count = choose_measures(watch),
        .periods = query->periods,
        .period_count = query->period_count,
        .number = watch->doors.number,
        .ear = on_news,
        .ear_self = watch,
    };
    const struct feed_link_setup setup = {
        .subscriber = &watch->setup,
        .doors = &watch->doors,
        .look = look_for_doors,
        .look_self = watch,
    };
    const struct th_asker_end end = {0};
    const enum th_err err = feed_link_open(&setup, &watch->link);
    return err == TH_OK ? TH_EXIT_OK : fail(watch, err, &end);
}

// The province has another register than we: fetch it, and begin anew with it.
static int begin_again(struct watch *watch)
{
    struct th_verdict why;
    const uint64_t wait_ms = watch->begun ? REFRESH_MS : watch->call->timeout_ms;
    feed_link_close(&watch->link);
    rows_free(&watch->rows);
    const enum th_err err = th_viewer_refresh(&watch->viewer, wait_ms, &why);
    if (err != TH_OK && (err != TH_E_TIMEOUT || !watch->begun)) {
        screen_close(&watch->screen);
        return th_call_tell(watch->call, &why);
    }
    watch->behind = watch->changed = watch->snapshot_due = false;
    int code = make_rows(watch);
    if (code == TH_EXIT_OK) {
        code = open_link(watch);
    }
    return code;
}

// ---- the loop ----

static bool refresh_due(const struct watch *watch, uint64_t now)
{
    const bool live = feed_link_subscriber(watch->link)->state == SUBSCRIBER_LIVE;
    const bool waited = live && !watch->begun && shown_version(watch) >= watch->from;
    return watch->snapshot_due || waited ||
           (watch->changed && now >= watch->listed_ms + watch->interval_ms);
}

static uint64_t earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t wait_until(const struct watch *watch, uint64_t deadline_ms)
{
    uint64_t at = deadline_ms;
    if (watch->changed) {
        at = earliest(at, watch->listed_ms + watch->interval_ms);
    }
    return watch->screen != NULL ? earliest(at, screen_due(watch->screen)) : at;
}

// A reader that has gone ends us; a province that is silent would not tell.
static void flush(struct watch *watch)
{
    const enum th_err err = th_out_flush(stdout);
    if (err != TH_OK || th_out_unread(STDOUT_FILENO)) {
        watch->over = true;
        watch->code = err == TH_OK ? TH_EXIT_OK : TH_EXIT_IO;
    }
}

static void hear_signal(struct watch *watch, int fd)
{
    struct signalfd_siginfo info;
    while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGWINCH && watch->screen != NULL) {
            screen_resize(watch->screen);
        } else if (info.ssi_signo != SIGWINCH) {
            watch->over = true;
        }
    }
}

static void draw(struct watch *watch, bool keys_wait)
{
    size_t count = 0;
    watch->over = watch->over || (keys_wait && screen_hear_keys(watch->screen));
    const struct th_line *lines = rows_list(watch->rows, &count);
    const struct screen_view view = {
        .live = feed_link_subscriber(watch->link)->state == SUBSCRIBER_LIVE,
        .begun = watch->begun,
        .version = shown_version(watch),
        .heard_ms = feed_link_subscriber(watch->link)->beat_ms,
        .lines = lines,
        .count = count,
    };
    note_err(watch, screen_draw(watch->screen, &view));
}

static int take_turn(struct watch *watch, enum th_err err, unsigned code)
{
    if (err != TH_OK) {
        watch->refusal.code = code;
        note_err(watch, err);
    } else if (watch->behind) {
        return begin_again(watch);
    } else if (refresh_due(watch, th_now_ms())) {
        refresh(watch);
    }
    return TH_EXIT_OK;
}

static int run(struct watch *watch, int signals)
{
    const uint64_t deadline_ms = watch->once ? th_now_ms() + watch->call->timeout_ms : UINT64_MAX;
    while (!watch->over) {
        unsigned code = 0;
        struct feed_link_fd fds[] = {{.fd = signals}, {.fd = STDIN_FILENO}};
        const size_t fd_count = watch->screen != NULL ? 2 : 1;
        const enum th_err err =
            feed_link_turn(watch->link, wait_until(watch, deadline_ms), fds, fd_count, &code);
        const int taken = take_turn(watch, err, code);
        if (taken != TH_EXIT_OK) {
            return taken;
        }
        if (fds[0].readable) {
            hear_signal(watch, signals);
        }
        if (watch->screen != NULL) {
            draw(watch, fds[1].readable);
        }
        if (watch->err != TH_OK) {
            return fail(watch, watch->err, &watch->refusal);
        }
        if (th_now_ms() >= deadline_ms && !watch->over) {
            return fail(watch, TH_E_TIMEOUT, &watch->refusal);
        }
        flush(watch);
    }
    return watch->code;
}

// ---- beginning ----

static int choose_form(struct watch *watch)
{
    const struct th_call *call = watch->call;
    const char *format = call->format;
    watch->once = th_call_flag(call, "once");
    if (format == NULL ? isatty(STDOUT_FILENO) == 1 : strcmp(format, "table") == 0) {
        const bool terminal = isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1;
        watch->form = watch->once ? FORM_TABLE : terminal ? FORM_SCREEN : FORM_EVENTS;
    } else if (format != NULL && strcmp(format, "csv") == 0) {
        watch->form = FORM_CSV;
    }
    if (watch->form == FORM_CSV && !watch->once) {
        const char *params[] = {"--format", "jsonl"};
        return th_call_fail(call, TH_M_OPTION_VALUE, params, 2); // CSV cannot say what changed
    }
    return TH_EXIT_OK;
}

static int watch_open(struct watch *watch)
{
    const struct th_call *call = watch->call;
    const struct th_value *units = th_call_value(call, "unit");
    const char *unit = units->list_count > 0 ? units->list[0] : NULL;
    int code = choose_form(watch);
    if (code == TH_EXIT_OK) {
        code = th_viewer_open(call, th_call_text(call, "lineage"), unit, &watch->viewer);
    }
    if (code == TH_EXIT_OK) {
        watch->query = th_viewer_query(call, &watch->viewer, &watch->filter);
        code = make_rows(watch);
    }
    if (code == TH_EXIT_OK) {
        code = th_viewer_doors(call, watch->viewer.dir, watch->viewer.config, &watch->doors);
    }
    return code == TH_EXIT_OK ? open_link(watch) : code;
}

// SIGTERM and SIGINT end it, SIGWINCH draws anew; a reader that goes is seen by the write.
static int take_signals(int *fd)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGWINCH);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    *fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return *fd >= 0 ? TH_EXIT_OK : TH_EXIT_SOFTWARE;
}

static int open_screen(struct watch *watch)
{
    const struct screen_setup setup = {.call = watch->call, .viewer = &watch->viewer};
    if (watch->form != FORM_SCREEN) {
        return TH_EXIT_OK;
    }
    const struct th_asker_end end = {0};
    const enum th_err err = screen_open(&setup, &watch->screen);
    return err == TH_OK ? TH_EXIT_OK : fail(watch, err, &end);
}

int watch_run(const struct th_call *call)
{
    TH_SCOPED(watch_free)
    struct watch watch = {
        .call = call,
        .interval_ms = (uint64_t)th_call_value(call, "interval")->number,
        .from = (uint64_t)th_call_value(call, "from")->number,
    };
    int signals = -1;
    int code = take_signals(&signals); // before ZeroMQ's threads begin
    if (code == TH_EXIT_OK) {
        code = watch_open(&watch);
    }
    if (code == TH_EXIT_OK) {
        code = open_screen(&watch);
    }
    if (code == TH_EXIT_OK) {
        code = run(&watch, signals);
    }
    if (signals >= 0) {
        (void)close(signals);
    }
    return code;
}
