// zmtp.c - see zmtp.h

#include "zmtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sodium.h>

enum {
    GREETING_BYTES = 64,
    NONCE_BYTES = crypto_box_NONCEBYTES,
    BOX_BYTES = crypto_box_MACBYTES,
    COOKIE_BYTES = 96,
    TYPE_MAX = 8, // DEALER
    TYPE_BYTES_MAX = 16 + TYPE_MAX,
    HEAD_BYTES = 9, // flags and a long size
    SHORT_MAX = 255,
    FLAG_MORE = 1,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    INNER_COMMAND = 2,
    MESSAGE_HEAD_BYTES = 16, // "\7MESSAGE" and a nonce
};

struct keys {
    uint8_t server[TH_CURVE_BYTES];
    uint8_t own_public[TH_CURVE_BYTES], own_secret[TH_CURVE_BYTES];
    uint8_t short_public[TH_CURVE_BYTES], short_secret[TH_CURVE_BYTES]; // of this connection
    uint8_t server_short[TH_CURVE_BYTES];
    uint8_t cookie[COOKIE_BYTES];
};

// ---- bytes of the connection ----

static enum zmtp_end put(struct zmtp *link, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0) {
        const ssize_t sent = send(link->fd, at, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return ZMTP_CLOSED;
        }
        at += sent;
        size -= (size_t)sent;
    }
    return ZMTP_OPEN;
}

static enum zmtp_end get(struct zmtp *link, void *data, size_t size, int wait_ms)
{
    uint8_t *at = data;
    while (size > 0) {
        struct pollfd polled = {.fd = link->fd, .events = POLLIN};
        if (poll(&polled, 1, wait_ms) == 0) {
            return ZMTP_SILENT;
        }
        const ssize_t got = recv(link->fd, at, size, 0);
        if (got <= 0) {
            return ZMTP_CLOSED;
        }
        at += got;
        size -= (size_t)got;
        wait_ms = ZMTP_WAIT_MS;
    }
    return ZMTP_OPEN;
}

static enum zmtp_end put_frame(struct zmtp *link, uint8_t flags, const uint8_t *data, size_t size)
{
    uint8_t head[HEAD_BYTES] = {flags, (uint8_t)size};
    size_t head_size = 2;
    if (size > SHORT_MAX) {
        head[0] |= FLAG_LONG;
        th_put_u64(head + 1, size);
        head_size = HEAD_BYTES;
    }
    const enum zmtp_end end = put(link, head, head_size);
    return end == ZMTP_OPEN ? put(link, data, size) : end;
}

// The next frame as it travels, in link->raw.
static enum zmtp_end get_frame(struct zmtp *link, int wait_ms, size_t *size)
{
    uint8_t head[HEAD_BYTES];
    enum zmtp_end end = get(link, head, 2, wait_ms);
    if (end != ZMTP_OPEN) {
        return end;
    }
    *size = head[1];
    if ((head[0] & FLAG_LONG) != 0) {
        end = get(link, head + 2, HEAD_BYTES - 2, ZMTP_WAIT_MS);
        if (end != ZMTP_OPEN) {
            return end;
        }
        *size = th_get_u64(head + 1);
    }
    return *size > ZMTP_FRAME_BYTES_MAX ? ZMTP_BROKEN : get(link, link->raw, *size, ZMTP_WAIT_MS);
}

// ---- handshake ----

static void nonce_short(uint8_t nonce[static NONCE_BYTES], const char *prefix, uint64_t number)
{
    memcpy(nonce, prefix, NONCE_BYTES - 8);
    th_put_u64(nonce + NONCE_BYTES - 8, number);
}

static void nonce_long(uint8_t nonce[static NONCE_BYTES], const char *prefix, const uint8_t *tail)
{
    memcpy(nonce, prefix, NONCE_BYTES - 16);
    memcpy(nonce + NONCE_BYTES - 16, tail, 16);
}

static enum zmtp_end greet(struct zmtp *link)
{
    uint8_t greeting[GREETING_BYTES] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0};
    memcpy(greeting + 12, "CURVE", 5);
    const enum zmtp_end end = put(link, greeting, sizeof(greeting));
    return end == ZMTP_OPEN ? get(link, greeting, sizeof(greeting), ZMTP_WAIT_MS) : end;
}

static enum zmtp_end say_hello(struct zmtp *link, const struct keys *keys)
{
    static const uint8_t ZEROS[64];
    uint8_t hello[200] = "\5HELLO\1";
    uint8_t nonce[NONCE_BYTES];
    nonce_short(nonce, "CurveZMQHELLO---", 1);
    memcpy(hello + 80, keys->short_public, TH_CURVE_BYTES);
    memcpy(hello + 112, nonce + NONCE_BYTES - 8, 8);
    const int made =
        crypto_box_easy(hello + 120, ZEROS, sizeof(ZEROS), nonce, keys->server, keys->short_secret);
    return made == 0 ? put_frame(link, FLAG_COMMAND, hello, sizeof(hello)) : ZMTP_BROKEN;
}

static enum zmtp_end take_welcome(struct zmtp *link, struct keys *keys)
{
    size_t size = 0;
    uint8_t nonce[NONCE_BYTES];
    uint8_t plain[TH_CURVE_BYTES + COOKIE_BYTES];
    const enum zmtp_end end = get_frame(link, ZMTP_WAIT_MS, &size);
    if (end != ZMTP_OPEN) {
        return end;
    }
    if (size != 168 || memcmp(link->raw, "\7WELCOME", 8) != 0) {
        return ZMTP_BROKEN;
    }
    nonce_long(nonce, "WELCOME-", link->raw + 8);
    if (crypto_box_open_easy(plain, link->raw + 24, 144, nonce, keys->server, keys->short_secret) !=
        0) {
        return ZMTP_BROKEN;
    }
    memcpy(keys->server_short, plain, TH_CURVE_BYTES);
    memcpy(keys->cookie, plain + TH_CURVE_BYTES, COOKIE_BYTES);
    return ZMTP_OPEN;
}

// What the socket is, as a property.
static size_t write_type(const char *type, uint8_t out[static TYPE_BYTES_MAX])
{
    static const char NAME[] = "\13Socket-Type\0\0\0";
    const size_t size = strlen(type);
    memcpy(out, NAME, sizeof(NAME) - 1);
    out[sizeof(NAME) - 1] = (uint8_t)size;
    memcpy(out + sizeof(NAME), type, size);
    return sizeof(NAME) + size;
}

static enum zmtp_end say_initiate(struct zmtp *link, const struct keys *keys, const char *type)
{
    uint8_t plain[TH_CURVE_BYTES + 16 + 80 + TYPE_BYTES_MAX];
    uint8_t initiate[9 + COOKIE_BYTES + 8 + BOX_BYTES + sizeof(plain)] = "\10INITIATE";
    uint8_t nonce[NONCE_BYTES];
    uint8_t vouched[2 * TH_CURVE_BYTES];

    memcpy(plain, keys->own_public, TH_CURVE_BYTES);
    randombytes_buf(plain + TH_CURVE_BYTES, 16);
    nonce_long(nonce, "VOUCH---", plain + TH_CURVE_BYTES);
    memcpy(vouched, keys->short_public, TH_CURVE_BYTES);
    memcpy(vouched + TH_CURVE_BYTES, keys->server, TH_CURVE_BYTES);
    if (crypto_box_easy(plain + TH_CURVE_BYTES + 16,
                        vouched,
                        sizeof(vouched),
                        nonce,
                        keys->server_short,
                        keys->own_secret) != 0) {
        return ZMTP_BROKEN;
    }
    const size_t size =
        TH_CURVE_BYTES + 16 + 80 + write_type(type, plain + TH_CURVE_BYTES + 16 + 80);

    nonce_short(nonce, "CurveZMQINITIATE", 2);
    memcpy(initiate + 9, keys->cookie, COOKIE_BYTES);
    memcpy(initiate + 9 + COOKIE_BYTES, nonce + NONCE_BYTES - 8, 8);
    if (crypto_box_easy(initiate + 9 + COOKIE_BYTES + 8,
                        plain,
                        size,
                        nonce,
                        keys->server_short,
                        keys->short_secret) != 0) {
        return ZMTP_BROKEN;
    }
    return put_frame(link, FLAG_COMMAND, initiate, 9 + COOKIE_BYTES + 8 + BOX_BYTES + size);
}

static enum zmtp_end take_ready(struct zmtp *link)
{
    size_t size = 0;
    const enum zmtp_end end = get_frame(link, ZMTP_WAIT_MS, &size);
    if (end != ZMTP_OPEN) {
        return end;
    }
    if (size >= 6 && memcmp(link->raw, "\5READY", 6) == 0) {
        return ZMTP_OPEN;
    }
    if (size == 10 && memcmp(link->raw, "\5ERROR\3", 7) == 0) {
        char digits[4] = {0};
        memcpy(digits, link->raw + 7, 3);
        link->code = (unsigned)strtoul(digits, NULL, 10);
        return ZMTP_REFUSED;
    }
    return ZMTP_BROKEN;
}

static enum zmtp_end shake_hands(struct zmtp *link, struct keys *keys, const char *type)
{
    (void)crypto_box_keypair(keys->short_public, keys->short_secret);
    enum zmtp_end end = greet(link);
    end = end == ZMTP_OPEN ? say_hello(link, keys) : end;
    end = end == ZMTP_OPEN ? take_welcome(link, keys) : end;
    end = end == ZMTP_OPEN ? say_initiate(link, keys, type) : end;
    end = end == ZMTP_OPEN ? take_ready(link) : end;
    link->sent = 2; // numbers of boxes only grow
    if (end == ZMTP_OPEN &&
        crypto_box_beforenm(link->shared, keys->server_short, keys->short_secret) != 0) {
        return ZMTP_BROKEN;
    }
    return end;
}

static enum zmtp_end dial(struct zmtp *link, const char *endpoint)
{
    char address[64];
    unsigned port = 0;
    const struct timeval wait = {.tv_sec = ZMTP_WAIT_MS / 1000};
    const int at_once = 1;
    // NOLINTNEXTLINE(cert-err34-c): a wrong number of a test is a port that nobody holds
    if (sscanf(endpoint, "tcp://%63[0-9.]:%u", address, &port) != 2) {
        return ZMTP_BROKEN;
    }
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
        setsockopt(link->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
        setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once)) != 0 ||
        connect(link->fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        return ZMTP_CLOSED;
    }
    return ZMTP_OPEN;
}

enum zmtp_end zmtp_connect(struct zmtp *link,
                           const char *endpoint,
                           const uint8_t server[static TH_CURVE_BYTES],
                           const uint8_t secret[static TH_CURVE_BYTES],
                           const char *type)
{
    struct keys keys;
    *link = (struct zmtp){
        .fd = -1, .raw = malloc(ZMTP_FRAME_BYTES_MAX), .plain = malloc(ZMTP_FRAME_BYTES_MAX)};
    if (link->raw == NULL || link->plain == NULL || strlen(type) > TYPE_MAX) {
        return ZMTP_BROKEN;
    }
    memcpy(keys.server, server, TH_CURVE_BYTES);
    memcpy(keys.own_secret, secret, TH_CURVE_BYTES);
    (void)crypto_scalarmult_base(keys.own_public, keys.own_secret);
    const enum zmtp_end end = dial(link, endpoint);
    return end == ZMTP_OPEN ? shake_hands(link, &keys, type) : end;
}

void zmtp_close(struct zmtp *link)
{
    if (link->fd >= 0) {
        (void)close(link->fd);
    }
    free(link->raw);
    free(link->plain);
    *link = (struct zmtp){.fd = -1};
}

// ---- messages ----

enum zmtp_end zmtp_send(struct zmtp *link, struct th_bytes frame, bool more)
{
    const size_t size = MESSAGE_HEAD_BYTES + BOX_BYTES + 1 + frame.size;
    uint8_t nonce[NONCE_BYTES];
    if (size > ZMTP_FRAME_BYTES_MAX) {
        return ZMTP_BROKEN;
    }
    nonce_short(nonce, "CurveZMQMESSAGEC", ++link->sent);
    link->plain[0] = more ? FLAG_MORE : 0;
    if (frame.size > 0) {
        memcpy(link->plain + 1, frame.data, frame.size);
    }
    memcpy(link->raw, "\7MESSAGE", 8);
    memcpy(link->raw + 8, nonce + NONCE_BYTES - 8, 8);
    (void)crypto_box_easy_afternm(
        link->raw + MESSAGE_HEAD_BYTES, link->plain, 1 + frame.size, nonce, link->shared);
    return put_frame(link, 0, link->raw, size);
}

// Open the box in link->raw behind what link->plain holds already. *flags are those inside.
static enum zmtp_end open_box(struct zmtp *link, size_t size, size_t *used, uint8_t *flags)
{
    uint8_t nonce[NONCE_BYTES];
    if (size < MESSAGE_HEAD_BYTES + BOX_BYTES + 1 || memcmp(link->raw, "\7MESSAGE", 8) != 0 ||
        *used + size > ZMTP_FRAME_BYTES_MAX) {
        return ZMTP_BROKEN;
    }
    memcpy(nonce, "CurveZMQMESSAGES", NONCE_BYTES - 8);
    memcpy(nonce + NONCE_BYTES - 8, link->raw + 8, 8);
    uint8_t *plain = link->plain + *used;
    const size_t boxed = size - MESSAGE_HEAD_BYTES;
    if (crypto_box_open_easy_afternm(
            plain, link->raw + MESSAGE_HEAD_BYTES, boxed, nonce, link->shared) != 0) {
        return ZMTP_BROKEN;
    }
    *flags = plain[0];
    *used += boxed - BOX_BYTES;
    return ZMTP_OPEN;
}

enum zmtp_end zmtp_receive(struct zmtp *link, int wait_ms, struct zmtp_message *message)
{
    size_t used = 0;
    message->count = 0;
    while (true) {
        size_t size = 0;
        const size_t from = used;
        uint8_t flags = 0;
        enum zmtp_end end = get_frame(link, wait_ms, &size);
        end = end == ZMTP_OPEN ? open_box(link, size, &used, &flags) : end;
        if (end != ZMTP_OPEN) {
            return end;
        }
        if ((flags & INNER_COMMAND) != 0) { // PING of the library: nobody has to answer
            used = from;
            continue;
        }
        if (message->count == ZMTP_FRAMES_MAX) {
            return ZMTP_BROKEN;
        }
        message->frames[message->count++] =
            (struct th_bytes){.data = link->plain + from + 1, .size = used - from - 1};
        if ((flags & FLAG_MORE) == 0) {
            return ZMTP_OPEN;
        }
        wait_ms = ZMTP_WAIT_MS;
    }
}
