// intake.c - the course of one intake; see intake.h

#include "nodes/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/fault.h"
#include "tonghop/hash.h"

#include "nodes/history.h"
#include "nodes/intake_part.h"
#include "nodes/queue.h"

enum { CLEAN_BODIES = 256, PROGRESS_ROWS = 4096, FORMS = 6 };

static const struct intake_form *const ALL[FORMS] = {
    &INTAKE_EVALUATION,
    &INTAKE_COUNTS,
    &INTAKE_STAFFING,
    &INTAKE_COLLECTIVE,
    &INTAKE_TRANSFER,
    &INTAKE_COMPLETION,
};

// ---- our turn ----

static enum th_err take_turn(struct intake *intake)
{
    char path[TH_PATH_MAX];
    intake->lock_fd = open(
        home_path(intake->home->dir, "run/intake.lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (intake->lock_fd < 0) {
        return TH_E_IO;
    }
    while (flock(intake->lock_fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return TH_E_IO;
        }
    }
    return TH_OK;
}

// Remove what an intake that ended before its publication left behind.
static enum th_err clean(struct intake *intake)
{
    for (bool more = true; more;) {
        struct outbox box;
        TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
        TH_TRY(th_disk_begin(intake->home->disk, &txn));
        TH_TRY(outbox_load(th_disk_store(&txn), &box));
        TH_TRY(history_clean(&box, CLEAN_BODIES, &more));
        TH_TRY(th_disk_commit(&txn));
    }
    return ftruncate(intake->lock_fd, 0) == 0 ? TH_OK : TH_E_IO;
}

// I2 needs figures that know every batch that was published.
static enum th_err absorb(struct intake *intake)
{
    TH_SCOPED(th_free_scoped) void *memory = malloc(TH_ARENA_BYTES);
    if (memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_arena arena = th_arena_of(memory, TH_ARENA_BYTES);
    return home_absorb(intake->home, &arena);
}

static enum th_err look(struct intake *intake)
{
    TH_TRY(th_disk_begin_read(intake->home->disk, &intake->txn));
    return outbox_load(th_disk_store(&intake->txn), &intake->box);
}

static enum th_err prepare(struct intake *intake)
{
    TH_TRY(take_turn(intake));
    if (lseek(intake->lock_fd, 0, SEEK_END) > 0) {
        TH_TRY(clean(intake));
    }
    TH_TRY(look(intake));
    if (intake->box.absorbed < intake->box.last) {
        th_disk_end(&intake->txn);
        TH_TRY(absorb(intake));
        TH_TRY(look(intake));
    }
    struct th_bytes key;
    struct current any;
    const enum th_err err = current_next(&intake->box, (struct th_bytes){0}, &key, &any);
    intake->has_figures = err == TH_OK;
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

// node.outbox_max is about what waits; history has a bound of its own.
static enum th_err measure_room(struct intake *intake)
{
    struct queue queue;
    const uint64_t outbox_max = th_config_number(intake->home->config, "node.outbox_max");
    TH_TRY(queue_look(&intake->box, &queue));
    intake->sealer.bytes_max = outbox_max > queue.bytes ? outbox_max - queue.bytes : 0;
    return TH_OK;
}

enum th_err intake_open(struct home *home,
                        const struct intake_options *options,
                        struct th_findings *findings,
                        struct intake_result *result,
                        struct intake **out)
{
    TH_SCOPED(intake_close) struct intake *intake = calloc(1, sizeof(*intake));
    if (intake == NULL) {
        return TH_E_NO_MEMORY;
    }
    *result = (struct intake_result){0};
    intake->home = home;
    intake->options = options;
    intake->findings = findings;
    intake->result = result;
    intake->lock_fd = -1;
    intake->now_ms = th_wall_ms();
    intake->today = home_today(home);
    intake->counting = true;
    th_random(intake->known.secret, sizeof(intake->known.secret));
    void *memory = malloc(INTAKE_DECODE_BYTES);
    if (memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    intake->arena = th_arena_of(memory, INTAKE_DECODE_BYTES);
    TH_TRY(sealer_make(&intake->sealer, home));
    TH_TRY(prepare(intake));
    intake->sealer.result = result;
    intake->sealer.lock_fd = intake->lock_fd;
    intake->sealer.reading = &intake->txn;
    TH_TRY(measure_room(intake));
    *out = intake;
    intake = NULL; // the caller owns it now
    return TH_OK;
}

void intake_close(struct intake **intake)
{
    struct intake *i = *intake;
    if (i == NULL) {
        return;
    }
    *intake = NULL;
    th_disk_end(&i->txn);
    if (i->sealer.open && !i->published) {
        const enum th_err err = clean(i);
        (void)err; // the mark stays: the next intake does it
    }
    if (i->lock_fd >= 0) {
        (void)close(i->lock_fd);
    }
    sealer_free(&i->sealer);
    known_free(&i->known);
    known_free(&i->held);
    free(i->run);
    free(i->arena.base);
    free(i);
}

// ---- a file ----

const struct th_csv_form *intake_form(const char *name)
{
    for (size_t i = 0; i < FORMS; i++) {
        if (strcmp(ALL[i]->csv->name, name) == 0) {
            return ALL[i]->csv;
        }
    }
    return NULL;
}

static const struct intake_form *form_of(const struct th_csv_form *csv)
{
    for (size_t i = 0; i < FORMS; i++) {
        if (ALL[i]->csv == csv || strcmp(ALL[i]->csv->name, csv->name) == 0) {
            return ALL[i];
        }
    }
    th_unreachable();
}

static void begin_rows(struct intake *intake, const struct th_csv_row *row)
{
    const uint64_t present = row->file->present;
    const bool has_revision = (present >> COLUMN_REVISION & 1) != 0;
    intake->counting = !has_revision;
    intake->journal = has_revision || (present >> COLUMN_OP & 1) != 0;
    intake->result->journal = intake->journal;
}

static enum th_err on_row(void *self, const struct th_csv_row *row)
{
    struct intake *intake = self;
    struct th_update update = {0};
    if (row->file->rows >= intake->next_progress && intake->options->progress != NULL) {
        intake->next_progress = row->file->rows + PROGRESS_ROWS;
        intake->options->progress(intake->options->context, row->file->rows, row->file->bytes);
    }
    if (intake->row == NULL && intake->form == NULL) {
        return TH_E_INVALID; // form is chosen by intake_csv
    }
    begin_rows(intake, row);
    intake->row = row;
    intake->rows = 1;
    // A row with a warning is wrong where warnings are errors and rows are sifted.
    intake->bad = row->is_folded && intake->options->strict && intake->options->accept_valid;
    if (intake->form->gather != NULL) {
        return intake->form->gather(intake);
    }
    intake_common(intake, &update);
    intake->form->read(intake, &update);
    return intake->bad ? intake_hold(intake, &update) : intake_take(intake, &update);
}

static void note_order(struct intake_result *result, const struct th_csv_row *row)
{
    for (uint32_t column = 1; column <= row->file->column_count; column++) {
        for (size_t i = 0; i < result->form->count; i++) {
            if (row->cells[i].column == column) {
                result->order[result->order_count++] = (uint8_t)i;
            }
        }
    }
}

// The form becomes known with the first row.
static enum th_err on_first_row(void *self, const struct th_csv_row *row)
{
    struct intake *intake = self;
    if (intake->form == NULL) {
        const struct th_csv_form *csv = intake->options->form != NULL
                                            ? intake_form(intake->options->form)
                                            : ALL[row->file->form]->csv;
        intake->form = form_of(csv);
        intake->result->form = csv;
        note_order(intake->result, row);
    }
    return on_row(self, row);
}

static void note_count(struct intake *intake, unsigned code, uint64_t count)
{
    if (count > 0) {
        struct th_verdict verdict;
        th_verdict_start(&verdict, code, 0, NULL);
        th_verdict_add_number(&verdict, (int64_t)count, 0);
        th_findings_add(intake->findings, TH_SEVERITY_NOTE, 0, 0, &verdict, (struct th_bytes){0});
    }
}

static void supplied_columns(const struct intake_options *options, char *out, size_t max)
{
    struct th_writer list = {.data = (uint8_t *)out, .max = max};
    th_write_bytes(&list, TH_BYTES(" "));
    if (options->period != NULL) {
        th_write_bytes(&list, TH_BYTES("period year "));
    }
    if (options->unit != NULL) {
        th_write_bytes(&list, TH_BYTES("unit_code from_unit "));
    }
    if (options->scheme != NULL) {
        th_write_bytes(&list, TH_BYTES("scheme "));
    }
    th_write_u8(&list, 0);
}

static enum th_err read_file(struct intake *intake, int fd)
{
    const struct intake_options *options = intake->options;
    struct th_csv_form forms[FORMS];
    char supplied[64];
    size_t count = 0;
    supplied_columns(options, supplied, sizeof(supplied));
    for (size_t i = 0; i < FORMS; i++) {
        if (options->form == NULL || strcmp(options->form, ALL[i]->csv->name) == 0) {
            forms[count++] = *ALL[i]->csv;
        }
    }
    const struct th_csv_options reading = {
        .forms = forms,
        .form_count = count,
        .delimiter = options->delimiter,
        .supplied = supplied,
        .ignore = options->ignore,
    };
    enum th_err err =
        th_csv_read_fd(fd, &reading, intake->findings, on_first_row, intake, &intake->result->file);
    const bool is_whole = err == TH_OK || (err == TH_E_REFUSED && intake->result->file.is_whole);
    if (is_whole && intake->form != NULL && intake->form->end != NULL) {
        const enum th_err ended = intake->form->end(intake);
        const bool refused = th_findings_result(intake->findings) != TH_OK;
        err = ended != TH_OK ? ended : refused ? TH_E_REFUSED : err;
    }
    intake->row = NULL;
    note_count(intake, TH_M_NOTE_REPEATED, intake->result->repeated);
    note_count(intake, TH_M_NOTE_UNCHANGED, intake->journal ? intake->result->unchanged : 0);
    return err;
}

enum th_err intake_csv(struct intake *intake, int fd)
{
    return intake->options->accept_valid ? intake_twice(intake, fd, read_file)
                                         : read_file(intake, fd);
}

enum th_err intake_update(struct intake *intake, struct th_update *update)
{
    intake->journal = true;
    intake->bad = false;
    intake->rows = 1;
    return intake_take(intake, update);
}

enum th_err intake_publish(struct intake *intake)
{
    if (!intake->sifted) {
        TH_TRY(th_findings_result(intake->findings));
    }
    const bool strict_refuses =
        intake->findings->total[TH_SEVERITY_WARNING] > 0 || intake->result->skipped > 0;
    if (intake->options->strict && strict_refuses && !intake->sifted) {
        return TH_E_REFUSED;
    }
    if (intake->options->dry_run || intake->result->queued == 0) {
        return TH_OK;
    }
    th_disk_end(&intake->txn);
    TH_TRY(sealer_publish(&intake->sealer));
    intake->published = true;
    th_stop_point("import.published");
    return ftruncate(intake->lock_fd, 0) == 0 ? TH_OK : TH_E_IO;
}

// ---- what became of it ----

void intake_result_free(struct intake_result *result)
{
    free(result->lines);
    free(result->starts);
    result->lines = NULL;
    result->starts = NULL;
}

uint32_t intake_line(const struct intake_result *result, uint64_t seq, uint32_t index)
{
    if (result->first_batch == 0 || seq < result->first_batch || seq > result->last_batch) {
        return 0;
    }
    const size_t batch = (size_t)(seq - result->first_batch);
    const size_t item = batch < result->start_count ? result->starts[batch] + (size_t)index
                                                    : (size_t)result->queued;
    return item < result->queued ? result->lines[item] : 0;
}
