// intake_seal.c - batches: filled item by item, kept until a transaction is worth its flush

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/fault.h"

#include "nodes/beacon.h"
#include "nodes/intake_part.h"

enum { BATCH_ROOM = TH_BATCH_BYTES_MAX, HEAD_BYTES = 8 };

enum th_err sealer_make(struct sealer *sealer, struct home *home)
{
    *sealer = (struct sealer){.home = home, .lock_fd = -1};
    uint8_t *memory = malloc(2 * BATCH_ROOM + INTAKE_PENDING_BYTES);
    if (memory == NULL) {
        return TH_E_NO_MEMORY;
    }
    sealer->body = (struct th_writer){.data = memory, .max = BATCH_ROOM};
    sealer->keys = (struct th_writer){.data = memory + BATCH_ROOM, .max = BATCH_ROOM};
    sealer->pending =
        (struct th_writer){.data = memory + 2 * BATCH_ROOM, .max = INTAKE_PENDING_BYTES};
    return TH_OK;
}

void sealer_free(struct sealer *sealer)
{
    free(sealer->body.data);
    *sealer = (struct sealer){.lock_fd = -1};
}

// ---- the draft ----

static enum th_err write_pending(struct sealer *sealer, struct outbox *box)
{
    if (sealer->draft == 0) {
        TH_TRY(outbox_draft_begin(box, &sealer->draft));
    }
    struct th_reader in = th_reader_of(th_written(&sealer->pending));
    while (th_reader_left(&in) > 0) {
        const uint32_t body_size = th_read_u32(&in);
        const uint32_t keys_size = th_read_u32(&in);
        const struct th_bytes body = th_read_bytes(&in, body_size);
        const struct th_bytes keys = th_read_bytes(&in, keys_size);
        th_assert(!in.failed);
        TH_TRY(outbox_draft_add(box, sealer->draft, sealer->written, body, keys));
        sealer->written++;
    }
    sealer->pending.size = 0;
    return TH_OK;
}

// The next intake sees by the mark that there may be something to remove.
static enum th_err mark_draft(struct sealer *sealer)
{
    if (sealer->open) {
        return TH_OK;
    }
    sealer->open = true;
    const bool marked = pwrite(sealer->lock_fd, "draft\n", 6, 0) == 6;
    return marked && fsync(sealer->lock_fd) == 0 ? TH_OK : TH_E_IO;
}

static enum th_err flush(struct sealer *sealer)
{
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(mark_draft(sealer));
    th_disk_end(sealer->reading);
    TH_TRY(th_disk_begin(sealer->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    TH_TRY(write_pending(sealer, &box));
    return th_disk_commit(&txn);
}

// ---- batches ----

static enum th_err note_start(struct intake_result *result, size_t first_item)
{
    if (result->start_count == result->start_room) {
        const size_t room = result->start_room == 0 ? 64 : result->start_room * 2;
        uint32_t *starts = realloc(result->starts, room * sizeof(*starts));
        if (starts == NULL) {
            return TH_E_NO_MEMORY;
        }
        result->starts = starts;
        result->start_room = room;
    }
    result->starts[result->start_count++] = (uint32_t)first_item;
    return TH_OK;
}

static enum th_err note_line(struct intake_result *result, uint32_t line)
{
    if (result->queued == result->line_room) {
        const size_t room = result->line_room == 0 ? 256 : result->line_room * 2;
        uint32_t *lines = realloc(result->lines, room * sizeof(*lines));
        if (lines == NULL) {
            return TH_E_NO_MEMORY;
        }
        result->lines = lines;
        result->line_room = room;
    }
    result->lines[result->queued++] = line;
    return TH_OK;
}

static enum th_err seal(struct sealer *sealer)
{
    const size_t size = HEAD_BYTES + sealer->body.size + sealer->keys.size;
    if (sealer->pending.size + size > sealer->pending.max) {
        TH_TRY(flush(sealer));
    }
    TH_TRY(note_start(sealer->result, (size_t)sealer->result->queued - sealer->count));
    th_write_u32(&sealer->pending, (uint32_t)sealer->body.size);
    th_write_u32(&sealer->pending, (uint32_t)sealer->keys.size);
    th_write_bytes(&sealer->pending, th_written(&sealer->body));
    th_write_bytes(&sealer->pending, th_written(&sealer->keys));
    th_assert(!sealer->pending.overflow);
    sealer->bytes += sealer->body.size;
    sealer->batches++;
    sealer->count = 0;
    sealer->entries = 0;
    sealer->body.size = 0;
    sealer->keys.size = 0;
    return sealer->bytes > sealer->bytes_max ? TH_E_TOO_LARGE : TH_OK;
}

// What an update adds to the lists of its batch: itself, and its lines.
static size_t entries_of(const struct th_update *update)
{
    return 1 + (update->kind == TH_KIND_COMPLETION ? update->completion.line_count : 0);
}

static bool add_item(struct sealer *sealer, const struct th_update *update, struct th_bytes key)
{
    const size_t body = sealer->body.size;
    const size_t keys = sealer->keys.size;
    th_update_write(&sealer->body, update);
    th_write_block(&sealer->keys, key);
    if (!sealer->body.overflow && !sealer->keys.overflow) {
        return true;
    }
    sealer->body.size = body;
    sealer->body.overflow = false;
    sealer->keys.size = keys;
    sealer->keys.overflow = false;
    return false;
}

enum th_err sealer_add(struct sealer *sealer,
                       const struct th_update *update,
                       struct th_bytes key,
                       uint32_t line)
{
    const size_t entries = entries_of(update);
    if (sealer->count == TH_BATCH_UPDATES_MAX || sealer->entries + entries > TH_LIST_MAX) {
        TH_TRY(seal(sealer));
    }
    if (!add_item(sealer, update, key)) {
        TH_TRY(seal(sealer));
        const bool fits = add_item(sealer, update, key); // alone in its batch
        th_assert(fits);
    }
    sealer->count++;
    sealer->entries += entries;
    return note_line(sealer->result, line);
}

enum th_err sealer_publish(struct sealer *sealer)
{
    if (sealer->count > 0) {
        TH_TRY(seal(sealer));
    }
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    TH_TRY(th_disk_begin(sealer->home->disk, &txn));
    TH_TRY(outbox_load(th_disk_store(&txn), &box));
    TH_TRY(write_pending(sealer, &box));
    th_stop_point("import.drafted");
    const struct outbox_extent extent = {
        .count = sealer->batches,
        .draft = sealer->draft,
        .items = sealer->result->queued,
        .bytes = sealer->bytes,
        .queued_at = th_wall_ms(),
    };
    uint64_t first = 0;
    TH_TRY(outbox_publish(&box, &extent, &first));
    TH_TRY(th_disk_commit(&txn));
    sealer->result->first_batch = first;
    sealer->result->last_batch = first + sealer->batches - 1;
    beacon_wake(sealer->home->dir);
    return TH_OK;
}
