// routing_feed.c - publications of owners, and how many subscriptions a viewer has

#include "broker/routing_part.h"

void routing_publish(const struct routing_step *step)
{
    struct routing *routing = step->routing;
    const struct th_event *event = step->event;
    struct th_bytes lineage;
    struct th_bytes measure;
    struct th_bytes period;
    if (th_topic_read(event->header, &lineage, &measure, &period) != TH_OK) {
        routing->counts.malformed++;
        return;
    }
    // By number alone: publications come over another connection than the owner's other messages.
    const struct routing_owner *owner = routing_owner_of(routing, lineage);
    if (owner == NULL || !owner->present || owner->worker != event->from.number) {
        routing->counts.fenced++;
        return;
    }
    struct th_action *publish = th_actions_add(step->actions, TH_ACT_PUBLISH);
    publish->port = ROUTING_FEED;
    publish->header = routing_keep(routing, event->header);
    publish->body = routing_keep(routing, event->body);
    routing->counts.published++;
}

static struct routing_viewer *viewer_of(struct routing *routing, uint32_t number)
{
    struct routing_viewer *viewer = &routing->viewers[number % ROUTING_VIEWERS_MAX];
    if (!viewer->used || viewer->number != number) {
        *viewer = (struct routing_viewer){.used = true, .number = number};
    }
    return viewer;
}

// Each prefix costs the feed some 2 KiB. The frame is never passed on: the broker has subscribed to
// everything already.
void routing_count_subscription(const struct routing_step *step)
{
    struct routing *routing = step->routing;
    const struct th_bytes frame = step->event->body;
    if (frame.size == 0) {
        routing->counts.malformed++;
        return;
    }
    routing->counts.subscriptions++;
    struct routing_viewer *viewer = viewer_of(routing, step->event->from.number);
    if (*(const uint8_t *)frame.data == 1) {
        viewer->prefixes++;
    } else if (viewer->prefixes > 0) {
        viewer->prefixes--;
    }
    if (viewer->prefixes > ROUTING_PREFIXES_MAX) {
        viewer->prefixes = 0;
        struct th_action *cut = th_actions_add(step->actions, TH_ACT_CUT);
        cut->port = ROUTING_FEED;
        cut->code = ROUTING_CUT_ALL;
    }
}
