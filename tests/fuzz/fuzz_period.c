// fuzz_period.c - any bytes as a label: read, written and packed, it stays the same label

#include <stddef.h>
#include <stdint.h>

#include "tonghop/period.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct th_bytes label = {.data = data, .size = size};
    struct th_period period;
    if (th_period_parse(label, &period) != TH_OK) {
        return 0;
    }
    char text[TH_PERIOD_TEXT_BYTES];
    char people[TH_PERIOD_PEOPLE_BYTES];
    uint8_t key[TH_PERIOD_KEY_BYTES];
    struct th_period again;
    th_assert(th_bytes_equal(label, th_bytes_of(th_period_text(period, text)))); // P1
    th_period_pack(period, key);
    th_assert(th_period_unpack(key, &again) == TH_OK); // P2
    th_assert(th_period_equal(period, again));
    (void)th_period_people(TH_LANG_VI, period, people);
    (void)th_period_people(TH_LANG_EN, period, people);
    (void)th_period_in_range(period, 0);
    return 0;
}
