// declaring.c - see declaring.h

#include "tests/support/declaring.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/test.h"

th_day day_of(const char *text)
{
    th_day day = TH_DAY_NONE;
    EXPECT(TH_OK, th_day_parse(th_bytes_of(text), &day));
    return day;
}

struct th_update *declare(struct declared *declared,
                          const char *where, // "form unit period"
                          const struct declared_line *lines,
                          size_t count)
{
    static char words[16][3][24];
    static size_t next;
    char(*word)[24] = words[next++ % TH_COUNT(words)];
    assert_int_equal(sscanf(where, "%23s %23s %23s", word[0], word[1], word[2]), 3);
    for (size_t i = 0; i < count; i++) {
        declared->lines[i] = (struct th_completion_line){
            .measure = th_bytes_of(lines[i].measure),
            .dims = th_bytes_of(lines[i].dims),
            .count = {true, lines[i].count},
            .sum = {true, lines[i].sum},
        };
    }
    declared->update = (struct th_update){
        .kind = TH_KIND_COMPLETION,
        .op = TH_OP_SET,
        .revision = 1,
        .completion = {.form = th_bytes_of(word[0]),
                       .unit = th_bytes_of(word[1]),
                       .period = th_bytes_of(word[2]),
                       .lines = declared->lines,
                       .line_count = count},
    };
    return &declared->update;
}

struct th_update desk_act(enum th_act act, const char *unit, const char *form, const char *period)
{
    return (struct th_update){
        .kind = TH_KIND_DESK,
        .revision = 1,
        .desk = {.act = act,
                 .unit = th_bytes_of(unit),
                 .form = th_bytes_of(form),
                 .period = th_bytes_of(period)},
    };
}

struct th_update desk_accepts(const char *unit, const char *period)
{
    struct th_update update = desk_act(TH_ACT_DESK_DECISION, unit, "f", period);
    update.desk.decision = TH_BYTES("accept");
    return update;
}

struct th_update desk_returns(const char *unit, const char *period, const char *comment)
{
    struct th_update update = desk_act(TH_ACT_DESK_DECISION, unit, "f", period);
    update.desk.decision = TH_BYTES("return");
    update.desk.text = th_bytes_of(comment);
    return update;
}

struct th_update desk_opens(const char *unit, const char *period, const char *until)
{
    struct th_update update = desk_act(TH_ACT_DESK_REOPEN, unit, "f", period);
    update.desk.until = th_bytes_of(until);
    update.desk.text = TH_BYTES("an inspection");
    update.desk.granted_by = TH_BYTES("the chairman");
    return update;
}

// ---- what is kept ----

struct form_row
form_row_of(struct province *p, const char *form, const char *unit, const char *period)
{
    static uint8_t bytes[FORM_BYTES_MAX];
    struct th_period parsed;
    struct th_bytes value;
    struct form_row row = {.state = FORM_STATE_END};
    EXPECT(TH_OK, th_period_parse(th_bytes_of(period), &parsed));
    const struct key key = key_of_form(th_bytes_of(form), parsed, province_uid(p, unit, period));
    if (th_check_get(&p->judge.check, province_store(p), TABLE_FORM, key_view(&key), &value) ==
        TH_OK) {
        assert_true(value.size <= sizeof(bytes));
        memcpy(bytes, value.data, value.size);
        EXPECT(TH_OK, form_read((struct th_bytes){bytes, value.size}, &row));
    }
    province_end(p);
    return row;
}

enum form_state form_state_of(struct province *p, const char *unit, const char *period)
{
    return form_row_of(p, "f", unit, period).state;
}

// Two figures of D1, and what is to be said about them.
const struct declared_line DECLARED_BOTH[2] = {{"W1", "", 1, 5}, {"N1", "", 1, 7}};

struct player office_with_figures(struct province *p, const char *period)
{
    struct player office = player_of(1);
    struct th_update met = figure("D1", period, "N1", 7);
    met.staffing.of = (struct th_opt){true, 9};
    const struct th_update people = figure("D1", period, "W1", 5);
    const struct th_update outside = figure("D1", period, "o.x", 100);
    assert_int_equal(province_say(p, &office, &people), 0);
    assert_int_equal(province_say(p, &office, &met), 0);
    if (period[4] != '\0') {
        assert_int_equal(province_say(p, &office, &outside), 0); // of no form
    }
    return office;
}
