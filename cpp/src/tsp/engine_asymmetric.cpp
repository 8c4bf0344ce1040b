#include "engine.hpp"

namespace wayseer::tsp {

template void run_engine(const DoubledMetric&, EngineTask&);

}  // namespace wayseer::tsp
