// fuzz_yaml.c - any bytes as a file: refused with a place, or read, written and read again the same

#include <stddef.h>
#include <stdint.h>

#include "tonghop/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item {
    struct th_bytes code;
    struct th_bytes vi;
    int64_t rating;
    th_day valid_from;
    struct th_yaml_list periods;
};
struct file {
    struct th_yaml_list items;
    bool is_open;
    struct th_yaml_list patterns;
    int64_t map_size;
    int64_t wait_ms;
    struct item single;
};

static const char *const WORDS[] = {"month", "year", NULL};

static const struct th_yaml_key ITEM_KEYS[] = {
    {.name = "code", .type = TH_YAML_CODE, .max = 32, .offset = offsetof(struct item, code)},
    {.name = "vi", .type = TH_YAML_TEXT, .max = 256, .offset = offsetof(struct item, vi)},
    {.name = "rating", .type = TH_YAML_INTEGER, .offset = offsetof(struct item, rating)},
    {.name = "valid_from", .type = TH_YAML_DATE, .offset = offsetof(struct item, valid_from)},
    {.name = "periods",
     .type = TH_YAML_WORD,
     .is_list = true,
     .words = WORDS,
     .offset = offsetof(struct item, periods)},
};
static const struct th_yaml_table ITEM = {ITEM_KEYS, TH_COUNT(ITEM_KEYS), sizeof(struct item), 0};

static const struct th_yaml_key FILE_KEYS[] = {
    {.name = "items",
     .type = TH_YAML_MAP,
     .is_list = true,
     .table = &ITEM,
     .offset = offsetof(struct file, items)},
    {.name = "open", .type = TH_YAML_BOOL, .offset = offsetof(struct file, is_open)},
    {.name = "open",
     .type = TH_YAML_TEXT,
     .is_list = true,
     .offset = offsetof(struct file, patterns)},
    {.name = "map_size",
     .type = TH_YAML_SIZE,
     .fallback = "64MiB",
     .offset = offsetof(struct file, map_size)},
    {.name = "wait",
     .type = TH_YAML_TIME,
     .fallback = "5ms",
     .offset = offsetof(struct file, wait_ms)},
    {.name = "single",
     .type = TH_YAML_MAP,
     .table = &ITEM,
     .offset = offsetof(struct file, single)},
};
static const struct th_yaml_table TABLE = {FILE_KEYS, TH_COUNT(FILE_KEYS), sizeof(struct file), 0};

enum { ROOM_BYTES = 4 * 1024 * 1024, KEPT = 8 };

// NOLINTNEXTLINE(readability-non-const-parameter): the writer writes there
static struct th_bytes write_file(const struct file *file, uint8_t *room)
{
    struct th_writer out = {.data = room, .max = ROOM_BYTES};
    th_yaml_write(&TABLE, file, false, &out);
    th_assert(!out.overflow);
    return th_written(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[2][ROOM_BYTES];
    struct th_finding kept[KEPT];
    struct th_findings findings = th_findings_of(kept, KEPT, "f");
    TH_SCOPED(th_yaml_pool_free) struct th_yaml_pool pool = {0};
    struct file file;
    struct file again;
    const struct th_bytes text = {.data = data, .size = size};
    const enum th_err err = th_yaml_read(text, &TABLE, &TH_YAML_LIMITS, &pool, &findings, &file);
    th_assert((err == TH_OK) == (findings.total[TH_SEVERITY_ERROR] == 0));
    if (err != TH_OK) {
        th_assert(findings.count > 0 && kept[0].line > 0 && kept[0].column > 0);
        return 0;
    }
    const struct th_bytes written = write_file(&file, room[0]);
    if (written.size > TH_YAML_LIMITS.bytes_max) {
        return 0;
    }
    th_assert(th_yaml_read(written, &TABLE, &TH_YAML_LIMITS, &pool, &findings, &again) == TH_OK);
    th_assert(th_bytes_equal(written, write_file(&again, room[1]))); // Y4
    return 0;
}
