# The flags of everything that is built here. Library, bindings and tests share them because inline functions
# of the headers are compiled into all three and the linker keeps one copy.
function(wayseer_compile_options target)
  target_compile_options(
    ${target}
    PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
            -ffp-contract=off # a fused multiply-add would round differently from machine to machine
            -fno-math-errno # lets sqrt become one instruction
            $<$<CONFIG:Release>:-O3>
            $<$<BOOL:${WAYSEER_NATIVE}>:-march=native>
            $<$<BOOL:${WAYSEER_WERROR}>:-Werror>)
endfunction()
