// subscriber_part.h - what the files of the subscriber share: subscriber.c (states, clock, links),
// subscriber_feed.c (beats and deltas), subscriber_answer.c (question and snapshot)

#ifndef DASHBOARDS_SUBSCRIBER_PART_H
#define DASHBOARDS_SUBSCRIBER_PART_H

#include "dashboards/subscriber.h"

// Leave what we are doing: stale for loss. A new snapshot is asked for as soon as a beat proves it
// makes sense.
void subscriber_lose(struct subscriber *s, enum subscriber_loss loss);

void subscriber_tell(struct subscriber *s, const struct subscriber_news *news);
uint64_t subscriber_draw(struct subscriber *s); // the next random number

// ---- subscriber_feed.c ----

// Take one message of the feed, in any state.
void subscriber_hear_feed(struct subscriber *s, struct th_bytes topic, struct th_bytes body);

// Apply what was kept while the snapshot came in to s->loading. SUBSCRIBER_LOST_NOTHING when all of
// it fits.
enum subscriber_loss subscriber_catch_up(struct subscriber *s);

// ---- subscriber_answer.c ----

// Write the question once; false when it does not fit.
bool subscriber_write_question(struct subscriber *s);
void subscriber_ask(struct subscriber *s, struct th_actions *actions);
void subscriber_hear_answer(struct subscriber *s,
                            struct th_bytes header,
                            struct th_bytes body,
                            struct th_actions *actions);

#endif
