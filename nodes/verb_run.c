// verb_run.c - tonghop-node run: the agent as a service; tonghop sync: until all is sent

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/log.h"

#include "nodes/bundle.h"
#include "nodes/desk.h"
#include "nodes/news.h"
#include "nodes/settle.h"
#include "nodes/verb.h"

// ---- run ----

// Both ways to be told: to end, and to read the settings again.
struct told {
    int stop_fd;
    int reload_fd;
};

static int signals_of(const int *numbers, size_t count)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (size_t i = 0; i < count; i++) {
        (void)sigaddset(&set, numbers[i]);
    }
    return pthread_sigmask(SIG_BLOCK, &set, NULL) == 0
               ? signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)
               : -1;
}

static bool open_signals(struct told *told)
{
    static const int STOP[] = {SIGTERM, SIGINT};
    static const int RELOAD[] = {SIGHUP};
    told->stop_fd = signals_of(STOP, TH_COUNT(STOP));
    told->reload_fd = signals_of(RELOAD, TH_COUNT(RELOAD));
    return told->stop_fd >= 0 && told->reload_fd >= 0;
}

static void close_signals(struct told *told)
{
    const int all[] = {told->stop_fd, told->reload_fd};
    for (size_t i = 0; i < TH_COUNT(all); i++) {
        if (all[i] >= 0) {
            (void)close(all[i]);
        }
    }
}

static void start_log(const struct home *home)
{
    struct th_log_options options = {.level = LOG_INFO, .descriptor = STDERR_FILENO};
    (void)th_log_level_parse(th_config_text(home->config, "common.log_level"), &options.level);
    (void)th_log_format_parse(th_config_text(home->config, "common.log_format"), &options.format);
    th_log_start(&options);
}

// ---- SIGHUP ----

struct reload {
    const struct th_call *call;
    const struct home *home;
    struct th_config *newest; // NULL: none was read since the start
    int fd;
};

static void tell_setting(void *self, const struct th_config_entry *entry)
{
    (void)self;
    th_log(LOG_NOTICE,
           "setting",
           "key=%s value=%s applied=%s",
           entry->key,
           entry->value,
           entry->reload ? "now" : "at-restart");
}

// A bad file is refused whole, and what was read before stays in force.
static void reload(void *self, struct session_limits *limits)
{
    struct reload *reload = self;
    const struct th_call *call = reload->call;
    struct signalfd_siginfo info;
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "tonghop.yaml");
    struct th_config *fresh = NULL;
    while (read(reload->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        // Several are as one.
    }
    const enum th_err err = th_config_read(
        reload->home->dir, call->config, call->overrides, call->override_count, &findings, &fresh);
    if (err != TH_OK) {
        (void)!th_findings_print(&findings, call->lang, TH_FINDINGS_SHOWN, stderr);
        th_log(LOG_ERR, "config-kept", "error=%s", th_err_name(err));
        return;
    }
    const struct th_config *old = reload->newest != NULL ? reload->newest : reload->home->config;
    th_config_changes(old, fresh, "node", tell_setting, NULL);
    home_limits(fresh, limits);
    int level = LOG_INFO;
    if (th_log_level_parse(th_config_text(fresh, "common.log_level"), &level)) {
        th_log_level_set(level);
    }
    th_config_free(&reload->newest);
    reload->newest = fresh;
    th_log(LOG_NOTICE, "config", "dir=%s", reload->home->dir);
}

static void forget(struct reload *reload)
{
    th_config_free(&reload->newest);
}

// ---- the service ----

// Told after every turn; asks for no end.
static bool log_changes(void *context, const struct beacon *beacon)
{
    struct beacon *last = context;
    if (beacon->state != last->state || beacon->reason != last->reason) {
        th_log(LOG_NOTICE,
               "line",
               "state=%s reason=%" PRIu32 " decided=%" PRIu64,
               session_state_name((enum session_state)beacon->state),
               beacon->reason,
               beacon->decided);
    }
    *last = *beacon;
    return false;
}

static int run_agent(const struct th_call *call, struct home *home, const struct told *told)
{
    int64_t holder = 0;
    TH_SCOPED(agent_close) struct agent *agent = NULL;
    TH_SCOPED(forget) struct reload again = {.call = call, .home = home, .fd = told->reload_fd};
    struct agent_setup setup = home_agent(home, told->stop_fd);
    setup.reload_fd = told->reload_fd;
    setup.reload = reload;
    setup.reload_self = &again;
    enum th_err err = agent_open(&setup, &holder, &agent);
    if (err == TH_E_BUSY) {
        char pid[24];
        (void)snprintf(pid, sizeof(pid), "%" PRId64, holder);
        const char *params[] = {pid, home->dir};
        return th_call_fail(call, TH_M_AGENT_RUNS, params, TH_COUNT(params));
    }
    if (err == TH_OK) {
        th_log(LOG_NOTICE,
               "start",
               "node=%" PRIu32 " dir=%s pid=%d",
               home->box.identity.node,
               home->dir,
               (int)getpid());
        struct beacon last = {0};
        err = agent_run(agent, 0, log_changes, &last);
    }
    if (err != TH_OK) {
        th_log(LOG_ERR, "failed", "error=%s", th_err_name(err));
        return desk_fail_agent(call, home, err);
    }
    th_log(LOG_NOTICE, "stop", "node=%" PRIu32, home->box.identity.node);
    return TH_EXIT_OK;
}

static int run(const struct th_call *call)
{
    TH_SCOPED(home_close) struct home home = {0};
    const int code = desk_open(call, &home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    start_log(&home);
    struct told told;
    const bool hears = open_signals(&told);
    const int ended = hears ? run_agent(call, &home, &told) : desk_fail(call, TH_E_IO, "signals");
    close_signals(&told);
    return ended;
}

const struct th_verb VERB_RUN = {
    .name = "run",
    .operands = "",
    .help = {"chạy dịch vụ gửi của đơn vị này", "run this office's agent"},
    .run = run,
};

// ---- sync ----

static const struct th_option SYNC_OPTIONS[] = {
    {.name = "wait",
     .kind = TH_OPTION_DURATION,
     .value = "D",
     .fallback = "30s",
     .min = 0,
     .max = 7LL * 86400000,
     .help = {"chờ nhiều nhất bao lâu", "how long at most"}},
};

static bool holds_register(const struct home *home)
{
    uint8_t digest[TH_HASH256_BYTES];
    uint64_t bytes = 0;
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    return home->province != NULL || (th_disk_begin_read(home->disk, &txn) == TH_OK &&
                                      outbox_load(th_disk_store(&txn), &box) == TH_OK &&
                                      bundle_held(&box, digest, &bytes) == TH_OK);
}

static bool nothing_is_left(void *context, struct home *home, const struct beacon *beacon)
{
    (void)context;
    // Also with an empty outbox the line is tried: what the province says may be new.
    return wait_is_decided(beacon, home->box.last) &&
           (beacon->state == SESSION_OPEN || beacon->last_up != 0) && holds_register(home);
}

static enum th_err say_notices(const struct th_call *call, const struct home *home, uint64_t after)
{
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), call->program->name);
    TH_TRY(settle_notices(home, after, &findings));
    TH_TRY(news_say_since(call, home, after));
    const enum th_err said = th_findings_print(&findings, call->lang, TH_FINDINGS_SHOWN, stderr);
    (void)said; // stderr is closed: there is nobody to tell
    return TH_OK;
}

static int sync_run(const struct th_call *call)
{
    TH_SCOPED(home_close) struct home home = {0};
    const int code = desk_open(call, &home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    struct th_verdict why;
    if (home_load(&home, &why) != TH_OK) {
        th_province_free(&home.province); // not needed here: it comes with the first contact
    }
    struct wait wait = {
        .home = &home,
        .deadline_ms = th_now_ms() + (uint64_t)th_call_value(call, "wait")->number,
        .done = nothing_is_left,
    };
    const uint64_t notice = home.box.notice;
    enum th_err err = wait_run(&wait);
    if (err == TH_OK) {
        err = say_notices(call, &home, notice);
    }
    if (err != TH_OK) {
        return desk_fail_agent(call, &home, err);
    }
    if (wait.end == WAIT_REFUSED || wait.end == WAIT_STOPPED) {
        return settle_trouble(call, &home, &wait);
    }
    const bool done = wait.end == WAIT_DONE;
    if (desk_is_json(call)) {
        (void)printf("{\"last_batch\":%" PRIu64 ",\"decided\":%" PRIu64 ",\"version\":%" PRIu64
                     ",\"exit\":%d}\n",
                     home.box.last,
                     wait.beacon.decided,
                     wait.beacon.version,
                     done ? TH_EXIT_OK : TH_EXIT_TEMPORARY);
        return done ? TH_EXIT_OK : TH_EXIT_TEMPORARY;
    }
    if (done) {
        char version[DESK_NUMBER_BYTES];
        desk_say(call,
                 "Tỉnh đã quyết định đến lô %" PRIu64 ", phiên bản %s.\n",
                 "The province has decided through batch %" PRIu64 ", version %s.\n",
                 wait.beacon.decided,
                 desk_number(call, wait.beacon.version, version));
        return TH_EXIT_OK;
    }
    if (home.box.last == wait.beacon.decided) {
        desk_say(call,
                 "CHƯA liên lạc được với tỉnh. Không có gì chờ gửi.\n",
                 "The province could NOT be reached. Nothing waits to be sent.\n");
        return TH_EXIT_TEMPORARY;
    }
    desk_say(call,
             "Còn lô %" PRIu64 "..%" PRIu64 " CHƯA có xác nhận của tỉnh.\n"
             "Dữ liệu an toàn trong máy này và sẽ tự gửi khi có mạng. Không cần nhập lại.\n",
             "Batches %" PRIu64 "..%" PRIu64 " are NOT yet acknowledged by the province.\n"
             "The data are safe on this machine and will be sent when the line is back. "
             "Do not import again.\n",
             wait.beacon.decided + 1,
             home.box.last);
    return TH_EXIT_TEMPORARY;
}

const struct th_verb VERB_SYNC = {
    .name = "sync",
    .operands = "",
    .help = {"gửi hết những gì đang chờ", "send all that is queued"},
    .options = SYNC_OPTIONS,
    .option_count = TH_COUNT(SYNC_OPTIONS),
    .run = sync_run,
};
