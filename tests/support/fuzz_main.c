// fuzz_main.c - replays files through a fuzz target, for builds without libFuzzer
//
//   fuzz_csv FILE|DIRECTORY...     exit 1 when there was nothing to replay
//
// Each input is given in a block of exactly its size, so that the address sanitizer sees the first
// byte read beyond it.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replayed;

static void replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (file == NULL || data == NULL || fread(data, 1, size, file) != size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    replayed++;
}

static void replay(const char *path);

static void replay_directory(const char *path)
{
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char inner[PATH_BYTES_MAX];
        const int size = snprintf(inner, sizeof(inner), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && size > 0 && (size_t)size < sizeof(inner)) {
            replay(inner);
        }
        free(entries[i]);
    }
    free(entries);
}

static void replay(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    if (S_ISDIR(about.st_mode)) {
        replay_directory(path);
    } else {
        replay_file(path, (size_t)about.st_size);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        replay(argv[i]);
    }
    printf("%u inputs replayed\n", replayed);
    return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
