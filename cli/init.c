// init.c - see init.h

#include "cli/init.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tonghop/file.h"
#include "tonghop/key.h"

#include "cli/init_part.h"
#include "cli/place.h"

enum {
    GATEWAY_OFFSET = 10,
    FINDINGS_KEPT = 20,
    ROOTS_MAX = 20,
    LIST_BYTES = 2048, // room for ROOTS_MAX codes with their days
};

const struct th_option INIT_OPTIONS[INIT_OPTION_COUNT] = {
    {.name = "units",
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"danh mục đơn vị (CSV)", "units of the register (CSV)"}},
    {.name = "successors",
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"đơn vị kế thừa (CSV)", "successors of units that ended (CSV)"}},
    {.name = "province",
     .kind = TH_OPTION_TEXT,
     .value = "CODE[@DATE]",
     .help = {"đơn vị gốc; không ghi thì là đơn vị duy nhất không có cấp trên",
              "the root; default the only unit without a parent"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"mã bất biến của tỉnh, 1-8 ký tự a-z 0-9 -",
              "the province's immutable id, 1-8 of a-z 0-9 -"}},
    {.name = "catalogue",
     .kind = TH_OPTION_TEXT,
     .value = "DIR|vn|open",
     .fallback = "vn",
     .help = {"danh mục chỉ tiêu", "catalogue of measures"}},
    {.name = "ports",
     .kind = TH_OPTION_TEXT,
     .value = "auto|BASE",
     .fallback = "auto",
     .help = {"cổng: hệ thống chọn một lần, hoặc BASE..BASE+4",
              "ports: chosen once, or BASE..BASE+4"}},
    {.name = "name",
     .kind = TH_OPTION_TEXT,
     .value = "TEXT",
     .help = {"tên tỉnh; không ghi thì lấy trong danh mục",
              "the province's name; default from the register"}},
    {.name = "add",
     .kind = TH_OPTION_FLAG,
     .help = {"thêm một tỉnh vào thư mục đã có", "add another province to an existing directory"}},
};

static void plan_free(struct init_plan *plan)
{
    th_register_free(&plan->whole);
    th_register_free(&plan->reg);
    th_register_free(&plan->kin);
    th_catalogue_free(&plan->catalogue);
    th_catalogue_files_free(&plan->files);
    th_config_free(&plan->config);
}

static int missing(const struct init_plan *plan, const char *what)
{
    const char *params[] = {what};
    return th_call_fail(plan->call, TH_M_ARGUMENT_MISSING, params, 1);
}

static int read_register(struct init_plan *plan)
{
    const char *units_path = th_call_text(plan->call, "units");
    const char *successors_path = th_call_text(plan->call, "successors");
    TH_SCOPED(th_free_scoped) char *units = NULL;
    TH_SCOPED(th_free_scoped) char *successors = NULL;
    size_t units_size = 0;
    size_t successors_size = 0;
    if (units_path == NULL) {
        return missing(plan, "--units");
    }
    errno = 0;
    enum th_err err = th_file_read(units_path, TH_REGISTER_BYTES_MAX, &units, &units_size);
    if (err != TH_OK) {
        return place_fail(plan->call, err, units_path);
    }
    if (successors_path != NULL) {
        err = th_file_read(successors_path, TH_REGISTER_BYTES_MAX, &successors, &successors_size);
        if (err != TH_OK) {
            return place_fail(plan->call, err, successors_path);
        }
    }
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), units_path);
    err = th_register_read((struct th_bytes){units, units_size},
                           (struct th_bytes){successors, successors_size},
                           &findings,
                           &plan->whole);
    if (err == TH_E_REFUSED) {
        place_findings(plan->call, &findings);
        return TH_EXIT_DATA;
    }
    return place_fail(plan->call, err, units_path);
}

// A day on which the unit lives: its last one, or the last of all days.
static th_day day_of_life(const struct th_register *reg, uint32_t uid)
{
    const th_day last = th_register_last_day(reg, uid);
    return last < TH_DAY_LAST ? last : TH_DAY_LAST;
}

// "01, 24, 24@2025-07-01": what --province may be.
static void list_units(const struct th_register *reg,
                       const uint32_t *uids,
                       size_t count,
                       bool with_days,
                       char out[static LIST_BYTES])
{
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        struct th_unit unit;
        char day[TH_DAY_TEXT_BYTES] = "";
        if (th_register_on(reg, uids[i], day_of_life(reg, uids[i]), &unit) != TH_OK) {
            continue;
        }
        const th_day first = th_register_first_day(reg, uids[i]);
        if (with_days) {
            (void)th_day_text(first > TH_DAY_MIN ? first : unit.until - 1, day);
        }
        const size_t used = strlen(out);
        (void)snprintf(out + used,
                       LIST_BYTES - used,
                       "%s%.*s%s%s",
                       used > 0 ? ", " : "",
                       (int)unit.code.size,
                       (const char *)unit.code.data,
                       with_days ? "@" : "",
                       day);
    }
}

static int choose_root(struct init_plan *plan)
{
    uint32_t uids[ROOTS_MAX];
    char list[LIST_BYTES];
    const char *wanted = th_call_text(plan->call, "province");
    if (wanted == NULL) {
        const size_t roots = th_register_roots(plan->whole, uids, ROOTS_MAX);
        if (roots != 1) {
            list_units(plan->whole, uids, roots < ROOTS_MAX ? roots : ROOTS_MAX, false, list);
            const size_t used = strlen(list);
            (void)snprintf(list + used, sizeof(list) - used, "%s", roots > ROOTS_MAX ? ", …" : "");
            return place_missing(plan->call, "--province", list);
        }
        list_units(plan->whole, uids, 1, false, list);
        (void)snprintf(plan->root, sizeof(plan->root), "%.43s", list);
    } else {
        (void)snprintf(plan->root, sizeof(plan->root), "%.43s", wanted);
    }
    const struct th_bytes root = th_bytes_of(plan->root);
    enum th_err err = th_register_subtree(plan->whole, root, &plan->reg, &plan->left_out);
    if (err == TH_OK) {
        size_t count = 0;
        err = th_register_kin(plan->whole, root, &plan->kin, &count);
    }
    if (err == TH_E_INVALID) {
        const size_t units = th_register_with_code(plan->whole, root, uids, ROOTS_MAX);
        list_units(plan->whole, uids, units < ROOTS_MAX ? units : ROOTS_MAX, true, list);
        return place_missing(plan->call, "--province", list);
    }
    if (err == TH_E_NOT_FOUND || err == TH_E_MALFORMED) {
        struct th_verdict verdict;
        th_verdict_make(&verdict, TH_M_UNKNOWN_WORD, 'a', NULL, plan->root, NULL);
        return place_fail_verdict(plan->call, &verdict);
    }
    return place_fail(plan->call, err, plan->root);
}

static bool is_lineage(const char *text)
{
    const size_t size = strlen(text);
    bool good = size >= 1 && size <= TH_LINEAGE_MAX;
    for (size_t i = 0; i < size && good; i++) {
        good =
            (text[i] >= 'a' && text[i] <= 'z') || isdigit((unsigned char)text[i]) || text[i] == '-';
    }
    return good;
}

static int choose_lineage(struct init_plan *plan)
{
    char lineage[64];
    const char *wanted = th_call_text(plan->call, "lineage");
    (void)snprintf(lineage, sizeof(lineage), "%s", wanted != NULL ? wanted : plan->root);
    for (char *at = lineage; *at != '\0' && wanted == NULL; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    if (!is_lineage(lineage)) {
        return place_missing(plan->call, "--lineage", "1-8: a-z 0-9 -");
    }
    if (plan->config != NULL && th_config_province(plan->config, lineage) != NULL) {
        const char *params[] = {lineage};
        return th_call_fail(plan->call, TH_M_DIR_IN_USE, params, 1);
    }
    (void)snprintf(plan->lineage, sizeof(plan->lineage), "%.8s", lineage);
    return TH_EXIT_OK;
}

static void choose_name(struct init_plan *plan)
{
    const uint32_t root = th_register_root(plan->reg);
    const char *wanted = th_call_text(plan->call, "name");
    struct th_unit unit;
    if (wanted != NULL) {
        (void)snprintf(plan->name, sizeof(plan->name), "%.256s", wanted);
    } else if (th_register_on(plan->reg, root, day_of_life(plan->reg, root), &unit) == TH_OK) {
        (void)snprintf(plan->name,
                       sizeof(plan->name),
                       "%.*s %.*s",
                       (int)unit.type.size,
                       (const char *)unit.type.data,
                       (int)unit.name.size,
                       (const char *)unit.name.data);
    }
}

static int read_catalogue(struct init_plan *plan)
{
    const char *place = th_call_text(plan->call, "catalogue");
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), place);
    errno = 0;
    enum th_err err = th_catalogue_files_read(place, &plan->files);
    if (err != TH_OK) {
        return place_fail(plan->call, err, place);
    }
    err = th_catalogue_read(plan->files.files, plan->files.count, &findings, &plan->catalogue);
    if (err == TH_E_REFUSED) {
        place_findings(plan->call, &findings);
        return TH_EXIT_DATA;
    }
    return place_fail(plan->call, err, place);
}

// A port of the loopback address that nobody uses now. All are held until all are known.
static bool free_ports(unsigned ports[static INIT_DOORS])
{
    int sockets[INIT_DOORS];
    size_t made = 0;
    for (; made < INIT_DOORS; made++) {
        struct sockaddr_in address = {.sin_family = AF_INET};
        socklen_t size = sizeof(address);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockets[made] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (sockets[made] < 0 ||
            bind(sockets[made], (struct sockaddr *)&address, sizeof(address)) != 0 ||
            getsockname(sockets[made], (struct sockaddr *)&address, &size) != 0) {
            break;
        }
        ports[made] = ntohs(address.sin_port);
    }
    for (size_t i = 0; i < made; i++) {
        (void)close(sockets[i]);
    }
    return made == INIT_DOORS;
}

static int choose_ports(struct init_plan *plan)
{
    const char *text = th_call_text(plan->call, "ports");
    if (strcmp(text, "auto") == 0) {
        return free_ports(plan->ports) ? TH_EXIT_OK : place_fail(plan->call, TH_E_IO, "127.0.0.1");
    }
    char *end = NULL;
    const long base = strtol(text, &end, 10);
    if (end == text || *end != '\0' || base < 1 || base + GATEWAY_OFFSET > 65535) {
        const char *params[] = {"ports", "integer"};
        return th_call_fail(plan->call, TH_M_OPTION_VALUE, params, 2);
    }
    for (unsigned i = 0; i < INIT_DOORS; i++) {
        plan->ports[i] = (unsigned)base + i;
    }
    return TH_EXIT_OK;
}

static void say_done(const struct init_plan *plan)
{
    char keys[TH_PATH_MAX];
    char public_key[TH_Z85_SIZE];
    char fingerprint[TH_FINGERPRINT_SIZE] = "?";
    uint8_t key[TH_CURVE_BYTES];
    struct th_verdict why;
    (void)place_path(plan->dir, "keys", keys);
    if (th_key_read_public(keys, "broker", public_key, &why) == TH_OK &&
        th_z85_read(th_bytes_of(public_key), key) == TH_OK) {
        (void)th_key_fingerprint(key, fingerprint);
    }
    th_call_say(plan->call,
                "%s: tỉnh %s %s, %zu đơn vị, %zu chỉ tiêu, khóa tỉnh %s\n",
                "%s: province %s %s, %zu units, %zu measures, province key %s\n",
                plan->dir,
                plan->root,
                plan->name,
                (size_t)th_register_unit_count(plan->reg),
                th_catalogue_measure_count(plan->catalogue),
                fingerprint);
    if (plan->left_out > 0) {
        char line[TH_SENTENCE_BYTES];
        struct th_verdict note;
        th_verdict_start(&note, TH_M_NOTE_OUTSIDE, 0, NULL);
        th_verdict_add_number(&note, (int64_t)plan->left_out, 0);
        (void)th_verdict_line(&note, plan->call->lang, line, sizeof(line));
        th_call_say(plan->call, "ghi chú TH2405: %s\n", "note TH2405: %s\n", line);
    }
    th_call_say(plan->call, "Chạy: tonghop up %s\n", "Run: tonghop up %s\n", plan->dir);
}

int init_run(const struct th_call *call)
{
    TH_SCOPED(plan_free) struct init_plan plan = {.call = call, .dir = call->operands[0]};
    int code = TH_EXIT_OK;
    if (th_call_flag(call, "add")) {
        code = place_config(call, plan.dir, &plan.config);
    } else if (!th_dir_is_empty(plan.dir)) {
        code = place_fail(call, TH_E_BUSY, plan.dir);
    }
    int (*const steps[])(struct init_plan *) = {
        read_register, choose_root, choose_lineage, read_catalogue, choose_ports};
    for (size_t i = 0; i < TH_COUNT(steps) && code == TH_EXIT_OK; i++) {
        code = steps[i](&plan);
    }
    if (code != TH_EXIT_OK) {
        return code;
    }
    choose_name(&plan);
    errno = 0;
    const enum th_err err = init_write(&plan);
    if (err != TH_OK) {
        (void)place_fail(call, err, plan.dir);
        return TH_EXIT_CANT_CREATE;
    }
    say_done(&plan);
    return TH_EXIT_OK;
}
