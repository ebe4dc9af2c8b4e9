// watch_events.c - see watch_events.h

#include "dashboards/watch_events.h"

#include <inttypes.h>

#include "tonghop/day.h"
#include "tonghop/row.h"

static void begin(FILE *out, const char *event, uint64_t version)
{
    (void)fprintf(out, "{\"event\":\"%s\",\"version\":%" PRIu64, event, version);
}

void events_snapshot(FILE *out, uint64_t version, const struct th_line *lines, size_t count)
{
    begin(out, "snapshot", version);
    (void)fprintf(out, ",\"rows\":%zu}\n", count);
    for (size_t i = 0; i < count; i++) {
        begin(out, "row", version);
        (void)fputc(',', out);
        th_row_json(out, &lines[i]);
        (void)fputs("}\n", out);
    }
}

void events_live(FILE *out, uint64_t version, int64_t wall_ms)
{
    char time[TH_TIME_TEXT_BYTES];
    begin(out, "live", version);
    (void)fprintf(out, ",\"time\":\"%s\"}\n", th_time_utc(wall_ms, time));
}

void events_change(
    FILE *out, uint64_t version, uint64_t topic_seq, const struct th_line *now, struct th_opt was)
{
    begin(out, "change", version);
    (void)fprintf(out, ",\"topic_seq\":%" PRIu64 ",", topic_seq);
    th_row_json(out, now);
    if (was.has) {
        (void)fprintf(out, ",\"was\":%" PRId64 "}\n", was.value);
    } else {
        (void)fputs(",\"was\":null}\n", out);
    }
}

void events_stale(FILE *out, uint64_t version, const char *reason, int64_t wall_ms)
{
    char time[TH_TIME_TEXT_BYTES];
    begin(out, "stale", version);
    (void)fprintf(out, ",\"reason\":\"%s\",\"time\":\"%s\"}\n", reason, th_time_utc(wall_ms, time));
}
