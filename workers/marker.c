// marker.c - see marker.h

#include "workers/marker.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static _Thread_local struct marker *applying;

// Only what is safe in a handler: one write, and the signal again with its usual effect.
static void on_death(int number)
{
    const struct marker *marker = applying;
    if (marker != NULL && marker->fd >= 0) {
        const ssize_t written = pwrite(marker->fd, &marker->applied, sizeof(marker->applied), 0);
        (void)written; // then it is met once more
    }
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

void marker_handle_signals(void)
{
    static const int NUMBERS[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = on_death, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
        (void)sigaction(NUMBERS[i], &action, NULL);
    }
}

enum th_err marker_open(const char *path, struct marker *marker)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return TH_E_IO;
    }
    *marker = (struct marker){.fd = fd};
    struct marker_name name = {0};
    if (pread(fd, &name, sizeof(name), 0) == (ssize_t)sizeof(name)) {
        marker->suspect = name;
    }
    return TH_OK;
}

void marker_close(struct marker *marker)
{
    if (marker->fd >= 0) {
        (void)close(marker->fd);
        marker->fd = -1;
    }
}

static bool is_suspect(const struct marker *marker, uint32_t node, uint64_t epoch, uint64_t seq)
{
    const struct marker_name *suspect = &marker->suspect;
    return suspect->deaths > 0 && suspect->node == node && suspect->epoch == epoch &&
           suspect->seq == seq;
}

bool marker_is_poison(const struct marker *marker, uint32_t node, uint64_t epoch, uint64_t seq)
{
    return marker->suspect.deaths >= MARKER_DEATHS_MAX && is_suspect(marker, node, epoch, seq);
}

void marker_begin(struct marker *marker, uint32_t node, uint64_t epoch, uint64_t seq)
{
    const uint32_t before = is_suspect(marker, node, epoch, seq) ? marker->suspect.deaths : 0; // K2
    marker->applied =
        (struct marker_name){.node = node, .epoch = epoch, .seq = seq, .deaths = before + 1};
    applying = marker;
}

void marker_end(struct marker *marker)
{
    applying = NULL;
    if (is_suspect(marker, marker->applied.node, marker->applied.epoch, marker->applied.seq)) {
        marker_forget(marker);
    }
}

void marker_forget(struct marker *marker)
{
    marker->suspect = (struct marker_name){0};
    if (marker->fd >= 0) {
        const ssize_t written = pwrite(marker->fd, &marker->suspect, sizeof(marker->suspect), 0);
        (void)written; // it names a batch that is decided, which does not come again
    }
}
