// main.c - hostile: a hand-made peer that does as it is told, for tests of what must not work
//
// Reads commands from standard input, one a line, and answers each with one line:
//
//   PAIR                                 -> PAIR public secret       a fresh key
//   CONNECT endpoint server secret type  -> OPEN | REFUSED 400 ...   in place of the link before
//   SEND hex hex ...                     -> SENT | CLOSED            one message; - is no bytes
//   ENDLESS frames size pause            -> SENT n | CLOSED n        frames that promise more
//   RECEIVE ms                           -> GOT hex hex | SILENT | CLOSED
//
// Keys are Z85 texts. The words after a failure are those of enum zmtp_end. Bytes are hexadecimal.

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/hash.h"

#include "zmtp.h"

enum { WORDS_MAX = 16 };

struct hostile {
    struct zmtp link;
    char *words[WORDS_MAX];
    size_t count;
};

static const char *const ENDS[] = {
    [ZMTP_OPEN] = "OPEN",
    [ZMTP_REFUSED] = "REFUSED",
    [ZMTP_CLOSED] = "CLOSED",
    [ZMTP_SILENT] = "SILENT",
    [ZMTP_BROKEN] = "BROKEN",
};

static void say_pair(void)
{
    char public_key[TH_Z85_SIZE];
    char secret_key[TH_Z85_SIZE];
    if (th_curve_pair(public_key, secret_key) == TH_OK) {
        (void)printf("PAIR %s %s\n", public_key, secret_key);
    } else {
        (void)printf("BROKEN\n");
    }
}

static void say_connect(struct hostile *hostile)
{
    uint8_t server[TH_CURVE_BYTES];
    uint8_t secret[TH_CURVE_BYTES];
    zmtp_close(&hostile->link);
    if (hostile->count != 5 || th_z85_read(th_bytes_of(hostile->words[2]), server) != TH_OK ||
        th_z85_read(th_bytes_of(hostile->words[3]), secret) != TH_OK) {
        (void)printf("BROKEN\n");
        return;
    }
    const enum zmtp_end end =
        zmtp_connect(&hostile->link, hostile->words[1], server, secret, hostile->words[4]);
    if (end == ZMTP_REFUSED) {
        (void)printf("REFUSED %u\n", hostile->link.code);
    } else {
        (void)printf("%s\n", ENDS[end]);
    }
}

static unsigned digit(char character)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *at = strchr(DIGITS, character);
    return at == NULL || character == '\0' ? 0 : (unsigned)(at - DIGITS);
}

// In place: two digits are more than the byte they mean.
static struct th_bytes unhex(char *text)
{
    if (strcmp(text, "-") == 0) {
        return (struct th_bytes){0};
    }
    uint8_t *bytes = (uint8_t *)text;
    const size_t size = strlen(text) / 2;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    }
    return (struct th_bytes){.data = bytes, .size = size};
}

static void say_send(struct hostile *hostile)
{
    enum zmtp_end end = hostile->count > 1 ? ZMTP_OPEN : ZMTP_BROKEN;
    for (size_t i = 1; i < hostile->count && end == ZMTP_OPEN; i++) {
        end = zmtp_send(&hostile->link, unhex(hostile->words[i]), i + 1 < hostile->count);
    }
    (void)printf("%s\n", end == ZMTP_OPEN ? "SENT" : ENDS[end]);
}

static void say_endless(struct hostile *hostile)
{
    if (hostile->count != 4) {
        (void)printf("BROKEN\n");
        return;
    }
    const unsigned long frames = strtoul(hostile->words[1], NULL, 10);
    const unsigned long size = strtoul(hostile->words[2], NULL, 10);
    const int pause_ms = (int)strtol(hostile->words[3], NULL, 10);
    uint8_t *bytes = calloc(1, size);
    enum zmtp_end end = bytes != NULL ? ZMTP_OPEN : ZMTP_BROKEN;
    unsigned long sent = 0;
    while (sent < frames && end == ZMTP_OPEN) {
        end = zmtp_send(&hostile->link, (struct th_bytes){.data = bytes, .size = size}, true);
        sent += end == ZMTP_OPEN;
        (void)poll(NULL, 0, pause_ms); // the pace of a line
    }
    free(bytes);
    (void)printf("%s %lu\n", end == ZMTP_OPEN ? "SENT" : ENDS[end], sent);
}

static void say_receive(struct hostile *hostile)
{
    struct zmtp_message message;
    const int wait_ms = hostile->count == 2 ? (int)strtol(hostile->words[1], NULL, 10) : 0;
    const enum zmtp_end end = zmtp_receive(&hostile->link, wait_ms, &message);
    (void)printf("%s", end == ZMTP_OPEN ? "GOT" : ENDS[end]);
    for (size_t i = 0; i < message.count && end == ZMTP_OPEN; i++) {
        const uint8_t *bytes = message.frames[i].data;
        (void)printf(message.frames[i].size > 0 ? " " : " -");
        for (size_t at = 0; at < message.frames[i].size; at++) {
            (void)printf("%02x", bytes[at]);
        }
    }
    (void)printf("\n");
}

static void obey(struct hostile *hostile)
{
    const char *command = hostile->count > 0 ? hostile->words[0] : "";
    if (strcmp(command, "PAIR") == 0) {
        say_pair();
    } else if (strcmp(command, "CONNECT") == 0) {
        say_connect(hostile);
    } else if (hostile->link.fd < 0) {
        (void)printf("CLOSED\n");
    } else if (strcmp(command, "SEND") == 0) {
        say_send(hostile);
    } else if (strcmp(command, "ENDLESS") == 0) {
        say_endless(hostile);
    } else if (strcmp(command, "RECEIVE") == 0) {
        say_receive(hostile);
    } else {
        (void)printf("BROKEN\n");
    }
}

int main(void)
{
    struct hostile hostile = {.link = {.fd = -1}};
    char *line = NULL;
    size_t room = 0;
    if (th_hash_start() != TH_OK) {
        return EXIT_FAILURE;
    }
    while (getline(&line, &room, stdin) > 0) {
        char *rest = NULL;
        hostile.count = 0;
        for (char *word = strtok_r(line, " \n", &rest); word != NULL && hostile.count < WORDS_MAX;
             word = strtok_r(NULL, " \n", &rest)) {
            hostile.words[hostile.count++] = word;
        }
        obey(&hostile);
        (void)fflush(stdout);
    }
    free(line);
    zmtp_close(&hostile.link);
    return EXIT_SUCCESS;
}
