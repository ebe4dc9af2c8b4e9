// config_print.c - docs/configuration.md, from the table of settings

#include <inttypes.h>
#include <string.h>

#include "lib/config_body.h"

struct config_unit {
    const char *name;
    int64_t size;
};

static const struct config_unit SIZES[] = {{"TiB", INT64_C(1) << 40},
                                           {"GiB", INT64_C(1) << 30},
                                           {"MiB", INT64_C(1) << 20},
                                           {"KiB", INT64_C(1) << 10},
                                           {"B", 1}};
static const struct config_unit TIMES[] = {
    {"d", INT64_C(86400000)}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct config_unit PERCENTS[] = {{"%", 1}};
static const struct config_unit NUMBERS[] = {{"", 1}};

// The largest unit that divides value.
static void print_bound(int64_t value, const struct config_unit *units, size_t count, FILE *out)
{
    size_t at = 0;
    while (at + 1 < count && value % units[at].size != 0) {
        at++;
    }
    at = value == 0 ? count - 1 : at;
    (void)fprintf(out, "%" PRId64 "%s", value / units[at].size, units[at].name);
}

static void print_range(const struct config_setting *setting,
                        const struct config_unit *units,
                        size_t count,
                        FILE *out)
{
    print_bound(setting->min, units, count, out);
    (void)fputs(" … ", out);
    print_bound(setting->max, units, count, out);
}

static void print_words(const char *words, FILE *out)
{
    for (; *words != '\0'; words++) {
        if (*words == '|') {
            (void)fputs(", ", out);
        } else {
            (void)fputc(*words, out);
        }
    }
}

static void print_kind(const struct config_setting *setting, FILE *out)
{
    switch (setting->kind) {
    case TH_CONFIG_TEXT:
        (void)fputs("text", out);
        return;
    case TH_CONFIG_LIST:
        (void)fputs("list", out);
        return;
    case TH_CONFIG_FLAG:
        (void)fputs("true, false", out);
        return;
    case TH_CONFIG_CHOICE:
        print_words(setting->words, out);
        return;
    case TH_CONFIG_NUMBER:
        print_range(setting, NUMBERS, TH_COUNT(NUMBERS), out);
        return;
    case TH_CONFIG_SIZE:
        print_range(setting, SIZES, TH_COUNT(SIZES), out);
        return;
    case TH_CONFIG_DURATION:
        print_range(setting, TIMES, TH_COUNT(TIMES), out);
        return;
    case TH_CONFIG_PERCENT:
        print_range(setting, PERCENTS, TH_COUNT(PERCENTS), out);
        return;
    }
    th_unreachable();
}

void th_config_print(FILE *out)
{
    (void)fputs(
        "# Configuration\n\n"
        "Printed from the table in the program by `scripts/docs`; do not edit.\n\n"
        "One file, `DIR/tonghop.yaml`, written by `init` or `join`; each program reads its own"
        " section and `common`. What wins:\n"
        "built in < file < environment `TONGHOP_SECTION_KEY` <"
        " `-o SECTION.KEY=VALUE`. `tonghop config show --origin DIR` prints every"
        " value and\nwhere it came from, `tonghop config check DIR` every mistake with file, line"
        " and column"
        " (exit 78).\n\n"
        "The file is strict YAML: no unknown or repeated keys, no anchors, no tabs, whole numbers"
        " without leading zeros. Sizes are written\n`64MiB`, times `500ms` `30s` `5m` `2h` `7d`,"
        " shares `5%`. SIGHUP makes the broker read it again (`up` passes it on): settings"
        " marked R apply\n"
        "there at once, the others, and those of other programs, at the next start; a bad new file"
        " is refused as a whole and the old one kept.\n\n"
        "Besides the sections there are two lists, written by `init` and `init --add`:\n\n"
        "    provinces:                  # of this directory\n"
        "      - root: \"93\"              # code, or code@date\n"
        "        lineage: hg93           # the province's id, for ever\n"
        "        name: Tỉnh Hậu Giang\n"
        "        person_scope: scheme    # where person ids are unique: scheme, province, unit\n"
        "        opened: 2026-11-24      # deadlines and closing count from this day at the"
        " earliest; without it nothing closes\n"
        "    workers:                    # one process each\n"
        "      - name: w1                # its key is keys/worker-w1\n"
        "        provinces: [hg93]\n",
        out);
    const char *section = "";
    for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
        const struct config_setting *setting = &CONFIG_SETTINGS[i];
        if (strcmp(section, setting->section) != 0) {
            section = setting->section;
            (void)fprintf(out,
                          "\n## %s\n\n| Key | Default | | R | English | Tiếng Việt |\n"
                          "|---|---|---|---|---|---|\n",
                          section);
        }
        const char *fallback = setting->fallback;
        const bool none = fallback == NULL || fallback[0] == '\0';
        const char *mark = none ? "" : "`";
        (void)fprintf(out, "| `%s` | %s%s%s | ", setting->key, mark, none ? "" : fallback, mark);
        print_kind(setting, out);
        (void)fprintf(out,
                      " | %s | %s | %s |\n",
                      setting->reload ? "R" : "",
                      setting->help_en,
                      setting->help_vi);
    }
}
