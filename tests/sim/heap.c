// heap.c - see heap.h

#include "tests/sim/heap.h"

#include <stdlib.h>

#include "tonghop/base.h"

static bool earlier(const struct happening *a, const struct happening *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct happening *a, struct happening *b)
{
    const struct happening kept = *a;
    *a = *b;
    *b = kept;
}

void heap_push(struct heap *heap, struct happening happening)
{
    if (heap->count == heap->max) {
        const size_t max = heap->max == 0 ? 256 : heap->max * 2;
        struct happening *items = realloc(heap->items, max * sizeof(*items));
        th_assert(items != NULL);
        heap->items = items;
        heap->max = max;
    }
    happening.order = heap->planned++;
    size_t at = heap->count++;
    heap->items[at] = happening;
    while (at > 0 && earlier(&heap->items[at], &heap->items[(at - 1) / 2])) {
        swap(&heap->items[at], &heap->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

bool heap_pop(struct heap *heap, struct happening *next)
{
    if (heap->count == 0) {
        return false;
    }
    *next = heap->items[0];
    heap->items[0] = heap->items[--heap->count];
    size_t at = 0;
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->count; child++) {
            least = earlier(&heap->items[child], &heap->items[least]) ? child : least;
        }
        if (least == at) {
            return true;
        }
        swap(&heap->items[at], &heap->items[least]);
        at = least;
    }
}

void heap_free(struct heap *heap)
{
    free(heap->items);
    *heap = (struct heap){0};
}
