// verb_port.c - tonghop export-store, tonghop import-store

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/number.h"

#include "workers/port.h"
#include "workers/swap.h"
#include "workers/verb.h"

enum { FILE_MODE = 0600 };

// ---- the stream in a file ----

struct file {
    const char *path;
    char temporary[TH_PATH_MAX]; // "" for stdout
    int fd;
};

static bool is_dash(const char *path)
{
    return strcmp(path, "-") == 0;
}

static enum th_err write_bytes(void *self, struct th_bytes bytes)
{
    const struct file *file = self;
    const char *at = bytes.data;
    size_t left = bytes.size;
    while (left > 0) {
        const ssize_t done = write(file->fd, at, left);
        if (done < 0 && errno != EINTR) {
            return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? TH_E_FULL : TH_E_IO;
        }
        at += done > 0 ? done : 0;
        left -= done > 0 ? (size_t)done : 0;
    }
    return TH_OK;
}

static enum th_err read_bytes(void *self, void *out, size_t max, size_t *got)
{
    const struct file *file = self;
    ssize_t done = 0;
    do {
        done = read(file->fd, out, max);
    } while (done < 0 && errno == EINTR);
    *got = done > 0 ? (size_t)done : 0;
    return done >= 0 ? TH_OK : TH_E_IO;
}

// What was not finished is removed.
static void file_close(struct file *file)
{
    if (file->fd > STDERR_FILENO) {
        (void)close(file->fd);
    }
    if (file->temporary[0] != '\0') {
        (void)unlink(file->temporary);
    }
    file->fd = -1;
}

static enum th_err file_create(struct file *file)
{
    if (is_dash(file->path)) {
        file->fd = STDOUT_FILENO;
        return TH_OK;
    }
    (void)snprintf(
        file->temporary, sizeof(file->temporary), "%.4000s.%d.new", file->path, (int)getpid());
    file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (file->fd < 0) {
        file->temporary[0] = '\0';
        return TH_E_IO;
    }
    return TH_OK;
}

// A file that is there is not replaced.
static enum th_err file_finish(struct file *file)
{
    if (is_dash(file->path)) {
        return TH_OK;
    }
    if (fsync(file->fd) != 0) {
        return TH_E_IO;
    }
    if (link(file->temporary, file->path) != 0) {
        return errno == EEXIST ? TH_E_EXISTS : TH_E_IO;
    }
    return TH_OK;
}

// ---- out ----

static const struct th_option EXPORT_OPTIONS[] = {
    {.name = "output",
     .letter = 'o',
     .kind = TH_OPTION_TEXT,
     .value = "FILE",
     .help = {"tệp ghi ra; - là đầu ra chuẩn", "file to write; - for standard output"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, where the directory has several"}},
};

static void
say_exported(const struct th_call *call, const struct port_result *result, const struct file *file)
{
    char version[TH_NUMBER_TEXT_BYTES];
    char rows[TH_NUMBER_TEXT_BYTES];
    char size[VERB_SIZE_BYTES];
    if (is_dash(file->path)) {
        return; // the bytes are there
    }
    th_call_say(call,
                "%s: đã xuất phiên bản %s, %s dòng, %s vào %s\n",
                "%s: exported version %s, %s rows, %s to %s\n",
                result->sound.identity.lineage,
                th_number_people(call->lang, (int64_t)result->sound.result.version, 0, version),
                th_number_people(call->lang, (int64_t)result->rows, 0, rows),
                verb_size(call->lang, result->bytes, size),
                file->path);
}

static int fail_export(const struct th_call *call,
                       const struct file *file,
                       const struct th_verdict *why,
                       enum th_err err)
{
    if (why->code != 0) {
        return th_call_tell(call, why);
    }
    if (err == TH_E_EXISTS) {
        return th_call_fail(call, TH_M_BACKUP_EXISTS, &file->path, 1);
    }
    if (err == TH_E_FULL) {
        return th_call_fail(call, TH_M_DISK_NEARLY_FULL, NULL, 0);
    }
    return verb_fail_file(call, TH_M_WRITE_FAILED, file->path, err);
}

static int export_to(const struct th_call *call, struct th_disk *disk, struct file *file)
{
    struct th_verdict why = {.code = 0};
    struct port_result result;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    errno = 0;
    enum th_err err = access(file->path, F_OK) == 0 ? TH_E_EXISTS : file_create(file);
    err = err == TH_OK ? th_disk_begin_read(disk, &txn) : err;
    err = err == TH_OK ? port_out(th_disk_store(&txn), write_bytes, file, &result, &why) : err;
    err = err == TH_OK ? file_finish(file) : err;
    if (err != TH_OK) {
        return fail_export(call, file, &why, err);
    }
    say_exported(call, &result, file);
    return TH_EXIT_OK;
}

static int run_export(const struct th_call *call)
{
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    TH_SCOPED(th_disk_close) struct th_disk *disk = NULL;
    TH_SCOPED(file_close) struct file file = {.path = th_call_text(call, "output"), .fd = -1};
    const char *lineage = NULL;
    struct th_verdict why = {.code = 0};
    if (file.path == NULL || (is_dash(file.path) && isatty(STDOUT_FILENO) == 1)) {
        const char *params[] = {"-o FILE"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    int code = verb_config(call, verb_dir(call, 0), &config);
    code = code == TH_EXIT_OK ? verb_lineage(call, config, &lineage) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    if (th_hash_start() != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    if (verb_open(config, lineage, &disk, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    return export_to(call, disk, &file);
}

const struct th_verb VERB_EXPORT = {
    .name = "export-store",
    .operands = "[DIR]",
    .help = {"xuất kho số liệu thành tệp không phụ thuộc máy",
             "write a province's store as a file that no machine matters to"},
    .options = EXPORT_OPTIONS,
    .option_count = TH_COUNT(EXPORT_OPTIONS),
    .operands_max = 1,
    .run = run_export,
};

// ---- in ----

static const struct th_option IMPORT_OPTIONS[] = {
    {.name = "to",
     .kind = TH_OPTION_TEXT,
     .value = "DIR",
     .help = {"thư mục của tỉnh nhận kho này", "directory of the province that takes it"}},
    {.name = "lineage",
     .kind = TH_OPTION_TEXT,
     .value = "ID",
     .help = {"tỉnh nào, khi thư mục có nhiều tỉnh",
              "which province, where the directory has several"}},
};

// How far the store of a stream is, without taking it; false where that cannot be told.
static enum th_err peek_head(void *self, const struct th_export_head *head)
{
    *(uint64_t *)self = head->version;
    return TH_E_EXISTS; // enough
}

static bool peek(struct file *file, uint64_t *version)
{
    struct th_malformed where;
    TH_SCOPED(th_import_free) struct th_import *import = NULL;
    const struct th_import_taker taker = {.head = peek_head, .self = version};
    return lseek(file->fd, 0, SEEK_CUR) == 0 && th_import_make(&import) == TH_OK &&
           th_import_run(import, read_bytes, file, &taker, &where) == TH_E_EXISTS &&
           lseek(file->fd, 0, SEEK_SET) == 0;
}

// A store that is there is replaced only on a clear word.
static int confirm(const struct th_call *call, const struct swap *swap, struct file *file)
{
    uint64_t version = 0;
    char text[24];
    if (!swap->replaces || call->yes) {
        return TH_EXIT_OK;
    }
    struct th_verdict why;
    const bool known = peek(file, &version);
    (void)snprintf(text, sizeof(text), "%" PRIu64, version);
    const char *dir = th_config_dir(swap->config);
    if (known) {
        th_verdict_make(&why, TH_M_CONFIRM, 'b', "", dir, text, NULL);
    } else {
        th_verdict_make(&why, TH_M_CONFIRM, 0, "", NULL);
    }
    return th_call_tell(call, &why);
}

static void
say_imported(const struct th_call *call, const struct port_result *result, const struct swap *swap)
{
    char version[TH_NUMBER_TEXT_BYTES];
    char records[TH_NUMBER_TEXT_BYTES];
    th_call_say(call,
                "%s: đã nhận phiên bản %s, %s bản ghi, kiểm khớp; mã kho mới %016" PRIx64 "\n",
                "%s: took in version %s, %s records, verified; new store id %016" PRIx64 "\n",
                swap->lineage,
                th_number_people(call->lang, (int64_t)result->sound.result.version, 0, version),
                th_number_people(call->lang, (int64_t)result->sound.result.records, 0, records),
                swap->store_id);
    if (swap->kept[0] != '\0') {
        th_call_say(call, "Kho cũ: state/%s\n", "The old store: state/%s\n", swap->kept);
    }
}

static int import_into(const struct th_call *call,
                       const struct th_config *config,
                       const char *lineage,
                       struct file *file)
{
    struct th_verdict why = {.code = 0};
    struct port_result result;
    TH_SCOPED(swap_leave) struct swap swap = {.lock = -1};
    if (swap_begin(config, lineage, &swap, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    const int code = confirm(call, &swap, file);
    if (code != TH_EXIT_OK) {
        return code;
    }
    const struct port_in setup = {
        .sound = verb_sound(call, config, lineage),
        .path = swap.path,
        .name = is_dash(file->path) ? "stdin" : file->path,
        .source = read_bytes,
        .source_self = file,
        .store_id = swap.store_id,
        .wall_ms = th_wall_ms(),
    };
    if (port_in(&setup, &result, &why) != TH_OK || swap_finish(&swap, &why) != TH_OK) {
        return th_call_tell(call, &why);
    }
    say_imported(call, &result, &swap);
    return TH_EXIT_OK;
}

static int run_import(const struct th_call *call)
{
    TH_SCOPED(th_config_free) struct th_config *config = NULL;
    TH_SCOPED(file_close) struct file file = {.path = call->operands[0], .fd = -1};
    const char *dir = th_call_text(call, "to");
    const char *lineage = NULL;
    if (dir == NULL) {
        const char *params[] = {"--to"};
        return th_call_fail(call, TH_M_ARGUMENT_MISSING, params, 1);
    }
    int code = verb_config(call, dir, &config);
    code = code == TH_EXIT_OK ? verb_lineage(call, config, &lineage) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    errno = 0;
    file.fd = is_dash(file.path) ? STDIN_FILENO : open(file.path, O_RDONLY | O_CLOEXEC);
    if (file.fd < 0) {
        return verb_fail_file(call, TH_M_FILE_UNREADABLE, file.path, TH_E_IO);
    }
    return th_hash_start() == TH_OK ? import_into(call, config, lineage, &file) : TH_EXIT_SOFTWARE;
}

const struct th_verb VERB_IMPORT = {
    .name = "import-store",
    .operands = "FILE",
    .help = {"nhận kho số liệu từ tệp của export-store",
             "take in a store from a file of export-store"},
    .options = IMPORT_OPTIONS,
    .option_count = TH_COUNT(IMPORT_OPTIONS),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_import,
};
