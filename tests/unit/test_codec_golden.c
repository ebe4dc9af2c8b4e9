// test_codec_golden.c - bytes written by protoc are read and written again byte for byte
//
// The files in tests/data/v1 were made by tests/data/make_golden.py from text, without our writer.
// NAME-full.bin has every field, NAME-least.bin only those that must be there.

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tonghop/codec.h"

#include "tests/support/test.h"

static uint8_t memory[TH_ARENA_BYTES];

typedef enum th_err
rewrite_fn(struct th_bytes bytes, struct th_writer *writer, struct th_malformed *why);

// rewrite_NAME: read a message and write it again.
#define X(name, type)                                                              \
    static enum th_err rewrite_##name(                                             \
        struct th_bytes bytes, struct th_writer *writer, struct th_malformed *why) \
    {                                                                              \
        struct th_arena arena = th_arena_of(memory, sizeof(memory));               \
        type message;                                                              \
        TH_TRY(th_##name##_read(bytes, &arena, &message, why));                    \
        th_##name##_write(writer, &message);                                       \
        return TH_OK;                                                              \
    }
TH_CODEC_MESSAGES(X)
#undef X

static enum th_err
rewrite_header(struct th_bytes bytes, struct th_writer *writer, struct th_malformed *why)
{
    struct th_header header;
    TH_TRY(th_header_read(bytes, &header, why));
    th_header_write(writer, &header);
    return TH_OK;
}

static const struct message {
    const char *name;
    rewrite_fn *rewrite;
} MESSAGES[] = {{"header", rewrite_header},
#define X(name, type) {#name, rewrite_##name},
                TH_CODEC_MESSAGES(X)
#undef X
};

static void check_file(const struct message *message, const char *variant, unsigned *found)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s-%s.bin", message->name, variant);
    char *path = path_in(TONGHOP_SOURCE_DIR "/tests/data/v1", name);
    size_t size = 0;
    char *golden = file_read(path, &size);
    free(path);
    if (golden == NULL) {
        return;
    }
    static uint8_t out[4096];
    struct th_writer writer = TH_WRITER(out);
    struct th_malformed why = {0};
    const enum th_err err =
        message->rewrite((struct th_bytes){.data = golden, .size = size}, &writer, &why);
    if (err != TH_OK) {
        fail_msg("%s: %s at %zu: %s", name, th_err_name(err), why.offset, why.why);
    }
    if (writer.overflow || writer.size != size || memcmp(out, golden, size) != 0) {
        fail_msg("%s: written differently (%zu bytes, golden %zu)", name, writer.size, size);
    }
    free(golden);
    (*found)++;
}

static void reads_and_writes_every_golden_message(void **state)
{
    (void)state;
    unsigned found = 0;
    for (size_t i = 0; i < TH_COUNT(MESSAGES); i++) {
        const unsigned before = found;

        check_file(&MESSAGES[i], "full", &found);
        check_file(&MESSAGES[i], "least", &found);

        if (found == before) {
            fail_msg("no golden bytes of %s", MESSAGES[i].name);
        }
    }
    print_message("%u golden files\n", found);
}

// Cut anywhere, a message is refused or has lost whole fields; nothing is read beyond its end. The
// copy ends where the part ends, so that the address sanitizer sees the first byte too far.
static void survives_golden_messages_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < TH_COUNT(MESSAGES); i++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "%s-full.bin", MESSAGES[i].name);
        char *path = path_in(TONGHOP_SOURCE_DIR "/tests/data/v1", name);
        size_t size = 0;
        char *golden = file_read(path, &size);
        free(path);
        assert_non_null(golden);
        for (size_t cut = 0; cut < size; cut++) {
            static uint8_t out[4096];
            struct th_writer writer = TH_WRITER(out);
            uint8_t *copy = malloc(cut + 1);
            assert_non_null(copy);
            memcpy(copy + 1, golden, cut);
            const struct th_bytes part = {.data = copy + 1, .size = cut};

            (void)MESSAGES[i].rewrite(part, &writer, NULL);

            assert_false(writer.overflow);
            free(copy);
        }
        free(golden);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_every_golden_message),
        cmocka_unit_test(survives_golden_messages_cut_at_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
