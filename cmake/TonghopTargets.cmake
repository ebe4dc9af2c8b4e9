# How a folder becomes a library and a program

# An archive needs at least one file; a folder that has none yet gets one that is empty but for this.
set(TONGHOP_EMPTY ${PROJECT_BINARY_DIR}/empty.c)
if(NOT EXISTS ${TONGHOP_EMPTY})
    file(WRITE ${TONGHOP_EMPTY} "typedef int tonghop_empty;\n")
endif()

function(tonghop_library name)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/*.c)
    if(NOT sources)
        set(sources ${TONGHOP_EMPTY})
    endif()
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name}
        PRIVATE tonghop_flags tonghop_proto Dep::zmq Dep::lmdb Dep::sodium Dep::yaml Dep::csv
                Dep::jansson Dep::utf8proc
        PUBLIC Threads::Threads)
endfunction()

# tonghop_program(folder program): library tonghop_<folder> from all but main.c, program from main.c
function(tonghop_program folder program)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.c)
    list(REMOVE_ITEM sources ${PROJECT_SOURCE_DIR}/${folder}/main.c)
    if(NOT sources)
        set(sources ${TONGHOP_EMPTY})
    endif()
    add_library(tonghop_${folder} STATIC ${sources})
    # The doors inside programs (broker/zap.c) know ZeroMQ; the tree check keeps it out of the others.
    target_link_libraries(tonghop_${folder} PRIVATE tonghop_flags PUBLIC tonghop Dep::zmq)

    if(EXISTS ${PROJECT_SOURCE_DIR}/${folder}/main.c)
        # The target has a name of its own: the program of cli/ is called as the library.
        add_executable(program_${folder} ${folder}/main.c)
        set_target_properties(program_${folder} PROPERTIES OUTPUT_NAME ${program})
        target_link_libraries(program_${folder} PRIVATE tonghop_flags tonghop_${folder} tonghop)
        install(TARGETS program_${folder} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endfunction()

# Measuring programs know the foreign libraries: they measure what those do without us.
function(tonghop_benches)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.c)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM name)
        add_executable(bench_${name} ${source})
        set_target_properties(bench_${name} PROPERTIES
            OUTPUT_NAME ${name} RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
        target_link_libraries(bench_${name} PRIVATE tonghop_flags tonghop_nodes tonghop_workers
            tonghop_dashboards tonghop tonghop_proto Dep::zmq Dep::lmdb Dep::sodium)
    endforeach()
    # What is loaded before a program to write down what it asks of a library.
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/preload/*.c)
    foreach(source IN LISTS sources)
        cmake_path(GET source STEM name)
        add_library(bench_preload_${name} MODULE ${source})
        set_target_properties(bench_preload_${name} PROPERTIES PREFIX ""
            OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
        target_link_libraries(bench_preload_${name} PRIVATE tonghop_flags Dep::lmdb ${CMAKE_DL_LIBS})
    endforeach()
endfunction()
