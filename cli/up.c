// up.c - see up.h

#include "cli/up.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/file.h"
#include "tonghop/key.h"
#include "tonghop/roster.h"

#include "cli/place.h"
#include "cli/supervise.h"

enum { STOP_MS = 5000, TURN_MS = 1000 };

const struct th_option UP_OPTIONS[UP_OPTION_COUNT] = {
    {.name = "no-gateway",
     .kind = TH_OPTION_FLAG,
     .help = {"không chạy trang tổng hợp", "without the page"}},
    {.name = "ready-fd",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .min = 3,
     .max = 1 << 20,
     .help = {"ghi dòng READY cả vào mô tả tệp này",
              "write the READY line to this descriptor too"}},
};

struct up {
    const struct th_call *call;
    char dir[PATH_MAX];
    struct th_config *config;
    struct supervisor supervisor;
    struct child *broker;
    int lock;
    bool told_to_stop;
    struct th_broker_state doors;
    char version[32];
};

static void up_free(struct up *up)
{
    th_config_free(&up->config);
    if (up->lock >= 0) {
        (void)close(up->lock);
    }
}

// Before anything is started: it says so itself, and not each child in its turn.
static int check_keys(const struct up *up)
{
    char path[TH_PATH_MAX];
    struct th_verdict why;
    (void)th_config_path(up->config, "keys", path, sizeof(path));
    return th_key_check(path, &why) == TH_OK ? TH_EXIT_OK : place_fail_verdict(up->call, &why);
}

static int lock_dir(struct up *up)
{
    char path[TH_PATH_MAX];
    const enum th_err made = th_dir_make(place_path(up->dir, "run", path));
    if (made != TH_OK) {
        return place_fail(up->call, made, path);
    }
    up->lock = open(place_path(up->dir, "run/up.lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (up->lock < 0) {
        return place_fail(up->call, TH_E_IO, path);
    }
    return flock(up->lock, LOCK_EX | LOCK_NB) == 0 ? TH_EXIT_OK
                                                   : place_fail(up->call, TH_E_BUSY, up->dir);
}

// The programs stand beside this one.
static void program_path(const char *name, char out[static TH_PATH_MAX])
{
    char self[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    (void)snprintf(out, TH_PATH_MAX, "%.4000s/%s", self, name);
}

static struct child *add(struct up *up, const char *name, const char *program, const char *worker)
{
    char path[TH_PATH_MAX];
    const char *args[SUPERVISE_ARGS_MAX] = {"run", "--dir", up->dir};
    size_t count = 3;
    if (worker != NULL) {
        args[count++] = "--name";
        args[count++] = worker;
    }
    program_path(program, path);
    return supervise_add(&up->supervisor, name, path, args, count);
}

static const char *last_line(const struct up *up, const struct child *child, char out[static 512])
{
    char path[TH_PATH_MAX];
    TH_SCOPED(th_free_scoped) char *bytes = NULL;
    size_t size = 0;
    (void)snprintf(path, sizeof(path), "%.3900s/log/%s.log", up->dir, child->name);
    out[0] = '\0';
    if (th_file_read(path, (size_t)64 * 1024 * 1024, &bytes, &size) != TH_OK) {
        return out;
    }
    while (size > 0 && bytes[size - 1] == '\n') {
        bytes[--size] = '\0';
    }
    const char *line = strrchr(bytes, '\n');
    (void)snprintf(out, 512, "%.500s", line != NULL ? line + 1 : bytes);
    return out;
}

static int ended(const struct up *up, const struct child *child, size_t times)
{
    char why[512];
    char number[16];
    (void)snprintf(number, sizeof(number), "%zu", times);
    const char *params[] = {child->name, number, last_line(up, child, why)};
    const int code = th_call_fail(up->call, TH_M_PROGRAM_ENDED, params, TH_COUNT(params));
    const int status = WIFEXITED(child->status) ? WEXITSTATUS(child->status) : code;
    const bool told =
        status == TH_EXIT_CANT_CREATE || status == TH_EXIT_CONFIG || status == TH_EXIT_UNAVAILABLE;
    return told ? status : code;
}

// Start child and wait for its READY line, or to be told to stop. 0, or an exit code.
static int start(struct up *up, struct child *child, uint64_t deadline_ms)
{
    struct child *which = NULL;
    if (supervise_start(&up->supervisor, child) != TH_OK) {
        return place_fail(up->call, TH_E_IO, child->program);
    }
    while (!child->ready) {
        const uint64_t now = th_now_ms();
        if (child->pid == 0 && child->status != 0) {
            return ended(up, child, 1);
        }
        if (now >= deadline_ms) {
            const char *params[] = {"30s"};
            return th_call_fail(up->call, TH_M_LINE_SILENT, params, 1);
        }
        if (supervise_turn(&up->supervisor, (unsigned)(deadline_ms - now), &which) ==
            SUPERVISE_STOP) {
            up->told_to_stop = true;
            return TH_EXIT_OK;
        }
    }
    return TH_EXIT_OK;
}

// "version=12" of a worker's READY line; only with one province.
static void take_version(struct up *up, const struct child *child)
{
    const struct th_config_province *provinces = NULL;
    const char *at = strstr(child->line, "version=");
    if (at != NULL && th_config_provinces(up->config, &provinces) == 1) {
        (void)snprintf(up->version, sizeof(up->version), "%.*s", (int)strcspn(at + 8, " "), at + 8);
    }
}

static void ready_line(const struct up *up, char out[static 1024])
{
    (void)snprintf(out,
                   1024,
                   "READY nodes=%s queries=%s feed=%s pid=%d%s%s\n",
                   up->doors.nodes,
                   up->doors.queries,
                   up->doors.feed,
                   (int)getpid(),
                   up->version[0] != '\0' ? " version=" : "",
                   up->version);
}

// Everything here is made of endpoints and numbers: nothing needs escaping.
static void write_state(struct up *up)
{
    char path[TH_PATH_MAX];
    char text[4096];
    size_t used = 0;
    up->supervisor.changed = false;
    used +=
        (size_t)snprintf(text,
                         sizeof(text),
                         "{\"nodes\":\"%s\",\"workers\":\"%s\",\"queries\":\"%s\",\"feed\":\"%s\","
                         "\"feed_in\":\"%s\",\"pid\":%d",
                         up->doors.nodes,
                         up->doors.workers,
                         up->doors.queries,
                         up->doors.feed,
                         up->doors.feed_in,
                         (int)getpid());
    for (size_t i = 0; i < up->supervisor.count && used < sizeof(text) - 128; i++) {
        const struct child *child = &up->supervisor.children[i];
        const bool first_worker = i == 1;
        used += (size_t)snprintf(text + used,
                                 sizeof(text) - used,
                                 ",\"%s_pid\":%d",
                                 first_worker ? "worker" : child->name,
                                 (int)child->pid);
        if (first_worker) {
            used += (size_t)snprintf(
                text + used, sizeof(text) - used, ",\"%s_pid\":%d", child->name, (int)child->pid);
        }
    }
    used += (size_t)snprintf(text + used,
                             sizeof(text) - used,
                             "%s%s}\n",
                             up->version[0] != '\0' ? ",\"version\":" : "",
                             up->version);
    const enum th_err err = th_file_replace(
        place_path(up->dir, "run/up.json", path), (struct th_bytes){text, used}, 0600);
    (void)err; // it is only about now; the next change writes it again
}

static int start_all(struct up *up)
{
    char path[TH_PATH_MAX];
    const struct th_config_worker *workers = NULL;
    const size_t count = th_config_workers(up->config, &workers);
    const uint64_t deadline = th_now_ms() + up->call->timeout_ms;
    up->broker = add(up, "broker", "tonghop-broker", NULL);
    int code = start(up, up->broker, deadline);
    for (size_t i = 0; i < count && code == TH_EXIT_OK && !up->told_to_stop; i++) {
        char name[48];
        (void)snprintf(name, sizeof(name), "worker-%.32s", workers[i].name);
        struct child *worker = add(up, name, "tonghop-worker", workers[i].name);
        code = start(up, worker, deadline);
        take_version(up, worker);
    }
    if (code == TH_EXIT_OK && !up->told_to_stop) {
        const enum th_err err =
            th_broker_state_read(place_path(up->dir, "run/broker.state", path), &up->doors);
        code = place_fail(up->call, err, path);
    }
    return code;
}

static void say_ready(struct up *up)
{
    char line[1024];
    const struct th_value *fd = th_call_value(up->call, "ready-fd");
    ready_line(up, line);
    (void)fputs(line, stdout);
    (void)fflush(stdout);
    if (fd->given) {
        (void)dprintf((int)fd->number, "%s", line);
    }
}

static int watch_over(struct up *up)
{
    for (;;) {
        struct child *which = NULL;
        if (up->supervisor.changed) {
            write_state(up);
        }
        const enum supervise_result result = supervise_turn(&up->supervisor, TURN_MS, &which);
        if (result == SUPERVISE_STOP) {
            return TH_EXIT_OK;
        }
        if (result == SUPERVISE_TOO_MANY) {
            return ended(up, which, which->end_count);
        }
    }
}

int up_run(const struct th_call *call)
{
    static struct up up_state; // large
    struct up *up = &up_state;
    *up = (struct up){.call = call, .lock = -1};
    char log_dir[TH_PATH_MAX];
    if (realpath(place_dir(call), up->dir) == NULL) {
        return place_fail(call, TH_E_NOT_FOUND, place_dir(call));
    }
    int code = place_config(call, up->dir, &up->config);
    if (code == TH_EXIT_OK) {
        code = check_keys(up);
    }
    if (code == TH_EXIT_OK) {
        code = lock_dir(up);
    }
    if (code == TH_EXIT_OK) {
        code = place_fail(
            call, supervise_open(&up->supervisor, place_path(up->dir, "log", log_dir)), log_dir);
    }
    if (code == TH_EXIT_OK) {
        code = start_all(up);
    }
    if (code == TH_EXIT_OK && !up->told_to_stop) {
        write_state(up);
        say_ready(up);
        code = watch_over(up);
    }
    supervise_stop(&up->supervisor, th_now_ms() + STOP_MS);
    up_free(up);
    return code;
}
