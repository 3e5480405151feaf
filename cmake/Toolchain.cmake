# Warnings are errors for our own code; ccache and mold are used where they are installed.
add_library(upline_warnings INTERFACE)
target_compile_options(upline_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

if(UPLINE_SANITIZE)
  add_compile_options(-fsanitize=${UPLINE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${UPLINE_SANITIZE})
endif()
if(UPLINE_COVERAGE)
  add_link_options(-fprofile-instr-generate)
endif()

# What is shipped tells which of its lines ran, and a fuzzer which way its input took; tests need neither.
function(upline_observed target)
  if(UPLINE_COVERAGE)
    target_compile_options(${target} PRIVATE -fprofile-instr-generate -fcoverage-mapping)
  endif()
  if(UPLINE_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# Tests are compiled more often than they run, and the optimiser would take half of that time.
function(upline_compiled_quickly target)
  target_compile_options(${target} PRIVATE -O0)
endfunction()

# upline_parsed_once(TARGET HEADER...): headers that nearly every file of the target includes, parsed once instead of
# once a file. ccache, which cannot look into them, does better where it is installed.
function(upline_parsed_once target)
  if(NOT CCACHE_PROGRAM)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()
