// query_part.c - what an answer holds, within its bound, and how it is cut into parts

#include <stdlib.h>
#include <string.h>

#include "workers/query_body.h"

enum {
    BLOCK_BYTES = 64 * 1024,
    PART_ENTRIES_MAX = 1200,     // lines, topics and findings of one part
    PART_BYTES_MAX = 200 * 1024, // as estimated
    LINE_BYTES = 160,            // of a line without its texts, at most
    FORM_BYTES = 160,            // likewise of a form's state
};

struct block {
    struct block *next;
    size_t used;
    char bytes[BLOCK_BYTES];
};

// ---- memory of an answer, bounded ----

void answer_free(struct answer *answer)
{
    while (answer->blocks != NULL) {
        struct block *next = answer->blocks->next;
        free(answer->blocks);
        answer->blocks = next;
    }
    th_lines_free(&answer->lines);
    th_province_free(&answer->own_province); // after the lines, which look into it
    th_register_free(&answer->own_wide);
    free(answer->own_list);
    free(answer->topics);
    free(answer->findings);
    free(answer->changes);
    free(answer->missing);
    free(answer->sources);
    free(answer->months);
    free(answer->forms);
    free(answer->editions);
    *answer = (struct answer){.done = true};
}

enum th_err answer_hold(struct answer *answer, struct th_bytes text, struct th_bytes *held)
{
    if (text.size > BLOCK_BYTES || answer->bytes + text.size > answer->bytes_max) {
        return TH_E_TOO_LARGE;
    }
    if (answer->blocks == NULL || answer->blocks->used + text.size > BLOCK_BYTES) {
        struct block *block = malloc(sizeof(*block));
        if (block == NULL) {
            return TH_E_NO_MEMORY;
        }
        block->next = answer->blocks;
        block->used = 0;
        answer->blocks = block;
    }
    char *copy = answer->blocks->bytes + answer->blocks->used;
    if (text.size > 0) {
        memcpy(copy, text.data, text.size);
    }
    answer->blocks->used += text.size;
    answer->bytes += text.size;
    *held = (struct th_bytes){.data = copy, .size = text.size};
    return TH_OK;
}

enum th_err
answer_room(struct answer *answer, void **items, size_t count, size_t *max, size_t item_size)
{
    if (count < *max) {
        return TH_OK;
    }
    const size_t grown = *max == 0 ? 64 : 2 * *max;
    if (answer->bytes + (grown - *max) * item_size > answer->bytes_max) {
        return TH_E_TOO_LARGE;
    }
    void *moved = realloc(*items, grown * item_size);
    if (moved == NULL) {
        return TH_E_NO_MEMORY;
    }
    answer->bytes += (grown - *max) * item_size;
    *items = moved;
    *max = grown;
    return TH_OK;
}

void answer_refuse(struct answer *answer, unsigned code, struct th_bytes detail)
{
    answer->head.code = code;
    th_bytes_copy_text(detail, answer->detail, sizeof(answer->detail));
    answer->head.detail = th_bytes_of(answer->detail);
}

// ---- parts ----

static size_t line_bytes(const struct th_line *line)
{
    return LINE_BYTES + line->measure.size + line->period.size + line->cell.unit.size +
           line->cell.dims.size + line->unallocated.size;
}

static size_t topic_bytes(const struct th_topic_seq *topic)
{
    return 24 + topic->measure.size + topic->period.size;
}

static size_t change_bytes(const struct th_change *change)
{
    return 2 * LINE_BYTES + change->unit.size + change->period.size + change->measure.size +
           change->dims.size + change->basis.size + change->note.size + change->person.size +
           change->was.dims.size + change->now.dims.size;
}

static size_t form_bytes(const struct th_form_state *state)
{
    return FORM_BYTES + state->form.size + state->period.size + state->unit.size +
           state->comment.size;
}

static struct th_bytes next_of_bundle(struct answer *answer)
{
    const size_t left = answer->bundle.size - answer->next_byte;
    const struct th_bytes next = {
        .data = (const char *)answer->bundle.data + answer->next_byte,
        .size = left < TH_PART_BYTES_MAX ? left : (size_t)TH_PART_BYTES_MAX,
    };
    answer->next_byte += next.size;
    return next;
}

enum th_err answer_part(struct answer *answer, struct th_writer *out)
{
    struct th_answer part = answer->head;
    size_t bytes = 0;
    size_t entries = 0;
    part.part = answer->part;
    part.has_bundle = answer->head.has_bundle && answer->part == 0;
    part.missing = answer->missing;
    part.sources = answer->sources;
    if (answer->part > 0) {
        part.missing_count = part.source_count = 0;
    }
    part.months = answer->months;
    part.month_count = answer->part == 0 ? answer->month_count : 0; // a few dozen at most
    part.editions = answer->editions;
    part.edition_count = answer->part == 0 ? answer->edition_count : 0; // likewise
    if (answer->bundle.size > 0) {
        part.bundle_part = next_of_bundle(answer);
    }
    part.topics = answer->topics != NULL ? answer->topics + answer->next_topic : NULL;
    while (answer->next_topic < answer->topic_count && entries < PART_ENTRIES_MAX &&
           bytes < PART_BYTES_MAX) {
        th_assert(answer->topics != NULL);
        bytes += topic_bytes(&answer->topics[answer->next_topic++]);
        part.topic_count++;
        entries++;
    }
    part.findings = answer->findings != NULL ? answer->findings + answer->next_finding : NULL;
    while (answer->next_finding < answer->finding_count && entries < PART_ENTRIES_MAX &&
           bytes < PART_BYTES_MAX) {
        th_assert(answer->findings != NULL);
        bytes += answer->findings[answer->next_finding++].size + 8;
        part.finding_count++;
        entries++;
    }
    part.lines = answer->list != NULL ? answer->list + answer->next_line : NULL;
    while (answer->next_line < answer->line_count && entries < PART_ENTRIES_MAX &&
           bytes < PART_BYTES_MAX) {
        th_assert(answer->list != NULL);
        bytes += line_bytes(&answer->list[answer->next_line++]);
        part.line_count++;
        entries++;
    }
    part.changes = answer->changes != NULL ? answer->changes + answer->next_change : NULL;
    while (answer->next_change < answer->change_count && entries < PART_ENTRIES_MAX &&
           bytes < PART_BYTES_MAX) {
        th_assert(answer->changes != NULL);
        bytes += change_bytes(&answer->changes[answer->next_change++]);
        part.change_count++;
        entries++;
    }
    part.forms = answer->forms != NULL ? answer->forms + answer->next_form : NULL;
    while (answer->next_form < answer->form_count && entries < PART_ENTRIES_MAX &&
           bytes < PART_BYTES_MAX) {
        bytes += form_bytes(&answer->forms[answer->next_form++]);
        part.form_count++;
        entries++;
    }
    part.last = answer->next_topic == answer->topic_count &&
                answer->next_finding == answer->finding_count &&
                answer->next_line == answer->line_count &&
                answer->next_change == answer->change_count &&
                answer->next_form == answer->form_count && answer->next_byte == answer->bundle.size;
    th_answer_write(out, &part);
    if (out->overflow) {
        return TH_E_NO_MEMORY;
    }
    answer->part++;
    answer->done = part.last;
    return TH_OK;
}
