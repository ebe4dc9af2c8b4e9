# tonghop_flags - how every own file is compiled; generated and foreign code is not

add_library(tonghop_flags INTERFACE)
target_compile_definitions(tonghop_flags INTERFACE _GNU_SOURCE TONGHOP_VERSION="${PROJECT_VERSION}")
target_include_directories(tonghop_flags INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
target_compile_options(tonghop_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion
    -Wformat=2 -Wundef -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
    -Wswitch-enum -Wimplicit-fallthrough -Wcast-align -Wwrite-strings -Wnull-dereference
    -fno-common -fstack-protector-strong
    $<$<C_COMPILER_ID:GNU>:-Wformat-signedness -Wduplicated-cond -Wduplicated-branches -Wlogical-op>
    $<$<BOOL:${TONGHOP_WERROR}>:-Werror>)

if(TONGHOP_FAULTS)
    target_compile_definitions(tonghop_flags INTERFACE TONGHOP_FAULTS)
endif()

# Generated code is compiled with the sanitizers too, but for the undefined-behaviour one.
add_library(tonghop_sanitize INTERFACE)
if(TONGHOP_SANITIZE)
    target_compile_options(tonghop_sanitize INTERFACE
        -fsanitize=${TONGHOP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(tonghop_sanitize INTERFACE -fsanitize=${TONGHOP_SANITIZE})
else()
    # gcc's fortify and the sanitizers do not go together.
    target_compile_options(tonghop_sanitize INTERFACE
        $<$<CONFIG:Release>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()
if(TONGHOP_FUZZ)
    # Every object counts what a fuzz target reaches; only the targets themselves are linked with it.
    target_compile_options(tonghop_sanitize INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_options(tonghop_sanitize INTERFACE -Wl,-z,relro,-z,now)
target_link_libraries(tonghop_flags INTERFACE tonghop_sanitize)
