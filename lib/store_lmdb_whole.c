// store_lmdb_whole.c - whether a data file was cut short
//
// LMDB reads its file through a map, and a page behind the end of the file is SIGBUS. The newest
// meta page names the last page in use, but a file that ends before it may still be whole: a page
// that was taken and given back within one transaction is never written. Such pages are in LMDB's
// list of free pages. So a short file is whole if as many free pages are behind its end as pages
// are missing there; the list is read with pread, since it may itself be behind the end.
//
// The format is that of LMDB 0.9 on 64-bit machines; tests/unit/test_store_lmdb.c and
// test_facts_lmdb.c notice a change.

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/store_lmdb_part.h"

enum {
    PAGE_BYTES_MIN = 512,
    PAGE_BYTES_MAX = 65536,
    PAGE_HEADER = 16,
    PAGE_BRANCH = 0x01,
    PAGE_LEAF = 0x02,
    NODE_HEADER = 8,
    NODE_BIG = 0x01,
    PENDING_MAX = 4096, // pages seen and not yet read; far above any real tree
    TRIES_MAX = 10,
};

static const uint32_t META_MAGIC = 0xBEEFC0DE;

struct tree {
    uint32_t pad; // page size, in the tree of free pages
    uint16_t flags;
    uint16_t depth;
    uint64_t branches;
    uint64_t leaves;
    uint64_t overflows;
    uint64_t entries;
    uint64_t root;
};

struct meta {
    uint32_t magic;
    uint32_t version;
    uint64_t address;
    uint64_t map_size;
    struct tree free_pages;
    struct tree main;
    uint64_t last_page;
    uint64_t txn;
};

_Static_assert(sizeof(struct tree) == 48, "as LMDB lays it out");
_Static_assert(sizeof(struct meta) == 136, "as LMDB lays it out");

struct file {
    int descriptor;
    size_t page_bytes;
    uint64_t pages; // whole pages in the file
};

static bool read_at(const struct file *file, uint64_t offset, void *out, size_t size)
{
    return pread(file->descriptor, out, size, (off_t)offset) == (ssize_t)size;
}

static uint16_t u16_at(const uint8_t *bytes)
{
    uint16_t number = 0;
    memcpy(&number, bytes, sizeof(number));
    return number;
}

static uint64_t u64_at(const uint8_t *bytes)
{
    uint64_t number = 0;
    memcpy(&number, bytes, sizeof(number));
    return number;
}

static bool is_meta(const struct meta *meta)
{
    return meta->magic == META_MAGIC && meta->free_pages.pad >= PAGE_BYTES_MIN &&
           meta->free_pages.pad <= PAGE_BYTES_MAX;
}

// The newer of the two meta pages. False: nothing here that LMDB would open.
static bool read_meta(struct file *file, struct meta *meta)
{
    struct meta other;
    if (!read_at(file, PAGE_HEADER, meta, sizeof(*meta)) || !is_meta(meta)) {
        return false;
    }
    file->page_bytes = meta->free_pages.pad;
    if (!read_at(file, file->page_bytes + PAGE_HEADER, &other, sizeof(other)) || !is_meta(&other)) {
        return false;
    }
    if (other.txn > meta->txn) {
        *meta = other;
    }
    return true;
}

// Count those of the listed pages that are behind the end. A list is its length, then its pages.
static bool count_list(const struct file *file, uint64_t offset, uint64_t size, uint64_t *behind)
{
    uint8_t number[8];
    if (size < sizeof(number) || !read_at(file, offset, number, sizeof(number))) {
        return false;
    }
    const uint64_t count = u64_at(number);
    if (count > size / sizeof(number) - 1) {
        return false;
    }
    for (uint64_t i = 1; i <= count; i++) {
        if (!read_at(file, offset + 8 * i, number, sizeof(number))) {
            return false;
        }
        *behind += u64_at(number) >= file->pages ? 1 : 0;
    }
    return true;
}

struct walk {
    uint64_t pending[PENDING_MAX];
    size_t count;
    uint64_t behind;
};

static bool read_branch(struct walk *walk, const uint8_t *node)
{
    if (walk->count == PENDING_MAX) {
        return false;
    }
    walk->pending[walk->count++] = (uint64_t)u16_at(node) | (uint64_t)u16_at(node + 2) << 16 |
                                   (uint64_t)u16_at(node + 4) << 32;
    return true;
}

static bool read_leaf(const struct file *file, struct walk *walk, const uint8_t *page, size_t node)
{
    const uint64_t size = (uint64_t)u16_at(page + node) | (uint64_t)u16_at(page + node + 2) << 16;
    const size_t at = node + NODE_HEADER + u16_at(page + node + 6);
    if ((u16_at(page + node + 4) & NODE_BIG) == 0) {
        const uint64_t offset = u64_at(page) * file->page_bytes + at;
        return count_list(file, offset, size, &walk->behind);
    }
    if (at + 8 > file->page_bytes) {
        return false;
    }
    const uint64_t offset = u64_at(page + at) * file->page_bytes + PAGE_HEADER;
    return count_list(file, offset, size, &walk->behind);
}

static bool read_page(const struct file *file, struct walk *walk, uint64_t number)
{
    uint8_t page[PAGE_BYTES_MAX];
    if (number >= file->pages ||
        !read_at(file, number * file->page_bytes, page, file->page_bytes) ||
        u64_at(page) != number) {
        return false;
    }
    const uint16_t flags = u16_at(page + 10);
    const size_t nodes = u16_at(page + 12); // end of the list of node offsets
    if ((flags & (PAGE_BRANCH | PAGE_LEAF)) == 0 || nodes > file->page_bytes) {
        return false;
    }
    for (size_t at = PAGE_HEADER; at + 2 <= nodes; at += 2) {
        const size_t node = u16_at(page + at);
        if (node + NODE_HEADER > file->page_bytes ||
            !((flags & PAGE_BRANCH) != 0 ? read_branch(walk, page + node)
                                         : read_leaf(file, walk, page, node))) {
            return false;
        }
    }
    return true;
}

static bool is_whole(const struct file *file, const struct meta *meta)
{
    struct walk walk = {0};
    if (meta->free_pages.depth > 0) {
        walk.pending[walk.count++] = meta->free_pages.root;
    }
    uint64_t read = 0;
    while (walk.count > 0) {
        if (++read > file->pages || !read_page(file, &walk, walk.pending[--walk.count])) {
            return false;
        }
    }
    return walk.behind == meta->last_page + 1 - file->pages;
}

enum th_err th_disk_whole(int data)
{
    struct file file = {.descriptor = data};
    // Another process may be writing: its next commit leaves our tree alone, the one after may not.
    for (int try = 0; try < TRIES_MAX; try++) {
        struct meta meta;
        struct meta after;
        struct stat about;
        if (!read_meta(&file, &meta)) {
            return TH_OK;
        }
        if (fstat(data, &about) != 0) {
            return TH_E_IO;
        }
        file.pages = (uint64_t)about.st_size / file.page_bytes;
        if (file.pages > meta.last_page || is_whole(&file, &meta)) {
            return TH_OK;
        }
        if (read_meta(&file, &after) && after.txn == meta.txn) {
            return TH_E_CORRUPT;
        }
    }
    return TH_E_BUSY;
}
