// register.c - see register.h

#include "tests/support/register.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/test.h"

const char REGISTER_SMALL[] = "code,name,type,level,parent,valid_from,valid_to,basis\n"
                              "01,Bắc,Tỉnh,province,,,2025-07-01,\n"
                              "01,Bắc,Tỉnh,province,,2025-07-01,,NQ 202\n"
                              "02,Nam,Tỉnh,province,,,2025-07-01,\n"
                              "101,Phổ Yên,Thị xã,district,01,,2022-04-10,\n"
                              "101,Phổ Yên,Thành phố,district,01,2022-04-10,2025-07-01,\n"
                              "102,\"Kim, Sơn\",Huyện,district,01,,2025-07-01,\n"
                              "201,Hạ,Huyện,district,02,,2025-07-01,\n"
                              "10101,Cầu Đất,Phường,commune,101,,2022-04-10,\n"
                              "10102,Cầu Đất,Phường,commune,101,2022-04-10,2025-07-01,\n"
                              "10201,Đông,Xã,commune,102,,2024-01-01,\n"
                              "10201,Đông Mới,Xã,commune,102,2024-01-01,2025-07-01,\n"
                              "10202,Tây,Xã,commune,102,,2025-07-01,\n"
                              "10202,Tây,Xã,commune,01,2025-07-01,,\n"
                              "20101,Thượng,Xã,commune,201,,2025-07-01,\n"
                              "20101,Thượng,Xã,commune,01,2025-07-01,,\n";

const char REGISTER_SMALL_SUCCESSORS[] = "old_code,new_code,effective,kind,basis\n"
                                         "10101,10102,2022-04-10,RECODE,\n"
                                         "10201,10201,2024-01-01,Recode,\n"
                                         "01,01,2025-07-01,full,NQ 202\n"
                                         "02,01,2025-07-01,full,NQ 202\n"
                                         "10102,10202,2025-07-01,partial,\n"
                                         "10102,20101,2025-07-01,partial,\n"
                                         "10201,10202,2025-07-01,full,\n"
                                         "10202,10202,2025-07-01,full,\n";

struct th_register *register_of(const char *units, const char *successors)
{
    struct th_finding kept[4];
    struct th_findings findings = th_findings_of(kept, TH_COUNT(kept), "units.csv");
    struct th_register *reg = NULL;
    const enum th_err err =
        th_register_read(th_bytes_of(units), th_bytes_of(successors), &findings, &reg);
    if (err != TH_OK) {
        EXPECT(TH_OK, th_findings_print(&findings, TH_LANG_EN, TH_COUNT(kept), stderr));
    }
    EXPECT(TH_OK, err);
    return reg;
}

char *data_read(const char *name)
{
    const char *folder = getenv("TONGHOP_DATA");
    char *path = NULL;
    if (folder == NULL) {
        folder = TONGHOP_SOURCE_DIR "/../shared/data";
    }
    if (asprintf(&path, "%s/%s", folder, name) < 0) {
        return NULL;
    }
    size_t size = 0;
    char *bytes = file_read(path, &size);
    free(path);
    return bytes;
}

struct th_register *register_of_vietnam(void)
{
    char *units = data_read("vn-units.csv");
    char *successors = data_read("vn-successors.csv");
    struct th_register *reg =
        units == NULL || successors == NULL ? NULL : register_of(units, successors);
    free(units);
    free(successors);
    return reg;
}
