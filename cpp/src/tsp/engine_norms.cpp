#include "engine.hpp"

namespace wayseer::tsp {

template EngineReport run_engine(const WideMetric&, EngineTask&);
#ifndef WAYSEER_FEW_METRICS
template EngineReport run_engine(const PointMetric<MaximumNorm, RoundNearest, 2>&, EngineTask&);
template EngineReport run_engine(const PointMetric<ManhattanNorm, RoundNearest, 2>&, EngineTask&);
template EngineReport run_engine(const PointMetric<MaximumNorm, RoundNearest, 3>&, EngineTask&);
template EngineReport run_engine(const PointMetric<ManhattanNorm, RoundNearest, 3>&, EngineTask&);
#endif

}  // namespace wayseer::tsp
