// sock_key.c - see sock.h; keys and user ids as texts

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <zmq.h>

#include "tonghop/hash.h"
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

enum { TAG_DIGITS = 16 };

static enum th_err read_number(struct th_bytes text, uint32_t *number)
{
    const char *digits = text.data;
    uint64_t value = 0;
    size_t count = 0;
    for (; count < text.size && digits[count] >= '0' && digits[count] <= '9' && count < 10;
         count++) {
        value = value * 10 + (uint64_t)(digits[count] - '0');
    }
    const bool plain = count > 0 && count == text.size && (count == 1 || digits[0] != '0');
    if (!plain || value > UINT32_MAX) {
        return TH_E_MALFORMED;
    }
    *number = (uint32_t)value;
    return TH_OK;
}

enum th_err th_user_id_read(const char *text, struct th_peer *from)
{
    uint8_t tag[sizeof(uint64_t)];
    const char *slash = strchr(text, '/');
    if (slash == NULL || slash - text < 3 || text[1] != ':') {
        return TH_E_MALFORMED;
    }
    for (size_t i = TH_PEER_NODE; i < TH_COUNT(CLASS_LETTERS); i++) {
        if (text[0] != CLASS_LETTERS[i]) {
            continue;
        }
        TH_TRY(th_unhex(th_bytes_of(slash + 1), tag, sizeof(tag)));
        TH_TRY(read_number((struct th_bytes){.data = text + 2, .size = (size_t)(slash - text) - 2},
                           &from->number));
        from->class = (enum th_peer_class)i;
        from->tag = th_get_u64(tag);
        return TH_OK;
    }
    return TH_E_MALFORMED;
}

void th_user_id_write(enum th_peer_class class,
                      uint32_t number,
                      uint64_t tag,
                      char text[static TH_USER_ID_SIZE])
{
    th_assert(class != TH_PEER_NONE);
    (void)snprintf(
        text, TH_USER_ID_SIZE, "%c:%u/%0*" PRIx64, CLASS_LETTERS[class], number, TAG_DIGITS, tag);
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
