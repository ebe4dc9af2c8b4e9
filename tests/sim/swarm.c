// swarm.c - see swarm.h

#include "tests/sim/swarm.h"

#include "tests/support/test.h"

enum { LOAD_MS_MIN = 5000, LOAD_MS_MAX = 60 * 1000, ABSENT_PERCENT = 50, SALTS = 10 };

const char *const SWARM_NAMES[SWARM_FAULT_COUNT] = {
#define X(name, from, to, what) [SWARM_##name] = #name,
    SWARM_FAULTS(X)
#undef X
};

static const uint32_t WEAKEST[SWARM_FAULT_COUNT] = {
#define X(name, from, to, what) [SWARM_##name] = (from),
    SWARM_FAULTS(X)
#undef X
};

const uint32_t SWARM_STRONGEST[SWARM_FAULT_COUNT] = {
#define X(name, from, to, what) [SWARM_##name] = (to),
    SWARM_FAULTS(X)
#undef X
};

// Log-uniform, so that most runs are short and some are long: 10 .. about 2,000, median 30.
static uint32_t draw_updates(struct rng *rng)
{
    uint32_t count = (uint32_t)rng_between(rng, 10, 16);
    while (count < 2000 && rng_chance(rng, ABSENT_PERCENT)) {
        count = count * (uint32_t)rng_between(rng, 15, 25) / 10;
    }
    return count;
}

struct swarm swarm_draw(uint64_t seed)
{
    struct rng rng;
    rng_seed(&rng, seed);
    struct swarm swarm = {.seed = seed};
    swarm.provinces = rng_chance(&rng, 70) ? 1 : 1 + rng_below(&rng, SWARM_PROVINCES_MAX);
    swarm.nodes = swarm.provinces + rng_below(&rng, rng_chance(&rng, 80) ? 4 : 10);
    if (swarm.nodes > SWARM_NODES_MAX) {
        swarm.nodes = SWARM_NODES_MAX;
    }
    swarm.viewers = rng_below(&rng, SWARM_VIEWERS_MAX + 1);
    swarm.updates = draw_updates(&rng);
    swarm.load_ms = (uint32_t)rng_between(&rng, LOAD_MS_MIN, LOAD_MS_MAX);
    for (size_t i = 0; i < SWARM_FAULT_COUNT; i++) {
        const uint32_t strength = (uint32_t)rng_between(&rng, WEAKEST[i], SWARM_STRONGEST[i]);
        swarm.faults[i] = rng_chance(&rng, ABSENT_PERCENT) ? 0 : strength;
    }
    return swarm;
}

// ---- shrinking ----

struct shrink {
    struct swarm best;
    bool (*fails)(void *context, const struct swarm *candidate);
    void *context;
};

static bool keep_if_it_fails(struct shrink *shrink, const struct swarm *candidate)
{
    struct swarm tried = *candidate;
    for (uint32_t salt = 0; salt < SALTS; salt++) {
        tried.salt = (candidate->salt + salt) % SALTS;
        if (shrink->fails(shrink->context, &tried)) {
            shrink->best = tried;
            return true;
        }
    }
    return false;
}

static bool without_faults(struct shrink *shrink)
{
    bool smaller = false;
    for (size_t i = 0; i < SWARM_FAULT_COUNT; i++) {
        struct swarm candidate = shrink->best;
        if (candidate.faults[i] == 0) {
            continue;
        }
        candidate.faults[i] = 0;
        smaller = keep_if_it_fails(shrink, &candidate) || smaller;
    }
    return smaller;
}

enum size { SIZE_UPDATES, SIZE_VIEWERS, SIZE_PROVINCES, SIZE_NODES, SIZE_LOAD };

static uint32_t *size_of(struct swarm *swarm, enum size size)
{
    switch (size) {
    case SIZE_UPDATES:
        return &swarm->updates;
    case SIZE_VIEWERS:
        return &swarm->viewers;
    case SIZE_PROVINCES:
        return &swarm->provinces;
    case SIZE_NODES:
        return &swarm->nodes;
    case SIZE_LOAD:
        return &swarm->load_ms;
    }
    th_unreachable();
}

static bool halved(struct shrink *shrink, enum size size, uint32_t least)
{
    struct swarm candidate = shrink->best;
    uint32_t *value = size_of(&candidate, size);
    const uint32_t before = *value;
    *value = before / 2 < least ? least : before / 2;
    return *value < before && keep_if_it_fails(shrink, &candidate);
}

struct swarm swarm_shrink(const struct swarm *failing,
                          bool (*fails)(void *context, const struct swarm *candidate),
                          void *context)
{
    struct shrink shrink = {.best = *failing, .fails = fails, .context = context};
    bool smaller = true;
    while (smaller) {
        smaller = without_faults(&shrink);
        smaller = halved(&shrink, SIZE_UPDATES, 1) || smaller;
        smaller = halved(&shrink, SIZE_VIEWERS, 0) || smaller;
        smaller = halved(&shrink, SIZE_PROVINCES, 1) || smaller;
        smaller = halved(&shrink, SIZE_NODES, shrink.best.provinces) || smaller;
        smaller = halved(&shrink, SIZE_LOAD, 1000) || smaller;
    }
    return shrink.best;
}
