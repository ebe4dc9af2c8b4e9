// watch_events.h - a live view as lines of JSON, one per event, for programs
//
//   snapshot, row ..., live, change ..., stale, snapshot, row ...
//
// Values are absolute. Versions never go back but after a stale with reason store-changed.

#ifndef DASHBOARDS_WATCH_EVENTS_H
#define DASHBOARDS_WATCH_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include "tonghop/line.h"

void events_snapshot(FILE *out, uint64_t version, const struct th_line *lines, size_t count);
void events_live(FILE *out, uint64_t version, int64_t wall_ms);
void events_change(
    FILE *out, uint64_t version, uint64_t topic_seq, const struct th_line *now, struct th_opt was);
void events_stale(FILE *out, uint64_t version, const char *reason, int64_t wall_ms);

#endif
