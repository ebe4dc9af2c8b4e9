// supervise.c - see supervise.h

#include "cli/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/out.h"

enum {
    LOG_BYTES_MAX = 8 * 1024 * 1024,
    DELAY_FIRST_MS = 100,
    DELAY_MAX_MS = 5000,
    MINUTE_MS = 60 * 1000,
    STEADY_MS = 10 * 1000, // after this long a child is taken to be well again
};

enum th_err supervise_open(struct supervisor *supervisor, const char *log_dir)
{
    sigset_t set;
    *supervisor = (struct supervisor){.signals = -1};
    (void)snprintf(supervisor->log_dir, sizeof(supervisor->log_dir), "%s", log_dir);
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGCHLD);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) {
        return TH_E_IO;
    }
    supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return supervisor->signals >= 0 ? TH_OK : TH_E_IO;
}

struct child *supervise_add(struct supervisor *supervisor,
                            const char *name,
                            const char *program,
                            const char *const *args,
                            size_t count)
{
    th_assert(supervisor->count < SUPERVISE_CHILDREN_MAX);
    th_assert(count < SUPERVISE_ARGS_MAX - 1);
    struct child *child = &supervisor->children[supervisor->count++];
    *child = (struct child){.out = -1, .err = -1, .log = -1, .delay_ms = DELAY_FIRST_MS};
    (void)snprintf(child->name, sizeof(child->name), "%s", name);
    (void)snprintf(child->program, sizeof(child->program), "%s", program);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(child->args[i], sizeof(child->args[i]), "%s", args[i]);
    }
    child->arg_count = count;
    return child;
}

// ---- logs ----

static void log_path(const struct supervisor *supervisor,
                     const struct child *child,
                     const char *ending,
                     char out[static TH_PATH_MAX])
{
    (void)snprintf(out, TH_PATH_MAX, "%.4000s/%s.log%s", supervisor->log_dir, child->name, ending);
}

static void open_log(const struct supervisor *supervisor, struct child *child)
{
    char path[TH_PATH_MAX];
    log_path(supervisor, child, "", path);
    child->log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void rotate_log(const struct supervisor *supervisor, struct child *child)
{
    char path[TH_PATH_MAX];
    char older[TH_PATH_MAX];
    struct stat stat_of_log;
    if (child->log < 0 || fstat(child->log, &stat_of_log) != 0 ||
        stat_of_log.st_size < LOG_BYTES_MAX) {
        return;
    }
    log_path(supervisor, child, "", path);
    log_path(supervisor, child, ".1", older);
    (void)rename(path, older); // if it fails, the log grows: better than losing it
    (void)close(child->log);
    open_log(supervisor, child);
}

// ---- children ----

static _Noreturn void become(const struct child *child, int out, int err)
{
    char *argv[SUPERVISE_ARGS_MAX + 1];
    sigset_t none;
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    th_out_before_exec();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
        dup2(err, STDERR_FILENO) < 0) {
        _exit(127);
    }
    argv[0] = (char *)(uintptr_t)child->program;
    for (size_t i = 0; i < child->arg_count; i++) {
        argv[i + 1] = (char *)(uintptr_t)child->args[i];
    }
    argv[child->arg_count + 1] = NULL;
    (void)execv(child->program, argv);
    _exit(127);
}

static void close_pipes(struct child *child)
{
    int *const ends[] = {&child->out, &child->err};
    for (size_t i = 0; i < TH_COUNT(ends); i++) {
        if (*ends[i] >= 0) {
            (void)close(*ends[i]);
            *ends[i] = -1;
        }
    }
}

enum th_err supervise_start(struct supervisor *supervisor, struct child *child)
{
    int out[2];
    int err[2];
    close_pipes(child);
    if (child->log < 0) {
        open_log(supervisor, child);
    }
    if (pipe2(out, O_CLOEXEC) != 0) {
        return TH_E_IO;
    }
    if (pipe2(err, O_CLOEXEC) != 0) {
        (void)close(out[0]);
        (void)close(out[1]);
        return TH_E_IO;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become(child, out[1], err[1]);
    }
    (void)close(out[1]);
    (void)close(err[1]);
    child->out = out[0];
    child->err = err[0];
    (void)fcntl(child->out, F_SETFL, O_NONBLOCK);
    (void)fcntl(child->err, F_SETFL, O_NONBLOCK);
    child->pid = pid > 0 ? pid : 0;
    child->ready = false;
    child->line_size = 0;
    child->start_at_ms = 0;
    supervisor->changed = true;
    return pid > 0 ? TH_OK : TH_E_IO;
}

static void take_ready(struct child *child)
{
    char *end = memchr(child->line, '\n', child->line_size);
    if (child->ready || end == NULL) {
        return;
    }
    *end = '\0';
    child->ready = strncmp(child->line, "READY", 5) == 0;
    if (!child->ready) {
        child->line_size = 0; // something else: wait for the next line
    }
}

static void read_out(struct child *child)
{
    char bytes[512];
    ssize_t size = read(child->out, bytes, sizeof(bytes));
    while (size > 0) {
        const size_t room = sizeof(child->line) - 1 - child->line_size;
        const size_t part = (size_t)size < room ? (size_t)size : room;
        if (!child->ready) {
            (void)memcpy(child->line + child->line_size, bytes, part);
            child->line_size += part;
            take_ready(child);
        }
        size = read(child->out, bytes, sizeof(bytes));
    }
}

static void read_err(const struct supervisor *supervisor, struct child *child)
{
    char bytes[4096];
    ssize_t size = read(child->err, bytes, sizeof(bytes));
    while (size > 0) {
        if (child->log >= 0 && write(child->log, bytes, (size_t)size) != size) {
            break; // the disk is full: the child goes on, its log does not
        }
        size = read(child->err, bytes, sizeof(bytes));
    }
    rotate_log(supervisor, child);
}

// Was this end our own doing or that of somebody with a signal? Crashes are not.
static bool from_outside(int status)
{
    return WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM ||
                                   WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGHUP);
}

static bool count_end(struct child *child, uint64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < child->end_count; i++) {
        if (now - child->ends_ms[i] < MINUTE_MS) {
            child->ends_ms[kept++] = child->ends_ms[i];
        }
    }
    child->ends_ms[kept++] = now;
    child->end_count = kept;
    return kept >= SUPERVISE_ENDS_MAX;
}

static struct child *child_of(struct supervisor *supervisor, pid_t pid)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].pid == pid) {
            return &supervisor->children[i];
        }
    }
    return NULL;
}

static struct child *reap(struct supervisor *supervisor)
{
    struct child *too_many = NULL;
    int status = 0;
    pid_t pid = waitpid(-1, &status, WNOHANG);
    while (pid > 0) {
        struct child *child = child_of(supervisor, pid);
        if (child != NULL) {
            const uint64_t now = th_now_ms();
            read_err(supervisor, child); // its last words
            child->pid = 0;
            child->status = status;
            child->ready = false;
            child->start_at_ms = now + child->delay_ms;
            child->delay_ms =
                child->delay_ms * 2 < DELAY_MAX_MS ? child->delay_ms * 2 : DELAY_MAX_MS;
            supervisor->changed = true;
            if (from_outside(status)) {
                child->delay_ms = DELAY_FIRST_MS;
            } else if (count_end(child, now) && !supervisor->stopping) {
                too_many = child;
            }
        }
        pid = waitpid(-1, &status, WNOHANG);
    }
    return too_many;
}

static enum supervise_result hear_signals(struct supervisor *supervisor, struct child **which)
{
    struct signalfd_siginfo signal_info;
    enum supervise_result result = SUPERVISE_GO_ON;
    while (read(supervisor->signals, &signal_info, sizeof(signal_info)) ==
           (ssize_t)sizeof(signal_info)) {
        if (signal_info.ssi_signo == SIGHUP) {
            supervise_reload(supervisor);
        } else if (signal_info.ssi_signo != SIGCHLD) {
            result = SUPERVISE_STOP;
        }
    }
    struct child *too_many = reap(supervisor);
    if (too_many != NULL && result == SUPERVISE_GO_ON) {
        *which = too_many;
        result = SUPERVISE_TOO_MANY;
    }
    return result;
}

static unsigned wait_of(const struct supervisor *supervisor, unsigned wait_ms)
{
    const uint64_t now = th_now_ms();
    uint64_t wait = wait_ms;
    for (size_t i = 0; i < supervisor->count; i++) {
        const uint64_t at = supervisor->children[i].start_at_ms;
        if (at != 0 && !supervisor->stopping) {
            const uint64_t left = at > now ? at - now : 0;
            wait = left < wait ? left : wait;
        }
    }
    return (unsigned)wait;
}

static void restart_due(struct supervisor *supervisor)
{
    const uint64_t now = th_now_ms();
    for (size_t i = 0; i < supervisor->count && !supervisor->stopping; i++) {
        struct child *child = &supervisor->children[i];
        if (child->start_at_ms != 0 && now >= child->start_at_ms &&
            supervise_start(supervisor, child) != TH_OK) {
            child->start_at_ms = now + DELAY_MAX_MS;
        }
        const bool steady = child->pid != 0 && child->ready && child->end_count > 0 &&
                            now - child->ends_ms[child->end_count - 1] > STEADY_MS;
        child->delay_ms = steady ? DELAY_FIRST_MS : child->delay_ms;
    }
}

enum supervise_result
supervise_turn(struct supervisor *supervisor, unsigned wait_ms, struct child **which)
{
    struct pollfd fds[1 + 2 * SUPERVISE_CHILDREN_MAX];
    nfds_t count = 0;
    fds[count++] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
    for (size_t i = 0; i < supervisor->count; i++) {
        const struct child *child = &supervisor->children[i];
        fds[count++] = (struct pollfd){.fd = child->pid != 0 ? child->out : -1, .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = child->pid != 0 ? child->err : -1, .events = POLLIN};
    }
    (void)poll(fds, count, (int)wait_of(supervisor, wait_ms)); // interrupted is like nothing yet
    for (size_t i = 0; i < supervisor->count; i++) {
        struct child *child = &supervisor->children[i];
        if (fds[1 + 2 * i].revents != 0) {
            read_out(child);
        }
        if (fds[2 + 2 * i].revents != 0) {
            read_err(supervisor, child);
        }
    }
    const enum supervise_result result = hear_signals(supervisor, which);
    restart_due(supervisor);
    return result;
}

void supervise_reload(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        if (supervisor->children[i].pid != 0) {
            (void)kill(supervisor->children[i].pid, SIGHUP);
        }
    }
}

void supervise_stop(struct supervisor *supervisor, uint64_t deadline_ms)
{
    supervisor->stopping = true;
    bool impatient = false;
    for (size_t i = 0; i < supervisor->count; i++) {
        struct child *child = &supervisor->children[i];
        struct child *which = NULL;
        if (child->pid != 0) {
            (void)kill(child->pid, SIGTERM);
        }
        while (child->pid != 0) {
            const uint64_t now = th_now_ms();
            if (now >= deadline_ms || impatient) {
                (void)kill(child->pid, SIGKILL);
            }
            const unsigned left = now < deadline_ms ? (unsigned)(deadline_ms - now) : 100;
            impatient = supervise_turn(supervisor, left, &which) == SUPERVISE_STOP || impatient;
        }
        close_pipes(child);
        if (child->log >= 0) {
            (void)close(child->log);
            child->log = -1;
        }
    }
}
