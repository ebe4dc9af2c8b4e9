// rows.c - see rows.h

#include "workers/rows.h"

#include <stdlib.h>
#include <string.h>

enum { TXN_BYTES = 8 * 1024 * 1024 }; // of keys and values before a commit

static enum th_err walk_table(struct th_store store,
                              const struct th_check *check,
                              rows_sink *sink,
                              void *self,
                              struct rows_place *place)
{
    struct th_bytes key = {0};
    struct th_bytes value;
    enum th_err err = th_store_seek(store, place->table, key, &key, &value);
    while (err == TH_OK) {
        memcpy(place->key, key.data, key.size);
        place->size = key.size;
        TH_TRY(th_check_open(check, place->table, key, &value));
        const struct th_export_row row = {.table = place->table, .key = key, .value = value};
        TH_TRY(sink(self, &row));
        err = th_store_next(store, place->table, key, &key, &value);
    }
    return err == TH_E_NOT_FOUND ? TH_OK : err;
}

enum th_err rows_walk(struct th_store store,
                      const struct th_check *check,
                      rows_sink *sink,
                      void *self,
                      struct rows_place *place)
{
    for (place->table = 0; place->table < TABLE_COUNT; place->table++) {
        place->size = 0;
        TH_TRY(walk_table(store, check, sink, self, place));
    }
    return TH_OK;
}

static enum th_err begin(struct rows_into *into)
{
    if (into->open) {
        return TH_OK;
    }
    TH_TRY(th_disk_begin(into->disk, &into->txn));
    into->open = true;
    into->bytes = 0;
    return TH_OK;
}

enum th_err rows_put(void *self, const struct th_export_row *row)
{
    struct rows_into *into = self;
    if (row->table >= TABLE_COUNT) {
        return TH_E_INVALID;
    }
    const size_t size = row->value.size + TH_CHECK_BYTES;
    TH_SCOPED(th_free_scoped) uint8_t *bytes = malloc(size);
    if (bytes == NULL) {
        return TH_E_NO_MEMORY;
    }
    struct th_writer writer = {.data = bytes, .max = size};
    th_write_bytes(&writer, row->value);
    TH_TRY(begin(into));
    TH_TRY(th_check_put(&into->check, th_disk_store(&into->txn), row->table, row->key, &writer));
    into->bytes += row->key.size + size;
    return into->bytes < TXN_BYTES ? TH_OK : rows_finish(into);
}

enum th_err rows_finish(struct rows_into *into)
{
    if (!into->open) {
        return TH_OK;
    }
    into->open = false;
    return th_disk_commit(&into->txn);
}

void rows_drop(struct rows_into *into)
{
    if (into->open) {
        th_disk_end(&into->txn);
        into->open = false;
    }
}
