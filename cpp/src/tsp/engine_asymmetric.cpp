#include "engine.hpp"

namespace wayseer::tsp {

template EngineReport run_engine(const DoubledMetric&, EngineTask&);

}  // namespace wayseer::tsp
