// announced.c - see announced.h

#include "broker/announced.h"

#include <stdlib.h>
#include <string.h>

#include "tonghop/roster.h"

void announced_free(struct announced *announced)
{
    free(announced->list);
    announced->list = NULL;
    announced->count = 0;
    announced->room = 0;
}

static int compare(const void *a, const void *b)
{
    const struct th_server_known *first = a;
    const struct th_server_known *second = b;
    if (first->class != second->class) {
        return first->class < second->class ? -1 : 1;
    }
    return (first->number > second->number) - (first->number < second->number);
}

enum th_err announced_set(struct announced *announced, const uint8_t *key)
{
    if (key != NULL && announced->has_key &&
        memcmp(announced->key, key, sizeof(announced->key)) == 0) {
        return TH_OK;
    }
    announced_free(announced);
    announced->has_key = key != NULL;
    announced->changed = false;
    if (key == NULL) {
        return TH_OK;
    }
    memcpy(announced->key, key, sizeof(announced->key));
    TH_TRY(th_server_known_read(
        announced->path, th_key_tag(key), &announced->list, &announced->count));
    announced->room = announced->count;
    if (announced->count > 0) {
        qsort(announced->list, announced->count, sizeof(announced->list[0]), compare);
    }
    return TH_OK;
}

static size_t place_of(const struct announced *announced, const struct th_server_known *one)
{
    size_t first = 0;
    size_t end = announced->count;
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        if (compare(&announced->list[middle], one) < 0) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first;
}

static bool make_room(struct announced *announced)
{
    if (announced->count < announced->room) {
        return true;
    }
    const size_t room = announced->room < 64 ? 64 : announced->room * 2;
    struct th_server_known *more = realloc(announced->list, room * sizeof(*more));
    if (more == NULL || announced->count >= TH_ROSTER_ENTRIES_MAX) {
        announced->list = more != NULL ? more : announced->list;
        return false;
    }
    announced->list = more;
    announced->room = room;
    return true;
}

void announced_note(struct announced *announced, enum th_peer_class class, uint32_t number)
{
    const struct th_server_known one = {.class = class, .number = number};
    const size_t place = place_of(announced, &one);
    if (!announced->has_key ||
        (place < announced->count && compare(&announced->list[place], &one) == 0) ||
        !make_room(announced)) {
        return;
    }
    memmove(&announced->list[place + 1],
            &announced->list[place],
            (announced->count - place) * sizeof(announced->list[0]));
    announced->list[place] = one;
    announced->count++;
    announced->changed = true;
}

enum th_err announced_write(struct announced *announced)
{
    if (!announced->changed) {
        return TH_OK;
    }
    TH_TRY(th_server_known_write(
        announced->path, th_key_tag(announced->key), announced->list, announced->count));
    announced->changed = false;
    return TH_OK;
}
