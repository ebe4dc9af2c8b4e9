// doors.c - see doors.h

#include "broker/doors.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "broker/zap.h"

static const struct {
    enum th_sock_kind kind;
    const char *setting;
} DOORS[ROUTING_PORTS] = {
    [ROUTING_NODES] = {TH_SOCK_NODES, "broker.nodes"},
    [ROUTING_WORKERS] = {TH_SOCK_WORKERS, "broker.workers"},
    [ROUTING_QUERIES] = {TH_SOCK_QUERIES, "broker.queries"},
    [ROUTING_FEED] = {TH_SOCK_FEED_OUT, "broker.feed_out"},
    [ROUTING_RELAY] = {TH_SOCK_FEED_IN, "broker.feed_in"},
};

static enum th_err
refuse(enum th_err err, const char *setting, const char *endpoint, struct th_verdict *why)
{
    if (err == TH_E_EXISTS) {
        th_verdict_make(why, TH_M_ADDRESS_IN_USE, 0, "", endpoint, NULL);
    } else {
        th_verdict_make(why, TH_M_YAML_TYPE, 0, "", setting, endpoint, "tcp://ADDRESS:PORT", NULL);
    }
    return err;
}

static enum th_err
bind_one(struct door *door, const char *setting, const char *endpoint, struct th_verdict *why)
{
    if (door->bound_count == DOORS_ENDPOINTS_MAX) {
        return refuse(TH_E_INVALID, setting, endpoint, why);
    }
    const enum th_err err = th_sock_bind(&door->sock, endpoint, door->bound[door->bound_count]);
    if (err != TH_OK) {
        return refuse(err, setting, endpoint, why);
    }
    door->bound_count++;
    return TH_OK;
}

static enum th_err
bind_list(struct door *door, const char *setting, const char *list, struct th_verdict *why)
{
    char endpoint[TH_ENDPOINT_SIZE];
    for (const char *at = list; at != NULL;) {
        const char *comma = strchr(at, ',');
        const size_t size = comma == NULL ? strlen(at) : (size_t)(comma - at);
        if (size >= sizeof(endpoint)) {
            return refuse(TH_E_INVALID, setting, list, why);
        }
        (void)th_bytes_copy_text(
            (struct th_bytes){.data = at, .size = size}, endpoint, sizeof(endpoint));
        TH_TRY(bind_one(door, setting, endpoint, why));
        at = comma == NULL ? NULL : comma + 1;
    }
    return TH_OK;
}

enum th_err doors_open(struct th_context *context,
                       const struct th_config *config,
                       const struct th_key_pair *own,
                       struct doors *doors,
                       struct th_verdict *why)
{
    const struct th_sock_setup setup = {.own_secret = own->secret_key,
                                        .handshake_ms =
                                            (unsigned)th_config_number(config, "broker.handshake")};
    doors->context = context;
    (void)th_bytes_copy_text(
        th_bytes_of(own->public_key), doors->public_key, sizeof(doors->public_key));
    for (size_t port = 0; port < ROUTING_PORTS; port++) {
        struct door *door = &doors->door[port];
        const char *setting = DOORS[port].setting;
        const enum th_err err = th_sock_door(context, DOORS[port].kind, &setup, &door->sock);
        if (err != TH_OK) {
            return refuse(err, setting, "", why);
        }
        TH_TRY(bind_list(door, setting, th_config_text(config, setting), why));
    }
    return TH_OK;
}

void doors_close(struct doors *doors)
{
    for (size_t port = 0; port < ROUTING_PORTS; port++) {
        th_sock_close(&doors->door[port].sock);
    }
}

enum th_err doors_self_test(const struct doors *doors)
{
    for (size_t port = 0; port < ROUTING_PORTS; port++) {
        const struct door *door = &doors->door[port];
        for (size_t i = 0; i < door->bound_count; i++) {
            TH_TRY(
                zap_self_test(doors->context, DOORS[port].kind, door->bound[i], doors->public_key));
        }
    }
    return TH_OK;
}

enum th_err doors_cut(struct doors *doors, enum routing_port port)
{
    struct door *door = &doors->door[port];
    for (size_t i = 0; i < door->bound_count; i++) {
        TH_TRY(th_sock_cut(&door->sock, door->bound[i]));
    }
    (void)malloc_trim(0);
    return TH_OK;
}

enum th_err doors_rekey(struct doors *doors, const struct th_key_pair *own)
{
    (void)th_bytes_copy_text(
        th_bytes_of(own->public_key), doors->public_key, sizeof(doors->public_key));
    for (size_t port = 0; port < ROUTING_PORTS; port++) {
        TH_TRY(th_sock_rekey(&doors->door[port].sock, own->secret_key));
        TH_TRY(doors_cut(doors, (enum routing_port)port));
    }
    return TH_OK;
}

static void tell(const struct doors *doors, enum routing_port port, char out[TH_ENDPOINT_SIZE])
{
    (void)snprintf(out, TH_ENDPOINT_SIZE, "%s", doors->door[port].bound[0]);
}

void doors_tell(const struct doors *doors, struct th_broker_state *state)
{
    tell(doors, ROUTING_NODES, state->nodes);
    tell(doors, ROUTING_WORKERS, state->workers);
    tell(doors, ROUTING_QUERIES, state->queries);
    tell(doors, ROUTING_FEED, state->feed);
    tell(doors, ROUTING_RELAY, state->feed_in);
}
