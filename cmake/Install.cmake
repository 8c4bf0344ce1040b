# Installs the library so that find_package(wayseer CONFIG) finds it.
include(CMakePackageConfigHelpers)

set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/wayseer)

install(TARGETS wayseer wayseer_clustering wayseer_hashing EXPORT wayseerTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/cpp/include/ ${WAYSEER_GENERATED_INCLUDE_DIR}/
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT wayseerTargets NAMESPACE wayseer:: DESTINATION ${config_dir})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/wayseerConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/wayseerConfig.cmake INSTALL_DESTINATION ${config_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/wayseerConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/wayseerConfig.cmake ${PROJECT_BINARY_DIR}/wayseerConfigVersion.cmake
        DESTINATION ${config_dir})
