// intake_part.h - what the files of intake share

#ifndef NODES_INTAKE_PART_H
#define NODES_INTAKE_PART_H

#include "nodes/current.h"
#include "nodes/intake.h"

enum {
    INTAKE_DIMS_BYTES = 256,
    INTAKE_PENDING_BYTES = 1024 * 1024, // sealed, not yet in a transaction
    INTAKE_DECODE_BYTES = 512 * 1024,   // one update, a completion of the largest
};

// ---- forms ----

// The first columns of every form. Where it belongs is called from_unit and year by transfers;
// completions have no basis.
enum {
    COLUMN_UNIT,
    COLUMN_PERIOD,
    COLUMN_OP,
    COLUMN_REVISION,
    COLUMN_NOTE,
    COLUMN_BASIS,
    COLUMN_OWN // the first of the form itself
};

// clang-format off
#define INTAKE_PLACED_COLUMNS(unit, period)                                \
    {.name = (unit), .bytes_max = TH_UNIT_REF_MAX},                        \
    {.name = (period), .bytes_max = TH_PERIOD_TEXT_BYTES - 1},             \
    {.name = "op", .bytes_max = 64},                                       \
    {.name = "revision", .alias = "seq", .bytes_max = 64},                 \
    {.name = "note", .bytes_max = TH_NOTE_MAX, .has_lines = true}
#define INTAKE_COMMON_COLUMNS                                              \
    INTAKE_PLACED_COLUMNS("unit_code", "period"),                          \
    {.name = "basis", .bytes_max = TH_BASIS_MAX, .has_lines = true}
// clang-format on

struct intake_form {
    const struct th_csv_form *csv;
    // Fill the part of update that is the form's own; complaints make the row bad.
    void (*read)(struct intake *intake, struct th_update *update);
    // Where several rows are one update, instead of read: take the present row, and the end.
    enum th_err (*gather)(struct intake *intake);
    enum th_err (*end)(struct intake *intake);
    bool no_basis;
    // Columns that a verdict's field means, when it is none itself.
    const struct intake_field *fields;
    size_t field_count;
};
struct intake_field {
    const char *field;
    unsigned column;
};

extern const struct intake_form INTAKE_EVALUATION;
extern const struct intake_form INTAKE_STAFFING;
extern const struct intake_form INTAKE_COUNTS;
extern const struct intake_form INTAKE_COLLECTIVE;
extern const struct intake_form INTAKE_TRANSFER;
extern const struct intake_form INTAKE_COMPLETION;

// ---- keys seen in this file ----

struct known {
    uint64_t key;     // 0: empty
    uint64_t content; // hash of the update without revision and time
    uint32_t revision;
    uint32_t line : 31;
    uint32_t withdrawn : 1;
};
struct known_table {
    struct known *slots;
    size_t room; // a power of two, or 0
    size_t count;
    uint8_t secret[TH_SHORT_KEY_BYTES];
};
void known_free(struct known_table *table);
uint64_t known_hash(const struct known_table *table, struct th_bytes bytes); // never 0
// The slot of key, empty (key 0) when it is new: fill it in. TH_E_NO_MEMORY.
TH_MUST_USE enum th_err known_slot(struct known_table *table, uint64_t key, struct known **slot);
void known_forget(struct known_table *table, struct known *slot); // one that was not filled in

// ---- batches ----

struct sealer {
    struct home *home;
    struct intake_result *result;
    struct th_writer body; // of the batch that is being filled
    struct th_writer keys;
    size_t count;             // items in it
    size_t entries;           // of its lists: items and their lines, TH_LIST_MAX at most
    struct th_writer pending; // sealed ones: sizes, body, keys
    uint64_t draft;           // 0: none yet
    uint32_t batches;         // sealed
    uint32_t written;         // of them in the draft
    uint64_t bytes;
    bool open;                   // a draft was begun in an earlier transaction
    uint64_t bytes_max;          // TH_E_TOO_LARGE beyond
    int lock_fd;                 // marked while there is a draft
    struct th_disk_txn *reading; // ended before a transaction writes
};
TH_MUST_USE enum th_err sealer_make(struct sealer *sealer, struct home *home);
void sealer_free(struct sealer *sealer);
TH_MUST_USE enum th_err sealer_add(struct sealer *sealer,
                                   const struct th_update *update,
                                   struct th_bytes key,
                                   uint32_t line);
// Write what is left and publish all of it.
TH_MUST_USE enum th_err sealer_publish(struct sealer *sealer);

// ---- the intake ----

struct intake {
    struct home *home;
    const struct intake_options *options;
    struct th_findings *findings;
    struct intake_result *result;
    const struct intake_form *form; // NULL: a single update
    int lock_fd;
    th_day today;
    int64_t now_ms;
    uint64_t next_progress;
    bool counting; // revisions are the node's own (no revision column)
    bool journal;
    bool has_figures;
    bool published;
    struct th_disk_txn txn; // reads figures
    struct outbox box;
    struct th_arena arena; // decoding of figures
    struct known_table known;
    struct sealer sealer;

    // accept_valid: the first reading finds the keys of wrong rows, the second one queues the rest
    bool sifting; // the first
    bool sifted;  // the second
    struct known_table held;
    struct th_findings *told; // the caller's
    struct th_findings muted; // those of the second reading: all were told before

    struct intake_run *run; // rows that will be one completion; NULL: none yet

    // the present row
    const struct th_csv_row *row;
    uint64_t rows; // how many stand behind the update: 1, or those of a completion
    bool bad;
    char unit[TH_UNIT_REF_MAX + 16];
    char other_unit[TH_UNIT_REF_MAX + 16];
    char dims[INTAKE_DIMS_BYTES];
    char pseudonym[33];
    struct th_measure measure; // the one looked up last
    char measure_code[TH_MEASURE_CODE_MAX + 1];
    bool measure_known;
};

// The cell of the present row; empty when it or its column is.
struct th_bytes intake_cell(const struct intake *intake, unsigned column);
// The same, or what the command line gives when the file has no such column.
struct th_bytes intake_filled(const struct intake *intake, unsigned column, const char *given);
// A required cell: complains when it is empty.
struct th_bytes intake_needed(struct intake *intake, unsigned column, const char *given);

void intake_warn(struct intake *intake, const struct th_verdict *verdict);
void intake_complain(struct intake *intake, unsigned column, const struct th_verdict *verdict);
void intake_complain_word(struct intake *intake, unsigned column); // V36
// Each reads a cell that may be empty. has stays false on a complaint.
void intake_number(struct intake *intake, unsigned column, struct th_opt *number); // plain digits
// Figures, as the file writes them (numbers_vi).
void intake_decimal(struct intake *intake, unsigned column, unsigned decimals, struct th_opt *to);
void intake_score(struct intake *intake, unsigned column, struct th_opt *score);
// A sum of scores: as a score, but of any size.
void intake_points(struct intake *intake, unsigned column, struct th_opt *points);
// The catalogue's measure; NULL when there is none (the rules will say so).
const struct th_measure *intake_measure(struct intake *intake, struct th_bytes code);

// Where and when a row belongs, with the day of --on.
void intake_place(struct intake *intake, struct th_bytes *unit, struct th_bytes *period);
// The unit with the day of --on, in room when it has to be made.
struct th_bytes intake_on(struct intake *intake, struct th_bytes unit, char *room, size_t max);

// Level numbers and words that every scheme has. False: none of them.
bool intake_rating_word(struct th_bytes text, int64_t *rating);
// The same, and the labels and names of the scheme that code (empty: the default) means.
void intake_rating(struct intake *intake,
                   unsigned column,
                   struct th_bytes code,
                   struct th_bytes category,
                   struct th_opt *rating);
uint32_t intake_reason(struct intake *intake, unsigned column);

// The column that a verdict's field means; TH_CSV_COLUMNS_MAX.
unsigned intake_column(const struct intake *intake, const char *field);
// Where the form's column stands in the file, from 1; 0.
uint32_t intake_file_column(const struct intake *intake, unsigned column);

// op, revision, basis and note of the present row.
void intake_common(struct intake *intake, struct th_update *update);
// The present row says other things about its key than row other.
void intake_complain_twice(struct intake *intake, uint32_t other);

// Judge, compare, seal. What is wrong becomes findings.
TH_MUST_USE enum th_err intake_take(struct intake *intake, struct th_update *update);
// Judge, and complete update into what is sealed. TH_E_REFUSED with *verdict.
TH_MUST_USE enum th_err intake_judge(struct intake *intake,
                                     struct th_update *update,
                                     struct th_judged *judged,
                                     struct th_verdict *verdict);
// Leave of update what a withdrawal has: its key, basis and note.
void intake_strip(struct th_update *update);
// Compare a judged update with what is known of its key, and seal it when it changes something.
TH_MUST_USE enum th_err
intake_weigh(struct intake *intake, struct th_update *update, struct th_bytes key);

// ---- rows that stay behind (intake_valid.c) ----

// Read fd twice: see intake.h, accept_valid. read is one reading.
TH_MUST_USE enum th_err
intake_twice(struct intake *intake, int fd, enum th_err (*read)(struct intake *intake, int fd));
// The present row is wrong: hold its key, as far as it can be told. update is as it was read.
TH_MUST_USE enum th_err intake_hold(struct intake *intake, const struct th_update *update);
TH_MUST_USE enum th_err intake_hold_key(struct intake *intake, struct th_bytes key);
// Is key that of a wrong row? Then the present row stays behind, and is said to.
TH_MUST_USE enum th_err intake_is_held(struct intake *intake, struct th_bytes key, bool *held);

#endif
