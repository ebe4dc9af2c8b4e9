// home.h - a node's directory: what `join` made there, and what every verb needs of it
//
//   NODEDIR/tonghop.yaml        settings, where the brokers are
//   NODEDIR/keys/               node.secret, node.public; enrolment.yaml: the file it joined with
//   NODEDIR/outbox/             the store: queue, history, figures, the province's register
//   NODEDIR/run/                locks, the agent's state
//
// Threads: one.

#ifndef NODES_HOME_H
#define NODES_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include "tonghop/config.h"
#include "tonghop/enrolment.h"
#include "tonghop/key.h"
#include "tonghop/province.h"
#include "tonghop/store_lmdb.h"

#include "nodes/agent.h"
#include "nodes/outbox.h"

struct home {
    char dir[TH_PATH_MAX];
    char keys[TH_PATH_MAX];
    struct th_config *config;
    struct th_enrolment_file enrolment;
    struct th_key_pair key;
    struct th_disk *disk;
    struct outbox box; // as it stood at home_open, or at the last home_look
    // After home_load:
    struct th_province *province;
    struct th_grant grant;
    uint8_t person_key[TH_CURVE_BYTES]; // of pseudonyms
    bool has_person_key;
};

struct home_setup {
    const char *dir;
    const char *config; // NULL: DIR/tonghop.yaml
    const char *const *overrides;
    size_t override_count;
};

/**
 * Open a node directory.
 *
 * Ownership: home_close releases what *home owns, also after an error.
 * Errors:    TH_E_REFUSED with findings (settings); everything else with *why.
 */
TH_MUST_USE enum th_err home_open(const struct home_setup *setup,
                                  struct th_findings *findings,
                                  struct home *home,
                                  struct th_verdict *why);
void home_close(struct home *home); // scoped

// Read the marks of the outbox again. *why on error.
TH_MUST_USE enum th_err home_look(struct home *home, struct th_verdict *why);

/**
 * Build register, catalogue and grant from the bundle held.
 *
 * Errors: TH_E_NOT_FOUND: none is held yet (*why TH3001); others with *why.
 */
TH_MUST_USE enum th_err home_load(struct home *home, struct th_verdict *why);

// Bring the figures up to date with every batch that was published. arena: TH_ARENA_BYTES.
TH_MUST_USE enum th_err home_absorb(struct home *home, struct th_arena *arena);

// The day it is now where the office is.
th_day home_today(const struct home *home);

// What the agent of this directory needs. Texts live as long as home.
struct agent_setup home_agent(const struct home *home, int stop_fd);
// Those of the session's limits that are settings.
void home_limits(const struct th_config *config, struct session_limits *limits);

// "DIR/name" in out.
char *home_path(const char *dir, const char *name, char out[static TH_PATH_MAX]);
// How the store of DIR is opened.
struct th_disk_options home_disk_options(uint64_t map_size, bool create);
// The sentence for err about a file or the outbox.
void home_why(enum th_err err, const char *what, struct th_verdict *why);

#endif
