// main.c - tonghop: one table of verbs; the work is done where each verb belongs

#include "tonghop/hash.h"
#include "tonghop/option.h"

#include "cli/about.h"
#include "cli/catalogue.h"
#include "cli/enrol.h"
#include "cli/init.h"
#include "cli/keys.h"
#include "cli/units.h"
#include "cli/up.h"

static const struct th_verb VERBS[] = {
    {.name = "init",
     .operands = "DIR",
     .help = {"tạo thư mục của một tỉnh", "make a province directory"},
     .options = INIT_OPTIONS,
     .option_count = INIT_OPTION_COUNT,
     .operands_min = 1,
     .operands_max = 1,
     .run = init_run},
    {.name = "up",
     .operands = "DIR",
     .help = {"chạy tỉnh trên máy này", "run the province on this machine"},
     .options = UP_OPTIONS,
     .option_count = UP_OPTION_COUNT,
     .operands_min = 0,
     .operands_max = 1,
     .run = up_run},
    {.name = "enrol",
     .operands = "DIR",
     .help = {"tạo giấy đăng ký cho một đơn vị hoặc người xem",
              "make an enrolment file for a unit or a viewer"},
     .options = ENROL_OPTIONS,
     .option_count = ENROL_OPTION_COUNT,
     .operands_min = 0,
     .operands_max = 1,
     .run = enrol_run},
    {.name = "join",
     .operands = "FILE",
     .help = {"dùng giấy đăng ký: tạo thư mục của đơn vị",
              "use an enrolment file: make the office's directory"},
     .program = "tonghop-node"},
    {.name = "import",
     .operands = "FILE...",
     .help = {"kiểm và gửi tệp CSV", "check CSV files and send them"},
     .program = "tonghop-node"},
    {.name = "set",
     .operands = "UNIT PERIOD MEASURE VALUE",
     .help = {"gửi một số liệu", "send one figure"},
     .program = "tonghop-node"},
    {.name = "withdraw",
     .operands = "UNIT PERIOD [MEASURE]",
     .help = {"rút một số liệu", "take one figure back"},
     .program = "tonghop-node"},
    {.name = "sync",
     .operands = "",
     .help = {"gửi hết những gì đang chờ", "send all that is queued"},
     .program = "tonghop-node"},
    {.name = "status",
     .operands = "",
     .help = {"tình trạng của đơn vị này", "how this office stands"},
     .program = "tonghop-node"},
    {.name = "list",
     .operands = "",
     .help = {"số liệu hiện có của đơn vị này", "the current figures of this office"},
     .program = "tonghop-node"},
    {.name = "watch",
     .operands = "",
     .help = {"số tổng hợp trực tiếp", "consolidated totals, live"},
     .program = "tonghop-watch"},
    {.name = "units",
     .operands = "list|count|show|check [CODE|FILE]",
     .help = {"danh mục đơn vị", "the register of units"},
     .options = UNITS_OPTIONS,
     .option_count = UNITS_OPTION_COUNT,
     .operands_min = 1,
     .operands_max = 2,
     .run = units_run},
    {.name = "catalogue",
     .operands = "check DIR|vn|open",
     .help = {"kiểm danh mục chỉ tiêu", "check a catalogue of measures"},
     .operands_min = 1,
     .operands_max = 2,
     .run = catalogue_run},
    {.name = "keys",
     .operands = "list|revoke NODE|fingerprint",
     .help = {"khóa của nút, người xem, worker", "keys of nodes, viewers and workers"},
     .options = KEYS_OPTIONS,
     .option_count = KEYS_OPTION_COUNT,
     .operands_min = 1,
     .operands_max = 2,
     .run = keys_run},
    {.name = "config",
     .operands = "check|show|default",
     .help = {"cấu hình", "the configuration"},
     .options = ABOUT_CONFIG_OPTIONS,
     .option_count = ABOUT_CONFIG_OPTION_COUNT,
     .operands_min = 1,
     .operands_max = 1,
     .run = about_config},
    {.name = "paths",
     .operands = "",
     .help = {"các thư mục và tệp", "directories and files"},
     .run = about_paths},
    {.name = "version",
     .operands = "",
     .help = {"phiên bản chương trình và thư viện", "versions of the program and its libraries"},
     .run = about_version},
    {.name = "help",
     .operands = "[VERB|THnnnn]",
     .help = {"giải thích một lệnh hoặc một mã", "explain a verb or a code"},
     .options = ABOUT_HELP_OPTIONS,
     .option_count = ABOUT_HELP_OPTION_COUNT,
     .operands_max = 1,
     .run = about_help},
};

static const struct th_program PROGRAM = {
    .name = "tonghop",
    .help = {"tổng hợp số liệu đánh giá và biên chế từ cơ sở lên tỉnh",
             "evaluation and staffing figures, from offices to provincial totals"},
    .verbs = VERBS,
    .verb_count = TH_COUNT(VERBS),
};

int main(int argc, char **argv)
{
    if (th_hash_start() != TH_OK) {
        return TH_EXIT_SOFTWARE;
    }
    return th_program_main(&PROGRAM, argc, argv);
}
