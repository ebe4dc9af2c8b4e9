// bench.c - see bench.h

#include "cli/bench.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/number.h"

#include "cli/bench_part.h"

enum {
    UPDATES_MAX = 10000000,
    FILES_AT_ONCE = BENCH_ARGS_MAX - 6,
    READY_SECONDS = 30,
    REMOVE_DEPTH = 16,
    TOTALS_COLUMNS = 7,
    LOG_LINES_BYTES = 1200,
};

const struct th_option BENCH_OPTIONS[BENCH_OPTION_COUNT] = {
    {.name = "nodes",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .fallback = "30",
     .min = 1,
     .max = BENCH_NODES_MAX,
     .help = {"số nút gửi cùng lúc", "nodes that send at once"}},
    {.name = "updates",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .fallback = "200000",
     .min = 1000,
     .max = UPDATES_MAX,
     .help = {"số cập nhật của mọi nút", "updates of all nodes"}},
    {.name = "size",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .fallback = "256",
     .min = 1,
     .max = BENCH_WHOLE,
     .help = {"số cập nhật trong một lô", "updates in a batch"}},
    {.name = "seed",
     .kind = TH_OPTION_NUMBER,
     .value = "S",
     .fallback = "20261121",
     .min = 0,
     .max = INT64_MAX,
     .help = {"mầm của dữ liệu", "seed of the load"}},
    {.name = "probes",
     .kind = TH_OPTION_NUMBER,
     .value = "N",
     .fallback = "50",
     .min = 0,
     .max = BENCH_PROBES_MAX,
     .help = {"số lần đo độ trễ", "single updates whose latency is measured"}},
    {.name = "csv",
     .kind = TH_OPTION_TEXT,
     .value = "F",
     .help = {"ghi kết quả vào tệp này", "write what was measured to this file"}},
};

char *bench_path(const struct bench *bench, const char *name, unsigned number, char *out)
{
    (void)snprintf(out, TH_PATH_MAX, "%.2048s/%.64s", bench->place, name);
    if (number > 0) {
        const size_t size = strlen(out);
        (void)snprintf(out + size, TH_PATH_MAX - size, "%u", number);
    }
    return out;
}

void bench_note(struct bench *bench, const struct bench_figure *figure)
{
    th_assert(bench->figure_count < BENCH_FIGURES_MAX);
    bench->figures[bench->figure_count++] = *figure;
}

int bench_broken(const struct bench *bench, const char *what)
{
    TH_SCOPED(th_free_scoped) char *log = NULL;
    size_t size = 0;
    (void)fprintf(stderr, "bench: %s\n", what);
    if (th_file_read(bench->log, SIZE_MAX / 2, &log, &size) == TH_OK) {
        const size_t shown = size < LOG_LINES_BYTES ? size : LOG_LINES_BYTES;
        (void)fwrite(log + (size - shown), 1, shown, stderr);
    }
    return TH_EXIT_SOFTWARE;
}

// ---- a province and its nodes ----

static int start_province(struct bench *bench)
{
    char units[TH_PATH_MAX];
    char home[TH_PATH_MAX];
    (void)bench_path(bench, "units.csv", 0, units);
    (void)bench_path(bench, "province", 0, home);
    if (bench_load_units(&bench->load, units) != TH_OK) {
        return bench_broken(bench, "units.csv");
    }
    const char *init[] = {"init", home, "--units", units, "--catalogue", "open", NULL};
    if (bench_run(init, bench->log) != 0) {
        return bench_broken(bench, "init");
    }
    const char *up[] = {"up", home, NULL};
    if (!bench_start(up, bench->log, true, &bench->up)) {
        return bench_broken(bench, "up");
    }
    const char *ready = bench_line(&bench->up, READY_SECONDS);
    return ready != NULL && strncmp(ready, "READY", strlen("READY")) == 0
               ? 0
               : bench_broken(bench, "up");
}

static int join_node(struct bench *bench, unsigned node)
{
    char home[TH_PATH_MAX];
    char slip[TH_PATH_MAX];
    char dir[TH_PATH_MAX];
    char unit[16];
    (void)bench_path(bench, "province", 0, home);
    (void)bench_path(bench, "slip", node + 1, slip);
    (void)bench_path(bench, "node", node + 1, dir);
    (void)snprintf(unit, sizeof(unit), "D%03u", node + 1);
    const char *enrol[] = {"enrol", home, "--unit", unit, "-o", slip, NULL};
    const char *join[] = {"join", slip, "--dir", dir, NULL};
    const bool joined = bench_run(enrol, bench->log) == 0 && bench_run(join, bench->log) == 0;
    return joined ? 0 : bench_broken(bench, "join");
}

// ---- the load ----

static int import_files(struct bench *bench, const char *node, const char *files, unsigned count)
{
    static char names[FILES_AT_ONCE][TH_PATH_MAX];
    for (unsigned done = 0; done < count;) {
        const char *words[BENCH_ARGS_MAX] = {"import", "--dir", node, "--quiet"};
        unsigned some = 0;
        for (; some < FILES_AT_ONCE && done < count; some++, done++) {
            (void)snprintf(names[some], TH_PATH_MAX, "%.2048s/%04u.csv", files, done + 1);
            words[some + 4] = names[some];
        }
        if (bench_run(words, bench->log) != 0) {
            return bench_broken(bench, "import");
        }
    }
    return 0;
}

// Every node holds its part in its outbox. Nothing is sent: no agent runs.
static int fill_outboxes(struct bench *bench)
{
    double spent = 0;
    for (unsigned i = 0; i < bench->load.nodes; i++) {
        char node[TH_PATH_MAX];
        char files[TH_PATH_MAX];
        unsigned count = 0;
        (void)bench_path(bench, "node", i + 1, node);
        (void)bench_path(bench, "files", i + 1, files);
        if (th_dir_make(files) != TH_OK ||
            bench_load_write(&bench->load, i, files, &count) != TH_OK) {
            return bench_broken(bench, files);
        }
        const double begun = bench_now();
        const int status = import_files(bench, node, files, count);
        if (status != 0) {
            return status;
        }
        spent += bench_now() - begun;
    }
    bench_note(bench,
               &(struct bench_figure){
                   .name = "import_rows_per_second",
                   .vi = "nhập CSV, từng nút một",
                   .en = "CSV checked and queued, one node at a time",
                   .value = (double)bench->load.rows / spent,
                   .unit = "rows/s",
               });
    return 0;
}

// All nodes at once, until the last one has heard that all of its batches are decided.
static int send_all(struct bench *bench)
{
    static char dirs[BENCH_NODES_MAX][TH_PATH_MAX];
    bool good = true;
    const double begun = bench_now();
    for (unsigned i = 0; i < bench->load.nodes; i++) {
        const char *sync[] = {"sync",
                              "--dir",
                              bench_path(bench, "node", i + 1, dirs[i]),
                              "--wait=10m",
                              "--quiet",
                              NULL};
        good = bench_start(sync, bench->log, false, &bench->syncs[i]) && good;
    }
    for (unsigned i = 0; i < bench->load.nodes; i++) {
        good = bench->syncs[i].pid != 0 && bench_end(&bench->syncs[i]) == 0 && good;
    }
    const double spent = bench_now() - begun;
    if (!good) {
        return bench_broken(bench, "sync");
    }
    bench_note(bench,
               &(struct bench_figure){
                   .name = "updates_per_second",
                   .vi = "ghi xuống đĩa, xác nhận và tổng hợp",
                   .en = "durable, acknowledged and aggregated",
                   .value = (double)bench->load.rows / spent,
                   .unit = "updates/s",
               });
    bench_note(bench,
               &(struct bench_figure){
                   .name = "seconds",
                   .vi = "từ lúc mọi nút bắt đầu đến xác nhận cuối",
                   .en = "from the start of all nodes to the last acknowledgement",
                   .value = spent,
                   .unit = "s",
               });
    return 0;
}

// ---- the totals must be those of the load ----

struct sums {
    int64_t people;
    int64_t scores;
    int64_t heads;
};

static void add_line(struct sums *sums, char *line)
{
    char *cells[TOTALS_COLUMNS] = {NULL};
    char *rest = line;
    for (size_t i = 0; i < TOTALS_COLUMNS && rest != NULL; i++) {
        cells[i] = strsep(&rest, ",");
    }
    int64_t value = 0;
    if (cells[5] == NULL || th_number_parse(th_bytes_of(cells[5]), &value) != TH_OK) {
        return; // the header
    }
    if (strcmp(cells[2], "EV01") == 0) {
        sums->people += value;
    } else if (strcmp(cells[2], "EV02") == 0) {
        sums->scores += value;
    } else if (strncmp(cells[2], "heads.", strlen("heads.")) == 0) {
        sums->heads += value;
    }
}

static int check_totals(struct bench *bench)
{
    char home[TH_PATH_MAX];
    struct sums got = {0};
    struct bench_child totals;
    const char *ask[] = {"totals",
                         "--dir",
                         bench_path(bench, "province", 0, home),
                         "--unit",
                         "B",
                         "--by",
                         "dims",
                         "--format",
                         "csv",
                         NULL};
    const char *recount[] = {"verify", home, NULL};
    if (!bench_start(ask, bench->log, true, &totals)) {
        return bench_broken(bench, "totals");
    }
    for (const char *line; (line = bench_line(&totals, READY_SECONDS)) != NULL;) {
        char copy[BENCH_LINE_MAX + 1];
        (void)snprintf(copy, sizeof(copy), "%s", line);
        add_line(&got, copy);
    }
    if (bench_end(&totals) != 0) {
        return bench_broken(bench, "totals");
    }
    const struct bench_load *load = &bench->load;
    if (got.people != (int64_t)load->people || got.scores != load->score_sum ||
        got.heads != load->heads) {
        (void)fprintf(stderr,
                      "bench: EV01 %" PRId64 " (%" PRIu64 "), EV02 %" PRId64 " (%" PRId64
                      "), heads %" PRId64 " (%" PRId64 ")\n",
                      got.people,
                      load->people,
                      got.scores,
                      load->score_sum,
                      got.heads,
                      load->heads);
        return bench_broken(bench, "the totals are not those of the load");
    }
    return bench_run(recount, bench->log) == 0 ? 0 : bench_broken(bench, "verify");
}

// ---- the verb ----

static int measure(struct bench *bench)
{
    int status = start_province(bench);
    for (unsigned i = 0; i < bench->load.nodes && status == 0; i++) {
        status = join_node(bench, i);
    }
    int (*const steps[])(struct bench *) = {fill_outboxes, send_all, check_totals, bench_latency};
    for (size_t i = 0; i < TH_COUNT(steps) && status == 0; i++) {
        status = steps[i](bench);
    }
    return status;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    (void)remove(path); // what stays is a leftover under $TMPDIR
    return 0;
}

int bench_verb(const struct th_call *call)
{
    static struct bench bench;             // large, once a process
    const char *parent = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): one thread
    bench = (struct bench){
        .call = call,
        .load = {.nodes = (unsigned)th_call_value(call, "nodes")->number,
                 .updates = (uint64_t)th_call_value(call, "updates")->number,
                 .size = (unsigned)th_call_value(call, "size")->number,
                 .seed = (uint64_t)th_call_value(call, "seed")->number},
        .probes = (unsigned)th_call_value(call, "probes")->number,
        .up = {.out = -1},
    };
    (void)snprintf(bench.place,
                   sizeof(bench.place),
                   "%.1024s/tonghop-bench.XXXXXX",
                   parent != NULL ? parent : "/tmp");
    if (mkdtemp(bench.place) == NULL) {
        (void)fprintf(stderr, "bench: %s: cannot be made\n", bench.place);
        return TH_EXIT_CANT_CREATE;
    }
    (void)bench_path(&bench, "log", 0, bench.log);
    int status = measure(&bench);
    (void)bench_stop(&bench.up);
    if (status == 0) {
        status = bench_print(&bench);
    }
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    (void)nftw(bench.place, remove_one, REMOVE_DEPTH, FTW_DEPTH | FTW_PHYS);
    return status;
}
