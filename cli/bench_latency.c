// bench_latency.c - one figure at a time into an idle province: acknowledged, and on a screen

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/bench_part.h"

enum { PROBE_SECONDS = 20, FLUSH_BYTES = 4096, FLUSH_FILE_BLOCKS = 64, FILE_MODE = 0600 };

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double quantile(struct bench *bench, double share)
{
    qsort(bench->times, bench->probes, sizeof(*bench->times), by_value);
    return bench->times[(size_t)(share * (double)(bench->probes - 1) + 0.5)] * 1000;
}

static void
note_times(struct bench *bench, const struct bench_figure *median, const struct bench_figure *slow)
{
    const struct bench_figure *both[] = {median, slow};
    for (size_t i = 0; i < TH_COUNT(both); i++) {
        struct bench_figure figure = *both[i];
        figure.value = quantile(bench, i == 0 ? 0.50 : 0.99);
        figure.unit = "ms";
        bench_note(bench, &figure);
    }
}

// What the disk under the directory takes to make 4 KiB durable in a file that does not grow.
static int time_flushes(struct bench *bench)
{
    char path[TH_PATH_MAX];
    static const char block[FLUSH_BYTES];
    const int file =
        open(bench_path(bench, "flush", 0, path), O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    bool good = file >= 0;
    for (unsigned i = 0; i < FLUSH_FILE_BLOCKS && good; i++) {
        good = write(file, block, sizeof(block)) == (ssize_t)sizeof(block);
    }
    good = good && fsync(file) == 0;
    for (unsigned i = 0; i < bench->probes && good; i++) {
        const off_t at = (off_t)(i % FLUSH_FILE_BLOCKS) * FLUSH_BYTES;
        const double begun = bench_now();
        good = pwrite(file, block, sizeof(block), at) == (ssize_t)sizeof(block) &&
               fdatasync(file) == 0;
        bench->times[i] = bench_now() - begun;
    }
    if (file >= 0) {
        (void)close(file);
    }
    if (!good) {
        return bench_broken(bench, path);
    }
    note_times(bench,
               &(struct bench_figure){.name = "flush_p50_ms",
                                      .vi = "đĩa ghi xong 4 KiB (fdatasync), trung vị",
                                      .en = "disk: 4 KiB and fdatasync, median"},
               &(struct bench_figure){.name = "flush_p99_ms", .vi = "  p99", .en = "  p99"});
    return 0;
}

// What starting a program takes that does nothing: part of every `set`.
static int time_starts(struct bench *bench)
{
    static const char *const words[] = {"version", NULL};
    for (unsigned i = 0; i < bench->probes; i++) {
        const double begun = bench_now();
        if (bench_run(words, "/dev/null") != 0) {
            return bench_broken(bench, "version");
        }
        bench->times[i] = bench_now() - begun;
    }
    bench_note(bench,
               &(struct bench_figure){.name = "start_p50_ms",
                                      .vi = "chạy một chương trình không làm gì, trung vị",
                                      .en = "starting a program that does nothing, median",
                                      .value = quantile(bench, 0.50),
                                      .unit = "ms"});
    return 0;
}

static bool wait_for(struct bench_child *watch, const char *part, const char *other)
{
    const double end = bench_now() + PROBE_SECONDS;
    while (bench_now() < end) {
        const char *line = bench_line(watch, end - bench_now());
        if (line == NULL) {
            return false;
        }
        if (strstr(line, part) != NULL && strstr(line, other) != NULL) {
            return true;
        }
    }
    return false;
}

// One figure on its way: to its own program's end, and to the watch.
struct probe {
    struct bench_child entering; // its stdout says nothing and closes when it ends
    struct bench_child *watch;
    char wanted[32];
    double begun;
    double ended; // 0: not yet
    double seen;
};

static bool has_come(struct probe *probe)
{
    const char *line;
    while ((line = bench_line(probe->watch, 0)) != NULL) {
        if (strstr(line, "\"probe\"") != NULL && strstr(line, probe->wanted) != NULL) {
            return true;
        }
    }
    return false;
}

static bool follow(struct probe *probe)
{
    while (probe->seen == 0 || probe->ended == 0) {
        struct pollfd items[] = {
            {.fd = probe->seen == 0 ? probe->watch->out : -1, .events = POLLIN},
            {.fd = probe->ended == 0 ? probe->entering.out : -1, .events = POLLIN},
        };
        if (poll(items, TH_COUNT(items), PROBE_SECONDS * 1000) <= 0) {
            return false;
        }
        const double now = bench_now();
        if (items[0].revents != 0 && has_come(probe)) {
            probe->seen = now;
        } else if ((items[0].revents & ~POLLIN) != 0) {
            return false; // it has ended
        }
        if (items[1].revents != 0) {
            probe->ended = now;
        }
    }
    return true;
}

static bool enter(struct bench *bench, const char *node, unsigned value, struct probe *probe)
{
    char text[16];
    (void)snprintf(text, sizeof(text), "%u", value);
    (void)snprintf(probe->wanted, sizeof(probe->wanted), "\"value\":%u,", value);
    const char *set[] = {
        "set", "--dir", node, "--wait=20s", "--quiet", "D001.01", "2025-01", "probe", text, NULL};
    probe->begun = bench_now();
    return bench_start(set, bench->log, true, &probe->entering);
}

// Figure by figure: entered by a program of its own, acknowledged to it, seen by the watch.
static int time_probes(struct bench *bench, const char *node, struct bench_child *watch)
{
    static double seen[BENCH_PROBES_MAX];
    for (unsigned i = 0; i < bench->probes; i++) {
        struct probe probe = {.watch = watch};
        if (!enter(bench, node, i + 1, &probe)) {
            return bench_broken(bench, "set");
        }
        const bool followed = follow(&probe);
        if (bench_end(&probe.entering) != 0 || !followed) {
            return bench_broken(bench, followed ? "set" : "watch");
        }
        bench->times[i] = probe.ended - probe.begun;
        seen[i] = probe.seen - probe.begun;
    }
    note_times(bench,
               &(struct bench_figure){.name = "acknowledged_p50_ms",
                                      .vi = "set --wait đến khi kết thúc, trung vị",
                                      .en = "set --wait until it ends, median"},
               &(struct bench_figure){.name = "acknowledged_p99_ms", .vi = "  p99", .en = "  p99"});
    memcpy(bench->times, seen, sizeof(seen));
    note_times(bench,
               &(struct bench_figure){.name = "seen_p50_ms",
                                      .vi = "set đến màn hình theo dõi, trung vị",
                                      .en = "set until a subscriber has it, median"},
               &(struct bench_figure){.name = "seen_p99_ms", .vi = "  p99", .en = "  p99"});
    return 0;
}

int bench_latency(struct bench *bench)
{
    if (bench->probes == 0) {
        return 0;
    }
    char home[TH_PATH_MAX];
    char node[TH_PATH_MAX];
    const char *run[] = {"tonghop-node", "run", "--dir", bench_path(bench, "node", 1, node), NULL};
    const char *follow_it[] = {"watch",
                               "--dir",
                               bench_path(bench, "province", 0, home),
                               "--unit",
                               "D001.01",
                               "--measure",
                               "probe",
                               "--format",
                               "jsonl",
                               "--interval",
                               "10ms",
                               NULL};
    struct bench_child agent = {.out = -1};
    struct bench_child watch = {.out = -1};
    int status = time_flushes(bench);
    if (status == 0) {
        status = time_starts(bench);
    }
    if (status == 0 && (!bench_start(run, bench->log, false, &agent) ||
                        !bench_start(follow_it, bench->log, true, &watch))) {
        status = bench_broken(bench, "watch");
    }
    if (status == 0) {
        status = wait_for(&watch, "\"live\"", "") ? time_probes(bench, node, &watch)
                                                  : bench_broken(bench, "watch");
    }
    (void)bench_stop(&watch);
    (void)bench_stop(&agent);
    return status;
}
