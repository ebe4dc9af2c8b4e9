// bench_run.c - see bench_run.h

#include "cli/bench_run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tonghop/config.h"
#include "tonghop/out.h"

enum { NOT_STARTED = 127, SIGNALLED = 128, LOG_MODE = 0600 };

double bench_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Programs stand beside each other.
static bool find_beside(const char *name, char out[static TH_PATH_MAX])
{
    const ssize_t size = readlink("/proc/self/exe", out, TH_PATH_MAX - 1);
    if (size <= 0) {
        return false;
    }
    out[size] = '\0';
    char *base = strrchr(out, '/') + 1;
    const size_t room = TH_PATH_MAX - (size_t)(base - out);
    return (size_t)snprintf(base, room, "%s", name) < room;
}

// In the child: descriptors, then the program. Returns only when it cannot be run.
static void become(const char *const *words, const char *log, int out)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int said = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, LOG_MODE);
    if (nothing < 0 || said < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
        dup2(out >= 0 ? out : said, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0) {
        return;
    }
    char self[TH_PATH_MAX] = "tonghop";
    bool beside = words[0] != NULL && strncmp(words[0], "tonghop-", strlen("tonghop-")) == 0;
    if (beside && !find_beside(words[0], self)) {
        return;
    }
    char *args[BENCH_ARGS_MAX + 2] = {self};
    words += beside ? 1 : 0;
    for (size_t i = 0; i < BENCH_ARGS_MAX && words[i] != NULL; i++) {
        args[i + 1] = (char *)(uintptr_t)words[i]; // execv takes them without const and only reads
    }
    th_out_before_exec();
    (void)execv(beside ? self : "/proc/self/exe", args);
}

bool bench_start(const char *const *words, const char *log, bool listen, struct bench_child *child)
{
    int ends[2] = {-1, -1};
    *child = (struct bench_child){.out = -1};
    if (listen && pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        become(words, log, ends[1]);
        _exit(NOT_STARTED);
    }
    if (listen) {
        (void)close(ends[1]);
    }
    child->pid = pid < 0 ? 0 : pid;
    child->out = ends[0];
    return pid > 0;
}

int bench_end(struct bench_child *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0) {
        // interrupted
    }
    if (child->out >= 0) {
        (void)close(child->out);
    }
    *child = (struct bench_child){.out = -1};
    return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
}

int bench_stop(struct bench_child *child)
{
    if (child->pid == 0) {
        return 0;
    }
    (void)kill(child->pid, SIGTERM);
    return bench_end(child);
}

int bench_run(const char *const *words, const char *log)
{
    struct bench_child child;
    return bench_start(words, log, false, &child) ? bench_end(&child) : NOT_STARTED;
}

// Drop the line handed out last. child->line[0 .. size) is what was read behind it.
static const char *take_line(struct bench_child *child)
{
    static char line[BENCH_LINE_MAX + 1]; // one measurement at a time
    const char *end = memchr(child->line, '\n', child->size);
    if (end == NULL && child->size < sizeof(child->line)) {
        return NULL;
    }
    const size_t length = end != NULL ? (size_t)(end - child->line) : child->size;
    const size_t gone = end != NULL ? length + 1 : length;
    memcpy(line, child->line, length);
    line[length] = '\0';
    child->size -= gone;
    memmove(child->line, child->line + gone, child->size);
    return line;
}

const char *bench_line(struct bench_child *child, double seconds)
{
    const double end = bench_now() + seconds;
    for (;;) {
        const char *line = take_line(child);
        if (line != NULL) {
            return line;
        }
        const double left = end - bench_now();
        struct pollfd wanted = {.fd = child->out, .events = POLLIN};
        const int wait_ms = left > 0 ? (int)(left * 1000) + 1 : 0;
        const int ready = poll(&wanted, 1, wait_ms);
        if (ready < 0 || (ready == 0 && wait_ms == 0)) {
            return NULL;
        }
        if (ready == 0) {
            continue;
        }
        const ssize_t got =
            read(child->out, child->line + child->size, sizeof(child->line) - child->size);
        if (got <= 0) {
            return NULL;
        }
        child->size += (size_t)got;
    }
}
