// verb_backup.c - tonghop backup save|list|inspect|restore

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/number.h"
#include "tonghop/sheet.h"

#include "workers/restore.h"
#include "workers/verb.h"

enum { LISTED_MAX = 10000, WRONG_SHOWN = 20 };

static const struct th_option OPTIONS[] = {
    {.name = "to",
     .kind = TH_OPTION_TEXT,
     .value = "DIR",
     .help = {"save: thư mục chứa các bản sao lưu; restore: thư mục của tỉnh",
              "save: the directory of backups; restore: the province directory"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"chỉ tỉnh này; không ghi thì mọi tỉnh", "only this province; default every one"}},
    {.name = "with-keys",
     .kind = TH_OPTION_FLAG,
     .help = {"save: cả khóa bí mật; cất riêng, kín như máy chủ",
              "save: the secret keys too; keep it apart, as secret as the server"}},
    {.name = "keys",
     .kind = TH_OPTION_TEXT,
     .value = "DIR",
     .help = {"restore: lấy khóa bí mật ở đây: thư mục cũ của tỉnh, hoặc bản sao lưu có khóa",
              "restore: take the secret keys from here: the old directory of the province, or a "
              "backup with keys"}},
    {.name = "level",
     .kind = TH_OPTION_CHOICE,
     .value = "quick|full",
     .choices = "quick|full",
     .fallback = "full",
     .help = {"inspect: kiểm nhanh hay tính lại tất cả",
              "inspect: a quick look, or everything recounted"}},
};

static void tell_finding(void *self, const char *sentence)
{
    (void)self;
    (void)fprintf(stderr, "%s\n", sentence);
}

static int missing(const struct th_call *call, const char *what)
{
    return th_call_fail(call, TH_M_ARGUMENT_MISSING, &what, 1);
}

// ---- save ----

static void say_province(const struct th_call *call,
                         const struct manifest_province *province,
                         const char *vi,
                         const char *en)
{
    char version[TH_NUMBER_TEXT_BYTES];
    char records[TH_NUMBER_TEXT_BYTES];
    char nodes[TH_NUMBER_TEXT_BYTES];
    th_call_say(call,
                "%s: %s phiên bản %s · %s bản ghi · %s nút%s\n",
                "%s: %s version %s · %s records · %s node%s\n",
                province->lineage,
                call->lang == TH_LANG_VI ? vi : en,
                th_number_people(call->lang, (int64_t)province->version, 0, version),
                th_number_people(call->lang, (int64_t)province->records, 0, records),
                th_number_people(call->lang, (int64_t)province->node_count, 0, nodes),
                call->lang == TH_LANG_EN && province->node_count != 1 ? "s" : "");
}

static void say_saved(const struct th_call *call, const char *name, const struct manifest *manifest)
{
    char size[VERB_SIZE_BYTES];
    for (size_t i = 0; i < manifest->province_count; i++) {
        say_province(call, &manifest->provinces[i], "đã lưu và kiểm khớp", "saved and verified,");
    }
    th_call_say(call,
                "%s: %zu tệp, %s%s\n",
                "%s: %zu files, %s%s\n",
                name,
                manifest->file_count + 1,
                verb_size(call->lang, manifest_bytes(manifest), size),
                !manifest->keys            ? ""
                : call->lang == TH_LANG_VI ? ", CÓ khóa bí mật: cất riêng"
                                           : ", WITH the secret keys: keep it apart");
}

static int save(const struct th_call *call)
{
    char name[TH_PATH_MAX];
    char settings[TH_PATH_MAX];
    struct th_verdict why;
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    TH_SCOPED(manifest_free) struct manifest manifest = {0};
    const char *dir = verb_dir(call, 1);
    const char *lineage = th_call_text(call, "lineage");
    if (th_call_text(call, "to") == NULL) {
        return missing(call, "--to");
    }
    int code = verb_config(call, dir, &config);
    code = code == TH_EXIT_OK && lineage != NULL ? verb_lineage(call, config, &lineage) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    (void)snprintf(settings, sizeof(settings), "%.4000s/tonghop.yaml", dir);
    const struct backup_save setup = {
        .config = config,
        .settings = call->config != NULL ? call->config : settings,
        .place = th_call_text(call, "to"),
        .lineage = lineage,
        .keys = th_call_flag(call, "with-keys"),
        .lang = call->lang,
        .tell = tell_finding,
    };
    if (backup_save(&setup, name, &manifest, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    say_saved(call, name, &manifest);
    return TH_EXIT_OK;
}

// ---- list ----

static const struct th_sheet_column COLUMNS[] = {
    {"backup", {"Bản sao lưu", "Backup"}, false},
    {"made", {"Lúc (UTC)", "Made (UTC)"}, false},
    {"lineage", {"Tỉnh", "Province"}, false},
    {"version", {"Phiên bản", "Version"}, true},
    {"records", {"Bản ghi", "Records"}, true},
    {"bytes", {"Byte", "Bytes"}, true},
    {"keys", {"Khóa", "Keys"}, false},
    {"state", {"Tình trạng", "State"}, false},
};

static struct th_bytes number(uint64_t value, char out[static 24])
{
    (void)snprintf(out, 24, "%" PRIu64, value);
    return th_bytes_of(out);
}

static enum th_err add_damaged(struct th_sheet *sheet, const char *name, const char *word)
{
    const struct th_bytes none = {0};
    const struct th_bytes cells[TH_COUNT(COLUMNS)] = {
        th_bytes_of(name), none, none, none, none, none, none, th_bytes_of(word)};
    return th_sheet_add(sheet, cells);
}

static enum th_err add_backup(struct th_sheet *sheet, const char *place, const char *name)
{
    char path[TH_PATH_MAX];
    char made[TH_TIME_TEXT_BYTES];
    char texts[3][24];
    struct th_verdict why;
    TH_SCOPED(manifest_free) struct manifest manifest = {0};
    (void)snprintf(path, sizeof(path), "%.3800s/%.255s", place, name);
    const enum th_err err = manifest_read(path, &manifest, &why);
    if (err != TH_OK) {
        return err == TH_E_NOT_FOUND ? TH_OK : add_damaged(sheet, name, "damaged");
    }
    for (size_t i = 0; i < manifest.province_count; i++) {
        const struct manifest_province *province = &manifest.provinces[i];
        const struct th_bytes cells[TH_COUNT(COLUMNS)] = {
            th_bytes_of(name),
            th_bytes_of(th_time_utc(manifest.made_ms, made)),
            th_bytes_of(province->lineage),
            number(province->version, texts[0]),
            number(province->records, texts[1]),
            number(manifest_bytes(&manifest), texts[2]),
            th_bytes_of(manifest.keys ? "yes" : "no"),
            th_bytes_of("ok"),
        };
        TH_TRY(th_sheet_add(sheet, cells));
    }
    return TH_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char *list[LISTED_MAX];
    size_t count;
};

static void names_free(struct names **names)
{
    for (size_t i = 0; *names != NULL && i < (*names)->count; i++) {
        free((*names)->list[i]);
    }
    free(*names);
}

static enum th_err read_names(const char *place, struct names *names)
{
    DIR *listing = opendir(place);
    if (listing == NULL) {
        return errno == ENOENT ? TH_E_NOT_FOUND : TH_E_IO;
    }
    const struct dirent *entry = NULL;
    enum th_err err = TH_OK;
    while (err == TH_OK && (entry = readdir(listing)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        const bool unfinished = strstr(entry->d_name, ".new-") != NULL; // nest.h
        if (entry->d_name[0] == '.' || unfinished || names->count == LISTED_MAX) {
            continue;
        }
        names->list[names->count] = strdup(entry->d_name);
        err = names->list[names->count] == NULL ? TH_E_NO_MEMORY : TH_OK;
        names->count += err == TH_OK ? 1 : 0;
    }
    (void)closedir(listing);
    qsort(names->list, names->count, sizeof(names->list[0]), by_name);
    return err;
}

static int list(const struct th_call *call)
{
    const char *to = th_call_text(call, "to");
    const char *place = call->operand_count > 1 ? call->operands[1] : to;
    TH_SCOPED(names_free) struct names *names = calloc(1, sizeof(*names));
    TH_SCOPED(th_sheet_free) struct th_sheet sheet = th_sheet_of(COLUMNS, TH_COUNT(COLUMNS));
    if (place == NULL) {
        return missing(call, "DIR");
    }
    if (names == NULL) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    errno = 0;
    enum th_err err = read_names(place, names);
    if (err != TH_OK) {
        return verb_fail_file(call, TH_M_FILE_UNREADABLE, place, err);
    }
    for (size_t i = 0; i < names->count && err == TH_OK; i++) {
        err = add_backup(&sheet, place, names->list[i]);
    }
    err = err == TH_OK ? th_sheet_print(&sheet, call, stdout) : err;
    return err == TH_OK ? TH_EXIT_OK : th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
}

// ---- looking at one ----

struct looking {
    const struct th_call *call;
    const char *backup;
    uint64_t shown;
};

static void tell_wrong(void *self, const char *file, const char *word)
{
    struct looking *looking = self;
    struct th_verdict verdict;
    if (looking->shown++ < WRONG_SHOWN) {
        th_verdict_make(&verdict, TH_M_BACKUP_DAMAGED, 'b', "", looking->backup, file, word, NULL);
        (void)th_call_tell(looking->call, &verdict);
    }
}

// Manifest and files are as they were made. The exit code.
static int open_backup(const struct th_call *call,
                       const char *backup,
                       struct manifest *manifest,
                       struct th_config **config)
{
    struct th_verdict why;
    struct looking looking = {.call = call, .backup = backup};
    uint64_t wrong = 0;
    if (manifest_read(backup, manifest, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    if (backup_files(backup, manifest, tell_wrong, &looking, &wrong) != TH_OK) {
        return th_call_fail(call, TH_M_NO_MEMORY, NULL, 0);
    }
    return wrong == 0 ? verb_config(call, backup, config) : TH_EXIT_DATA;
}

static int inspect(const struct th_call *call)
{
    struct th_verdict why;
    char made[TH_TIME_TEXT_BYTES];
    char size[VERB_SIZE_BYTES];
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    TH_SCOPED(manifest_free) struct manifest manifest = {0};
    if (call->operand_count < 2) {
        return missing(call, "BACKUP");
    }
    const char *backup = call->operands[1];
    const int code = open_backup(call, backup, &manifest, &config);
    if (code != TH_EXIT_OK) {
        return code;
    }
    struct sound_setup sound = verb_sound(call, config, NULL);
    if (verify_level_parse(th_bytes_of(th_call_text(call, "level")), &sound.level) != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    sound.tell = tell_finding;
    if (backup_stores(&sound, &manifest, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    for (size_t i = 0; i < manifest.province_count; i++) {
        say_province(call, &manifest.provinces[i], "kiểm khớp,", "verified,");
    }
    th_call_say(call,
                "%s: lập lúc %s bằng %.*s · %zu tệp, %s … khớp\n",
                "%s: made %s by %.*s · %zu files, %s … as they were made\n",
                backup,
                th_time_utc(manifest.made_ms, made),
                (int)manifest.program.size,
                (const char *)manifest.program.data,
                manifest.file_count + 1,
                verb_size(call->lang, manifest_bytes(&manifest), size));
    return TH_EXIT_OK;
}

// ---- restore ----

static void say_restored(void *self,
                         const struct manifest_province *province,
                         uint64_t store_id,
                         const char *kept)
{
    const struct th_call *call = self;
    say_province(call, province, "đã trở về", "went back to");
    th_call_say(call,
                "  mã kho mới %016" PRIx64 "%s%s\n",
                "  new store id %016" PRIx64 "%s%s\n",
                store_id,
                kept[0] == '\0'            ? ""
                : call->lang == TH_LANG_VI ? "; kho cũ: state/"
                                           : "; the old store: state/",
                kept);
}

static int finish_restore(const struct th_call *call, const char *dir)
{
    th_call_say(
        call,
        "Các nút tự gửi lại những gì bản sao lưu chưa có. Chạy: tonghop up %s\n",
        "Offices send again by themselves what the backup does not have. Run: tonghop up %s\n",
        dir);
    return TH_EXIT_OK;
}

static int restore(const struct th_call *call)
{
    char settings[TH_PATH_MAX];
    struct th_verdict why;
    TH_SCOPED(th_config_free) struct th_config *from = NULL;
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    TH_SCOPED(manifest_free) struct manifest manifest = {0};
    const char *to = th_call_text(call, "to");
    if (call->operand_count < 2 || to == NULL) {
        return missing(call, call->operand_count < 2 ? "BACKUP" : "--to");
    }
    int code = open_backup(call, call->operands[1], &manifest, &from);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const struct restore setup = {
        .backup = call->operands[1],
        .from = from,
        .manifest = &manifest,
        .lineage = th_call_text(call, "lineage"),
        .to = to,
        .keys = th_call_text(call, "keys"),
        .confirmed = call->yes,
        .lang = call->lang,
        .tell = tell_finding,
        .self = (void *)(uintptr_t)call,
        .done = say_restored,
    };
    if (setup.lineage != NULL && manifest_province(&manifest, setup.lineage) == NULL) {
        const char *params[] = {setup.backup, setup.lineage};
        return th_call_fail(call, TH_M_BACKUP_NO_PROVINCE, params, 2);
    }
    (void)snprintf(settings, sizeof(settings), "%.4000s/tonghop.yaml", to);
    if (access(settings, F_OK) == 0) {
        code = verb_config(call, to, &config);
        if (code != TH_EXIT_OK) {
            return code;
        }
        return restore_in_place(&setup, config, &why) == TH_OK ? finish_restore(call, to)
                                                               : th_call_tell(call, &why);
    }
    return restore_anew(&setup, &why) == TH_OK ? finish_restore(call, to)
                                               : th_call_tell(call, &why);
}

// ---- the verb ----

static int run_backup(const struct th_call *call)
{
    static const struct {
        const char *word;
        int (*run)(const struct th_call *call);
    } WORDS[] = {{"save", save}, {"list", list}, {"inspect", inspect}, {"restore", restore}};
    const char *word = call->operands[0];
    if (th_hash_start() != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    for (size_t i = 0; i < TH_COUNT(WORDS); i++) {
        if (strcmp(word, WORDS[i].word) == 0) {
            return WORDS[i].run(call);
        }
    }
    const char *near =
        th_text_suggest(th_bytes_of(word), &WORDS[0].word, TH_COUNT(WORDS), sizeof(WORDS[0]));
    struct th_verdict why;
    th_verdict_make(&why, TH_M_NO_COMMAND, near != NULL ? 'b' : 0, "", word, near, NULL);
    return th_call_tell(call, &why);
}

const struct th_verb VERB_BACKUP = {
    .name = "backup",
    .operands = "save [DIR]|list DIR|inspect BACKUP|restore BACKUP",
    .help = {"sao lưu: lập khi tỉnh đang chạy, kiểm, khôi phục",
             "backups: made while the province runs, checked, restored"},
    .options = OPTIONS,
    .option_count = TH_COUNT(OPTIONS),
    .operands_min = 1,
    .operands_max = 2,
    .run = run_backup,
};
