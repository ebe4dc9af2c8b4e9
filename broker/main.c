// main.c - tonghop-broker: from the configuration to five open doors, then the relay
//
// The order is the promise (fail closed): keys and roster are read, the key check runs, the doors
// are locked, bound and knocked at; READY is said only then.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tonghop/config.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"
#include "tonghop/key.h"
#include "tonghop/log.h"
#include "tonghop/option.h"

#include "broker/relay.h"

enum { IO_THREADS = 2, SPARE_DESCRIPTORS = 256, FINDINGS_KEPT = 20 };

struct broker {
    const struct th_call *call;
    struct th_config *config;
    struct th_context context;
    struct th_key_pair keys;
    struct zap *zap;
    struct relay *relay;
    void *memory; // of the routing core
    int lock;
    char run[TH_PATH_MAX];
    char roster[TH_PATH_MAX];
    char state[TH_PATH_MAX];
    char knows[TH_PATH_MAX];
    char keys_dir[TH_PATH_MAX];
};

// ---- what is refused is said on stderr, with its code ----

static int tell_findings(const struct broker *broker, struct th_findings *findings)
{
    (void)!th_findings_print(findings, broker->call->lang, FINDINGS_KEPT, stderr);
    return TH_EXIT_CONFIG;
}

static int fail_with(const struct broker *broker, unsigned code, const char *text)
{
    return th_call_fail(broker->call, code, &text, 1);
}

static enum th_err
read_config(const struct th_call *call, struct th_findings *findings, struct th_config **out)
{
    return th_config_read(
        call->dir, call->config, call->overrides, call->override_count, findings, out);
}

static void apply_log(const struct th_config *config)
{
    struct th_log_options options = {.level = LOG_INFO, .descriptor = STDERR_FILENO};
    (void)th_log_level_parse(th_config_text(config, "common.log_level"), &options.level);
    (void)th_log_format_parse(th_config_text(config, "common.log_format"), &options.format);
    th_log_start(&options);
}

static int open_config(struct broker *broker)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "tonghop.yaml");
    if (broker->call->dir == NULL) {
        return fail_with(broker, TH_M_ARGUMENT_MISSING, "--dir");
    }
    const enum th_err err = read_config(broker->call, &findings, &broker->config);
    if (err == TH_E_REFUSED) {
        return tell_findings(broker, &findings);
    }
    if (err != TH_OK) {
        return fail_with(broker, TH_M_FILE_UNREADABLE, th_err_text(err));
    }
    apply_log(broker->config);
    (void)th_config_path(broker->config, "run", broker->run, sizeof(broker->run));
    (void)th_config_path(
        broker->config, "register/roster.yaml", broker->roster, sizeof(broker->roster));
    (void)th_config_path(broker->config, "run/broker.state", broker->state, sizeof(broker->state));
    (void)th_config_path(broker->config, "run/broker.knows", broker->knows, sizeof(broker->knows));
    (void)th_config_path(broker->config, "keys", broker->keys_dir, sizeof(broker->keys_dir));
    return TH_EXIT_OK;
}

// One broker in a directory; the kernel gives the lock back however this process ends.
static int take_directory(struct broker *broker)
{
    char path[TH_PATH_MAX];
    (void)th_config_path(broker->config, "run/broker.lock", path, sizeof(path));
    if (th_dir_make(broker->run) != TH_OK) {
        return fail_with(broker, TH_M_DIR_IN_USE, broker->run);
    }
    broker->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (broker->lock < 0 || flock(broker->lock, LOCK_EX | LOCK_NB) != 0) {
        return fail_with(broker, TH_M_DIR_IN_USE, broker->call->dir);
    }
    return TH_EXIT_OK;
}

static int open_keys(struct broker *broker)
{
    struct th_verdict why;
    if (th_key_check(broker->keys_dir, &why) != TH_OK ||
        th_key_read(broker->keys_dir, "broker", &broker->keys, &why) != TH_OK) {
        return th_call_tell(broker->call, &why);
    }
    return TH_EXIT_OK;
}

// ---- limits of the process ----

static void limit_process(const struct th_config *config)
{
    const struct rlimit no_core = {0};
    (void)setrlimit(RLIMIT_CORE, &no_core); // a core file would hold the secret key
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return;
    }
    const rlim_t wanted = th_config_number(config, "broker.connections_max") + SPARE_DESCRIPTORS;
    if (files.rlim_cur < wanted) {
        files.rlim_cur = wanted < files.rlim_max ? wanted : files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur < wanted) {
        th_log(LOG_WARNING,
               "few-descriptors",
               "limit=%" PRIu64 " wanted=%" PRIu64,
               (uint64_t)files.rlim_cur,
               (uint64_t)wanted);
    }
}

// Before any thread is made, so that all inherit it.
static int block_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// ---- doors ----

static int open_roster(struct broker *broker)
{
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), broker->roster);
    struct relay *relay = broker->relay;
    const enum th_err err =
        keyring_open(broker->roster, broker->run, broker->zap, &findings, &relay->keyring);
    if (err == TH_E_REFUSED || err == TH_E_DENIED) {
        return tell_findings(broker, &findings);
    }
    if (err != TH_OK) {
        return fail_with(broker, TH_M_KEY_UNREADABLE, broker->roster);
    }
    routing_set_roster(&relay->routing, relay->keyring.roster);
    return TH_EXIT_OK;
}

static int open_doors(struct broker *broker)
{
    struct th_verdict why;
    struct relay *relay = broker->relay;
    enum th_err err =
        doors_open(&broker->context, broker->config, &broker->keys, &relay->doors, &why);
    if (err != TH_OK) {
        return th_call_tell(broker->call, &why);
    }
    if (relay_look_at_keys(relay) != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    err = TH_E_TIMEOUT;
    for (int i = 0; i < RELAY_SELF_TESTS_LATE && err == TH_E_TIMEOUT; i++) {
        err = doors_self_test(&relay->doors);
    }
    if (err != TH_OK) {
        th_log(LOG_ERR, "self-test-failed", "error=%s", th_err_name(err));
        return TH_EXIT_SOFTWARE;
    }
    return TH_EXIT_OK;
}

static int make_relay(struct broker *broker)
{
    const struct routing_limits limits = {.window_batches = 1, .window_bytes = 1};
    broker->relay = calloc(1, sizeof(*broker->relay));
    broker->memory = malloc(routing_memory());
    if (broker->relay == NULL || broker->memory == NULL) {
        return TH_EXIT_SOFTWARE;
    }
    const struct th_memory memory = {.base = broker->memory, .size = routing_memory()};
    const enum th_err err = routing_init(&broker->relay->routing, &limits, memory);
    th_assert(err == TH_OK);
    broker->relay->signals = block_signals();
    broker->relay->state_path = broker->state;
    broker->relay->announced.path = broker->knows;
    broker->relay->keys = broker->keys_dir;
    if (broker->relay->signals < 0 || th_context_open(IO_THREADS, 0, &broker->context) != TH_OK ||
        zap_start(&broker->context, &broker->zap) != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    return TH_EXIT_OK;
}

static void tell_setting(void *self, const struct th_config_entry *entry)
{
    (void)self;
    th_log(LOG_NOTICE,
           "setting",
           "key=%s value=%s applied=%s",
           entry->key,
           entry->value,
           entry->reload ? "now" : "at-restart");
}

static const struct th_config *reread_config(void *self)
{
    struct broker *broker = self;
    struct th_finding kept[FINDINGS_KEPT];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "tonghop.yaml");
    struct th_config *fresh = NULL;
    if (read_config(broker->call, &findings, &fresh) != TH_OK) {
        (void)tell_findings(broker, &findings);
        return NULL;
    }
    th_config_changes(broker->config, fresh, "broker", tell_setting, NULL);
    th_config_free(&broker->config);
    broker->config = fresh;
    int level = LOG_INFO;
    if (th_log_level_parse(th_config_text(fresh, "common.log_level"), &level)) {
        th_log_level_set(level);
    }
    return fresh;
}

static int say_ready(const struct broker *broker)
{
    struct th_broker_state state = {0};
    if (relay_tell_state(broker->relay) != TH_OK) {
        return fail_with(broker, TH_M_DIR_IN_USE, broker->run);
    }
    doors_tell(&broker->relay->doors, &state);
    (void)printf("READY nodes=%s workers=%s queries=%s feed=%s feed_in=%s\n",
                 state.nodes,
                 state.workers,
                 state.queries,
                 state.feed,
                 state.feed_in);
    return fflush(stdout) == 0 ? TH_EXIT_OK : TH_EXIT_IO;
}

static int open_all(struct broker *broker)
{
    int (*const steps[])(struct broker *) = {
        open_config, take_directory, open_keys, make_relay, open_roster, open_doors};
    for (size_t i = 0; i < TH_COUNT(steps); i++) {
        const int code = steps[i](broker);
        if (code != TH_EXIT_OK) {
            return code;
        }
    }
    limit_process(broker->config);
    relay_configure(broker->relay, broker->config);
    broker->relay->reread = reread_config;
    broker->relay->reread_self = broker;
    guard_start(&broker->relay->guard, th_config_number(broker->config, "broker.memory_max"));
    return say_ready(broker);
}

static void log_counts(const struct broker *broker)
{
    const struct routing_counts *counts = &broker->relay->routing.counts;
    const struct zap_counts keys = zap_counts(broker->zap);
#define X(name, meaning) \
    th_log(LOG_INFO, "count", "name=%s value=%" PRIu64 " meaning=%s", #name, counts->name, meaning);
    ROUTING_COUNTS(X)
#undef X
#define X(name, meaning)                                \
    th_log(LOG_INFO,                                    \
           "count",                                     \
           "name=keys_%s value=%" PRIu64 " meaning=%s", \
           #name,                                       \
           keys.name,                                   \
           meaning);
    ZAP_COUNTS(X)
#undef X
}

static void close_all(struct broker *broker)
{
    if (broker->relay != NULL) {
        doors_close(&broker->relay->doors);
        keyring_close(&broker->relay->keyring);
        announced_free(&broker->relay->announced);
        if (broker->relay->signals >= 0) {
            (void)close(broker->relay->signals);
        }
    }
    zap_stop(&broker->zap);
    th_context_close(&broker->context);
    free(broker->relay);
    free(broker->memory);
    th_key_forget(&broker->keys);
    th_config_free(&broker->config);
    if (broker->lock >= 0) {
        (void)close(broker->lock);
    }
}

static int run(const struct th_call *call)
{
    struct broker broker = {.call = call, .lock = -1};
    int code = open_all(&broker);
    if (code == TH_EXIT_OK) {
        th_log(LOG_NOTICE, "start", "pid=%d", (int)getpid());
        code = relay_run(broker.relay);
        log_counts(&broker);
        (void)unlink(broker.state); // a leftover is recognised by its pid
        th_log(LOG_NOTICE, "stop", "code=%d", code);
    }
    close_all(&broker);
    return code;
}

static const struct th_verb VERBS[] = {
    {.name = "run",
     .operands = "",
     .help = {.vi = "chạy broker cho thư mục --dir", .en = "run the broker of directory --dir"},
     .run = run},
};

static const struct th_program PROGRAM = {
    .name = "tonghop-broker",
    .help = {.vi = "nối nút, worker và màn hình theo khóa của họ",
             .en = "connects nodes, workers and viewers by their keys"},
    .verbs = VERBS,
    .verb_count = TH_COUNT(VERBS),
};

int main(int argc, char **argv)
{
    if (th_hash_start() != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    return th_program_main(&PROGRAM, argc, argv);
}
