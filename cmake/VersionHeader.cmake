# Generates wayseer/version.hpp from the project version and the build's own settings.
set(WAYSEER_GENERATED_INCLUDE_DIR ${PROJECT_BINARY_DIR}/include)

string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
set(WAYSEER_COMPILER "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}}" WAYSEER_FLAGS)
if(WAYSEER_NATIVE)
  string(APPEND WAYSEER_FLAGS " -march=native")
endif()

configure_file(${PROJECT_SOURCE_DIR}/cmake/version.hpp.in ${WAYSEER_GENERATED_INCLUDE_DIR}/wayseer/version.hpp
               @ONLY)
