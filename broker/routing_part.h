// routing_part.h - what the files of the routing core share; see routing.h

#ifndef BROKER_ROUTING_PART_H
#define BROKER_ROUTING_PART_H

#include "broker/routing.h"

struct routing_step {
    struct routing *routing;
    const struct th_event *event;
    struct th_actions *actions;
};

static inline struct th_bytes routing_lineage(const struct routing_owner *owner)
{
    return th_bytes_of(owner->lineage);
}

static inline struct th_bytes routing_route(const struct routing_owner *owner)
{
    return (struct th_bytes){.data = owner->route, .size = owner->route_size};
}

// The entry of a number; NULL when there is none.
const struct th_roster_entry *
routing_entry(const struct routing *routing, enum th_peer_class class, uint32_t number);
// The entry an enrolment's key stands for at a door.
const struct th_roster_entry *
routing_enrolled(const struct routing *routing, unsigned port, uint32_t number);

struct routing_owner *routing_owner_of(struct routing *routing, struct th_bytes lineage);

// A copy in the memory of this step's actions.
struct th_bytes routing_keep(struct routing *routing, struct th_bytes bytes);
// The word about the next key on a header that goes out.
void routing_stamp_server_key(const struct routing *routing, struct th_header *header);
// Room for one more message of the largest size among this step's actions?
bool routing_has_room(const struct routing_step *step);

// Routes are copied from events: longer ones do not exist in ZeroMQ.
size_t routing_copy_route(uint8_t out[static TH_ROUTE_MAX], struct th_bytes route);

// G1, for every door. NULL: dropped and counted.
const struct th_roster_entry *routing_admit(const struct routing_step *step);

// routing_peer.c: nodes, viewers, enrolments
void routing_from_node(const struct routing_step *step, const struct th_roster_entry *entry);
void routing_from_viewer(const struct routing_step *step, const struct th_roster_entry *entry);
void routing_refuse(const struct routing_step *step, uint32_t code, enum th_refusal_class class);

// routing_worker.c: ATTACH, KEYS, ROSTER
void routing_from_worker(const struct routing_step *step);
void routing_send_rosters(const struct routing_step *step);
void routing_look_after_owners(const struct routing_step *step);
bool routing_owns(const struct routing_step *step, const struct routing_owner *owner);

// routing_answer.c: from workers to nodes and viewers
void routing_pass_answer(const struct routing_step *step, const struct th_header *header);
void routing_release_held(const struct routing_step *step);
void routing_send_to(const struct routing_step *step,
                     unsigned port,
                     struct th_peer to,
                     const struct th_header *header,
                     struct th_bytes body);

// routing_feed.c
void routing_publish(const struct routing_step *step);
void routing_count_subscription(const struct routing_step *step);

#endif
