// main.c - tonghop-worker: run hosts provinces; the other verbs have files of their own

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tonghop/config.h"
#include "tonghop/hash.h"
#include "tonghop/key.h"
#include "tonghop/log.h"
#include "tonghop/option.h"
#include "tonghop/server_key.h"
#include "tonghop/sign_keys.h"

#include "workers/loop.h"
#include "workers/marker.h"
#include "workers/publisher.h"
#include "workers/reform.h"
#include "workers/reload.h"
#include "workers/verb.h"

enum { OUT_PARCELS_MAX = 16384, OUT_BYTES_MAX = 64 * 1024 * 1024, FINDINGS_KEPT = 20 };

static int fail_with(const struct th_call *call, unsigned code, const char *text)
{
    return th_call_fail(call, code, &text, 1);
}

static void start_log(const struct th_config *config)
{
    struct th_log_options options = {.level = LOG_INFO, .descriptor = STDERR_FILENO};
    (void)th_log_level_parse(th_config_text(config, "common.log_level"), &options.level);
    (void)th_log_format_parse(th_config_text(config, "common.log_format"), &options.format);
    th_log_start(&options);
}

// ---- run ----

struct worker {
    const struct th_call *call;
    struct th_config *config; // of the start
    struct reload reload;
    const char *name;
    const char *const *lineages;
    size_t count;
    struct host hosts[TH_PROVINCES_MAX];
    struct source sources[TH_PROVINCES_MAX];
    struct writer *writers[TH_PROVINCES_MAX];
    struct query_province asked[TH_PROVINCES_MAX];
    struct query *query;
    struct publisher *publisher;
    struct th_queue *out;
    struct th_key_pair keys;
    struct th_sign_key sign; // of receipts
    struct th_successions successions;
    bool signs;
    struct th_server_key server;
    char worker_endpoint[TH_ENDPOINT_SIZE];
    char feed_endpoint[TH_ENDPOINT_SIZE];
    int signals;
    bool told_to_stop;
    struct reform reforms[TH_PROVINCES_MAX];
};

// Which provinces: those of the worker's entry in the configuration.
static int choose(struct worker *worker)
{
    const struct th_config_worker *list = NULL;
    const size_t count = th_config_workers(worker->config, &list);
    const char *name = th_call_text(worker->call, "name");
    for (size_t i = 0; i < count; i++) {
        if (name == NULL || strcmp(list[i].name, name) == 0) {
            worker->name = list[i].name;
            worker->lineages = list[i].lineages;
            worker->count = list[i].lineage_count;
            return worker->count > 0 && worker->count <= TH_PROVINCES_MAX
                       ? TH_EXIT_OK
                       : fail_with(worker->call, TH_M_ARGUMENT_MISSING, "provinces");
        }
    }
    return fail_with(worker->call, TH_M_ARGUMENT_MISSING, "--name");
}

static int open_keys(struct worker *worker)
{
    char dir[TH_PATH_MAX];
    char name[TH_KEY_NAME_MAX];
    struct th_verdict why;
    (void)th_config_path(worker->config, "keys", dir, sizeof(dir));
    (void)snprintf(name, sizeof(name), "worker-%.48s", worker->name);
    if (th_key_check(dir, &why) != TH_OK || th_key_read(dir, name, &worker->keys, &why) != TH_OK ||
        th_server_key_open(&worker->server, dir, &why) != TH_OK) {
        return th_call_tell(worker->call, &why);
    }
    // Without it receipts are noted, and sent by a worker that has it.
    const enum th_err err = th_sign_key_read(dir, &worker->sign, &why);
    worker->signs = err == TH_OK;
    if (worker->signs) {
        th_successions_read(dir, worker->sign.public_key, &worker->successions);
    }
    if (err == TH_E_NOT_FOUND) {
        th_log(LOG_WARNING, "signing-key-missing", "file=%.200s/sign.secret", dir);
    } else if (err != TH_OK) {
        return th_call_tell(worker->call, &why);
    }
    return TH_EXIT_OK;
}

// A port that the system chose stands in the broker's state.
static void find_doors(struct worker *worker)
{
    char path[TH_PATH_MAX];
    struct th_broker_state state;
    const char *broker = th_config_text(worker->config, "worker.broker");
    const char *feed = th_config_text(worker->config, "worker.feed");
    (void)th_config_path(worker->config, "run/broker.state", path, sizeof(path));
    const bool known = th_broker_state_read(path, &state) == TH_OK;
    const bool chosen = strlen(broker) > 2 && strcmp(broker + strlen(broker) - 2, ":0") == 0;
    const bool feed_chosen = strlen(feed) > 2 && strcmp(feed + strlen(feed) - 2, ":0") == 0;
    (void)snprintf(worker->worker_endpoint,
                   sizeof(worker->worker_endpoint),
                   "%s",
                   known && chosen ? state.workers : broker);
    (void)snprintf(worker->feed_endpoint,
                   sizeof(worker->feed_endpoint),
                   "%s",
                   known && feed_chosen ? state.feed_in : feed);
}

static void log_finding(void *self, const struct verify_finding *finding)
{
    const struct verify_setup *setup = self;
    char text[VERIFY_TEXT_BYTES];
    (void)verify_text(setup, finding, TH_LANG_EN, text, sizeof(text));
    th_log(LOG_ERR,
           "verify-finding",
           "province=%.8s text=\"%s\"",
           (const char *)setup->lineage.data,
           text);
}

static int check_store(const struct worker *worker, const struct host *host)
{
    const char *word = th_config_text(worker->config, "worker.verify_at_start");
    enum verify_level level = VERIFY_QUICK;
    struct verify_result result;
    if (verify_level_parse(th_bytes_of(word), &level) != TH_OK) {
        return TH_EXIT_OK; // off
    }
    struct verify_setup setup = host_verify_setup(host);
    const enum th_err err = host_verify(host, level, log_finding, &setup, &result);
    if (err != TH_OK || result.findings > 0) {
        th_log(LOG_ERR,
               "store-doubtful",
               "province=%s findings=%" PRIu64 " error=%s",
               host->identity.lineage,
               result.findings,
               th_err_name(err));
        return TH_EXIT_IO;
    }
    th_log(LOG_NOTICE,
           "store-open",
           "province=%s version=%" PRIu64 " epoch=%" PRIu64,
           host->identity.lineage,
           result.version,
           host->opened.store_epoch);
    return TH_EXIT_OK;
}

static int open_hosts(struct worker *worker)
{
    for (size_t i = 0; i < worker->count; i++) {
        struct th_verdict why = {.code = 0};
        if (host_open(worker->config, worker->lineages[i], &worker->hosts[i], &why) != TH_OK) {
            return th_call_tell(worker->call, &why);
        }
        const int code = check_store(worker, &worker->hosts[i]);
        if (code != TH_EXIT_OK) {
            return code;
        }
    }
    return TH_EXIT_OK;
}

static void sign(void *self, struct th_bytes content, uint8_t signature[TH_SIGN_BYTES])
{
    const struct worker *worker = self;
    th_sign(&worker->sign, content, signature);
}

static enum th_err start_writer(struct worker *worker, size_t at)
{
    const struct th_config *config = worker->config;
    char name[TH_KEY_NAME_MAX];
    char marker[TH_PATH_MAX];
    (void)snprintf(name, sizeof(name), "run/%.16s.marker", worker->hosts[at].identity.lineage);
    (void)th_config_path(config, name, marker, sizeof(marker));
    TH_TRY(source_direct(&worker->sources[at]));
    struct writer_setup setup = {
        .province = worker->hosts[at].province,
        .disk = worker->hosts[at].disk,
        .opened = worker->hosts[at].opened,
        .source = worker->sources[at],
        .out = worker->out,
        .pace = reload_pace(config),
        .marker = marker,
        .registers = reform_registers(&worker->reforms[at]),
        .signer = {.self = worker,
                   .sign = worker->signs ? sign : NULL,
                   .successions = worker->successions.texts,
                   .succession_count = worker->successions.count},
    };
    (void)th_key_fingerprint(worker->sign.public_key, setup.signer.key);
    worker->reforms[at] = (struct reform){.now = worker->hosts[at].province};
    TH_TRY(writer_start(&setup, &worker->writers[at]));
    worker->asked[at] = (struct query_province){
        .province = worker->hosts[at].province,
        .kin = worker->hosts[at].province->kin,
        .disk = worker->hosts[at].disk,
        .opened = worker->hosts[at].opened,
        .writer = worker->writers[at],
    };
    memcpy(worker->asked[at].register_digest,
           worker->hosts[at].identity.register_digest,
           sizeof(worker->asked[at].register_digest));
    return TH_OK;
}

static enum th_err start_publisher(struct worker *worker)
{
    struct publisher_setup setup = {.provinces = worker->asked, .province_count = worker->count};
    TH_TRY(publisher_release_parse(th_bytes_of(th_config_text(worker->config, "worker.release")),
                                   &setup.release));
    TH_TRY(publisher_start(&setup, &worker->publisher));
    for (size_t i = 0; i < worker->count; i++) {
        worker->asked[i].publisher = worker->publisher;
        worker->asked[i].number = i;
    }
    return TH_OK;
}

static enum th_err start_threads(struct worker *worker)
{
    TH_TRY(th_queue_make(OUT_PARCELS_MAX, OUT_BYTES_MAX, &worker->out));
    marker_handle_signals();
    for (size_t i = 0; i < worker->count; i++) {
        TH_TRY(start_writer(worker, i));
    }
    TH_TRY(start_publisher(worker));
    const struct query_setup setup = {
        .provinces = worker->asked,
        .province_count = worker->count,
        .out = worker->out,
        .answers_max = (uint32_t)th_config_number(worker->config, "worker.queries_max"),
        .answer_bytes_max = (size_t)th_config_number(worker->config, "worker.answer_max"),
    };
    return query_start(&setup, &worker->query);
}

static void say_ready(void *self)
{
    struct worker *worker = self;
    char version[32] = "";
    if (worker->count == 1) {
        (void)snprintf(
            version, sizeof(version), " version=%" PRIu64, writer_version(worker->writers[0]));
    }
    (void)printf("READY provinces=%zu pid=%d%s\n", worker->count, (int)getpid(), version);
    (void)fflush(stdout);
}

static int run_loop(struct worker *worker)
{
    worker->reload = (struct reload){.call = worker->call,
                                     .first = worker->config,
                                     .writers = worker->writers,
                                     .count = worker->count};
    const struct loop_setup setup = {
        .worker_endpoint = worker->worker_endpoint,
        .feed_endpoint = worker->feed_endpoint,
        .sock = {.own_secret = worker->keys.secret_key,
                 .own_public = worker->keys.public_key,
                 .reconnect_ms_min =
                     (unsigned)th_config_number(worker->config, "worker.reconnect_min"),
                 .reconnect_ms_max =
                     (unsigned)th_config_number(worker->config, "worker.reconnect_max")},
        .server = &worker->server,
        .hosts = worker->hosts,
        .sources = worker->sources,
        .writers = worker->writers,
        .count = worker->count,
        .query = worker->query,
        .out = worker->out,
        .signals = worker->signals,
        .told_to_stop = &worker->told_to_stop,
        .ready = say_ready,
        .ready_self = worker,
        .reread = reload_now,
        .reread_self = &worker->reload,
    };
    return loop_run(&setup);
}

// Writers end when their sources do; everything else after them.
static int close_all(struct worker *worker, int code)
{
    query_stop(&worker->query);
    publisher_stop(&worker->publisher);
    for (size_t i = 0; i < worker->count; i++) {
        if (worker->sources[i].ops != NULL) {
            worker->sources[i].ops->revoke(worker->sources[i].self);
        }
        const int ended = writer_join(&worker->writers[i]);
        code = code == TH_EXIT_OK ? ended : code;
        if (worker->sources[i].ops != NULL) {
            worker->sources[i].ops->close(worker->sources[i].self);
        }
        reform_end(&worker->reforms[i]);
        host_close(&worker->hosts[i]);
    }
    if (worker->signals >= 0) {
        (void)close(worker->signals);
    }
    th_queue_free(&worker->out);
    th_key_forget(&worker->keys);
    th_sign_key_forget(&worker->sign);
    reload_end(&worker->reload);
    th_config_free(&worker->config);
    return code;
}

// Before any thread is made, so that all inherit it.
static int block_signals(void)
{
    const struct rlimit no_core = {0};
    sigset_t set;
    (void)setrlimit(RLIMIT_CORE, &no_core); // a core file would hold the secret key
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start_and_run(struct worker *worker)
{
    int code = reload_read(worker->call, &worker->config);
    if (code != TH_EXIT_OK) {
        return code;
    }
    start_log(worker->config);
    if (th_hash_start() != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    worker->signals = block_signals();
    code = choose(worker);
    code = code == TH_EXIT_OK ? open_keys(worker) : code;
    code = code == TH_EXIT_OK ? open_hosts(worker) : code;
    if (code != TH_EXIT_OK) {
        return code;
    }
    find_doors(worker);
    const enum th_err err = start_threads(worker);
    if (err != TH_OK) {
        th_log(LOG_ERR, "start-failed", "error=%s", th_err_name(err));
        return TH_EXIT_SOFTWARE;
    }
    return run_loop(worker);
}

static int run_worker(const struct th_call *call)
{
    static struct worker worker; // large
    int code = TH_EXIT_OK;
    do {
        worker = (struct worker){.call = call, .signals = -1};
        code = close_all(&worker, start_and_run(&worker));
    } while (code == JUDGE_EXIT_REOPEN && !worker.told_to_stop); // a province has a new register
    return code == JUDGE_EXIT_REOPEN ? TH_EXIT_OK : code;
}

// ---- the table ----

static const struct th_option RUN_OPTIONS[] = {
    {.name = "name",
     .kind = TH_OPTION_TEXT,
     .value = "NAME",
     .help = {"tên worker trong tonghop.yaml", "the worker's name in tonghop.yaml"}},
};

static const struct th_verb VERB_RUN = {
    .name = "run",
    .help = {"giữ các tỉnh của worker này", "hold the provinces of this worker"},
    .options = RUN_OPTIONS,
    .option_count = TH_COUNT(RUN_OPTIONS),
    .run = run_worker};

int main(int argc, char **argv)
{
    const struct th_verb verbs[] = {
        VERB_RUN, VERB_VERIFY, VERB_BACKUP, VERB_EXPORT, VERB_IMPORT, VERB_MIGRATE};
    const struct th_program program = {
        .name = "tonghop-worker",
        .help = {"giữ và cộng số liệu của các tỉnh", "holds provinces and their totals"},
        .verbs = verbs,
        .verb_count = TH_COUNT(verbs),
    };
    return th_program_main(&program, argc, argv);
}
