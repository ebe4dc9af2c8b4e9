// queue.c - see queue.h
//
// A list under a lock: it is held for a few instructions and, when the queue becomes empty or stops
// being empty, for one call of the kernel. That call is made under the lock, or Q1 would not hold.

#include "tonghop/queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tonghop/clock.h"
#include "tonghop/fault.h"

struct th_queue {
    pthread_mutex_t lock;
    struct th_parcel *first;
    struct th_parcel *last;
    struct th_queue_load load;
    size_t count_max;
    size_t bytes_max;
    int signal; // eventfd
    bool closed;
};

struct th_parcel *th_parcel_make(unsigned kind, const struct th_bytes *parts, size_t count)
{
    th_assert(count <= TH_PARCEL_PARTS_MAX);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (__builtin_add_overflow(size, parts[i].size, &size)) {
            return NULL;
        }
    }
    if (size > SIZE_MAX - sizeof(struct th_parcel)) {
        return NULL;
    }
    struct th_parcel *parcel = malloc(sizeof(*parcel) + size);
    if (parcel == NULL) {
        return NULL;
    }
    *parcel = (struct th_parcel){.kind = kind, .size = size, .count = count};
    uint8_t *at = parcel->bytes;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0) {
            memcpy(at, parts[i].data, parts[i].size);
        }
        parcel->parts[i] = (struct th_bytes){.data = at, .size = parts[i].size};
        at += parts[i].size;
    }
    return parcel;
}

void th_parcel_free(struct th_parcel **parcel)
{
    free(*parcel);
    *parcel = NULL;
}

enum th_err th_queue_make(size_t count_max, size_t bytes_max, struct th_queue **queue)
{
    th_assert(count_max > 0);
    th_assert(bytes_max > 0);
    struct th_queue *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return TH_E_NO_MEMORY;
    }
    made->count_max = count_max;
    made->bytes_max = bytes_max;
    made->signal = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made->signal < 0) {
        free(made);
        return TH_E_IO;
    }
    const int rc = pthread_mutex_init(&made->lock, NULL);
    th_assert(rc == 0);
    *queue = made;
    return TH_OK;
}

void th_queue_free(struct th_queue **queue)
{
    struct th_queue *freed = *queue;
    if (freed == NULL) {
        return;
    }
    *queue = NULL;
    struct th_parcel *parcel = freed->first;
    while (parcel != NULL) {
        struct th_parcel *next = parcel->next;
        free(parcel);
        parcel = next;
    }
    (void)close(freed->signal);
    (void)pthread_mutex_destroy(&freed->lock);
    free(freed);
}

static void enter(struct th_queue *queue)
{
    const int rc = pthread_mutex_lock(&queue->lock);
    th_assert(rc == 0);
}

static void leave(struct th_queue *queue)
{
    const int rc = pthread_mutex_unlock(&queue->lock);
    th_assert(rc == 0);
}

static void raise_signal(const struct th_queue *queue)
{
    const int rc = eventfd_write(queue->signal, 1);
    th_assert(rc == 0); // the counter is 0 or 1, or 2 when closed
}

static void lower_signal(const struct th_queue *queue)
{
    eventfd_t count = 0;
    const int rc = eventfd_read(queue->signal, &count);
    th_assert(rc == 0); // Q1: it was raised
}

static enum th_err may_put(const struct th_queue *queue, const struct th_parcel *parcel)
{
    if (queue->closed) {
        return TH_E_REFUSED;
    }
    if (parcel->size > queue->bytes_max) {
        return TH_E_TOO_LARGE;
    }
    const bool full = queue->load.count == queue->count_max ||
                      parcel->size > queue->bytes_max - queue->load.bytes;
    return full || th_fault_hit("queue.put.full") ? TH_E_FULL : TH_OK;
}

static void append(struct th_queue *queue, struct th_parcel *parcel)
{
    struct th_queue_load *load = &queue->load;
    parcel->next = NULL;
    if (queue->first == NULL) {
        queue->first = parcel;
        raise_signal(queue);
    } else {
        queue->last->next = parcel;
    }
    queue->last = parcel;
    load->count++;
    load->bytes += parcel->size;
    load->count_peak = load->count > load->count_peak ? load->count : load->count_peak;
    load->bytes_peak = load->bytes > load->bytes_peak ? load->bytes : load->bytes_peak;
}

enum th_err th_queue_put(struct th_queue *queue, struct th_parcel **parcel)
{
    enter(queue);
    const enum th_err err = may_put(queue, *parcel);
    if (err == TH_OK) {
        append(queue, *parcel);
        *parcel = NULL;
    }
    leave(queue);
    return err;
}

struct th_parcel *th_queue_take(struct th_queue *queue)
{
    enter(queue);
    struct th_parcel *parcel = queue->first;
    if (parcel != NULL) {
        queue->first = parcel->next;
        queue->load.count--;
        queue->load.bytes -= parcel->size;
        parcel->next = NULL;
        if (queue->first == NULL) {
            queue->last = NULL;
            if (!queue->closed) {
                lower_signal(queue);
            }
        }
    }
    leave(queue);
    return parcel;
}

enum th_err th_queue_wait(struct th_queue *queue, unsigned wait_ms)
{
    const int64_t end_ms = (int64_t)th_now_ms() + wait_ms;
    struct pollfd wanted = {.fd = queue->signal, .events = POLLIN};
    for (;;) {
        const int64_t left_ms = end_ms - (int64_t)th_now_ms();
        const int left = left_ms < 0 ? 0 : left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
        const int ready = poll(&wanted, 1, left);
        if (ready > 0) {
            return TH_OK;
        }
        if (ready == 0) {
            return TH_E_TIMEOUT;
        }
        th_assert(errno == EINTR || errno == ENOMEM); // a signal, or try once more
    }
}

int th_queue_descriptor(const struct th_queue *queue)
{
    return queue->signal;
}

void th_queue_close(struct th_queue *queue)
{
    enter(queue);
    if (!queue->closed) {
        queue->closed = true;
        raise_signal(queue); // and it stays raised
    }
    leave(queue);
}

bool th_queue_ended(struct th_queue *queue)
{
    enter(queue);
    const bool ended = queue->closed && queue->first == NULL;
    leave(queue);
    return ended;
}

struct th_queue_load th_queue_load(struct th_queue *queue)
{
    enter(queue);
    const struct th_queue_load load = queue->load;
    leave(queue);
    return load;
}
