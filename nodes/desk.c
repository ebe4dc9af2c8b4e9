// desk.c - see desk.h

#include "nodes/desk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/number.h"

static const char INSTALLED[] = "/var/lib/tonghop/node";

enum { PROGRESS_AFTER_MS = 500, PROGRESS_EVERY_MS = 100, DAY_SECONDS = 86400 };

const char *desk_dir(const struct th_call *call)
{
    struct stat found;
    if (call->dir != NULL) {
        return call->dir;
    }
    return stat("tonghop.yaml", &found) != 0 && stat(INSTALLED, &found) == 0 ? INSTALLED : ".";
}

int desk_fail(const struct th_call *call, enum th_err err, const char *what)
{
    struct th_verdict why;
    home_why(err, what, &why);
    return th_call_tell(call, &why);
}

int desk_open(const struct th_call *call, struct home *home)
{
    struct th_finding kept[TH_FINDINGS_SHOWN];
    struct th_verdict why = {0};
    char path[TH_PATH_MAX];
    const char *dir = desk_dir(call);
    const char *file = call->config != NULL ? call->config : home_path(dir, "tonghop.yaml", path);
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), file);
    const struct home_setup setup = {
        .dir = dir,
        .config = call->config,
        .overrides = call->overrides,
        .override_count = call->override_count,
    };
    const enum th_err err = home_open(&setup, &findings, home, &why);
    if (err == TH_OK) {
        return TH_EXIT_OK;
    }
    if (err == TH_E_REFUSED) {
        const enum th_err said =
            th_findings_print(&findings, call->lang, TH_FINDINGS_SHOWN, stderr);
        (void)said; // stderr is closed: there is nobody to tell
        return TH_EXIT_CONFIG;
    }
    return th_call_tell(call, &why);
}

int desk_open_loaded(const struct th_call *call, struct home *home)
{
    struct th_verdict why = {0};
    const int code = desk_open(call, home);
    if (code != TH_EXIT_OK) {
        return code;
    }
    return home_load(home, &why) == TH_OK ? TH_EXIT_OK : th_call_tell(call, &why);
}

int desk_fail_agent(const struct th_call *call, const struct home *home, enum th_err err)
{
    const char *const *brokers = NULL;
    const size_t count = th_config_list(home->config, "node.brokers", &brokers);
    if (err != TH_E_INVALID) {
        return desk_fail(call, err, home->dir);
    }
    if (count == 0) {
        const char *params[] = {"node.brokers"};
        return th_call_fail(call, TH_M_YAML_MISSING_KEY, params, TH_COUNT(params));
    }
    const char *params[] = {"node.brokers", brokers[0], "tcp://HOST:PORT"};
    return th_call_fail(call, TH_M_YAML_TYPE, params, TH_COUNT(params));
}

// ---- saying ----

bool desk_is_json(const struct th_call *call)
{
    return call->format != NULL && strncmp(call->format, "json", 4) == 0;
}

void desk_say(const struct th_call *call, const char *vi, const char *en, ...)
{
    if (desk_is_json(call)) {
        return;
    }
    va_list args;
    va_start(args, en);
    th_call_say_list(call, vi, en, args);
    va_end(args);
}

void desk_json_text(FILE *out, struct th_bytes text)
{
    char room[6 * 1024];
    (void)th_text_json(text, room, sizeof(room));
    (void)fprintf(out, "\"%s\"", room);
}

char *desk_number(const struct th_call *call, uint64_t number, char out[static DESK_NUMBER_BYTES])
{
    const int64_t shown = number > INT64_MAX ? INT64_MAX : (int64_t)number;
    return th_number_people(call->lang, shown, 0, out);
}

char *desk_clock(const struct home *home,
                 int64_t unix_ms,
                 bool seconds,
                 char out[static DESK_CLOCK_BYTES])
{
    const struct th_province *province = home->province;
    const int64_t zone =
        province != NULL ? th_catalogue_settings(province->catalogue)->zone_minutes : 0;
    const int64_t of_day = ((unix_ms / 1000 + zone * 60) % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS;
    const int hour = (int)(of_day / 3600);
    const int minute = (int)(of_day / 60 % 60);
    if (seconds) {
        (void)snprintf(out, DESK_CLOCK_BYTES, "%02d:%02d:%02d", hour, minute, (int)(of_day % 60));
    } else {
        (void)snprintf(out, DESK_CLOCK_BYTES, "%02d:%02d", hour, minute);
    }
    return out;
}

// ---- progress ----

struct progress progress_begin(const struct th_call *call)
{
    const bool wanted = !call->quiet && strcmp(call->progress, "never") != 0;
    return (struct progress){
        .on = wanted && isatty(STDERR_FILENO) == 1,
        .begun_ms = th_now_ms(),
    };
}

void progress_show(struct progress *progress, const char *format, ...)
{
    const uint64_t now = th_now_ms();
    if (!progress->on || now < progress->begun_ms + PROGRESS_AFTER_MS ||
        now < progress->last_ms + PROGRESS_EVERY_MS) {
        return;
    }
    progress->last_ms = now;
    progress->shown = true;
    va_list args;
    va_start(args, format);
    (void)fputs("\r", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputs("\033[K", stderr);
    va_end(args);
    (void)fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        progress->shown = false;
    }
}
