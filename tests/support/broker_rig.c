// broker_rig.c - see broker_rig.h

#include "tests/support/broker_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tonghop/config.h"
#include "tonghop/file.h"
#include "tonghop/hash.h"

enum { STEP_MS = 20 };

// Programs are built into bin/ beside tests/.
static const char *program(void)
{
    static char path[TH_FILE_PATH_MAX];
    char self[2048];
    const ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
    self[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    (void)snprintf(path, sizeof(path), "%s/../bin/tonghop-broker", self);
    return path;
}

bool broker_rig_program_exists(void)
{
    return access(program(), X_OK) == 0;
}

char *broker_rig_path(const struct broker_rig *f, const char *name)
{
    return path_in(f->dir, name);
}

// ---- the directory ----

static void write_key(const struct broker_rig *f, const char *name, struct th_key_pair *pair)
{
    struct th_verdict why;
    char *keys = broker_rig_path(f, "keys");
    EXPECT(TH_OK, th_key_make(pair));
    EXPECT(TH_OK, th_key_directory(keys, &why));
    EXPECT(TH_OK, th_key_write(keys, name, pair));
    free(keys);
}

static void write_config(const struct broker_rig *f)
{
    static const struct th_config_setting SETTINGS[] = {
        {"broker.nodes", "tcp://127.0.0.1:0"},
        {"broker.workers", "tcp://127.0.0.1:0"},
        {"broker.queries", "tcp://127.0.0.1:0"},
        {"broker.feed_out", "tcp://127.0.0.1:0"},
        {"broker.feed_in", "tcp://127.0.0.1:0"},
        {"common.log_level", "warning"},
    };
    const struct th_config_province province = {
        .root = "93", .lineage = "hg93", .name = "", .person_scope = "scheme"};
    const char *const lineages[] = {"hg93"};
    const struct th_config_worker worker = {.name = "w1", .lineages = lineages, .lineage_count = 1};
    const struct th_config_file file = {SETTINGS, TH_COUNT(SETTINGS), &province, 1, &worker, 1};
    char *path = broker_rig_path(f, "tonghop.yaml");
    EXPECT(TH_OK, th_config_write(path, &file));
    free(path);
}

static void add(struct broker_rig *f,
                enum th_peer_class class,
                uint32_t number,
                const struct th_key_pair *own,
                const struct th_key_pair *bootstrap)
{
    static const struct th_bytes UNIT = {"93", 2};
    struct th_roster_entry entry = {.class = class,
                                    .number = number,
                                    .units = &UNIT,
                                    .unit_count = class == TH_PEER_NODE ? 1 : 0,
                                    .has_key = own != NULL,
                                    .has_bootstrap = bootstrap != NULL,
                                    .expires_ms = (int64_t)(time(NULL) + 3600) * 1000};
    if (class != TH_PEER_WORKER) {
        entry.lineage = TH_BYTES("hg93");
    }
    if (own != NULL) {
        EXPECT(TH_OK, th_z85_read(th_bytes_of(own->public_key), entry.key));
    }
    if (bootstrap != NULL) {
        EXPECT(TH_OK, th_z85_read(th_bytes_of(bootstrap->public_key), entry.bootstrap));
    }
    EXPECT(TH_OK, th_roster_add(f->roster, &entry));
}

void broker_rig_save(struct broker_rig *f)
{
    char *path = broker_rig_path(f, "register/roster.yaml");
    EXPECT(TH_OK, th_roster_save(f->roster, path));
    free(path);
}

static void write_roster(struct broker_rig *f)
{
    const struct th_roster_province province = {
        .lineage = TH_BYTES("hg93"), .root = TH_BYTES("93"), .store_id = BROKER_RIG_STORE};
    char *dir = broker_rig_path(f, "register");
    EXPECT(TH_OK, th_dir_make(dir));
    free(dir);
    EXPECT(TH_OK, th_roster_new(&f->roster));
    EXPECT(TH_OK, th_roster_set_province(f->roster, &province));
    add(f, TH_PEER_WORKER, 1, &f->worker, NULL);
    add(f, TH_PEER_NODE, BROKER_RIG_NODE, &f->nodes[0], NULL);
    add(f, TH_PEER_NODE, BROKER_RIG_NODE + 1, &f->nodes[1], NULL);
    add(f, TH_PEER_NODE, BROKER_RIG_ENROLLED, NULL, &f->bootstrap);
    add(f, TH_PEER_VIEWER, BROKER_RIG_VIEWER, &f->viewer, NULL);
    broker_rig_save(f);
}

int broker_rig_setup(void **state)
{
    static struct broker_rig rig;
    memset(&rig, 0, sizeof(rig));
    EXPECT(TH_OK, th_hash_start());
    rig.dir = scratch_dir();
    rig.arena = th_arena_of(rig.arena_bytes, sizeof(rig.arena_bytes));
    write_key(&rig, "broker", &rig.server);
    write_key(&rig, "worker-w1", &rig.worker);
    write_key(&rig, "node-7", &rig.nodes[0]);
    write_key(&rig, "node-8", &rig.nodes[1]);
    write_key(&rig, "bootstrap", &rig.bootstrap);
    write_key(&rig, "viewer", &rig.viewer);
    write_config(&rig);
    write_roster(&rig);
    EXPECT(TH_OK, th_context_open(1, 4000, &rig.context));
    *state = &rig;
    return 0;
}

int broker_rig_teardown(void **state)
{
    struct broker_rig *f = *state;
    if (f->pid != 0) {
        broker_rig_end(f, SIGKILL);
    }
    for (size_t i = 0; i < f->sock_count; i++) {
        th_sock_close(&f->socks[i]);
    }
    th_context_close(&f->context);
    th_roster_free(&f->roster);
    scratch_remove(f->dir);
    return 0;
}

// ---- the process ----

static pid_t start_program(struct broker_rig *f, int *out)
{
    int ends[2];
    const char *path = program();
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execl(path, path, "run", "--dir", f->dir, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    *out = ends[0];
    return pid;
}

static void read_line(struct broker_rig *f)
{
    size_t size = 0;
    const struct wait wait = wait_begin(PATIENCE_MS);
    f->line[0] = '\0';
    while (strchr(f->line, '\n') == NULL && size < sizeof(f->line) - 1 && wait_again(&wait)) {
        struct pollfd polled = {.fd = f->out, .events = POLLIN};
        if (poll(&polled, 1, STEP_MS) <= 0) {
            continue;
        }
        const ssize_t got = read(f->out, f->line + size, sizeof(f->line) - 1 - size);
        if (got <= 0) {
            return; // it ended
        }
        size += (size_t)got;
        f->line[size] = '\0';
    }
}

bool broker_rig_start(struct broker_rig *f)
{
    f->pid = start_program(f, &f->out);
    read_line(f);
    if (strncmp(f->line, "READY ", 6) != 0) {
        broker_rig_end(f, 0);
        return false;
    }
    char *path = broker_rig_path(f, "run/broker.state");
    EXPECT(TH_OK, th_broker_state_read(path, &f->state));
    free(path);
    assert_int_equal(f->state.pid, f->pid);
    return true;
}

void broker_rig_end(struct broker_rig *f, int signal)
{
    if (signal != 0) {
        (void)kill(f->pid, signal);
    }
    const struct wait wait = wait_begin(PATIENCE_MS);
    while (waitpid(f->pid, &f->status, WNOHANG) == 0) {
        if (!wait_again(&wait)) {
            (void)kill(f->pid, SIGKILL);
        }
    }
    (void)close(f->out);
    f->pid = 0;
}

void broker_rig_await_generation(struct broker_rig *f, uint64_t generation)
{
    char *path = broker_rig_path(f, "run/broker.state");
    struct th_broker_state seen = {0};
    WAIT_UNTIL(th_broker_state_read(path, &seen) == TH_OK && seen.generation >= generation,
               PATIENCE_MS);
    free(path);
}

// ---- peers ----

struct th_sock *broker_rig_connect(struct broker_rig *f,
                                   enum th_sock_kind kind,
                                   const struct th_key_pair *own,
                                   const char *endpoint)
{
    static const struct th_bytes EVERYTHING = {"", 0};
    const struct th_sock_setup setup = {.own_public = own->public_key,
                                        .own_secret = own->secret_key,
                                        .server_public = f->server.public_key,
                                        .reconnect_ms_min = 20,
                                        .reconnect_ms_max = 50,
                                        .prefixes = &EVERYTHING,
                                        .prefix_count = kind == TH_SOCK_SUBSCRIBER ? 1 : 0};
    assert_true(f->sock_count < TH_COUNT(f->socks));
    struct th_sock *sock = &f->socks[f->sock_count];
    EXPECT(TH_OK, th_sock_connect(&f->context, kind, &setup, endpoint, sock));
    f->sock_count++;
    return sock;
}

bool broker_rig_up(struct broker_rig *f, struct th_sock *sock, bool wanted)
{
    (void)f;
    struct th_poll_item item = {.sock = sock, .watch_link = true, .up = th_sock_up(sock)};
    const struct wait wait = wait_begin(PATIENCE_MS);
    while (item.up != wanted && wait_again(&wait)) {
        EXPECT(TH_OK, th_poll(&item, 1, STEP_MS));
    }
    return item.up == wanted;
}

enum th_handshake broker_rig_handshake(struct th_sock *sock)
{
    enum th_handshake result = TH_HANDSHAKE_LATER;
    unsigned code = 0;
    const struct wait wait = wait_begin(PATIENCE_MS);
    do {
        struct th_poll_item item = {.sock = sock};
        EXPECT(TH_OK, th_poll(&item, 1, STEP_MS));
        if (th_sock_handshake(sock, &result, &code) != TH_OK) {
            result = TH_HANDSHAKE_LATER; // nothing yet
        }
    } while (result == TH_HANDSHAKE_LATER && wait_again(&wait));
    return result;
}

static void send_enveloped(struct th_sock *sock,
                           const struct th_envelope *envelope,
                           const struct th_header *header,
                           struct th_bytes body)
{
    uint8_t bytes[2][TH_HEADER_BYTES_MAX];
    struct th_writer writers[2] = {TH_WRITER(bytes[0]), TH_WRITER(bytes[1])};
    th_header_write(&writers[1], header);
    struct th_bytes frames[3] = {{0}, th_written(&writers[1]), body};
    if (envelope != NULL) {
        th_envelope_write(&writers[0], envelope);
        frames[0] = th_written(&writers[0]);
    }
    EXPECT(TH_OK,
           th_sock_send(sock,
                        (struct th_bytes){0},
                        envelope != NULL ? frames : frames + 1,
                        envelope != NULL ? 3 : 2));
}

void broker_rig_send(struct th_sock *sock, uint32_t type, uint32_t node, struct th_bytes body)
{
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = type, .node = node, .seq = 1, .epoch = 1};
    send_enveloped(sock, NULL, &header, body);
}

void broker_rig_receive(struct th_sock *sock, struct th_message *message)
{
    const struct wait wait = wait_begin(PATIENCE_MS);
    enum th_err err = th_sock_receive(sock, message);
    while (err == TH_E_BUSY && wait_again(&wait)) {
        struct th_poll_item item = {.sock = sock};
        EXPECT(TH_OK, th_poll(&item, 1, STEP_MS));
        err = th_sock_receive(sock, message);
    }
    EXPECT(TH_OK, err);
}

bool broker_rig_silent(struct th_sock *sock, unsigned wait_ms)
{
    struct th_poll_item item = {.sock = sock};
    EXPECT(TH_OK, th_poll(&item, 1, (int)wait_ms));
    return !item.readable;
}

struct th_header broker_rig_header(const struct th_message *message)
{
    struct th_header header = {0};
    assert_true(message->count >= 2);
    EXPECT(TH_OK, th_header_read(message->frames[message->count - 2], &header, NULL));
    return header;
}

void broker_rig_attach(struct th_sock *worker, uint64_t epoch)
{
    uint8_t bytes[256];
    struct th_writer body = TH_WRITER(bytes);
    const struct th_province_state state = {
        .lineage = TH_BYTES("hg93"), .store_id = BROKER_RIG_STORE, .store_epoch = epoch};
    const struct th_attach attach = {.provinces = &state, .count = 1};
    th_attach_write(&body, &attach);
    const struct th_envelope envelope = {.class = TH_PEER_WORKER, .number = 1};
    const struct th_header header = {.protocol = TH_PROTOCOL, .type = TH_MSG_ATTACH};
    send_enveloped(worker, &envelope, &header, th_written(&body));
}

struct th_sock *broker_rig_worker(struct broker_rig *f, uint64_t epoch)
{
    TH_SCOPED(th_message_clear) struct th_message message = {0};
    struct th_sock *worker = broker_rig_connect(f, TH_SOCK_WORKER, &f->worker, f->state.workers);
    assert_true(broker_rig_up(f, worker, true));
    broker_rig_attach(worker, epoch);
    broker_rig_receive(worker, &message);
    assert_int_equal(broker_rig_header(&message).type, TH_MSG_ROSTER);
    return worker;
}

void broker_rig_answer(struct broker_rig *f,
                       struct th_sock *worker,
                       const struct th_message *asked,
                       uint32_t type,
                       struct th_bytes body)
{
    struct th_envelope envelope;
    assert_int_equal(asked->count, 3);
    EXPECT(TH_OK, th_envelope_read(asked->frames[0], &f->arena, &envelope, NULL));
    const struct th_header header = {
        .protocol = TH_PROTOCOL, .type = type, .node = envelope.number, .seq = 1, .epoch = 1};
    send_enveloped(worker, &envelope, &header, body);
}
