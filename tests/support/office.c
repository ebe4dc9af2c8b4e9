// office.c - see office.h

#include "tests/support/office.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/hash.h"

#include "nodes/bundle.h"
#include "nodes/current.h"
#include "nodes/join.h"
#include "nodes/verdicts.h"

enum { BUNDLE_ROOM = 1024 * 1024, KEPT = 32 };

static const char UNITS[] = "code,name,type,parent,valid_from,valid_to\n"
                            "P,Tỉnh,province,,,\n"
                            "D1,Huyện,district,P,,2025-07-01\n"
                            "C11,Xã Một,commune,D1,,2025-07-01\n"
                            "C12,Xã Hai,commune,D1,,2025-07-01\n"
                            "C13,Xã Ba,commune,P,2025-07-01,\n";

// ---- the province ----

uint8_t *office_bundle(const char *units, const char *catalogue, size_t *size)
{
    char place[TH_PATH_MAX];
    struct th_catalogue_files files = {0};
    struct th_named_bytes named[TH_CATALOGUE_FILES_MAX];
    (void)snprintf(place, sizeof(place), "%s/share/catalogue", TONGHOP_SOURCE_DIR);
    const char *from = strcmp(catalogue, "vn") == 0 ? place : catalogue;
    EXPECT(TH_OK, th_catalogue_files_read(from, &files));
    for (size_t i = 0; i < files.count; i++) {
        named[i] = (struct th_named_bytes){th_bytes_of(files.files[i].name), files.files[i].bytes};
    }
    const struct th_bundle bundle = {
        .root = TH_BYTES("P"),
        .lineage = TH_BYTES("p"),
        .name = TH_BYTES("Tỉnh"),
        .units = th_bytes_of(units),
        .person_scope = TH_BYTES("scheme"),
        .catalogue = named,
        .catalogue_count = files.count,
    };
    uint8_t *room = malloc(BUNDLE_ROOM);
    assert_non_null(room);
    struct th_writer out = {.data = room, .max = BUNDLE_ROOM};
    th_bundle_write(&out, &bundle);
    assert_false(out.overflow);
    *size = out.size;
    th_catalogue_files_free(&files);
    return room;
}

static void hold(struct th_disk *disk, struct th_bytes bundle)
{
    struct outbox box;
    struct th_disk_txn txn;
    struct th_part part = {.total = bundle.size};
    uint64_t next = 0;
    th_hash256(part.digest, &bundle, 1);
    EXPECT(TH_OK, th_disk_begin(disk, &txn));
    EXPECT(TH_OK, outbox_load(th_disk_store(&txn), &box));
    while (next < bundle.size) {
        const size_t left = bundle.size - (size_t)next;
        part.offset = next;
        part.bytes = (struct th_bytes){(const uint8_t *)bundle.data + next,
                                       left < TH_PART_BYTES_MAX ? left : TH_PART_BYTES_MAX};
        EXPECT(TH_OK, bundle_part(&box, &part, &next));
    }
    EXPECT(TH_OK, th_disk_commit(&txn));
}

void office_hold(const char *dir, struct th_bytes bundle)
{
    char path[TH_PATH_MAX];
    struct th_disk *disk = NULL;
    const struct th_disk_options options = home_disk_options(UINT64_C(1) << 30, false);
    EXPECT(TH_OK, th_disk_open(home_path(dir, "outbox", path), &options, &disk));
    hold(disk, bundle);
    th_disk_close(&disk);
}

struct th_enrolment office_enrolment(uint32_t node)
{
    static const struct th_bytes units[] = {{"P", 1}};
    static const struct th_bytes brokers[] = {{"tcp://127.0.0.1:9", 17}};
    struct th_enrolment enrolment = {
        .role = TH_PEER_NODE,
        .province = TH_BYTES("P"),
        .lineage = TH_BYTES("p"),
        .name = TH_BYTES("Tỉnh"),
        .units = units,
        .unit_count = TH_COUNT(units),
        .node = node,
        .brokers = brokers,
        .broker_count = TH_COUNT(brokers),
        .queries = TH_BYTES("tcp://127.0.0.1:9"),
        .feed = TH_BYTES("tcp://127.0.0.1:9"),
        .expires_ms = th_wall_ms() + 3600000,
    };
    uint8_t bytes[TH_CURVE_BYTES];
    memset(bytes, 7, sizeof(bytes));
    th_z85_write(bytes, enrolment.person_key);
    th_z85_write(bytes, enrolment.bootstrap_secret);
    th_z85_write(bytes, enrolment.server_key);
    return enrolment;
}

// ---- the office ----

void office_make(struct office *office, const char *catalogue)
{
    size_t size = 0;
    struct th_verdict why = {0};
    struct th_findings nobody = th_findings_of(NULL, 0, "tonghop.yaml");
    const struct th_enrolment enrolment = office_enrolment(7);
    *office = (struct office){.scratch = scratch_dir()};
    (void)home_path(office->scratch, "node", office->dir);
    EXPECT(TH_OK, th_hash_start());
    EXPECT(TH_OK, join_prepare(office->dir, &enrolment, &why));
    uint8_t *bundle = office_bundle(UNITS, catalogue, &size);
    office_hold(office->dir, (struct th_bytes){bundle, size});
    free(bundle);
    const struct home_setup setup = {.dir = office->dir};
    EXPECT(TH_OK, home_open(&setup, &nobody, &office->home, &why));
    EXPECT(TH_OK, home_load(&office->home, &why));
}

void office_free(struct office *office)
{
    home_close(&office->home);
    scratch_remove(office->scratch);
}

// ---- importing ----

struct line {
    char *text;
    size_t size;
    size_t max;
};

static void say(struct line *line, const char *format, ...) TH_PRINTF(2, 3);
static void say(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int size = vsnprintf(line->text + line->size, line->max - line->size, format, args);
    va_end(args);
    assert_true(size >= 0 && (size_t)size < line->max - line->size);
    line->size += (size_t)size;
}

static void say_findings(struct line *line, struct th_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct th_finding *finding = th_findings_at(findings, i);
        say(line,
            "%s%" PRIu32 ":%" PRIu32 " %c%u%.1s",
            i > 0 ? ", " : "",
            finding->line,
            finding->column,
            "NWE"[finding->severity],
            (unsigned)finding -> verdict.code,
            &finding->verdict.variant);
    }
}

static int file_of(struct office *office, const char *csv)
{
    char *path = scratch_write(office->scratch, "in.csv", th_bytes_of(csv));
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    const int fd = dup(fileno(file));
    assert_true(fd >= 0);
    (void)fclose(file);
    free(path);
    return fd;
}

char *office_import(struct office *office,
                    const struct intake_options *options,
                    const char *csv,
                    char out[static 1024])
{
    struct th_finding kept[KEPT];
    struct th_findings findings = th_findings_of(kept, KEPT, "in.csv");
    struct intake_result result = {0};
    struct intake *intake = NULL;
    struct line line = {.text = out, .max = 1024};
    out[0] = '\0';
    EXPECT(TH_OK, intake_open(&office->home, options, &findings, &result, &intake));
    const int fd = file_of(office, csv);
    enum th_err err = intake_csv(intake, fd);
    (void)close(fd);
    if (err == TH_OK) {
        err = intake_publish(intake);
    }
    intake_close(&intake);
    assert_true(err == TH_OK || err == TH_E_REFUSED);
    say_findings(&line, &findings);
    say(&line, "%s", line.size > 0 ? " | " : "");
    if (err == TH_E_REFUSED) {
        say(&line, "refused");
    } else {
        say(&line,
            "new %" PRIu64 " changed %" PRIu64 " withdrawn %" PRIu64 " unchanged %" PRIu64
            " skipped %" PRIu64,
            result.fresh,
            result.changed,
            result.withdrawn,
            result.unchanged,
            result.skipped);
        if (result.left_out > 0) {
            say(&line, " left %" PRIu64, result.left_out);
        }
    }
    intake_result_free(&result);
    return out;
}

// ---- what was queued ----

static void say_opt(struct line *line, const char *before, struct th_opt number)
{
    if (number.has) {
        say(line, "%s%" PRId64, before, number.value);
    }
}

// Texts with what stands between them.
static void say_text(struct line *line, struct th_bytes text, const char *after)
{
    say(line, "%.*s%s", (int)text.size, text.size > 0 ? (const char *)text.data : "", after);
}

static void say_staffing(struct line *line, const struct th_staffing *s)
{
    say_text(line, s->unit, "/");
    say_text(line, s->period, " ");
    say_text(line, s->measure, " [");
    say_text(line, s->dims, "] ");
    say(line, "%s%s", th_qualifier_word(s->qualifier), s->not_applicable ? "n/a" : "");
    say_opt(line, " ", s->value);
    say_opt(line, "/", s->of);
    say_opt(line, " ", s->before);
    say_opt(line, "->", s->after);
}

static void say_evaluation(struct line *line, const struct th_evaluation *e)
{
    say_text(line, e->unit, "/");
    say_text(line, e->period, " ");
    say_text(line, e->scheme, " ");
    say_text(line, e->category, " ");
    say_text(line, e->person, "");
    say_opt(line, " score ", e->score);
    say_opt(line, " rating ", e->rating);
}

static void say_collective(struct line *line, const struct th_collective *c)
{
    say_text(line, c->unit, "/");
    say_text(line, c->period, " ");
    say_text(line, c->scheme, " ");
    say_text(line, c->collective, " ");
    say_text(line, c->kind, "");
    say_opt(line, " score ", c->score);
    say_opt(line, " rating ", c->rating);
    say(line, "%s%s", c->reason != 0 ? " " : "", th_reason_word(c->reason));
}

static void say_transfer(struct line *line, const struct th_transfer *t)
{
    say_text(line, t->from_unit, "->");
    say_text(line, t->to_unit, " ");
    say_text(line, t->effective, " ");
    say_text(line, t->year, " ");
    say_text(line, t->scheme, " ");
    say_text(line, t->person, "");
    say_opt(line, " sum ", t->score_sum);
    say_opt(line, " months ", t->scored_months);
}

static void say_completion(struct line *line, const struct th_completion *c)
{
    say_text(line, c->unit, "/");
    say_text(line, c->period, " ");
    say_text(line, c->form, "");
    for (size_t i = 0; i < c->line_count; i++) {
        say(line, " | ");
        say_text(line, c->lines[i].measure, " [");
        say_text(line, c->lines[i].dims, "]");
        say_opt(line, " ", c->lines[i].count);
        say_opt(line, " ", c->lines[i].sum);
    }
}

static void say_update(struct line *line, const struct th_update *update)
{
    say(line,
        "%s r%" PRIu64 " ",
        update->op == TH_OP_WITHDRAW ? "withdraw" : "set",
        update->revision);
    if (update->kind == TH_KIND_EVALUATION) {
        say_evaluation(line, &update->evaluation);
    } else if (update->kind == TH_KIND_STAFFING) {
        say_staffing(line, &update->staffing);
    } else if (update->kind == TH_KIND_COLLECTIVE) {
        say_collective(line, &update->collective);
    } else if (update->kind == TH_KIND_TRANSFER) {
        say_transfer(line, &update->transfer);
    } else {
        assert_int_equal(update->kind, TH_KIND_COMPLETION);
        say_completion(line, &update->completion);
    }
    if (update->note.size > 0) {
        say(line, " (");
        say_text(line, update->note, ")");
    }
    say(line, "\n");
}

char *office_updates(struct office *office, uint64_t first, uint64_t last, char out[static 4096])
{
    struct outbox box;
    struct th_disk_txn txn;
    struct line line = {.text = out, .max = 4096};
    void *memory = malloc(TH_ARENA_BYTES);
    struct th_arena arena = th_arena_of(memory, TH_ARENA_BYTES);
    out[0] = '\0';
    EXPECT(TH_OK, th_disk_begin_read(office->home.disk, &txn));
    EXPECT(TH_OK, outbox_load(th_disk_store(&txn), &box));
    for (uint64_t seq = first; seq <= last && seq <= box.last; seq++) {
        struct th_bytes body;
        struct th_batch batch;
        EXPECT(TH_OK, outbox_body(&box, seq, &body));
        th_arena_reset(&arena);
        EXPECT(TH_OK, th_batch_read(body, &arena, &batch, NULL));
        for (size_t i = 0; i < batch.count; i++) {
            say_update(&line, &batch.updates[i]);
        }
    }
    th_disk_end(&txn);
    free(memory);
    return out;
}

void office_refuse(struct office *office,
                   uint64_t seq,
                   uint32_t index,
                   const struct th_verdict *why)
{
    struct outbox box;
    struct th_disk_txn txn;
    const struct th_item_verdict item = {.seq = seq, .index = index, .verdict = *why};
    EXPECT(TH_OK, th_disk_begin(office->home.disk, &txn));
    EXPECT(TH_OK, outbox_load(th_disk_store(&txn), &box));
    EXPECT(TH_OK, verdicts_keep(&box, &item));
    EXPECT(TH_OK, current_refuse(&box, &item));
    EXPECT(TH_OK, th_disk_commit(&txn));
}
