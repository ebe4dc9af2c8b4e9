// bench_print.c - what was measured, on which machine, and how

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "tonghop/codec.h"
#include "tonghop/hash.h"
#include "tonghop/sock.h"
#include "tonghop/store_lmdb.h"

#include "cli/bench_part.h"

enum { MODEL_MAX = 128 };

static void read_model(char out[static MODEL_MAX])
{
    (void)snprintf(out, MODEL_MAX, "?");
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[BENCH_LINE_MAX];
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", strlen("model name")) == 0 && colon != NULL) {
            (void)snprintf(out, MODEL_MAX, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static const char *file_system(const char *path)
{
    static const struct {
        unsigned long magic;
        const char *name;
    } KNOWN[] = {{0xEF53, "ext4"},
                 {0x58465342, "xfs"},
                 {0x9123683E, "btrfs"},
                 {0x01021994, "tmpfs"},
                 {0x794C7630, "overlay"},
                 {0x2FC12FC1, "zfs"}};
    struct statfs about;
    if (statfs(path, &about) != 0) {
        return "?";
    }
    for (size_t i = 0; i < TH_COUNT(KNOWN); i++) {
        if ((unsigned long)about.f_type == KNOWN[i].magic) {
            return KNOWN[i].name;
        }
    }
    return "?";
}

struct machine {
    char model[MODEL_MAX];
    long cores;
    struct utsname kernel;
    const char *file_system;
};

static struct machine machine_here(const struct bench *bench)
{
    struct machine machine = {
        .cores = sysconf(_SC_NPROCESSORS_ONLN),
        .file_system = file_system(bench->place),
    };
    read_model(machine.model);
    (void)uname(&machine.kernel);
    return machine;
}

static void print_people(const struct bench *bench, const struct machine *machine)
{
    const bool vi = bench->call->lang == TH_LANG_VI;
    const struct bench_load *load = &bench->load;
    (void)printf("tonghop %s · libzmq %s · lmdb %s · protobuf-c %s · libsodium %s\n",
                 TONGHOP_VERSION,
                 th_sock_library(),
                 th_disk_library(),
                 th_codec_library(),
                 th_hash_library());
    (void)printf("%s × %ld · %s %s · %s\n",
                 machine->model,
                 machine->cores,
                 machine->kernel.sysname,
                 machine->kernel.release,
                 machine->file_system);
    (void)printf(vi ? "%u nút, %" PRIu64 " cập nhật, lô ≤ %u, mầm %" PRIu64
                      "; CURVE, tiến trình thật, một worker; tổng số đã so và verify khớp\n"
                    : "%u nodes, %" PRIu64 " updates, batches ≤ %u, seed %" PRIu64
                      "; CURVE, real processes, one worker; totals compared, verify agrees\n",
                 load->nodes,
                 load->rows,
                 load->size,
                 load->seed);
    for (size_t i = 0; i < bench->figure_count; i++) {
        const struct bench_figure *figure = &bench->figures[i];
        (void)printf("%12.*f %-10s %s\n",
                     figure->value < 1000 ? 2 : 0,
                     figure->value,
                     figure->unit,
                     vi ? figure->vi : figure->en);
    }
}

// Names are ours and the model has neither quotes nor backslashes in any known processor; one that
// has would break the line, so they are left out.
static void print_json(const struct bench *bench, const struct machine *machine)
{
    const struct bench_load *load = &bench->load;
    (void)printf("{\"version\":\"%s\",\"model\":\"", TONGHOP_VERSION);
    for (const char *at = machine->model; *at != '\0'; at++) {
        if (*at != '"' && *at != '\\' && (unsigned char)*at >= ' ') {
            (void)putchar(*at);
        }
    }
    (void)printf("\",\"cores\":%ld,\"kernel\":\"%s\",\"file_system\":\"%s\",\"nodes\":%u,"
                 "\"updates\":%" PRIu64 ",\"size\":%u,\"seed\":%" PRIu64,
                 machine->cores,
                 machine->kernel.release,
                 machine->file_system,
                 load->nodes,
                 load->rows,
                 load->size,
                 load->seed);
    for (size_t i = 0; i < bench->figure_count; i++) {
        (void)printf(",\"%s\":%.3f", bench->figures[i].name, bench->figures[i].value);
    }
    (void)printf("}\n");
}

static int write_csv(const struct bench *bench, const char *path)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return bench_broken(bench, path);
    }
    (void)fprintf(file, "name,value,unit\n");
    for (size_t i = 0; i < bench->figure_count; i++) {
        const struct bench_figure *figure = &bench->figures[i];
        (void)fprintf(file, "%s,%.3f,%s\n", figure->name, figure->value, figure->unit);
    }
    const bool failed = ferror(file) != 0;
    return fclose(file) == 0 && !failed ? 0 : bench_broken(bench, path);
}

int bench_print(const struct bench *bench)
{
    const struct machine machine = machine_here(bench);
    const char *format = bench->call->format;
    if (format != NULL && strncmp(format, "json", strlen("json")) == 0) {
        print_json(bench, &machine);
    } else {
        print_people(bench, &machine);
    }
    const char *csv = th_call_text(bench->call, "csv");
    return csv != NULL ? write_csv(bench, csv) : 0;
}
