// sock_key.c - see sock.h; keys and user ids as texts

#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "tonghop/sock.h"

enum th_err th_curve_pair(char public_key[static TH_Z85_SIZE], char secret_key[static TH_Z85_SIZE])
{
    return zmq_curve_keypair(public_key, secret_key) == 0 ? TH_OK : TH_E_IO;
}

enum th_err th_curve_public(const char *secret_key, char public_key[static TH_Z85_SIZE])
{
    uint8_t bytes[TH_CURVE_BYTES];
    TH_TRY(th_z85_read(th_bytes_of(secret_key), bytes));
    return zmq_curve_public(public_key, secret_key) == 0 ? TH_OK : TH_E_MALFORMED;
}

enum th_err th_z85_read(struct th_bytes text, uint8_t key[static TH_CURVE_BYTES])
{
    char z85[TH_Z85_SIZE];
    if (text.size != TH_Z85_SIZE - 1 || memchr(text.data, '\0', text.size) != NULL) {
        return TH_E_MALFORMED;
    }
    (void)th_bytes_copy_text(text, z85, sizeof(z85));
    return zmq_z85_decode(key, z85) != NULL ? TH_OK : TH_E_MALFORMED;
}

void th_z85_write(const uint8_t key[static TH_CURVE_BYTES], char text[static TH_Z85_SIZE])
{
    const char *written = zmq_z85_encode(text, key, TH_CURVE_BYTES);
    th_assert(written == text);
}

static const char CLASS_LETTERS[] = {
    [TH_PEER_NODE] = 'n',
    [TH_PEER_WORKER] = 'w',
    [TH_PEER_VIEWER] = 'v',
    [TH_PEER_DESK] = 'd',
    [TH_PEER_BOOTSTRAP] = 'b',
};

static enum th_err read_number(const char *text, uint32_t *number)
{
    uint64_t value = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 10; digits++) {
        value = value * 10 + (uint64_t)(text[digits] - '0');
    }
    const bool plain = digits > 0 && text[digits] == '\0' && (digits == 1 || text[0] != '0');
    if (!plain || value > UINT32_MAX) {
        return TH_E_MALFORMED;
    }
    *number = (uint32_t)value;
    return TH_OK;
}

enum th_err th_user_id_read(const char *text, enum th_peer_class *class, uint32_t *number)
{
    for (size_t i = TH_PEER_NODE; i < TH_COUNT(CLASS_LETTERS); i++) {
        if (text[0] == CLASS_LETTERS[i] && text[1] == ':') {
            TH_TRY(read_number(text + 2, number));
            *class = (enum th_peer_class)i;
            return TH_OK;
        }
    }
    return TH_E_MALFORMED;
}

void th_user_id_write(enum th_peer_class class, uint32_t number, char text[static TH_USER_ID_SIZE])
{
    th_assert(class != TH_PEER_NONE);
    (void)snprintf(text, TH_USER_ID_SIZE, "%c:%u", CLASS_LETTERS[class], number);
}

const char *th_sock_library(void)
{
    static char text[32];
    int major = 0;
    int minor = 0;
    int patch = 0;
    zmq_version(&major, &minor, &patch);
    (void)snprintf(text, sizeof(text), "%d.%d.%d", major, minor, patch);
    return text;
}
