# The wire contract as C: proto/tonghop/v1/x.proto -> "tonghop/v1/x.pb-c.h" for the codec files

function(tonghop_proto name)
    set(root ${PROJECT_SOURCE_DIR}/proto)
    set(out ${PROJECT_BINARY_DIR}/generated)
    file(MAKE_DIRECTORY ${out})
    file(GLOB protos CONFIGURE_DEPENDS ${root}/tonghop/v1/*.proto)
    add_library(${name} INTERFACE)
    if(NOT protos)
        return()
    endif()

    set(sources)
    set(headers)
    foreach(proto IN LISTS protos)
        cmake_path(GET proto STEM stem)
        list(APPEND sources ${out}/tonghop/v1/${stem}.pb-c.c)
        list(APPEND headers ${out}/tonghop/v1/${stem}.pb-c.h)
    endforeach()
    # One call for all: they import each other, and a change of one may change the others' code.
    add_custom_command(
        OUTPUT ${sources} ${headers}
        COMMAND ${TONGHOP_PROTOC} --proto_path=${root} --c_out=${out} ${protos}
        DEPENDS ${protos}
        COMMENT "Generating C from proto/"
        VERBATIM)

    add_library(${name}_code STATIC ${sources} ${headers})
    target_include_directories(${name}_code SYSTEM PUBLIC ${out})
    target_link_libraries(${name}_code PRIVATE tonghop_sanitize PUBLIC Dep::protobuf_c)
    target_compile_options(${name}_code PRIVATE -w)
    if(TONGHOP_SANITIZE MATCHES undefined)
        target_compile_options(${name}_code PRIVATE -fno-sanitize=undefined)
    endif()
    target_link_libraries(${name} INTERFACE ${name}_code)
endfunction()
