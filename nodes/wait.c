// wait.c - see wait.h

#include "nodes/wait.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tonghop/clock.h"

#include "nodes/bundle.h"
#include "nodes/ownkey.h"

// People wait: a command tries again sooner than a service does, of which there are thousands.
enum {
    LOOK_MS = 100,
    FAREWELL_MS = 500,
    KEY_MS = 2000,
    RECONNECT_MIN_MS = 200,
    RECONNECT_MAX_MS = 1000
};

bool wait_is_decided(const struct beacon *beacon, uint64_t seq)
{
    return beacon->decided >= seq && beacon->verdict_seq >= seq;
}

bool wait_is_joined(const struct home *home)
{
    uint8_t digest[TH_HASH256_BYTES];
    uint64_t bytes = 0;
    struct outbox box;
    TH_SCOPED(th_disk_end) struct th_disk_txn txn = {0};
    return th_disk_begin_read(home->disk, &txn) == TH_OK &&
           outbox_load(th_disk_store(&txn), &box) == TH_OK && box.joined &&
           bundle_held(&box, digest, &bytes) == TH_OK;
}

// Looks at the beacon; true when there is nothing more to wait for.
static bool look(void *context, const struct beacon *beacon)
{
    struct wait *wait = context;
    wait->beacon = *beacon;
    if (wait->progress != NULL) {
        wait->progress(wait->context, beacon);
    }
    if (wait->done(wait->context, wait->home, beacon)) {
        wait->end = WAIT_DONE;
        return true;
    }
    if (beacon->state == SESSION_REFUSED) {
        wait->end = WAIT_REFUSED;
        return true;
    }
    wait->end = beacon->state == SESSION_STOPPED ? WAIT_STOPPED : WAIT_TIME;
    return wait->end == WAIT_STOPPED;
}

static bool is_key_settled(void *context, const struct beacon *beacon)
{
    const struct wait *wait = context;
    return beacon->state != SESSION_OPEN || !ownkey_waits(wait->home->keys);
}

static enum th_err run_agent(struct wait *wait, struct agent *agent)
{
    enum th_err err = agent_run(agent, wait->deadline_ms, look, wait);
    if (err == TH_OK && ownkey_waits(wait->home->keys)) {
        // An office without a service changes its key in its commands.
        err = agent_run(agent, th_now_ms() + KEY_MS, is_key_settled, wait);
    }
    if (err != TH_OK && err != TH_E_TIMEOUT) {
        return err;
    }
    // What was heard last goes to disk, and the province hears that we leave.
    agent_stop(agent);
    const enum th_err ended = agent_run(agent, th_now_ms() + FAREWELL_MS, NULL, NULL);
    return ended == TH_E_TIMEOUT ? TH_OK : ended;
}

// ---- beside another agent ----

struct listening {
    int stop_fd;   // a signal came
    int follow_fd; // the other agent said something; -1: look now and then
};

// Wait for the other agent's next word, for a moment.
static void listen_to_other(const struct wait *wait, const struct listening *listening)
{
    const uint64_t now = th_now_ms();
    const uint64_t left = wait->deadline_ms > now ? wait->deadline_ms - now : 0;
    struct pollfd items[] = {{.fd = listening->follow_fd, .events = POLLIN},
                             {.fd = listening->stop_fd, .events = POLLIN}};
    (void)poll(items, 2, left < LOOK_MS ? (int)left : LOOK_MS);
}

static bool is_told(int stop_fd)
{
    struct pollfd item = {.fd = stop_fd, .events = POLLIN};
    return poll(&item, 1, 0) == 1;
}

static enum th_err beside_other(struct wait *wait, const struct listening *listening, bool *ended)
{
    struct beacon beacon;
    struct th_verdict why;
    if (listening->follow_fd >= 0) {
        beacon_drain(listening->follow_fd); // before the look: what comes after it wakes us
    }
    if (beacon_read(wait->home->dir, &beacon) == TH_OK) {
        // Its beacon is ahead of the outbox; the outbox is ahead of a beacon of long ago.
        TH_TRY(home_look(wait->home, &why));
        const struct outbox *box = &wait->home->box;
        beacon.decided = box->decided > beacon.decided ? box->decided : beacon.decided;
        beacon.verdict_seq =
            box->verdict_seq > beacon.verdict_seq ? box->verdict_seq : beacon.verdict_seq;
        *ended = look(wait, &beacon);
    }
    if (!*ended && (th_now_ms() >= wait->deadline_ms || is_told(listening->stop_fd))) {
        wait->end = WAIT_TIME;
        *ended = true;
    }
    if (!*ended) {
        listen_to_other(wait, listening);
    }
    return TH_OK;
}

static bool all_is_decided(void *context, struct home *home, const struct beacon *beacon)
{
    (void)context;
    return wait_is_decided(beacon, home->box.last);
}

static struct agent_setup impatient(const struct home *home, int stop_fd)
{
    struct agent_setup setup = home_agent(home, stop_fd);
    if (setup.reconnect_ms_min > RECONNECT_MIN_MS) {
        setup.reconnect_ms_min = RECONNECT_MIN_MS;
    }
    if (setup.reconnect_ms_max > RECONNECT_MAX_MS) {
        setup.reconnect_ms_max = RECONNECT_MAX_MS;
    }
    return setup;
}

// Before the first thread, so that all of them leave the signals to the descriptor.
static int take_signals(sigset_t *before)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    if (pthread_sigmask(SIG_BLOCK, &set, before) != 0) {
        return -1;
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void give_back_signals(int stop_fd, const sigset_t *before)
{
    struct signalfd_siginfo taken;
    while (read(stop_fd, &taken, sizeof(taken)) == (ssize_t)sizeof(taken)) {
        // it ended the waiting, which was all it should do
    }
    (void)close(stop_fd);
    (void)pthread_sigmask(SIG_SETMASK, before, NULL);
}

static enum th_err take_part(struct wait *wait, const struct listening *listening)
{
    struct th_verdict why;
    TH_TRY(home_look(wait->home, &why));
    beacon_wake(wait->home->dir);
    for (bool ended = false; !ended;) {
        int64_t holder = 0;
        TH_SCOPED(agent_close) struct agent *agent = NULL;
        const struct agent_setup setup = impatient(wait->home, listening->stop_fd);
        const enum th_err err = agent_open(&setup, &holder, &agent);
        if (err == TH_OK) {
            return run_agent(wait, agent);
        }
        if (err != TH_E_BUSY) {
            return err;
        }
        TH_TRY(beside_other(wait, listening, &ended));
    }
    return TH_OK;
}

enum th_err wait_run(struct wait *wait)
{
    sigset_t before;
    struct listening listening = {.stop_fd = take_signals(&before), .follow_fd = -1};
    if (listening.stop_fd < 0) {
        return TH_E_IO;
    }
    if (beacon_follow(wait->home->dir, &listening.follow_fd) != TH_OK) {
        listening.follow_fd = -1;
    }
    wait->done = wait->done != NULL ? wait->done : all_is_decided;
    wait->end = WAIT_TIME;
    const enum th_err err = take_part(wait, &listening);
    if (listening.follow_fd >= 0) {
        (void)close(listening.follow_fd);
    }
    give_back_signals(listening.stop_fd, &before);
    return err;
}
